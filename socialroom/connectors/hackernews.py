"""Hacker News, by Algolia's search. Read-only: its site takes replies in a browser only."""

from __future__ import annotations

import hashlib
import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Final

import msgspec

from socialroom.domain.errors import BadReply
from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Counts, Post, PostKind
from socialroom.domain.query import compile_query
from socialroom.domain.specs import Capabilities, ConnectorSpec, Context, Settings
from socialroom.domain.text import clean, clean_line
from socialroom.locale import N_
from socialroom.net.html import text_of
from socialroom.net.http import Reply

SITE: Final = "https://news.ycombinator.com"
PAGE: Final = 100  # hits a request; 1,000 is the most the index reaches, so windows of time move instead
OVERLAP: Final = 600  # seconds read again, because the index takes a while to show a new item
MOST_ALTERNATIVES: Final = 8
MOST_THREAD: Final = 500
MOST_SEEN: Final = 2000
_JOINED: Final = re.compile(r"\s+OR\s+")
_NOT_SENT: Final = re.compile(r'(?:\bNOT\s+|-)(?:"[^"]*"|\S+)|\b\w+:(?:"[^"]*"|\S+)|\bAND\b|[()]')


class HackerNewsSettings(Settings, frozen=True):
    """`query` as everywhere in a room; empty hears everything. `url` is the search's base address."""

    query: str = ""
    url: str = "https://hn.algolia.com/api/v1"
    comments: bool = True
    every: float | None = None  # seconds


class _Hit(msgspec.Struct, frozen=True, kw_only=True):
    object_id: str = msgspec.field(name="objectID")
    created_at_i: int
    author: str | None = None
    title: str | None = None
    url: str | None = None
    story_text: str | None = None
    comment_text: str | None = None
    story_id: int | None = None
    parent_id: int | None = None
    story_title: str | None = None
    points: int | None = None
    num_comments: int | None = None
    tags: list[str] = msgspec.field(name="_tags", default_factory=list)


class _Hits(msgspec.Struct, frozen=True):
    hits: list[msgspec.Raw]


class _Node(msgspec.Struct, frozen=True):
    id: int
    created_at_i: int | None = None
    type: str | None = None
    author: str | None = None
    title: str | None = None
    url: str | None = None
    text: str | None = None
    points: int | None = None
    parent_id: int | None = None
    story_id: int | None = None
    children: list[msgspec.Raw] = []


class _Cursor(msgspec.Struct, frozen=True, omit_defaults=True):
    since: int = 0  # creation time of the newest item, epoch seconds
    seen: list[str] = []  # items of the overlap that were given already


# --- pure ------------------------------------------------------------------------------------------------------------


def alternatives(query: str) -> list[str]:
    """What to send for a query of a room: the index knows words and "phrases", all of them required, and no OR.

    So each side of an OR is a search of its own; what the index cannot say (NOT, fields) is left to the exact filter.
    """
    sides = [" ".join(_NOT_SENT.sub(" ", side).split()) for side in _split(query)]
    return list(dict.fromkeys(s for s in sides if s.strip('" ')))[:MOST_ALTERNATIVES] or [""]


def _split(query: str) -> list[str]:
    """At each OR that is not inside a phrase."""
    parts = re.split(r'("[^"]*")', query)
    hidden = "".join(f"\0{i}\0" if i % 2 else part for i, part in enumerate(parts))
    return [re.sub(r"\0(\d+)\0", lambda m: parts[int(m[1])], side) for side in _JOINED.split(hidden)]


def item_uri(item: int | str) -> str:
    """The address of an item, which is its identity."""
    return f"{SITE}/item?id={item}"


