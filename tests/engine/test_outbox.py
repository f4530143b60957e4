"""What operators may do with a send, and what they are told, when nothing breaks but their plans."""

from __future__ import annotations

import asyncio

import pytest
from support.clock import HeldClock, settle
from support.desk_room import ASKED, DeskRoom, question
from support.small_network import SmallNetwork

from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict, Missing, OutboxError, StoreError
from socialroom.domain.events import DraftChanged, DraftGone, OutboxChanged
from socialroom.domain.ports import SendClass


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def room(clock: HeldClock) -> DeskRoom:
    return DeskRoom(clock, SmallNetwork(clock))


async def test_a_send_goes_after_its_countdown_and_says_where_it_is(room: DeskRoom) -> None:
    item = await room.queue("Nous regardons.")
    await room.clock.advance(4.9)
    assert room.network.posts == []
    await room.clock.advance(0.2)
    sent = room.item(item.id)
    assert sent.sent_url == "https://small.example/1"
    assert [(p.text, p.parent) for p in room.network.posts] == [("Nous regardons.", "7")]
    assert room.states() == ["countdown", "armed", "sending", "sent"]
    assert [i.id for i, _ in room.sent] == [item.id]


async def test_queueing_ends_the_draft_and_begins_the_send_in_one_act(room: DeskRoom) -> None:
    room.drafts.save(room.draft("Nous regard"), "Léa")
    room.events.clear()
    item = await room.queue("Nous regardons.")
    assert isinstance(room.events[0], DraftGone)
    assert room.drafts.all() == []
    assert [(e.act, e.subject) for e in room.disk.log()][-1] == ("send queued", item.id)


async def test_a_full_disk_queues_nothing_and_keeps_the_draft(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "Léa")
    room.events.clear()
    room.store.full = True
    with pytest.raises(StoreError):
        await room.outbox.queue(room.draft(), "Léa", 0)
    await room.clock.advance(60)
    assert (room.events, room.outbox.items(), room.network.calls) == ([], [], [])
    assert [d.id for d in room.drafts.all()] == ["d1"]


@pytest.mark.parametrize("text", ["", "   ", "\n\t"])
async def test_an_empty_text_is_not_queued(room: DeskRoom, text: str) -> None:
    with pytest.raises(OutboxError, match="empty"):
        await room.outbox.queue(room.draft(text), "Léa", 0)
    assert room.outbox.items() == []


async def test_a_text_that_the_network_would_refuse_is_not_queued(room: DeskRoom) -> None:
    with pytest.raises(OutboxError, match="101 of 100"):
        await room.outbox.queue(room.draft("é" * 101), "Léa", 0)
    assert (await room.queue("é" * 100)).state is OutboxState.COUNTDOWN


async def test_an_account_that_may_not_publish_is_named(room: DeskRoom) -> None:
    with pytest.raises(Missing, match="press"):
        await room.outbox.queue(room.draft(account="press"), "Léa", 0)


@pytest.mark.parametrize("delay", [-1.0, float("nan"), float("inf"), 1e9])
async def test_a_delay_that_is_none_is_refused(room: DeskRoom, delay: float) -> None:
    with pytest.raises(OutboxError):
        await room.outbox.queue(room.draft(), "Léa", delay)
    assert room.outbox.items() == []


# --- undo ------------------------------------------------------------------------------------------------------------


async def test_undo_within_the_countdown_gives_the_draft_back(room: DeskRoom) -> None:
    item = await room.queue("Nous regardons.")
    await room.clock.advance(4)
    draft = await room.outbox.cancel(item.id, "Léa")
    assert (draft.id, draft.text, draft.in_reply_to) == ("d1", "Nous regardons.", ASKED)
    assert room.drafts.all() == [draft]
    assert isinstance(room.events[-1], DraftChanged)
    await room.clock.advance(600)
    assert room.network.calls == []
    assert await room.outbox.cancel(item.id, "Léa") == draft  # the same act again


async def test_undo_while_it_is_being_prepared_still_works(room: DeskRoom) -> None:
    item = await room.queue(delay=0)
    room.machine.at = ""
    preparing = asyncio.Event()
    room.network.step = lambda name: preparing.set() if name == "before freeze" else None
    following = await room.outbox.queue(room.draft(id="d2"), "Léa", 0)
    await preparing.wait()
    await room.outbox.cancel(following.id, "Léa")
    await room.clock.advance(60)
    assert room.item(following.id).state is OutboxState.CANCELLED
    assert [p.handle.partition("/")[0] for p in room.network.posts] == [item.id]


