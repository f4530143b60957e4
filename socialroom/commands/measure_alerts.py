"""`socialroom measure alerts`: how well the volume rules ring on labelled counts, with the rows that keep one honest.

A folder holds files of counts (`timestamp,value` per 5 minutes, with a head) and windows.json, which names for each file
the spans in which something happened: {"FILE.csv": [[FROM, TO], …]}. The score is that of the Numenta Anomaly Benchmark,
written anew: of the rings in a window only the best counts, worth more the earlier; a ring outside costs, and a window
that nothing found costs most. Nothing is 0, everything at once is 100.
"""

from __future__ import annotations

import argparse
import csv
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final

import msgspec

from socialroom.alerts._detectors import (
    DAY,
    QUARTER,
    SECOND,
    SPIKE,
    Trailing,
    flags,
    rung,
)
from socialroom.alerts._forecast import tried
from socialroom.alerts.volume_spike import FLOOD_AGAIN, VolumeSpikeSettings
from socialroom.commands.room import say, say_json, table
from socialroom.domain.errors import ConfigError
from socialroom.locale import N_, _, number

_WEEK: Final = 2016  # rows
_LABELS: Final = "windows.json"
_COST: Final = 0.11  # of a ring outside all windows, at most
_MOST: Final = 750  # rows at the beginning that are not graded, at most


class Series(msgspec.Struct, frozen=True):
    """One file: counts per 5 minutes, and its windows as (first row, last row)."""

    counts: tuple[int, ...]
    windows: tuple[tuple[int, int], ...] = ()

    @property
    def ungraded(self) -> int:
        """Rows at the beginning in which a rule may learn."""
        return min(int(0.15 * len(self.counts)), _MOST)


class Score(msgspec.Struct, frozen=True):
    """What rings are worth. `score` is None where there is no window to find."""

    score: float | None
    found: int
    windows: int
    false_per_week: float


class Row(msgspec.Struct, frozen=True):
    """One rule and its score."""

    name: str
    score: float | None
    found: int
    windows: int
    false_per_week: float


Rings = Callable[[Sequence[int]], Sequence[int]]
"""Counts in, rows that ring out."""

# --- the rules, as the room runs them ------------------------------------------------------------------------------

