"""Every way in which a network fails a send: what happens, what is said, and how many posts there are."""

from __future__ import annotations

import pytest
from support.clock import HeldClock
from support.desk_room import DeskRoom
from support.small_network import POSTED, SmallNetwork

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, OutboxError
from socialroom.domain.ports import SendClass

REPEATS = (SendClass.IDEMPOTENT,)
LOOKS = (SendClass.RECONCILE, SendClass.TWO_PHASE)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


def room_on(clock: HeldClock, send_class: SendClass = SendClass.IDEMPOTENT, **fields: object) -> DeskRoom:
    return DeskRoom(clock, SmallNetwork(clock, send_class=send_class, **fields))  # type: ignore[arg-type]


def reason(item: OutboxItem) -> str:
    assert item.reason
    return str(item.reason.what)


def sends(room: DeskRoom) -> list[str]:
    return [c for c in room.network.calls if c.startswith("send")]


# --- nothing was posted, for certain -----------------------------------------------------------------------------------


async def test_a_refusal_is_final_says_why_and_gives_the_text_back(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["rejected"]
    item = await room.queue(delay=0)
    await clock.advance(600)
    assert room.item(item.id).state is OutboxState.REJECTED
    assert "not this" in reason(room.item(item.id))
    assert len(sends(room)) == 1
    room = await room.again()
    await clock.advance(600)
    assert room.item(item.id).state is OutboxState.REJECTED
    assert (await room.outbox.cancel(item.id, "Léa")).text == item.text


async def test_a_network_that_is_away_is_tried_again_in_sight_with_undo(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["refused", "refused"]
    item = await room.queue(delay=0)
    waiting = room.item(item.id)
    assert waiting.state is OutboxState.COUNTDOWN
    assert "refused the connection" in reason(waiting)
    assert waiting.due_at
    assert (waiting.due_at - clock.now()).total_seconds() == 2
    await clock.advance(2)
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    await clock.advance(5)
    assert room.item(item.id).state is OutboxState.SENT
    assert len({c.split()[1] for c in sends(room)}) == 1, "each call had the same handle"


async def test_undo_works_while_it_waits_for_another_try(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["refused"]
    item = await room.queue(delay=0)
    await room.outbox.cancel(item.id, "Léa")
    await clock.advance(600)
    assert room.network.posts == []


async def test_a_network_that_stays_away_ends_in_held_and_a_person_releases_it(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["refused"] * 6
    item = await room.queue(delay=0)
    await clock.advance(600)
    held = room.item(item.id)
    assert held.state is OutboxState.HELD
    assert "refused the connection" in reason(held)
    assert len(sends(room)) == 6
    room.outbox.deciding.release(item.id, "Amadou")
    await clock.advance(1)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_network_that_is_away_before_the_handle_is_chosen_is_tried_again_too(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.unreachable = True
    item = await room.queue(delay=0)
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    room.network.unreachable = False
    await clock.advance(3)
    assert room.item(item.id).state is OutboxState.SENT


async def test_patience_that_the_network_asks_for_is_waited_in_sight(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["limited"]
    item = await room.queue(delay=0)
    waiting = room.item(item.id)
    assert waiting.state is OutboxState.COUNTDOWN
    assert waiting.due_at
    assert (waiting.due_at - clock.now()).total_seconds() == 90
    await clock.advance(89)
    assert len(sends(room)) == 1
    await clock.advance(2)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_dead_credential_holds_and_never_loops(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["login"]
    item = await room.queue(delay=0)
    await clock.advance(7200)
    assert room.item(item.id).state is OutboxState.HELD
    assert len(sends(room)) == 1


async def test_an_account_that_left_the_room_holds_what_it_was_to_say(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["refused"] * 6
    item = await room.queue(delay=0)
    await clock.advance(600)
    room = await room.again(account=False)
    room.outbox.deciding.release(item.id, "Léa")
    await clock.advance(60)
    assert room.item(item.id).state is OutboxState.HELD
    assert "not in this room" in reason(room.item(item.id))


# --- perhaps it was posted -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("happens", POSTED)
@pytest.mark.parametrize("send_class", [*REPEATS, *LOOKS])
async def test_what_was_posted_and_not_answered_is_found_out_and_never_posted_twice(
    clock: HeldClock, send_class: SendClass, happens: str
) -> None:
    room = room_on(clock, send_class)
    room.network.plan = [happens]
    item = await room.queue(delay=0)
    await clock.advance(180)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1
    assert len(room.sent) == 1


@pytest.mark.parametrize("happens", ["lost", "silence", "fault"])
async def test_what_was_lost_is_sent_again_with_the_same_handle_where_that_is_safe(
    clock: HeldClock, happens: str
) -> None:
    room = room_on(clock)
    room.network.plan = [happens, happens, happens]
    item = await room.queue(delay=0)
    await clock.advance(180)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1
    assert len({c.split()[1] for c in sends(room)}) == 1


@pytest.mark.parametrize("happens", ["lost", "silence", "fault"])
@pytest.mark.parametrize("send_class", LOOKS)
async def test_what_was_lost_elsewhere_is_looked_for_three_times_and_then_a_person_decides(
    clock: HeldClock, send_class: SendClass, happens: str
) -> None:
    room = room_on(clock, send_class)
    room.network.plan = [happens]
    item = await room.queue(delay=0)
    await clock.advance(35)
    unknown = room.item(item.id)
    assert unknown.state is OutboxState.UNKNOWN
    with pytest.raises(Conflict, match="not finished looking"):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    await clock.advance(130)
    seen = room.item(item.id)
    assert (seen.state, seen.looked) == (OutboxState.UNKNOWN, 3)
    assert "3 times" in reason(seen)
    assert room.network.calls.count("find") == 3
    await clock.advance(86_400)
    assert len(sends(room)) == 1, "nothing is sent again by itself"
    room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    await clock.advance(1)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1


async def test_a_post_that_shows_late_is_found_by_a_later_look(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE, lag=100.0)
    room.network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(60)
    assert (room.item(item.id).state, room.item(item.id).looked) == (OutboxState.UNKNOWN, 2)
    await clock.advance(70)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_network_that_cannot_be_searched_proves_nothing(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    room.network.plan = ["posted, then lost"]
    room.network.searchable = False
    item = await room.queue(delay=0)
    await clock.advance(7200)
    unknown = room.item(item.id)
    assert (unknown.state, unknown.looked) == (OutboxState.UNKNOWN, 0)
    assert "cannot be searched" in reason(unknown)
    with pytest.raises(Conflict):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    room.network.searchable = True
    await clock.advance(601)
    assert room.item(item.id).state is OutboxState.SENT


@pytest.mark.parametrize("then", ["refused", "limited", "login", "rejected"])
@pytest.mark.parametrize("first", ["posted, then lost", "lost"])
async def test_a_later_no_proves_nothing_about_an_earlier_call(clock: HeldClock, first: str, then: str) -> None:
    room = room_on(clock)
    room.network.plan = [first, then]
    item = await room.queue(delay=0)
    await clock.advance(400)
    said = room.states()
    assert not {"held", "rejected"} & set(said), "neither is known"
    if first == "lost" and then in ("login", "rejected"):
        assert (room.item(item.id).state, room.item(item.id).looked) == (OutboxState.UNKNOWN, 3)
    else:
        assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) <= 1


async def test_the_same_call_is_not_made_again_when_the_network_has_forgotten_the_handle(clock: HeldClock) -> None:
    room = room_on(clock, remembers=60.0)
    room.network.plan = ["posted, then lost", "posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(0.5)
    clock.jump(120)  # nothing is known of the server's clock but that ours moved
    await clock.advance(200)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1
    assert len(sends(room)) == 1


async def test_a_handles_time_counts_from_the_first_call(clock: HeldClock) -> None:
    room = room_on(clock, remembers=60.0)
    room.network.plan = ["refused"] * 6 + ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(200)
    assert room.item(item.id).state is OutboxState.HELD
    room.outbox.deciding.release(item.id, "Léa")
    await clock.advance(200)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(sends(room)) == 7, "looked for, not sent again"


@pytest.mark.parametrize("corrected", [0.0, -3600.0], ids=["and stays so", "and is put right"])
async def test_a_clock_that_was_wrong_does_not_hide_a_reply_from_the_search(clock: HeldClock, corrected: float) -> None:
    clock.jump(3600)
    room = room_on(clock, SendClass.RECONCILE)
    room.network.plan = ["posted, then silence"]
    item = await room.queue(delay=0)
    clock.jump(corrected)
    await clock.advance(300)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_clock_that_is_put_right_does_not_hide_a_post_from_the_search(clock: HeldClock) -> None:
    clock.jump(3600)
    room = room_on(clock, SendClass.RECONCILE)
    room.network.plan = ["posted, then silence"]
    item = await room.queue(delay=0, in_reply_to=None, conversation=None)
    clock.jump(-3600)
    await clock.advance(300)
    assert room.item(item.id).state is OutboxState.SENT
    assert room.cases.all() == {}


async def test_a_line_that_stays_cut_ends_in_unknown_and_is_found_when_it_returns(clock: HeldClock) -> None:
    room = room_on(clock)
    room.network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    room.network.unreachable = True
    await clock.advance(600)
    assert room.item(item.id).state is OutboxState.UNKNOWN
    room.network.unreachable = False
    await clock.advance(601)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1


@pytest.mark.parametrize("happens", ["posted, then lost", "lost"])
async def test_a_connector_that_fails_when_asked_who_it_is_is_asked_again_and_then_looked_through(
    clock: HeldClock, happens: str
) -> None:
    room = room_on(clock)
    room.network.plan, room.network.faults = [happens], {"account": 1000}
    item = await room.queue(delay=0)
    await clock.advance(600)
    assert room.network.calls.count("account") == 8
    if happens == "lost":
        assert (room.item(item.id).state, room.item(item.id).looked) == (OutboxState.UNKNOWN, 3)
        assert (room.outbox.deciding.resolve(item.id, "absent", "", "Léa")).state is OutboxState.COUNTDOWN
        await clock.advance(1)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1


@pytest.mark.parametrize("disk_is_full", [False, True])
async def test_no_fault_leaves_a_send_that_nobody_looks_for(clock: HeldClock, disk_is_full: bool) -> None:
    room = room_on(clock)
    room.network.plan = ["posted, then lost"]

    def fail(step: str) -> None:
        if step == "the network has it":
            room.network.faults = {"capabilities": 4}
            room.store.full = disk_is_full

    room.network.step = fail
    item = await room.queue(delay=0)
    await clock.advance(20)
    assert room.network.faults["capabilities"] > 0, "it does not ask again without a pause"
    room.store.full = False
    await clock.advance(300)
    assert "unknown" in room.states()
    assert room.item(item.id).state is OutboxState.SENT
    assert len(sends(room)) == len(room.network.posts) == 1


async def test_where_nothing_can_be_found_out_only_a_person_decides(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.NEVER)
    room.network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(86_400)
    unknown = room.item(item.id)
    assert unknown.state is OutboxState.UNKNOWN
    assert "cannot look there" in reason(unknown)
    assert "find" not in room.network.calls
    with pytest.raises(Conflict):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    there = room.outbox.deciding.resolve(item.id, "there", "https://small.example/1", "Léa")
    assert (there.state, there.sent_url) == (OutboxState.SENT, "https://small.example/1")
    assert len(room.network.posts) == 1


# --- a person decides ------------------------------------------------------------------------------------------------------


async def unknown_item(room: DeskRoom) -> OutboxItem:
    room.network.plan = ["lost"]
    item = await room.queue(delay=0)
    await room.clock.advance(130)
    assert room.item(item.id).state is OutboxState.UNKNOWN
    return room.item(item.id)


async def test_there_marks_the_post_as_answered(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    item = await unknown_item(room)
    room.outbox.deciding.resolve(item.id, "there", "", "Amadou")
    assert room.cases.all()[item.conversation or ""].answered == (item.in_reply_to,)
    assert room.disk.log()[-1].actor == "Amadou"
    with pytest.raises(Conflict, match="sent"):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")


async def test_drop_gives_the_text_back_and_a_new_reply_asks_first(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    item = await unknown_item(room)
    dropped = room.outbox.deciding.resolve(item.id, "drop", "", "Léa")
    assert dropped.state is OutboxState.CANCELLED
    assert [d.text for d in room.drafts.all()] == [item.text]
    with pytest.raises(Conflict, match="may be there"):
        room.drafts.check_send(room.draft(id="d2"), "Léa")
    await clock.advance(86_400)
    assert len(sends(room)) == 1


async def test_look_looks_again(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    item = await unknown_item(room)
    room.outbox.deciding.resolve(item.id, "look", "", "Léa")
    with pytest.raises(Conflict, match="not finished"):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    await clock.advance(130)
    assert room.item(item.id).looked == 3
    assert room.network.calls.count("find") == 6


async def test_looking_again_and_again_does_not_make_the_looks_come_sooner(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    item = await unknown_item(room)
    for _ in range(4):
        room.outbox.deciding.resolve(item.id, "look", "", "Léa")
    await clock.advance(60)
    assert room.item(item.id).looked == 2


@pytest.mark.parametrize(("verdict", "url"), [("maybe", ""), ("there", "javascript:alert(1)"), ("there", "file:///x")])
async def test_a_verdict_that_is_none_changes_nothing(clock: HeldClock, verdict: str, url: str) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    item = await unknown_item(room)
    with pytest.raises(OutboxError):
        room.outbox.deciding.resolve(item.id, verdict, url, "Léa")
    assert room.item(item.id) == item


async def test_the_same_words_sent_twice_on_purpose_are_not_taken_for_each_other(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    first = await room.queue("Merci !", delay=0)
    await clock.advance(1)
    assert room.item(first.id).state is OutboxState.SENT
    room.network.plan = ["lost"]
    second = await room.queue("Merci !", id="d2", delay=0)
    await clock.advance(300)
    unknown = room.item(second.id)
    assert unknown.state is OutboxState.UNKNOWN
    assert "cannot tell" in reason(unknown)
    with pytest.raises(Conflict):
        room.outbox.deciding.resolve(second.id, "absent", "", "Léa")


# --- the disk ----------------------------------------------------------------------------------------------------------------


async def test_a_disk_that_refuses_the_handle_stops_the_send(clock: HeldClock) -> None:
    room = room_on(clock)
    item = await room.queue()
    room.store.full = True
    await clock.advance(60)
    held = room.item(item.id)
    assert held.state is OutboxState.HELD
    assert "disk is full" in reason(held)
    assert sends(room) == []
    following = await room.again()
    assert following.item(item.id).state is OutboxState.HELD, "the disk says the same after a restart"


async def test_what_was_sent_is_not_said_before_the_disk_knows_it(clock: HeldClock) -> None:
    room = room_on(clock)

    def fill(step: str) -> None:
        if step == "the network has it":
            room.store.full = True

    room.network.step = fill
    item = await room.queue(delay=0)
    await clock.advance(20)
    waiting = room.item(item.id)
    assert waiting.state is OutboxState.SENDING
    assert "disk is full" in reason(waiting)
    assert room.sent == []
    room.store.full = False
    await clock.advance(31)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(sends(room)) == 1


async def test_absent_is_not_believed_of_a_look_that_the_disk_does_not_hold(clock: HeldClock) -> None:
    room = room_on(clock, SendClass.RECONCILE)
    room.network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(1)
    room.store.full = True
    await clock.advance(600)
    assert room.item(item.id).looked == 0
    room.store.full = False
    with pytest.raises(Conflict):
        room.outbox.deciding.resolve(item.id, "absent", "", "Léa")
    await clock.advance(601)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_disk_that_is_full_until_the_network_forgot_ends_the_repeats() -> None:
    clock = HeldClock()
    room = DeskRoom(clock, SmallNetwork(clock, remembers=60.0))
    room.network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(0.5)
    room.store.full = True
    await clock.advance(200)  # the repeat was due after a second, and could not be written down
    room.store.full = False
    await clock.advance(300)
    assert len(room.network.posts) == 1
    assert room.item(item.id).state is OutboxState.SENT  # it was looked for
