"""The bus: in order, at once after a quiet moment, then in batches; never waiting for whoever is slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from support.clock import HeldClock, settle

from socialroom.domain.events import Envelope, Event, Presence, Pulse, Withdrawn
from socialroom.engine.bus import Bus


def everything(event: Event) -> Event:
    return event


def said(batch: list[Envelope]) -> list[str]:
    return [e.event.uris[0] if isinstance(e.event, Withdrawn) else type(e.event).__name__ for e in batch]


class Line:
    """A listener whose batches are looked at as they come."""

    def __init__(self, listening: AsyncIterator[list[Envelope]]) -> None:
        self._listening = listening
        self._next: asyncio.Future[list[Envelope]] | None = None

    async def batch(self) -> list[Envelope] | None:
        """The batch that is there now, or None."""
        self._next = self._next or asyncio.ensure_future(anext(self._listening))  # type: ignore[arg-type]
        await settle()
        if not self._next.done():
            return None
        found, self._next = self._next.result(), None
        return found

    async def aclose(self) -> None:
        if self._next is not None:
            self._next.cancel()
            await asyncio.gather(self._next, return_exceptions=True)
        await self._listening.aclose()  # type: ignore[attr-defined]


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def bus(clock: HeldClock) -> Bus:
    return Bus(clock, kept=50, queue=10, pause=0.05)


def say(bus: Bus, *names: str) -> None:
    for name in names:
        bus.publish(Withdrawn(uris=(name,)))


async def test_the_first_event_comes_at_once_and_what_follows_in_one_batch(bus: Bus, clock: HeldClock) -> None:
    line = Line(bus.listen("all", everything, 0))
    assert await line.batch() is None
    say(bus, "a")
    assert said(await line.batch() or []) == ["a"]
    say(bus, "b", "c")
    assert await line.batch() is None  # 50 ms have not passed
    say(bus, "d")
    await clock.advance(0.05)
    assert said(await line.batch() or []) == ["b", "c", "d"]
    await line.aclose()


async def test_what_follows_a_heartbeat_does_not_wait_for_its_sake(bus: Bus) -> None:
    line = Line(bus.listen("all", everything, 0))
    assert await line.batch() is None
    bus.publish(Pulse(rate=(1,), posts=1))
    assert said(await line.batch() or []) == ["Pulse"]
    say(bus, "a")
    assert said(await line.batch() or []) == ["a"]
    await line.aclose()


async def test_events_are_numbered_in_the_order_in_which_they_happened(bus: Bus) -> None:
    say(bus, "a", "b", "c")
    line = Line(bus.listen("all", everything, 0))
    assert [(e.seq, e.event.uris) for e in await line.batch() or [] if isinstance(e.event, Withdrawn)] == [
        (1, ("a",)),
        (2, ("b",)),
        (3, ("c",)),
    ]
    await line.aclose()


async def test_who_comes_back_hears_only_what_was_missed(bus: Bus) -> None:
    say(bus, "a", "b", "c")
    line = Line(bus.listen("all", everything, 2))
    assert said(await line.batch() or []) == ["c"]
    await line.aclose()


@pytest.mark.parametrize("after", [0, 9, 61, 10_000])
async def test_who_asks_for_what_is_no_longer_or_never_was_kept_is_told_to_read_anew(bus: Bus, after: int) -> None:
    say(bus, *(str(n) for n in range(60)))
    line = Line(bus.listen("all", everything, after))
    batch = await line.batch() or []
    assert said(batch) == ["Resync"]
    assert batch[0].seq == 60  # from here on, after reading
    await line.aclose()


async def test_the_oldest_that_is_kept_can_still_be_resumed_from(bus: Bus) -> None:
    say(bus, *(str(n) for n in range(60)))
    line = Line(bus.listen("all", everything, 10))
    assert len(await line.batch() or []) == 50
    await line.aclose()


async def test_a_room_that_was_started_again_never_continues_anothers_numbers(clock: HeldClock) -> None:
    old = Bus(clock, first=1_000_000)
    say(old, "a", "b")
    new = Bus(clock, first=2_000_000)
    say(new, *(str(n) for n in range(5)))
    for after in (old.seq, 0):
        line = Line(new.listen("all", everything, after))
        assert said(await line.batch() or []) == ["Resync"]
        await line.aclose()


async def test_a_slow_listener_is_told_once_to_read_anew_and_holds_nobody_up(bus: Bus, clock: HeldClock) -> None:
    slow, quick = Line(bus.listen("all", everything, 0)), Line(bus.listen("all", everything, 0))
    await slow.batch()
    await quick.batch()
    heard: list[str] = []
    for number in range(25):
        say(bus, str(number))
        heard += said(await quick.batch() or [])
        await clock.advance(0.05)
        heard += said(await quick.batch() or [])
    await clock.advance(0.05)
    heard += said(await quick.batch() or [])
    assert heard == [str(n) for n in range(25)]
    slowly = []
    for _ in range(3):
        slowly.append(said(await slow.batch() or []))
        await clock.advance(0.05)
    assert slowly == [["0"], [], ["Resync"]]
    assert await slow.batch() is None
    say(bus, "after")
    await clock.advance(0.05)
    assert said(await slow.batch() or []) == ["after"]
    await slow.aclose()
    await quick.aclose()


async def test_listeners_of_one_key_are_filtered_once(bus: Bus) -> None:
    asked: list[Event] = []

    def picky(event: Event) -> Event | None:
        asked.append(event)
        return None if isinstance(event, Withdrawn) else event

    lines = [Line(bus.listen("picky", picky, 0)) for _ in range(3)]
    for line in lines:
        assert await line.batch() is None
    say(bus, "a")
    bus.publish(Presence(operators=("Léa",)))
    assert len(asked) == 2
    for line in lines:
        assert said(await line.batch() or []) == ["Presence"]
        await line.aclose()


async def test_what_a_filter_rewrites_keeps_its_number(bus: Bus) -> None:
    line = Line(bus.listen("less", lambda _event: Withdrawn(uris=("less",)), 0))
    await line.batch()
    say(bus, "much")
    assert [(e.seq, said([e])) for e in await line.batch() or []] == [(1, ["less"])]
    await line.aclose()


async def test_who_leaves_is_forgotten(bus: Bus) -> None:
    line = Line(bus.listen("all", everything, 0))
    await line.batch()
    assert bus.listeners == 1
    await line.aclose()
    assert bus.listeners == 0
    say(bus, "a")
