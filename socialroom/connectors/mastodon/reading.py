"""What a Mastodon source listens to, page by page: timelines walked forward by `min_id`, oldest first, without gaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import msgspec

from socialroom.connectors.mastodon.wire import Found, Notification, Status, all_decoded, decoded, links, newest
from socialroom.domain.errors import BadReply
from socialroom.locale import N_
from socialroom.net.http import Reply

PAGE: Final = 40  # the most that every server of the kind gives


class Timeline(msgspec.Struct, frozen=True):
    """One list of posts.

    Attributes:
        key: its name in the cursor.
        path: after the server's address.
        params: sent with every page.
        shape: how its pages look: "statuses", "notifications" or "search".
        stream: path and parameters of the stream that carries its news, or None.
    """

    key: str
    path: str
    params: dict[str, str | list[str]] = {}
    shape: str = "statuses"
    stream: tuple[str, dict[str, str]] | None = None


class Page(msgspec.Struct, frozen=True):
    """One page, oldest first. `last` is where the next one begins (None: where this one began); `full`: there may be more."""

    statuses: list[Status]
    last: str | None
    full: bool
    older: str | None = None  # `max_id` of the page before, in time


def mentions(*, exact: bool) -> Timeline:
    """What concerns the account; kin of Mastodon may refuse types that they do not know."""
    types = ["mention", "quote", "update"] if exact else ["mention"]
    return Timeline(
        key="mentions",
        path="/api/v1/notifications",
        params={"types[]": types},
        shape="notifications",
        stream=("/api/v1/streaming/user", {}),
    )


def own(account: str) -> Timeline:
    """What the account itself wrote, also by other programs."""
    return Timeline(
        key="own",
        path=f"/api/v1/accounts/{quote(account, safe='')}/statuses",
        params={"exclude_reblogs": "true"},
        stream=("/api/v1/streaming/user", {}),
    )


def tag(name: str) -> Timeline:
    """A hashtag."""
    plain = name.removeprefix("#")
    return Timeline(
        key=f"#{plain.casefold()}",
        path=f"/api/v1/timelines/tag/{quote(plain, safe='')}",
        stream=("/api/v1/streaming/hashtag", {"tag": plain}),
    )


def everything(*, local: bool) -> Timeline:
    """The public timeline."""
    return Timeline(
        key="local" if local else "public",
        path="/api/v1/timelines/public",
        params={"local": "true"} if local else {},
        stream=("/api/v1/streaming/public/local" if local else "/api/v1/streaming/public", {}),
    )


def search(query: str) -> Timeline:
    """A full-text search, where the server has one; it has no stream."""
    return Timeline(key=f"?{query}", path="/api/v2/search", params={"q": query, "type": "statuses"}, shape="search")


def as_tag(text: str) -> str:
    """A phrase as people write it as a hashtag."""
    return "".join(c for c in text.removeprefix("#") if c.isalnum() or c == "_")


def page_of(reply: Reply, timeline: Timeline, origin: str, asked: int = PAGE) -> Page:
    """Reads one page. Raises BadReply when it is not of the shape the API promises."""
    host = urlsplit(origin).netloc
    raws = reply.json(Found).statuses if timeline.shape == "search" else reply.json(list[msgspec.Raw])
    ids: list[str] = []
    statuses: list[Status] = []
    if timeline.shape == "notifications":
        for one in all_decoded(raws, Notification, host):
            ids.append(str(one.id))
            if status := decoded(one.status, Status):
                statuses.append(status)
    else:
        statuses = all_decoded(raws, Status, host)
        ids = [s.key for s in statuses]
    if raws and not ids:
        raise BadReply(N_("{host} sent posts of a shape this program does not know"), host=host)
    named = links(reply.headers.get("link", ""))
    last = _number(named.get("prev"), "min_id", origin)
    if last is None and ids:
        last = newest(ids[0], ids[-1])
    older = _number(named.get("next"), "max_id", origin)
    if older is None and ids and timeline.shape != "search" and len(raws) >= asked:
        older = ids[-1]
    statuses.reverse()
    return Page(statuses=statuses, last=last, full=len(raws) >= asked, older=older)


def _number(address: str | None, name: str, origin: str) -> str | None:
    """A parameter of a Link, followed only within the server's own origin: elsewhere the token would leak."""
    if not address:
        return None
    parts = urlsplit(address)
    if parts.netloc and parts.netloc != urlsplit(origin).netloc:
        return None
    values = parse_qs(parts.query).get(name)
    return values[0] if values else None


def cursor_of(text: str | None) -> dict[str, str]:
    """Timeline → last id, from the text the store kept; what is not readable is a beginning."""
    try:
        return msgspec.json.decode(text or "{}", type=dict[str, str])
    except (msgspec.MsgspecError, ValueError):
        return {}


def cursor_text(places: Mapping[str, str]) -> str:
    """The same, for the store."""
    return msgspec.json.encode(dict(places), order="sorted").decode()


def streams_of(timelines: Sequence[Timeline]) -> list[tuple[str, dict[str, str], list[str]]]:
    """The streams to open, each once: path, parameters, and the keys of the timelines it serves."""
    found: dict[str, tuple[str, dict[str, str], list[str]]] = {}
    for timeline in timelines:
        if timeline.stream:
            path, params = timeline.stream
            found.setdefault(f"{path}?{params}", (path, params, []))[2].append(timeline.key)
    return list(found.values())