def hits_of(reply: Reply, *, source: str, now: datetime) -> tuple[list[Post], int, int]:
    """Posts oldest first, how many hits came, and the time of the oldest one (epoch seconds). Raises BadReply."""
    raw = reply.json(_Hits).hits
    hits: list[_Hit] = []
    for one in raw:
        try:
            hits.append(msgspec.json.decode(one, type=_Hit, strict=False))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue  # one odd hit does not cost the others
    if raw and not hits:
        raise BadReply(N_("{host} sent hits of another shape"), host=reply.url.split("/", maxsplit=3)[2])
    posts = [p for hit in hits if (p := _post_of_hit(hit, source, now))]
    return sorted(posts, key=lambda p: p.created_at), len(raw), min((h.created_at_i for h in hits), default=0)


def _post_of_hit(hit: _Hit, source: str, now: datetime) -> Post | None:
    comment = hit.comment_text is not None or "comment" in hit.tags
    return _post(
        item=hit.object_id,
        comment=comment,
        created=hit.created_at_i,
        author=hit.author,
        title=(hit.title or "") if not comment else "",
        html=(hit.comment_text if comment else hit.story_text) or "",
        url=hit.url,
        parent=hit.parent_id if comment else None,
        story=hit.story_id if comment else None,
        counts=Counts(replies=hit.num_comments, score=hit.points),
        source=source,
        now=now,
    )


def _post(  # noqa: PLR0913 - the two shapes of an item meet here
    *,
    item: int | str,
    comment: bool,
    created: int,
    author: str | None,
    title: str,
    html: str,
    url: str | None,
    parent: int | None,
    story: int | None,
    counts: Counts,
    source: str,
    now: datetime,
) -> Post | None:
    headline, text = clean_line(text_of(title), 500), clean(text_of(html))
    number = str(item)
    if not number.isascii() or not number.isdigit() or not author or not (headline or text):
        return None  # deleted or dead
    link = clean_line(url or "", 2000)
    name = clean_line(author, 100)
    return Post(
        uri=item_uri(number),
        id=number,
        network="hackernews",
        source=source,
        kind=PostKind.COMMENT if comment else PostKind.POST,
        title=headline,
        text=text,
        url=link if link.startswith(("http://", "https://")) else item_uri(number),
        created_at=_moment(created, now),
        first_seen_at=now,
        author=Author(id=name, handle=name, url=f"{SITE}/user?id={name}" if name.isalnum() else ""),
        revision=hashlib.sha256(f"{headline}\n{text}".encode("utf-8", "replace")).hexdigest()[:16],
        reply_to=item_uri(parent) if parent else None,
        root=item_uri(story) if story else None,
        counts=counts,
        can_reply=False,
        claimed_language="en",
    )


def _moment(seconds: int, now: datetime) -> datetime:
    try:
        return min(datetime.fromtimestamp(seconds, UTC), now)
    except (ValueError, OverflowError, OSError):
        return now


def thread_of(reply: Reply, *, source: str, now: datetime) -> list[Post]:
    """A story and its comments, oldest first, at most MOST_THREAD. Raises BadReply."""
    root = reply.json(_Node)
    posts: list[Post] = []
    waiting: list[_Node] = [root]
    while waiting and len(posts) < MOST_THREAD:
        node = waiting.pop(0)
        post = _post(
            item=node.id,
            comment=node.type == "comment",
            created=node.created_at_i or int(now.timestamp()),
            author=node.author,
            title=node.title or "",
            html=node.text or "",
            url=node.url,
            parent=node.parent_id,
            story=(node.story_id or root.id) if node.type == "comment" else None,
            counts=Counts(score=node.points),
            source=source,
            now=now,
        )
        if post:
            posts.append(post)
        for child in node.children:
            try:
                waiting.append(msgspec.json.decode(child, type=_Node, strict=False))
            except (msgspec.MsgspecError, ValueError, RecursionError):
                continue
    return sorted(posts, key=lambda p: p.created_at)


# --- the connector ---------------------------------------------------------------------------------------------------


