"""A room with a question in it, on a held clock, and a seat for each role."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.operator import Role


class ApprovingRoom:
    """What operators do in it, one line each."""

    def __init__(self, room: TestRoom, clock: HeldClock) -> None:
        self.test, self.clock, self.network = room, clock, room.network

    async def act(self, command: r.Command, role: Role = Role.HEAD) -> r.Done:
        done = await self.test.seat(role).act(command)
        await settle()
        return done

    def draft(self, text: str = "Nous regardons.", **fields: Any) -> Draft:
        return self.test.draft(text, **fields)

    def item(self, item_id: str) -> OutboxItem:
        return self.test.room.ledger.items[item_id]

    async def send(self, draft: Draft | None = None, role: Role = Role.COMMUNITY, **more: Any) -> OutboxItem:
        done = await self.act(r.QueueSend(draft=draft or self.draft(), **({"delay": 0} | more)), role)
        assert done.item
        return done.item

    async def propose(self, text: str = "Nous regardons.", role: Role = Role.COMMUNITY, **fields: Any) -> OutboxItem:
        done = await self.act(r.ProposeSend(draft=self.draft(text, **fields)), role)
        assert done.item
        return done.item

    async def approve(self, item: OutboxItem, role: Role = Role.HEAD) -> OutboxItem:
        done = await self.act(r.ApproveSend(item=item.id, text_hash=item.text_hash), role)
        assert done.item
        return done.item

    def drafts(self) -> list[tuple[str, str]]:
        return sorted((d.operator, d.text) for d in self.test.room.drafts.all())

    def texts(self) -> list[str]:
        return [p.text for p in self.network.posts]

    def log(self) -> list[str]:
        return [e.act for e in self.test.room.ledger._store.log(0, 10_000)]

    async def undo(self, step: str, role: Role) -> r.Done:
        assert step, "the act cannot be undone"
        return await self.act(r.UndoStep(step=step), role)


@contextlib.asynccontextmanager
async def approving(**plan: Any) -> AsyncIterator[ApprovingRoom]:
    """A room that heard a question."""
    clock = HeldClock()
    async with running(clock=clock, **plan) as room:
        await settle()
        room.source.say(room.post(1))
        await settle()
        yield ApprovingRoom(room, clock)
