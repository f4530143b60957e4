"""Memory: a console on a room of 100,000 posts beside one on an empty room, and the pauses of its garbage collector."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator

from benchmark.goals import Goal, Run, ratio
from benchmark.processes import HERE, resident
from benchmark.rooms import BenchRoom, feeds
from support.pty import Terminal

POSTS, RATE = 100_000, 1_000
SIX = ("", "aurelia", "lang:fr", "lang:en", "tone:negative", "tone:positive")
FIREHOSE = '\n[[source]]\nname = "firehose"\nnetwork = "firehose"\npast = {past}\nrate = {rate}\n'
FIREHOSE += "\n[retention.firehose]\ndays = 365\nposts = 500_000\n"


def measure(run: Run) -> Iterator[Goal]:
    """Section 6 of the design."""
    idle, _ = _lived("", 0, 6)
    posts = run.rounds(POSTS, 20_000)
    busy, pauses = _lived(FIREHOSE.format(past=posts, rate=RATE), posts, run.rounds(20, 10))
    yield Goal(
        f"memory of a console: room of {posts:,} posts, 1,000/s ÷ an empty room",
        ratio(busy, idle), 2.0, seen=f"{busy:.0f} MB ÷ {idle:.0f} MB",
    )  # fmt: skip
    yield Goal(
        "longest full garbage collection of that console",
        pauses["full"], 25, unit="ms", seen=f"{pauses['count']:.0f} full; of any generation {pauses['any']:.0f} ms",
    )  # fmt: skip


def _lived(source: str, posts: int, seconds: float) -> tuple[float, dict[str, float]]:
    """Megabytes that a console holds after so many seconds on a room that has its posts, and its collector's pauses."""
    with BenchRoom(feeds(*SIX) + source) as room:
        figures = room.folder / "figures.json"
        command = [sys.executable, str(HERE / "console.py"), str(figures), "--config", str(room.file)]
        _filled(room, posts)
        with room.terminal(command=command) as terminal:
            terminal.wait_for(" posts ", 60)
            _read(terminal, seconds)
            held = resident(terminal.pid)
            terminal.press("ctrl+q")
            terminal.wait_for_end(15)
        return held, json.loads(figures.read_text("utf-8"))


def _filled(room: BenchRoom, posts: int) -> None:
    """Waits until the room has heard what was there before."""
    end = time.monotonic() + 120
    while posts and (held := room.status()["pulse"]["posts"]) < posts:
        if time.monotonic() > end:
            raise TimeoutError(f"the room holds {held} posts of {posts}")
        time.sleep(0.5)


def _read(terminal: Terminal, seconds: float) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        terminal.read(left)
