"""What the Mastodon connector makes of its kin's answers: pure parts, and servers that differ."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from support.clock import HeldClock
from support.connecting import connecting
from support.serving import serving_app

from socialroom.connectors._words import wanted
from socialroom.connectors.mastodon import CONNECTOR, MastodonConnector, MastodonSettings, wire
from socialroom.connectors.mastodon.instance import streaming_base
from socialroom.connectors.mastodon.reading import as_tag, cursor_of
from socialroom.connectors.mastodon.wire import comparable, links, narrower, newest
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.errors import BadReply, LoginNeeded, OutcomeUnknown, RateLimited, Refused, Rejected
from socialroom.domain.ports import Outgoing, SendClass
from socialroom.domain.post import PostKind
from socialroom.domain.source import MediaRule

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)


def status(key: str, **more: Any) -> dict[str, Any]:
    account = {"id": "5", "acct": "ann", "username": "ann", "display_name": "Ann"}
    return {
        "id": key,
        "uri": f"https://a.example/s/{key}",
        "url": f"https://a.example/@ann/{key}",
        "created_at": "2026-09-01T09:59:00.000Z",
        "account": account,
        "content": f"<p>post {key}</p>",
        **more,
    }


class Kin:
    """A server whose answers a test writes: path → JSON, or a function of the request."""

    def __init__(self, software: str = "mastodon", version: str = "4.4.0", **answers: Any) -> None:
        self.asked: list[Request] = []
        self.answers: dict[str, Any] = {
            "/api/v2/instance": {"version": version, "configuration": {"statuses": {"max_characters": 777}}},
            "/nodeinfo": {"software": {"name": software}},
            "/api/v1/accounts/verify_credentials": {"id": "1", "acct": "brand"},
            "/api/v1/accounts/1/statuses": [],
            "/api/v1/notifications": [],
            **answers,
        }
        self.url = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"])])

    async def _answer(self, request: Request) -> Response:
        self.asked.append(request)
        path = request.url.path
        if path == "/.well-known/nodeinfo":
            return JSONResponse({"links": [{"href": f"{self.url}/nodeinfo"}]})
        answer = self.answers.get(path, {"error": "not here"})
        if callable(answer):
            answer = answer(request)
            if isinstance(answer, Awaitable):
                answer = await answer
        if isinstance(answer, Response):
            return answer
        return JSONResponse(answer, status_code=200 if path in self.answers else 404)


@contextlib.asynccontextmanager
async def at(kin: Kin, *, token: str | None = "t", **settings: Any) -> AsyncIterator[MastodonConnector]:
    async with serving_app(kin.app()) as url:
        kin.url = url
        clock = HeldClock(NOW)
        async with connecting(url, secrets={"token": token} if token else {}, clock=clock) as context:
            connector = CONNECTOR.build(MastodonSettings(url=url, **settings), context)
            assert isinstance(connector, MastodonConnector)
            yield connector


@pytest.mark.parametrize(
    ("software", "send_class", "seconds", "counter"),
    [
        ("mastodon", SendClass.IDEMPOTENT, 3300, "mastodon"),
        ("glitchcafe", SendClass.IDEMPOTENT, 3300, "mastodon"),
        ("akkoma", SendClass.IDEMPOTENT, 19_800, "code points"),
        ("gotosocial", SendClass.RECONCILE, None, "code points"),
        ("pixelfed", SendClass.RECONCILE, None, "code points"),
        ("somethingnew", SendClass.RECONCILE, None, "code points"),
    ],
)
async def test_each_kind_of_server_promises_its_own(software, send_class, seconds, counter):
    async with at(Kin(software)) as connector:
        facts = await connector.account()
        assert (facts.count.counter, facts.count.limit) == (counter, 777)
        assert connector.capabilities.send_class is send_class
        assert connector.capabilities.idempotent_for == seconds


async def test_without_nodeinfo_the_version_tells():
    kin = Kin(version="2.7.2 (compatible; Pleroma 2.9.0)")
    del kin.answers["/nodeinfo"]
    async with at(kin) as connector:
        await connector.account()
        assert connector.capabilities.idempotent_for == 19_800


async def test_a_server_that_cannot_say_what_it_is_promises_nothing():
    kin = Kin("gotosocial", **{"/nodeinfo": lambda _request: JSONResponse({"error": "down"}, 503)})
    async with at(kin) as connector:
        await connector.account()
        assert connector.capabilities.send_class is SendClass.RECONCILE
        kin.answers["/nodeinfo"] = lambda _request: JSONResponse({"error": "patience"}, 429)
        with pytest.raises(RateLimited):
            await connector.account()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (JSONResponse({"error": "Duplicate idempotency key."}, 400), OutcomeUnknown),
        (JSONResponse({"error": "in flight"}, 409), OutcomeUnknown),
        (JSONResponse({"error": "Record not found"}, 404), Rejected),
        (JSONResponse({"error": "Validation failed: t"}, 422), Rejected),
        (JSONResponse({"error": "down"}, 503), OutcomeUnknown),
        (Response("<html>sorry</html>", media_type="text/html"), OutcomeUnknown),
        (JSONResponse({"id": 7}), OutcomeUnknown),
        (Response("", 401), LoginNeeded),
    ],
)
async def test_a_refusal_says_whether_something_was_posted(answer, error):
    async with at(Kin(**{"/api/v1/statuses": lambda _request: answer})) as connector:
        with pytest.raises(error) as caught:
            await connector.send(await connector.freeze(Outgoing(id="1", text="hello")))
        assert "'t'" not in str(caught.value)


async def test_the_same_item_has_the_same_key_and_the_same_bytes():
    kin = Kin(**{"/api/v1/statuses": lambda _request: status("9")})
    async with at(kin) as connector:
        outgoing = Outgoing(id="item-1", text="  hello\nworld ", language="fr")
        first, second = await connector.freeze(outgoing), await connector.freeze(outgoing)
        assert first == second
        assert (await connector.freeze(outgoing.changed(id="item-2"))).handle != first.handle
        await connector.send(first)
        sent = kin.asked[-1]
        assert sent.headers["idempotency-key"] == first.handle
        body = {"status": "  hello\nworld ", "visibility": "public", "language": "fr"}
        assert json.loads(first.payload)["body"] == body


async def test_one_broken_post_hides_no_other():
    good, bad = status("8"), {"id": "9", "account": None}
    notes = [{"id": n, "type": "mention", "status": s} for n, s in (("2", bad), ("1", good), ("3", None))]
    async with at(Kin(**{"/api/v1/notifications": notes})) as connector:
        batch = await connector.fetch(None)
        assert [p.id for p in batch.posts] == ["8"]
        assert cursor_of(batch.cursor)["mentions"] == "3"


async def test_a_link_of_another_origin_does_not_move_the_cursor():
    def page(_request: Request) -> Response:
        header = '<https://evil.example/api/v1/notifications?min_id=999>; rel="prev"'
        return JSONResponse([{"id": "4", "type": "mention", "status": status("8")}], headers={"Link": header})

    async with at(Kin(**{"/api/v1/notifications": page})) as connector:
        assert cursor_of((await connector.fetch(None)).cursor)["mentions"] == "4"


async def test_what_a_post_is_depends_on_whom_it_is_for():
    mine = {"id": "1", "acct": "brand"}
    notes = [
        status("10", mentions=[mine]),
        status("11", mentions=[mine], in_reply_to_id="3", in_reply_to_account_id="1"),
        status("12", mentions=[mine], visibility="direct"),
        status("13", account={"id": "1", "acct": "brand"}),
        status("14", content="<p>#tag</p>"),
        status("15", reblog=status("1")),
    ]
    async with at(Kin(**{"/api/v1/timelines/tag/tag": notes}), tags=("tag",)) as connector:
        posts = {p.id: p for p in (await connector.fetch(None)).posts}
        assert {k: p.kind for k, p in posts.items()} == {
            "10": PostKind.MENTION,
            "11": PostKind.REPLY,
            "12": PostKind.MESSAGE,
            "13": PostKind.POST,
            "14": PostKind.POST,
        }
        assert posts["13"].by_us
        assert posts["14"].author.handle.startswith("ann@127.0.0.1")


async def test_a_reply_whose_parent_was_never_seen_learns_its_conversation():
    reply = status("21", in_reply_to_id="20", in_reply_to_account_id="1", mentions=[{"id": "1", "acct": "brand"}])
    above = [status("19"), status("20", in_reply_to_id="19")]
    notes = [{"id": "1", "type": "mention", "status": reply}]
    kin = Kin(
        **{"/api/v1/notifications": notes, "/api/v1/statuses/21/context": {"ancestors": above, "descendants": []}}
    )
    async with at(kin) as connector:
        [post] = (await connector.fetch(None)).posts
        assert (post.root, post.reply_to) == ("https://a.example/s/19", "https://a.example/s/20")


async def test_a_deleted_post_is_noticed_although_nothing_streams():
    notes = [
        {"id": "1", "type": "mention", "status": status("30")},
        {"id": "2", "type": "mention", "status": status("31")},
    ]
    kin = Kin(**{"/api/v1/notifications": lambda r: [] if "min_id" in r.query_params else notes})
    kin.answers["/api/v1/statuses"] = lambda _request: [status("31", replies_count=2)]
    async with at(kin) as connector:
        cursor = (await connector.fetch(None)).cursor
        await connector._context.clock.advance(301)
        batch = await connector.fetch(cursor)
        assert batch.withdrawn == ("https://a.example/s/30",)
        assert [p.counts.replies for p in batch.posts] == [2]


async def test_a_source_with_an_account_waits_for_its_token():
    async with at(Kin(), token=None, account="brand") as connector:
        with pytest.raises(LoginNeeded, match="socialroom login"):
            await connector.fetch(None)


async def test_a_post_of_another_instance_is_looked_up_before_it_is_answered():
    kin = Kin(**{"/api/v1/timelines/tag/tag": [status("40")]})
    async with at(kin, tags=("tag",)) as connector:
        [post] = (await connector.fetch(None)).posts
        foreign = post.changed(id="9999", reply_data='{"host":"other.example","id":"9999"}')
        kin.answers["/api/v2/search"] = {"statuses": []}
        with pytest.raises(Rejected):
            await connector.freeze(Outgoing(id="1", text="hello", parent=foreign))
        kin.answers["/api/v2/search"] = {"statuses": [status("40")]}
        frozen = await connector.freeze(Outgoing(id="1", text="hello", parent=foreign))
        assert json.loads(frozen.payload)["body"]["in_reply_to_id"] == "40"


async def test_a_stream_that_is_closed_to_us_says_so():
    async with at(Kin("pixelfed")) as connector:
        with pytest.raises(Refused):
            await anext(aiter(connector.stream(None)))


async def test_live_posts_of_several_streams_come_once_and_deletes_of_known_posts_pass():
    more: asyncio.Queue[bytes] = asyncio.Queue()

    def stream(kind: str) -> Callable[[Request], Response]:
        async def lines() -> AsyncIterator[bytes]:
            yield b":)\n\n"
            while kind == "user":
                yield await more.get()
            await asyncio.sleep(3600)

        return lambda _request: StreamingResponse(lines(), media_type="text/event-stream")

    kin = Kin(**{"/api/v1/streaming/user": stream("user"), "/api/v1/streaming/hashtag": stream("tag")})
    kin.answers["/api/v1/timelines/tag/tag"] = []
    mention = status("50", mentions=[{"id": "1", "acct": "brand"}])
    async with at(kin, tags=("tag",)) as connector:
        live = connector.stream(None)
        assert live is not None
        async with contextlib.aclosing(live), asyncio.timeout(20):
            assert (await anext(live)).posts == ()
            assert (await anext(live)).posts == ()
            for name, data in (
                ("notification", {"id": "60", "type": "favourite", "status": mention}),
                ("update", status("51")),  # of the home timeline: nobody asked for it
                ("notification", {"id": "61", "type": "mention", "status": mention}),
                ("notification", "{broken"),
                ("delete", 4711),
                ("delete", 50),
            ):
                more.put_nowait(
                    f"event: {name}\ndata: {data if isinstance(data, str) else json.dumps(data)}\n\n".encode()
                )
            batch = await anext(live)
            assert [p.id for p in batch.posts] == ["50"]
            assert cursor_of(batch.cursor)["mentions"] == "61"
            assert not batch.back_filled
            assert (await anext(live)).withdrawn == ("https://a.example/s/50",)


# --- pure -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "parents", "given"),
    [
        ("", "", "public"),
        ("public", "", "public"),
        ("", "unlisted", "unlisted"),
        ("public", "private", "private"),
        ("direct", "public", "direct"),
        ("public", "limited", "direct"),
    ],
)
def test_visibility_is_the_narrower(asked, parents, given):
    assert narrower(asked, parents) == given


@pytest.mark.parametrize(
    ("base", "named", "given"),
    [
        ("https://a.example", "wss://s.a.example", "https://s.a.example"),
        ("https://a.example", "ws://s.a.example", None),
        ("http://127.0.0.1:1", "ws://127.0.0.1:1", "http://127.0.0.1:1"),
        ("https://a.example", None, "https://a.example"),
        ("https://a.example", "javascript:x", "https://a.example"),
    ],
)
def test_a_token_never_streams_in_the_clear(base, named, given):
    assert streaming_base(base, named) == given


def test_texts_are_compared_as_servers_leave_them():
    assert comparable("@ann@far.example  Hé\nthere https://x.example/long") == comparable("@ann he\u0301 there")
    assert comparable("@ann yes") != comparable("@ann no")


def test_links_are_read_and_garbage_is_not():
    header = '<https://a/?max_id=1>; rel="next", <https://a/?min_id=2>; rel="prev"'
    assert links(header) == {"next": "https://a/?max_id=1", "prev": "https://a/?min_id=2"}
    assert links("<" * 20_000) == {}


def test_ids_grow_by_length_and_then_by_letter():
    assert newest("999", "1000") == "1000"
    assert newest("01H8", "01H9") == "01H9"


def test_a_query_of_the_room_asks_for_its_words():
    assert wanted('"Aurelia Fibre" OR (panne AND lyon) NOT "la radio" lang:fr -x NOT y z') == [
        "Aurelia Fibre",
        "panne",
        "lyon",
        "z",
    ]
    assert as_tag("#Aurelia Fibre") == "AureliaFibre"


def test_an_unreadable_cursor_is_a_beginning():
    assert cursor_of("{broken") == cursor_of(None) == cursor_of('{"a": 1}') == {}


async def test_a_film_is_waited_for_until_the_server_has_made_something_of_it(tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(b"film")
    looks = iter([206, 206, 200])
    kin = Kin(
        **{
            "/api/v2/media": lambda _request: JSONResponse({"id": "5", "url": None}, status_code=202),
            "/api/v1/media/5": lambda _request: JSONResponse({"id": "5"}, status_code=next(looks)),
        }
    )
    async with at(kin) as connector:
        outgoing = Outgoing(id="1", text="", media=(Attachment(file=str(film), mime="video/mp4"),))
        freezing = asyncio.ensure_future(connector.freeze(outgoing))
        while not freezing.done():
            await connector._context.clock.advance(2)
        assert json.loads(freezing.result().payload)["body"]["media_ids"] == ["5"]
        assert next(looks, None) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (JSONResponse({"error": "Validation failed: too big"}, status_code=422), Rejected),
        (JSONResponse({"error": "too large"}, status_code=413), Rejected),
        (Response("<html>", status_code=502), BadReply),
        (JSONResponse({}), BadReply),
    ],
)
async def test_an_attachment_that_is_not_taken_posts_nothing(answer, error, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(b"picture")
    kin = Kin(**{"/api/v2/media": lambda _request: answer})
    async with at(kin) as connector:
        with pytest.raises(error):
            await connector.freeze(Outgoing(id="1", text="x", media=(Attachment(file=str(picture), mime="image/png"),)))
        assert not [r for r in kin.asked if r.url.path == "/api/v1/statuses"]


async def test_a_private_message_that_names_nobody_is_not_sent():
    async with at(Kin()) as connector:
        with pytest.raises(Rejected, match="names"):
            await connector.freeze(Outgoing(id="1", text="my answer", kind=SendKind.MESSAGE))


async def test_a_correction_keeps_what_it_does_not_change():
    now = status(
        "9", spoiler_text="careful", sensitive=True, language="fr", media_attachments=[{"id": "4", "type": "image"}]
    )
    kin = Kin(**{"/api/v1/statuses/9": now})
    async with at(kin) as connector:
        post = wire.post_of(wire.decoded(json.dumps(now), wire.Status), source="s", host="h", me="1", now=NOW)
        post = post.changed(reply_data="{}")
        frozen = await connector.freeze(Outgoing(id="1", text="new words", kind=SendKind.EDIT, target=post))
        assert json.loads(frozen.payload)["body"] == {
            "status": "new words", "spoiler_text": "careful", "sensitive": True, "language": "fr", "media_ids": ["4"],
        }  # fmt: skip


async def test_the_server_says_what_it_takes_beside_a_text():
    said = {
        "version": "4.4.0",
        "configuration": {
            "statuses": {"max_characters": 500, "max_media_attachments": 6},
            "media_attachments": {
                "supported_mime_types": ["image/png", 7],
                "image_size_limit": 99,
                "description_limit": -1,
            },
        },
    }
    kin = Kin(**{"/api/v2/instance": said, "/api/v1/accounts/verify_credentials": {"id": "1", "acct": "brand"}})
    async with at(kin) as connector:
        assert (await connector.account()).media == MediaRule(count=6, mimes=("image/png",), size=99, alt_limit=1500)


def test_profile_links_are_those_that_were_verified_first():
    fields = [
        {"value": '<a href="https://ann.example/?a=1&amp;b=2" rel="me">ann</a>', "verified_at": None},
        {"value": "she/her"},
        {"value": '<a href="javascript:x">x</a>'},
        {"value": "https://two words.example"},
        {"value": '<a href="https://shop.example">s</a>', "verified_at": "2026-01-01T00:00:00Z"},
        {"value": None},
    ]
    person = wire.decoded(json.dumps({"id": 1, "acct": "ann", "fields": fields}), wire.Person)
    assert wire.author_of(person, "h.example").links == ("https://shop.example", "https://ann.example/?a=1&b=2")
