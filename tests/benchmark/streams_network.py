"""The rehearsal network, quiet until it is told: hears {"count": n, "rate": a second}, says when it wrote each post.

Posts are numbered in their text, from one order to the next; moments are those of the system's monotonic clock. A rate
of 10 and less is uneven, as people are; a higher one is even.
"""

from __future__ import annotations

import asyncio
import json
import random
import sys
import time

from benchmark.processes import lines_of_input, say

from socialroom.clock import SystemClock
from socialroom.rehearsal import scenario
from socialroom.rehearsal.server import Rehearsal


async def main(token: str) -> None:
    rehearsal = Rehearsal(scenario.load("first_minute"), token=token, clock=SystemClock())
    network, dice = rehearsal.network, random.Random(7)
    people = [network.person(f"reader{n}", f"Reader {n}") for n in range(20)]
    loop = asyncio.get_running_loop()
    number = 0
    async with rehearsal.serving(play=False) as url:
        say(url)
        with lines_of_input() as lines:
            while line := await loop.run_in_executor(None, next, lines, None):
                asked = json.loads(line)
                written: dict[int, float] = {}
                begun = due = time.perf_counter()
                for n in range(asked["count"]):
                    even = asked["rate"] > 10
                    due = begun + (n + 1) / asked["rate"] if even else due + dice.uniform(0.6, 1.4) / asked["rate"]
                    await asyncio.sleep(max(0.0, due - time.perf_counter()))
                    number += 1
                    text = f"s{number:05d}z the network is slow again this morning"
                    written[number] = time.perf_counter()
                    network.write(people[number % len(people)], text, language="en")
                say(written)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
