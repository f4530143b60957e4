"""The Bluesky connector against the real servers of the AT Protocol network: PLC, PDS and AppView."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime

import pytest
from servers import places
from servers.atproto import AtProto, start_atproto
from support.connecting import connecting

from socialroom.connectors.bluesky import CONNECTOR, BlueskyConnector, BlueskySettings
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.errors import Gone, LoginNeeded, Rejected
from socialroom.domain.ports import Outgoing, Publisher, Sent
from socialroom.domain.post import Post, PostKind

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(bool(places.no_atproto()), reason=places.no_atproto()),
    pytest.mark.timeout(240),
]


@pytest.fixture(scope="module")
def network() -> Iterator[AtProto]:
    with start_atproto() as running:
        yield running


@contextlib.asynccontextmanager
async def brand(network: AtProto, password: str | None = None, **settings: object) -> AsyncIterator[BlueskyConnector]:
    secrets = {"password": password or network.password("brand")}
    async with connecting(network.url, secrets=secrets) as context:
        connector = CONNECTOR.build(BlueskySettings(url=network.url, account="brand.test", **settings), context)
        assert isinstance(connector, BlueskyConnector)
        yield connector


async def heard(connector: BlueskyConnector, text: str, say: Callable[[], object] = lambda: None) -> Post:
    """The post with that text, as soon as the AppView has it.

    The development AppView indexes a post now and then without ever notifying of it; then `say` says it again.
    """
    cursor = None
    async with asyncio.timeout(60):
        while True:
            say()
            for _ in range(20):
                batch = await connector.fetch(cursor)
                for post in batch.posts:
                    if text in post.text:
                        return post
                cursor = batch.cursor
                await asyncio.sleep(0.2)


async def mentioned(connector: BlueskyConnector, network: AtProto, text: str) -> Post:
    return await heard(connector, text, lambda: network.post("ann", f"@brand.test {text}", mentions="brand"))


async def test_who_speaks_is_asked_once_and_the_session_is_kept(network):
    async with brand(network) as connector:
        facts = await connector.account()
        assert (facts.id, facts.handle) == (network.accounts["brand"], "brand.test")
        assert (facts.count.counter, facts.count.limit, facts.count.byte_limit) == ("bluesky", 300, 3000)
        kept = connector._context.secrets.values
        async with connecting(network.url, secrets={"session": kept["s.session"]}) as context:
            again = CONNECTOR.build(BlueskySettings(url=network.url), context)
            assert (await again.account()).id == facts.id


async def test_a_mention_by_another_account_is_answered_in_its_thread_once(network):
    async with brand(network) as connector:
        post = await mentioned(connector, network, "🎉 the line is down")
        assert (post.kind, post.by_us) == (PostKind.MENTION, False)
        assert post.author is not None
        assert post.author.handle == "ann.test"
        frozen = await connector.freeze(
            Outgoing(id="1", text="😀 @ann.test we look: https://status.example/é #fibre", parent=post, language="en")
        )
        sent = await connector.send(frozen)
        again = await connector.send(frozen)
        assert (again.uri, again.id) == (sent.uri, sent.id)
        assert sent.post is not None
        assert (sent.post.by_us, sent.post.root, sent.post.reply_to) == (True, post.uri, post.uri)
        async with asyncio.timeout(60):
            while not (below := network.replies(post.uri, "ann")):
                await asyncio.sleep(0.2)
        assert [r["uri"] for r in below] == [sent.uri]
        text = below[0]["record"]["text"].encode()
        shown = [
            (text[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(), f["features"][0])
            for f in below[0]["record"]["facets"]
        ]
        assert [(word, next(v for k, v in feature.items() if k != "$type")) for word, feature in shown] == [
            ("@ann.test", network.accounts["ann"]),
            ("https://status.example/é", "https://status.example/é"),
            ("#fibre", "fibre"),
        ]
        assert [p.uri for p in await connector.thread(post)] == [post.uri, sent.uri]
        assert (await heard(connector, "we look")).by_us


async def test_the_same_send_again_changes_nothing_and_is_found_by_its_key(network):
    async with brand(network) as connector:
        frozen = await connector.freeze(Outgoing(id="2", text="only one of this"))
        now = datetime.now(UTC)
        assert await connector.find(frozen, now) is None
        sent = await connector.send(frozen)
        found = await connector.find(frozen, now)
        assert found is not None
        assert found.uri == sent.uri
        await connector.send(frozen)
        assert sum(r["value"]["text"] == "only one of this" for r in network.records("brand")) == 1


async def test_another_text_under_the_same_key_is_refused_and_does_not_overwrite(network):
    async with brand(network) as connector:
        frozen = await connector.freeze(Outgoing(id="3", text="the first word"))
        await connector.send(frozen)
        other = frozen.changed(payload=frozen.payload.replace("the first word", "another word"))
        with pytest.raises(Rejected):
            await connector.send(other)
        assert not any(r["value"]["text"] == "another word" for r in network.records("brand"))


async def test_one_grapheme_too_many_is_rejected_and_nothing_is_posted(network):
    async with brand(network) as connector:
        most = "👩‍👩‍👧" * 100 + "é" * 200
        await connector.send(await connector.freeze(Outgoing(id="4", text=most)))
        with pytest.raises(Rejected, match=r"300|grapheme"):
            await connector.send(await connector.freeze(Outgoing(id="5", text="x" * 301)))
        assert not any(r["value"]["text"] == "x" * 301 for r in network.records("brand"))


async def test_an_expired_token_is_refreshed_once_by_many_and_kept(network):
    async with brand(network) as connector:
        await connector.account()
        secrets = connector._context.secrets
        kept = json.loads(secrets.values["s.session"])
        stale = kept | {"accessJwt": network.expired(kept["accessJwt"])}
        async with connecting(network.url, secrets={"session": json.dumps(stale)}) as context:
            other = CONNECTOR.build(BlueskySettings(url=network.url), context)
            frozen = await asyncio.gather(*(other.freeze(Outgoing(id=str(n), text=f"fresh {n}")) for n in range(5)))
            sent = await asyncio.gather(*(other.send(f) for f in frozen))
            assert len({s.uri for s in sent}) == 5
            fresh = json.loads(context.secrets.values["s.session"])
            assert fresh["accessJwt"] != stale["accessJwt"]
            assert fresh["refreshJwt"] != kept["refreshJwt"]
            assert "fresh 3" in [r["value"]["text"] for r in network.records("brand")]


async def test_a_dead_session_is_made_again_from_the_password(network):
    async with brand(network) as connector:
        connector._context.secrets.put(
            "s.session",
            json.dumps(
                {
                    "did": network.accounts["brand"],
                    "handle": "brand.test",
                    "accessJwt": "a.b.c",
                    "refreshJwt": "a.b.c",
                    "pds": "",
                }
            ),
        )
        assert (await connector.fetch(None)).cursor is not None


async def test_a_wrong_password_says_so(network):
    async with brand(network, password="wrong") as connector:
        with pytest.raises(LoginNeeded):
            await connector.account()


async def test_an_answer_to_a_deleted_post_is_rejected_before_it_is_sent(network):
    async with brand(network) as connector:
        post = await mentioned(connector, network, "soon gone")
        _, _, key = post.uri.removeprefix("at://").split("/")
        body = {"repo": network.accounts["ann"], "collection": "app.bsky.feed.post", "rkey": key}
        network.call("com.atproto.repo.deleteRecord", "ann", post=body)
        async with asyncio.timeout(60):
            while True:
                try:
                    await connector.freeze(Outgoing(id="6", text="hello?", parent=post))
                except Rejected:
                    break
                await asyncio.sleep(0.2)
        with pytest.raises(Gone):
            await connector.thread(post)


async def away(connector: Publisher, sent: Sent) -> None:
    gone = await connector.freeze(Outgoing(id="away", text="", kind=SendKind.DELETE, target=sent.post))
    assert (await connector.send(gone)).uri == sent.uri
    assert await connector.find(gone, datetime.now(UTC)) is not None


async def test_a_deleted_reply_is_gone_and_deleting_it_again_is_no_error(network):
    async with brand(network) as connector:
        sent = await connector.send(await connector.freeze(Outgoing(id="7", text="a slip")))
        await away(connector, sent)
        await away(connector, sent)
        assert not any(r["uri"] == sent.uri for r in network.records("brand"))


async def test_a_search_finds_what_does_not_mention_us(network):
    network.post("bob", "my aurelia phone is fine")
    async with brand(network, query="aurelia OR orelia", mentions=False) as connector:
        post = await heard(connector, "my aurelia phone")
        assert post.kind is PostKind.POST
        assert [p.text async for b in connector.history() for p in b.posts] == ["my aurelia phone is fine"]


async def test_a_reply_below_our_post_is_a_reply_and_knows_its_root(network):
    async with brand(network) as connector:
        sent = await connector.send(await connector.freeze(Outgoing(id="8", text="we have news")))
        await heard(connector, "we have news")  # the AppView notifies only of answers to what it knows already
        own = {"uri": sent.uri, "cid": json.loads(sent.post.reply_data)["cid"]}
        post = await heard(
            connector, "which news", lambda: network.post("bob", "which news", reply={"root": own, "parent": own})
        )
        assert (post.kind, post.root, post.reply_to) == (PostKind.REPLY, sent.uri, sent.uri)


PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


async def done(connector: Publisher, kind: SendKind, post: Post, item: str) -> Sent:
    """Freezes, finds nothing, sends twice, finds; what the AppView alone knows may come a little later."""
    now = datetime.now(UTC)
    frozen = await connector.freeze(Outgoing(id=item, text="", kind=kind, target=post))
    assert await connector.find(frozen, now) is None
    sent = await connector.send(frozen)
    assert (await connector.send(frozen)).uri == sent.uri
    async with asyncio.timeout(30):
        while await connector.find(frozen, now) is None:
            await asyncio.sleep(0.2)
    return sent


async def test_a_picture_goes_with_its_description_and_its_shape(network, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(PNG)
    media = (Attachment(file=str(picture), mime="image/png", size=len(PNG), alt="a dot, é"),)
    async with brand(network) as connector:
        frozen = await connector.freeze(Outgoing(id="media", text="look", media=media))
        sent = await connector.send(frozen)
        assert (await connector.send(frozen)).uri == sent.uri
        [record] = [r["value"] for r in network.records("brand") if r["uri"] == sent.uri]
        [image] = record["embed"]["images"]
        assert (image["alt"], image["aspectRatio"]) == ("a dot, é", {"width": 1, "height": 1})
        assert image["image"]["size"] == len(PNG)


async def test_likes_reposts_follows_blocks_and_mutes_make_one_record_and_are_undone(network):
    async with brand(network) as connector:
        post = await mentioned(connector, network, "thank you all")

        def records(kind: str) -> int:
            found = network.call(
                "com.atproto.repo.listRecords", repo=network.accounts["brand"], collection=f"app.bsky.{kind}"
            )
            return len(found["records"])

        for kind, undo, collection in (
            (SendKind.LIKE, SendKind.UNLIKE, "feed.like"),
            (SendKind.REPOST, SendKind.UNREPOST, "feed.repost"),
            (SendKind.FOLLOW, SendKind.UNFOLLOW, "graph.follow"),
            (SendKind.MUTE, SendKind.UNMUTE, ""),
            (SendKind.BLOCK, SendKind.UNBLOCK, "graph.block"),
        ):
            sent = await done(connector, kind, post, kind.value)
            if collection:
                assert records(collection) == 1
                again = await connector.freeze(Outgoing(id=f"{kind.value} 2", text="", kind=kind, target=post))
                assert (await connector.send(again)).uri == sent.uri
                assert records(collection) == 1
            await done(connector, undo, post, undo.value)
            assert not collection or records(collection) == 0


async def test_an_answer_below_our_post_is_hidden_and_shown_again(network):
    async with brand(network) as connector:
        sent = await connector.send(await connector.freeze(Outgoing(id="open", text="Ask us anything")))
        own = json.loads(sent.post.reply_data)["root"]
        theirs = network.post("ann", "nonsense", reply={"root": own, "parent": own})
        post = None
        async with asyncio.timeout(60):
            while post is None:
                with contextlib.suppress(Gone):  # the AppView is a little late
                    post = next((p for p in await connector.thread(sent.post) if p.uri == theirs["uri"]), None)
                await asyncio.sleep(0.2)
        await done(connector, SendKind.HIDE, post, "hide")
        gate = {"repo": network.accounts["brand"], "collection": "app.bsky.feed.threadgate"}
        [record] = network.call("com.atproto.repo.listRecords", **gate)["records"]
        assert (record["value"]["post"], record["value"]["hiddenReplies"]) == (sent.uri, [post.uri])
        await done(connector, SendKind.UNHIDE, post, "unhide")
        [record] = network.call("com.atproto.repo.listRecords", **gate)["records"]
        assert record["value"]["hiddenReplies"] == []
        with pytest.raises(Rejected):
            await connector.freeze(Outgoing(id="x", text="", kind=SendKind.HIDE, target=sent.post))


async def test_parts_of_a_thread_follow_each_other_at_once(network):
    async with brand(network) as connector:
        parent, uris = None, []
        for number in (1, 2, 3):
            frozen = await connector.freeze(Outgoing(id=f"part-{number}", text=f"part {number}/3", parent=parent))
            sent = await connector.send(frozen)
            parent = sent.post
            uris.append(sent.uri)
        replies = {r["uri"]: r["value"].get("reply") for r in network.records("brand")}
        assert [replies[u] and replies[u]["parent"]["uri"] for u in uris] == [None, uris[0], uris[1]]
        assert replies[uris[2]]["root"]["uri"] == uris[0]
