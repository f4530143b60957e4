"""What the network's AppView shows, and what it is in a room. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

import msgspec

from socialroom.connectors import _atproto
from socialroom.connectors._atproto import Record, Strong
from socialroom.domain.counting import CountRule
from socialroom.domain.entities import EntityKind, entities
from socialroom.domain.errors import BadReply
from socialroom.domain.person import Author
from socialroom.domain.post import Counts, Post, PostKind
from socialroom.domain.text import clean, clean_line
from socialroom.locale import N_

T = TypeVar("T")
_READ_AS = CountRule(counter="bluesky")
REASONS = ("mention", "reply", "quote")


class Verified(msgspec.Struct, rename="camel"):
    """What the network says of an account's claim to be itself."""

    verified_status: str = ""


class Profile(msgspec.Struct, rename="camel"):
    """An account, as it stands beside a post."""

    did: str
    handle: str = ""
    display_name: str | None = None
    followers_count: int | None = None
    verification: Verified | None = None
    description: str | None = None


class Viewer(msgspec.Struct, rename="camel"):
    """What the account that listens may do with a post."""

    reply_disabled: bool | None = None


class View(msgspec.Struct, rename="camel"):
    """A post with its author and figures; also a notification, which has a reason instead of figures."""

    uri: str
    cid: str
    author: Profile
    record: Record
    indexed_at: str = ""
    reply_count: int | None = None
    repost_count: int | None = None
    like_count: int | None = None
    quote_count: int | None = None
    viewer: Viewer | None = None
    reason: str = ""


class Listed(msgspec.Struct):
    """A page of notifications or of found posts."""

    notifications: list[msgspec.Raw] = []
    posts: list[msgspec.Raw] = []
    feed: list[msgspec.Raw] = []
    cursor: str | None = None


class InFeed(msgspec.Struct):
    """A post in an author's feed; with a reason it is a repost or a pin."""

    post: View
    reason: Any = None


class Node(msgspec.Struct):
    """A post in a thread, with what stands above and below; deleted and blocked ones have no post."""

    post: msgspec.Raw = msgspec.Raw()
    parent: msgspec.Raw = msgspec.Raw()
    replies: list[msgspec.Raw] | None = None


def decoded(raw: bytes | msgspec.Raw, kind: type[T]) -> T | None:
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


def author_of(profile: Profile) -> Author:
    """A handle that the network could not confirm is not shown as one."""
    handle = profile.handle if profile.handle and profile.handle != "handle.invalid" else profile.did
    verified = profile.verification
    return Author(
        id=clean_line(profile.did),
        handle=clean_line(handle),
        name=clean_line(profile.display_name or ""),
        url=f"https://bsky.app/profile/{clean_line(handle)}",
        followers=profile.followers_count,
        verified=verified.verified_status == "valid" if verified else None,
        links=_links_in(profile.description or ""),
    )


def _links_in(description: str) -> tuple[str, ...]:
    """The addresses that a profile names."""
    found = entities(description[:3000], _READ_AS)
    return tuple(dict.fromkeys(clean_line(e.target, 2000) for e in found if e.kind is EntityKind.LINK))[:16]


def kind_of(view: View, me: str | None) -> PostKind:
    """What the post is, seen from the account that listens (None: nobody)."""
    record = view.record
    if me is None or view.author.did == me:
        return PostKind.REPLY if record.reply and view.author.did == me else PostKind.POST
    if record.answers(me):
        return PostKind.REPLY
    if view.reason in REASONS or record.mentions(me) or record.quotes(me):
        return PostKind.MENTION
    return PostKind.POST


def post_of(view: View, *, source: str, me: str | None, now: datetime) -> Post | None:
    """The post in a room; None when it is not a post or has no readable time."""
    found = _atproto.parts(view.uri)
    if found is None or found[1] != _atproto.COLLECTION:
        return None
    record = view.record
    claims = [at for at in (_atproto.moment(record.created_at), _atproto.moment(view.indexed_at)) if at]
    if not claims:
        return None
    counted = view.reply_count is not None or view.like_count is not None
    root = record.reply.root if record.reply else Strong(view.uri, view.cid)
    data = {"cid": view.cid, "root": {"uri": root.uri, "cid": root.cid}}
    return Post(
        uri=view.uri,
        id=view.uri,
        network="bluesky",
        source=source,
        kind=kind_of(view, me),
        text=clean(record.text),
        created_at=min(*claims, now),
        first_seen_at=now,
        author=author_of(view.author),
        url=_atproto.web_address(view.uri, clean_line(view.author.handle)),
        revision=clean_line(view.cid),
        by_us=view.author.did == me,
        reply_to=clean_line(record.reply.parent.uri, 1000) if record.reply else None,
        root=clean_line(root.uri, 1000),
        media=_atproto.media(record),
        counts=Counts(
            replies=view.reply_count, reposts=view.repost_count, likes=view.like_count, quotes=view.quote_count
        )
        if counted
        else None,
        can_reply=not (view.viewer and view.viewer.reply_disabled),
        claimed_language=_atproto.language(record),
        reply_data=msgspec.json.encode(data).decode(),
    )


def flattened(raw: msgspec.Raw, host: str, most: int = 2000) -> list[View]:
    """A thread's posts, in no order. Raises BadReply when it is no thread."""
    found: list[View] = []
    waiting = [raw]
    while waiting and len(found) < most:
        node = decoded(waiting.pop(), Node)
        if node is None:
            continue
        if view := decoded(node.post, View):
            found.append(view)
        waiting += [r for r in (node.parent, *(node.replies or ())) if bytes(r) not in (b"", b"null")]
    if not found:
        raise BadReply(N_("{host} sent posts of a shape this program does not know"), host=host)
    return found
