"""The full-stream connector against a small server of our own that sends what Jetstream's documentation shows."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from support.clock import HeldClock
from support.connecting import connecting
from websockets.asyncio.server import ServerConnection, serve

from socialroom.connectors.jetstream import CONNECTOR, COST, JetstreamConnector, JetstreamSettings
from socialroom.domain.errors import Refused, Unreachable
from socialroom.domain.ports import Batch
from socialroom.domain.post import PostKind

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
NOW_US = int(NOW.timestamp() * 1_000_000)
ME = "did:plc:meeeeeeeeeeeeeeeeeeeeeee"


def commit(text: Any, *, key: str, did: str = "did:plc:ann", at: int = NOW_US, **record: Any) -> dict[str, Any]:
    full = {"$type": "app.bsky.feed.post", "text": text, "createdAt": "2026-09-01T09:59:58Z", "langs": ["fr"], **record}
    made = {"rev": "3k", "operation": "create", "collection": "app.bsky.feed.post", "rkey": key, "cid": f"cid-{key}"}
    return {"did": did, "time_us": at, "kind": "commit", "commit": {**made, "record": full}}


def deleted(key: str, *, at: int = NOW_US) -> dict[str, Any]:
    gone = {"rev": "3l", "operation": "delete", "collection": "app.bsky.feed.post", "rkey": key}
    return {"did": "did:plc:ann", "time_us": at, "kind": "commit", "commit": gone}


class Stream:
    """The server: what each connection asked for, and what each is sent."""

    def __init__(self) -> None:
        self.asked: list[dict[str, list[str]]] = []
        self.messages: list[Any] = []
        self.then_close = False
        self.url = ""

    async def __call__(self, line: ServerConnection) -> None:
        assert line.request is not None
        parts = urlsplit(line.request.path)
        assert parts.path == "/subscribe"
        self.asked.append(parse_qs(parts.query))
        for message in self.messages:
            await line.send(message if isinstance(message, str) else json.dumps(message, ensure_ascii=False))
        if not self.then_close:
            await line.wait_closed()


@contextlib.asynccontextmanager
async def listening(**settings: Any) -> AsyncIterator[tuple[Stream, JetstreamConnector]]:
    stream = Stream()
    async with serve(stream, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        stream.url = f"ws://127.0.0.1:{port}"
        async with connecting(stream.url, clock=HeldClock(NOW)) as context:
            connector = CONNECTOR.build(JetstreamSettings(url=stream.url, **settings), context)
            assert isinstance(connector, JetstreamConnector)
            yield stream, connector


async def heard(connector: JetstreamConnector, count: int, cursor: str | None = None) -> list[Batch]:
    """Batches until `count` posts, deletions and notes have come."""
    stream = connector.stream(cursor)
    assert stream is not None
    batches: list[Batch] = []
    async with contextlib.aclosing(stream), asyncio.timeout(20):
        async for batch in stream:
            batches.append(batch)
            said = [*batch.posts, *batch.withdrawn, *batch.withdrawn_authors, *([batch.note] if batch.note else [])]
            count -= len(said)
            if count <= 0:
                break
    return batches


async def collect(stream: AsyncIterator[Batch] | None, cursors: list[str | None]) -> None:
    assert stream is not None
    async for batch in stream:
        cursors.append(batch.cursor)


async def test_only_posts_with_the_words_are_kept_by_whole_words_in_any_case_and_across_lines():
    async with listening(query='"Aurélia fibre" OR orelia NOT nonsense') as (stream, connector):
        stream.messages = [
            commit("rien à voir", key="a"),
            commit("fiorelia is not a word of ours", key="b"),
            commit("the field names are not text", key="c", langs=["orelia"]),
            commit("AURÉLIA\nFibre est en panne", key="d"),
            commit("nonsense", key="e"),
            commit("ORELIA!", key="f"),
        ]
        batches = await heard(connector, 2)
        posts = [p for b in batches for p in b.posts]
        assert [p.text for p in posts] == ["AURÉLIA\nFibre est en panne", "ORELIA!"]
        first = posts[0]
        assert first.uri == "at://did:plc:ann/app.bsky.feed.post/d"
        assert (first.network, first.kind, first.revision) == ("jetstream", PostKind.POST, "cid-d")
        assert (first.claimed_language, first.can_reply) == ("fr", False)
        assert first.created_at == datetime(2026, 9, 1, 9, 59, 58, tzinfo=UTC)
        assert stream.asked == [{"wantedCollections": ["app.bsky.feed.post"]}]


async def test_a_word_without_a_plain_letter_is_found_too():
    async with listening(query="日本 OR été") as (stream, connector):
        stream.messages = [json.dumps(commit("été", key="a")), commit("rien", key="b"), commit("à 日本 !", key="c")]
        batches = await heard(connector, 2)
        assert [p.text for b in batches for p in b.posts] == ["été", "à 日本 !"]


async def test_what_concerns_an_account_is_told_apart():
    facets = [
        {"index": {"byteStart": 0, "byteEnd": 5}, "features": [{"$type": "app.bsky.richtext.facet#mention", "did": ME}]}
    ]
    strong = {"uri": f"at://{ME}/app.bsky.feed.post/x", "cid": "c"}
    quote = {"$type": "app.bsky.embed.record", "record": strong}
    async with listening(accounts=(ME,)) as (stream, connector):
        stream.messages = [
            commit("@acme hello", key="a", facets=facets),
            commit("yes", key="b", reply={"root": strong, "parent": strong}),
            commit("look", key="c", embed=quote),
            commit("ours", key="d", did=ME),
            commit("nobody's", key="e"),
            commit("the end", key="f", facets=facets),
        ]
        posts = [p for b in await heard(connector, 5) for p in b.posts]
        assert [(p.text, p.kind, p.by_us) for p in posts] == [
            ("@acme hello", PostKind.MENTION, False),
            ("yes", PostKind.REPLY, False),
            ("look", PostKind.MENTION, False),
            ("ours", PostKind.POST, True),
            ("the end", PostKind.MENTION, False),
        ]
        assert (posts[1].reply_to, posts[1].root) == (strong["uri"], strong["uri"])


async def test_deletions_of_what_was_given_and_ended_accounts_are_passed_on():
    async with listening(query="acme") as (stream, connector):
        stream.messages = [
            deleted("never-seen"),
            commit("acme", key="a"),
            {"did": "did:plc:bob", "time_us": NOW_US, "kind": "account", "account": {"active": False, "status": "deactivated"}},
            {"did": "did:plc:bob", "time_us": NOW_US, "kind": "account", "account": {"active": False, "status": "takendown"}},
            deleted("a"),
        ]  # fmt: skip
        batches = await heard(connector, 3)
        assert [b.withdrawn for b in batches if b.withdrawn] == [("at://did:plc:ann/app.bsky.feed.post/a",)]
        assert [b.withdrawn_authors for b in batches if b.withdrawn_authors] == [("did:plc:bob",)]


async def test_the_cursor_moves_also_while_nothing_is_found_and_is_rewound_when_coming_back():
    async with listening(query="acme") as (stream, connector):
        stream.messages = [commit("nothing", key=str(n), at=NOW_US + n * 1_000_000) for n in range(12)]
        stream.then_close = True
        cursors: list[str | None] = []
        with pytest.raises(Unreachable):
            await collect(connector.stream(None), cursors)
        assert cursors == [None, *(str(NOW_US + n * 1_000_000) for n in (0, 5, 10))]
        stream.then_close = False
        stream.messages = [commit("acme", key="a", at=NOW_US - 2_000_000)]
        batches = await heard(connector, 1, cursor=cursors[-1])
        assert stream.asked[-1]["cursor"] == [str(NOW_US + 5_000_000)]
        assert batches[0].cursor == cursors[-1]
        assert batches[-1].back_filled
        assert batches[-1].cursor == cursors[-1]  # never backwards


async def test_a_server_that_no_longer_has_what_was_asked_for_is_noticed():
    async with listening(query="acme") as (stream, connector):
        stream.messages = [commit("nothing", key="a", at=NOW_US)]
        batches = await heard(connector, 1, cursor=str(NOW_US - 48 * 3600 * 1_000_000))
        assert batches[-1].note is not None
        assert "missing" in str(batches[-1].note)


async def test_garbage_is_passed_over():
    async with listening(query="acme") as (stream, connector):
        stream.messages = [
            "{", "null", "acme", "[]", '{"acme": 1}', json.dumps(commit("acme", key="../../x y")),
            json.dumps(commit("acme", key="b", createdAt="yesterday")),
            json.dumps(commit("acme", key="c")).replace('"acme"', "[]"),
            json.dumps(commit("\x1b[31m acme\u202e", key="d", createdAt="2999-01-01T00:00:00Z")),
        ]  # fmt: skip
        posts = [p for b in await heard(connector, 2) for p in b.posts]
        assert [p.id.rpartition("/")[2] for p in posts] == ["b", "d"]
        assert posts[1].created_at == NOW


async def test_a_poll_reads_the_last_minute_and_ends_at_the_moment_it_began():
    async with listening(query="acme") as (stream, connector):
        stream.messages = [
            commit("acme one", key="a", at=NOW_US - 30_000_000),
            commit("acme two", key="b", at=NOW_US),
            commit("acme later", key="c", at=NOW_US + 1),
        ]
        batch = await connector.fetch(None)
        assert [p.text for p in batch.posts] == ["acme one", "acme two"]
        assert batch.cursor == str(NOW_US)
        assert stream.asked[0]["cursor"] == [str(NOW_US - 65_000_000)]


async def test_without_words_nothing_is_asked_of_the_network():
    async with listening() as (stream, connector):
        with pytest.raises(Refused):
            await connector.fetch(None)
        assert stream.asked == []


def test_what_it_costs_can_be_said_beforehand():
    assert "4 GB" in " ".join(COST)
