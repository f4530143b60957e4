"""CPU per poll of our client: hears {"ports": [...], "polls": n} lines, answers CPU seconds per poll, network to reply.

Every poll is a conditional GET that the server answers 304, as nearly all polls of a quiet source are. What is measured
is what a source pays: its connector's fetch, over net.http.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

from benchmark.processes import lines_of_input, say
from support.connecting import connecting

from socialroom.connectors.feeds import CONNECTOR, FeedSettings

AT_A_TIME = 20


async def cost(ports: list[int], polls: int) -> float:
    """CPU seconds for each of `polls` polls, spread over the origins, once every connection is open."""
    addresses = [f"http://127.0.0.1:{port}/feed" for port in ports]
    async with connecting(*addresses) as context:
        sources = [CONNECTOR.build(FeedSettings(url=address), context) for address in addresses]
        cursors = [(await source.fetch(None)).cursor for source in sources]
        workers = min(AT_A_TIME, len(ports))

        async def poll(first: int, times: int) -> None:
            mine = range(first, len(ports), workers)
            for number in range(times):
                place = mine[number % len(mine)]
                batch = await sources[place].fetch(cursors[place])
                assert not batch.posts
                cursors[place] = batch.cursor

        await asyncio.gather(*(poll(n, -(-len(ports) // workers)) for n in range(workers)))
        began = time.process_time()
        await asyncio.gather(*(poll(n, polls // workers) for n in range(workers)))
        return (time.process_time() - began) / (polls // workers * workers)


def main() -> None:
    with lines_of_input() as lines:
        for line in lines:
            asked: dict[str, Any] = json.loads(line)
            say(asyncio.run(cost(asked["ports"], asked["polls"])))


if __name__ == "__main__":
    sys.exit(main())
