"""A room as one operator's terminal holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from socialroom.domain import requests as r
from socialroom.domain.events import Envelope
from socialroom.domain.operator import Operator

if TYPE_CHECKING:
    from socialroom.engine.room import LocalRoom


class Seat:
    """A room as one operator's terminal holds it (implements `domain.ports.Room`)."""

    def __init__(self, room: LocalRoom, operator: Operator) -> None:
        self._room, self.operator = room, operator

    async def view(self, view: r.View) -> r.Answer:
        """Answers a question."""
        return await self._room.view(view, self.operator)

    async def act(self, command: r.Command) -> r.Done:
        """Does it, as this operator."""
        return await self._room.act(command, self.operator)

    def events(self, feeds: Sequence[r.Feed], after: int) -> AsyncIterator[list[Envelope]]:
        """What happens from `after` on."""
        return self._room.events(feeds, after, self.operator)

    async def aclose(self) -> None:
        """Leaves; the room goes on."""
