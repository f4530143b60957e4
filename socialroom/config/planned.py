"""The tables [[event]] of room.toml: what will be talked about, and was meant to be."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final

import msgspec

from socialroom.config.reading import Document
from socialroom.config.toml_lines import Path as KeyPath
from socialroom.domain.alert import Planned
from socialroom.domain.duty import zone_of
from socialroom.domain.specs import Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_

_LIKE: Final = N_("Write it like 2026-09-01 18:00.")


class EventTable(Settings, frozen=True, rename={"since": "from"}):
    """The table [[event]].

    Attributes:
        name: what it is called in alerts.
        since: `from`, when it begins, by the room's own zone where it names none.
        until: when it ends.
        times: as much as usual that is expected then.
    """

    name: str
    since: str
    until: str
    times: Annotated[float, msgspec.Meta(gt=1, le=100)] = 3.0


def planned(document: Document, zone: str) -> tuple[Planned, ...]:
    """All of them. Raises ConfigError."""
    found: list[Planned] = []
    for i, table in enumerate(document.tables.get("event", ())):
        # TOML knows dates of its own; in quotes they are meant as well.
        written = {k: str(v) if isinstance(v, date) else v for k, v in table.items()}
        read = document.convert(written, EventTable, ("event", i))
        since = _moment(document, read.since, zone, ("event", i, "from"))
        until = _moment(document, read.until, zone, ("event", i, "until"))
        name = clean_line(read.name, 60).strip()
        if not name:
            raise document.error(
                N_("the name is empty"), ("event", i, "name"), remedy=N_('Write it in quotes: name = "…"')
            )
        if until <= since:
            raise document.error(N_("it ends before it begins"), ("event", i, "until"), remedy=_LIKE)
        found.append(Planned(name=name, since=since, until=until, times=read.times))
    return tuple(found)


def _moment(document: Document, text: str, zone: str, path: KeyPath) -> datetime:
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        raise document.error(N_("{found} is no time"), path, found=clean_line(text, 60), remedy=_LIKE) from None
    own = zone_of(zone)
    return (at if at.tzinfo or own is None else at.replace(tzinfo=own)).astimezone(UTC)
