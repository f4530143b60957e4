"""Moments to come as people type them, in French and English: "tonight", "demain 9h30", "lundi 9", "in 3d", "18:30".

A day without a time means nine o'clock. Days and weeks are those of the calendar where the reader sits: "in 3d" is the
same time of day, whatever summer time does between; hours and minutes are hours and minutes. "1h" is how long and "18h30"
is when; "in" and "dans" say how long, "at" and "à" say when. Whoever asked is shown what was understood.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

from socialroom.domain.errors import Missing
from socialroom.domain.query import fold
from socialroom.locale import N_

FURTHEST: Final = timedelta(days=366)
_MORNING: Final = time(9)
_EVENING: Final = time(19)
_LONGEST: Final = 100  # characters; no moment is written in more

# Everything here is folded: small letters without accents.
_TIMES: Final = {
    "morning": _MORNING, "in the morning": _MORNING, "matin": _MORNING, "le matin": _MORNING,
    "noon": time(12), "midi": time(12),
    "afternoon": time(14), "in the afternoon": time(14), "apres-midi": time(14), "apres midi": time(14),
    "evening": _EVENING, "in the evening": _EVENING, "soir": _EVENING, "le soir": _EVENING, "night": _EVENING,
    "midnight": time(0), "minuit": time(0),
}  # fmt: skip
_DAYS: Final = {
    "today": 0, "aujourd'hui": 0, "aujourdhui": 0, "this": 0, "cet": 0, "ce": 0,
    "tomorrow": 1, "demain": 1,
    "day after tomorrow": 2, "the day after tomorrow": 2, "apres-demain": 2, "apres demain": 2,
}  # fmt: skip
_WEEKDAYS: Final = {
    name: number
    for number, names in enumerate((
        "monday mon lundi lun", "tuesday tue mardi mar", "wednesday wed mercredi mer", "thursday thu jeudi jeu",
        "friday fri vendredi ven", "saturday sat samedi sam", "sunday sun dimanche dim",
    ))
    for name in names.split()
}  # fmt: skip
_MINUTES: Final = {
    name: minutes
    for minutes, names in (
        (1, "m mn min mins minute minutes"),
        (60, "h hr hrs hour hours heure heures"),
        (1440, "d j day days jour jours"),
        (10080, "w week weeks sem semaine semaines"),
    )
    for name in names.split()
}
_DAY: Final = 1440

_ISO: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})(?:(?:t| )\s*(.+))?")
_ZONED: Final = re.compile(r"(.+?)\s*(?:z|utc|([+-])([0-9]{2}):?([0-9]{2}))")
_NAMED_DAY: Final = re.compile(rf"({'|'.join(sorted(_DAYS, key=len, reverse=True))})(?:\s+(.+))?")
_TONIGHT: Final = re.compile(r"(?:tonight|ce soir|this evening)(?:\s+(.+))?")
_WEEKDAY: Final = re.compile(
    rf"(?:on |le |(next |this |ce ))?({'|'.join(sorted(_WEEKDAYS, key=len, reverse=True))})\.?(?:\s+(prochain|next))?(?:\s+(.+))?"
)
_CLOCK: Final = re.compile(r"(?:(?:at|a|vers|@)\s*)?([0-9]{1,2})(?:[:h]([0-9]{2})|\s*h)?\s*([ap]m)?")
_STEP: Final = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,3})?)\s*([a-z]+)\.?\s*(?:(?:and|et)\s+)?")
_HOURS: Final = re.compile(r"([0-9]{1,4})h([0-9]{2})")
_HOW_LONG: Final = re.compile(r"(?:in|dans|d'ici)\s+(.+)")


def parse_moment(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The moment that a text means.

    Args:
        text: as typed.
        now: aware.
        zone: where the reader sits; None is the system's own zone.

    Returns:
        A moment after `now`, at most a year later, aware, UTC.

    Raises:
        Missing: it is no moment, or one that is past or too far; the error says what is possible.
    """
    words = " ".join(fold(text[: _LONGEST + 1]).replace("’", "'").split())
    words = re.sub(r"(?<=[0-9]),(?=[0-9])", ".", words).replace(",", " ")
    words = " ".join(words.split())
    if not words or len(text) > _LONGEST:
        raise _nothing(text)
    try:
        now = now.astimezone(UTC)
        found = _read(words, _Here(now, zone))
        ahead = found - now if found is not None else None
    except (OverflowError, ValueError):  # the thirteenth month, the year 10000
        raise _nothing(text) from None
    if ahead is None:
        raise _nothing(text)
    if ahead <= timedelta(0):
        raise Missing(N_("“{text}” is past"), text=text, remedy=_POSSIBLE)
    if ahead > FURTHEST:
        raise Missing(N_("“{text}” is more than a year away"), text=text, remedy=_POSSIBLE)
    assert found is not None
    return found


