"""Keeps a terminal attached to its room: reads it, listens, says when it is gone, and attaches again by itself."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from socialroom.domain.errors import RoomEnded, RoomError
from socialroom.domain.events import Envelope, Resync
from socialroom.domain.ports import Clock, Room
from socialroom.domain.requests import Feed, Overview, RoomOverview

PAUSES: Final = (0.3, 0.5, 1.0, 2.0, 3.0)  # seconds between tries to attach again; the last one repeats


class Attachment:
    """One line to one room.

    Args:
        connect: gives a room to talk to; told True, it starts one where that is this terminal's part. Raises RoomError
            kinds.
        clock: waits between tries.
        read: called with the room's overview, each time the room was read anew.
        hear: called with each batch of events, in order.
        lost: called when the room does not answer, with the reason.
    """

    def __init__(
        self,
        connect: Callable[[bool], Awaitable[Room]],
        *,
        clock: Clock,
        read: Callable[[RoomOverview], None],
        hear: Callable[[Sequence[Envelope]], None],
        lost: Callable[[RoomError], None],
    ) -> None:
        self._connect, self._clock = connect, clock
        self._read, self._hear, self._lost = read, hear, lost
        self._feeds: tuple[Feed, ...] = ()
        self._seq = 0
        self._listening: asyncio.Task[bool] | None = None
        self._wake = asyncio.Event()
        self._start = True
        self.room: Room | None = None

    def listen_to(self, feeds: Sequence[Feed]) -> None:
        """Which feeds' posts to hear; a change takes the line up again from the same place."""
        wanted = tuple(dict.fromkeys(feeds))
        if wanted != self._feeds:
            self._feeds = wanted
            if self._listening is not None:
                self._listening.cancel()

    def start_again(self) -> None:
        """A person wants the room back that somebody stopped; does not wait for the next try."""
        self._start = True
        self._wake.set()

    async def run(self) -> None:
        """Stays attached until it is cancelled."""
        failed = 0
        while True:
            try:
                self.room = await self._connect(self._start)
                await self._anew()
                failed, self._start = 0, True
                await self._stay()
            except RoomError as error:
                if isinstance(error, RoomEnded):
                    self._start = False  # stopped on purpose: it is joined when it is back, not started from here
                self._lost(error)
            finally:
                await self._leave()
            await self._pause(PAUSES[min(failed, len(PAUSES) - 1)])
            failed += 1

    async def _anew(self) -> None:
        assert self.room is not None
        overview = await self.room.view(Overview())
        assert isinstance(overview, RoomOverview)
        self._seq = overview.seq
        self._read(overview)

    async def _stay(self) -> None:
        """Listens, and again when the feeds change; returns never, but by raising."""
        while True:
            self._listening = asyncio.ensure_future(self._listen())
            try:
                if await self._listening:
                    await self._anew()
            except asyncio.CancelledError:
                current = asyncio.current_task()
                if current is not None and current.cancelling():
                    self._listening.cancel()
                    raise
            finally:
                self._listening = None

    async def _listen(self) -> bool:
        """Hands on events; True when the room asks to be read anew."""
        assert self.room is not None
        async for batch in self.room.events(self._feeds, self._seq):
            self._seq = batch[-1].seq
            self._hear(batch)
            if any(isinstance(envelope.event, Resync) for envelope in batch):
                return True
        return False

    async def _leave(self) -> None:
        room, self.room = self.room, None
        if room is not None:
            with contextlib.suppress(RoomError):
                await room.aclose()

    async def _pause(self, seconds: float) -> None:
        self._wake.clear()
        waits = {asyncio.ensure_future(self._clock.sleep(seconds)), asyncio.ensure_future(self._wake.wait())}
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
