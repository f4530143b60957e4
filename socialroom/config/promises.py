"""The tables [duty] and [[deadline]] of room.toml: who is there when, and by when an answer is promised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from socialroom.config.reading import Document
from socialroom.config.toml_lines import Path as KeyPath
from socialroom.domain.deadline import Deadline
from socialroom.domain.duty import Duties, Duty, week, zone_of
from socialroom.domain.person import Audience
from socialroom.domain.specs import Settings
from socialroom.locale import N_

_COUNTRY: Final = re.compile("[A-Z]{2}")
_LENGTH: Final = re.compile(r"([0-9]{1,6})\s*([mhd])")
_SECONDS: Final = {"m": 60, "h": 3600, "d": 86_400}
_LONGEST: Final = 90 * 86_400  # seconds


class DutyTable(Settings, frozen=True):
    """The table [duty], and [duty.FR]."""

    zone: str | None = None
    hours: tuple[str, ...] | None = None
    holidays: tuple[str, ...] | None = None


class DeadlineTable(Settings, frozen=True):
    """The table [[deadline]]."""

    audience: str = ""
    network: str = ""
    country: str = ""
    first: str = ""
    resolution: str = ""


def duties(document: Document) -> Duties:
    """The rosters; what a country does not say is as in the room. Raises ConfigError."""
    table: Mapping[str, Any] = document.tables.get("duty", {})
    countries = {name: value for name, value in table.items() if isinstance(value, dict)}
    room = _roster(document, {k: v for k, v in table.items() if k not in countries}, ("duty",), Duty())
    return Duties(
        room=room,
        of={
            country(document, name, ("duty", name)): _roster(document, value, ("duty", name), room)
            for name, value in countries.items()
        },
    )


def _roster(document: Document, table: Mapping[str, Any], path: KeyPath, otherwise: Duty) -> Duty:
    # TOML knows dates of its own; in quotes they are meant as well.
    written = {
        k: [str(v) if isinstance(v, date) else v for v in x] if isinstance(x, list) else x for k, x in table.items()
    }
    read = document.convert(written, DutyTable, path)
    zone = otherwise.zone if read.zone is None else read.zone
    try:
        zone_of(zone)
    except ValueError:
        raise document.error(
            N_("there is no time zone called {name}"),
            (*path, "zone"),
            name=zone,
            remedy=N_("Write its name, as Europe/Paris."),
        ) from None
    found = otherwise.week if read.hours is None else week(read.hours)
    if isinstance(found, int):
        assert read.hours is not None
        raise document.error(
            N_("“{found}” are no hours of duty"),
            (*path, "hours"),
            found=read.hours[found],
            remedy=N_("Write them like this: mon-fri 08:00-20:00"),
        )
    holidays = otherwise.holidays
    if read.holidays is not None:
        holidays = tuple(iso_date(document, day, (*path, "holidays")) for day in read.holidays)
    return Duty(zone=zone, week=found, holidays=holidays)


def iso_date(document: Document, given: str, path: KeyPath) -> date:
    """A date as it is written. Raises ConfigError."""
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise document.error(
            N_("{found} is not a date"), path, found=given, remedy=N_("Write it like this: 2026-12-25")
        ) from None


def deadlines(document: Document) -> tuple[Deadline, ...]:
    """The promises, in their order. Raises ConfigError."""
    found: list[Deadline] = []
    for i, table in enumerate(document.tables.get("deadline", ())):
        path = ("deadline", i)
        read = document.convert(table, DeadlineTable, path)
        if read.audience:
            audience(document, read.audience, (*path, "audience"))
        first, resolution = (_length(document, read, path, key) for key in ("first", "resolution"))
        if first is None and resolution is None:
            raise document.error(
                N_("this deadline promises nothing"), path, remedy=N_('Write first = "30m", resolution = "8h" or both.')
            )
        found.append(
            Deadline(
                audience=read.audience,
                network=read.network,
                country=country(document, read.country, (*path, "country")),
                first=first,
                resolution=resolution,
            )
        )
    return tuple(found)


def _length(document: Document, read: DeadlineTable, path: KeyPath, key: str) -> float | None:
    given: str = getattr(read, key)
    if not given:
        return None
    found = _LENGTH.fullmatch(given.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not 0 < seconds <= _LONGEST:
        raise document.error(
            N_("{found} is not possible here"),
            (*path, key),
            found=given,
            remedy=N_("Write minutes, hours or days of duty (24 hours), at most 90 days: 30m, 8h, 2d"),
        )
    return float(seconds)


def country(document: Document, given: str, path: KeyPath) -> str:
    """A country's code as it is kept; empty stays empty. Raises ConfigError."""
    code = given.strip().upper()
    if code and _COUNTRY.fullmatch(code) is None:
        raise document.error(
            N_("“{found}” is not the code of a country"), path, found=given, remedy=N_("Write two letters, as FR.")
        )
    return code


def audience(document: Document, given: str, path: KeyPath) -> Audience:
    """The audience of that name. Raises ConfigError."""
    known = [a.value for a in Audience]
    if given not in known:
        raise document.error(
            N_("{found} is not possible here"),
            path,
            found=given,
            remedy=N_("Choose one of: {known}."),
            known=", ".join(known),
        )
    return Audience(given)
