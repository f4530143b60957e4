"""A hub without a room behind it: `fanout_hub.py SOCKET`; hears {"rate": a second, "seconds": n}, answers its CPU seconds.

Each post is an event of its own, as a stream brings them. What is measured is the bus, the filter of the terminals'
feeds, the encoding, and the writing to every terminal.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

from benchmark.processes import lines_of_input, say
from support.posts import post

from socialroom.clock import SystemClock
from socialroom.domain.events import Envelope, Heard
from socialroom.domain.operator import Operator, Role
from socialroom.domain.requests import Feed
from socialroom.domain.text import SafeText
from socialroom.engine.bus import Bus
from socialroom.engine.listening import FeedFilter
from socialroom.hub import door, server

HEAD = Operator(name=SafeText("head"), role=Role.HEAD)


class Hub:
    """A seat, and the host that gives it: it only tells events."""

    def __init__(self) -> None:
        self.bus = Bus(SystemClock())

    def seat_of(self, _name: str | None, *, wall: bool = False) -> Any:
        return self

    def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        accept = FeedFilter(feeds, dict, lambda _post: False, HEAD)
        return self.bus.listen(tuple(feeds), accept, after)


async def publish(bus: Bus, rate: int, seconds: float) -> int:
    """So many a second, evenly; returns how many."""
    made = [post(number) for number in range(200)]
    count = 0
    begun = time.perf_counter()
    while (past := time.perf_counter() - begun) < seconds:
        for number in range(count, int(past * rate)):
            stamped = made[number % 200].changed(
                uri=f"u:{number}", url=repr(time.perf_counter()), text=SafeText("Aurelia " * 20)
            )
            bus.publish(Heard(posts=(stamped,), feeds=((),)))
            count += 1
        await asyncio.sleep(0.01)
    return count


async def main(path: Path) -> None:
    hub, stopping = Hub(), asyncio.Event()
    loop = asyncio.get_running_loop()
    with door.held(path):
        serving = asyncio.create_task(server.serve(hub, door.bind(path), stopping))
        say("ready")
        with lines_of_input() as lines:
            while line := await loop.run_in_executor(None, next, lines, None):
                asked = json.loads(line)
                before = time.process_time()
                count = await publish(hub.bus, asked["rate"], asked["seconds"])
                say({"cpu": time.process_time() - before, "published": count, "listeners": hub.bus.listeners})
        stopping.set()
        await serving


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
