"""Cases open by what is heard: once, again, never for what is past, and none is lost to a disk that refuses."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from support.case_room import BORIS, CLAIRE, LEA, CaseRoom, case_room
from support.clock import HeldClock, settle
from support.local_room import EVERYTHING

from socialroom.domain import requests as r
from socialroom.domain.case import Case, CaseState
from socialroom.domain.errors import StoreError
from socialroom.domain.events import CaseChanged, CaseGone, Envelope
from socialroom.domain.log import LogEntry
from socialroom.domain.operator import Role
from socialroom.domain.person import account_key
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language
from socialroom.domain.value import Value
from socialroom.stores.memory import MemoryCache, MemoryDesk


@pytest.fixture
async def room() -> AsyncIterator[CaseRoom]:
    async with case_room() as found:
        yield found


class FullDesk(MemoryDesk):
    """A disk that may refuse, and counts what it takes."""

    def __init__(self) -> None:
        super().__init__()
        self.full = False
        self.commits = 0

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        if self.full:
            raise StoreError("the disk is full")
        if any(isinstance(value, Case) for _, value in put):
            self.commits += 1
        return super().commit(put, drop, log)


# --- opens -----------------------------------------------------------------------------------------------------------


async def test_a_message_that_speaks_to_us_opens_a_case_that_knows_who_asks(room: CaseRoom) -> None:
    now = room.clock.now()
    asked = room.said(1, created_at=now - timedelta(seconds=20), language=Language(code="fr", confidence=0.9))
    await room.hear(asked)
    assert room.of() == Case(
        id="small:1",
        network="small",
        source="small",
        person=account_key("small", "claire"),
        title=SafeText("@claire@small.example"),
        opened_at=now,
        asked_at=now - timedelta(seconds=20),
        asked_in="small:1",
        version=1,
        language="fr",
        audience="customer",  # whom no list, card or profile makes anybody else
    )
    assert room.of().state_at(now) is CaseState.NEW


@pytest.mark.parametrize(
    "fields",
    [{"kind": PostKind.POST}, {"kind": PostKind.NEWS}, {"by_us": True}, {"deleted_at": HeldClock().now()}],
    ids=["not to us", "news", "by us", "deleted"],
)
async def test_what_asks_nothing_opens_none(room: CaseRoom, fields: dict[str, Any]) -> None:
    await room.hear(room.said(1, **fields))
    assert not room.room.cases.all()


async def test_a_batch_is_one_record_however_many_cases_it_opens() -> None:
    desk = FullDesk()
    async with case_room(desk=desk) as room:
        await room.hear(*(room.said(n) for n in range(1, 31)), room.said(31, root="small:1"))
        assert len(room.room.cases.all()) == 30
        assert room.of().version == 2
        assert desk.commits == 1
        assert room.acts() == ["opened"]


async def test_every_terminal_is_told(room: CaseRoom) -> None:
    seat = room.as_(Role.MANAGER)
    listening = seat.events([EVERYTHING], room.room._bus.seq)
    waiting: list[Envelope] = []
    first = anext(listening)  # type: ignore[arg-type]
    await settle()
    await room.hear(room.said(1))
    waiting += await first
    told = [e.event.case.id for e in waiting if isinstance(e.event, CaseChanged)]
    while not told:
        waiting = await anext(listening)  # type: ignore[arg-type]
        told = [e.event.case.id for e in waiting if isinstance(e.event, CaseChanged)]
    assert told == ["small:1"]
    await listening.aclose()  # type: ignore[attr-defined]


# --- goes on ---------------------------------------------------------------------------------------------------------


async def test_each_message_of_the_customer_is_another_version(room: CaseRoom) -> None:
    first = await room.ask()
    await room.later(minutes=5)
    second = await room.ask(2, root="small:1")
    assert (second.version, second.asked_in, second.asked_at) == (2, "small:2", room.clock.now())
    assert second.opened_at == first.opened_at


async def test_an_edit_is_another_version_and_a_like_is_not(room: CaseRoom) -> None:
    post = room.said(1)
    await room.hear(post)
    await room.later(minutes=1)
    await room.hear(post.changed(counts=None))
    assert room.of().version == 1
    await room.hear(post.changed(revision="2", text=SafeText("Aurelia, pardon ?")))
    assert (room.of().version, room.of().asked_at) == (2, room.clock.now())
    edited_at = room.clock.now() - timedelta(seconds=30)
    await room.hear(post.changed(revision="3", edited_at=edited_at))
    assert room.of().version == 3


async def test_what_strangers_say_in_the_conversation_stops_no_answer_to_the_customer(room: CaseRoom) -> None:
    await room.ask()
    case = await room.ask(2, root="small:1", author=BORIS)
    assert (case.version, case.person, case.asked_in) == (1, account_key("small", "claire"), "small:2")


async def test_once_the_customer_is_answered_whoever_asks_next_is_the_one_who_waits(room: CaseRoom) -> None:
    await room.ask()
    await room.as_(LEA).act(r.QueueSend(draft=room.draft(), delay=0))
    await room.later(seconds=2)
    assert room.of().answered == ("small:1",)
    assert room.of().responded_at is not None
    case = await room.ask(2, root="small:1", author=BORIS)
    assert (case.person, case.title, case.asked_in) == ("small:boris", "@boris@small.example", "small:2")


async def test_a_reply_answers_what_its_writer_had_seen(room: CaseRoom) -> None:
    await room.ask()
    await room.ask(2, root="small:1")
    await room.as_(LEA).act(r.QueueSend(draft=room.draft(seen=2), delay=0))
    await room.later(seconds=2)
    assert set(room.of().answered) == {"small:1", "small:2"}


async def test_what_is_edited_after_it_was_answered_waits_again(room: CaseRoom) -> None:
    unanswered = r.FeedPage(feed=r.Feed(name="Unanswered", unanswered=True))
    post = room.said(1)
    await room.hear(post)
    await room.as_(LEA).act(r.QueueSend(draft=room.draft(), delay=0))
    await room.later(seconds=2)
    page = await room.as_(LEA).view(unanswered)
    assert isinstance(page, r.Page)
    assert not page.posts
    await room.hear(post.changed(revision="2", edited_at=room.clock.now() + timedelta(seconds=1)))
    page = await room.as_(LEA).view(unanswered)
    assert isinstance(page, r.Page)
    assert [p.uri for p in page.posts] == ["small:1"]
    found = await room.as_(LEA).view(r.CasesPage(filter=r.CaseFilter(view="unassigned")))
    assert isinstance(found, r.Cases)
    assert [c.id for c in found.cases] == ["small:1"]


# --- opens again -----------------------------------------------------------------------------------------------------


async def test_a_case_that_was_closed_opens_again_as_new(room: CaseRoom) -> None:
    first = await room.ask()
    await room.act(r.AssignCase(conversation="small:1", to="Amadou"), Role.HEAD)
    await room.act(r.TagCase(conversation="small:1", add=("vip",)))
    await room.act(r.EscalateCase(conversation="small:1"))
    await room.act(r.CloseCase(conversation="small:1"))
    await room.later(minutes=5)
    again = await room.ask(2, root="small:1", author=BORIS)
    assert again.state_at(room.clock.now()) is CaseState.NEW
    assert (again.done_at, again.done_by, again.responded_at) == (None, "", None)
    assert again.opened_at == room.clock.now() != first.opened_at
    assert (again.assigned_to, again.tags, again.person) == ("Amadou", ("vip",), "small:boris")


async def test_a_case_that_needed_no_answer_opens_again(room: CaseRoom) -> None:
    await room.ask()
    await room.act(r.DismissCase(conversation="small:1", why="a joke"))
    assert room.of().state_at(room.clock.now()) is CaseState.NO_ANSWER
    await room.later(minutes=5)
    again = await room.ask(2, root="small:1")
    assert (again.done_at, again.no_answer_why) == (None, "")


async def test_an_edit_opens_again_and_is_no_older_than_now(room: CaseRoom) -> None:
    post = room.said(1)
    await room.hear(post)
    await room.act(r.CloseCase(conversation="small:1"))
    await room.later(minutes=5)
    await room.hear(post.changed(counts=None))
    assert room.of().done_at is not None
    await room.hear(post.changed(revision="2"))
    assert room.of().done_at is None
    assert room.of().opened_at == room.clock.now()


async def test_a_new_message_ends_a_nap_and_keeps_who_must_look(room: CaseRoom) -> None:
    await room.ask()
    await room.act(r.EscalateCase(conversation="small:1", to="head", why="press"))
    await room.act(r.HandOverCase(conversation="small:1", country="ES"), Role.HEAD)
    await room.act(r.SnoozeCase(conversation="small:1", until=room.clock.now() + timedelta(hours=3)))
    await room.later(minutes=5)
    case = await room.ask(2, root="small:1")
    assert case.snoozed_until is None
    assert (case.escalated_to, case.escalated_why, case.handed_to) == ("head", "press", "ES")


# --- the past --------------------------------------------------------------------------------------------------------


async def test_what_was_said_before_the_room_listened_opens_none_until_somebody_begins() -> None:
    clock = HeldClock()
    before = clock.now() - timedelta(hours=2)
    builder = CaseRoom(clock=clock)
    old = builder.said(1, created_at=before, first_seen_at=before)
    older = builder.said(2, created_at=before, first_seen_at=before)
    async with case_room(clock=clock, past=[[old]]) as room:
        await room.hear(older)  # the newest page of a source that is read for the first time
        assert room.room._cache.size() == 2
        assert not room.room.cases.all()
        case = await room.act(r.ClaimCase(conversation="small:1"))
        assert (case.title, case.asked_in, case.opened_at) == ("@claire@small.example", "small:1", clock.now())


async def test_what_was_missed_while_the_room_was_away_opens_its_cases() -> None:
    clock, cache, desk = HeldClock(), MemoryCache(), MemoryDesk()
    async with case_room(clock=clock, cache=cache, desk=desk):
        pass
    await clock.advance(3600)
    missed = CaseRoom(clock=clock).said(1)
    await clock.advance(3600)
    async with case_room(clock=clock, cache=cache, desk=desk) as room:
        await room.hear(missed.changed(first_seen_at=clock.now()))
        assert room.of().opened_at == clock.now()
        assert room.of().asked_at == clock.now() - timedelta(hours=1)


async def test_a_cache_that_was_lost_opens_nothing_again_but_for_what_is_new() -> None:
    clock, desk = HeldClock(), MemoryDesk()
    async with case_room(clock=clock, desk=desk) as room:
        first, second = room.said(1), room.said(2)
        await room.hear(first, second)
        await room.act(r.CloseCase(conversation="small:1"))
        known = dict(room.room.cases.all())
    await clock.advance(3600)
    missed = first.changed(uri="small:3", id="3", root="small:1", created_at=clock.now())
    await clock.advance(3600)
    async with case_room(clock=clock, desk=desk) as room:
        await room.hear(*(p.changed(first_seen_at=clock.now()) for p in (first, second)))
        assert room.room.cases.all() == known
        await room.hear(missed.changed(first_seen_at=clock.now()))
        assert room.of().done_at is None


# --- private ---------------------------------------------------------------------------------------------------------


async def test_a_private_case_is_known_only_to_those_who_may_read_it(room: CaseRoom) -> None:
    case = await room.ask(1, kind=PostKind.MESSAGE, visibility="direct")
    assert case.private
    for role, knows in ((Role.COMMUNITY, True), (Role.ANALYST, False), (Role.GUEST, False)):
        overview = await room.as_(role).view(r.Overview())
        assert isinstance(overview, r.RoomOverview)
        assert [c.id for c in overview.cases] == (["small:1"] if knows else [])
        found = await room.as_(role).view(r.CasesPage(filter=r.CaseFilter(view="all")))
        assert isinstance(found, r.Cases)
        assert found.total == int(knows)


async def test_a_case_that_goes_private_leaves_the_screens_of_those_who_may_not_see_it(room: CaseRoom) -> None:
    await room.ask()
    heard: dict[Role, list[Envelope]] = {}
    for role in (Role.ANALYST, Role.COMMUNITY):
        listening = room.as_(role).events([EVERYTHING], room.room._bus.seq)
        first = anext(listening)  # type: ignore[arg-type]
        await settle()
        heard[role] = []
        room.source.say()
        await room.act(r.MoveToPrivate(conversation="small:1"))
        heard[role] += await first
        while not any(isinstance(e.event, CaseChanged | CaseGone) for e in heard[role]):
            heard[role] += await anext(listening)  # type: ignore[arg-type]
        await listening.aclose()  # type: ignore[attr-defined]
        await room.act(r.MoveToPrivate(conversation="small:1", on=False))
    assert [e.event for e in heard[Role.ANALYST] if isinstance(e.event, CaseGone)] == [CaseGone(case="small:1")]
    assert not [e for e in heard[Role.ANALYST] if isinstance(e.event, CaseChanged) and e.event.case.private]
    assert [e.event.case.private for e in heard[Role.COMMUNITY] if isinstance(e.event, CaseChanged)][-1:] == [True]


# --- a disk that refuses ---------------------------------------------------------------------------------------------


async def test_what_a_full_disk_refuses_is_not_said_and_opens_when_it_takes_it() -> None:
    desk = FullDesk()
    async with case_room(desk=desk) as room:
        await room.ask()
        await room.act(r.CloseCase(conversation="small:1"))
        await room.later(minutes=1)
        desk.full = True
        await room.hear(room.said(2, root="small:1"))
        await room.hear(room.said(3))
        assert set(room.room.cases.all()) == {"small:1"}
        assert room.of().done_at is not None
        assert room.room._cache.size() == 3  # listening goes on
        with pytest.raises(StoreError):
            await room.act(r.ClaimCase(conversation="small:1"))
        assert room.of().claimed_by == ""
        desk.full = False
        await room.later(seconds=6)  # nobody writes any more
        assert room.of().done_at is None
        assert room.of("small:3").version == 1
        assert {c.id: c for c in desk.load(Case).values()} == dict(room.room.cases.all())


async def test_a_rule_that_fails_keeps_no_customer_from_being_seen() -> None:
    async with case_room() as room:

        def broken(_case: Case, _post: Post, _new: bool) -> Case:
            raise ZeroDivisionError

        room.room.cases._sort = broken
        assert (await room.ask()).version == 1


async def test_what_a_rule_closes_at_once_is_closed_in_the_same_record() -> None:
    desk = FullDesk()
    async with case_room(desk=desk) as room:
        now = room.clock.now()
        room.room.cases._sort = lambda case, post, new: case.changed(done_at=now, done_by="room", no_answer_why="spam")
        case = await room.ask()
        assert case.state_at(now) is CaseState.NO_ANSWER
        assert desk.commits == 1


async def test_a_case_that_an_operator_begins_is_sorted_in_by_that_act_and_by_no_look_at_it() -> None:
    async with case_room() as room:
        sorted_in: list[bool] = []

        def sort(case: Case, _post: Post, new: bool) -> Case:
            sorted_in.append(new)
            return case.changed(
                tags=("fibre",), priority=1, audience="customer", done_at=room.clock.now(), done_by="room"
            )

        room.room.cases._sort = sort
        await room.hear(room.said(1, kind=PostKind.POST))
        await room.as_(LEA).view(r.CaseView(conversation="small:1"))
        assert not sorted_in
        case = await room.act(r.TagCase(conversation="small:1", add=("vip",)))
        assert (case.tags, case.priority, case.audience, case.done_at) == (("fibre", "vip"), 1, "customer", None)
        case = await room.act(r.PrioritizeCase(conversation="small:1", priority=2))
        assert sorted_in == [True]
        assert case.priority == 2


async def test_a_reply_to_what_has_no_case_begins_one_that_knows_whose_it_is() -> None:
    async with case_room() as room:
        await room.hear(room.said(1, kind=PostKind.POST))
        await room.as_(LEA).act(r.QueueSend(draft=room.draft(), delay=0))
        assert (room.of().title, room.of().claimed_by) == ("@claire@small.example", "Léa")
        await room.later(seconds=2)
        assert room.of().answered == ("small:1",)


async def test_twenty_thousand_cases_are_there_at_once_and_a_terminal_is_given_the_open_and_the_latest_closed() -> None:
    desk, now = MemoryDesk(), HeldClock().now()
    for first in range(0, 20_000, 1_000):
        cases = [
            Case(
                id=f"c{n}", title=SafeText(f"@customer{n}"), opened_at=now - timedelta(days=3), version=1,
                asked_in=f"u{n}", person=account_key("small", CLAIRE.id),
                done_at=now - timedelta(seconds=n) if n % 10 else None,
            )
            for n in range(first, first + 1_000)
        ]  # fmt: skip
        desk.commit(put=[(c.id, c) for c in cases])
    async with case_room(desk=desk) as room:
        assert len(room.room.cases.all()) == 20_000
        overview = await room.as_(LEA).view(r.Overview())
        assert isinstance(overview, r.RoomOverview)
        assert sum(c.is_open for c in overview.cases) == 2_000
        closed = [c.id for c in overview.cases if not c.is_open]
        assert len(closed) == 200
        assert closed[:2] == ["c1", "c2"]
        page = await room.as_(LEA).view(r.CasesPage(filter=r.CaseFilter(view="done"), limit=10))
        assert isinstance(page, r.Cases)
        assert (page.total, page.cases[0].id) == (18_000, "c1")
