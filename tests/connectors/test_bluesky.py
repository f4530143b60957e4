"""What the Bluesky connector makes before it sends, and of what it is told: pure parts, and rare answers."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from support.clock import HeldClock
from support.connecting import connecting
from support.serving import serving_app

from socialroom.connectors import _atproto
from socialroom.connectors.bluesky import CONNECTOR, BlueskySettings
from socialroom.connectors.bluesky.pictures import shape_of
from socialroom.connectors.bluesky.session import data_server
from socialroom.connectors.bluesky.views import Profile, View, author_of, flattened, post_of
from socialroom.connectors.bluesky.writing import Tids, facets, timestamp
from socialroom.domain.errors import LoginNeeded, OutcomeUnknown, Rejected
from socialroom.domain.ports import Outgoing
from socialroom.domain.post import PostKind

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
ME, ANN = "did:plc:me", "did:plc:ann"


async def known(handle: str) -> str | None:
    return {"ann.test": ANN}.get(handle)


async def marked(text: str) -> list[tuple[str, str]]:
    """The words that are more than text, cut out by their byte offsets, and what they are."""
    raw = text.encode()
    found = []
    for facet in await facets(text, known):
        [feature] = facet["features"]
        word = raw[facet["index"]["byteStart"] : facet["index"]["byteEnd"]].decode()
        found.append((word, next(v for k, v in feature.items() if k != "$type")))
    return found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("😀é @ann.test hi", [("@ann.test", ANN)]),
        ("(@Ann.Test)", [("@Ann.Test", ANN)]),
        ("@nobody.test, mail@ann.test", []),
        ("see https://x.example/a?b=1#c.", [("https://x.example/a?b=1#c", "https://x.example/a?b=1#c")]),
        ("(https://x.example/a_(b))", [("https://x.example/a_(b)", "https://x.example/a_(b)")]),
        ("日本 https://例え.example/é!", [("https://例え.example/é", "https://例え.example/é")]),
        ("#fibre #2026 #éte_1", [("#fibre", "fibre"), ("#éte_1", "éte_1")]),
        ("https://x.example/@ann.test", [("https://x.example/@ann.test", "https://x.example/@ann.test")]),
    ],
)
async def test_links_mentions_and_tags_are_marked_by_bytes(text, found):
    assert await marked(text) == found


def test_keys_grow_also_when_the_clock_stands_or_goes_back():
    tids = Tids(1023)
    times = [NOW, NOW, NOW - timedelta(hours=1), NOW + timedelta(microseconds=1), NOW + timedelta(days=1)]
    keys = [tids.next(at) for at in times]
    assert keys == sorted(set(keys))
    assert all(re.fullmatch(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}", k) for k in keys)


def test_a_time_is_written_as_the_network_writes_it():
    assert timestamp(NOW + timedelta(microseconds=7_999)) == "2026-09-01T10:00:00.007Z"


@pytest.mark.parametrize(
    ("endpoint", "declared", "used"),
    [
        ("https://pds.example", "https://bsky.social", "https://pds.example"),
        ("http://pds.example", "https://bsky.social", "https://bsky.social"),
        ("https://localhost", "https://bsky.social", "https://bsky.social"),
        ("http://localhost:2583", "http://127.0.0.1:2583", "http://127.0.0.1:2583"),
        (None, "https://bsky.social", "https://bsky.social"),
    ],
)
def test_a_data_server_is_followed_only_where_a_token_may_go(endpoint, declared, used):
    assert data_server({"service": [{"id": "#atproto_pds", "serviceEndpoint": endpoint}]}, declared) == used


def view(**more: Any) -> View:
    base = {
        "uri": f"at://{ANN}/app.bsky.feed.post/3kabc23defg2h",
        "cid": "c1",
        "author": {"did": ANN, "handle": "ann.test"},
        "record": {"text": "hi", "createdAt": "2020-01-01T00:00:00Z"},
        "indexedAt": "2026-09-01T09:59:00Z",
    }
    return msgspec.convert({**base, **more}, View)


def post(**more: Any):
    return post_of(view(**more), source="s", me=ME, now=NOW)


def test_an_author_s_time_is_a_claim():
    assert post().created_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert post(record={"text": "", "createdAt": "2999-01-01T00:00:00Z"}).created_at == datetime(
        2026, 9, 1, 9, 59, tzinfo=UTC
    )
    assert post(record={"text": ""}, indexedAt="") is None


def test_kinds_references_and_figures():
    strong = {"uri": f"at://{ME}/app.bsky.feed.post/x", "cid": "c0"}
    record = {"text": "", "createdAt": "2026-01-01T00:00:00Z"}
    reply = post(record={**record, "reply": {"root": strong, "parent": strong}}, reason="reply")
    assert (reply.kind, reply.root, reply.reply_to) == (PostKind.REPLY, strong["uri"], strong["uri"])
    assert reply.counts is None
    quote = post(record={**record, "embed": {"$type": "app.bsky.embed.record", "record": strong}})
    assert quote.kind is PostKind.MENTION
    plain = post(likeCount=0, viewer={"replyDisabled": True})
    assert (plain.kind, plain.counts.likes, plain.counts.replies, plain.can_reply) == (PostKind.POST, 0, None, False)
    assert plain.url == "https://bsky.app/profile/ann.test/post/3kabc23defg2h"
    assert post(uri="at://did:plc:ann/app.bsky.feed.like/3k") is None


def test_a_handle_that_the_network_could_not_confirm_is_not_shown():
    author = author_of(
        view(author={"did": ANN, "handle": "handle.invalid", "verification": {"verifiedStatus": "none"}}).author
    )
    assert (author.handle, author.verified) == (ANN, False)


def test_a_thread_with_holes_gives_what_is_there():
    node = {
        "post": msgspec.to_builtins(view()),
        "parent": {"notFound": True},
        "replies": [{"blocked": True}, {"post": None}],
    }
    assert len(flattened(msgspec.Raw(msgspec.json.encode(node)), "h")) == 1


def test_alt_texts_of_every_kind_of_attachment():
    images = {"$type": "app.bsky.embed.images", "images": [{"alt": "a cat"}, {"alt": ""}]}
    for embed, kinds in (
        (images, ["image", "image"]),
        ({"$type": "app.bsky.embed.recordWithMedia", "media": images, "record": {}}, ["image", "image"]),
        ({"$type": "app.bsky.embed.video", "alt": "a film"}, ["video"]),
        ({"$type": "app.bsky.embed.external", "external": {"uri": "https://x.example", "title": "t"}}, ["link"]),
        ({"$type": "app.bsky.embed.external", "external": {"uri": "javascript:x"}}, []),
        ([1, 2], []),
    ):
        assert [m.kind for m in _atproto.media(_atproto.Record(embed=embed))] == kinds


# --- a data server's rarer answers --------------------------------------------------------------------------------------


class DataServer:
    """Answers by method name: JSON, or (status, JSON)."""

    def __init__(self, **answers: Any) -> None:
        session = {"did": ME, "handle": "me.test", "accessJwt": "a-access-token", "refreshJwt": "a-refresh-token"}
        self.answers = {"createSession": session, "refreshSession": session, **answers}
        self.asked: list[str] = []

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/xrpc/{nsid}", self._answer, methods=["GET", "POST"])])

    async def _answer(self, request: Request) -> Response:
        name = request.path_params["nsid"].rpartition(".")[2]
        self.asked.append(name)
        answer = self.answers.get(name, (400, {"error": "InvalidRequest", "message": f"no {name}"}))
        status, body = answer if isinstance(answer, tuple) else (200, answer)
        return JSONResponse(body, status_code=status)


RECORD = {"uri": f"at://{ME}/app.bsky.feed.post/k", "cid": "c9", "value": {"text": "hello"}}


@pytest.mark.parametrize(
    ("put", "get", "error"),
    [
        ((400, {"error": "InvalidSwap"}), RECORD, None),
        ((400, {"error": "InvalidSwap"}), {**RECORD, "value": {"text": "not ours"}}, Rejected),
        ((400, {"error": "InvalidSwap"}), (400, {"error": "RecordNotFound"}), OutcomeUnknown),
        ((400, {"error": "InvalidSwap"}), (502, {"error": "UpstreamFailure"}), OutcomeUnknown),
        ((400, {"error": "InvalidRequest", "message": "too long"}), None, Rejected),
        ((500, {"error": "InternalServerError"}), None, OutcomeUnknown),
        ((400, {"error": "ExpiredToken"}), None, LoginNeeded),
        ((401, {"error": "AuthMissing", "message": "a-access-token"}), None, LoginNeeded),
        ({"uri": RECORD["uri"]}, None, OutcomeUnknown),
    ],
)
async def test_a_send_is_named_by_what_became_of_it(put, get, error):
    server = DataServer(putRecord=put, getRecord=get)
    async with (
        serving_app(server.app()) as url,
        connecting(url, secrets={"password": "p"}, clock=HeldClock(NOW)) as context,
    ):
        connector = CONNECTOR.build(BlueskySettings(url=url, account="me.test"), context)
        frozen = await connector.freeze(Outgoing(id="1", text="hello"))
        assert json.loads(frozen.payload)["calls"][0]["swapRecord"] is None
        if error is None:
            assert (await connector.send(frozen)).uri == f"at://{ME}/app.bsky.feed.post/{frozen.handle}"
        else:
            with pytest.raises(error) as caught:
                await connector.send(frozen)
            assert "a-access-token" not in str(caught.value)
        assert server.asked.count("createSession") == 1


async def test_a_secret_may_hold_the_account_too_and_a_lone_password_is_not_enough():
    server = DataServer(searchPosts={"posts": []}, listNotifications={"notifications": []}, getAuthorFeed={"feed": []})
    async with serving_app(server.app()) as url:
        async with connecting(url, secrets={"password": "did:plc:me:abcd-efgh"}) as context:
            await CONNECTOR.build(BlueskySettings(url=url), context).fetch(None)
            assert server.asked[0] == "createSession"
        async with connecting(url, secrets={"password": "abcd"}) as context:
            with pytest.raises(LoginNeeded):
                await CONNECTOR.build(BlueskySettings(url=url), context).fetch(None)
        async with connecting(url) as context:
            await CONNECTOR.build(BlueskySettings(url=url, query="acme"), context).fetch(None)
            assert server.asked[-1] == "searchPosts"


async def test_the_overlap_gives_nothing_twice_but_everything_that_was_not_stored():
    note = {**msgspec.to_builtins(view(reason="mention"))}
    server = DataServer(listNotifications={"notifications": [note]}, getAuthorFeed={"feed": []})
    async with (
        serving_app(server.app()) as url,
        connecting(url, secrets={"password": "p"}, clock=HeldClock(NOW)) as context,
    ):
        connector = CONNECTOR.build(BlueskySettings(url=url, account="me.test"), context)
        first = await connector.fetch(None)
        assert len(first.posts) == 1
        assert (await connector.fetch(None)).posts == first.posts  # the store had failed
        assert (await connector.fetch(first.cursor)).posts == ()


def test_profile_links_are_those_that_the_description_names():
    profile = Profile(
        did="did:plc:ann", handle="ann.test", description="Press 📰 https://ann.example/a, (https://b.example)"
    )
    assert author_of(profile).links == ("https://ann.example/a", "https://b.example")


@pytest.mark.parametrize(
    ("data", "shape"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02", (3, 2)),
        (b"GIF89a\x05\0\x04\0", (5, 4)),
        (b"\xff\xd8\xff\xe0\0\x04ab\xff\xc2\0\x11\x08\0\x07\0\x09", (9, 7)),
        (b"\xff\xd8\xff\xe0\xff\xff", None),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\0\0\0\0\x02", None),
        (b"", None),
        (b"\xff\xd8" + b"\xff\xe0\0\0" * 1000, None),
    ],
)
def test_a_picture_s_shape_is_read_from_its_head(data, shape):
    assert shape_of(data) == shape


@given(st.binary() | st.binary().map(lambda b: b"\xff\xd8" + b))
def test_any_bytes_have_a_shape_or_none(data):
    shape_of(data)
