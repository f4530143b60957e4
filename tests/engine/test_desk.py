"""Drafts, claims and what is done, on a clock that the test holds and a disk that can be full."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from support.clock import HeldClock
from support.desk_room import ASKED, TALK, DeskRoom, question
from support.small_network import SmallNetwork

from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.events import CaseChanged, DraftChanged, DraftGone, OutboxChanged
from socialroom.domain.person import Author
from socialroom.domain.post import PostKind
from socialroom.domain.text import SafeText
from socialroom.engine.listening import waits


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def room(clock: HeldClock) -> DeskRoom:
    return DeskRoom(clock, SmallNetwork(clock))


# --- drafts ------------------------------------------------------------------------------------------------------


async def test_a_draft_is_on_disk_when_it_is_said_to_be_saved(room: DeskRoom) -> None:
    kept = room.desk.save_draft(room.draft("Nous reg"), "Léa")
    assert kept.updated_at == room.clock.now()
    following = await room.again()
    assert following.desk.drafts() == [kept]


def test_a_full_disk_reaches_the_operator_and_nothing_is_said_to_be_saved(room: DeskRoom) -> None:
    room.store.full = True
    with pytest.raises(StoreError):
        room.desk.save_draft(room.draft(), "Léa")
    assert room.events == []
    assert room.desk.drafts() == []
    assert room.desk.cases() == {}


def test_a_draft_is_its_operators_alone(room: DeskRoom) -> None:
    room.desk.save_draft(room.draft("Nous regardons."), "Léa")
    with pytest.raises(Conflict, match="Léa's"):
        room.desk.save_draft(room.draft("Autre chose"), "Amadou")
    with pytest.raises(Conflict, match="Léa's"):
        room.desk.discard_draft("d1", "Amadou")
    assert [d.text for d in room.desk.drafts()] == ["Nous regardons."]


def test_a_discarded_draft_is_gone_for_everybody(room: DeskRoom) -> None:
    room.desk.save_draft(room.draft(), "Léa")
    room.desk.discard_draft("d1", "Léa")
    assert room.events[-1] == DraftGone(draft="d1")
    assert room.desk.drafts() == []
    with pytest.raises(Missing):
        room.desk.discard_draft("d1", "Léa")


def test_the_same_text_again_writes_nothing(room: DeskRoom) -> None:
    room.desk.save_draft(room.draft(), "Léa")
    told = len(room.events)
    room.desk.save_draft(room.draft(), "Léa")
    assert len(room.events) == told


async def test_a_late_save_of_what_was_queued_leaves_no_second_draft(room: DeskRoom) -> None:
    await room.queue("Nous regardons.")
    room.desk.save_draft(room.draft("Nous regardons."), "Léa")
    assert room.desk.drafts() == []
    with pytest.raises(Conflict, match="became a send"):
        room.desk.save_draft(room.draft("Nous regardons. Et"), "Léa")


# --- who answers ---------------------------------------------------------------------------------------------------


async def test_typing_says_who_answers_and_keeps_saying_it(room: DeskRoom) -> None:
    def holder() -> str:
        return room.desk.cases()[TALK].claimed_at(room.clock.now())

    room.desk.save_draft(room.draft("N"), "Léa")
    assert holder() == "Léa"
    for letters in range(25):  # twenty-five minutes of thinking, a letter a minute
        await room.clock.advance(61)
        room.desk.save_draft(room.draft("N" * (letters + 2)), "Léa")
        assert holder() == "Léa"
    await room.clock.advance(9 * 60)
    assert holder() == "Léa"
    await room.clock.advance(61)
    assert holder() == ""


async def test_quick_typing_does_not_tell_everybody_each_time(room: DeskRoom) -> None:
    for letters in range(50):
        room.desk.save_draft(room.draft("N" * (letters + 1)), "Léa")
        await room.clock.advance(1)
    assert sum(isinstance(e, CaseChanged) for e in room.events) == 1
    assert sum(isinstance(e, DraftChanged) for e in room.events) == 50


def test_typing_never_takes_a_claim_from_somebody(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Léa")
    room.desk.save_draft(room.draft(id="d2"), "Amadou")
    assert room.desk.cases()[TALK].claimed_by == "Léa"


def test_who_may_not_answer_does_not_look_as_if_they_did(room: DeskRoom) -> None:
    room.desk.save_draft(room.draft(), "visitor", answers=False)
    assert room.desk.cases() == {}
    assert [d.operator for d in room.desk.drafts()] == ["visitor"]


def test_a_claim_of_somebody_else_names_them_unless_it_is_taken(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Léa")
    with pytest.raises(Conflict, match="Léa is answering"):
        room.desk.claim(TALK, "Amadou")
    assert room.desk.claim(TALK, "Amadou", take=True).claimed_by == "Amadou"
    with pytest.raises(Conflict, match="Amadou"):
        room.desk.release(TALK, "Léa")
    assert room.desk.release(TALK, "Amadou").claimed_by == ""
    assert room.desk.claim(TALK, "Léa").claimed_by == "Léa"


async def test_a_claim_that_lapsed_is_anybodys(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Léa")
    await room.clock.advance(600)
    assert room.desk.claim(TALK, "Amadou").claimed_by == "Amadou"


async def test_taking_over_stops_what_the_other_was_about_to_send(room: DeskRoom) -> None:
    item = await room.queue()
    room.desk.claim(TALK, "Amadou", take=True)
    stopped = room.item(item.id)
    assert (stopped.state, stopped.due_at) == (OutboxState.HELD, None)
    assert stopped.reason
    assert "Amadou" in str(stopped.reason.what)
    await room.clock.advance(60)
    assert room.network.posts == []
    following = await room.again()
    assert following.item(item.id).state is OutboxState.HELD


# --- done ------------------------------------------------------------------------------------------------------------


def test_done_is_undone_by_reopening(room: DeskRoom, clock: HeldClock) -> None:
    asked = question(clock)
    room.desk.claim(TALK, "Léa")
    done = room.desk.close(TALK, "Léa")
    assert (done.done_by, done.claimed_by) == ("Léa", "")
    assert not waits(asked, room.desk.cases())
    room.desk.reopen(TALK, "Amadou")
    assert waits(asked, room.desk.cases())


def test_nobody_closes_what_somebody_else_is_answering(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Léa")
    with pytest.raises(Conflict, match="Léa"):
        room.desk.close(TALK, "Amadou")


async def test_a_new_message_reopens_what_was_done(room: DeskRoom, clock: HeldClock) -> None:
    room.desk.close(TALK, "Léa")
    await clock.advance(30)
    more = question(clock, uri="small:more", at=clock.now(), kind=PostKind.REPLY)
    room.desk.heard([more])
    assert room.desk.cases()[TALK].done_at is None
    assert waits(more, room.desk.cases())


@pytest.mark.parametrize(
    "fields",
    [
        {"by_us": True},
        {"kind": PostKind.POST},
        {"deleted_at": HeldClock().now()},
        {"first_seen_at": HeldClock().now() - timedelta(hours=1)},
        {"root": "small:other"},
    ],
    ids=["our own", "not said to us", "deleted", "known before (its likes changed)", "another conversation"],
)
async def test_what_is_no_new_message_leaves_it_done(room: DeskRoom, clock: HeldClock, fields: dict) -> None:
    room.desk.close(TALK, "Léa")
    await clock.advance(30)
    room.desk.heard([question(clock, **({"uri": "small:more", "at": clock.now()} | fields))])
    assert room.desk.cases()[TALK].done_at is not None


async def test_an_edit_after_it_was_done_reopens_it(room: DeskRoom, clock: HeldClock) -> None:
    before = question(clock)
    room.desk.close(TALK, "Léa")
    await clock.advance(30)
    room.desk.heard([before.changed(edited_at=clock.now())])
    assert room.desk.cases()[TALK].done_at is None


async def test_a_message_heard_while_the_disk_is_full_reopens_later(room: DeskRoom, clock: HeldClock) -> None:
    room.desk.close(TALK, "Léa")
    await clock.advance(30)
    room.store.full = True
    room.desk.heard([question(clock, uri="small:more", at=clock.now())])
    assert room.desk.cases()[TALK].done_at is not None
    room.store.full = False
    room.desk.heard([])
    assert room.desk.cases()[TALK].done_at is None


# --- may it go -------------------------------------------------------------------------------------------------------


def test_a_send_asks_first_while_somebody_else_answers(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Amadou")
    with pytest.raises(Conflict, match="Amadou is answering"):
        room.desk.check_send(room.draft(), "Léa")
    room.desk.check_send(room.draft(), "Léa", anyway=True)
    room.desk.check_send(room.draft(), "Amadou")


async def test_a_second_reply_asks_first(room: DeskRoom) -> None:
    await room.queue(delay=0)
    await room.clock.advance(1)
    assert room.item().state is OutboxState.SENT
    with pytest.raises(Conflict, match="Léa has answered"):
        room.desk.check_send(room.draft(id="d2", operator="Amadou"), "Amadou")
    with pytest.raises(Conflict, match="Léa has answered"):
        room.desk.check_send(room.draft(id="d3"), "Léa")
    room.desk.check_send(room.draft(id="d2"), "Amadou", anyway=True)


async def test_a_second_reply_asks_first_while_the_first_still_waits(room: DeskRoom) -> None:
    await room.queue()
    await room.clock.advance(1)
    room.desk.claim(TALK, "Léa")
    room.desk.release(TALK, "Léa")
    with pytest.raises(Conflict, match="a reply of Léa"):
        room.desk.check_send(room.draft(id="d2"), "Amadou")


async def test_the_same_command_again_asks_nothing(room: DeskRoom) -> None:
    draft = room.draft()
    await room.queue(delay=0)
    await room.clock.advance(1)
    room.desk.check_send(draft, "Léa")
    again = await room.outbox.queue(draft, "Léa", 0)
    assert again == room.item()
    await room.clock.advance(30)
    assert len(room.network.posts) == 1


def test_a_draft_that_changed_under_the_sender_is_read_again(room: DeskRoom) -> None:
    seen = room.desk.save_draft(room.draft("Nous regardons."), "Sam", answers=False)
    room.desk.check_send(seen, "Léa")
    room.desk.save_draft(room.draft("Nous ne regardons pas."), "Sam", answers=False)
    with pytest.raises(Conflict, match="Sam changed"):
        room.desk.check_send(seen, "Léa", anyway=True)


# --- the log ---------------------------------------------------------------------------------------------------------


async def test_every_act_leaves_a_line_and_no_text_is_in_it(room: DeskRoom) -> None:
    secret = "Nous regardons, promis"
    room.desk.save_draft(room.draft("Nous"), "Léa")
    room.desk.save_draft(room.draft("Nous regardons"), "Léa")
    item = await room.queue(secret)
    await room.outbox.cancel(item.id, "Amadou")
    again = await room.outbox.queue(room.draft(secret), "Léa", 0)
    await room.clock.advance(1)
    room.desk.close(TALK, "Léa")
    room.desk.reopen(TALK, "Léa")
    acts = [(e.act, e.actor) for e in room.disk.log()]
    assert acts == [
        ("draft begun", "Léa"),
        ("send queued", "Léa"),
        ("taken back", "Amadou"),
        ("send queued", "Léa"),
        ("armed", "room"),
        ("sending", "room"),
        ("sent", "room"),
        ("done", "Léa"),
        ("reopened", "Léa"),
    ]
    assert all(secret not in value for e in room.disk.log() for value in e.fields.values())
    assert room.item(again.id).state is OutboxState.SENT


async def test_a_reply_that_is_there_marks_its_post_as_answered_in_the_same_act(room: DeskRoom) -> None:
    room.desk.claim(TALK, "Léa")
    await room.queue(delay=0)
    await room.clock.advance(1)
    case = room.desk.cases()[TALK]
    assert (case.answered, case.answered_by, case.claimed_by) == ((ASKED,), "Léa", "")
    at_once = [type(e) for e in room.events[-2:]]
    assert at_once == [OutboxChanged, CaseChanged]
    assert not waits(room.parent, room.desk.cases())


async def test_the_reader_writing_again_stops_the_reply_that_waits(room: DeskRoom, clock: HeldClock) -> None:
    item = await room.queue()
    await clock.advance(2)
    room.outbox.heard([question(clock, uri="small:more", at=clock.now())])
    held = room.item(item.id)
    assert held.state is OutboxState.HELD
    assert held.reason
    assert "wrote again" in str(held.reason.what)
    await clock.advance(60)
    assert room.network.posts == []
    await room.outbox.release(item.id, "Léa")  # read, and it still fits
    room.outbox.heard([question(clock, uri="small:more", at=clock.now() - timedelta(seconds=50))])
    await clock.advance(1)
    assert room.item(item.id).state is OutboxState.SENT


@pytest.mark.parametrize(
    "fields",
    [
        {"author": Author(id="x", handle=SafeText("x"), name=SafeText("x"))},
        {"by_us": True},
        {"at": HeldClock().now() - timedelta(hours=1)},
        {"root": "small:other"},
    ],
    ids=["somebody else", "us", "an older one", "another conversation"],
)
async def test_what_others_write_does_not_stop_it(room: DeskRoom, clock: HeldClock, fields: dict) -> None:
    item = await room.queue()
    await clock.advance(2)
    room.outbox.heard([question(clock, **({"uri": "small:more", "at": clock.now()} | fields))])
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    await asyncio.sleep(0)


async def test_an_edit_of_what_is_answered_stops_it(room: DeskRoom, clock: HeldClock) -> None:
    item = await room.queue()
    await clock.advance(2)
    room.outbox.heard([room.parent])
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    room.outbox.heard([room.parent.changed(edited_at=clock.now())])
    assert room.item(item.id).state is OutboxState.HELD
