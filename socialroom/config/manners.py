"""What every [[notify]] of room.toml may say, whatever it rings through: when it is quiet, and how often it repeats."""

from __future__ import annotations

import re
from typing import Annotated, Final

import msgspec

from socialroom.config.reading import Document
from socialroom.config.toml_lines import Path as KeyPath
from socialroom.domain.alert import Manners
from socialroom.domain.specs import Settings
from socialroom.locale import N_

_HOURS: Final = re.compile(r"([01]?\d|2[0-4]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)")


class MannersTable(Settings, frozen=True):
    """The keys of [[notify]] that are not its service's own.

    Attributes:
        quiet: hours of the day, by the room's clock, in which it does not ring: "22:00-07:00". What still rings then
            is rung at their end.
        loud: the severity that rings in quiet hours too (3 is red; 4 is never).
        least: the severity below which it never rings.
        repeat: minutes after which it rings again while nobody has acknowledged the alert; 0 is never.
        times: how often it repeats, at most.
    """

    quiet: str = ""
    loud: Annotated[int, msgspec.Meta(ge=1, le=4)] = 3
    least: Annotated[int, msgspec.Meta(ge=1, le=3)] = 1
    repeat: Annotated[float, msgspec.Meta(ge=0, le=1440)] = 0.0
    times: Annotated[int, msgspec.Meta(ge=1, le=100)] = 5


def manners(document: Document, table: MannersTable, path: KeyPath, zone: str) -> Manners:
    """As the room keeps them. Raises ConfigError."""
    quiet: tuple[int, int] | None = None
    if table.quiet:
        match = _HOURS.fullmatch(table.quiet.strip())
        begin, end = (int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])) if match else (0, 0)
        if begin == end or max(begin, end) > 1440:
            raise document.error(
                N_("{found} are no hours of a day"), (*path, "quiet"), found=table.quiet,
                remedy=N_('Write them like this: quiet = "22:00-07:00"'),
            )  # fmt: skip
        quiet = (begin % 1440, end % 1440)
    return Manners(
        quiet=quiet, zone=zone, loud=table.loud, least=table.least, repeat=table.repeat * 60.0, times=table.times
    )
