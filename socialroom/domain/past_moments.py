"""Moments that are past as people type them, in French and English: "now", "14:30", "hier 9h", "3 h ago", "2026-11-20".

A time alone is the last one there was: at nine o'clock "14:30" was yesterday. A day alone is its noon. Whoever asked is
shown what was understood.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from socialroom.domain.errors import Missing
from socialroom.domain.query import fold
from socialroom.locale import N_

LONGEST_AGO: Final = timedelta(days=366)
_LONGEST: Final = 60  # characters
_NOON: Final = time(12)
_NOW: Final = frozenset({"", "now", "just now", "maintenant", "a l'instant", "0"})
_DAYS: Final = {
    "today": 0, "aujourd'hui": 0, "aujourdhui": 0, "this morning": 0, "ce matin": 0,
    "yesterday": 1, "hier": 1, "avant-hier": 2, "avant hier": 2, "the day before yesterday": 2,
}  # fmt: skip
_UNITS: Final = {
    word: minutes
    for minutes, words in (
        (1, "m mn min mins minute minutes"),
        (60, "h hr hour hours heure heures"),
        (1440, "d j day days jour jours"),
        (10080, "w week weeks sem semaine semaines"),
    )
    for word in words.split()
}
_AGO: Final = re.compile(r"(?:il y a |-)?([0-9]{1,5}) ?([a-z]+)(?: ago)?")
_DAY: Final = re.compile(rf"({'|'.join(sorted(map(re.escape, _DAYS), key=len, reverse=True))})(?:(?: at| a)? (.+))?")
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:[t ] ?(.+))?")
_TIME: Final = re.compile(r"(?:at |a )?([0-9]{1,2})(?:[:h]([0-9]{2})|h)")


def parse_past(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment that a text means.

    Args:
        text: as typed; empty is now.
        now: aware.
        zone: where the reader sits; None is the system's own zone.

    Returns:
        A moment not after `now`, at most a year before, aware, UTC.

    Raises:
        Missing: it means none, or one that is to come, or too long ago.
    """
    said = " ".join(fold(text[:_LONGEST]).split())
    if said in _NOW:
        return now.astimezone(UTC)
    try:
        at = _read(said, now.astimezone(zone))
    except (ValueError, OverflowError):  # the 31st of February
        at = None
    if at is None or len(text) > _LONGEST:
        raise Missing(
            N_("“{text}” is no moment that is past"), text=text,
            remedy=N_("For example: now, 14:30, yesterday 9:00, 3 h ago, 2026-11-20."),
        )  # fmt: skip
    at = at.astimezone(UTC)
    if not now - LONGEST_AGO <= at <= now:
        raise Missing(N_("“{text}” is to come, or more than a year ago"), text=text)
    return at


def _read(said: str, now: datetime) -> datetime | None:
    if found := _TIME.fullmatch(said):
        at = _on(now.date(), _time(found), now)
        return at if at <= now else _on(now.date() - timedelta(days=1), _time(found), now)
    if (found := _AGO.fullmatch(said)) and found[2] in _UNITS:
        return now - timedelta(minutes=int(found[1]) * _UNITS[found[2]])
    if found := _DAY.fullmatch(said):
        clock = _clock(found[2])
        day = now.date() - timedelta(days=_DAYS[found[1]])
        return None if clock is None else min(_on(day, clock, now), now) if found[2] is None else _on(day, clock, now)
    if found := _DATE.fullmatch(said):
        clock = _clock(found[4])
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return None if clock is None else min(_on(day, clock, now), now) if day == now.date() else _on(day, clock, now)
    return None


def _clock(said: str | None) -> time | None:
    """A time of day; noon where none is said, None where it cannot be read."""
    if said is None:
        return _NOON
    found = _TIME.fullmatch(said)
    return _time(found) if found else None


def _time(found: re.Match[str]) -> time:
    return time(int(found[1]), int(found[2] or 0))


def _on(day: date, clock: time, now: datetime) -> datetime:
    return datetime.combine(day, clock, now.tzinfo)
