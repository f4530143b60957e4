"""`python tests/history/long.py --runs N --seed S`: many histories of several operators and one nemesis; a table.

Each run is a room of its own, used by five seats at once while it is killed with SIGKILL, its lines are cut, its clock is
wrong and its network fails. Ends with 1 when something was sent twice, lost, approved by its writer, or said wrongly.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.history import Wrong, run

COLUMNS = ("runs", "kills", "cuts", "skews", "acts", "answered", "sent", "duplicates", "losses", "wrong")


def show(totals: Counter[str], seconds: float) -> None:
    """The figures so far."""
    print("".join(f"{name:>11}" for name in (*COLUMNS, "seconds")))
    print("".join(f"{totals[name]:>11}" for name in COLUMNS) + f"{seconds:>11.0f}", flush=True)


def main() -> int:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--runs", type=int, default=20)
    reader.add_argument("--acts", type=int, default=400, help="that the room answers in each run")
    reader.add_argument("--kills", type=int, default=3, help="of the room in each run")
    reader.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = reader.parse_args()
    print(f"seed {options.seed}")
    totals: Counter[str] = Counter()
    started = time.monotonic()
    for number in range(1, options.runs + 1):
        totals["runs"] += 1
        with tempfile.TemporaryDirectory(prefix="socialroom-history-") as folder:
            history = run(
                Path(folder), f"{options.seed} {number}", acts=options.acts, kills=options.kills, totals=totals
            )
            try:
                asyncio.run(history)
            except (Wrong, TimeoutError) as problem:
                totals["wrong"] += 1
                print(f"run {number}: {problem}", flush=True)
        if number % 5 == 0:
            show(totals, time.monotonic() - started)
    show(totals, time.monotonic() - started)
    return 1 if any(totals[name] for name in ("duplicates", "losses", "wrong")) else 0


if __name__ == "__main__":
    sys.exit(main())
