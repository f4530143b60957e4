"""`python tests/benchmark`: every performance goal that is built, one line each, ending in OK or MISS.

All figures are ratios within this run, the variants alternating, but for the few goals that are absolute. Peers live in
environments of their own under .benchmark/; one that cannot be installed is named, not counted. The exit code is the
number of goals missed.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Callable, Iterator
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
sys.path[0] = str(HERE.parent)  # what lies here is imported as benchmark.…, what tests share as support.…

from benchmark.goals import Goal, Run  # noqa: E402
from benchmark.peers import FOLDER, Peers  # noqa: E402

# Everything that is started here finds its bytecode, ours and others' alike, whatever this shell forbids.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(FOLDER / "bytecode")

SECTIONS = {
    "start": "First paint",
    "keys": "Keys, stalls and mounting",
    "store": "The cache on disk",
    "enrichment": "Enrichment",
    "queries": "Queries",
    "polling": "Polling, and a room that idles",
    "streams": "From the network to the screen",
    "memory": "Memory",
    "fanout": "Eighteen terminals",
}


def main() -> int:
    reader = argparse.ArgumentParser(prog="python tests/benchmark", description="Measures every goal in this one run.")
    reader.add_argument("--only", action="append", choices=list(SECTIONS), metavar="NAME", help=", ".join(SECTIONS))
    reader.add_argument("--quick", action="store_true", help="fewer rounds: a look, not a measurement")
    reader.add_argument("--no-peers", action="store_true", help="install nothing to compare with")
    options = reader.parse_args()
    run = Run(quick=options.quick, peers=Peers(install=not options.no_peers))
    began = time.monotonic()
    print(
        f"socialroom {version('socialroom')}, Python {platform.python_version()}, textual {version('textual')}, "
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    )
    goals: list[Goal] = []
    failed: list[str] = []
    for name, title in SECTIONS.items():
        if options.only and name not in options.only:
            continue
        print(f"\n{title}", flush=True)
        try:
            measure: Callable[[Run], Iterator[Goal]] = import_module(f"benchmark.{name}").measure
            for goal in measure(run):
                goals.append(goal)
                print(goal.line(), flush=True)
        except Exception as problem:  # the other sections still say what they see
            failed.append(name)
            print(f"  {title}: could not be measured: {type(problem).__name__}: {problem} MISS", flush=True)
    missed = [goal for goal in goals if goal.holds is False]
    uncounted = sum(goal.holds is None for goal in goals)
    print(
        f"\n{len(goals) - len(missed) - uncounted} OK, {len(missed) + len(failed)} MISS, {uncounted} not counted; "
        f"{time.monotonic() - began:.0f} s, load {os.getloadavg()[0]:.1f}"
    )
    for why in run.peers.missing.values():
        print(f"not compared: {why}")
    return min(len(missed) + len(failed), 100)


if __name__ == "__main__":
    sys.exit(main())
