"""A room as one operator's terminal holds it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import TYPE_CHECKING

from socialroom.domain import requests as r
from socialroom.domain.errors import NotAllowed
from socialroom.domain.events import Envelope
from socialroom.domain.operator import Operator
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.engine.room import LocalRoom


class Seat:
    """A room as one operator's terminal holds it (implements `domain.ports.Room`)."""

    def __init__(self, room: LocalRoom, operator: Operator) -> None:
        self._room, self.operator = room, operator

    async def view(self, view: r.View) -> r.Answer:
        """Answers a question."""
        self._check()
        return await self._room.view(view, self.operator)

    async def act(self, command: r.Command) -> r.Done:
        """Does it, as this operator."""
        self._check()
        return await self._room.act(command, self.operator)

    def events(self, feeds: Sequence[r.Feed], after: int) -> AsyncIterator[list[Envelope]]:
        """What happens from `after` on, while the seat is open."""
        self._check()
        heard = self._room.events(feeds, after, self.operator)
        return self._while_open(heard) if self.operator.expires else heard

    async def _while_open(self, heard: AsyncIterator[list[Envelope]]) -> AsyncIterator[list[Envelope]]:
        try:
            async for batch in heard:
                self._check()
                yield batch
        finally:
            await heard.aclose()  # type: ignore[attr-defined]

    def _check(self) -> None:
        """Raises NotAllowed when the seat's last day is past."""
        if self.operator.expires and self.operator.is_closed(self._room.clock.now().astimezone().date()):
            raise NotAllowed(
                N_("the seat of {name} closed after {day}"),
                name=self.operator.name,
                day=self.operator.expires,
                remedy=N_("Whoever runs the room gives it a later day in room.toml: expires = …"),
            )

    async def aclose(self) -> None:
        """Leaves; the room goes on."""
