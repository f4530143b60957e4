"""RSS, Atom and JSON Feed as bytes → one raw shape. Pure."""

from __future__ import annotations

import calendar
import io
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import feedparser
import msgspec

from socialroom.domain.errors import BadReply
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net.html import looks_like_html, title_of

MOST_ITEMS: Final = 500  # of one page; the newest ones
_PERIODS: Final = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """An item of any format, raw: nothing in it is clean."""

    key: str = ""
    link: str = ""
    title: str = ""
    title_is_html: bool = False
    html: str = ""
    text: str = ""
    author: str = ""
    author_url: str = ""
    published: datetime | None = None
    updated: datetime | None = None
    language: str = ""
    media: tuple[tuple[str, str, str], ...] = ()  # type, url, what it shows


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """A parsed page of a feed, raw."""

    title: str = ""
    link: str = ""
    language: str = ""
    items: tuple[Item, ...] = ()
    wait: float = 0.0  # seconds the feed wants between polls
    older: str = ""  # the page before, where the feed says one


def parse(body: bytes, content_type: str, url: str) -> Page:
    """A feed of any of the three formats. Raises BadReply that says what came instead."""
    host = urlsplit(url).netloc
    start = body.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    page = _json_feed(body, url, host) if start == b"{" else _xml_feed(body, content_type, url)
    if page is None:
        raise BadReply(
            N_("{host} sent no feed but {what}"),
            host=host,
            what=_what_came(body, content_type),
            remedy=N_("Check the address: it must be the feed's own, not the site's."),
        )
    return page


def _what_came(body: bytes, content_type: str) -> str:
    kind = content_type.partition(";")[0].strip() or "?"
    head = body[:2000].decode("utf-8", "replace")
    if "html" in kind or "<html" in head.lower():
        title = " ".join(title_of(body[:20_000].decode("utf-8", "replace")).split())
        return f"{kind} “{clean_line(title, 80)}”" if title else kind
    return kind if body else f"{kind}, 0 B"


def _xml_feed(body: bytes, content_type: str, url: str) -> Page | None:
    # Never the bytes themselves: feedparser would take them for a file's name first.
    headers = {"content-location": url}
    if content_type:
        headers["content-type"] = content_type
    parsed = feedparser.parse(io.BytesIO(body), response_headers=headers)
    if not parsed.get("version") and not parsed.entries:
        return None
    feed = parsed.feed
    period = _PERIODS.get(_string(feed.get("sy_updateperiod")).strip().lower(), 0)
    waits = [60 * _number(feed.get("ttl"))]
    if period:
        waits.append(period / max(1.0, _number(feed.get("sy_updatefrequency"), 1)))
    links: list[Mapping[str, Any]] = feed.get("links") or []
    older = next((_string(link.get("href")) for link in links if link.get("rel") in ("next", "prev-archive")), "")
    return Page(
        title=_string(feed.get("title")),
        link=_string(feed.get("link")),
        language=_string(feed.get("language")),
        items=tuple(_xml_item(entry) for entry in parsed.entries[:MOST_ITEMS]),
        wait=max(waits),
        older=urljoin(url, older) if older else "",
    )


def _xml_item(entry: Any) -> Item:
    contents: Sequence[Mapping[str, Any]] = entry.get("content") or []
    body = next((c for c in contents if c.get("value")), entry.get("summary_detail") or {})
    value = _string(body.get("value")) or _string(entry.get("summary"))
    plain = body.get("type") == "text/plain" and not looks_like_html(value)
    title = entry.get("title_detail") or {}
    authors = entry.get("authors") or [{}]
    source = entry.get("source") or {}
    media = [(_string(m.get("type")), _string(m.get("href")), "") for m in entry.get("enclosures") or []]
    media += [
        (_string(m.get("type") or m.get("medium")) or "image", _string(m.get("url")), "")
        for m in [*(entry.get("media_content") or []), *(entry.get("media_thumbnail") or [])]
    ]
    return Item(
        key=_string(entry.get("id")),
        link=_string(entry.get("link")),
        title=_string(entry.get("title")),
        title_is_html="html" in _string(title.get("type")),
        html="" if plain else value,
        text=value if plain else "",
        author=_string(entry.get("author_detail", {}).get("name"))
        or _string(entry.get("author"))
        or _string(source.get("title")),
        author_url=_string(authors[0].get("href")) or _string(source.get("href")),
        published=_moment(entry, "published_parsed") or _moment(entry, "created_parsed"),
        updated=_moment(entry, "updated_parsed"),
        language=_string(body.get("language") or title.get("language")),
        media=tuple(media[:8]),
    )