class HackerNews:
    """One search on Hacker News."""

    def __init__(self, settings: HackerNewsSettings, context: Context) -> None:
        self._settings, self._context = settings, context
        self._base = settings.url.rstrip("/")
        self._matches: Callable[[Post], bool] | None = compile_query(settings.query) if settings.query else None
        self._searches = alternatives(settings.query)

    async def fetch(self, cursor: str | None) -> Batch:
        """What is new since the cursor; without one, the newest page. Raises SourceError kinds."""
        at = _read_cursor(cursor)
        since = at.since - OVERLAP if at.since else None
        found: dict[str, Post] = {}
        newest = at.since
        for words in self._searches:
            posts, count, oldest = await self._search(words, since=since)
            if since and count >= PAGE:
                # More came than one page holds: the pages below it, until the gap is closed.
                async for older in self._below(words, oldest, since):
                    posts = [*older, *posts]
            found |= {p.uri: p for p in posts}
            newest = max([newest, *(int(p.created_at.timestamp()) for p in posts)])
        kept = sorted((p for p in found.values() if self._wanted(p)), key=lambda p: p.created_at)
        seen = [p.id for p in kept if p.created_at.timestamp() > newest - OVERLAP]
        known = set(at.seen)
        return Batch(
            posts=tuple(p for p in kept if p.id not in known),
            cursor=msgspec.json.encode(_Cursor(newest, seen[-MOST_SEEN:])).decode(),
        )

    def stream(self, cursor: str | None) -> None:
        """The search has no stream."""

    async def thread(self, post: Post) -> list[Post]:
        """The story around a post, oldest first. Raises SourceError kinds."""
        story = (post.root or post.uri).rpartition("=")[2]
        if not story.isdigit():
            return [post]
        reply = await self._context.http.request("GET", f"{self._base}/items/{story}")
        return thread_of(reply, source=self._context.source, now=self._context.clock.now()) or [post]

    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        """Pages from the newest to the oldest, search by search."""
        after = int(since.timestamp()) if since else None
        for words in self._searches:
            posts, count, oldest = await self._search(words, since=after)
            yield self._page(posts)
            if count >= PAGE:
                async for older in self._below(words, oldest, after):
                    yield self._page(older)

    async def aclose(self) -> None:
        """Holds nothing."""

    def _page(self, posts: list[Post]) -> Batch:
        return Batch(posts=tuple(p for p in posts if self._wanted(p)))

    def _wanted(self, post: Post) -> bool:
        return self._matches is None or self._matches(post)

    async def _below(self, words: str, oldest: int, since: int | None) -> AsyncIterator[list[Post]]:
        """Pages before a moment, newest page first: the window moves, since only 1,000 hits of one can be reached."""
        while oldest > 0:
            posts, count, next_oldest = await self._search(words, since=since, before=oldest)
            yield posts
            # Items of one second may be cut by a page's end, so `before` is inclusive; it must move all the same.
            oldest = min(next_oldest, oldest - 1) if count >= PAGE else 0

    async def _search(
        self, words: str, *, since: int | None = None, before: int | None = None
    ) -> tuple[list[Post], int, int]:
        bounds = [f"created_at_i>{since}"] if since else []
        bounds += [f"created_at_i<={before}"] if before else []
        params = {
            "query": words,
            "tags": "(story,comment)" if self._settings.comments else "story",
            "hitsPerPage": str(PAGE),
            "typoTolerance": "false",
            "advancedSyntax": "true",
        }
        if bounds:
            params["numericFilters"] = ",".join(bounds)
        reply = await self._context.http.request("GET", f"{self._base}/search_by_date", params=params)
        return hits_of(reply, source=self._context.source, now=self._context.clock.now())


def _read_cursor(cursor: str | None) -> _Cursor:
    try:
        return msgspec.json.decode(cursor or "{}", type=_Cursor)
    except (msgspec.MsgspecError, ValueError):
        return _Cursor()


CONNECTOR = ConnectorSpec(
    title="Hacker News",
    settings=HackerNewsSettings,
    build=HackerNews,
    capabilities=Capabilities(keyless=True, threads=True, poll_every=60.0),
)
