"""A room that only enriches: so many posts a second through its scoring child, until its input ends. Says how many a second."""

from __future__ import annotations

import asyncio
import sys
import time

from benchmark.processes import say
from support.posts import post

from socialroom.engine.scoring import ScoringChild

BATCH = 0.05  # seconds


async def main(rate: int) -> None:
    unscored = [post(number, tone=None, language=None) for number in range(2000)]
    child = ScoringChild(("fr", "en", "es", "pt", "ar"))
    await child.warm()
    ended = asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    say("ready")
    count = 0
    begun = time.perf_counter()
    while not ended.done():
        due = int((time.perf_counter() - begun) * rate)
        scored = await child.score([unscored[n % 2000] for n in range(count, due)])
        assert all(one.tone is not None for one in scored)
        count = due
        await asyncio.wait({ended}, timeout=BATCH)
    await child.aclose()
    say(count / (time.perf_counter() - begun))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
