"""Posts that say the same: which one was first, how many followed, whether that looks like a flood."""

from __future__ import annotations

from bisect import insort
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.near_duplicate import ALIKE, Sketch, alike, sketch
from socialroom.domain.ports import CacheStore
from socialroom.domain.post import Post, document_id
from socialroom.engine.listening import ASKS

_WINDOW: Final = timedelta(hours=24)  # from the first post of a group; what comes later begins another
_GROUPS: Final = 20_000
_PAST: Final = 5_000
_MEMBERS: Final = 2_000  # posts of a group; more are not counted, and stand for themselves
_POSTS: Final = 200_000
_LOOKED_AT: Final = 16  # groups that a post is compared with, the newest of those that share a hash with it
_PER_KEY: Final = 32  # groups that are found by one hash
_READ_BACK: Final = 2_000  # posts of an earlier life of the room
FLOOD_ACCOUNTS: Final = 10
FLOOD_TIME: Final = timedelta(minutes=10)


class _Group:
    __slots__ = ("begun", "flood", "members", "sketch", "written")

    def __init__(self, post: Post, of: Sketch) -> None:
        self.sketch, self.begun = of, post.first_seen_at
        self.members: dict[str, None] = {}  # in the order in which they were heard
        self.flood = False
        self.written: list[tuple[datetime, int]] = []  # when, and by whom (a hash: this must not remember names)

    def add(self, post: Post) -> bool:
        """Whether there was room for it."""
        if len(self.members) >= _MEMBERS:
            return False
        self.members[post.uri] = None
        if post.author is not None and not self.flood:
            insort(self.written, (post.created_at, document_id(f"{post.network} {post.author.id}")))
            self.flood = _is_flood(self.written)
        return True


def _is_flood(written: Sequence[tuple[datetime, int]]) -> bool:
    """Whether so many accounts wrote within the time, wherever in it; in the order of writing, not of arrival."""
    first = 0
    accounts: dict[int, int] = {}
    for at, account in written:
        accounts[account] = accounts.get(account, 0) + 1
        while at - written[first][0] > FLOOD_TIME:
            gone = written[first][1]
            accounts[gone] -= 1
            if not accounts[gone]:
                del accounts[gone]
            first += 1
        if len(accounts) >= FLOOD_ACCOUNTS:
            return True
    return False


class Noise:
    """Groups what is heard. Equal texts come into one group in whatever order they arrive; near ones mostly do.

    What speaks to us is counted with its group and never folded away: it may want an answer. Nothing private and nothing
    of ours is looked at.
    """

    def __init__(self, cache: CacheStore) -> None:
        self._cache = cache
        self._groups: OrderedDict[int, _Group] = OrderedDict()  # the oldest first
        self._by_key: dict[int, list[int]] = {}
        self._past: OrderedDict[int, _Group] = OrderedDict()  # those that nothing comes to any more
        self._of: dict[str, int] = {}  # group by uri
        self._next = 0
        self._read_back = False

    def mark(self, posts: Sequence[Post]) -> list[Post]:
        """The posts in their order, with what is known of their groups; then those that are known and grew."""
        self._remember()
        grown: dict[int, None] = {}
        for post in posts:
            group = self._take(post)
            if group is not None:
                grown[group] = None
        here = {post.uri: post for post in posts}
        marked = [self._marked(post, here) for post in posts]
        for number in grown:
            first = self._first(self._groups[number], here) if number in self._groups else None
            if first is not None and first.uri not in here and (now := self._marked(first, here)) != first:
                marked.append(now)
        return marked

    def first_of(self, post: Post) -> Post | None:
        """The post that this one repeats and that stands for it; None where it stands for itself."""
        group = self._group(post.uri)
        if group is None or len(group.members) < 2 or post.kind in ASKS:
            return None
        first = self._first(group, {})
        return None if first is None or first.uri == post.uri else first

    def _marked(self, post: Post, here: Mapping[str, Post]) -> Post:
        group = self._group(post.uri)
        stored = self._cache.get(post.uri)
        before, was_flood = 0, False
        if stored is not None and stored.text == post.text:
            before, was_flood = stored.duplicates, stored.flood
        if group is None:  # of what is older than the groups only the store knows
            duplicates, flood = before, was_flood
        else:
            first = self._first(group, here)
            duplicates = max(before, len(group.members) - 1) if first is not None and first.uri == post.uri else 0
            flood = group.flood
        marked: Post = post.changed(duplicates=duplicates, flood=flood)
        return marked

    def _group(self, uri: str) -> _Group | None:
        number = self._of.get(uri, -1)
        return self._groups.get(number) or self._past.get(number)

    def _first(self, group: _Group, here: Mapping[str, Post]) -> Post | None:
        """The first of a group that is still there; `here` is what just arrives."""
        for uri in group.members:
            post = here.get(uri) or self._cache.get(uri)
            if post is not None and post.deleted_at is None:
                return post
        return None

    def _remember(self) -> None:
        """What an earlier life of the room heard within the time."""
        if not self._read_back:
            self._read_back = True
            for post in reversed(self._cache.newest(_READ_BACK)):
                self._take(post, remembered=True)

    def _take(self, post: Post, *, remembered: bool = False) -> int | None:
        """The group that grew by a post; None where it is known, or says nothing that could be repeated."""
        if post.by_us or post.private or post.deleted_at is not None:
            return None
        stored = self._cache.get(post.uri)
        edited = stored is not None and stored.text != post.text
        if not edited and (post.uri in self._of or (stored is not None and not remembered)):
            return None
        before = self._group(post.uri)
        if before is not None:
            before.members.pop(post.uri, None)
            del self._of[post.uri]
        of = sketch(f"{post.title} {post.text}")
        if of is None:
            return None
        number = self._find(of, post)
        if number is None:
            number = self._begin(of, post)
        if not self._groups[number].add(post):
            return None
        self._of[post.uri] = number
        while len(self._of) > _POSTS:
            if self._past:
                self._forget(self._past.popitem(last=False))
            else:
                self._end()
        return number

    def _find(self, of: Sketch, post: Post) -> int | None:
        numbers = {number for key in of.keys for number in self._by_key.get(key, ())}
        best, most = None, ALIKE
        for number in sorted(numbers, reverse=True)[:_LOOKED_AT]:
            group = self._groups[number]
            if abs(post.first_seen_at - group.begun) <= _WINDOW and (share := alike(of, group.sketch)) >= most:
                best, most = number, share
        return best

    def _begin(self, of: Sketch, post: Post) -> int:
        number = self._next = self._next + 1
        self._groups[number] = _Group(post, of)
        for key in of.keys:
            known = self._by_key.setdefault(key, [])
            known.append(number)
            if len(known) > _PER_KEY:
                del known[0]
        while len(self._groups) > _GROUPS or self._is_over(post.first_seen_at):
            self._end()
        return number

    def _is_over(self, now: datetime) -> bool:
        return now - next(iter(self._groups.values())).begun > _WINDOW

    def _end(self) -> None:
        """Lets nothing more come to the oldest group."""
        number, group = self._groups.popitem(last=False)
        for key in group.sketch.keys:
            known = self._by_key.get(key, [])
            if number in known:
                known.remove(number)
            if not known:
                self._by_key.pop(key, None)
        if len(group.members) > 1:  # what is folded stays so
            self._past[number] = group
        else:
            self._forget((number, group))
        if len(self._past) > _PAST:
            self._forget(self._past.popitem(last=False))

    def _forget(self, ended: tuple[int, _Group]) -> None:
        number, group = ended
        for uri in group.members:
            if self._of.get(uri) == number:
                del self._of[uri]
