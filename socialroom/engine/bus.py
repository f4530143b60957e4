"""Carries events from the room to everybody who listens, in order, without ever waiting for a slow one.

A listener hears the first event after a quiet moment at once, then at most 20 batches a second. Its queue is bounded:
one that falls behind is told to read its views again (`Resync`), once.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Hashable

from socialroom.domain.events import Envelope, Event, Pulse, Resync
from socialroom.domain.ports import Clock

Filter = Callable[[Event], Event | None]


class _Group:
    """Listeners with one filter between them: one list of what it lets through, and each one's place in it."""

    def __init__(self, accept: Filter) -> None:
        self.accept = accept
        self.heard: list[Envelope] = []
        self.forgotten = 0  # how many were dropped from the front of `heard`
        self.listeners = 0
        self.asleep: list[asyncio.Event] = []

    @property
    def end(self) -> int:
        """The place after the last envelope."""
        return self.forgotten + len(self.heard)

    def publish(self, event: Event, envelope: Envelope, most: int) -> None:
        """Keeps what the filter lets through, twice `most` envelopes at the longest, and wakes who waits."""
        accepted = self.accept(event)
        if accepted is None:
            return
        self.heard.append(envelope if accepted is event else envelope.changed(event=accepted))
        if len(self.heard) > 2 * most:
            self.forgotten += len(self.heard) - most
            del self.heard[:-most]
        if self.asleep:
            for woken in self.asleep:
                woken.set()
            self.asleep.clear()

    def after(self, place: int, most: int) -> list[Envelope]:
        """What a listener at this place has not had; one `Resync` when that is more than it may hold."""
        if self.end - place > most:
            return [self.heard[-1].changed(event=Resync(reason="slow line"))]
        return self.heard[place - self.forgotten :]


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
            group.publish(event, envelope, self._queue)

    async def listen(self, key: Hashable, accept: Filter, after: int) -> AsyncIterator[list[Envelope]]:
        """Batches of what `accept` lets through, from `after` on; a `Resync` first when that is no longer kept.

        `accept` is a pure function of `key`: listeners with equal keys are filtered once.
        """
        batch = self._missed(accept, after)
        group = self._groups.setdefault(key, _Group(accept))
        group.listeners += 1
        place = group.end
        woken = asyncio.Event()
        try:
            while True:
                if batch:
                    yield batch
                    # A heartbeat comes once a second; what follows it must not wait for its sake.
                    if any(not isinstance(envelope.event, Pulse) for envelope in batch):
                        await self._clock.sleep(self._pause)
                if place == group.end:
                    woken.clear()
                    group.asleep.append(woken)
                    await woken.wait()
                batch, place = group.after(place, self._queue), group.end
        finally:
            group.listeners -= 1
            if woken in group.asleep:
                group.asleep.remove(woken)
            if not group.listeners:
                del self._groups[key]

    def forget(self) -> None:
        """Keeps nothing for terminals that come back: they read anew."""
        self._kept.clear()

    def _missed(self, accept: Filter, after: int) -> list[Envelope]:
        oldest = self._kept[0].seq if self._kept else self.seq + 1
        if after > self.seq or after < oldest - 1:
            return [Envelope(seq=self.seq, at=self._clock.now(), event=Resync(reason="too far back"))]
        found: list[Envelope] = []
        for envelope in self._kept:
            if envelope.seq > after:
                accepted = accept(envelope.event)
                if accepted is not None:
                    found.append(envelope if accepted is envelope.event else envelope.changed(event=accepted))
        return found

    @property
    def listeners(self) -> int:
        """How many listen now."""
        return sum(group.listeners for group in self._groups.values())
