"""Deadlines: what is late is escalated once and rings, and the share that was kept is counted, whatever ends meanwhile."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.alert import AlertState
from socialroom.domain.audience import AudienceList
from socialroom.domain.case import Case, CaseState
from socialroom.domain.deadline import Deadline, Promise, outcome
from socialroom.domain.errors import StoreError
from socialroom.domain.log import LogEntry
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Audience, Author
from socialroom.domain.ports import DeskStore
from socialroom.domain.text import SafeText
from socialroom.stores.memory import MemoryCache, MemoryDesk

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
PRESS = AudienceList(audience=Audience.JOURNALIST, people={("", "claire"): "BE"})
CLAIRE = Author(id="7", handle=SafeText("claire"))
LOUIS = Author(id="8", handle=SafeText("louis"))
DEADLINES = (
    Deadline(audience="journalist", first=120.0, resolution=480.0),
    Deadline(resolution=1440.0),
)


@contextlib.asynccontextmanager
async def a_room(desk: DeskStore | None = None, clock: HeldClock | None = None, **plan: Any) -> AsyncIterator[TestRoom]:
    options = {"audiences": (PRESS,), "deadlines": DEADLINES, "desk": desk or MemoryDesk()} | plan
    async with running(clock=clock or HeldClock(NOW), cache=MemoryCache(), **options) as found:
        await settle()
        yield found


async def passes(room: TestRoom, minutes: float) -> None:
    assert isinstance(room.clock, HeldClock)
    await room.clock.advance(minutes * 60)


async def asks(room: TestRoom, number: int, author: Author, **fields: Any) -> Case:
    room.source.say(room.post(number, author=author, **fields))
    await passes(room, 0.01)
    case = room.case(fields.get("root") or f"small:{number}")
    assert case is not None
    return case


async def answers(room: TestRoom, number: int) -> None:
    draft = room.draft(id=f"d{number}", in_reply_to=f"small:{number}", conversation=f"small:{number}")
    await room.seat().act(r.QueueSend(draft=draft, delay=0.0))
    await passes(room, 0.1)


async def figures(room: TestRoom, since: datetime = NOW) -> dict[str, tuple[int, ...]]:
    met = await room.seat().view(r.DeadlineReport(since=since))
    assert isinstance(met, r.DeadlinesMet)
    return {
        f.audience: (f.first_met, f.first, f.resolutions_met, f.resolutions, f.overdue)
        for f in met.figures
        if f.network == "small"
    }


def lines(room: TestRoom, act: str) -> list[LogEntry]:
    return [e for e in room.room._desk_store.log() if e.act == act]


@pytest.fixture
async def room() -> AsyncIterator[TestRoom]:
    async with a_room() as found:
        yield found


# --- what is late -------------------------------------------------------------------------------------------------


async def test_a_case_that_is_late_is_escalated_by_the_room_and_rings(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await passes(room, 1.9)
    assert room.case().state_at(room.clock.now()) is CaseState.NEW  # type: ignore[union-attr]
    await passes(room, 0.3)
    case = room.case()
    assert case is not None
    assert case.state_at(room.clock.now()) is CaseState.ESCALATED
    assert (case.escalated_to, case.escalated_by, case.escalated_why) == ("head", "room", "overdue")
    (entry,) = lines(room, "overdue")
    assert (entry.actor, entry.fields["promise"]) == ("room", "first response")
    (alert,) = room.room.alerting.alerts()
    assert (alert.key, alert.state, alert.posts) == ("deadline:journalist", AlertState.RINGING, ("small:1",))
    assert str(alert.headline).startswith("1 overdue, the latest: @claire, first response promised by ")
    await asks(room, 2, CLAIRE)
    await passes(room, 2.5)
    (alert,) = room.room.alerting.alerts()
    assert str(alert.headline).startswith("2 overdue, ")


async def test_it_is_escalated_once_for_each_opening(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await passes(room, 2.5)
    await room.seat().act(r.EscalateCase(conversation="small:1", on=False))
    await passes(room, 8)  # the resolution is late, too
    assert room.case().state_at(room.clock.now()) is not CaseState.ESCALATED  # type: ignore[union-attr]
    assert len(lines(room, "overdue")) == 1
    await room.seat().act(r.CloseCase(conversation="small:1"))
    await passes(room, 0.2)
    await asks(room, 2, CLAIRE, root="small:1")
    await passes(room, 2.5)
    assert len(lines(room, "overdue")) == 2
    assert room.case().state_at(room.clock.now()) is CaseState.ESCALATED  # type: ignore[union-attr]


async def test_what_somebody_escalated_stays_theirs(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await room.seat(Role.COMMUNITY).act(r.EscalateCase(conversation="small:1", to="Manager", why="the press"))
    await passes(room, 2.5)
    case = room.case()
    assert case is not None
    assert (case.escalated_by, case.escalated_why) == ("Community", "the press")
    assert case.late_since is not None


async def test_an_answer_in_time_is_not_late(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await answers(room, 1)
    await passes(room, 5)
    assert lines(room, "overdue") == []
    case = room.case()
    assert case is not None
    assert case.responded_at is not None


async def test_what_the_disk_refuses_is_escalated_when_it_takes_it() -> None:
    class Disk(MemoryDesk):
        full = False

        def commit(self, *args: Any, **named: Any) -> LogEntry | None:
            if self.full:
                raise StoreError("the disk is full")
            return super().commit(*args, **named)

    disk = Disk()
    async with a_room(disk) as room:
        await asks(room, 1, CLAIRE)
        disk.full = True
        await passes(room, 2.5)
        assert room.case().escalated_at is None  # type: ignore[union-attr]
        assert [a for a in room.room.alerting.alerts() if a.key.startswith("deadline:")] == []
        disk.full = False
        await passes(room, 0.2)
        assert room.case().escalated_why == "overdue"  # type: ignore[union-attr]


async def test_a_clock_that_jumps_finds_what_is_late() -> None:
    clock = HeldClock(NOW)
    async with a_room(clock=clock) as room:
        await asks(room, 1, CLAIRE)
        clock.jump(3600)
        await passes(room, 0.2)
        assert room.case().escalated_why == "overdue"  # type: ignore[union-attr]


# --- the share ----------------------------------------------------------------------------------------------------


async def test_the_share_that_was_kept_by_audience(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await answers(room, 1)
    await room.seat().act(r.CloseCase(conversation="small:1"))
    await asks(room, 2, CLAIRE)
    await asks(room, 3, LOUIS)
    assert await figures(room) == {"journalist": (1, 1, 1, 1, 0)}
    await passes(room, 2.5)
    assert await figures(room) == {"journalist": (1, 2, 1, 1, 1)}
    await answers(room, 2)
    await passes(room, 25)
    assert await figures(room) == {"journalist": (1, 2, 1, 2, 1), "customer": (0, 0, 0, 1, 1)}
    await room.seat().act(r.CloseCase(conversation="small:2"))
    assert await figures(room) == {"journalist": (1, 2, 1, 2, 0), "customer": (0, 0, 0, 1, 1)}
    assert await figures(room, room.clock.now() - 20 * MINUTE) == {
        "journalist": (0, 0, 0, 1, 0),
        "customer": (0, 0, 0, 1, 1),
    }


async def test_what_needs_no_answer_counts_for_nothing(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await room.seat().act(r.DismissCase(conversation="small:1", why="spam"))
    await passes(room, 9)
    assert await figures(room) == {}


async def test_what_was_kept_before_a_case_opened_again_still_counts(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await answers(room, 1)
    await room.seat().act(r.CloseCase(conversation="small:1"))
    await passes(room, 0.2)
    await asks(room, 2, CLAIRE, root="small:1")
    assert await figures(room) == {"journalist": (1, 1, 1, 1, 0)}
    await passes(room, 2.5)
    assert await figures(room) == {"journalist": (1, 2, 1, 1, 1)}


async def test_what_is_undone_was_not_kept(room: TestRoom) -> None:
    await asks(room, 1, LOUIS)
    await room.seat().act(r.CloseCase(conversation="small:1"))
    await passes(room, 0.2)
    assert await figures(room) == {"customer": (0, 0, 1, 1, 0)}
    await room.seat().act(r.UndoStep())
    assert await figures(room) == {}
    await passes(room, 25)
    assert await figures(room) == {"customer": (0, 0, 0, 1, 1)}


async def test_a_restart_forgets_no_promise() -> None:
    desk, clock = MemoryDesk(), HeldClock(NOW)
    async with a_room(desk, clock) as room:
        await asks(room, 1, CLAIRE)
        await answers(room, 1)
        await room.seat().act(r.CloseCase(conversation="small:1"))
        await passes(room, 0.2)
        await asks(room, 2, CLAIRE, root="small:1")
        await asks(room, 3, CLAIRE)
        await passes(room, 0.2)
        before = await figures(room)
        assert before == {"journalist": (1, 1, 1, 1, 0)}
    clock.jump(300)
    async with a_room(desk, clock) as room:
        await passes(room, 0.2)
        assert await figures(room) == {"journalist": (1, 3, 1, 1, 2)}
        assert len(lines(room, "overdue")) == 2


async def test_the_log_says_what_became_of_a_promise_and_no_more(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await passes(room, 2.5)
    (entry,) = lines(room, "promise decided")
    assert entry.fields == {
        "promise": "first response",
        "met": "no",
        "by": (NOW + 2 * MINUTE).isoformat(),
        "audience": "journalist",
        "network": "small",
        "country": "BE",
    }


async def test_a_guest_is_told_of_their_country_only(room: TestRoom) -> None:
    await asks(room, 1, CLAIRE)
    await asks(room, 2, LOUIS)
    await passes(room, 25)
    guest = Operator(name=SafeText("Zoé"), role=Role.GUEST, country="BE")
    met = await room.room.seat(guest).view(r.DeadlineReport(since=NOW))
    assert isinstance(met, r.DeadlinesMet)
    assert [f.audience for f in met.figures] == ["journalist"]


# --- outcomes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "first", "resolution"),
    [
        ({}, None, None),
        ({"responded_at": NOW + MINUTE}, True, None),
        ({"responded_at": NOW + 30 * MINUTE}, True, None),  # to the second
        ({"responded_at": NOW + 31 * MINUTE}, False, None),
        ({"done_at": NOW + MINUTE}, None, True),  # by other means than a reply
        ({"done_at": NOW + 40 * MINUTE}, False, True),
        ({"responded_at": NOW + MINUTE, "done_at": NOW + 61 * MINUTE}, True, False),
        ({"done_at": NOW + 90 * MINUTE, "no_answer_why": "spam"}, None, None),
    ],
)
def test_what_became_of_a_promise(fields: dict[str, Any], first: bool | None, resolution: bool | None) -> None:
    now = NOW + 20 * MINUTE if not fields else NOW + 50 * MINUTE
    case = Case(id="c", respond_by=NOW + 30 * MINUTE, resolve_by=NOW + 60 * MINUTE, **fields)
    found = [None if (o := outcome(case, p, now)) is None else o.met for p in Promise]
    assert found == [first, resolution]
