"""Claims and what is done, on a clock that the test holds and a disk that can be full."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from support.clock import HeldClock
from support.desk_room import ASKED, TALK, DeskRoom, question
from support.small_network import SmallNetwork

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict
from socialroom.domain.events import CaseChanged, DraftChanged, OutboxChanged
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


def held(done: r.Done) -> str:
    assert done.case
    return done.case.claimed_by


# --- who answers ---------------------------------------------------------------------------------------------------


async def test_typing_says_who_answers_and_keeps_saying_it(room: DeskRoom) -> None:
    def holder() -> str:
        return room.cases.all()[TALK].claimed_at(room.clock.now())

    room.drafts.save(room.draft("N"), "Léa")
    assert holder() == "Léa"
    for letters in range(25):  # twenty-five minutes of thinking, a letter a minute
        await room.clock.advance(61)
        room.drafts.save(room.draft("N" * (letters + 2)), "Léa")
        assert holder() == "Léa"
    await room.clock.advance(9 * 60)
    assert holder() == "Léa"
    await room.clock.advance(61)
    assert holder() == ""


async def test_quick_typing_does_not_tell_everybody_each_time(room: DeskRoom) -> None:
    for letters in range(50):
        room.drafts.save(room.draft("N" * (letters + 1)), "Léa")
        await room.clock.advance(1)
    assert sum(isinstance(e, CaseChanged) for e in room.events) == 1
    assert sum(isinstance(e, DraftChanged) for e in room.events) == 50


def test_typing_never_takes_a_claim_from_somebody(room: DeskRoom) -> None:
    room.cases.claim(TALK, "Léa")
    room.drafts.save(room.draft(id="d2"), "Amadou")
    assert room.cases.all()[TALK].claimed_by == "Léa"


def test_who_may_not_answer_does_not_look_as_if_they_did(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "visitor", answers=False)
    assert room.cases.all() == {}
    assert [d.operator for d in room.drafts.all()] == ["visitor"]


def test_a_claim_of_somebody_else_names_them_unless_it_is_taken(room: DeskRoom) -> None:
    room.cases.claim(TALK, "Léa")
    with pytest.raises(Conflict, match="Léa is answering"):
        room.cases.claim(TALK, "Amadou")
    assert held(room.cases.claim(TALK, "Amadou", take=True)) == "Amadou"
    with pytest.raises(Conflict, match="Amadou"):
        room.cases.release(TALK, "Léa")
    assert held(room.cases.release(TALK, "Amadou")) == ""
    assert held(room.cases.claim(TALK, "Léa")) == "Léa"


async def test_a_claim_that_lapsed_is_anybodys(room: DeskRoom) -> None:
    room.cases.claim(TALK, "Léa")
    await room.clock.advance(600)
    assert held(room.cases.claim(TALK, "Amadou")) == "Amadou"


async def test_taking_over_stops_what_the_other_was_about_to_send(room: DeskRoom) -> None:
    item = await room.queue()
    room.cases.claim(TALK, "Amadou", take=True)
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
    room.cases.claim(TALK, "Léa")
    done = room.cases.close(TALK, "Léa").case
    assert done
    assert (done.done_by, done.claimed_by) == ("Léa", "")
    assert not waits(asked, room.cases.all())
    room.cases.reopen(TALK, "Amadou")
    assert waits(asked, room.cases.all())


def test_nobody_closes_what_somebody_else_is_answering(room: DeskRoom) -> None:
    room.cases.claim(TALK, "Léa")
    with pytest.raises(Conflict, match="Léa"):
        room.cases.close(TALK, "Amadou")


async def test_a_new_message_reopens_what_was_done(room: DeskRoom, clock: HeldClock) -> None:
    room.cases.close(TALK, "Léa")
    await clock.advance(30)
    more = question(clock, uri="small:more", at=clock.now(), kind=PostKind.REPLY)
    room.cases.heard([more])
    assert room.cases.all()[TALK].done_at is None
    assert waits(more, room.cases.all())


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
    room.cases.close(TALK, "Léa")
    await clock.advance(30)
    room.cases.heard([question(clock, **({"uri": "small:more", "at": clock.now()} | fields))])
    assert room.cases.all()[TALK].done_at is not None


async def test_an_edit_after_it_was_done_reopens_it(room: DeskRoom, clock: HeldClock) -> None:
    before = question(clock)
    room.cases.close(TALK, "Léa")
    await clock.advance(30)
    room.cases.heard([before.changed(edited_at=clock.now())])
    assert room.cases.all()[TALK].done_at is None


async def test_a_message_heard_while_the_disk_is_full_reopens_later(room: DeskRoom, clock: HeldClock) -> None:
    room.cases.close(TALK, "Léa")
    await clock.advance(30)
    room.store.full = True
    room.cases.heard([question(clock, uri="small:more", at=clock.now())])
    assert room.cases.all()[TALK].done_at is not None
    room.store.full = False
    room.cases.heard([])
    assert room.cases.all()[TALK].done_at is None


# --- the log ---------------------------------------------------------------------------------------------------------


async def test_every_act_leaves_a_line_and_no_text_is_in_it(room: DeskRoom) -> None:
    secret = "Nous regardons, promis"
    room.drafts.save(room.draft("Nous"), "Léa")
    room.drafts.save(room.draft("Nous regardons"), "Léa")
    item = await room.queue(secret)
    await room.outbox.cancel(item.id, "Amadou")
    again = await room.outbox.queue(room.draft(secret), "Léa", 0)
    await room.clock.advance(1)
    room.cases.close(TALK, "Léa")
    room.cases.reopen(TALK, "Léa")
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
    room.cases.claim(TALK, "Léa")
    await room.queue(delay=0)
    await room.clock.advance(1)
    case = room.cases.all()[TALK]
    assert (case.answered, case.answered_by, case.claimed_by) == ((ASKED,), "Léa", "")
    at_once = [type(e) for e in room.events[-2:]]
    assert at_once == [OutboxChanged, CaseChanged]
    assert not waits(room.parent, room.cases.all())


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
    room.outbox.deciding.release(item.id, "Léa")  # read, and it still fits
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
