"""`python tests/kill/long.py --runs N --seed S`: sends that are killed at random, over networks that fail at random.

Each run is one text of ours: a reply, a new post, a thread, or one that needs approvals. N of each class of network live
on a disk in memory and a held clock, in this process; beside them some (`--rooms`) are replies in the demo's room over
its real store, killed with SIGKILL, while the demo's first minute happens. Prints a table, and ends with 1 when there was
a duplicate, a loss or a wrong word.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from support.kill_stage import KillStage
from support.killed_lives import CLASSES, Wrong, at_random
from support.killed_rooms import Run
from support.killed_rooms import Wrong as WrongInARoom
from support.small_network import ABSENT, POSTED

COLUMNS = ("runs", "kills", "decisions", "duplicates", "losses", "wrong")
Table = dict[str, tuple[Counter[str], float]]


def lives(kind: str, runs: int, seed: str) -> Counter[str]:
    """Texts on a network of one class, in this process."""
    dice, totals = random.Random(f"{seed} {kind}"), Counter[str]()

    async def all_of_them() -> None:
        for number in range(1, runs + 1):
            totals["runs"] += 1
            text = at_random(dice, kind, totals, (*POSTED, *ABSENT))
            try:
                await text.live()
            except Wrong as wrong:
                totals["losses" if "lost" in str(wrong) or "gone" in str(wrong) else "wrong"] += 1
                print(f"{kind}, run {number} ({text.variant}, {text.plan}): {wrong}", flush=True)

    asyncio.run(all_of_them())
    return totals


async def rooms(runs: int, seed: str) -> Counter[str]:
    """Replies in real rooms."""
    totals, dice = Counter[str](), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="socialroom-kill-") as folder, KillStage(Path(folder), plays=True) as stage:
        room = await stage.start()
        for number in range(1, runs + 1):
            run = Run(stage, dice, number, totals)
            totals["runs"] += 1
            try:
                room = await run.live(room)
            except (WrongInARoom, TimeoutError) as problem:
                totals["wrong"] += 1
                print(f"room, run {number}: {problem}\n  {run}", flush=True)
                stage.kill()
                await room.aclose()
                room = await stage.start()
            if number % 25 == 0:
                print(f"… {number} of {runs} in real rooms, {totals['kills']} kills", flush=True)
        await room.aclose()
        replies = Counter((r["in_reply_to"], r["text"]) for r in stage.report()["replies"])
        totals["duplicates"] = sum(n - 1 for n in replies.values())
        totals["losses"] = runs - len(replies)
    return totals


def show(table: Table) -> None:
    """The figures, one line for each class."""
    width = max(len(kind) for kind in (*table, "class"))
    print(f"{'class':{width}}" + "".join(f"{name:>12}" for name in COLUMNS) + f"{'seconds':>12}")
    for kind, (totals, seconds) in table.items():
        print(f"{kind:{width}}" + "".join(f"{totals[name]:>12}" for name in COLUMNS) + f"{seconds:>12.0f}")


def main() -> int:
    reader = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    reader.add_argument("--runs", type=int, default=1000, help="of each class, in this process")
    reader.add_argument("--rooms", type=int, default=None, help="in real rooms (default: a twentieth of the runs)")
    reader.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    options = reader.parse_args()
    real = options.runs // 20 if options.rooms is None else options.rooms
    print(f"seed {options.seed}")
    logging.disable(logging.CRITICAL)  # faults of connectors are part of it
    table: Table = {}
    for kind in CLASSES if options.runs else ():
        started = time.monotonic()
        table[kind] = lives(kind, options.runs, str(options.seed)), time.monotonic() - started
    if real:
        started = time.monotonic()
        table["idempotent, real rooms"] = asyncio.run(rooms(real, str(options.seed))), time.monotonic() - started
    show(table)
    return 1 if any(t[name] for t, _ in table.values() for name in ("duplicates", "losses", "wrong")) else 0


if __name__ == "__main__":
    sys.exit(main())