async def test_news_while_it_is_being_prepared_stops_it(room: DeskRoom, clock: HeldClock) -> None:
    def news(step: str) -> None:
        if step == "before freeze":
            room.outbox.heard([question(clock, uri="small:more", at=clock.now())])

    room.network.step = news
    item = await room.queue(delay=1)
    await clock.advance(60)
    assert room.item(item.id).state is OutboxState.HELD
    assert room.network.posts == []


async def test_what_was_held_and_released_has_one_carrier(clock: HeldClock) -> None:
    room = DeskRoom(clock, SmallNetwork(clock, send_class=SendClass.RECONCILE))
    room.network.plan = ["refused", "refused", "refused"]
    item = await room.queue(delay=20)
    await clock.advance(2)
    room.outbox.heard([question(clock, uri="small:more", at=clock.now())])
    await clock.advance(1)
    room.outbox.deciding.release(item.id, "Léa")
    await clock.advance(300)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1
    assert sum(c.startswith("send") for c in room.network.calls) == 4


async def test_undo_says_when_it_is_too_late(room: DeskRoom) -> None:
    room.network.plan = ["posted, then silence"]
    item = await room.queue(delay=0)
    await room.clock.advance(1)
    assert room.item().state is OutboxState.SENDING
    with pytest.raises(Conflict, match="on its way"):
        await room.outbox.cancel(item.id, "Léa")
    await room.clock.advance(60)
    with pytest.raises(Conflict, match=r"small\.example/1"):
        await room.outbox.cancel(item.id, "Léa")
    assert len(room.network.posts) == 1


async def test_what_was_typed_under_the_same_name_meanwhile_is_kept_beside_it(room: DeskRoom) -> None:
    room.network.plan = ["rejected"]
    item = await room.queue("Un.", delay=0)
    await room.clock.advance(1)
    room.drafts.save(room.draft("Deux."), "Léa")
    await room.outbox.cancel(item.id, "Léa")
    assert sorted(d.text for d in room.drafts.all()) == ["Deux.", "Un."]


async def test_a_draft_that_was_taken_back_can_be_sent_again(room: DeskRoom) -> None:
    item = await room.queue("Un.")
    await room.outbox.cancel(item.id, "Léa")
    await room.queue("Deux.", delay=0)
    await room.clock.advance(10)
    assert [p.text for p in room.network.posts] == ["Deux."]


async def test_an_undo_that_the_disk_refuses_changes_nothing_and_says_so(room: DeskRoom) -> None:
    item = await room.queue()
    room.store.full = True
    with pytest.raises(StoreError):
        await room.outbox.cancel(item.id, "Léa")
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    assert room.drafts.all() == []


async def test_a_draft_that_became_a_send_does_not_become_another(room: DeskRoom) -> None:
    await room.queue("Un.")
    with pytest.raises(Conflict, match="became a send"):
        await room.outbox.queue(room.draft("Deux."), "Léa", 0)
    assert len(room.outbox.items()) == 1


# --- later -----------------------------------------------------------------------------------------------------------


async def test_a_scheduled_send_waits_for_wall_time_and_goes_once(room: DeskRoom) -> None:
    item = await room.queue(delay=3600)
    assert item.state is OutboxState.SCHEDULED
    await room.clock.advance(3599)
    room.clock.jump(-1800)  # the clock is put right: half an hour more
    await room.clock.advance(1799)
    assert room.network.posts == []
    await room.clock.advance(40)
    room.clock.jump(-1800)
    await room.clock.advance(7200)
    assert len(room.network.posts) == 1


async def test_a_clock_put_back_does_not_lengthen_a_countdown(room: DeskRoom) -> None:
    await room.queue()
    room.clock.jump(-3600)
    await room.clock.advance(5.1)
    assert len(room.network.posts) == 1


@pytest.mark.parametrize("delay", [5.0, 3600.0])
async def test_a_moment_that_the_machine_slept_through_is_held(room: DeskRoom, delay: float) -> None:
    item = await room.queue(delay=delay)
    await room.clock.advance(1)
    room.clock.jump(8 * 3600)  # the lid was closed
    await room.clock.advance(60)
    assert room.item(item.id).state is OutboxState.HELD
    assert room.network.posts == []
    room.outbox.deciding.release(item.id, "Léa")
    await room.clock.advance(1)
    assert len(room.network.posts) == 1


async def test_only_what_is_held_is_released(room: DeskRoom) -> None:
    item = await room.queue()
    with pytest.raises(Conflict, match="countdown"):
        room.outbox.deciding.release(item.id, "Léa")
    with pytest.raises(Missing):
        room.outbox.deciding.release("nothing", "Léa")
    with pytest.raises(Conflict, match="countdown"):
        room.outbox.deciding.resolve(item.id, "there", "", "Léa")


