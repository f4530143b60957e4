"""What was sent, deleted and corrected from the outbox pane, with the real room and a network that lets it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from support.local_room import TestRoom
from support.seats import act, calm, console, hear, seated, sends, shown
from textual.pilot import Pilot

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxState, SendKind
from socialroom.tui.app import RoomApp

pytestmark = pytest.mark.long


@asynccontextmanager
async def sent(size: tuple[int, int] = (120, 40)) -> AsyncIterator[tuple[TestRoom, RoomApp, Pilot[int]]]:
    """Léa's terminal, the cursor on her reply that is there."""
    async with seated() as room:
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        await act(room, "Léa", r.QueueSend(draft=room.draft("Nous regardons demain.", operator="Léa")))
        await room.clock.advance(6)
        async with console(room, "Léa", size) as (app, pilot):
            await pilot.press("g", "o")
            await calm(pilot)
            yield room, app, pilot


def texts(room: TestRoom) -> list[str]:
    return [post.text for post in room.network.posts]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_sent_reply_is_deleted_after_a_question_and_a_countdown_that_can_be_stopped(
    size: tuple[int, int],
) -> None:
    async with sent(size) as (room, app, pilot):
        await pilot.press("X", "j", "enter")
        await calm(pilot)
        assert texts(room) == ["Nous regardons demain."]
        deletion = next(i for i in sends(room) if i.kind is SendKind.DELETE)
        assert deletion.state is OutboxState.COUNTDOWN
        pane = app.room_screen.tiles.pane("outbox")
        assert pane is not None
        pane.view.choose(f"item:{deletion.id}")  # type: ignore[attr-defined]
        await pilot.press("u")
        await calm(pilot)
        await room.clock.advance(10)
        assert texts(room) == ["Nous regardons demain."]
        pane.view.choose(f"item:{sends(room)[0].id}")  # type: ignore[attr-defined]
        await pilot.press("X", "j", "enter")
        await calm(pilot)
        await room.clock.advance(10)
        await calm(pilot)
        assert texts(room) == []
        assert sends(room)[0].gone_at is not None
        assert "was sent, is deleted there" in shown(app)


async def test_a_sent_reply_is_corrected_in_the_composer() -> None:
    async with sent() as (room, app, pilot):
        await pilot.press("C")
        await calm(pilot)
        await pilot.press(*["backspace"] * 7, *"ce soir.", "ctrl+s")
        await calm(pilot)
        assert "This corrects what is on the network" in shown(app)
        await pilot.press("y")
        await calm(pilot)
        await room.clock.advance(6)
        await calm(pilot)
        assert texts(room) == ["Nous regardons ce soir."]
        original = next(i for i in sends(room) if i.kind is SendKind.POST)
        assert original.corrected_by
        assert original.text == "Nous regardons demain."
