"""First paint: the console on a room that runs, beside an empty Textual app of six panes and a published one."""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Iterator, Sequence

from benchmark.goals import Goal, Run, ratio
from benchmark.processes import HERE
from benchmark.rooms import COLUMNS, ROWS, BenchRoom, feeds
from support.pty import Terminal

FROGMOUTH = "frogmouth==0.9.2"
CELLS = 300  # shown that are not blank: it is painted


def first_paint(command: Sequence[str], environment: dict[str, str], leave: str = "ctrl+q") -> float:
    """Milliseconds from the start of a command to its first painted frame."""
    with Terminal(command, columns=COLUMNS, rows=ROWS, environment=environment, urgent=True) as terminal:
        # Only read: to look at the screen meanwhile would stamp what comes next too late.
        while not terminal.output:
            terminal.read(0.05)
        terminal.settle(0.7, 6)
        took = terminal.first_paint(CELLS) * 1000
        terminal.press(leave)
    return took


def measure(run: Run) -> Iterator[Goal]:
    """Section 1 of the design."""
    peer = run.peers.python(FROGMOUTH)
    six = feeds("", "aurelia", "lang:fr", "lang:en", "tone:negative", "tone:positive")
    past = '\n[[source]]\nname = "past"\nnetwork = "firehose"\npast = 500\n'
    ours: list[float] = []
    empty: list[float] = []
    theirs: list[float] = []
    with BenchRoom(six + past) as room, tempfile.TemporaryDirectory() as home:
        plain = {"PYTHONPATH": str(HERE.parent)}
        elsewhere = {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_DATA_HOME": home, "PYTHONPATH": ""}
        for round_ in range(run.rounds(8, 3)):
            took = (
                first_paint([sys.executable, str(HERE / "keys_screen.py"), "empty"], plain),
                first_paint(room.command(), room.environment),
                first_paint([str(peer.with_name("frogmouth"))], elsewhere) if peer else 0.0,
            )
            if round_:  # the first round warms the disk's cache
                for kept, one in zip((empty, ours, theirs), took, strict=True):
                    kept.append(one)
    own, floor = statistics.median(ours), statistics.median(empty)
    yield Goal(
        "first paint: the console on a running room ÷ an empty Textual app of six panes",
        ratio(own, floor), 1.3, seen=f"{own:.0f} ms ÷ {floor:.0f} ms",
    )  # fmt: skip
    name = "first paint: the console ÷ frogmouth 0.9.2"
    if not peer:
        yield Goal(name, None, 0.7, seen=run.peers.why(FROGMOUTH))
        return
    other = statistics.median(theirs)
    yield Goal(name, ratio(own, other), 0.7, seen=f"{own:.0f} ms ÷ {other:.0f} ms")
