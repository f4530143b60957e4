"""Which part of the room answers which question: each part names its own, and here they come together."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.operator import Operator
from socialroom.locale import N_

Answerer = Callable[[Any, Operator], "r.Answer | Awaitable[r.Answer]"]
"""Answers one kind of question, as far as this operator may know; raises RoomError kinds."""


class Answering:
    """All views of a room."""

    def __init__(self) -> None:
        self._answerers: dict[type[object], Answerer] = {}

    def add(self, answerers: Mapping[type[object], Answerer]) -> None:
        """A part of the room says what it answers."""
        twice = self._answerers.keys() & answerers.keys()
        assert not twice, f"two parts answer {twice}"
        self._answerers.update(answerers)

    @property
    def known(self) -> frozenset[type[object]]:
        """Every question that some part answers."""
        return frozenset(self._answerers)

    async def answer(self, view: r.View, operator: Operator) -> r.Answer:
        """Raises what the part raises."""
        answerer = self._answerers.get(type(view))
        if answerer is None:
            raise Missing(N_("this room cannot answer that: {view}"), view=type(view).__name__)
        found = answerer(view, operator)
        return await found if inspect.isawaitable(found) else found
