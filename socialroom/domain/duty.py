"""Duty hours: when somebody is there, and how much of that lies between two moments. Pure; times in and out are aware.

A week of duty hours is kept day by day in wall time: a night over midnight is the end of one day and the beginning of
the next. On a holiday nobody is there from midnight to midnight. A wall clock that is put back shows an hour twice, and
both are duty; one that is put forward skips an hour, and nothing of it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from socialroom.domain.value import Value

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MINUTES: Final = 1440  # of a day
HORIZON: Final = timedelta(days=731)  # a promise that duty hours do not fill by then ends there
_HOURS: Final = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*-\s*([0-9]{1,2}):([0-9]{2})")
_DAY: Final = timedelta(days=1)

Hours = tuple[int, int]
"""From and to, in minutes of the day; what ends where it begins or before goes over midnight."""


class Duty(Value, frozen=True):
    """One roster: per day of the week (Monday first) the minutes of duty, sorted and apart; no day at all is always."""

    zone: str = ""  # an IANA name; empty is this machine's
    week: tuple[tuple[Hours, ...], ...] = ()
    holidays: tuple[date, ...] = ()

    def is_on(self, moment: datetime) -> bool:
        """Whether somebody is there at this moment."""
        wall = moment.astimezone(zone_of(self.zone))
        minute = wall.hour * 60 + wall.minute
        return any(begin <= minute < end for begin, end in self._of(wall.date()))

    def add(self, moment: datetime, duration: timedelta) -> datetime:
        """The moment at which `duration` of duty has passed since `moment` (UTC). It never lies inside closed hours."""
        at = moment.astimezone(UTC)
        if duration <= timedelta():
            return at
        last, left = at + HORIZON, duration
        day = _midnight(at)
        while day <= last:
            for opens, closes in self._open(day):
                here = closes - max(opens, at)
                if here <= timedelta():
                    continue
                if here >= left:
                    return max(opens, at) + left
                left -= here
            day += _DAY
        return last

    def between(self, begin: datetime, end: datetime) -> timedelta:
        """How much duty lies between two moments; nothing where the second is the earlier."""
        begin, end = begin.astimezone(UTC), end.astimezone(UTC)
        found, day = timedelta(), _midnight(begin)
        while day < end:
            for opens, closes in self._open(day):
                found += max(timedelta(), min(closes, end) - max(opens, begin))
            day += _DAY
        return found

    def _of(self, day: date) -> tuple[Hours, ...]:
        """Minutes of duty of one day in wall time."""
        if day in self.holidays:
            return ()
        return self.week[day.weekday()] if self.week else ((0, MINUTES),)

    def _open(self, day: datetime) -> list[tuple[datetime, datetime]]:
        """When somebody is there in the 24 hours from `day` on, a midnight in UTC; in order, apart or touching."""
        found: list[tuple[datetime, datetime]] = []
        for begin, end, offset in _offsets(self.zone, day):
            first, last = begin + offset, end + offset  # wall time, written as if it were UTC
            wall = _midnight(first)
            while wall < last:
                for opens, closes in self._of(wall.date()):
                    since, until = wall + timedelta(minutes=opens), wall + timedelta(minutes=closes)
                    if max(since, first) < min(until, last):
                        found.append((max(since, first) - offset, min(until, last) - offset))
                wall += _DAY
        return found


class Duties(Value, frozen=True):
    """The roster of the room, and those of countries that have their own."""

    room: Duty = Duty()
    of: Mapping[str, Duty] = {}

    def roster(self, country: str) -> Duty:
        """Whose hours count for a case of that country."""
        return self.of.get(country, self.room)


@lru_cache(maxsize=64)
def zone_of(name: str) -> tzinfo | None:
    """The zone of that name, None for this machine's (which is what `astimezone` takes for it). Raises ValueError."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (OSError, LookupError) as error:  # a folder of the database, or no such name
        raise ValueError(name) from error


def hours(text: str) -> Hours | None:
    """Minutes of the day of a text like "22:00-07:00", None where it is nothing of the kind."""
    found = _HOURS.fullmatch(text.strip())
    if found is None:
        return None
    from_hour, from_minute, to_hour, to_minute = map(int, found.groups())
    begin, end = from_hour * 60 + from_minute, to_hour * 60 + to_minute
    if from_minute > 59 or to_minute > 59 or begin >= MINUTES or end > MINUTES:
        return None
    return begin, end


def days(text: str) -> tuple[int, ...] | None:
    """Days of the week (Monday is 0) of a text like "mon", "mon-fri" or "sat-mon", None where it is nothing of the kind."""
    first, dash, last = (part.strip().lower() for part in text.partition("-"))
    if first not in DAYS or (dash and last not in DAYS):
        return None
    begin = DAYS.index(first)
    length = (DAYS.index(last) - begin) % 7 + 1 if dash else 1
    return tuple((begin + n) % 7 for n in range(length))


def week(lines: tuple[str, ...]) -> tuple[tuple[Hours, ...], ...] | int:
    """Lines such as "mon-fri 08:00-20:00" as a week; the number of the first that is none of the kind."""
    found: list[list[Hours]] = [[] for _ in DAYS]
    for number, line in enumerate(lines):
        said, _, rest = line.strip().partition(" ")
        on, at = days(said), hours(rest)
        if on is None or at is None:
            return number
        for day in on:
            for shift, part in parts(at):
                found[(day + shift) % 7].append(part)
    return tuple(_merged(day) for day in found) if lines else ()


def parts(at: Hours) -> tuple[tuple[int, Hours], ...]:
    """Hours as what they are of the day on which they begin (0) and of the next (1)."""
    begin, end = at
    if begin < end:
        return ((0, at),)
    return ((0, (begin, MINUTES)), (1, (0, end))) if end else ((0, (begin, MINUTES)),)


def _merged(found: list[Hours]) -> tuple[Hours, ...]:
    apart: list[Hours] = []
    for begin, end in sorted(found):
        if apart and begin <= apart[-1][1]:
            apart[-1] = (apart[-1][0], max(apart[-1][1], end))
        else:
            apart.append((begin, end))
    return tuple(apart)


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


@lru_cache(maxsize=4096)
def _offsets(zone: str, day: datetime) -> tuple[tuple[datetime, datetime, timedelta], ...]:
    """The 24 hours from a midnight in UTC, cut where the zone's offset changes: beginning, end, offset."""
    found: list[tuple[datetime, datetime, timedelta]] = []
    begin, end = day, day + _DAY
    while begin < end:
        offset = _offset(zone, begin)
        until = begin
        while until < end and _offset(zone, until) == offset:
            until += timedelta(hours=1)
        if until < end:  # the change lies in the hour before
            until = _change(zone, until - timedelta(hours=1), until, offset)
        found.append((begin, min(until, end), offset))
        begin = min(until, end)
    return tuple(found)


def _change(zone: str, before: datetime, after: datetime, offset: timedelta) -> datetime:
    """The second at which a zone has another offset than before, between the two."""
    low, high = 0, int((after - before).total_seconds())
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(zone, before + timedelta(seconds=middle)) == offset:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(zone: str, moment: datetime) -> timedelta:
    return moment.astimezone(zone_of(zone)).utcoffset() or timedelta()
