"""How much was said lately of one counter, by how many people, and how an alert says it."""

from __future__ import annotations

import statistics
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zlib import crc32

from socialroom.alerts._detectors import DAY, HOUR, SLOT
from socialroom.domain.alert import Planned
from socialroom.domain.ports import Window
from socialroom.domain.post import Post
from socialroom.domain.value import Message, Value
from socialroom.locale import N_

_SHOWN: Final = 20  # posts that an alert points at: the first ten and the newest ten
_HORIZON: Final = 28 * DAY  # rows that a baseline looks back

# With what is usual or without, and by how many people: a sentence must be whole to be translated.
_HEADLINES: Final = {
    (None, 2): N_(
        "{name} · {count} in {minutes} min, usual {usual}, {times} times as much planned: {event} · {authors} authors"
        " · first {first_at}"
    ),
    (None, 1): N_(
        "{name} · {count} in {minutes} min, usual {usual}, {times} times as much planned: {event} · one author"
        " · first {first_at}"
    ),
    (None, 0): N_(
        "{name} · {count} in {minutes} min, usual {usual}, {times} times as much planned: {event} · first {first_at}"
    ),
    (True, 2): N_("{name} · {count} in {minutes} min, usual {usual} · {authors} authors · first {first_at}"),
    (True, 1): N_("{name} · {count} in {minutes} min, usual {usual} · one author · first {first_at}"),
    (True, 0): N_("{name} · {count} in {minutes} min, usual {usual} · first {first_at}"),
    (False, 2): N_("{name} · {count} in {minutes} min · {authors} authors · first {first_at}"),
    (False, 1): N_("{name} · {count} in {minutes} min · one author · first {first_at}"),
    (False, 0): N_("{name} · {count} in {minutes} min · first {first_at}"),
}  # fmt: skip


class Lately(Value, frozen=True):
    """The posts of one counter in the last minutes.

    `count` may be more than the posts at hand, when there are too many to hold; `signed` of these have a known author.
    """

    count: int
    authors: int
    signed: int
    first_at: datetime | None
    posts: tuple[str, ...]

    def of_many(self, least: int) -> bool:
        """Whether at least so many people wrote them; yes where most of their authors are not known."""
        return self.authors >= least or self.signed * 2 < self.count


def slot_of(at: datetime) -> int:
    """The 5-minute slot of a moment."""
    return int(at.timestamp() // SLOT)


def lately(window: Window, key: str, minutes: int) -> Lately:
    """What was written in the last `minutes` (at most sixty)."""
    posts = _posts(window, key, minutes)
    return summed(posts, _at_least(window, key, minutes))


def count(window: Window, key: str, minutes: int) -> int:
    """The number alone, which costs nothing."""
    return max(len(_posts(window, key, minutes)), _at_least(window, key, minutes))


def _posts(window: Window, key: str, minutes: int) -> Sequence[Post]:
    posts = window.recent_of.get(key, ())
    return posts[bisect_right(posts, window.now - timedelta(minutes=minutes), key=lambda p: p.created_at) :]


def _at_least(window: Window, key: str, minutes: int) -> int:
    """How many there were at least, where not all are at hand: the slots that lie wholly within the time."""
    if window.recent_since is None or window.recent_since <= window.now - timedelta(minutes=minutes):
        return 0
    counts, now = window.counts.get(key, {}), slot_of(window.now)
    return sum(counts.get(slot, 0) for slot in range(now - minutes * 60 // SLOT + 1, now + 1))


def summed(posts: Sequence[Post], counted: int = 0) -> Lately:
    """These posts, oldest first; `counted` is how many there are at least."""
    authors = [(p.network, p.author.id) for p in posts if p.author is not None]
    return Lately(
        count=max(len(posts), counted),
        authors=len(set(authors)),
        signed=len(authors),
        first_at=posts[0].created_at if posts else None,
        posts=shown(posts),
    )


def shown(posts: Sequence[Post]) -> tuple[str, ...]:
    """Their uris, oldest first; of many only the first and the newest."""
    if len(posts) > _SHOWN:
        posts = (*posts[: _SHOWN // 2], *posts[-_SHOWN // 2 :])
    return tuple(p.uri for p in posts)


def first_slot(window: Window, key: str) -> int | None:
    """The first slot whose count is whole, at most four weeks back; None while nothing was heard at all."""
    if window.heard_since is None:
        return None
    since = max(window.heard_since, window.since.get(key, window.heard_since))
    # In steps of a day, so that a long history is not read anew every five minutes; and not of all counters at once.
    stagger = crc32(key.encode()) % DAY
    horizon = (slot_of(window.now) - _HORIZON - stagger) // DAY * DAY + stagger
    return max(slot_of(since) + 1, horizon)


def usual(window: Window, key: str, minutes: int) -> float | None:
    """How many are usual in so many minutes: from the middle one of the whole days before the last hour; None before one."""
    first = first_slot(window, key)
    end = slot_of(window.now) - HOUR
    if first is None or end - first < DAY:
        return None
    days = [0] * ((end - first) // DAY)
    for slot, count in window.counts.get(key, {}).items():
        back = (end - 1 - slot) // DAY
        if slot < end and back < len(days):
            days[back] += count
    return statistics.median(days) * minutes * 60 / SLOT / DAY


def headline(
    name: str, heard: Lately, minutes: int, often: float | None, first_at: datetime, planned: Planned | None = None
) -> Message:
    """The line of an alert: "panne fibre · 84 in 15 min, usual 3 · 31 authors · first 14:31"."""
    values: dict[str, str | int | float] = {
        "name": name,
        "count": heard.count,
        "minutes": minutes,
        "authors": heard.authors,
        "first_at": first_at.timestamp(),
    }
    if often is not None:
        values["usual"] = float(round(often)) if often >= 10 else round(often, 1)
    if planned is not None and often is not None:
        values |= {"event": planned.name, "times": planned.times}
        return Message(template=_HEADLINES[None, min(heard.authors, 2)], values=values)
    return Message(template=_HEADLINES[often is not None, min(heard.authors, 2)], values=values)
