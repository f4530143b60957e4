"""What a post record of the AT Protocol says, for every connector that meets one. Pure.

Source: the lexicons app.bsky.feed.post, app.bsky.richtext.facet and com.atproto.repo.strongRef.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from socialroom.domain.post import Media
from socialroom.domain.text import SafeText, clean, clean_line

COLLECTION: Final = "app.bsky.feed.post"
_URI: Final = re.compile(r"^at://(did:[a-z]+:[A-Za-z0-9._:%-]+)/([A-Za-z0-9.-]+)/([A-Za-z0-9._:~-]{1,512})$")


class Strong(msgspec.Struct):
    """A reference to one version of a record."""

    uri: str
    cid: str


class ReplyTo(msgspec.Struct):
    """Where an answer hangs."""

    root: Strong
    parent: Strong


class Feature(msgspec.Struct):
    """What a stretch of text is: a mention (did), a link (uri) or a tag."""

    did: str | None = None
    uri: str | None = None
    tag: str | None = None


class Facet(msgspec.Struct):
    """A stretch of text that is more than text."""

    features: list[Feature] = []


class Record(msgspec.Struct):
    """A post as its author wrote it: everything in it is a claim."""

    text: str = ""
    created_at: str = msgspec.field(default="", name="createdAt")
    langs: list[str] | None = None
    reply: ReplyTo | None = None
    facets: list[Facet] | None = None
    embed: Any = None

    def mentions(self, did: str) -> bool:
        """Whether it names that account."""
        return any(f.did == did for facet in self.facets or () for f in facet.features)

    def quotes(self, did: str) -> bool:
        """Whether it quotes a post of that account."""
        return _quoted(self.embed).startswith(f"at://{did}/")

    def answers(self, did: str) -> bool:
        """Whether it answers a post of that account."""
        return self.reply is not None and self.reply.parent.uri.startswith(f"at://{did}/")


def parts(uri: str) -> tuple[str, str, str] | None:
    """Repository, collection and record key of an at-uri, or None for anything else."""
    found = _URI.match(uri)
    return (found[1], found[2], found[3]) if found else None


def web_address(uri: str, handle: str = "") -> str:
    """The page of a post."""
    found = parts(uri)
    if found is None:
        return ""
    who = handle if handle and handle != "handle.invalid" else found[0]
    return f"https://bsky.app/profile/{who}/post/{found[2]}"


def moment(text: str | None) -> datetime | None:
    """An RFC 3339 time as aware UTC, or None."""
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def language(record: Record) -> str | None:
    """The first language that the author claims."""
    return clean_line(record.langs[0], 20) if record.langs else None


def media(record: Record) -> tuple[Media, ...]:
    """What is attached, by kind and alt text; nothing is fetched."""
    return tuple(_media(record.embed)[:16])


def _field(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _quoted(embed: Any) -> str:
    found = _field(embed, "record", "uri") or _field(embed, "record", "record", "uri")
    return found if isinstance(found, str) else ""


def _alt(value: Any) -> SafeText | None:
    return clean(value, 2000) if isinstance(value, str) and value else None


def _media(embed: Any) -> list[Media]:
    kind = _field(embed, "$type")
    if kind == "app.bsky.embed.recordWithMedia":
        return _media(_field(embed, "media"))
    if kind == "app.bsky.embed.images":
        images = _field(embed, "images")
        return [Media(kind="image", alt=_alt(_field(i, "alt"))) for i in images] if isinstance(images, list) else []
    if kind == "app.bsky.embed.video":
        return [Media(kind="video", alt=_alt(_field(embed, "alt")))]
    if kind == "app.bsky.embed.external":
        link, title = _field(embed, "external", "uri"), _field(embed, "external", "title")
        if isinstance(link, str) and link.startswith(("https://", "http://")):
            return [Media(kind="link", url=clean_line(link, 2000), title=_alt(title))]
    return []
