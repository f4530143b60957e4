"""Polling: what a poll costs however many origins there are, beside aiohttp; and a room of 200 sources that idles."""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

from benchmark.goals import Goal, Run, ratio
from benchmark.processes import HERE, Script, spent
from benchmark.rooms import COLUMNS, ROWS, BenchRoom, feeds
from support.pty import Terminal

AIOHTTP = "aiohttp==3.13.2"
ORIGINS, FEW = 200, 10
EVERY = 30  # seconds between polls of one source, as a room of feeds has it


def measure(run: Run) -> Iterator[Goal]:
    """Section 5 of the design, but for its last paragraph (see streams.py)."""
    python = run.peers.python(AIOHTTP)
    costs: dict[str, list[float]] = {"many": [], "few": [], "aiohttp": []}
    polls = run.rounds(3000, 1000)
    with ExitStack() as stack:
        ports = stack.enter_context(Script("origins.py", str(ORIGINS))).hear()
        ours = stack.enter_context(Script("polling_client.py"))
        theirs = stack.enter_context(Script("polling_aiohttp.py", python=python)) if python else None
        for _ in range(run.rounds(5, 3)):
            for name, client, asked in (("few", ours, FEW), ("many", ours, ORIGINS), ("aiohttp", theirs, ORIGINS)):
                if client:
                    client.tell(json.dumps({"ports": ports[:asked], "polls": polls}))
                    costs[name].append(client.hear(120) * 1e6)
    many, few = statistics.median(costs["many"]), statistics.median(costs["few"])
    yield Goal("CPU of a poll: 200 origins ÷ 10 origins", ratio(many, few), 1.3, seen=f"{many:.0f} µs ÷ {few:.0f} µs")
    name = "CPU of a poll: a feed's, 200 origins ÷ aiohttp's bare request"
    if costs["aiohttp"]:
        bare = statistics.median(costs["aiohttp"])
        yield Goal(name, ratio(many, bare), 8.0, seen=f"{many:.0f} µs ÷ {bare:.0f} µs")
    else:
        yield Goal(name, None, 8.0, seen=run.peers.why(AIOHTTP))
    yield from idle(run)


def idle(run: Run) -> Iterator[Goal]:
    """A room, its scoring child and one terminal, beside an empty Textual app of six panes over the same seconds."""
    seconds = run.rounds(40, 20)
    with ExitStack() as stack:
        ports = stack.enter_context(Script("origins.py", str(ORIGINS))).hear()
        text = feeds("", "aurelia", "lang:fr", "lang:en", "tone:negative", "tone:positive")
        text += "".join(
            f'\n[[source]]\nname = "feed {n}"\nnetwork = "feeds"\nurl = "http://127.0.0.1:{port}/feed"\nevery = {EVERY}\n'
            for n, port in enumerate(ports)
        )
        room = stack.enter_context(BenchRoom(text, store="tinydb"))
        empty = Terminal(
            [sys.executable, str(HERE / "keys_screen.py"), "empty"],
            columns=COLUMNS, rows=ROWS, environment={"PYTHONPATH": str(HERE.parent)},
        )  # fmt: skip
        stack.enter_context(empty)
        console = stack.enter_context(room.terminal(urgent=False))
        _lived(12, console, empty)  # every source has been read once and its answer is stored
        groups = {"room": room.pids, "console": [console.pid], "empty": [empty.pid]}
        before = {name: sum(spent(pids).values()) for name, pids in groups.items()}
        began = time.monotonic()
        _lived(seconds, console, empty)
        lived = time.monotonic() - began
        used = {name: (sum(spent(pids).values()) - before[name]) / lived for name, pids in groups.items()}
    whole = used["room"] + used["console"]
    told = f"room {used['room']:.2%} + console {used['console']:.2%}"
    yield Goal(
        "CPU of an idle room, 200 sources every 30 s, with its console ÷ an empty Textual app",
        ratio(whole, used["empty"]), 2.5, seen=f"{told} ÷ {used['empty']:.2%}",
    )  # fmt: skip
    yield Goal("the same, of one core", whole * 100, 3.0, unit="%")


def _lived(seconds: float, *terminals: Terminal) -> None:
    """Lets programs live; what they write is read."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for terminal in terminals:
            terminal.read(0.02)
