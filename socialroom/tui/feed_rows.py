"""The posts of one feed, as a list that grows at both ends, and those that wait to be taken in.

A post's place is a number that stays the same while posts arrive above or are fetched below: newer posts have higher
numbers. Only a removal renumbers, and says how.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterable, Sequence

from socialroom.domain.post import Post

KEPT = 10_000  # rows in all, when a reader goes back that far; older ones are asked for again
LIVE = 3_000  # rows while posts flow in at the top: six feeds of a busy room must fit in a small machine


class FeedRows:
    """Rows by number, oldest to newest; `waiting` holds arrivals the reader has not taken in, oldest first."""

    __slots__ = ("_base", "_kept", "_live", "_number", "_posts", "waiting")

    def __init__(self, kept: int = KEPT) -> None:
        self._kept, self._live = kept, min(kept, LIVE)
        self._base = 0
        self._posts: list[Post] = []
        self._number: dict[str, int] = {}
        self.waiting: OrderedDict[str, Post] = OrderedDict()

    def __len__(self) -> int:
        return len(self._posts)

    def __getitem__(self, number: int) -> Post:
        return self._posts[number - self._base]

    @property
    def newest(self) -> int:
        """The number of the row at the top."""
        return self._base + len(self._posts) - 1

    @property
    def oldest(self) -> int:
        """The number of the row at the bottom."""
        return self._base

    def find(self, uri: str) -> int | None:
        """The number of the row with this uri."""
        return self._number.get(uri)

    def replace_all(self, posts: Sequence[Post]) -> None:
        """Takes `posts`, newest first, in place of everything; what waited is forgotten."""
        self.waiting.clear()
        kept = list(posts[: self._live])
        kept.reverse()
        self._base = 0
        self._posts = kept
        self._number = {post.uri: number for number, post in enumerate(kept)}
        if len(self._number) != len(kept):  # the same post twice: its newest place stands
            self._posts = [post for number, post in enumerate(kept) if self._number[post.uri] == number]
            self._renumber()

    def change(self, post: Post) -> bool | None:
        """Puts a known post's new state in its place: True if a row changed, False if nothing did, None if unknown."""
        number = self._number.get(post.uri)
        if number is not None:
            if self._posts[number - self._base] == post:
                return False
            self._posts[number - self._base] = post
            return True
        if post.uri in self.waiting:
            self.waiting[post.uri] = post
            return False
        return None

    def wait(self, posts: Iterable[Post]) -> None:
        """Lets new posts wait, oldest first; beyond the limit the oldest fall off (the room still has them)."""
        for post in posts:
            self.waiting[post.uri] = post
        while len(self.waiting) > self._kept:
            self.waiting.popitem(last=False)

    def push(self, posts: Iterable[Post]) -> None:
        """Adds new posts at the top, oldest first, and lets the oldest rows go beyond the limit."""
        for post in posts:
            self._posts.append(post)
            self._number[post.uri] = self._base + len(self._posts) - 1
        surplus = len(self._posts) - self._live
        if surplus > 0:
            for post in self._posts[:surplus]:
                del self._number[post.uri]
            del self._posts[:surplus]
            self._base += surplus

    def take_in(self) -> list[Post]:
        """Moves everything that waits to the top and returns it."""
        taken = list(self.waiting.values())
        self.waiting.clear()
        self.push(taken)
        return taken

    def extend(self, posts: Sequence[Post]) -> int:
        """Adds older posts at the bottom, newest first, as many as the limit allows; returns how many."""
        fresh = [p for p in posts if p.uri not in self._number and p.uri not in self.waiting]
        fresh = list({p.uri: p for p in fresh}.values())[: max(0, self._kept - len(self._posts))]
        fresh.reverse()
        self._posts[0:0] = fresh
        self._base -= len(fresh)
        for offset, post in enumerate(fresh):
            self._number[post.uri] = self._base + offset
        return len(fresh)

    def remove(self, uris: Collection[str]) -> Callable[[int], int]:
        """Removes rows and what waits; returns what turns an old number into the new one.

        A removed row's number turns into that of the next newer row.
        """
        for uri in uris:
            self.waiting.pop(uri, None)
        gone = sorted(number for uri in set(uris) if (number := self._number.get(uri)) is not None)
        if gone:
            removed = set(gone)
            self._posts = [p for n, p in enumerate(self._posts, self._base) if n not in removed]
            self._renumber()
        return lambda number: number - bisect_left(gone, number)

    def _renumber(self) -> None:
        self._number = {post.uri: number for number, post in enumerate(self._posts, self._base)}

    def uris(self, wanted: Callable[[Post], bool]) -> list[str]:
        """The uris of all rows and waiting posts that `wanted` accepts."""
        return [p.uri for posts in (self._posts, self.waiting.values()) for p in posts if wanted(p)]
