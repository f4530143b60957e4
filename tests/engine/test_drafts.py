"""Drafts, and whether a reply may go, on a clock that the test holds and a disk that can be full."""

from __future__ import annotations

import pytest
from support.clock import HeldClock
from support.desk_room import TALK, DeskRoom
from support.small_network import SmallNetwork

from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.events import DraftGone


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def room(clock: HeldClock) -> DeskRoom:
    return DeskRoom(clock, SmallNetwork(clock))


# --- drafts ------------------------------------------------------------------------------------------------------


async def test_a_draft_is_on_disk_when_it_is_said_to_be_saved(room: DeskRoom) -> None:
    kept = room.drafts.save(room.draft("Nous reg"), "Léa")
    assert kept.updated_at == room.clock.now()
    following = await room.again()
    assert following.drafts.all() == [kept]


def test_a_full_disk_reaches_the_operator_and_nothing_is_said_to_be_saved(room: DeskRoom) -> None:
    room.store.full = True
    with pytest.raises(StoreError):
        room.drafts.save(room.draft(), "Léa")
    assert room.events == []
    assert room.drafts.all() == []
    assert room.cases.all() == {}


def test_a_draft_is_its_operators_alone(room: DeskRoom) -> None:
    room.drafts.save(room.draft("Nous regardons."), "Léa")
    with pytest.raises(Conflict, match="Léa's"):
        room.drafts.save(room.draft("Autre chose"), "Amadou")
    with pytest.raises(Conflict, match="Léa's"):
        room.drafts.discard("d1", "Amadou")
    assert [d.text for d in room.drafts.all()] == ["Nous regardons."]


def test_a_discarded_draft_is_gone_for_everybody(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "Léa")
    room.drafts.discard("d1", "Léa")
    assert room.events[-1] == DraftGone(draft="d1")
    assert room.drafts.all() == []
    with pytest.raises(Missing):
        room.drafts.discard("d1", "Léa")


def test_the_same_text_again_writes_nothing(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "Léa")
    told = len(room.events)
    room.drafts.save(room.draft(), "Léa")
    assert len(room.events) == told


async def test_a_late_save_of_what_was_queued_leaves_no_second_draft(room: DeskRoom) -> None:
    await room.queue("Nous regardons.")
    room.drafts.save(room.draft("Nous regardons."), "Léa")
    assert room.drafts.all() == []
    with pytest.raises(Conflict, match="became a send"):
        room.drafts.save(room.draft("Nous regardons. Et"), "Léa")


# --- may it go -------------------------------------------------------------------------------------------------------


def test_a_send_asks_first_while_somebody_else_answers(room: DeskRoom) -> None:
    room.cases.claim(TALK, "Amadou")
    with pytest.raises(Conflict, match="Amadou is answering"):
        room.drafts.check_send(room.draft(), "Léa")
    room.drafts.check_send(room.draft(), "Léa", anyway=True)
    room.drafts.check_send(room.draft(), "Amadou")


async def test_a_second_reply_asks_first(room: DeskRoom) -> None:
    await room.queue(delay=0)
    await room.clock.advance(1)
    assert room.item().state is OutboxState.SENT
    with pytest.raises(Conflict, match="Léa has answered"):
        room.drafts.check_send(room.draft(id="d2", operator="Amadou"), "Amadou")
    with pytest.raises(Conflict, match="Léa has answered"):
        room.drafts.check_send(room.draft(id="d3"), "Léa")
    room.drafts.check_send(room.draft(id="d2"), "Amadou", anyway=True)


async def test_a_second_reply_asks_first_while_the_first_still_waits(room: DeskRoom) -> None:
    await room.queue()
    await room.clock.advance(1)
    room.cases.claim(TALK, "Léa")
    room.cases.release(TALK, "Léa")
    with pytest.raises(Conflict, match="a reply of Léa"):
        room.drafts.check_send(room.draft(id="d2"), "Amadou")


async def test_the_same_command_again_asks_nothing(room: DeskRoom) -> None:
    draft = room.draft()
    await room.queue(delay=0)
    await room.clock.advance(1)
    room.drafts.check_send(draft, "Léa")
    again = await room.outbox.queue(draft, "Léa", 0)
    assert again == room.item()
    await room.clock.advance(30)
    assert len(room.network.posts) == 1


def test_a_draft_that_changed_under_the_sender_is_read_again(room: DeskRoom) -> None:
    seen = room.drafts.save(room.draft("Nous regardons."), "Sam", answers=False)
    room.drafts.check_send(seen, "Léa")
    room.drafts.save(room.draft("Nous ne regardons pas."), "Sam", answers=False)
    with pytest.raises(Conflict, match="Sam changed"):
        room.drafts.check_send(seen, "Léa", anyway=True)
