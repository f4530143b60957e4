"""Key → paint, stalls, mounting and first paint, in a real terminal, as ratios of runs that alternate.

Keys are typed into a line under six live panes, on a schedule that never waits; a key is painted at the first frame in
which that line differs. Recorder and subject run at real-time priority where that is allowed.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import time
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmark.goals import Goal, Run, ratio, share
from support.pty import Finished, Terminal

TESTS = Path(__file__).parents[1]
COLUMNS, ROWS = 120, 40
INTERVAL = 0.05
LETTERS = "azertyuiopqsdfghjklmwxcvbn"


@dataclass
class Typing:
    """What one kind of screen did over its runs; times in milliseconds."""

    latencies: list[float] = field(default_factory=list)
    missed: int = 0
    longest: float = 0.0
    over: int = 0
    memory: float = 0.0  # MB
    mounted: list[float] = field(default_factory=list)
    heard: int = 0
    collected: float = 0.0  # longest pause of the garbage collector

    def at(self, part: float) -> float:
        """The latency that `part` of the keys stayed within; a key that was never painted counts as endless."""
        return share([*self.latencies, *[float("inf")] * self.missed], part)


def screen(*arguments: str, columns: int = COLUMNS, rows: int = ROWS) -> Terminal:
    command = [sys.executable, str(TESTS / "benchmark" / "keys_screen.py"), *arguments]
    return Terminal(command, columns=columns, rows=rows, environment={"PYTHONPATH": str(TESTS)}, urgent=True)


def type_into(into: Typing, *arguments: str, keys: int = 120, patience: float = 120.0) -> None:
    """One run: waits until the screen is loaded and live, types, and adds what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        with screen(*arguments, "--figures", str(figures)) as terminal:
            terminal.wait_for("ready", patience)
            settle(terminal, 2.5)
            words = [LETTERS[n % len(LETTERS)] for n in range(keys)]
            sent = terminal.type_steadily(words, INTERVAL)
            terminal.press("ctrl+q")
            ended = terminal.wait_for_end(30)
        collect(into, terminal, sent, ended)
        told = json.loads(figures.read_text("utf-8"))
    into.longest = max(into.longest, told["longest"] * 1000)
    into.over += told["over"]
    into.heard += told["heard"]
    into.collected = max(into.collected, told["collected"] * 1000)
    into.mounted.append(told["mounted"] * 1000)


def settle(terminal: Terminal, seconds: float) -> None:
    """Lets a screen live for a while; what it writes is read."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)


def collect(into: Typing, terminal: Terminal, sent: Sequence[float], ended: Finished) -> None:
    """The typed line is docked under the panes; its frame looks only there."""
    line = range(terminal.rows - 3, terminal.rows)
    frames = terminal.frames(
        lambda view: tuple(
            (cell.data, cell.reverse) for y in line for cell in (view.buffer[y][x] for x in range(terminal.columns))
        )
    )
    times = [at for at, _ in frames]
    for key in sent:
        found = bisect_right(times, key)
        if found == len(times) or times[found] - key > 5:
            into.missed += 1
        else:
            into.latencies.append((times[found] - key) * 1000)
    into.memory = max(into.memory, ended.memory / 1e6)


@dataclass
class Figures:
    idle: Typing = field(default_factory=Typing)
    busy: Typing = field(default_factory=Typing)
    stock: Typing = field(default_factory=Typing)
    small: Typing = field(default_factory=Typing)


def typed(rounds: int, keys: int) -> Figures:
    """All typing runs, the kinds alternating."""
    figures = Figures()
    for _ in range(rounds):
        type_into(figures.idle, "feeds", "--posts", "100", keys=keys)
        type_into(figures.busy, "feeds", "--posts", "100000", "--rate", "1000", keys=keys)
        type_into(figures.small, "feeds", "--posts", "1000", keys=2)
    type_into(figures.stock, "options", "--posts", "10000", "--rate", "1000", keys=min(keys, 60))
    return figures


def measure(run: Run) -> Iterator[Goal]:
    """Section 2 of the design: keys, stalls and mounting of the feed."""
    seen = typed(run.rounds(2, 1), run.rounds(120, 60))
    idle, busy, stock = seen.idle, seen.busy, seen.stock
    run.shared["key to paint"] = idle.at(0.5)
    told = f"{len(busy.latencies)} keys"
    yield Goal(
        "key → paint p90: six live panes, 100,000 posts, 1,000/s ÷ 100 posts, idle",
        ratio(busy.at(0.9), idle.at(0.9)), 1.5, 1.25, seen=f"{busy.at(0.9):.1f} ms ÷ {idle.at(0.9):.1f} ms, {told}",
    )  # fmt: skip
    yield Goal(
        "key → paint p99: the same",
        ratio(busy.at(0.99), idle.at(0.99)), 3.0, 1.5, seen=f"{busy.at(0.99):.1f} ms ÷ {idle.at(0.99):.1f} ms",
    )  # fmt: skip
    yield Goal(
        "longest stall of the screen's loop while 1,000/s arrive",
        busy.longest, 50, 25, unit="ms", seen=f"longest collection {busy.collected:.0f} ms",
    )  # fmt: skip
    yield Goal(
        "mount and paint six panes: 100,000 posts ÷ 1,000 posts",
        ratio(statistics.median(busy.mounted), statistics.median(seen.small.mounted)), 2.0,
        seen=f"{statistics.median(busy.mounted):.0f} ms ÷ {statistics.median(seen.small.mounted):.0f} ms",
    )  # fmt: skip
    yield Goal(
        "key → paint p90: ours, 100,000 posts, 1,000/s ÷ OptionList, 10,000 posts, 1,000/s",
        ratio(busy.at(0.9), stock.at(0.9)), 0.2, seen=f"{busy.at(0.9):.1f} ms ÷ {stock.at(0.9):.0f} ms",
    )  # fmt: skip