_OWN: Final = VolumeSpikeSettings()
_FLOOD_ROWS: Final = int(FLOOD_AGAIN // 300)


def spikes(counts: Sequence[int]) -> list[int]:
    """The spike rule of a room that changes no setting, without the gate on authors: counts have none."""
    return flags(counts, threshold=_OWN.spike, least=_OWN.least)


def floods(counts: Sequence[int]) -> list[int]:
    """The flood rule, likewise."""
    return flags(
        counts, span=QUARTER, threshold=_OWN.flood, least=_OWN.least / 2, cool_down=_FLOOD_ROWS
    )  # fmt: skip


def together(counts: Sequence[int]) -> list[int]:
    """Both, as one incident: a flood after a spike is a step up and rings, a spike after a flood is not."""
    flooded = set(floods(counts))
    found: list[int] = []
    last: int | None = None
    for row in sorted({*flooded, *spikes(counts)}):
        if row in flooded or last is None or row - last >= DAY:
            found.append(row)
            last = row
    return found


def averaged(counts: Sequence[int]) -> list[int]:
    """The spike rule as it was first measured: no noise of counting, no gate."""
    return flags(counts, threshold=SPIKE, noise=0.0)


def second(counts: Sequence[int]) -> list[int]:
    """The second opinion alone."""
    trailing = Trailing()
    return rung([(z := trailing.push(count)) is not None and z >= SECOND for count in counts])


def _every(rows: int) -> Rings:
    return lambda counts: range(0, len(counts), rows)


_ROWS: Final[tuple[tuple[str, Rings], ...]] = (
    (N_("spike, 24 h without another ring"), spikes),
    (N_("flood, 6 h without another ring"), floods),
    (N_("spike and flood, one incident"), together),
    (N_("averages alone, z ≥ 4.41"), averaged),
    (N_("trailing 7 days alone, z ≥ 3.72"), second),
    (N_("control: blind, every 24 h"), _every(DAY)),
    (N_("control: blind, every 48 h"), _every(2 * DAY)),
    (N_("control: never rings"), lambda _counts: ()),
)


def measure(data: Mapping[str, Series]) -> list[Row]:
    """A row each rule; the first is the one that is graded."""
    found = []
    for name, rings in _ROWS:
        result = score(data, {file: rings(series.counts) for file, series in data.items()})
        found.append(Row(name, result.score, result.found, result.windows, result.false_per_week))
    return found


# --- the score -----------------------------------------------------------------------------------------------------


def score(data: Mapping[str, Series], rings: Mapping[str, Sequence[int]]) -> Score:
    """What these rows are worth, over all files."""
    total, false, graded = 0.0, 0, 0
    windows = sum(len(series.windows) for series in data.values())
    found = 0
    for name, series in data.items():
        rows = [row for row in rings[name] if row >= series.ungraded]
        graded += len(series.counts) - series.ungraded
        for first, last in series.windows:
            within = [row for row in rows if first <= row <= last]
            total += max((_worth(row, first, last) for row in within), default=-1.0)
            found += bool(within)
        for row in rows:
            if not any(first <= row <= last for first, last in series.windows):
                false += 1
                total += _COST * _cost(row, series.windows)
    return Score(
        score=100 * (total + windows) / (2 * windows) if windows else None,
        found=found,
        windows=windows,
        false_per_week=false / (graded / _WEEK) if graded else 0.0,
    )


def _worth(row: int, first: int, last: int) -> float:
    return _sigmoid(-(last - row + 1) / (last - first + 1)) / _sigmoid(-1.0)


def _cost(row: int, windows: Sequence[tuple[int, int]]) -> float:
    before = [window for window in windows if window[1] < row]
    if not before:
        return -1.0
    first, last = max(before, key=lambda window: window[1])
    return _sigmoid((row - last) / max(last - first, 1))


def _sigmoid(y: float) -> float:
    return -1.0 if y > 3 else 2 / (1 + math.exp(5 * y)) - 1


# --- the data ------------------------------------------------------------------------------------------------------


def read(folder: Path) -> dict[str, Series]:
    """All files that windows.json names.

    Raises:
        ConfigError: with file and line, where something cannot be read.
    """
    labels = folder / _LABELS
    try:
        spans = msgspec.json.decode(labels.read_bytes(), type=dict[str, list[tuple[str, str]]])
    except OSError as error:
        raise ConfigError(
            N_("it cannot be read: {reason}"),
            file=str(labels),
            reason=error.strerror or str(error),
            remedy=N_("The folder must hold files of timestamp,value and a windows.json."),
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ConfigError(
            N_("it is not what was expected: {reason}"),
            file=str(labels),
            reason=str(error),
            remedy=N_("Write {example}."),
            example='{"FILE.csv": [["2015-03-03 04:37:53", "2015-03-04 13:37:53"]]}',
        ) from None
    return {name: _series(folder / Path(name).name, pairs, labels) for name, pairs in spans.items()}


def _series(file: Path, spans: Sequence[tuple[str, str]], labels: Path) -> Series:
    times: list[datetime] = []
    counts: list[int] = []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for fields in (rows := csv.DictReader(lines)):
                try:
                    times.append(_moment(fields["timestamp"]))
                    counts.append(_number(fields["value"]))
                except (KeyError, TypeError, ValueError):
                    raise ConfigError(
                        N_("this is no count"),
                        file=str(file),
                        line=rows.line_num,
                        remedy=N_(
                            "Write timestamp,value on the first line, and 2015-03-03 04:37:53,104 on the others."
                        ),
                    ) from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(N_("it cannot be read: {reason}"), file=str(file), reason=reason) from None
    windows: list[tuple[int, int]] = []
    for start, end in spans:
        try:
            since, until = _moment(start), _moment(end)
        except ValueError:
            raise ConfigError(
                N_("{found} is no time"), file=str(labels), key=file.name, found=f"{start}, {end}",
                remedy=N_("Write it like 2015-03-03 04:37:53."),
            ) from None  # fmt: skip
        within = [row for row, at in enumerate(times) if since <= at <= until]
        if within:  # else the file ends before it
            windows.append((within[0], within[-1]))
    return Series(tuple(counts), tuple(sorted(windows)))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.strip()).replace(tzinfo=None)


def _number(text: str) -> int:
    value = float(text)
    if not (math.isfinite(value) and value >= 0):
        raise ValueError(text)
    return int(value)


# --- the command ---------------------------------------------------------------------------------------------------


def report(options: argparse.Namespace) -> int:
    """Prints the table. Raises ConfigError."""
    data = read(Path(options.path))
    rows = measure(data)
    tries = [held for series in data.values() for held in tried(series.counts)]
    if options.json:
        graded = rows[0]
        say_json({
            "score": graded.score,
            "found": graded.found,
            "windows": graded.windows,
            "false_per_week": graded.false_per_week,
            "forecasts": {"made": len(tries), "held": sum(tries)},
            "rows": [msgspec.structs.asdict(row) for row in rows],
        })  # fmt: skip
    else:
        say(*_lines(rows), _forecasts(len(tries), sum(tries)))
    return 0


def _lines(rows: Sequence[Row]) -> Iterator[str]:
    head = (_("rule"), _("score"), _("found"), _("false a week"))
    yield from table([head, *(_cells(row) for row in rows)])
    yield ""
    yield _("The first row is graded: the rule that rooms run, without the gate on authors, since counts have none.")
    yield _(
        "Windows are many hours wide: a blind ring finds them all, so what counts is the score, and what rang for nothing."
    )


def _forecasts(made: int, held: int) -> str:
    if not made:
        return _("No rise: no forecast was made.")
    return _("Forecasts of the hour after a rise: {held} of {made} lay in their band ({share} %).").format(
        held=number(held), made=number(made), share=number(100 * held / made)
    )


def _cells(row: Row) -> tuple[str, ...]:
    return (
        _(row.name),
        "–" if row.score is None else number(row.score, 1),
        _("{found} of {all}").format(found=number(row.found), all=number(row.windows)),
        number(row.false_per_week, 2),
    )
