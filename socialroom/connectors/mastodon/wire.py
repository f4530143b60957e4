"""What Mastodon's API and its kin send, and what a post of it is in a room. Pure: no network, no clock of its own."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from html import unescape
from typing import Any, TypeVar

import msgspec

from socialroom.domain.errors import BadReply
from socialroom.domain.person import Author
from socialroom.domain.post import Counts, Media, Post, PostKind
from socialroom.domain.text import clean, clean_line
from socialroom.locale import N_
from socialroom.net.html import text_of

T = TypeVar("T")
_HREF = re.compile(r"<a\s[^>]{0,500}?href=[\"']([^\"'<>]{1,2000})[\"']")
VISIBILITIES = ("public", "unlisted", "private", "direct")  # widest first
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}


class Field(msgspec.Struct):
    """A line of a profile; `verified_at` is set when the linked page links back."""

    value: str | None = None
    verified_at: str | None = None


class Person(msgspec.Struct):
    """An account."""

    id: str | int
    acct: str = ""
    username: str = ""
    display_name: str | None = ""
    url: str | None = ""
    bot: bool | None = None
    followers_count: int | None = None
    fields: list[Field] | None = None


class Named(msgspec.Struct):
    """A mention inside a post."""

    id: str | int
    acct: str = ""


class Attachment(msgspec.Struct):
    """A picture, a film, a sound."""

    id: str | int = ""
    type: str = "unknown"
    url: str | None = None
    remote_url: str | None = None
    description: str | None = None


class Card(msgspec.Struct):
    """The preview of a link."""

    url: str | None = None
    title: str | None = None


class Status(msgspec.Struct):
    """A post. Everything that some server leaves out has a default."""

    id: str | int
    created_at: str
    account: Person
    uri: str | None = None
    url: str | None = None
    content: str | None = ""
    spoiler_text: str | None = ""
    visibility: str = "public"
    language: str | None = None
    edited_at: str | None = None
    in_reply_to_id: str | int | None = None
    in_reply_to_account_id: str | int | None = None
    mentions: list[Named] = []
    media_attachments: list[Attachment] = []
    card: Card | None = None
    reblog: Any = None
    replies_count: int | None = None
    reblogs_count: int | None = None
    favourites_count: int | None = None
    quotes_count: int | None = None
    sensitive: bool | None = None
    favourited: bool | None = None  # by the account that asks
    reblogged: bool | None = None

    @property
    def key(self) -> str:
        """The instance's id, as text."""
        return str(self.id)

    @property
    def identity(self) -> str:
        """The global id."""
        return self.uri or self.url or f"mastodon:{self.id}"


class Notification(msgspec.Struct):
    """Something that concerns us; its status is missing when the post is gone."""

    id: str | int
    type: str
    status: msgspec.Raw = msgspec.Raw()  # empty, or null


class Context(msgspec.Struct):
    """What stands around a post."""

    ancestors: list[msgspec.Raw] = []
    descendants: list[msgspec.Raw] = []


class Found(msgspec.Struct):
    """The answer of a search."""

    statuses: list[msgspec.Raw] = []


def decoded(raw: bytes | str | msgspec.Raw, kind: type[T]) -> T | None:
    """One item, or None when it is not of that shape: one broken post never hides the others."""
    try:
        return msgspec.json.decode(raw, type=kind, strict=False)
    except (msgspec.MsgspecError, ValueError, RecursionError):
        return None


def all_decoded(raws: list[msgspec.Raw], kind: type[T], host: str) -> list[T]:
    """The items that are of that shape. Raises BadReply when there are items and none is."""
    good = [one for raw in raws if (one := decoded(raw, kind)) is not None]
    if raws and not good:
        raise BadReply(N_("{host} sent posts of a shape this program does not know"), host=host)
    return good


def moment(text: str | None) -> datetime | None:
    """An ISO 8601 time as aware UTC, or None."""
    try:
        at = datetime.fromisoformat(text or "")
        return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def web_address(text: str | None) -> str:
    """An http(s) URL, or nothing."""
    plain = clean_line(text or "", 2000)
    return plain if plain.startswith(("https://", "http://")) else ""


def author_of(person: Person, host: str) -> Author:
    """A local account's handle gets its instance's host, so that handles are global."""
    acct = person.acct or person.username
    return Author(
        id=str(person.id),
        handle=clean_line(acct if "@" in acct else f"{acct}@{host}"),
        name=clean_line(person.display_name or person.username or acct),
        url=web_address(person.url),
        followers=person.followers_count,
        verified=any(f.verified_at for f in person.fields) if person.fields is not None else None,
        bot=person.bot,
        links=_links_of(person),
    )


