"""What a post is made of before it is sent: its key, and the bytes of its text that are links, mentions and tags."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any, Final

_ALPHABET: Final = "234567abcdefghijklmnopqrstuvwxyz"
_LINK: Final = re.compile(r"(?<![\w@/.])https?://[^\s<>\"“”«»]+")
_MENTION: Final = re.compile(
    r"(?<![\w@/.])@((?:[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*)"
)
_TAG: Final = re.compile(r"(?<![\w&/#])#(?!\d+\b)(\w{1,64})")
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
    found: list[tuple[int, int, dict[str, str]]] = []
    for match in _LINK.finditer(text):
        link = match[0].rstrip(".,;:!?…'’*_")
        link = _balanced(link)
        found.append((match.start(), match.start() + len(link), {"$type": f"{_FACET}#link", "uri": link}))
    known = {handle: await resolve(handle) for handle in sorted({m[1].lower() for m in _MENTION.finditer(text)})}
    found += [
        (m.start(), m.end(), {"$type": f"{_FACET}#mention", "did": did})
        for m in _MENTION.finditer(text)
        if (did := known[m[1].lower()])
    ]
    found += [(m.start(), m.end(), {"$type": f"{_FACET}#tag", "tag": m[1]}) for m in _TAG.finditer(text)]
    taken = 0
    made: list[dict[str, Any]] = []
    for start, end, feature in sorted(found, key=lambda f: (f[0], -f[1])):
        if start >= taken:
            taken = end
            before = len(text[:start].encode())
            index = {"byteStart": before, "byteEnd": before + len(text[start:end].encode())}
            made.append({"index": index, "features": [feature]})
    return made


def _balanced(link: str) -> str:
    """Without a closing bracket that belongs to the sentence around it."""
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(".,;:!?")
    return link
