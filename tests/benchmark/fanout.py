"""Eighteen terminals on one hub: everything is delivered, and ten times the posts cost at most twice the CPU."""

from __future__ import annotations

import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from benchmark.goals import Goal, Run, ratio
from benchmark.processes import Script

TERMINALS = 18
SECONDS = 5.0


def measure(run: Run) -> Iterator[Goal]:
    """Section 7 of the design."""
    spent: dict[int, list[float]] = {100: [], 1000: []}
    asked = heard = 0
    late = 0.0
    with tempfile.TemporaryDirectory() as folder:
        socket = str(Path(folder) / "room" / "room.sock")
        with Script("fanout_hub.py", socket) as hub:
            hub.hear()
            with Script("fanout_terminals.py", socket, str(TERMINALS)) as terminals:
                _attached(hub, terminals)
                for _ in range(run.rounds(3, 1)):
                    for rate, costs in spent.items():
                        hub.tell(json.dumps({"rate": rate, "seconds": SECONDS}))
                        told = hub.hear()
                        costs.append(told["cpu"])
                        time.sleep(0.5)  # the last batch is on its way
                        terminals.tell("heard")
                        got = terminals.hear()
                        asked += told["published"] * TERMINALS
                        heard += sum(got["heard"])
                        late = max(late, got["p99"] or float("inf"))
    yield Goal(
        "18 terminals: posts not delivered, of all published at 100/s and 1,000/s",
        asked - heard, 0, unit="posts", seen=f"{heard:,} of {asked:,}, p99 {late * 1000:.0f} ms",
    )  # fmt: skip
    much, little = (statistics.median(costs) / SECONDS for costs in (spent[1000], spent[100]))
    yield Goal(
        "18 terminals: hub's CPU at 1,000/s ÷ at 100/s",
        ratio(much, little), 2.0, seen=f"{much:.1%} of a core ÷ {little:.1%}",
    )  # fmt: skip


def _attached(hub: Script, terminals: Script) -> None:
    for _ in range(100):
        hub.tell(json.dumps({"rate": 20, "seconds": 0.1}))
        if hub.hear()["listeners"] == TERMINALS:
            break
        time.sleep(0.05)
    time.sleep(0.5)
    terminals.tell("heard")
    terminals.hear()