class _Here:
    """A place and a moment: makes moments of its days and times of day."""

    def __init__(self, now: datetime, zone: tzinfo | None) -> None:
        self.now, self._zone = now, zone
        local = now.astimezone(zone)
        self.today, self.time = local.date(), local.time()

    def at(self, day: date, when: time) -> datetime:
        """That time of that day, of the two that an autumn night may have the first that is not past."""
        found = [self._utc(datetime.combine(day, when, None).replace(fold=fold)) for fold in (0, 1)]
        return found[1] if found[0] <= self.now < found[1] else found[0]

    def _utc(self, local: datetime) -> datetime:
        return (local if self._zone is None else local.replace(tzinfo=self._zone)).astimezone(UTC)

    def next(self, day: date, when: time, every: int) -> datetime:
        """That time on the first of the days `day`, `day + every`, … on which it is still to come."""
        while (found := self.at(day, when)) <= self.now:
            day += timedelta(days=every)
        return found


def _read(words: str, here: _Here) -> datetime | None:
    if (match := _ISO.fullmatch(words)) is not None:
        year, month, day, rest = match.groups()
        return _dated(date(int(year), int(month), int(day)), rest, here)
    if (match := _TONIGHT.fullmatch(words)) is not None:
        when = _time(match[1], evening=True) if match[1] else _EVENING
        return here.next(here.today, when, 1) if when is not None else None
    if (match := _WEEKDAY.fullmatch(words)) is not None:
        return _on_weekday(match, here)
    if (match := _NAMED_DAY.fullmatch(words)) is not None:
        when = _time(match[2]) if match[2] else _MORNING
        return here.at(here.today + timedelta(days=_DAYS[match[1]]), when) if when is not None else None
    if (match := _HOW_LONG.fullmatch(words)) is not None:
        return _later(match[1], here, said=True)
    later = _later(words, here)
    if later is not None:
        return later
    if words.isdigit():  # 9 what?
        return None
    when = _time(words)
    return here.next(here.today, when, 1) if when is not None else None


def _dated(day: date, rest: str | None, here: _Here) -> datetime | None:
    if rest is None:
        return here.at(day, _MORNING)
    zoned = _ZONED.fullmatch(rest)
    when = _time(zoned[1] if zoned else re.sub(r":[0-9]{2}(?:\.[0-9]+)?$", "", rest) if rest.count(":") == 2 else rest)
    if when is None or zoned is None:
        return here.at(day, when) if when is not None else None
    hours, minutes = (int(zoned[3]), int(zoned[4])) if zoned[2] else (0, 0)
    east = timedelta(hours=hours, minutes=minutes) * (-1 if zoned[2] == "-" else 1)
    return datetime.combine(day, when, UTC) - east


def _on_weekday(match: re.Match[str], here: _Here) -> datetime | None:
    when = _time(match[4]) if match[4] else _MORNING
    if when is None:
        return None
    ahead = (_WEEKDAYS[match[2]] - here.today.weekday()) % 7
    if not ahead and ((match[1] or "").strip() == "next" or match[3]):
        ahead = 7
    return here.next(here.today + timedelta(days=ahead), when, 7)


def _time(words: str, *, evening: bool = False) -> time | None:
    """A time of day; in the evening 9 is 21."""
    bare = words.removeprefix("at ").removeprefix("a ")
    if bare in _TIMES:
        return _TIMES[bare]
    match = _CLOCK.fullmatch(words)
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), match[3]
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    elif evening and 1 <= hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def _later(words: str, here: _Here, *, said: bool = False) -> datetime | None:
    """How long from now; `said` when "in" stood before it, so that "2h30" is no time of day."""
    if said and (match := _HOURS.fullmatch(words)) is not None:
        return here.now + timedelta(hours=int(match[1]), minutes=int(match[2]))
    days = 0
    rest = timedelta()
    at = 0
    while at < len(words):
        match = _STEP.match(words, at)
        if match is None or match[2] not in _MINUTES:
            return None
        minutes = float(match[1]) * _MINUTES[match[2]]
        if _MINUTES[match[2]] >= _DAY:
            days += int(minutes // _DAY)
            minutes %= _DAY
        rest += timedelta(minutes=minutes)
        at = match.end()
    if days:
        day = here.today + timedelta(days=days)
        return here.at(day, here.time) + rest
    return here.now + rest


def _nothing(text: str) -> Missing:
    return Missing(N_("“{text}” is no moment that is understood"), text=text, remedy=_POSSIBLE)


_POSSIBLE: Final = N_(
    "Write for example: 30 min, 1h, in 3d, 18:30, tonight, tomorrow 9, monday 9:30, 2026-12-01 14:00 (at most a year ahead)."
)