def _links_of(person: Person) -> tuple[str, ...]:
    """Addresses in the fields of a profile, those first that the network verified."""
    found: dict[str, None] = {}
    fields = (person.fields or [])[:16]
    for field in sorted(fields, key=lambda f: f.verified_at is None):
        value = field.value or ""
        named = _HREF.search(value)
        plain = unescape(named[1]) if named else text_of(value).strip()
        if (link := web_address(plain)) and not any(c.isspace() for c in link):
            found[link] = None
    return tuple(found)


def kind_of(status: Status, me: str | None) -> PostKind:
    """What the post is, seen from the account that listens (None: nobody)."""
    if status.visibility == "direct":
        return PostKind.MESSAGE
    if me is None or str(status.account.id) == me:
        return PostKind.POST if status.in_reply_to_id is None else PostKind.REPLY
    if str(status.in_reply_to_account_id) == me:
        return PostKind.REPLY
    if any(str(m.id) == me for m in status.mentions):
        return PostKind.MENTION
    return PostKind.POST


def _media(status: Status) -> tuple[Media, ...]:
    shown = [
        Media(
            kind=_KINDS.get(a.type, "file"),
            url=web_address(a.url or a.remote_url),
            alt=clean(a.description, 1500) if a.description else None,
        )
        for a in status.media_attachments[:16]
    ]
    if status.card and (link := web_address(status.card.url)):
        shown.append(Media(kind="link", url=link, title=clean_line(status.card.title or "") or None))
    return tuple(shown)


def post_of(
    status: Status,
    *,
    source: str,
    host: str,
    me: str | None,
    now: datetime,
    parent: str | None = None,
    root: str | None = None,
) -> Post | None:
    """The post in a room; None for a boost and for a post without a readable time.

    Args:
        status: as it came.
        source: the room's source.
        host: the instance, for local handles.
        me: id of the account that listens.
        now: when it was seen.
        parent: uri of what it answers, where it is known.
        root: uri of its conversation's first post, where it is known.
    """
    written = moment(status.created_at)
    if written is None or status.reblog is not None:
        return None
    edited = moment(status.edited_at)
    return Post(
        uri=clean_line(status.identity, 2000),
        id=clean_line(status.key),
        network="mastodon",
        source=source,
        kind=kind_of(status, me),
        text=clean(text_of(status.content or "")),
        created_at=min(written, now),
        first_seen_at=now,
        author=author_of(status.account, host),
        url=web_address(status.url) or web_address(status.uri),
        revision=(edited or written).isoformat(),
        by_us=me is not None and str(status.account.id) == me,
        reply_to=parent or (clean_line(str(status.in_reply_to_id)) if status.in_reply_to_id is not None else None),
        root=root,
        edited_at=edited,
        media=_media(status),
        warning=clean_line(status.spoiler_text or "", 500),
        counts=Counts(
            replies=status.replies_count,
            reposts=status.reblogs_count,
            likes=status.favourites_count,
            quotes=status.quotes_count,
        ),
        visibility=status.visibility if status.visibility in VISIBILITIES else "private",
        claimed_language=clean_line(status.language, 20) if status.language else None,
        reply_data=msgspec.json.encode({"host": host, "id": status.key}).decode(),
    )


def narrower(asked: str, parents: str) -> str:
    """The narrower of two visibilities: an answer is never seen by more people than what it answers."""
    known = [VISIBILITIES.index(v) if v in VISIBILITIES else len(VISIBILITIES) - 1 for v in (asked, parents) if v]
    return VISIBILITIES[max(known)] if known else "public"


def comparable(text: str) -> str:
    """A text as servers leave it: composed, one space between words, mentions without hosts, links cut out.

    Links are cut because a server shows them shortened; who must tell two texts apart that differ only in a link asks
    the server for the source of the text.
    """
    plain = unicodedata.normalize("NFC", text)
    plain = re.sub(r"https?://\S+", " ", plain)
    plain = re.sub(r"@([\w.-]+)@[\w.-]+\w", r"@\1", plain)
    return " ".join(plain.split()).casefold()


def links(header: str) -> Mapping[str, str]:
    """A Link header as relation → address."""
    found: dict[str, str] = {}
    for address, rest in re.findall(r"<([^<>]{1,4000})>((?:\s*;\s*[\w-]+=(?:\"[^\"]*\"|[^\s,;]+))*)", header[:16_000]):
        relation = re.search(r"rel=\"?([\w-]+)", rest)
        if relation:
            found[relation[1]] = address
    return found


def newest(one: str, other: str) -> str:
    """The later of two ids, by length and then by letter: true of Mastodon's numbers and of its kin's sortable ids."""
    return max(one, other, key=lambda i: (len(i), i))


def settings_of(answer: Any, *path: str) -> Any:
    """A field deep in JSON of no fixed shape, or None."""
    for name in path:
        answer = answer.get(name) if isinstance(answer, dict) else None
    return answer
