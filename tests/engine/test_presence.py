"""Who attends to which conversation: told while it is so, gone when the terminal is, and "viewed" once in the log."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

import pytest
from engine.test_notes import hearing, overview
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing
from socialroom.domain.events import Attending, Presence
from socialroom.domain.operator import Role
from socialroom.domain.post import PostKind


@contextlib.asynccontextmanager
async def room(**options: object) -> AsyncIterator[TestRoom]:
    async with running(clock=options.pop("clock", None) or HeldClock(), **options) as test_room:
        test_room.source.say(test_room.post(1), test_room.post(2, kind=PostKind.MESSAGE, visibility="direct"))
        await test_room.clock.advance(1)
        yield test_room


def viewed(test_room: TestRoom) -> list[tuple[str, str, str]]:
    entries = test_room.room._desk_store.log()
    return [(e.actor, e.subject, e.fields["version"]) for e in entries if e.act == "viewed"]


async def test_who_looks_and_who_types_is_told_once_and_ends_with_time() -> None:
    async with room() as test_room:
        heard, listening = hearing(test_room, Role.MANAGER)
        seat = test_room.seat()
        await settle()
        for _again in range(3):
            await seat.act(r.Attend(conversation="small:1"))
        await seat.act(r.Attend(conversation="small:1", typing=True))
        await test_room.clock.advance(16)
        await test_room.clock.advance(120)
        assert [e for e in heard if isinstance(e, Attending)] == [
            Attending(operator="Head", conversation="small:1"),
            Attending(operator="Head", conversation="small:1", typing=True),
            Attending(operator="Head", conversation="small:1"),
            Attending(operator="Head"),
        ]
        assert (await overview(test_room)).attending == ()
        listening.cancel()


async def test_a_renewal_keeps_it() -> None:
    async with room() as test_room:
        for _minute in range(5):
            await test_room.seat().act(r.Attend(conversation="small:1"))
            await test_room.clock.advance(60)
        assert (await overview(test_room, Role.GUEST)).attending == (
            Attending(operator="Head", conversation="small:1"),
        )
        await test_room.seat().act(r.Attend())
        assert (await overview(test_room)).attending == ()


async def test_it_ends_with_the_operators_last_terminal() -> None:
    async with room() as test_room:
        _heard, first = hearing(test_room, Role.HEAD)
        _heard, second = hearing(test_room, Role.HEAD)
        heard, listening = hearing(test_room, Role.MANAGER)
        await settle()
        await test_room.seat().act(r.Attend(conversation="small:1"))
        first.cancel()
        await test_room.clock.advance(1)
        assert (await overview(test_room)).attending
        second.cancel()
        await test_room.clock.advance(1)
        assert (await overview(test_room)).attending == ()
        assert Attending(operator="Head") in heard
        assert heard[-1] == Presence(operators=("Manager",)) or Presence(operators=("Manager",)) in heard
        listening.cancel()


async def test_a_draft_that_grows_is_typing() -> None:
    async with room() as test_room:
        await test_room.seat(Role.COMMUNITY).act(r.SaveDraft(draft=test_room.draft("Bon")))
        assert (await overview(test_room)).attending == (
            Attending(operator="Community", conversation="small:1", typing=True),
        )


async def test_where_a_seat_may_not_look_it_sees_nobody_and_is_not_seen() -> None:
    async with room() as test_room:
        heard, listening = hearing(test_room, Role.GUEST)
        await settle()
        await test_room.seat().act(r.Attend(conversation="small:1"))
        await test_room.clock.advance(1)
        await test_room.seat().act(r.Attend(conversation="small:2"))
        await test_room.clock.advance(1)
        assert [e for e in heard if isinstance(e, Attending)] == [
            Attending(operator="Head", conversation="small:1"),
            Attending(operator="Head"),
        ]
        assert (await overview(test_room, Role.GUEST)).attending == ()
        assert len((await overview(test_room, Role.MANAGER)).attending) == 1
        with pytest.raises(Missing):
            await test_room.seat(Role.GUEST).act(r.Attend(conversation="small:2"))
        listening.cancel()


async def test_seen_is_one_line_for_each_operator_and_version_of_a_case_also_after_a_restart() -> None:
    async with room() as test_room:
        seat = test_room.seat()
        await seat.act(r.ClaimCase(conversation="small:1"))
        before = str(test_room.room.ledger.case("small:1").version)
        for _again in range(3):
            await seat.act(r.Attend(conversation="small:1"))
        await test_room.seat(Role.MANAGER).act(r.Attend(conversation="small:1"))
        assert viewed(test_room) == [("Head", "small:1", before), ("Manager", "small:1", before)]
        case = test_room.room.ledger.case("small:1")
        test_room.room.ledger.commit(None, "room", "small:1", put=[case.changed(version=case.version + 1)])
        await seat.act(r.Attend(conversation="small:1"))
        assert len(viewed(test_room)) == 3
        desk = test_room.room._desk_store
    async with room(desk=desk) as again:
        await again.seat().act(r.Attend(conversation="small:1"))
        assert len(viewed(again)) == 3
