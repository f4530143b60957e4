"""Feeds: RSS, Atom and JSON Feed, by conditional GET. Read-only."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

import msgspec

from socialroom.connectors.feeds.formats import Item, Page, parse
from socialroom.domain.errors import BadReply, Gone, Refused, Unreachable
from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Media, Post, PostKind
from socialroom.domain.query import compile_query
from socialroom.domain.specs import Capabilities, ConnectorSpec, Context, Settings
from socialroom.domain.text import clean, clean_line
from socialroom.locale import N_
from socialroom.net.html import looks_like_html, text_of
from socialroom.net.http import Reply

CONFIRMATIONS: Final = 3  # permanent redirects in a row before the new address is asked directly
LONGEST_WAIT: Final = 6 * 3600.0  # seconds; a feed may ask for more, but an operator wants to hear the same day
MOST_PAGES: Final = 100  # of one feed's past
_ACCEPT: Final = "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"
_KEY_IS_URI: Final = re.compile(r"(?:https?://|tag:|urn:)\S{4,}", re.IGNORECASE)


class FeedSettings(Settings, frozen=True):
    """`url` is the feed's; `query` keeps only items that match it."""

    url: str
    query: str = ""
    every: float | None = None  # seconds; the feed may ask for more


class FeedCursor(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where reading goes on: the validators verbatim, and what permanent redirects have said so far."""

    etag: str = ""
    modified: str = ""
    moved: str = ""
    confirmed: int = 0
    seen: list[str] = []  # what the page held, so that only what is new or changed is given on


def posts_of(page: Page, *, source: str, url: str, now: datetime) -> list[Post]:
    """The items as posts, oldest first; an item that comes twice counts once."""
    posts: dict[str, Post] = {}
    for item in page.items:
        post = _post(item, page, source, url, now)
        if post:
            posts.setdefault(post.uri, post)
    # A feed lists newest first, so the reverse keeps its order where dates are missing or equal.
    placed = {p.uri: -place for place, p in enumerate(posts.values())}
    return sorted(posts.values(), key=lambda p: (p.created_at, placed[p.uri]))


def _post(item: Item, page: Page, source: str, url: str, now: datetime) -> Post | None:
    title = clean_line(text_of(item.title) if item.title_is_html or looks_like_html(item.title) else item.title, 500)
    text = clean(text_of(item.html) if item.html else item.text)
    if " ".join(text.split()) == title:
        text = clean("")
    link = _web(item.link)
    if not (title or text or link):
        return None
    key = item.key or hashlib.sha256(f"{link}\n{title}".encode("utf-8", "replace")).hexdigest()
    host = urlsplit(url).netloc
    created = min(item.published or item.updated or now, now)
    edited = item.updated if item.updated and item.updated > created and item.updated <= now else None
    return Post(
        uri=_uri(key, host),
        id=clean_line(key, 500),
        network="feeds",
        source=source,
        kind=PostKind.NEWS,
        title=title,
        text=text,
        url=link,
        created_at=created,
        first_seen_at=now,
        edited_at=edited,
        revision=hashlib.sha256(f"{title}\n{text}\n{link}".encode("utf-8", "replace")).hexdigest()[:16],
        author=_author(item, page, host),
        media=tuple(m for kind, where, what in item.media if (m := _media(kind, where, what))),
        can_reply=False,
        claimed_language=_language(item.language or page.language),
    )


def _uri(key: str, host: str) -> str:
    """Global where the key is a URI, so that one story in two feeds is one post; else bound to the feed's host.

    The prefix keeps a feed from naming itself after a post of another network.
    """
    if _KEY_IS_URI.fullmatch(key) and len(key) <= 900:
        return f"feed:{clean_line(key, 900)}"
    return f"feed:{clean_line(host, 200)}:{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:32]}"


def _author(item: Item, page: Page, host: str) -> Author:
    site = clean_line(text_of(page.title), 100)
    name = clean_line(text_of(item.author), 100) or site
    return Author(
        id=clean_line(item.author_url, 300) or name or clean_line(host, 200),
        handle=clean_line(urlsplit(page.link).netloc or host, 100),
        name=name,
        url=_web(item.author_url) or _web(page.link),
    )


def _media(kind: str, where: str, what: str) -> Media | None:
    address = _web(where)
    if not address:
        return None
    family = kind.partition("/")[0].lower()
    return Media(
        kind=family if family in ("image", "video", "audio") else "file",
        url=address,
        title=clean_line(text_of(what), 200) or None,
    )


def _web(address: str) -> str:
    """A link that may be opened, or nothing."""
    found = clean_line(address.strip(), 2000)
    return found if found.lower().startswith(("http://", "https://")) else ""


def _language(value: str) -> str | None:
    code = re.split(r"[-_]", value.strip().lower(), maxsplit=1)[0]
    return code if re.fullmatch(r"[a-z]{2,3}", code) else None


def max_age(headers: Mapping[str, str]) -> float:
    """Seconds that Cache-Control allows an answer to be kept."""
    found = re.search(r"(?:^|[\s,])max-age=(\d{1,9})", headers.get("cache-control", "").lower())
    return float(found[1]) if found else 0.0


# --- the connector ---------------------------------------------------------------------------------------------------


class Feeds:
    """One feed."""

    def __init__(self, settings: FeedSettings, context: Context) -> None:
        self._settings, self._context = settings, context
        self._matches: Callable[[Post], bool] | None = compile_query(settings.query) if settings.query else None

    async def fetch(self, cursor: str | None) -> Batch:
        """The feed as it is now; nothing when it has not changed. Raises SourceError kinds."""
        at = _read_cursor(cursor)
        url = at.moved if at.confirmed >= CONFIRMATIONS else self._settings.url
        try:
            reply = await self._get(url, at)
        except (Gone, Refused, Unreachable):
            if url == self._settings.url:
                raise
            at = FeedCursor(seen=at.seen)  # the new address is worse than the old one
            reply = await self._get(self._settings.url, at)
        moved, confirmed = reply.moved or (at.moved if url == at.moved else ""), 0
        if moved:
            confirmed = CONFIRMATIONS if url == moved else (at.confirmed if moved == at.moved else 0) + 1
        etag, modified = reply.headers.get("etag", ""), reply.headers.get("last-modified", "")
        wait = max_age(reply.headers)
        posts: list[Post] = []
        seen = at.seen
        if reply.status == 304:
            etag, modified = etag or at.etag, modified or at.modified
        else:
            page, found = await self._parsed(reply)
            wait = max(wait, page.wait)
            marks = {_mark(p): p for p in found}
            known, seen = set(at.seen), list(marks)
            posts = [p for mark, p in marks.items() if mark not in known]
        return Batch(
            posts=tuple(posts),
            cursor=msgspec.json.encode(
                FeedCursor(etag=etag[:1000], modified=modified[:100], moved=moved, confirmed=confirmed, seen=seen)
            ).decode(),
            next_in=min(wait, LONGEST_WAIT) or None,
        )

    def stream(self, cursor: str | None) -> None:
        """Feeds have no streams."""

    async def thread(self, post: Post) -> list[Post]:
        """Feeds have no threads."""
        return [post]

    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        """The feed's pages, newest first, as far as the feed links them on its own host."""
        url, seen = self._settings.url, set[str]()
        while url and url not in seen and len(seen) < MOST_PAGES:
            seen.add(url)
            reply = await self._get(url, FeedCursor())
            page, posts = await self._parsed(reply)
            yield Batch(posts=tuple(posts))
            if since is not None and posts and posts[0].created_at < since:
                return
            # What a feed links to elsewhere was declared by nobody.
            url = page.older if urlsplit(page.older)[:2] == urlsplit(reply.url)[:2] else ""

    async def aclose(self) -> None:
        """Holds nothing."""

    async def _get(self, url: str, at: FeedCursor) -> Reply:
        headers = {"accept": _ACCEPT}
        if at.etag.isascii() and at.etag:
            headers["if-none-match"] = at.etag
        if at.modified.isascii() and at.modified:
            headers["if-modified-since"] = at.modified
        reply: Reply = await self._context.http.request("GET", url, headers=headers, accept=(304, 404))
        if reply.status == 404:  # not the end of the feed: sites lose their feeds for an hour, 410 is for good
            raise BadReply(
                N_("{host} has no feed at this address (404)"),
                host=urlsplit(url).netloc,
                remedy=N_("Check the address: it must be the feed's own, not the site's."),
            )
        return reply

    async def _parsed(self, reply: Reply) -> tuple[Page, list[Post]]:
        # A long feed takes a tenth of a second to parse: not on the loop.
        page, posts = await asyncio.to_thread(self._read, reply)
        return page, [p for p in posts if self._matches(p)] if self._matches else posts

    def _read(self, reply: Reply) -> tuple[Page, list[Post]]:
        page = parse(reply.body, reply.headers.get("content-type", ""), reply.url)
        return page, posts_of(page, source=self._context.source, url=reply.url, now=self._context.clock.now())


def _mark(post: Post) -> str:
    return hashlib.blake2b(f"{post.uri}\n{post.revision}".encode("utf-8", "replace"), digest_size=6).hexdigest()


def _read_cursor(cursor: str | None) -> FeedCursor:
    try:
        return msgspec.json.decode(cursor or "{}", type=FeedCursor)
    except (msgspec.MsgspecError, ValueError):
        return FeedCursor()


CONNECTOR = ConnectorSpec(
    title="Feed",
    settings=FeedSettings,
    build=Feeds,
    capabilities=Capabilities(keyless=True, poll_every=600.0),
)
