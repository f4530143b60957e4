"""Terminals without a screen: `fanout_terminals.py SOCKET COUNT`; says how many posts each has heard whenever it is told a line.

Terminals are of three kinds, as a room's layouts are, so that they do not all share one filter.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path

from benchmark.processes import lines_of_input, say

from socialroom.domain.events import Heard, Resync
from socialroom.domain.requests import Feed
from socialroom.hub.client import RemoteRoom

KINDS = (
    (Feed(name="All"),),
    (Feed(name="Mentions", query="aurelia"), Feed(name="Angry", query="tone:negative")),
    (Feed(name="Aurelia", query="aurelia OR #aurelia OR boreal"), Feed(name="French", query="lang:fr aurelia")),
)


class Terminal:
    def __init__(self, number: int) -> None:
        self.feeds = KINDS[number % len(KINDS)]
        self.heard: set[str] = set()
        self.resyncs = 0
        self.late: list[float] = []

    async def listen(self, path: Path) -> None:
        room = RemoteRoom(path)
        async for batch in room.events(self.feeds, 0):
            now = time.perf_counter()
            for envelope in batch:
                match envelope.event:
                    case Heard(posts=posts):
                        for post in posts:
                            self.heard.add(post.uri)
                            self.late.append(now - float(post.url))
                    case Resync():
                        self.resyncs += 1
                    case _:
                        pass


async def main(path: Path, count: int) -> None:
    terminals = [Terminal(number) for number in range(count)]
    tasks = [asyncio.create_task(terminal.listen(path)) for terminal in terminals]
    loop = asyncio.get_running_loop()
    with lines_of_input() as lines:
        while await loop.run_in_executor(None, next, lines, None):
            late = sorted(one for terminal in terminals for one in terminal.late)
            say(
                {
                    "heard": [len(terminal.heard) for terminal in terminals],
                    "resyncs": sum(terminal.resyncs for terminal in terminals),
                    "p50": late[len(late) // 2] if late else None,
                    "p99": late[int(len(late) * 0.99)] if late else None,
                }
            )
            for terminal in terminals:
                terminal.heard.clear()
                terminal.late.clear()
                terminal.resyncs = 0
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
