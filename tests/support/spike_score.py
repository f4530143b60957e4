"""Scores detectors as the Numenta Anomaly Benchmark does (`nab/sweeper.py`'s rules, written anew)."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

WEEK = 2016  # rows


@dataclass
class Series:
    """One brand: mentions per 5 minutes, and the labelled windows as (first row, last row)."""

    counts: list[int]
    windows: list[tuple[int, int]]

    @property
    def ungraded(self) -> int:
        return min(int(0.15 * len(self.counts)), 750)


class Score(msgspec.Struct, frozen=True):
    score: float
    found: int
    windows: int
    false_per_week: float


def read(folder: Path) -> dict[str, Series]:
    """All brands of a folder of NAB files."""
    labels = json.loads((folder / "windows.json").read_text())
    return {name: _series(folder / name, spans) for name, spans in labels.items()}


def _series(file: Path, spans: Sequence[tuple[str, str]]) -> Series:
    with file.open() as lines:
        rows = list(csv.DictReader(lines))
    times = [datetime.fromisoformat(r["timestamp"]) for r in rows]
    windows = []
    for start, end in spans:
        inside = [i for i, t in enumerate(times) if datetime.fromisoformat(start) <= t <= datetime.fromisoformat(end)]
        windows.append((inside[0], inside[-1]))
    return Series([int(float(r["value"])) for r in rows], windows)


def score(brands: Mapping[str, Series], flags: Mapping[str, Sequence[int]]) -> Score:
    total = found = windows = false = graded = 0.0
    for name, series in brands.items():
        rung = [row for row in flags[name] if row >= series.ungraded]
        graded += len(series.counts) - series.ungraded
        windows += len(series.windows)
        for first, last in series.windows:
            width = last - first + 1
            worth = [_sigmoid(-(last - row + 1) / width) / _sigmoid(-1.0) for row in rung if first <= row <= last]
            found += bool(worth)
            total += max(worth, default=-1.0)
        for row in rung:
            if any(first <= row <= last for first, last in series.windows):
                continue
            false += 1
            before = [w for w in series.windows if w[1] < row]
            cost = _sigmoid((row - before[-1][1]) / (before[-1][1] - before[-1][0])) if before else -1.0
            total += 0.11 * cost
    return Score(100 * (total + windows) / (2 * windows), int(found), int(windows), false / (graded / WEEK))


def _sigmoid(y: float) -> float:
    return -1.0 if y > 3 else 2 / (1 + math.exp(5 * y)) - 1
