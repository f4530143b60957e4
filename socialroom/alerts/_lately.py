"""How much was said lately of one counter, by how many people, and how an alert says it."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.alerts._detectors import DAY, HOUR, SLOT
from socialroom.domain.ports import Window
from socialroom.domain.post import Post
from socialroom.domain.value import Message, Value
from socialroom.locale import N_

_SHOWN: Final = 20  # posts that an alert points at: the first ten and the newest ten
_HORIZON: Final = 28 * DAY  # rows that a baseline looks back

# With what is usual or without, and by how many people: a sentence must be whole to be translated.
_HEADLINES: Final = {
    (True, 2): N_("{name} · {count} in {minutes} min, usual {usual} · {authors} authors · first {first_at}"),
    (True, 1): N_("{name} · {count} in {minutes} min, usual {usual} · one author · first {first_at}"),
    (True, 0): N_("{name} · {count} in {minutes} min, usual {usual} · first {first_at}"),
    (False, 2): N_("{name} · {count} in {minutes} min · {authors} authors · first {first_at}"),
    (False, 1): N_("{name} · {count} in {minutes} min · one author · first {first_at}"),
    (False, 0): N_("{name} · {count} in {minutes} min · first {first_at}"),
}


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
    since = window.now - timedelta(minutes=minutes)
    posts = [p for p in window.recent_of.get(key, ()) if p.created_at > since]
    if window.recent_since is None or window.recent_since <= since:
        return summed(posts)
    # Not all are at hand: the slots that lie wholly within the time say how many there were at least.
    counts, now = window.counts.get(key, {}), slot_of(window.now)
    counted = sum(counts.get(slot, 0) for slot in range(now - minutes * 60 // SLOT + 1, now + 1))
    return summed(posts, counted)


def summed(posts: Sequence[Post], counted: int = 0) -> Lately:
    """These posts; `counted` is how many there are at least."""
    return Lately(
        count=max(len(posts), counted),
        authors=len({(p.network, p.author.id) for p in posts if p.author}),
        signed=sum(p.author is not None for p in posts),
        first_at=min((p.created_at for p in posts), default=None),
        posts=shown(posts),
    )


def shown(posts: Sequence[Post]) -> tuple[str, ...]:
    """Their uris, oldest first; of many only the first and the newest."""
    uris = [p.uri for p in sorted(posts, key=lambda p: (p.created_at, p.uri))]
    return tuple(uris if len(uris) <= _SHOWN else uris[: _SHOWN // 2] + uris[-_SHOWN // 2 :])


def first_slot(window: Window, key: str) -> int | None:
    """The first slot whose count is whole, at most four weeks back; None while nothing was heard at all."""
    if window.heard_since is None:
        return None
    since = max(window.heard_since, window.since.get(key, window.heard_since))
    # In steps of a day, so that a long history is not read anew every five minutes.
    horizon = (slot_of(window.now) - _HORIZON) // DAY * DAY
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


def headline(name: str, heard: Lately, minutes: int, often: float | None, first_at: datetime) -> Message:
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
    return Message(template=_HEADLINES[often is not None, min(heard.authors, 2)], values=values)
