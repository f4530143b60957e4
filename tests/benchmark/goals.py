"""What a benchmark line says: one promise of the design, what this run saw of it, and whether it holds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmark.peers import Peers


@dataclass(frozen=True)
class Goal:
    """One promise. It holds when `measured` is at most (or at least) `limit`; `aim` is what the design hopes for.

    Attributes:
        name: what is compared, as a sentence a reader needs nothing else for.
        measured: the figure of this run; None when it could not be taken, and `seen` says why: named, not counted.
        limit: the floor.
        aim: printed beside it.
        unit: behind each figure; "x" is a ratio within this run.
        at_least: more is better.
        seen: the two sides of the ratio, or other words.
    """

    name: str
    measured: float | None
    limit: float
    aim: float | None = None
    unit: str = "x"
    at_least: bool = False
    seen: str = ""

    @property
    def holds(self) -> bool | None:
        if self.measured is None:
            return None
        return self.measured >= self.limit if self.at_least else self.measured <= self.limit

    def line(self) -> str:
        bound = f"{'≥' if self.at_least else '≤'} {_figure(self.limit, self.unit)}"
        if self.aim is not None:
            bound += f" (aim {_figure(self.aim, self.unit)})"
        if self.measured is None:
            return f"  {self.name:<74} {'–':>9}  {bound:<26} not counted: {self.seen}"
        seen = f"[{self.seen}]" if self.seen else ""
        return f"  {self.name:<74} {_figure(self.measured, self.unit):>9}  {bound:<26} {seen} {_verdict(self.holds)}"


def _verdict(holds: bool | None) -> str:
    return "OK" if holds else "MISS"


def _figure(value: float, unit: str) -> str:
    if math.isinf(value):
        return "never"
    if unit == "x":
        return f"{value:.2f} x" if value < 10 else f"{value:.0f} x"
    shown = f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:.1f}"
    return f"{shown} {unit}".strip()


@dataclass
class Run:
    """What the sections of one run share."""

    quick: bool
    peers: Peers
    shared: dict[str, Any] = field(default_factory=dict)

    def rounds(self, full: int, quick: int) -> int:
        return quick if self.quick else full


def ratio(above: float, below: float) -> float:
    return above / below if below else float("inf")


def share(values: Sequence[float], part: float) -> float:
    """The value that `part` of them stay within."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else float("inf")
