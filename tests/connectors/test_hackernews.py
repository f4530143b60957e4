"""Hacker News over a real socket, against a server that searches as Algolia's does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import pytest
from support import servers
from support.clock import HeldClock
from support.servers import Asked, Server, serving

from socialroom.connectors.hackernews import CONNECTOR, HackerNews, HackerNewsSettings, alternatives
from socialroom.domain.errors import BadReply
from socialroom.domain.post import PostKind
from socialroom.domain.specs import Context
from socialroom.engine.pull import pull
from socialroom.net.http import Http

NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
START = int(NOW.timestamp()) - 100_000


def story(number: int, at: int, **more: Any) -> dict[str, Any]:
    return {
        "objectID": str(number), "created_at_i": at, "author": "ann", "title": f"Aurelia story {number}", "url": None,
        "story_text": None, "points": 3, "num_comments": 1, "_tags": ["story", "author_ann"],
    } | more  # fmt: skip


def comment(number: int, at: int, text: str) -> dict[str, Any]:
    return {
        "objectID": str(number), "created_at_i": at, "author": "bo", "comment_text": text, "story_id": 1, "parent_id": 1,
        "story_title": "Aurelia story 1", "_tags": ["comment"],
    }  # fmt: skip


class Algolia:
    """Holds items and answers a search by date: newest first, bounds, page size."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = list(items)

    async def __call__(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        params = {k: v[0] for k, v in asked.params.items()}
        found = sorted(self.items, key=lambda i: -i["created_at_i"])
        for sign, value in re.findall(r"created_at_i(>|<=)(\d+)", params.get("numericFilters", "")):
            bound = int(value)
            found = [i for i in found if (i["created_at_i"] > bound if sign == ">" else i["created_at_i"] <= bound)]
        if params["tags"] == "story":
            found = [i for i in found if "story" in i["_tags"]]
        found = found[: int(params["hitsPerPage"])]
        await servers.reply({"hits": found, "nbHits": len(found), "page": 0})(asked, writer)


@asynccontextmanager
async def news(answer: Any, **settings: Any) -> AsyncIterator[tuple[HackerNews, Server]]:
    clock = HeldClock(NOW)
    async with serving(answer) as server:
        http = Http(clock=clock, trusted=[server.url])
        context = Context(source="hn", http=http, secrets=None, clock=clock)  # type: ignore[arg-type]
        connector = CONNECTOR.build(HackerNewsSettings(url=f"{server.url}/api/v1", **settings), context)
        assert isinstance(connector, HackerNews)
        try:
            yield connector, server
        finally:
            await http.aclose()


@pytest.mark.parametrize(
    ("query", "sent"),
    [
        ("", [""]),
        ("aurelia", ["aurelia"]),
        ('"aurelia telecom" OR aurelia', ['"aurelia telecom"', "aurelia"]),
        ('"this OR that" OR x', ['"this OR that"', "x"]),
        ("aurelia AND fibre NOT rose", ["aurelia fibre"]),
        ('(aurelia OR "au tel") NOT "pink rose" lang:en', ["aurelia", '"au tel"']),
        ("a OR a", ["a"]),
        ("NOT rose", [""]),
    ],
)
def test_a_rooms_query_as_the_index_understands_it(query: str, sent: list[str]) -> None:
    assert alternatives(query) == sent


async def test_stories_and_comments_become_posts_oldest_first() -> None:
    algolia = Algolia(
        story(1, START, url="https://aurelia.example/x", story_text="<p>Hello<p>you &amp; me"),
        comment(2, START + 5, "I like <i>Aurelia</i>.<p>Really &#x27;so&#x27;"),
        story(3, START + 9, author=None),
        story(4, START + 9, title=None),
        {"odd": True},
    )
    algolia.items[-1] |= {"created_at_i": START + 1, "_tags": ["story"]}
    async with news(algolia) as (connector, server):
        one, two = (await connector.fetch(None)).posts
        assert one.uri == "https://news.ycombinator.com/item?id=1"
        assert (one.title, one.text, one.kind) == ("Aurelia story 1", "Hello\n\nyou & me", PostKind.POST)
        assert one.url == "https://aurelia.example/x"
        assert one.counts is not None
        assert (one.counts.score, one.counts.replies, one.counts.likes) == (3, 1, None)
        assert (two.kind, two.text) == (PostKind.COMMENT, "I like Aurelia.\n\nReally 'so'")
        assert two.reply_to == two.root == one.uri
        assert two.author is not None
        assert two.author.handle == "bo"
        assert not two.can_reply
        assert server.asked[0].params["typoTolerance"] == ["false"]
        assert server.asked[0].path == "/api/v1/search_by_date"


async def test_only_what_is_new_comes_and_what_the_index_shows_late_is_not_missed() -> None:
    algolia = Algolia(story(1, START), story(2, START + 300))
    async with news(algolia, query="aurelia") as (connector, _):
        first = await connector.fetch(None)
        assert [p.id for p in first.posts] == ["1", "2"]
        algolia.items += [story(3, START + 400), story(4, START + 250)]
        second = await connector.fetch(first.cursor)
        assert [p.id for p in second.posts] == ["4", "3"]
        assert (await connector.fetch(second.cursor)).posts == ()


async def test_a_long_absence_is_read_back_without_a_gap() -> None:
    algolia = Algolia(story(1, START))
    async with news(algolia) as (connector, _):
        cursor = (await connector.fetch(None)).cursor
        algolia.items += [story(n, START + 600 + n // 3) for n in range(2, 352)]
        assert sorted(int(p.id) for p in (await connector.fetch(cursor)).posts) == list(range(2, 352))


async def test_each_side_of_an_or_is_searched_and_each_post_comes_once() -> None:
    async with news(Algolia(story(1, START)), query='"aurelia story" OR aurelia') as (connector, server):
        assert [p.id for p in (await connector.fetch(None)).posts] == ["1"]
        assert [a.params["query"] for a in server.asked] == [['"aurelia story"'], ["aurelia"]]


async def test_what_does_not_match_the_query_is_left_out() -> None:
    async with news(Algolia(story(1, START), story(2, START, title="Aureola")), query="aurelia") as (connector, _):
        assert [p.id for p in (await connector.fetch(None)).posts] == ["1"]


async def test_history_goes_to_the_end_by_windows_of_time() -> None:
    algolia = Algolia(*(story(n, START + n // 4) for n in range(1, 331)))
    async with news(algolia) as (connector, _):
        pulled = [int(p.id) async for p in pull(connector)]
        assert sorted(pulled) == list(range(1, 331))
        assert [int(p.id) async for p in pull(connector, limit=7)] == pulled[:7]


async def test_more_items_in_one_second_than_a_page_holds_is_no_endless_loop() -> None:
    algolia = Algolia(*(story(n, START) for n in range(1, 151)), story(200, START - 10))
    async with news(algolia) as (connector, _):
        assert 200 in [int(p.id) async for p in pull(connector)]


async def test_a_thread_is_the_story_with_its_comments_flat() -> None:
    reply = {
        "id": 3,
        "created_at_i": START + 9,
        "type": "comment",
        "author": "cy",
        "text": "so",
        "parent_id": 2,
        "children": [],
    }
    node = {"id": 2, "created_at_i": START + 5, "type": "comment", "author": "bo", "text": "<p>no", "parent_id": 1,
            "children": [reply, {"id": "x"}]}  # fmt: skip
    tree = {"id": 1, "created_at_i": START, "type": "story", "author": "ann", "title": "Aurelia", "text": None, "points": 1,
            "children": [node]}  # fmt: skip

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        made = (
            servers.reply(tree)
            if asked.path == "/api/v1/items/1"
            else servers.reply({"hits": [comment(2, START, "x")]})
        )
        await made(asked, writer)

    async with news(answer) as (connector, _):
        (found,) = (await connector.fetch(None)).posts
        posts = await connector.thread(found)
        assert [(p.id, p.reply_to, p.root) for p in posts] == [
            ("1", None, None),
            ("2", "https://news.ycombinator.com/item?id=1", "https://news.ycombinator.com/item?id=1"),
            ("3", "https://news.ycombinator.com/item?id=2", "https://news.ycombinator.com/item?id=1"),
        ]


async def test_hits_of_another_shape_are_a_bad_reply() -> None:
    async with news(servers.reply({"hits": [{"a": 1}, 2]})) as (connector, _):
        with pytest.raises(BadReply):
            await connector.fetch(None)
