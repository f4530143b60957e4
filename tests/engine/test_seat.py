"""A seat that ends: its last day is a whole one, and after it the room answers nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from support.clock import HeldClock, settle
from support.local_room import EVERYTHING, TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Operator, Role
from socialroom.domain.text import SafeText

NOON = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
GUEST = Operator(name=SafeText("Zoé"), role=Role.GUEST, expires="2026-09-02")
DAY = 86_400


@pytest.fixture
async def room() -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock(NOON)) as found:
        await settle()
        yield found


async def test_a_seat_is_open_through_its_last_day_and_closed_after_it(room: TestRoom) -> None:
    assert isinstance(room.clock, HeldClock)
    seat = room.room.seat(GUEST)
    room.clock.jump(DAY)
    await seat.view(r.Overview())
    room.clock.jump(DAY)
    with pytest.raises(NotAllowed, match="the seat of Zoé closed after 2026-09-02"):
        await seat.view(r.Overview())
    with pytest.raises(NotAllowed):
        await seat.act(r.WriteNote(subject="shift", text="bonsoir"))
    with pytest.raises(NotAllowed):
        seat.events([EVERYTHING], 0)


async def test_a_terminal_that_was_there_hears_nothing_after_the_last_day(room: TestRoom) -> None:
    assert isinstance(room.clock, HeldClock)
    heard = room.room.seat(GUEST).events([EVERYTHING], room.room._bus.seq)
    room.clock.jump(2 * DAY)
    room.source.say(room.post(1))
    with pytest.raises(NotAllowed):
        await anext(heard)
