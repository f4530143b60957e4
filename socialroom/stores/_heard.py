"""What every cache does, wherever it keeps things: decide what is new, count it, find it again, let it go."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from socialroom.domain.ports import Retention
from socialroom.domain.post import Counts, Post
from socialroom.domain.value import Message, Value
from socialroom.stores._shelf import Shelf
from socialroom.stores._tally import DayCount, HourCount, Tally


class Tombstone(Value, frozen=True):
    """All that is left of a post that was withdrawn, so that it stays away."""

    uri: str
    at: datetime
    reason: str


class Change(msgspec.Struct, kw_only=True):
    """One step of a cache's life: all of it is kept, or nothing."""

    posts: list[Post] = []
    gone: list[str] = []
    cursor: tuple[str, str] | None = None
    tombstones: list[Tombstone] = []
    tombstones_gone: list[str] = []
    hours: list[HourCount] = []
    hours_gone: list[HourCount] = []
    days: list[DayCount] = []

    def __bool__(self) -> bool:
        return any(
            (
                self.posts,
                self.gone,
                self.cursor,
                self.tombstones,
                self.tombstones_gone,
                self.hours,
                self.hours_gone,
                self.days,
            )
        )


class HeardCache:
    """A `domain.ports.CacheStore` in memory; a subclass that also keeps it elsewhere overrides `_keep`.

    What is to happen is first worked out, then kept, then done: a change that cannot be kept has not happened.
    """

    def __init__(self, shelf: Shelf, tally: Tally, cursors: dict[str, str], tombstones: Iterable[str]) -> None:
        self._shelf, self._tally, self._cursors, self._away = shelf, tally, cursors, set(tombstones)

    def _keep(self, change: Change) -> None:
        """Keeps a change. Raises StoreError, and then nothing has happened."""

    def _do(self, change: Change) -> None:
        if not change:
            return
        self._keep(change)
        for uri in change.gone:
            self._shelf.drop(uri)
        for post in change.posts:
            self._shelf.put(post)
        if change.cursor:
            self._cursors[change.cursor[0]] = change.cursor[1]
        self._away.update(t.uri for t in change.tombstones)
        self._away.difference_update(change.tombstones_gone)
        self._tally.drop(change.hours_gone)
        self._tally.put(change.hours, change.days)

    # --- the way in ---------------------------------------------------------------------------------------------

    def upsert(
        self,
        source: str,
        posts: Sequence[Post],
        cursor: str | None,
        keys: Callable[[Post], Iterable[str]],
    ) -> list[Post]:
        """Keeps posts and cursor as one; returns what is new or changed (see `domain.ports.CacheStore.upsert`)."""
        fresh: dict[str, Post] = {}
        new: dict[str, Post] = {}
        for post in posts:
            if post.uri in self._away:
                continue
            there = fresh.get(post.uri) or self._shelf.get(post.uri)
            if there is None:
                fresh[post.uri] = new[post.uri] = post
            elif (merged := _changed(there, post)) is not None:
                fresh.pop(post.uri, None)
                fresh[post.uri] = merged
        moved = cursor is not None and self._cursors.get(source) != cursor
        self._do(
            Change(
                posts=list(fresh.values()),
                cursor=(source, cursor) if cursor is not None and moved else None,
                hours=self._tally.grown((post.created_at, keys(post)) for post in new.values()),
            )
        )
        return list(fresh.values())

    def withdraw(self, uris: Iterable[str], at: datetime, reason: str) -> list[str]:
        """Wipes posts and keeps them away, also those not heard yet; returns those that were there."""
        uris = dict.fromkeys(uris)
        there = [uri for uri in uris if self._shelf.get(uri) is not None]
        tombstones = [Tombstone(uri=uri, at=at, reason=reason) for uri in uris if uri not in self._away]
        self._do(Change(gone=there, tombstones=tombstones))
        return there

    def erase(self, uris: Iterable[str], changed: Iterable[Post], forgets: Callable[[str], bool]) -> None:
        """Wipes posts without a trace, puts others in the place of what they were, and drops tombstones.

        Args:
            uris: of posts of which not even the address may be kept.
            changed: posts that are stored, without what may not be kept of them.
            forgets: of which address no tombstone may be kept.
        """
        there = [uri for uri in dict.fromkeys(uris) if self._shelf.get(uri) is not None]
        kept = [p for p in changed if self._shelf.get(p.uri) is not None and p.uri not in there]
        self._do(Change(gone=there, posts=kept, tombstones_gone=[uri for uri in self._away if forgets(uri)]))

    def prune(self, now: datetime, policy: Mapping[str, Retention], default: Retention) -> int:
        """Lets go of what is too old or too much; returns how many posts went."""
        gone = [p.uri for p in self._shelf.outdated(now, policy, default)]
        hours, days = self._tally.folded(now)
        self._do(Change(gone=gone, hours_gone=hours, days=days))
        return len(gone)

    # --- finding ------------------------------------------------------------------------------------------------

    def known(self, uris: Iterable[str]) -> dict[str, str]:
        """Revision by uri, of those that are stored."""
        return {uri: post.revision for uri in uris if (post := self._shelf.get(uri)) is not None}

    def get(self, uri: str) -> Post | None:
        """One post."""
        return self._shelf.get(uri)

    def newest(
        self, limit: int, *, before: str | None = None, accept: Callable[[Post], bool] | None = None
    ) -> list[Post]:
        """Newest first by (created_at, uri); `before` is the uri to continue after, also when it went meanwhile."""
        return self._shelf.newest(limit, before, accept)

    def conversation(self, conversation: str) -> list[Post]:
        """All stored posts of a conversation, oldest first."""
        return self._shelf.conversation(conversation)

    def by_author(self, network: str, author_id: str) -> list[str]:
        """Uris of an author's stored posts."""
        return self._shelf.by_author(network, author_id)

    def size(self) -> int:
        """How many posts are stored."""
        return len(self._shelf)

    def cursor(self, source: str) -> str | None:
        """Where to go on reading."""
        return self._cursors.get(source)

    def counts(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per 5-minute slot (epoch seconds // 300) since then."""
        return self._tally.counts(key, since)

    def hourly(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per hour (epoch seconds // 3600) since then; these outlive the posts."""
        return self._tally.hourly(key, since)

    def counter_keys(self) -> list[str]:
        """Every counter key there is."""
        return self._tally.keys()

    # --- life ---------------------------------------------------------------------------------------------------

    def notices(self) -> list[Message]:
        """What opening found."""
        return []

    def flush(self) -> None:
        """Everything is kept when it returns."""

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """Nothing that was erased lies in any file when it returns."""

    def close(self) -> None:
        """Lets go."""


def _changed(there: Post, post: Post) -> Post | None:
    """The post as it is now, or None when nothing changed. A figure that this reading did not tell stays as it was.

    A tone is a change only where it was missing: it is made of the text, which the revision tells.
    """
    counts = _merged(there.counts, post.counts)
    scored = _is_unscored(there) and not _is_unscored(post)
    repeated = (post.duplicates, post.flood) != (there.duplicates, there.flood)
    if post.revision == there.revision and counts == there.counts and not scored and not repeated:
        return None
    now: Post = post.changed(first_seen_at=there.first_seen_at, counts=counts)
    return now


def _is_unscored(post: Post) -> bool:
    return post.tone is None or post.tone.missing


def _merged(there: Counts | None, now: Counts | None) -> Counts | None:
    if there is None or now is None or there == now:
        return now or there
    told = {k: v for k, v in msgspec.structs.asdict(now).items() if v is not None}
    merged: Counts = there.changed(**told)
    return merged