async def test_released_twice_is_sent_once(room: DeskRoom) -> None:
    item = await room.queue()
    room = await room.again()
    await room.clock.advance(10)
    room = await room.again()
    assert room.item(item.id).state is OutboxState.SENT
    await room.queue(id="d2")
    await room.clock.advance(1)
    room.clock.jump(3600)
    await room.clock.advance(10)
    held = next(i for i in room.outbox.items() if i.state is OutboxState.HELD)
    room.outbox.deciding.release(held.id, "Léa")
    with pytest.raises(Conflict):
        room.outbox.deciding.release(held.id, "Amadou")
    await room.clock.advance(10)
    assert len(room.network.posts) == 2


# --- what is refused before the wire -------------------------------------------------------------------------------------


async def test_a_reply_knows_what_it_answers_when_the_cache_does_not(room: DeskRoom) -> None:
    await room.queue()
    del room.posts[ASKED]
    await room.clock.advance(6)
    assert [(p.text, p.parent) for p in room.network.posts] == [("Nous regardons.", "7")]


async def test_the_desk_keeps_none_of_the_words_that_it_answers(room: DeskRoom) -> None:
    item = await room.queue()
    assert item.parent
    assert (item.parent.id, item.parent.text, item.parent.author) == ("7", "", None)


async def test_what_answers_a_post_that_is_not_there_is_not_queued(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "Léa")
    room.posts.clear()
    with pytest.raises(Missing, match="not in the room"):
        await room.outbox.queue(room.draft(), "Léa", 0)
    assert [d.text for d in room.drafts.all()] == ["Nous regardons."]


async def test_a_reply_that_knows_nothing_to_answer_is_held_not_posted_as_something_else(room: DeskRoom) -> None:
    item = await room.queue()
    room.disk.commit(put=[(item.id, item.changed(parent=None))])
    room = await room.again()
    room.posts.clear()
    await room.clock.advance(6)
    assert room.item(item.id).state is OutboxState.HELD
    assert room.network.posts == []


async def test_a_text_that_is_not_the_one_that_was_queued_is_not_sent(room: DeskRoom) -> None:
    item = await room.queue("Nous regardons.")
    tampered = item.changed(text="Achetez !")
    room.disk.commit(put=[(item.id, tampered)])
    room = await room.again()
    await room.clock.advance(6)
    assert room.item(item.id).state is OutboxState.HELD
    assert room.network.posts == []


async def test_the_list_holds_all_that_is_open_and_the_latest_that_is_not(room: DeskRoom) -> None:
    open_ = await room.queue(id="open", delay=250)
    for number in range(210):
        await room.outbox.queue(room.draft(id=f"n{number}"), "Léa", 0)
        await settle()
    items = room.outbox.items()
    assert len(items) == 201
    assert open_.id in [i.id for i in items]


async def test_closing_waits_for_an_answer_that_is_on_its_way(room: DeskRoom) -> None:
    room.network.plan = ["posted, slowly"]
    item = await room.queue(delay=0)
    await room.clock.advance(1)
    closing = asyncio.ensure_future(room.outbox.aclose())
    await room.clock.advance(4)
    await closing
    assert room.item(item.id).state is OutboxState.SENT


async def test_closing_gives_up_on_a_network_that_does_not_answer(room: DeskRoom) -> None:
    room.network.plan = ["posted, then silence"]
    item = await room.queue(delay=0)
    await room.clock.advance(1)
    closing = asyncio.ensure_future(room.outbox.aclose())
    await room.clock.advance(6)
    await closing
    room = await room.again()
    await room.clock.advance(10)
    assert room.item(item.id).state is OutboxState.SENT
    assert len(room.network.posts) == 1


async def test_closing_leaves_a_countdown_to_the_next_start(room: DeskRoom) -> None:
    item = await room.queue()
    await room.outbox.aclose()
    await room.clock.advance(1)
    room = await room.again()
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    await room.clock.advance(5)
    assert room.item(item.id).state is OutboxState.SENT


async def test_a_class_is_never_taken_from_what_was_only_assumed(clock: HeldClock) -> None:
    """A server that only looks like Mastodon does not know handles: the room asks it before it repeats a call."""
    network = SmallNetwork(clock, send_class=SendClass.RECONCILE)
    assumed = SmallNetwork(clock).capabilities
    room = DeskRoom(clock, network, claims=assumed)
    network.plan = ["posted, then lost"]
    item = await room.queue(delay=0)
    await clock.advance(300)
    assert room.item(item.id).state is OutboxState.SENT
    assert sum(c.startswith("send") for c in network.calls) == 1
    assert any(isinstance(e, OutboxChanged) and e.item.state is OutboxState.UNKNOWN for e in room.events)
