"""A room in this process with several seats: a terminal at one of them, and acts of the others."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from typing import Any

from support.clock import HeldClock
from support.local_room import EVERYTHING, MENTIONS, TestRoom
from textual.pilot import Pilot

from socialroom.domain.draft import OutboxItem
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import Room
from socialroom.domain.post import Post
from socialroom.domain.requests import Done
from socialroom.domain.text import SafeText
from socialroom.tui.app import RoomApp
from socialroom.tui.settings import TerminalSettings

PEOPLE: Mapping[str, Operator] = {
    name: Operator(name=SafeText(name), role=role)
    for name, role in (
        ("Zoé", Role.HEAD), ("Marc", Role.MANAGER), ("Léa", Role.COMMUNITY), ("Ana", Role.CREATIVE),
        ("Yan", Role.ANALYST),
    )
}  # fmt: skip


@contextlib.asynccontextmanager
async def seated(**plan: Any) -> AsyncIterator[TestRoom]:
    """A running room with everybody in it, on a clock that the test holds."""
    room = TestRoom(HeldClock(), operators=tuple(PEOPLE.values()), **plan)
    await room.room.start()
    try:
        yield room
    finally:
        await room.room.aclose()


def seat(room: TestRoom, name: str) -> Room:
    return room.room.seat(PEOPLE[name])


async def act(room: TestRoom, name: str, command: Any) -> Done:
    return await seat(room, name).act(command)


def sends(room: TestRoom) -> list[OutboxItem]:
    return list(room.room.ledger.items.values())


@contextlib.asynccontextmanager
async def console(
    room: TestRoom, name: str, size: tuple[int, int] = (120, 40), **settings: Any
) -> AsyncIterator[tuple[RoomApp, Pilot[int]]]:
    """The terminal of one of them."""

    async def connect(start: bool = True) -> Room:
        del start
        return seat(room, name)

    known = TerminalSettings(operator=name, version="0.1.0", room="Aurelia", feeds=(MENTIONS, EVERYTHING))
    app = RoomApp(connect, known.changed(**settings), clock=room.clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        await calm(pilot)
        yield app, pilot


async def calm(pilot: Pilot[int], rounds: int = 4) -> None:
    """Lets the room and the terminal say all they have to say."""
    for _ in range(rounds):
        await pilot.pause()
        await pilot.app.clock.advance(0.06)  # type: ignore[attr-defined]
        await pilot.pause()


async def hear(room: TestRoom, pilot: Pilot[int] | None, *posts: Post) -> None:
    """Posts come in."""
    room.source.say(*posts)
    if pilot is not None:
        await calm(pilot)
    else:
        assert isinstance(room.clock, HeldClock)
        for _ in range(4):
            await room.clock.advance(0.06)


def shown(app: RoomApp) -> str:
    """What stands on the screen, spaces told once, without frames."""
    strips = app.screen._compositor.render_strips(app.size)
    text = " ".join("".join(segment.text for segment in strip) for strip in strips)
    return " ".join("".join(" " if sign in "│┃▌╭╮╰╯─" else sign for sign in text).split())
