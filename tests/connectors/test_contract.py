"""One suite for every network: whatever a server does, a connector raises SourceError kinds, gives only clean text, and
works again with the next good answer. A new connector joins by being found; it needs a good answer in GOOD.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from support import servers
from support.clock import HeldClock
from support.servers import Answer, Asked, serving

from socialroom import discovery
from socialroom.domain.errors import LoginNeeded, RateLimited, SourceError, Unreachable
from socialroom.domain.ports import Batch, Connector, Publisher
from socialroom.domain.post import Post
from socialroom.domain.specs import ConnectorSpec, Context
from socialroom.domain.text import is_clean
from socialroom.net.http import Http

NAMES = discovery.names("socialroom.connectors")
CANARY = "canary-5e1f0a77d2c4"
NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
HOSTILE = (
    "\x1b[2J\x1b]52;c;aGk=\x07\x9b31m [@click=app.quit]x[/] [/foo] \u202eevil\u2066 \u200b\ufeff a"
    + "\u0301" * 10_000
    + " &#27;[31m <b>bold</b><script>x()</script>\ud83d \U000e0041 \ufff9"
)


def clean_json(value: object) -> bytes:
    return json.dumps(value).encode("utf-8")  # lone surrogates travel as escapes, as a hostile server would send them


# --- good answers -----------------------------------------------------------------------------------------------------

ACCOUNT = {
    "id": "2", "acct": "ann@far.example", "username": "ann", "display_name": "Ann", "url": "https://far.example/@ann",
    "bot": False, "followers_count": 3, "fields": [],
}  # fmt: skip
STATUS = {
    "id": "100", "created_at": "2026-09-01T09:00:00.000Z", "uri": "https://far.example/users/ann/statuses/100",
    "url": "https://far.example/@ann/100", "account": ACCOUNT, "content": "<p>Hello @brand</p>", "spoiler_text": "careful",
    "visibility": "public", "language": "en", "edited_at": None, "in_reply_to_id": None, "in_reply_to_account_id": None,
    "mentions": [{"id": "1", "acct": "brand", "username": "brand", "url": "https://x.example/@brand"}],
    "media_attachments": [{"id": "9", "type": "image", "url": "https://x.example/i.png", "description": "a cat"}],
    "card": {"url": "https://x.example/c", "title": "A card"}, "replies_count": 1, "reblogs_count": 0, "favourites_count": 2,
}  # fmt: skip


def mastodon(asked: Asked) -> Any:
    if asked.path == "/api/v2/instance":
        return {
            "version": "4.4.0",
            "configuration": {"statuses": {"max_characters": 500, "characters_reserved_per_url": 23}},
        }
    if asked.path == "/api/v1/accounts/verify_credentials":
        return {"id": "1", "acct": "brand", "username": "brand", "display_name": "Brand"}
    if asked.path == "/api/v1/notifications":
        if {"min_id", "max_id", "since_id"} & set(asked.params):
            return []
        return [
            {"id": "7", "type": "mention", "created_at": STATUS["created_at"], "account": ACCOUNT, "status": STATUS}
        ]
    if asked.path.endswith("/context"):
        return {"ancestors": [], "descendants": []}
    if asked.path == "/api/v2/search":
        return {"statuses": [STATUS], "accounts": [], "hashtags": []}
    if asked.path.startswith("/api/v1/timelines/"):
        return [] if {"min_id", "max_id", "since_id"} & set(asked.params) else [STATUS]
    if asked.path == "/api/v1/statuses/100":
        return STATUS
    return [] if asked.path.startswith("/api/") else None


DID = "did:plc:aaaaaaaaaaaaaaaaaaaaaaaa"
BSKY_AUTHOR = {"did": DID, "handle": "ann.test", "displayName": "Ann", "viewer": {}, "labels": []}
BSKY_RECORD = {
    "$type": "app.bsky.feed.post", "text": "hi brand", "createdAt": "2026-09-01T09:00:00.000Z", "langs": ["en"],
}  # fmt: skip
BSKY_URI = f"at://{DID}/app.bsky.feed.post/3kabc23defg2h"
BSKY_POST = {
    "uri": BSKY_URI, "cid": "bafyreia", "author": BSKY_AUTHOR, "record": BSKY_RECORD, "replyCount": 0, "repostCount": 0,
    "likeCount": 1, "quoteCount": 0, "indexedAt": "2026-09-01T09:00:01.000Z", "labels": [],
    "embed": {"$type": "app.bsky.embed.images#view", "images": [{"alt": "a cat", "thumb": "https://x/t", "fullsize": "https://x/f"}]},
}  # fmt: skip


def bluesky(asked: Asked) -> Any:
    session = {
        "did": "did:plc:bbbbbbbbbbbbbbbbbbbbbbbb", "handle": "brand.test", "active": True,
        "accessJwt": "e30.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln", "refreshJwt": "e30.eyJleHAiOjQxMDI0NDQ4MDB9.c2ln",
    }  # fmt: skip
    notification = {
        "uri": BSKY_URI, "cid": "bafyreia", "author": BSKY_AUTHOR, "reason": "mention", "record": BSKY_RECORD, "isRead": False,
        "indexedAt": "2026-09-01T09:00:01.000Z", "labels": [],
    }  # fmt: skip
    return {
        "com.atproto.server.createSession": session,
        "com.atproto.server.refreshSession": session,
        "com.atproto.server.getSession": session,
        "app.bsky.notification.listNotifications": {"notifications": [notification], "seenAt": "2026-09-01T08:00:00Z"},
        "app.bsky.feed.getPosts": {"posts": [BSKY_POST]},
        "app.bsky.feed.searchPosts": {"posts": [BSKY_POST], "hitsTotal": 1},
        "app.bsky.feed.getAuthorFeed": {"feed": [{"post": BSKY_POST}]},
        "app.bsky.feed.getPostThread": {
            "thread": {"$type": "app.bsky.feed.defs#threadViewPost", "post": BSKY_POST, "replies": []},
        },
    }.get(asked.path.rpartition("/")[2])  # fmt: skip


def hackernews(asked: Asked) -> Any:
    hit = {
        "objectID": "8", "created_at_i": int(NOW.timestamp()) - 60, "author": "ann", "title": "A brand", "url": "https://x.example/",
        "story_text": "hello", "points": 1, "num_comments": 0, "_tags": ["story"],
    }  # fmt: skip
    if "/items/" in asked.path:
        return {
            "id": 8,
            "created_at_i": hit["created_at_i"],
            "type": "story",
            "author": "ann",
            "title": "A brand",
            "children": [],
        }
    return {"hits": [hit], "nbHits": 1}


def feeds(_asked: Asked) -> Any:
    item = {
        "id": "https://x.example/1", "url": "https://x.example/1", "title": "A brand", "content_html": "<p>hello</p>",
        "date_published": "2026-09-01T09:00:00Z", "authors": [{"name": "Ann", "url": "https://x.example/ann"}], "language": "en",
        "attachments": [{"url": "https://x.example/a.png", "mime_type": "image/png", "title": "a cat"}], "image": "https://x/i",
    }  # fmt: skip
    return {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News",
        "home_page_url": "https://x.example/",
        "items": [item],
    }


def jetstream(_asked: Asked) -> Any:
    at = int(NOW.timestamp() * 1_000_000)
    commit = {
        "rev": "3k",
        "operation": "create",
        "collection": "app.bsky.feed.post",
        "rkey": "3kabc23defg2h",
        "cid": "bafyreia",
    }
    later = {"did": DID, "time_us": at + 36_000_000_000, "kind": "identity", "identity": {"did": DID}}
    return [
        {"did": DID, "time_us": at - 5_000_000, "kind": "commit", "commit": commit | {"record": BSKY_RECORD}},
        later,
    ]


GOOD: dict[str, Callable[[Asked], Any]] = {
    "mastodon": mastodon,
    "bluesky": bluesky,
    "jetstream": jetstream,
    "hackernews": hackernews,
    "feeds": feeds,
}


def good(name: str, change: Callable[[Any], Any] = lambda value: value) -> Answer:
    assert name in GOOD, f"give {name} a good answer in this file"

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        value = GOOD[name](asked)
        if name == "jetstream":
            await servers.websocket(*(clean_json(event) for event in change(value)))(asked, writer)
            return
        body = clean_json({} if value is None else change(value))
        made = servers.reply(body, 404 if value is None else 200, content_type="application/json")
        await made(asked, writer)

    return answer


# --- the bench --------------------------------------------------------------------------------------------------------


class Credentials:
    """Every secret is the canary; what a connector keeps is kept."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}

    def get(self, name: str) -> str | None:
        return self.kept.get(name) or (CANARY if name.endswith((".token", ".password")) else None)

    def put(self, name: str, value: str) -> None:
        self.kept[name] = value

    def forget(self, name: str) -> None:
        self.kept.pop(name, None)


