"""How much was said: posts per counter key in slots of five minutes, for sixty days, and in hours for good."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.value import Value

SLOT: Final = 300  # seconds
HOUR: Final = 3600
KEPT: Final = timedelta(days=60)  # 5-minute counts
_SLOTS: Final = HOUR // SLOT


class HourCount(Value, frozen=True):
    """The slots of one key in one hour (epoch seconds // 3600)."""

    key: str
    hour: int
    slots: tuple[int, ...]


class DayCount(Value, frozen=True):
    """The hours of one key in one day (epoch seconds // 86400): what is left of it after sixty days."""

    key: str
    day: int
    hours: tuple[int, ...]


class Tally:
    """All counts. What is to change is first asked for (`grown`, `folded`), kept elsewhere, and then put in here."""

    def __init__(self, hours: Iterable[HourCount] = (), days: Iterable[DayCount] = ()) -> None:
        self._hours: dict[str, dict[int, HourCount]] = {}
        self._days: dict[str, dict[int, DayCount]] = {}
        self.put(hours, days)

    def put(self, hours: Iterable[HourCount] = (), days: Iterable[DayCount] = ()) -> None:
        """Takes in counts, in the place of what was there for the same key and time."""
        for one in hours:
            self._hours.setdefault(sys.intern(one.key), {})[one.hour] = one
        for day in days:
            self._days.setdefault(sys.intern(day.key), {})[day.day] = day

    def drop(self, hours: Iterable[HourCount]) -> None:
        """Takes out what was folded."""
        for one in hours:
            self._hours[one.key].pop(one.hour, None)

    def grown(self, said: Iterable[tuple[datetime, Iterable[str]]]) -> list[HourCount]:
        """What the counts will be after one more for each key at each time."""
        changed: dict[tuple[str, int], list[int]] = {}
        for at, keys in said:
            hour, slot = divmod(_epoch(at) // SLOT, _SLOTS)
            for key in keys:
                slots = changed.get((key, hour))
                if slots is None:
                    there = self._hours.get(key, {}).get(hour)
                    slots = changed[key, hour] = list(there.slots) if there else [0] * _SLOTS
                slots[slot] += 1
        return [HourCount(key=key, hour=hour, slots=tuple(slots)) for (key, hour), slots in changed.items()]

    def folded(self, now: datetime) -> tuple[list[HourCount], list[DayCount]]:
        """The hours that lose their slots at `now`, and the days they become part of."""
        first = _epoch(now - KEPT) // HOUR
        old = [one for hours in self._hours.values() for hour, one in hours.items() if hour < first]
        days: dict[tuple[str, int], list[int]] = {}
        for one in old:
            day = one.hour // 24
            if (one.key, day) not in days:
                there = self._days.get(one.key, {}).get(day)
                days[one.key, day] = list(there.hours) if there else [0] * 24
            days[one.key, day][one.hour % 24] += sum(one.slots)
        return old, [DayCount(key=key, day=day, hours=tuple(hours)) for (key, day), hours in days.items()]

    def counts(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per slot from the one that holds `since`, oldest first, zeros left out."""
        first = _epoch(since) // SLOT
        return {
            slot: count
            for one in self._since(key, first // _SLOTS)
            for slot, count in enumerate(one.slots, one.hour * _SLOTS)
            if count and slot >= first
        }

    def hourly(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per hour from the one that holds `since`, oldest first, zeros left out."""
        first = _epoch(since) // HOUR
        found = Counter({one.hour: sum(one.slots) for one in self._since(key, first)})
        for day in self._days.get(key, {}).values():
            for hour, count in enumerate(day.hours, day.day * 24):
                if count and hour >= first:
                    found[hour] += count
        return dict(sorted(found.items()))

    def keys(self) -> list[str]:
        """Every counter key there is."""
        return sorted({*self._hours, *self._days})

    def _since(self, key: str, first: int) -> list[HourCount]:
        hours = self._hours.get(key, {})
        return [hours[hour] for hour in sorted(h for h in hours if h >= first)]


def _epoch(at: datetime) -> int:
    return int(at.timestamp() // 1)
