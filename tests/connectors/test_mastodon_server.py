"""The Mastodon connector against a server that is not ours."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from servers import places
from servers.mastodon import Mastodon, start_mastodon
from support.connecting import connecting

from socialroom.connectors.mastodon import CONNECTOR, MastodonConnector, MastodonSettings
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.errors import LoginNeeded, OutcomeUnknown, RateLimited, Rejected, SourceError
from socialroom.domain.ports import Batch, Outgoing, Publisher, SendClass, Sent
from socialroom.domain.post import Post, PostKind

pytestmark = [pytest.mark.servers, pytest.mark.skipif(bool(places.no_mastodon()), reason=places.no_mastodon())]


@pytest.fixture(scope="module")
def server() -> Iterator[Mastodon]:
    with start_mastodon() as running:
        yield running


@contextlib.asynccontextmanager
async def brand(server: Mastodon, token: str | None = None, **settings: object) -> AsyncIterator[MastodonConnector]:
    async with connecting(server.url, secrets={"token": token or server.tokens["brand"]}) as context:
        connector = CONNECTOR.build(MastodonSettings(url=server.url, **settings), context)
        assert isinstance(connector, MastodonConnector)
        yield connector


async def until(stream: AsyncIterator[Batch], text: str) -> tuple[Post, Batch]:
    async with asyncio.timeout(30):
        async for batch in stream:
            for post in batch.posts:
                if text in post.text:
                    return post, batch
    raise AssertionError


def stream_of(connector: MastodonConnector, cursor: str | None) -> contextlib.aclosing[AsyncIterator[Batch]]:
    stream = connector.stream(cursor)
    assert stream is not None
    return contextlib.aclosing(stream)


async def heard(connector: MastodonConnector, server: Mastodon, text: str) -> Post:
    """A mention by somebody else, as the connector reads it."""
    cursor = (await connector.fetch(None)).cursor
    server.post("ann", text)
    return next(p for p in (await connector.fetch(cursor)).posts if text.removeprefix("@brand ") in p.text)


async def test_who_speaks_and_what_the_server_promises(server):
    async with brand(server) as connector:
        facts = await connector.account()
        assert facts.handle.startswith("brand@")
        assert (facts.count.counter, facts.count.limit, facts.count.url_cost) == ("mastodon", 500, 23)
        assert connector.capabilities.send_class is SendClass.IDEMPOTENT
        assert connector.capabilities.idempotent_for == 3300


async def test_a_mention_by_another_account_comes_by_the_stream_and_the_reply_stands_in_its_thread_once(server):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        async with stream_of(connector, cursor) as stream:
            first = await anext(stream)
            assert first.posts == ()
            assert first.cursor == cursor
            server.post("bob", "@brand hello, the stream is open")
            await until(stream, "the stream is open")  # what comes after this one is live
            theirs = server.post("ann", "@brand the line is down since nine")
            post, batch = await until(stream, "the line is down")
            assert (post.kind, post.id, post.uri) == (PostKind.MENTION, theirs["id"], theirs["uri"])
            assert not batch.back_filled
            assert not post.by_us
            frozen = await connector.freeze(Outgoing(id="item-1", text="@ann we look into it, é à ç", parent=post))
            sent = await connector.send(frozen)
            ours, _ = await until(stream, "we look into it")
        assert (ours.uri, ours.by_us, ours.root, ours.reply_to) == (sent.uri, True, post.uri, post.uri)
        again = await connector.send(frozen)
        assert again.id == sent.id
        assert [r["id"] for r in server.replies(theirs["id"])] == [sent.id]
        assert [p.uri for p in await connector.thread(post)] == [post.uri, sent.uri]
        assert sent.post is not None
        assert sent.post.conversation == post.uri


async def test_what_was_missed_is_read_forward_without_a_gap_and_marked(server):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        for number in range(95):
            server.post("bob", f"@brand missed {number}")
        got: list[Post] = []
        async with stream_of(connector, cursor) as stream, asyncio.timeout(60):
            async for batch in stream:
                got += [p for p in batch.posts if "missed" in p.text]
                assert batch.back_filled or not batch.posts
                if len(got) == 95:
                    break
        assert [p.text.split()[-1] for p in got] == [str(n) for n in range(95)]


async def test_polling_goes_forward_page_by_page_and_ends(server):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        for number in range(50):
            server.post("bob", f"@brand polled {number}")
        pages = []
        while True:
            batch = await connector.fetch(cursor)
            pages.append([p.text.split()[-1] for p in batch.posts])
            cursor = batch.cursor
            if not batch.more:
                break
        assert [len(p) for p in pages] == [40, 10]
        assert [n for page in pages for n in page] == [str(n) for n in range(50)]


async def test_a_hashtag_needs_no_token_and_comes_by_the_stream_with_one(server):
    server.post("bob", "nice phone #aurelia")
    async with connecting(server.url) as context:
        keyless = CONNECTOR.build(MastodonSettings(url=server.url, tags=("aurelia",)), context)
        [post] = (await keyless.fetch(None)).posts
        assert (post.kind, post.text) == (PostKind.POST, "nice phone #aurelia")
        assert keyless.stream(None) is None
    async with brand(server, tags=("#aurelia",)) as connector:
        cursor = (await connector.fetch(None)).cursor
        async with stream_of(connector, cursor) as stream:
            await anext(stream)
            theirs = server.post("bob", "still nice #Aurelia")
            post, _ = await until(stream, "still nice")
            assert post.kind is PostKind.POST
            server.call("PUT", f"/api/v1/statuses/{theirs['id']}", "bob", json={"status": "not nice #Aurelia"})
            edited, _ = await until(stream, "not nice")
            assert edited.uri == post.uri
            assert edited.revision != post.revision
            server.call("DELETE", f"/api/v1/statuses/{theirs['id']}", "bob")
            async with asyncio.timeout(20):
                async for batch in stream:
                    if batch.withdrawn:
                        assert batch.withdrawn == (post.uri,)
                        break


async def test_a_send_that_is_cut_is_found_again_and_not_invented(server):
    async with brand(server) as connector:
        post = await heard(connector, server, "@brand is anybody there")
        armed = datetime.now(UTC)
        frozen = await connector.freeze(
            Outgoing(id="cut-1", text="@ann yes: https://status.example/a?b=1", parent=post)
        )
        assert await connector.find(frozen, armed) is None
        sent = await connector.send(frozen)
        found = await connector.find(frozen, armed)
        assert found is not None
        assert found.id == sent.id
        other = await connector.freeze(Outgoing(id="cut-2", text="@ann yes: https://status.example/b", parent=post))
        assert await connector.find(other, armed) is None
        assert await connector.find(frozen, armed + timedelta(hours=1)) is None


async def test_a_reply_is_never_wider_than_its_parent(server):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        server.post("ann", "@brand between us", visibility="private")
        post = next(p for p in (await connector.fetch(cursor)).posts if "between us" in p.text)
        sent = await connector.send(
            await connector.freeze(Outgoing(id="narrow", text="@ann sure", visibility="public", parent=post))
        )
        assert sent.post is not None
        assert sent.post.visibility == "private"


async def away(connector: Publisher, sent: Sent) -> None:
    gone = await connector.freeze(Outgoing(id="away", text="", kind=SendKind.DELETE, target=sent.post))
    assert (await connector.send(gone)).uri == sent.uri
    assert await connector.find(gone, datetime.now(UTC)) is not None


async def test_a_deleted_reply_is_gone_and_deleting_it_again_is_no_error(server):
    async with brand(server) as connector:
        sent = await connector.send(await connector.freeze(Outgoing(id="gone", text="hello all")))
        await away(connector, sent)
        assert server.call("GET", f"/api/v1/statuses/{sent.id}", "brand").status_code == 404
        await away(connector, sent)


async def test_the_whole_past_is_paged(server):
    for number in range(45):
        server.post("bob", f"#old {number}")
    async with brand(server, tags=("old",), mentions=False) as connector:
        posts = [p async for batch in connector.history() for p in batch.posts]
        assert {p.text for p in posts} == {f"#old {n}" for n in range(45)}


@pytest.mark.parametrize(
    ("name", "effect", "error"),
    [
        ("fault", {"type": "status", "status": 500}, OutcomeUnknown),
        ("garbage", {"type": "malformed"}, OutcomeUnknown),
        ("haste", {"type": "ratelimit"}, RateLimited),
        ("rule", {"type": "status", "status": 422, "body": {"error": "Validation failed"}}, Rejected),
        ("stranger", {"type": "status", "status": 401}, LoginNeeded),
    ],
)
async def test_a_failed_send_is_named_by_what_became_of_it_and_the_same_handle_sends_once(server, name, effect, error):
    text = f"after {name}"
    async with brand(server) as connector:
        frozen = await connector.freeze(Outgoing(id=text, text=text))
        server.fault(effect, method="POST", path="/api/v1/statuses")
        with pytest.raises(error):
            await connector.send(frozen)
    async with brand(server) as connector:  # a new room has a new budget
        await connector.send(frozen)
        await connector.send(frozen)
    assert sum(text in s["content"] for s in server.statuses("brand")) == 1


@pytest.mark.parametrize("effect", [{"type": "malformed"}, {"type": "status", "status": 503}, {"type": "ratelimit"}])
async def test_a_failed_read_is_an_error_and_the_next_one_has_everything(server, effect):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        server.post("ann", f"@brand during {effect['type']}")
        server.fault(effect, method="GET", path="/api/v1/notifications")
        with pytest.raises(SourceError):
            await connector.fetch(cursor)
    async with brand(server) as connector:
        assert any("during" in p.text for p in (await connector.fetch(cursor)).posts)


async def test_a_wrong_token_says_so(server):
    async with brand(server, token="nonsense") as connector:
        with pytest.raises(LoginNeeded):
            await connector.fetch(None)


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def done(connector: Publisher, kind: SendKind, post: Post | None, item: str, text: str = "") -> Sent:
    """Freezes, finds nothing, sends twice, finds."""
    armed = datetime.now(UTC)
    outgoing = Outgoing(id=item, text=text, kind=kind, target=post)
    if kind is SendKind.MESSAGE:
        outgoing = outgoing.changed(parent=post, target=None)
    frozen = await connector.freeze(outgoing)
    assert await connector.find(frozen, armed) is None
    sent = await connector.send(frozen)
    assert (await connector.send(frozen)).id == sent.id
    found = await connector.find(frozen, armed)
    assert found is not None
    assert found.id == sent.id
    return sent


async def test_a_picture_goes_with_its_description_and_a_correction_keeps_it(server, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    media = (Attachment(file=str(picture), mime="image/png", size=len(PNG), alt="a dot, é"),)
    async with brand(server) as connector:
        sent = await connector.send(await connector.freeze(Outgoing(id="media", text="look", media=media)))
        shown = server.call("GET", f"/api/v1/statuses/{sent.id}", "brand").json()
        assert [a["description"] for a in shown["media_attachments"]] == ["a dot, é"]
        corrected = await done(connector, SendKind.EDIT, sent.post, "edit", "look here")
        assert corrected.id == sent.id
        shown = server.call("GET", f"/api/v1/statuses/{sent.id}", "brand").json()
        assert "look here" in shown["content"]
        assert [a["description"] for a in shown["media_attachments"]] == ["a dot, é"]


async def test_likes_boosts_follows_mutes_and_blocks_are_done_once_and_undone(server):
    async with brand(server) as connector:
        post = await heard(connector, server, "@brand thank you all")

        def status() -> tuple[bool, bool, int]:
            shown = server.call("GET", f"/api/v1/statuses/{post.id}", "brand").json()
            return shown["favourited"], shown["reblogged"], shown["favourites_count"]

        def stands() -> tuple[bool, bool, bool]:
            asked = {"id[]": post.author.id}
            [shown] = server.call("GET", "/api/v1/accounts/relationships", "brand", params=asked).json()
            return shown["following"], shown["muting"], shown["blocking"]

        for number, kind in enumerate((SendKind.LIKE, SendKind.REPOST)):
            await done(connector, kind, post, f"do-{number}")
        assert status() == (True, True, 1)
        for number, kind in enumerate((SendKind.UNLIKE, SendKind.UNREPOST)):
            await done(connector, kind, post, f"undo-{number}")
        assert status() == (False, False, 0)
        for kind, undo, place in (
            (SendKind.FOLLOW, SendKind.UNFOLLOW, 0),
            (SendKind.MUTE, SendKind.UNMUTE, 1),
            (SendKind.BLOCK, SendKind.UNBLOCK, 2),
        ):
            await done(connector, kind, post, kind.value)
            assert stands()[place]
            await done(connector, undo, post, undo.value)
            assert not any(stands())


async def test_a_private_message_reaches_only_whom_it_names_and_is_read_as_one(server):
    async with brand(server) as connector:
        cursor = (await connector.fetch(None)).cursor
        server.post("ann", "@brand my number is 4711", visibility="direct")
        [post] = [p for p in (await connector.fetch(cursor)).posts if "4711" in p.text]
        assert (post.kind, post.visibility, post.private) == (PostKind.MESSAGE, "direct", True)
        sent = await done(connector, SendKind.MESSAGE, post, "message", "@ann we call you")
        assert sent.post is not None
        assert (sent.post.kind, sent.post.visibility) == (PostKind.MESSAGE, "direct")
        shown = server.call("GET", f"/api/v1/statuses/{sent.id}", "ann").json()
        assert (shown["visibility"], shown["in_reply_to_id"]) == ("direct", post.id)
        assert [m["username"] for m in shown["mentions"]] == ["ann"]
