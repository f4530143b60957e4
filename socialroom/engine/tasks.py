"""Keeps the room's long-lived work running: what fails is logged, told, and started again after a pause."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from socialroom.domain.ports import Clock
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_

_log = logging.getLogger("socialroom.tasks")
_STEADY = 60.0  # seconds after which what ran counts as having worked
_LATEST = 300.0  # seconds between two starts at most


class Supervisor:
    """Owns tasks. `tell` hears of each failure in one sentence."""

    def __init__(self, clock: Clock, tell: Callable[[Message], None]) -> None:
        self._clock, self._tell = clock, tell
        self._tasks: set[asyncio.Task[None]] = set()

    def keep(self, name: str, work: Callable[[], Awaitable[None]], *, pause: float = 2.0) -> None:
        """Runs `work` until it returns; whenever it raises, says so and runs it again after `pause` seconds.

        What fails again and again is started later and later, up to five minutes, and the same failure is told once.
        """
        self._start(name, self._kept(name, work, pause))

    def once(self, name: str, work: Awaitable[object]) -> None:
        """Runs `work` once; a failure is told, not raised."""
        self._start(name, self._guarded(name, work))

    def _start(self, name: str, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        if isinstance(task, asyncio.Task):
            task.set_name(name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _kept(self, name: str, work: Callable[[], Awaitable[None]], pause: float) -> None:
        wait, told = pause, ""
        while True:
            began = self._clock.monotonic()
            try:
                await work()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 - see _guarded
                if self._clock.monotonic() - began > _STEADY:
                    wait, told = pause, ""
                said = f"{type(error).__name__}: {error}"
                again = N_("{name} failed and was started again: {reason} (see the log)")
                self._failed(name, error, "" if said == told else again)
                told = said
                await self._clock.sleep(wait)
                wait = min(wait * 2, _LATEST)
            else:
                return

    async def _guarded(self, name: str, work: Awaitable[object]) -> None:
        try:
            await work
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the one place where unforeseen failures of background work end
            self._failed(name, error, N_("{name} failed: {reason} (see the log)"))

    def _failed(self, name: str, error: Exception, template: str) -> None:
        _log.error("%s failed", name, exc_info=error)
        if template:
            reason = clean_line(f"{type(error).__name__}: {error}", 200)
            self._tell(Message(template=template, values={"name": clean_line(name), "reason": reason}))

    async def aclose(self) -> None:
        """Cancels everything and waits for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
