"""A room whose cases a test opens by what customers say, with seats that may answer and seats that may not."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from support.clock import HeldClock, settle
from support.local_room import SEATS, TestRoom

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Author
from socialroom.domain.ports import Room
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText

LEA = Operator(name=SafeText("Léa"), role=Role.COMMUNITY)
AMADOU = Operator(name=SafeText("Amadou"), role=Role.COMMUNITY)
CLAIRE = Author(id="claire", handle=SafeText("claire@small.example"), name=SafeText("Claire"))
BORIS = Author(id="boris", handle=SafeText("boris@small.example"), name=SafeText("Boris"))


class CaseRoom(TestRoom):
    """`hear` is what its source brings, `ask` a customer's message."""

    __test__ = False
    clock: HeldClock

    async def hear(self, *posts: Post, **more: Any) -> None:
        self.source.say(*posts, **more)
        await settle()

    def said(self, number: int, text: str = "Aurelia, bonjour", **fields: Any) -> Post:
        return self.post(number, text, **({"author": CLAIRE} | fields))

    async def ask(self, number: int = 1, **fields: Any) -> Case:
        """The case of conversation "small:1" (else of `root`) after one more message."""
        post = self.said(number, **fields)
        await self.hear(post)
        return self.of(post.conversation)

    def of(self, conversation: str = "small:1") -> Case:
        return self.room.cases.all()[conversation]

    def as_(self, operator: Operator | Role) -> Room:
        return self.room.seat(SEATS[operator.value] if isinstance(operator, Role) else operator)

    async def act(self, command: r.Command, operator: Operator | Role = LEA) -> Case:
        """The case as it is then."""
        done = await self.as_(operator).act(command)
        assert done.case is not None
        return done.case

    async def later(self, **delta: float) -> None:
        await self.clock.advance(timedelta(**delta).total_seconds())

    def acts(self) -> list[str]:
        """The acts of the log, without those of alerts and presence."""
        return [e.act for e in self.room._desk_store.log() if e.act != "viewed"]


@contextlib.asynccontextmanager
async def case_room(**options: Any) -> AsyncIterator[CaseRoom]:
    """A room that listens already: what is said now is no past."""
    options = {"clock": HeldClock(), "operators": (*SEATS.values(), LEA, AMADOU)} | options
    room = CaseRoom(**options)
    await room.room.start()
    await settle()
    try:
        yield room
    finally:
        await room.room.aclose()
