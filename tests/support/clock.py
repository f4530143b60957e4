"""A clock that a test holds: nothing moves until it is told to."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta


class HeldClock:
    def __init__(self, now: datetime = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)) -> None:
        self._now = now
        self._monotonic = 1000.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._count = 0

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return self._monotonic

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        done = asyncio.get_running_loop().create_future()
        self._count += 1
        heapq.heappush(self._sleepers, (self._monotonic + seconds, self._count, done))
        await done

    @property
    def sleepers(self) -> int:
        return sum(not f.done() for _, _, f in self._sleepers)

    def jump(self, seconds: float) -> None:
        """Moves wall time only, as a clock correction does."""
        self._now += timedelta(seconds=seconds)

    async def advance(self, seconds: float) -> None:
        """Moves both clocks, waking each sleeper at its moment and letting it run."""
        end = self._monotonic + seconds
        await settle()
        while self._sleepers and self._sleepers[0][0] <= end:
            at, _, done = heapq.heappop(self._sleepers)
            self._now += timedelta(seconds=at - self._monotonic)
            self._monotonic = at
            if not done.done():
                done.set_result(None)
            await settle()
        self._now += timedelta(seconds=end - self._monotonic)
        self._monotonic = end
        await settle()


async def settle(rounds: int = 20) -> None:
    """Lets everything that is ready run."""
    for _ in range(rounds):
        await asyncio.sleep(0)