def _moment(entry: Any, key: str) -> datetime | None:
    found = entry.get(key) if key in entry else None
    if not isinstance(found, time.struct_time):
        return None
    try:
        return datetime.fromtimestamp(calendar.timegm(found), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _string(value: object) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: object, otherwise: float = 0.0) -> float:
    try:
        found = float(_string(value))
    except ValueError:
        return otherwise
    return found if 0 <= found < 1e6 else otherwise


class _JsonAuthor(msgspec.Struct, frozen=True):
    name: str | None = None
    url: str | None = None


class _JsonAttachment(msgspec.Struct, frozen=True):
    url: str | None = None
    mime_type: str | None = None
    title: str | None = None


class _JsonItem(msgspec.Struct, frozen=True):
    id: str | int | float | None = None
    url: str | None = None
    external_url: str | None = None
    title: str | None = None
    content_html: str | None = None
    content_text: str | None = None
    summary: str | None = None
    image: str | None = None
    date_published: str | None = None
    date_modified: str | None = None
    author: _JsonAuthor | None = None  # version 1.0
    authors: list[_JsonAuthor] | None = None
    attachments: list[_JsonAttachment] | None = None
    language: str | None = None


class _JsonFeed(msgspec.Struct, frozen=True):
    version: str | None = None
    title: str | None = None
    home_page_url: str | None = None
    next_url: str | None = None
    language: str | None = None
    items: list[msgspec.Raw] | None = None


def _json_feed(body: bytes, url: str, host: str) -> Page | None:
    try:
        feed = msgspec.json.decode(body.removeprefix(b"\xef\xbb\xbf"), type=_JsonFeed)
    except msgspec.ValidationError:
        return None
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadReply(N_("{host} sent broken JSON"), host=host) from error
    if feed.items is None or "jsonfeed.org" not in (feed.version or ""):
        return None
    items = []
    for raw in feed.items[:MOST_ITEMS]:
        try:
            items.append(_json_item(msgspec.json.decode(raw, type=_JsonItem), url))
        except (msgspec.MsgspecError, ValueError, RecursionError):
            continue  # one odd item does not cost the others
    return Page(
        title=feed.title or "",
        link=feed.home_page_url or "",
        language=feed.language or "",
        items=tuple(items),
        older=urljoin(url, feed.next_url) if feed.next_url else "",
    )


def _json_item(item: _JsonItem, url: str) -> Item:
    author = (item.authors or [item.author or _JsonAuthor()])[0]
    media = [(a.mime_type or "", a.url or "", a.title or "") for a in item.attachments or []]
    if item.image:
        media.append(("image", item.image, ""))
    link = item.url or item.external_url
    return Item(
        key="" if item.id is None else str(item.id),
        link=urljoin(url, link) if link else "",
        title=item.title or "",
        html=item.content_html or "",
        text=item.content_text or item.summary or "",
        author=author.name or "",
        author_url=author.url or "",
        published=_iso(item.date_published),
        updated=_iso(item.date_modified),
        language=item.language or "",
        media=tuple((kind, urljoin(url, where), title) for kind, where, title in media[:8] if where),
    )


def _iso(value: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(value or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
