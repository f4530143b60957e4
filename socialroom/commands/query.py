"""`socialroom query`: what a query means, and what it finds in what the running room has heard."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Final

from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.ports import Room
from socialroom.domain.query import Query, QueryError, parse, pointed
from socialroom.domain.text import clean_line
from socialroom.locale import _, date_time, ngettext, number

_COUNTED: Final = 1_000  # posts that are counted at most
_LINE: Final = 100  # characters of a post that are shown


def explain(options: argparse.Namespace) -> int:
    """Says what a query means. Raises QueryError, after the place of the mistake was shown."""
    query = _read(options.query)
    if options.json:
        say_json({"query": str(query), "means": query.explain(), "words": query.words})
    else:
        say(query.explain())
    return 0


def test(options: argparse.Namespace, place: Place) -> int:
    """Shows how many posts of the room a query meets, and the newest. Raises QueryError, RoomUnreachable."""
    query = _read(options.query)

    async def question(room: Room) -> r.Page:
        answer = await room.view(r.SearchCache(query=options.query, limit=_COUNTED))
        assert isinstance(answer, r.Page)
        return answer

    found = ask(place, options.as_name or "", question)
    shown = r.Page(posts=found.posts[: options.limit], more=found.more)
    if options.json:
        say_json({"query": str(query), "n": len(found.posts), "more": found.more, "posts": shown.posts})
    else:
        say(*_lines(query, found, shown))
    return 0


def _read(text: str) -> Query:
    try:
        return parse(text)
    except QueryError as error:
        print(pointed(text, error), file=sys.stderr)
        raise


def _lines(query: Query, found: r.Page, shown: r.Page) -> Iterator[str]:
    yield query.explain()
    for post in shown.posts:
        who = f"@{clean_line(post.author.handle)}" if post.author else "–"
        text = clean_line(f"{post.title} {post.text}").strip()
        yield f"{date_time(post.created_at)}  {clean_line(post.network)}  {who}"
        yield f"  {text[:_LINE]}{'…' if len(text) > _LINE else ''}"
    count = len(found.posts)
    if found.more:
        yield _("more than {n} posts are met").format(n=number(count))
    else:
        yield ngettext("{n} post is met", "{n} posts are met", count).format(n=number(count))
