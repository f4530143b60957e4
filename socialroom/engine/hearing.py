"""What the alert rules look at: the posts of the last hour, the counts, and from when on these are whole."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar

from socialroom.domain.alert import Listening, Planned
from socialroom.domain.ports import CacheStore, Window
from socialroom.domain.post import Post
from socialroom.domain.query import FactsOf, unknown
from socialroom.domain.source import SourceState
from socialroom.engine.listening import Counters

V = TypeVar("V")
LATELY: Final = timedelta(hours=1)
_HORIZON: Final = timedelta(days=29)  # of counts
_SETTLES: Final = timedelta(minutes=10)  # how long a new source may take to read what was there before
_CHANGED: Final = timedelta(minutes=10)  # a post that was first seen longer ago is heard again, not for the first time
_LIGHT: Final = 0.1  # of a day's posts: sources that bring less do not decide since when the counts are whole
_AWAY: Final = timedelta(days=3)
_ROOM: Final = "room"  # the room itself: `since` is when it last listened, to the hour
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SLOT: Final = 300
_PAGE: Final = 200  # posts that are read again in one step, which holds everybody up for some milliseconds


class _Made(Mapping[str, V]):
    """Entries that are made when they are asked for."""

    def __init__(self, names: Collection[str], make: Callable[[str], V]) -> None:
        self._names, self._make = names, make
        self._made: dict[str, V] = {}

    def __getitem__(self, name: str) -> V:
        if name not in self._made:
            self._made[name] = self._make(name)
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class _Line:
    """Posts in order of time. Nearly all come at its end."""

    __slots__ = ("posts",)

    def __init__(self) -> None:
        self.posts: list[Post] = []

    def put(self, post: Post) -> None:
        insort(self.posts, post, key=_when)

    def drop(self, post: Post) -> None:
        place = bisect_left(self.posts, _when(post), key=_when)
        if place < len(self.posts) and self.posts[place].uri == post.uri:
            del self.posts[place]

    def before(self, end: datetime) -> list[Post]:
        return self.posts[: bisect_right(self.posts, end, key=_created)]


def _when(post: Post) -> tuple[datetime, str]:
    return (post.created_at, post.uri)


def _created(post: Post) -> datetime:
    return post.created_at


def _is_unheard(post: Post) -> bool:
    return post.by_us or post.deleted_at is not None


class Hearing:
    """Collects what is heard and makes windows of it.

    Args:
        cache: holds the counts.
        counters: counter key → query, as `Counters` takes them.
        brand: what the counter "brand" counts, as people call it.
        known: what an earlier life of this room wrote down (`changes`).
        now: UTC.
        most: posts of the last hour that are held; counts go on beyond.
        audience: who wrote a post; empty where nobody knows.
        planned: what is planned, whenever it is.
        facts: what the room knows of a post's author.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        cache: CacheStore,
        counters: Mapping[str, str],
        brand: str,
        known: Mapping[str, Listening],
        now: datetime,
        most: int = 50_000,
        audience: Callable[[Post], str] = lambda _post: "",
        planned: Sequence[Planned] = (),
        facts: FactsOf = unknown,
    ) -> None:
        self._cache, self._brand, self._most = cache, brand, most
        self._audience, self._planned = audience, tuple(planned)
        self._named = tuple(counters)
        self._keys = Counters(counters, facts).keys
        self._recent = _Line()
        self._there: dict[str, Post] = {}
        self._by_key: dict[str, _Line] = {}
        self._keys_of: dict[str, tuple[str, ...]] = {}
        self._cut: datetime | None = None  # up to when posts were let go because there were too many
        self._fresh: list[Post] = []
        self._counts: dict[str, dict[int, int]] = {}
        self._grown: dict[str, datetime] = {}  # counters that grew, and from when on
        self._counted_slot = 0
        self._began: dict[str, list[datetime]] = {}  # times of what a new source has read so far
        # Counts that are lost are begun anew, whatever was written down about them.
        self._listening = dict(known) if cache.counter_keys() else {}
        self._changed: dict[str, Listening] = {}
        self._whole_since: datetime | None = None
        self._own_break(now)
        first = not any(key.startswith("source:") for key in self._listening)
        for key, query in counters.items():
            there = self._listening.get(key)
            if there is None or there.query != query:
                self._write(Listening(id=key, begun=now, since=_ALWAYS if first else now, query=query))

    # --- what comes in ------------------------------------------------------------------------------------------

    async def load(self, now: datetime) -> None:
        """The last hour, as an earlier life heard it; the room goes on, and may hear, between its pages."""
        before: str | None = None
        while len(self._there) < self._most:
            page = self._cache.newest(_PAGE, before=before)
            posts = [p for p in page if p.created_at > now - LATELY]
            for post in posts:
                if post.uri not in self._there and not _is_unheard(post):
                    self._put(post)
            if len(posts) < _PAGE:
                return
            before = page[-1].uri
            await asyncio.sleep(0)
        first = self._recent.posts[0].created_at
        self._cut = max(first, self._cut or first)

    def read(self, source: str, posts: Sequence[Post], now: datetime) -> None:
        """What a source's own reading brought, known or not: a new source's counts are whole as far back as it read."""
        listening = self._of_source(source, now)
        if abs(now - listening.begun) >= _SETTLES:
            self._began.pop(source, None)
            return
        times = self._began.setdefault(source, [])
        times += [p.created_at for p in posts]
        if not times:
            return
        times.sort()
        # A stray old post is no history.
        oldest = times[len(times) // 20]
        if oldest < listening.since:
            self._write(listening.changed(since=oldest))

    def heard(self, posts: Sequence[Post], now: datetime) -> None:
        """Posts that are new or changed, as the store holds them."""
        for post in posts:
            keys = tuple(self._keys(post))
            for key in keys:
                self._grown[key] = min(post.created_at, self._grown.get(key, post.created_at))
            begun = self._of_source(post.source, now).begun
            if _is_unheard(post):
                self._drop(post.uri)
                continue
            first_time = post.uri not in self._there and now - post.first_seen_at < _CHANGED
            if post.created_at > now - LATELY:
                self._put(post, keys)
            if first_time and post.created_at >= begun:
                self._fresh.append(post)

    def withdrawn(self, uris: Iterable[str]) -> None:
        """Posts that are deleted on their network."""
        gone = set(uris)
        for uri in gone:
            self._drop(uri)
        self._fresh = [p for p in self._fresh if p.uri not in gone]

    def _put(self, post: Post, keys: tuple[str, ...] | None = None) -> None:
        self._drop(post.uri)
        keys = tuple(self._keys(post)) if keys is None else keys
        self._there[post.uri] = post
        self._keys_of[post.uri] = keys
        self._recent.put(post)
        for key in keys:
            self._by_key.setdefault(key, _Line()).put(post)
        if len(self._there) > self._most:
            first = self._recent.posts[0]
            self._cut = max(first.created_at, self._cut or first.created_at)
            self._drop(first.uri)

    def _drop(self, uri: str) -> None:
        post = self._there.pop(uri, None)
        if post is not None:
            self._recent.drop(post)
            for key in self._keys_of.pop(uri):
                self._by_key[key].drop(post)

    # --- since when ---------------------------------------------------------------------------------------------

    def _of_source(self, source: str, now: datetime) -> Listening:
        key = f"source:{source}"
        if key not in self._listening:
            self._write(Listening(id=key, begun=now, since=now))
        return self._listening[key]

    def _own_break(self, now: datetime) -> None:
        """After days away the counts say nothing of what is usual now: averages would take the way back for a rise."""
        last = self._listening.get(_ROOM)
        if last is not None and now - last.since > _AWAY:
            for one in [one for key, one in self._listening.items() if key.startswith("source:")]:
                self._write(one.changed(since=now))

    def _write(self, listening: Listening) -> None:
        self._listening[listening.id] = self._changed[listening.id] = listening
        self._whole_since = None

    def changes(self) -> list[Listening]:
        """What is to be kept for the room's next life."""
        return list(self._changed.values())

    def kept(self, changes: Sequence[Listening]) -> None:
        """These are kept."""
        for one in changes:
            if self._changed.get(one.id) == one:
                del self._changed[one.id]

    def _heard_since(self, sources: Sequence[SourceState], now: datetime) -> datetime | None:
        """From when on the sources that bring the room's posts are all listened to."""
        begun = {s.name: there.since for s in sources if (there := self._listening.get(f"source:{s.name}"))}
        if not begun:
            return None
        today = now - timedelta(days=1)
        weights = {name: sum(self._cache.counts(f"source:{name}", today).values()) for name in begun}
        least = _LIGHT * sum(weights.values())
        heavy = [begun[name] for name, weight in weights.items() if weight and weight >= least]
        return max(heavy) if heavy else min(begun.values())

    # --- what goes out ------------------------------------------------------------------------------------------

    def window(self, sources: Sequence[SourceState], now: datetime, awake_since: datetime) -> Window:
        """What is to be seen now; what was fresh is not so again."""
        for source in sources:
            if source.last_good_at is not None:
                self._of_source(source.name, now)
        self._forget(now)
        room = self._listening.get(_ROOM)
        if room is None or abs(now - room.since) >= LATELY:
            self._write(Listening(id=_ROOM, begun=room.begun if room else now, since=now))
        slot = int(now.timestamp() // _SLOT)
        if slot != self._counted_slot:
            self._counted_slot = slot
            self._counts.clear()
            self._whole_since = None
        if self._whole_since is None:
            self._whole_since = self._heard_since(sources, now)
        fresh, self._fresh = {p.uri: p for p in self._fresh}, []
        by_key = self._by_key
        return Window(
            now=now,
            counts=_Made(self._named, lambda key: self._counts_of(key, now)),
            fresh=tuple(sorted(fresh.values(), key=_when)),
            recent=tuple(self._recent.posts),
            recent_of=_Made(self._named, lambda key: tuple(by_key[key].posts) if key in by_key else ()),
            recent_since=self._cut,
            sources=tuple(sources),
            heard_since=self._whole_since,
            since={key: there.since for key, there in self._listening.items()},
            awake_since=awake_since,
            brand=self._brand,
            keys_of=_Made(tuple(fresh), lambda uri: tuple(self._keys(fresh[uri]))),
            audiences=_Made(tuple(fresh), lambda uri: self._audience(fresh[uri])),
            planned=tuple(p for p in self._planned if p.since <= now < p.until + _HORIZON),
        )

    def _counts_of(self, key: str, now: datetime) -> dict[int, int]:
        grown = self._grown.pop(key, None)
        if key not in self._counts:
            self._counts[key] = self._cache.counts(key, now - _HORIZON)
        elif grown is not None:
            # A new mapping: rules may remember the one that they were given.
            self._counts[key] = self._counts[key] | self._cache.counts(key, max(grown, now - _HORIZON))
        return self._counts[key]

    def _forget(self, now: datetime) -> None:
        """Drops what is older than an hour."""
        for post in self._recent.before(now - LATELY):
            self._drop(post.uri)