def built(name: str, url: str, http: Http, clock: HeldClock) -> Connector:
    spec = discovery.load("socialroom.connectors", name, ConnectorSpec)
    fields = {f.name: f for f in msgspec.structs.fields(spec.settings)}
    assert {"url", "query"} <= set(fields), "settings of every connector have a url and a query"
    table: dict[str, Any] = {"url": url}
    if name == "jetstream":
        table["query"] = "brand"  # it refuses to keep everything
    if "account" in fields:
        table["account"] = "brand.test"
    if "streaming" in fields:
        table["streaming"] = False
    context = Context(source="s", http=http, secrets=Credentials(), clock=clock, languages=("en",))
    return spec.build(msgspec.convert(table, spec.settings), context)


@asynccontextmanager
async def bench(name: str, answer: Answer) -> Any:
    clock = HeldClock(NOW)
    async with serving(answer) as server:
        http = Http(clock=clock, trusted=[server.url], patience=0.6)
        connector = built(name, server.url, http, clock)
        try:
            yield connector, server, clock
        finally:
            await connector.aclose()
            await http.aclose()


async def failure(connector: Connector, cursor: str | None = None) -> SourceError:
    with pytest.raises(SourceError) as caught:
        await connector.fetch(cursor)
    said = f"{caught.value} {caught.value.problem()}"
    assert is_clean(str(caught.value)), "an error shows only clean text"
    assert CANARY not in said, "an error holds no credential"
    return caught.value


def strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key != "reply_data":  # JSON of the connector's own, shown to nobody
                yield from strings(inner)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from strings(inner)


def assert_clean(batch: Batch | list[Post]) -> None:
    found = list(batch.posts) if isinstance(batch, Batch) else batch
    for text in strings(msgspec.to_builtins(found, builtin_types=(datetime,))):
        assert is_clean(text), f"not clean: {text[:80]!r}"
    for post in found:
        assert post.created_at <= post.first_seen_at
        assert post.created_at.utcoffset() == timedelta(0)


# --- the suite --------------------------------------------------------------------------------------------------------


def echo(status: int) -> Answer:
    """Gives back what it was told, as chatty servers do, with an escape sequence."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        said = f"\x1b[31mno {asked.headers.get('authorization')} {asked.body.decode()}"
        await servers.reply({"error": said}, status)(asked, writer)

    return answer


BAD: dict[str, Answer] = {
    "HTML instead of JSON": servers.html(),
    "broken JSON": servers.broken_json(),
    "JSON of another shape": servers.reply({"a": [1, {"b": None}]}),
    "a list": servers.reply([1, 2]),
    "null": servers.reply(b"null", content_type="application/json"),
    "nothing at all": servers.reply(b"", content_type="application/json"),
    "deep JSON": servers.reply(b"[" * 200_000, content_type="application/json"),
    "a truncated body": servers.truncated(),
    "an endless body": servers.endless(),
    "10 GB": servers.endless("10737418240"),
    "a gzip bomb": servers.bomb(),
    "an unknown encoding": servers.reply({}, content_encoding="br"),
    "a drip": servers.drip(),
    "a hang": servers.hanging(),
    "a closed line": servers.silent(),
    "a circle": servers.redirect("/again"),
    "a redirect to a file": servers.redirect("file:///etc/passwd"),
    "a redirect to a private address": servers.redirect("http://192.168.0.1/"),
    "a redirect to metadata": servers.redirect("http://169.254.169.254/latest/meta-data/"),
    "401": echo(401),
    "403": echo(403),
    "403 in HTML": servers.reply("<html><title>Blocked</title></html>", 403, content_type="text/html"),
    "404": servers.reply({"error": "no"}, 404),
    "410": servers.reply({"error": "no"}, 410),
    "422": servers.reply({"error": "no"}, 422),
    "500": echo(500),
    "503": servers.reply("later", 503),
}
KINDS: dict[str, type[SourceError]] = {"401": LoginNeeded, "a hang": Unreachable, "a closed line": Unreachable}


@pytest.mark.parametrize("how", BAD)
@pytest.mark.parametrize("name", NAMES)
async def test_a_bad_answer_is_a_reason_and_the_next_good_one_works(name: str, how: str) -> None:
    async with bench(name, BAD[how]) as (connector, server, clock):
        error = await failure(connector)
        assert isinstance(error, KINDS.get(how, SourceError))
        server.answer = good(name)
        await clock.advance(60)
        batch = await connector.fetch(None)
        assert batch.posts, "the next good answer brings posts"
        assert_clean(batch)


@pytest.mark.parametrize("how", BAD)
@pytest.mark.parametrize("name", NAMES)
async def test_a_server_that_turns_bad_later_loses_nothing(name: str, how: str) -> None:
    async with bench(name, good(name)) as (connector, server, clock):
        first = await connector.fetch(None)
        server.answer = BAD[how]
        await clock.advance(60)
        if how == "JSON of another shape":  # an empty list may well be left out: then nothing moves
            try:
                assert (await connector.fetch(first.cursor)).cursor == first.cursor
            except SourceError as error:
                assert is_clean(str(error))  # noqa: PT017 - either is right
        else:
            await failure(connector, first.cursor)
        server.answer = good(name)
        await clock.advance(60)
        again = await connector.fetch(None)
        assert {p.uri for p in again.posts} == {p.uri for p in first.posts}


@pytest.mark.parametrize("name", NAMES)
async def test_nothing_there(name: str) -> None:
    clock = HeldClock(NOW)
    for url in (f"http://127.0.0.1:{await servers.free_port()}", "http://no-such-host.invalid"):
        http = Http(clock=clock, trusted=[url], patience=5)
        connector = built(name, url, http, clock)
        assert isinstance(await failure(connector), Unreachable)
        await connector.aclose()
        await http.aclose()


@pytest.mark.parametrize("name", NAMES)
async def test_a_redirect_to_a_port_of_this_machine_reaches_nobody(name: str) -> None:
    async with serving(good(name)) as inner, bench(name, servers.redirect(inner.url)) as (connector, _, _clock):
        await failure(connector)
        assert not inner.asked


@pytest.mark.parametrize("name", NAMES)
async def test_patience_that_was_asked_for_is_kept(name: str) -> None:
    async with bench(name, servers.reply({"error": "slow down"}, 429, retry_after="40")) as (connector, server, clock):
        error = await failure(connector)
        assert isinstance(error, RateLimited)
        assert error.retry_at == NOW + timedelta(seconds=40)
        asked = len(server.asked)
        server.answer = good(name)
        assert isinstance(await failure(connector), RateLimited)
        assert len(server.asked) == asked
        await clock.advance(41)
        assert (await connector.fetch(None)).posts


def keys_of(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def poisoned(value: Any, key: str, poison: Callable[[Any], Any], *, inside: bool = False) -> Any:
    if isinstance(value, dict):
        return {k: poisoned(v, key, poison, inside=k == key) for k, v in value.items()}
    if isinstance(value, list):
        return [poisoned(v, key, poison, inside=inside) for v in value]
    return poison(value) if inside else value


SAMPLE = Asked("GET", "/", {}, b"")
POISONS: dict[str, Callable[[Any], Any]] = {
    "hostile text": lambda _value: HOSTILE,
    "hostile tail": lambda value: value + HOSTILE if isinstance(value, str) else value,
    "null": lambda _value: None,
    "a number": lambda _value: -1e300,
    "a list": lambda _value: [[]],
    "a long text": lambda _value: "x" * 300_000,
    "a far date": lambda _value: "9999-12-31T23:59:59Z",
}


@pytest.mark.parametrize("how", POISONS)
@pytest.mark.parametrize("name", NAMES)
async def test_a_hostile_value_in_any_field_gives_clean_posts_or_a_reason(name: str, how: str) -> None:
    async with bench(name, good(name)) as (connector, server, clock):
        await connector.fetch(None)
        http = Http(clock=clock, trusted=[server.url])
        keys = {k for asked in list(server.asked) for k in keys_of(GOOD[name](asked))}
        for key in sorted(keys):
            server.answer = good(name, lambda value, key=key: poisoned(value, key, POISONS[how]))  # type: ignore[misc]
            await clock.advance(60)
            fresh = built(name, server.url, http, clock)
            try:
                batch = await fresh.fetch(None)
                assert_clean(batch)
                for post in batch.posts[:1]:
                    assert_clean(await fresh.thread(post))
            except SourceError as error:
                assert is_clean(str(error))  # noqa: PT017 - either is right
            await fresh.aclose()
        await http.aclose()


@pytest.mark.parametrize("name", NAMES)
async def test_posts_name_their_source_and_keep_their_identity(name: str) -> None:
    async with bench(name, good(name)) as (connector, _, _clock):
        batch = await connector.fetch(None)
        assert batch.posts
        for post in batch.posts:
            assert (post.network, post.source) == (name, "s")
            assert post.uri
            assert post.id
            assert post.revision
        assert [p.uri for p in batch.posts] == [p.uri for p in sorted(batch.posts, key=lambda p: p.created_at)]
        again = {p.uri: p.revision for p in (await connector.fetch(None)).posts}
        assert again == {p.uri: p.revision for p in batch.posts}


@pytest.mark.parametrize("name", NAMES)
def test_what_a_connector_says_of_itself_is_so(name: str) -> None:
    spec = discovery.load("socialroom.connectors", name, ConnectorSpec)
    http = Http(clock=HeldClock(NOW))
    connector = built(name, "http://127.0.0.1:9", http, HeldClock(NOW))
    assert isinstance(connector, Publisher) == spec.capabilities.publishes
    assert spec.capabilities.poll_every > 0
    assert spec.capabilities.keyless or spec.capabilities.secrets
