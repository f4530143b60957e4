"""What operators do about cases: on which conditions, who is told what, and how each act is taken back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.case_room import AMADOU, LEA, CaseRoom, case_room
from support.clock import HeldClock

from socialroom.domain import requests as r
from socialroom.domain.case import CaseState
from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict, Missing, NotAllowed, RoomError, StoreError
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import PostKind
from socialroom.domain.roles import RIGHTS, Right
from socialroom.domain.text import SafeText
from socialroom.locale import N_
from socialroom.stores.memory import MemoryCache, MemoryDesk

TALK = "small:1"


@pytest.fixture
async def room() -> AsyncIterator[CaseRoom]:
    async with case_room(countries=("FR", "ES")) as found:
        await found.ask()
        yield found


def in_(**delta: float) -> datetime:
    return HeldClock().now() + timedelta(**delta)


EVERY: list[r.Command] = [
    r.ClaimCase(conversation=TALK),
    r.CloseCase(conversation=TALK),
    r.AssignCase(conversation=TALK, to="Amadou"),
    r.SnoozeCase(conversation=TALK, until=in_(hours=5)),
    r.EscalateCase(conversation=TALK, to="manager", why="press"),
    r.HandOverCase(conversation=TALK, country="ES"),
    r.DismissCase(conversation=TALK, why="a joke"),
    r.TagCase(conversation=TALK, add=("outage", "vip")),
    r.PrioritizeCase(conversation=TALK, priority=2),
    r.MoveToPrivate(conversation=TALK),
]
BACK: list[tuple[r.Command, r.Command]] = [
    (r.ClaimCase(conversation=TALK), r.ReleaseCase(conversation=TALK)),
    (r.CloseCase(conversation=TALK), r.ReopenCase(conversation=TALK)),
    (r.AssignCase(conversation=TALK, to="Amadou"), r.AssignCase(conversation=TALK, to="")),
    (r.SnoozeCase(conversation=TALK, until=in_(hours=5)), r.SnoozeCase(conversation=TALK, until=in_(hours=-1))),
    (r.EscalateCase(conversation=TALK), r.EscalateCase(conversation=TALK, on=False)),
    (r.HandOverCase(conversation=TALK, country="ES"), r.HandOverCase(conversation=TALK, country="")),
    (r.TagCase(conversation=TALK, add=("vip",)), r.TagCase(conversation=TALK, remove=("vip",))),
    (r.PrioritizeCase(conversation=TALK, priority=2), r.PrioritizeCase(conversation=TALK, priority=0)),
    (r.MoveToPrivate(conversation=TALK), r.MoveToPrivate(conversation=TALK, on=False)),
]


def kind(value: object) -> str:
    return type(value).__name__


# --- each act, and back ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", EVERY, ids=kind)
async def test_each_act_is_on_disk_told_and_taken_back_as_it_was(room: CaseRoom, command: r.Command) -> None:
    before = room.of()
    done = await room.as_(Role.HEAD).act(command)
    assert done.case == room.of() != before
    assert done.step
    offers = await room.as_(Role.HEAD).view(r.UndoList())
    assert isinstance(offers, r.UndoOffers)
    assert [o.step for o in offers.offers] == [done.step]
    assert str(offers.offers[0].what).endswith(": @claire@small.example")
    assert offers.offers[0].problem is None
    assert (await room.as_(Role.HEAD).act(r.UndoStep())).text == str(offers.offers[0].what)
    assert room.of() == before
    with pytest.raises(Missing, match="nothing to undo"):
        await room.as_(Role.HEAD).act(r.UndoStep())


@pytest.mark.parametrize(("command", "back"), BACK, ids=kind)
async def test_each_act_has_a_way_back_that_can_be_undone_too(
    room: CaseRoom, command: r.Command, back: r.Command
) -> None:
    before = room.of()
    after = await room.act(command, Role.HEAD)
    assert await room.act(back, Role.HEAD) == before
    await room.as_(Role.HEAD).act(r.UndoStep())
    assert room.of() == after
    await room.as_(Role.HEAD).act(r.UndoStep())
    assert room.of() == before


@pytest.mark.parametrize("command", [*EVERY, *(b for _, b in BACK)], ids=kind)
async def test_the_same_act_again_changes_nothing_and_is_no_step(room: CaseRoom, command: r.Command) -> None:
    await room.as_(Role.HEAD).act(command)
    before, acts = room.of(), room.acts()
    again = await room.as_(Role.HEAD).act(command)
    assert (again.case, again.step) == (before, "")
    assert room.acts() == acts


@pytest.mark.parametrize("command", EVERY, ids=kind)
async def test_no_act_is_done_about_what_is_not_in_the_room(room: CaseRoom, command: r.Command) -> None:
    elsewhere = command.changed(conversation="small:nowhere")
    with pytest.raises(Missing, match="not in the room"):
        await room.as_(Role.HEAD).act(elsewhere)
    assert set(room.room.cases.all()) == {TALK}


@pytest.mark.parametrize("command", EVERY, ids=kind)
async def test_no_act_is_done_about_private_messages_by_whoever_may_not_read_them(command: r.Command) -> None:
    rights = dict.fromkeys(Right, tuple(Role)) | {Right.PRIVATE: (Role.HEAD,)}
    async with case_room(countries=("ES",), rights=rights) as room:
        await room.ask(1, kind=PostKind.MESSAGE, visibility="direct")
        before = room.of()
        with pytest.raises(NotAllowed):
            await room.as_(Role.MANAGER).act(command)
        assert room.of() == before


@pytest.mark.parametrize("command", EVERY, ids=kind)
async def test_an_act_that_the_disk_refuses_is_not_done(room: CaseRoom, command: r.Command, monkeypatch: Any) -> None:
    before = room.of()

    def refuses(*_put: object, **_more: object) -> None:
        raise StoreError(N_("the disk is full"))

    monkeypatch.setattr(room.room._desk_store, "commit", refuses)
    with pytest.raises(StoreError):
        await room.as_(Role.HEAD).act(command)
    assert room.of() == before
    offers = await room.as_(Role.HEAD).view(r.UndoList())
    assert offers == r.UndoOffers(offers=())


@pytest.mark.parametrize("command", EVERY, ids=kind)
async def test_every_act_leaves_a_line_without_a_text(room: CaseRoom, command: r.Command) -> None:
    await room.as_(Role.HEAD).act(command)
    line = room.room._desk_store.log()[-1]
    assert (line.actor, line.subject) == ("Head", TALK)
    assert not {"press", "a joke", "outage"} & set(line.fields.values())


# --- who has it ------------------------------------------------------------------------------------------------------


async def test_who_comes_second_is_told_who_has_it_and_since_when(room: CaseRoom) -> None:
    await room.act(r.ClaimCase(conversation=TALK))
    await room.later(minutes=4)
    await room.as_(LEA).act(r.SaveDraft(draft=room.draft("Nous")))  # renews it
    with pytest.raises(Conflict) as refused:
        await room.act(r.ClaimCase(conversation=TALK), AMADOU)
    assert refused.value.values["who"] == "Léa"
    assert refused.value.values["since_at"] == HeldClock().now().timestamp()
    assert "Léa is answering this since" in str(refused.value)


@pytest.mark.parametrize(
    "command",
    [
        r.ReleaseCase(conversation=TALK),
        r.CloseCase(conversation=TALK),
        r.DismissCase(conversation=TALK, why="spam"),
        r.SnoozeCase(conversation=TALK, until=in_(hours=1)),
    ],
    ids=kind,
)
async def test_what_somebody_answers_is_not_put_away_under_their_hands(room: CaseRoom, command: r.Command) -> None:
    await room.act(r.ClaimCase(conversation=TALK))
    with pytest.raises(Conflict, match="Léa is answering"):
        await room.act(command, AMADOU)
    await room.later(minutes=11)  # the lease ended by itself
    assert (await room.as_(AMADOU).act(command)).case


async def test_a_takeover_holds_what_the_other_was_about_to_send_and_undoing_it_sends_nothing(room: CaseRoom) -> None:
    queued = await room.as_(LEA).act(r.QueueSend(draft=room.draft()))
    assert queued.item
    taken = await room.act(r.ClaimCase(conversation=TALK, take=True), AMADOU)
    assert taken.claimed_by == "Amadou"
    assert room.room.ledger.items[queued.item.id].state is OutboxState.HELD
    await room.as_(AMADOU).act(r.UndoStep())
    assert room.of().claimed_by == "Léa"
    assert room.room.ledger.items[queued.item.id].state is OutboxState.HELD
    await room.later(minutes=5)
    assert room.network.posts == []


async def test_typing_begins_a_case_where_there_is_none(room: CaseRoom) -> None:
    await room.hear(room.said(5, kind=PostKind.POST))
    assert "small:5" not in room.room.cases.all()
    await room.as_(LEA).act(r.SaveDraft(draft=room.draft(in_reply_to="small:5", conversation="small:5")))
    case = room.of("small:5")
    assert (case.claimed_by, case.title, case.source) == ("Léa", "@claire@small.example", "small")


async def test_a_case_that_only_the_act_began_goes_with_it_unless_something_was_added(room: CaseRoom) -> None:
    await room.hear(room.said(5, kind=PostKind.POST), room.said(6, kind=PostKind.POST))
    await room.act(r.ClaimCase(conversation="small:5"))
    await room.as_(LEA).act(r.UndoStep())
    assert "small:5" not in room.room.cases.all()
    claimed = await room.as_(LEA).act(r.ClaimCase(conversation="small:6"))
    await room.ask(7, root="small:6")
    with pytest.raises(Conflict, match="changed since"):
        await room.as_(LEA).act(r.UndoStep(step=claimed.step))
    assert room.of("small:6").asked_in == "small:7"


# --- to whom ---------------------------------------------------------------------------------------------------------


async def test_a_case_is_assigned_to_whoever_sits_here_and_may_answer(room: CaseRoom) -> None:
    assert (await room.act(r.AssignCase(conversation=TALK, to=" amadou "), Role.MANAGER)).assigned_to == "Amadou"
    assert room.of().assigned_by == "Manager"
    for who in ("Nobody", "Guest", "Analyst"):
        with pytest.raises(Missing, match=r"cannot answer this.*Head.*Léa") as refused:
            await room.act(r.AssignCase(conversation=TALK, to=who), Role.HEAD)
        assert "Guest" not in refused.value.values["names"]  # type: ignore[operator]


async def test_community_gives_away_only_what_is_theirs(room: CaseRoom) -> None:
    with pytest.raises(NotAllowed):
        await room.act(r.AssignCase(conversation=TALK, to="Amadou"))
    with pytest.raises(NotAllowed):
        await room.act(r.HandOverCase(conversation=TALK, country="ES"))
    await room.act(r.ClaimCase(conversation=TALK))
    given = await room.act(r.AssignCase(conversation=TALK, to="Amadou"))
    assert (given.assigned_to, given.claimed_by) == ("Amadou", "")
    with pytest.raises(NotAllowed):
        await room.act(r.AssignCase(conversation=TALK, to="Léa"))
    assert (await room.act(r.HandOverCase(conversation=TALK, country="ES"), AMADOU)).handed_to == "ES"


async def test_nothing_is_given_to_a_seat_that_is_closed() -> None:
    gone = Operator(name=SafeText("Intérim"), role=Role.COMMUNITY, expires="2026-08-31")
    async with case_room(operators=(LEA, gone)) as room:
        await room.ask()
        for command in (r.AssignCase(conversation=TALK, to="Intérim"), r.EscalateCase(conversation=TALK, to="Intérim")):
            with pytest.raises(Missing, match="Léa"):
                await room.as_(Role.HEAD).act(command)


async def test_a_private_case_is_assigned_to_whoever_may_read_it() -> None:
    rights = dict(RIGHTS) | {Right.PRIVATE: (Role.HEAD, Role.MANAGER)}
    async with case_room(rights=rights) as room:
        await room.ask(1, kind=PostKind.MESSAGE)
        with pytest.raises(Missing, match="Manager"):
            await room.act(r.AssignCase(conversation=TALK, to="Léa"), Role.HEAD)


async def test_where_nobody_is_declared_one_assigns_to_oneself() -> None:
    async with case_room(operators=()) as room:
        await room.ask()
        assert (await room.act(r.AssignCase(conversation=TALK, to="Head"), Role.HEAD)).assigned_to == "Head"
        with pytest.raises(Missing):
            await room.act(r.AssignCase(conversation=TALK, to="Léa"), Role.HEAD)


async def test_a_country_is_one_of_the_rooms(room: CaseRoom) -> None:
    await room.act(r.AssignCase(conversation=TALK, to="Amadou"), Role.HEAD)
    there = await room.act(r.HandOverCase(conversation=TALK, country="es"), Role.HEAD)
    assert (there.handed_to, there.handed_by, there.assigned_to) == ("ES", "Head", "")
    assert there.state_at(room.clock.now()) is CaseState.HANDED_OVER
    with pytest.raises(Missing, match="FR, ES"):
        await room.act(r.HandOverCase(conversation=TALK, country="Nowhere"), Role.HEAD)


async def test_a_case_is_escalated_to_a_role_or_to_somebody(room: CaseRoom) -> None:
    assert (await room.act(r.EscalateCase(conversation=TALK, to="Manager"))).escalated_to == "manager"
    raised = await room.act(r.EscalateCase(conversation=TALK, to="amadou", why="  a lawyer "))
    assert (raised.escalated_to, raised.escalated_by, raised.escalated_why) == ("Amadou", "Léa", "a lawyer")
    with pytest.raises(Missing, match="neither a role"):
        await room.act(r.EscalateCase(conversation=TALK, to="the moon"))


# --- what is refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (r.DismissCase(conversation=TALK, why="  "), "say why"),
        (r.PrioritizeCase(conversation=TALK, priority=7), "0, 1 or 2"),
        (r.TagCase(conversation=TALK, add=("x" * 41,)), "40"),
        (r.TagCase(conversation=TALK, add=tuple(f"t{n}" for n in range(51))), "50"),
        (r.SnoozeCase(conversation=TALK, until=in_(days=367)), "a year"),
    ],
    ids=kind,
)
async def test_what_makes_no_sense_is_refused_and_said(room: CaseRoom, command: r.Command, says: str) -> None:
    before = room.of()
    with pytest.raises(Conflict, match=says):
        await room.as_(Role.HEAD).act(command)
    assert room.of() == before


@pytest.mark.parametrize(
    "command",
    [
        r.SnoozeCase(conversation=TALK, until=in_(hours=1)),
        r.EscalateCase(conversation=TALK),
        r.HandOverCase(conversation=TALK, country="ES"),
    ],
    ids=kind,
)
async def test_what_is_closed_is_reopened_first(room: CaseRoom, command: r.Command) -> None:
    await room.act(r.CloseCase(conversation=TALK), Role.HEAD)
    with pytest.raises(Conflict, match="closed"):
        await room.as_(Role.HEAD).act(command)


async def test_tags_are_clean_small_and_each_there_once(room: CaseRoom) -> None:
    case = await room.act(r.TagCase(conversation=TALK, add=("#VIP", " vip ", "Panne\x1b[2J  fibre", "", "#")))
    assert len(case.tags) == 2
    assert case.tags[0] == "vip"
    assert "\x1b" not in case.tags[1]
    case = await room.act(r.TagCase(conversation=TALK, add=("press",), remove=("VIP",)))
    assert "vip" not in case.tags
    assert "press" in case.tags


async def test_private_messages_never_go_on_where_others_read_them(room: CaseRoom) -> None:
    await room.ask(2, kind=PostKind.MESSAGE, visibility="direct")
    with pytest.raises(Conflict, match="private messages"):
        await room.act(r.MoveToPrivate(conversation="small:2", on=False))
    assert room.of("small:2").private


# --- several at once -------------------------------------------------------------------------------------------------


async def test_marked_cases_are_done_as_one_and_undone_as_one(room: CaseRoom) -> None:
    await room.hear(*(room.said(n) for n in range(2, 21)))
    talks = [f"small:{n}" for n in range(1, 21)]
    done = await room.as_(LEA).act(r.Together(commands=tuple(r.CloseCase(conversation=t) for t in talks)))
    assert not done.refused
    assert all(room.of(t).done_at for t in talks)
    offers = await room.as_(LEA).view(r.UndoList())
    assert isinstance(offers, r.UndoOffers)
    assert len(offers.offers) == 1
    assert "20" in str(offers.offers[0].what)
    assert "20" in str(offers.offers[0].will)
    await room.as_(LEA).act(r.UndoStep(step=done.step))
    assert not any(room.of(t).done_at for t in talks)


async def test_what_can_be_done_is_done_and_what_cannot_is_said(room: CaseRoom) -> None:
    await room.ask(2)
    await room.act(r.ClaimCase(conversation="small:2"), AMADOU)
    commands = (r.CloseCase(conversation=TALK), r.CloseCase(conversation="small:2"), r.CloseCase(conversation="x"))
    done = await room.as_(LEA).act(r.Together(commands=commands))
    assert [(place, problem.code) for place, problem in done.refused] == [(1, "conflict"), (2, "missing")]
    assert room.of().done_by == "Léa"


async def test_several_acts_on_one_case_are_undone_one_through_the_other(room: CaseRoom) -> None:
    before = room.of()
    commands = (
        r.TagCase(conversation=TALK, add=("a",)),
        r.TagCase(conversation=TALK, add=("b",)),
        r.ClaimCase(conversation=TALK),
        r.CloseCase(conversation=TALK),
    )
    await room.as_(LEA).act(r.Together(commands=commands))
    assert room.of().tags == ("a", "b")
    await room.as_(LEA).act(r.UndoStep())
    assert room.of() == before


async def test_what_changed_since_stays_and_the_others_are_as_they_were(room: CaseRoom) -> None:
    await room.ask(2)
    await room.as_(LEA).act(r.Together(commands=(r.CloseCase(conversation=TALK), r.CloseCase(conversation="small:2"))))
    await room.later(minutes=1)
    await room.ask(3, root="small:2")  # its customer opened it again
    claimed = await room.act(r.ClaimCase(conversation="small:2"), AMADOU)
    undone = await room.as_(LEA).act(r.UndoStep())
    assert "1 of them was changed since" in undone.text
    assert room.of().done_at is None
    assert room.of("small:2") == claimed
    with pytest.raises(Missing, match="nothing to undo"):
        await room.as_(LEA).act(r.UndoStep())


# --- undo ------------------------------------------------------------------------------------------------------------


async def test_nobody_undoes_what_somebody_changed_since(room: CaseRoom) -> None:
    tagged = await room.as_(LEA).act(r.TagCase(conversation=TALK, add=("a",)))
    await room.act(r.TagCase(conversation=TALK, add=("b",)), AMADOU)
    offers = await room.as_(LEA).view(r.UndoList())
    assert isinstance(offers, r.UndoOffers)
    assert offers.offers[0].problem is not None
    with pytest.raises(Conflict, match=r"changed since.*another act"):
        await room.as_(LEA).act(r.UndoStep())
    with pytest.raises(NotAllowed, match="Léa"):
        await room.as_(AMADOU).act(r.UndoStep(step=tagged.step))
    assert room.of().tags == ("a", "b")


async def test_a_message_that_came_meanwhile_stays_when_the_act_is_undone(room: CaseRoom) -> None:
    await room.act(r.EscalateCase(conversation=TALK))
    await room.ask(2, root=TALK)
    await room.as_(LEA).act(r.UndoStep())
    assert (room.of().escalated_at, room.of().version, room.of().asked_in) == (None, 2, "small:2")


async def test_undo_is_there_after_a_restart_and_in_its_order() -> None:
    desk, cache, clock = MemoryDesk(), MemoryCache(), HeldClock()
    async with case_room(desk=desk, cache=cache, clock=clock) as room:
        await room.ask()
        await room.act(r.TagCase(conversation=TALK, add=("a",)))
        await room.later(seconds=1)
        await room.act(r.PrioritizeCase(conversation=TALK, priority=1))
    async with case_room(desk=desk, cache=cache, clock=clock) as room:
        await room.as_(LEA).act(r.UndoStep())
        assert (room.of().tags, room.of().priority) == (("a",), 0)
        await room.as_(LEA).act(r.UndoStep())
        assert room.of().tags == ()


# --- time passing ----------------------------------------------------------------------------------------------------


async def test_what_is_snoozed_wakes_at_its_time_and_everybody_is_told(room: CaseRoom) -> None:
    await room.ask(2)
    await room.act(r.ClaimCase(conversation=TALK))
    for talk in (TALK, "small:2"):
        await room.act(r.SnoozeCase(conversation=talk, until=room.clock.now() + timedelta(minutes=20)))
    assert (room.of().snoozed_by, room.of().claimed_by) == ("Léa", "")
    await room.later(minutes=19)
    assert room.of().snoozed_until is not None
    await room.later(minutes=1)
    assert room.of().snoozed_until is None
    assert room.of("small:2").snoozed_by == ""
    assert room.acts()[-1] == "woken"
    assert room.room._desk_store.log()[-1].fields["cases"] == "small:1 small:2"


async def test_a_nap_ends_even_when_the_clock_was_set(room: CaseRoom) -> None:
    await room.act(r.SnoozeCase(conversation=TALK, until=room.clock.now() + timedelta(hours=2)))
    room.clock.jump(2 * 3600)
    await room.later(seconds=6)
    assert room.of().snoozed_until is None


async def test_a_lease_ends_by_itself_and_writes_nothing(room: CaseRoom) -> None:
    await room.act(r.ClaimCase(conversation=TALK))
    acts = room.acts()
    await room.later(minutes=11)
    assert room.of().state_at(room.clock.now()) is CaseState.NEW
    assert room.acts() == acts


# --- what is read ----------------------------------------------------------------------------------------------------


async def pages(room: CaseRoom, operator: Operator | Role = LEA, **asked: Any) -> list[str]:
    limit, after = asked.pop("limit", 200), asked.pop("after", "")
    found = await room.as_(operator).view(r.CasesPage(filter=r.CaseFilter(**asked), limit=limit, after=after))
    assert isinstance(found, r.Cases)
    return [c.id for c in found.cases]


async def test_pages_are_those_of_the_filter_the_most_pressing_first(room: CaseRoom) -> None:
    await room.later(minutes=1)
    await room.hear(*(room.said(n, "panne à Lyon" if n == 3 else "bonjour") for n in range(2, 6)))
    await room.act(r.PrioritizeCase(conversation="small:4", priority=2))
    await room.act(r.ClaimCase(conversation="small:5"))
    await room.act(r.CloseCase(conversation="small:2"))
    assert await pages(room) == ["small:4", "small:1", "small:3", "small:5"]
    assert await pages(room, limit=2) == ["small:4", "small:1"]
    assert await pages(room, limit=2, after="small:1") == ["small:3", "small:5"]
    assert await pages(room, after="gone") == []
    assert await pages(room, view="mine") == ["small:5"]
    assert await pages(room, view="unassigned") == ["small:4", "small:1", "small:3"]
    assert await pages(room, view="done") == ["small:2"]
    assert await pages(room, words="panne") == ["small:3"]
    with pytest.raises(Missing, match="unassigned"):
        await pages(room, view="nonsense")
    with pytest.raises(RoomError, match=r"expected|parenthes"):
        await pages(room, words="(")


async def test_words_are_looked_for_in_what_a_seat_may_read(room: CaseRoom) -> None:
    await room.hear(room.said(2, "secret", root=TALK, visibility="direct", kind=PostKind.MESSAGE))
    assert await pages(room, words="secret") == [TALK]
    assert await pages(room, Role.ANALYST, words="secret") == []


async def test_all_about_one_case_is_in_its_file(room: CaseRoom) -> None:
    await room.ask(2, root=TALK)
    await room.act(r.TagCase(conversation=TALK, add=("vip",)))
    await room.as_(LEA).act(r.WriteNote(subject=TALK, text="Call her"))
    await room.as_(LEA).act(r.SaveDraft(draft=room.draft("Bientôt", id="d2")))
    await room.as_(LEA).act(r.QueueSend(draft=room.draft(seen=2)))
    await room.as_(LEA).act(r.DescribePerson(person=room.of().person, add_tags=("loyal",)))
    await room.ask(9)
    file = await room.as_(LEA).view(r.CaseView(conversation=TALK))
    assert isinstance(file, r.CaseFile)
    assert file.case == room.of()
    assert [p.uri for p in file.posts] == ["small:1", "small:2"]
    assert [n.text for n in file.notes] == ["Call her"]
    assert [d.id for d in file.drafts] == ["d2"]
    assert [i.text for i in file.outbox] == ["Nous regardons."]
    assert file.person is not None
    assert file.person.tags == ("loyal",)
    acts = [e.act for e in file.log]
    assert {"opened", "went on", "tagged", "draft begun", "send queued"} <= set(acts)
    assert acts.count("opened") == 1
    again = await room.as_(LEA).view(r.CaseView(conversation=TALK))
    assert again == file


async def test_a_conversation_without_a_case_has_a_file_and_none_is_begun(room: CaseRoom) -> None:
    await room.hear(room.said(5, kind=PostKind.POST))
    file = await room.as_(LEA).view(r.CaseView(conversation="small:5"))
    assert isinstance(file, r.CaseFile)
    assert [p.uri for p in file.posts] == ["small:5"]
    assert "small:5" not in room.room.cases.all()
    with pytest.raises(Missing):
        await room.as_(LEA).view(r.CaseView(conversation="nowhere"))


async def test_a_private_file_is_not_for_all(room: CaseRoom) -> None:
    await room.ask(5, kind=PostKind.MESSAGE, visibility="direct")
    with pytest.raises(NotAllowed):
        await room.as_(Role.ANALYST).view(r.CaseView(conversation="small:5"))


async def test_a_file_shows_no_private_answer_to_those_who_may_not_read_any(room: CaseRoom) -> None:
    room.network.visibilities = ("public", "direct")
    await room.as_(LEA).act(r.SaveDraft(draft=room.draft("En privé", id="d3", visibility="direct")))
    await room.as_(LEA).act(r.QueueSend(draft=room.draft(visibility="direct"), anyway=True))
    hers = await room.as_(LEA).view(r.CaseView(conversation=TALK))
    theirs = await room.as_(Role.ANALYST).view(r.CaseView(conversation=TALK))
    assert isinstance(hers, r.CaseFile)
    assert isinstance(theirs, r.CaseFile)
    assert len(hers.drafts) + len(hers.outbox) == 2
    assert (theirs.drafts, theirs.outbox) == ((), ())


async def test_a_guest_with_a_country_reads_the_cases_of_that_country(room: CaseRoom) -> None:
    guest = Operator(name=SafeText("Inés"), role=Role.GUEST, country="ES")
    assert await pages(room, guest) == []
    await room.act(r.HandOverCase(conversation=TALK, country="ES"), Role.HEAD)
    assert await pages(room, guest) == [TALK]
