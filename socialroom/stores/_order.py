"""Posts in order of time, with cheap insertion anywhere however many there are."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from operator import attrgetter
from typing import Final

from socialroom.domain.post import Post

_CHUNK: Final = 500  # posts; moving a chunk's tail costs less than comparing the keys does

Moment = tuple[datetime, str]


# What posts are ordered by: when they were written, then their uri, so that no two are equal.
moment: Final[Callable[[Post], Moment]] = attrgetter("created_at", "uri")


class TimeOrder:
    """Posts sorted by `moment`, in chunks, so that one more costs the same at a thousand and at a million."""

    def __init__(self, posts: Iterable[Post] = ()) -> None:
        ordered = sorted(posts, key=moment)
        self._chunks = [ordered[i : i + _CHUNK] for i in range(0, len(ordered), _CHUNK)]
        self._last = [chunk[-1] for chunk in self._chunks]
        self._length = len(ordered)

    def __len__(self) -> int:
        return self._length

    def add(self, post: Post) -> None:
        """Takes one in; no post of the same moment may be there."""
        self._length += 1
        if not self._chunks:
            self._chunks, self._last = [[post]], [post]
            return
        at, number = moment(post), len(self._chunks) - 1
        if at < moment(self._last[-1]):
            number = bisect_left(self._last, at, key=moment)
            chunk = self._chunks[number]
            chunk.insert(bisect_left(chunk, at, key=moment), post)
        else:  # the newest of all, as most are
            chunk = self._chunks[number]
            chunk.append(post)
        if len(chunk) > 2 * _CHUNK:
            self._chunks.insert(number, chunk[:_CHUNK])
            self._last.insert(number, chunk[_CHUNK - 1])
            del chunk[:_CHUNK]
            number += 1
        self._last[number] = chunk[-1]

    def remove(self, post: Post) -> None:
        """Takes one out that is there."""
        at = moment(post)
        number = bisect_left(self._last, at, key=moment)
        chunk = self._chunks[number]
        del chunk[bisect_left(chunk, at, key=moment)]
        self._length -= 1
        if chunk:
            self._last[number] = chunk[-1]
        else:
            del self._chunks[number], self._last[number]

    def oldest_first(self) -> Iterator[Post]:
        """All of them; the order must not change meanwhile."""
        for chunk in self._chunks:
            yield from chunk

    def newest_first(self, before: Moment | None = None) -> Iterator[Post]:
        """All of them, or those older than a moment; the order must not change meanwhile."""
        number = len(self._chunks) - 1
        if before is not None and number >= 0:
            number = min(bisect_left(self._last, before, key=moment), number)
            chunk = self._chunks[number]
            yield from reversed(chunk[: bisect_right(chunk, before, key=moment)])
            number -= 1
        while number >= 0:
            yield from reversed(self._chunks[number])
            number -= 1
