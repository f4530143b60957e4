"""A disk that is full at any commit of any act of the outbox: nothing is said that is not kept, and nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from support.approving_room import ApprovingRoom, approving
from support.clock import settle

from socialroom.domain import requests as r
from socialroom.domain.draft import Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import StoreError
from socialroom.domain.events import OutboxChanged
from socialroom.domain.operator import Role
from socialroom.domain.step import Step


class Disk:
    """Lets so many commits through, then refuses."""

    def __init__(self, room: ApprovingRoom) -> None:
        self._store = room.test.room.ledger._store
        self._commit: Callable[..., Any] = self._store.commit
        self.left: int | None = None
        self._store.commit = self.commit

    def commit(self, *args: Any, **named: Any) -> Any:
        if self.left is not None:
            if self.left <= 0:
                raise StoreError("the disk is full")
            self.left -= 1
        return self._commit(*args, **named)


Prepared = tuple[r.Command, Role]


async def queueing(room: ApprovingRoom) -> Prepared:
    return r.QueueSend(draft=room.draft(), delay=60), Role.COMMUNITY


async def proposing(room: ApprovingRoom) -> Prepared:
    return r.ProposeSend(draft=room.draft()), Role.CREATIVE


async def approving_one(room: ApprovingRoom) -> Prepared:
    await room.propose("Autre", id="d8")
    item = await room.propose()
    return r.ApproveSend(item=item.id, text_hash=item.text_hash), Role.HEAD


async def rejecting(room: ApprovingRoom) -> Prepared:
    return r.RejectSend(item=(await room.propose()).id, reason="Non"), Role.HEAD


async def revising(room: ApprovingRoom) -> Prepared:
    return r.ReviseSend(item=(await room.propose()).id, draft=room.draft("Mieux", id="d9")), Role.COMMUNITY


async def rescheduling(room: ApprovingRoom) -> Prepared:
    item = await room.send(delay=60)
    return r.RescheduleSend(item=item.id, at=room.clock.now() + timedelta(hours=1)), Role.COMMUNITY


async def cancelling(room: ApprovingRoom) -> Prepared:
    return r.CancelSend(item=(await room.send(delay=60)).id), Role.COMMUNITY


async def releasing(room: ApprovingRoom) -> Prepared:
    item = await room.send(delay=60)
    await room.act(r.ClaimCase(conversation="small:1", take=True), Role.MANAGER)
    return r.ReleaseHeld(item=item.id), Role.MANAGER


async def deleting(room: ApprovingRoom) -> Prepared:
    return r.DeleteSent(item=(await room.send()).id), Role.COMMUNITY


async def reacting(room: ApprovingRoom) -> Prepared:
    return r.React(kind=SendKind.LIKE, uri="small:1", account="small", delay=60), Role.COMMUNITY


async def reacting_at_once(room: ApprovingRoom) -> Prepared:
    return r.React(kind=SendKind.LIKE, uri="small:1", account="small"), Role.COMMUNITY


async def freezing(room: ApprovingRoom) -> Prepared:
    return r.FreezePublishing(on=True, reason="crise"), Role.HEAD


ACTS = [
    queueing,
    proposing,
    approving_one,
    rejecting,
    revising,
    rescheduling,
    cancelling,
    releasing,
    deleting,
    reacting,
]


def kept(room: ApprovingRoom) -> list[dict[str, Any]]:
    ledger = room.test.room.ledger
    return [dict(ledger.all(kind)) for kind in (OutboxItem, Draft, Step)] + [dict(ledger.cases)]


@pytest.mark.parametrize("prepare", [*ACTS, freezing], ids=lambda p: p.__name__)
async def test_an_act_that_the_disk_refuses_has_not_happened(prepare: Callable[[ApprovingRoom], Any]) -> None:
    async with approving() as room:
        disk = Disk(room)
        command, role = await prepare(room)
        before, publishing = kept(room), room.test.room.publishing.stopped
        calls = list(room.network.calls)
        disk.left = 0
        with pytest.raises(StoreError):
            await room.act(command, role)
        await settle()
        assert kept(room) == before
        assert room.test.room.publishing.stopped is publishing
        assert room.network.calls == calls
        disk.left = None
        await room.act(command, role)  # and is done when there is room again
        assert kept(room) != before or room.test.room.publishing.stopped is not publishing


@pytest.mark.parametrize("acts", [*ACTS, reacting_at_once, freezing], ids=lambda p: p.__name__)
async def test_an_act_whose_undo_the_disk_refuses_is_done_all_the_same(acts: Callable[[ApprovingRoom], Any]) -> None:
    async with approving() as room:
        disk = Disk(room)
        command, role = await acts(room)
        disk.left = 1
        done = await room.act(command, role)
        assert done.step == "" or done.step in room.test.room.ledger.steps


@pytest.mark.parametrize("after", range(6))
async def test_a_send_whose_disk_fills_at_its_nth_commit_says_nothing_that_is_not_so(after: int) -> None:
    async with approving() as room:
        disk, said = Disk(room), []
        room.test.room._bus.publish = _listening(room, said)  # type: ignore[method-assign]
        disk.left = after
        try:
            item = await room.send()
        except StoreError:
            assert after == 0
            assert said == []
            assert room.network.posts == []
            return
        await room.clock.advance(120)
        now = room.item(item.id)
        on_disk = disk._store.load(OutboxItem)[item.id]
        for word, posts in said:
            assert (word is OutboxState.SENT) <= (posts == 1)
            assert word not in (OutboxState.HELD, OutboxState.REJECTED) or posts == 0
        assert now.state in (on_disk.state, OutboxState.HELD)  # what has not left may be held without its line
        disk.left = None
        await room.clock.advance(400)
        assert len(room.network.posts) <= 1
        assert (room.item(item.id).state is OutboxState.SENT) == (len(room.network.posts) == 1)


def _listening(room: ApprovingRoom, said: list[tuple[OutboxState, int]]) -> Callable[[Any], None]:
    publish = room.test.room._bus.publish

    def hears(event: Any) -> None:
        if isinstance(event, OutboxChanged):
            said.append((event.item.state, len(room.network.posts)))
        publish(event)

    return hears
