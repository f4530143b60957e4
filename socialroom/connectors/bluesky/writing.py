"""What a post is made of before it is sent: its key, and the bytes of its text that are links, mentions and tags."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

from socialroom.domain.counting import CountRule
from socialroom.domain.entities import EntityKind, entities

_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
_FACET: Final = "app.bsky.richtext.facet"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Tids:
    """Record keys that sort by time and never repeat in this process: 53 bits of µs, 10 bits of a clock's number."""

    def __init__(self, clock_id: int) -> None:
        self._clock = clock_id & 1023
        self._last = 0

    def next(self, now: datetime) -> str:
        """The next key: 13 signs of the sortable base 32."""
        self._last = max(int((now - _EPOCH).total_seconds() * 1_000_000), self._last + 1)
        number = (self._last & (1 << 53) - 1) << 10 | self._clock
        return "".join(_ALPHABET[number >> shift & 31] for shift in range(60, -1, -5))


def timestamp(now: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as the network's own clients write it."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03d}Z"


async def facets(text: str, resolve: Callable[[str], Awaitable[str | None]]) -> list[dict[str, Any]]:
    """Links, mentions and tags of a text, by UTF-8 byte offsets; a handle that `resolve` does not know stays text."""
    found = entities(text, CountRule(counter="bluesky"))
    handles = sorted({e.target.lower() for e in found if e.kind is EntityKind.MENTION})
    known = {handle: await resolve(handle) for handle in handles}
    made: list[dict[str, Any]] = []
    for one in found:
        if one.kind is EntityKind.LINK:
            feature = {"$type": f"{_FACET}#link", "uri": one.target}
        elif one.kind is EntityKind.TAG:
            feature = {"$type": f"{_FACET}#tag", "tag": one.target}
        elif did := known[one.target.lower()]:
            feature = {"$type": f"{_FACET}#mention", "did": did}
        else:
            continue
        made.append({"index": {"byteStart": one.byte_start, "byteEnd": one.byte_end}, "features": [feature]})
    return made
