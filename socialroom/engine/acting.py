"""Which part of the room does which command: each part names its own, and here they come together."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.operator import Operator
from socialroom.locale import N_

Handler = Callable[[Any, Operator], "r.Done | Awaitable[r.Done]"]
"""Does one kind of command as this operator; raises RoomError kinds, and then nothing was done."""


class Acting:
    """All commands of a room."""

    def __init__(self, *checks: Callable[[Operator, r.Command], None]) -> None:
        """`checks` look at each command first, in order; one that raises keeps it from being done."""
        self._checks: Final = checks
        self._handlers: dict[type[object], Handler] = {}

    def add(self, handlers: Mapping[type[object], Handler]) -> None:
        """A part of the room says what it does."""
        twice = self._handlers.keys() & handlers.keys()
        assert not twice, f"two parts do {twice}"
        self._handlers.update(handlers)

    @property
    def known(self) -> frozenset[type[object]]:
        """Every command that some part does."""
        return frozenset(self._handlers)

    async def act(self, command: r.Command, operator: Operator) -> r.Done:
        """Checks it and does it. Raises NotAllowed, what the checks raise, and what the part raises."""
        for check in self._checks:
            check(operator, command)
        handler = self._handlers.get(type(command))
        if handler is None:
            raise Missing(N_("this room cannot do that: {act}"), act=type(command).__name__)
        done = handler(command, operator)
        return await done if inspect.isawaitable(done) else done
