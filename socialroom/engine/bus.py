"""Carries events from the room to everybody who listens, in order, without ever waiting for a slow one.

A listener hears the first event after a quiet moment at once, then at most 20 batches a second. Its queue is bounded:
one that falls behind is told to read its views again (`Resync`), once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable

from socialroom.domain.events import Envelope, Event, Resync
from socialroom.domain.ports import Clock

Filter = Callable[[Event], Event | None]


class _Listener:
    def __init__(self) -> None:
        self.waiting: list[Envelope] = []
        self.woken = asyncio.Event()
        self.behind = False


class _Group:
    """Listeners with one filter between them."""

    def __init__(self, accept: Filter) -> None:
        self.accept = accept
        self.listeners: list[_Listener] = []


class Bus:
    """One room's event stream. `publish` is synchronous and cheap; listeners of the same key share one filtering.

    `first` is the number before the first event's. A room gives the moment it started, in microseconds: a terminal that
    comes back to a room that was started again then asks for a place it never had, and is told to read anew.
    """

    def __init__(
        self, clock: Clock, *, kept: int = 5_000, queue: int = 2_000, pause: float = 0.05, first: int = 0
    ) -> None:
        self._clock = clock
        self._kept: deque[Envelope] = deque(maxlen=kept)
        self._queue, self._pause = queue, pause
        self._groups: dict[Hashable, _Group] = {}
        self.seq = first

    def publish(self, event: Event) -> None:
        """Gives the event its number and puts it in every listener's queue."""
        self.seq += 1
        envelope = Envelope(seq=self.seq, at=self._clock.now(), event=event)
        self._kept.append(envelope)
        for group in self._groups.values():
            accepted = group.accept(event)
            if accepted is not None:
                heard = envelope if accepted is event else envelope.changed(event=accepted)
                for listener in group.listeners:
                    self._give(listener, heard)

    def _give(self, listener: _Listener, envelope: Envelope) -> None:
        if listener.behind:
            return
        if len(listener.waiting) >= self._queue:
            listener.behind = True
            listener.waiting = [envelope.changed(event=Resync(reason="slow line"))]
        else:
            listener.waiting.append(envelope)
        listener.woken.set()

    async def listen(self, key: Hashable, accept: Filter, after: int) -> AsyncIterator[list[Envelope]]:
        """Batches of what `accept` lets through, from `after` on; a `Resync` first when that is no longer kept.

        `accept` is a pure function of `key`: listeners with equal keys are filtered once.
        """
        listener = _Listener()
        oldest = self._kept[0].seq if self._kept else self.seq + 1
        if after > self.seq or after < oldest - 1:
            listener.waiting.append(Envelope(seq=self.seq, at=self._clock.now(), event=Resync(reason="too far back")))
        else:
            for envelope in self._kept:
                if envelope.seq > after:
                    accepted = accept(envelope.event)
                    if accepted is not None:
                        listener.waiting.append(
                            envelope if accepted is envelope.event else envelope.changed(event=accepted)
                        )
        if listener.waiting:
            listener.woken.set()
        group = self._groups.setdefault(key, _Group(accept))
        group.listeners.append(listener)
        try:
            while True:
                await listener.woken.wait()
                batch, listener.waiting = listener.waiting, []
                listener.behind = False
                listener.woken.clear()
                if batch:
                    yield batch
                await self._clock.sleep(self._pause)
        finally:
            group.listeners.remove(listener)
            if not group.listeners:
                del self._groups[key]

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(len(group.listeners) for group in self._groups.values())
