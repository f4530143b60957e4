"""A room that dies at every step of a send, under every class of network, and is started again.

The law is the table of states in the architecture: never two posts, never a wrong word about which, and one after the
same call with the same handle, or after one decision of a person. Every word that is said is compared with the
network's truth at that moment (`support.desk_room.assert_true`).
"""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clock import HeldClock, settle
from support.desk_room import ASKED, DeskRoom, Killed, Machine, assert_true, ours, question
from support.small_network import ABSENT, POSTED, SmallNetwork

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import RoomError
from socialroom.domain.ports import SendClass
from socialroom.engine.queueing import Demand

STEPS = (
    "before commit: send queued",
    "after commit: send queued",
    "before freeze",
    "after freeze",
    "before commit: armed",
    "after commit: armed",
    "before commit: sending",
    "after commit: sending",
    "before the request",
    "the request has arrived",
    "the network has it",
    "the answer is here",
    "before commit: sent",
    "after commit: sent",
)
FORGETFUL = "idempotent, forgotten"  # of class idempotent, but its time is over at the restart
CLASSES = (*SendClass, FORGETFUL)


def network_of(clock: HeldClock, kind: str) -> SmallNetwork:
    if kind == FORGETFUL:
        return SmallNetwork(clock, send_class=SendClass.IDEMPOTENT, remembers=60.0)
    return SmallNetwork(clock, send_class=SendClass(kind))


async def queued_and_killed(room: DeskRoom) -> None:
    room.drafts.save(room.draft(), "Léa")
    try:
        await room.outbox.queue(room.draft(), "Léa", 0)
    except Killed:
        return
    await settle()


def expected(kind: str, on_disk: OutboxState | None, posted: bool) -> tuple[OutboxState | None, int]:
    """The table: the state some minutes after the restart, and how often the network was searched."""
    if on_disk is None or on_disk is OutboxState.SENT:
        return on_disk, 0
    if on_disk is OutboxState.COUNTDOWN:
        return OutboxState.HELD, 0
    if kind == SendClass.IDEMPOTENT:
        return OutboxState.SENT, 0
    if kind == SendClass.NEVER:
        return OutboxState.UNKNOWN, 0
    return (OutboxState.SENT, 0) if posted else (OutboxState.UNKNOWN, 3)


async def decided(room: DeskRoom) -> None:
    """A person who has looked, and tells the truth, brings the send to its end."""
    item = room.item()
    if item.state is OutboxState.HELD:
        room.outbox.deciding.release(item.id, "Amadou")
    elif item.state is OutboxState.UNKNOWN and ours(item, room.network):
        room.outbox.deciding.resolve(item.id, "there", "", "Amadou")
    elif item.state is OutboxState.UNKNOWN and item.looked == 3:
        room.outbox.deciding.resolve(item.id, "absent", "", "Amadou")
    elif item.state is OutboxState.UNKNOWN:
        room.outbox.deciding.resolve(item.id, "drop", "", "Amadou")
    if room.drafts.all():
        await room.outbox.queue(room.drafts.all()[0], "Amadou", 0, anyway=True)
    await room.clock.advance(300)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("kind", CLASSES)
async def test_killed_at_a_step_it_ends_as_the_table_says(kind: str, step: str) -> None:
    clock = HeldClock()
    network = network_of(clock, kind)
    room = DeskRoom(clock, network, machine=Machine(step))
    await queued_and_killed(room)
    assert not room.machine.alive, f"{step} was never reached"
    posted = bool(network.posts)
    on_disk = next((i.state for i in room.disk.load(OutboxItem).values()), None)
    if kind == FORGETFUL:
        clock.jump(120)

    room = await room.again()
    if on_disk is None:
        assert [d.text for d in room.drafts.all()] == ["Nous regardons."], "nothing was queued, so the draft is there"
        await room.queue(delay=0)
        await clock.advance(1)
        assert len(network.posts) == 1
        return
    assert room.drafts.all() == []
    await clock.advance(300)
    item = room.item()
    state, looked = expected(kind, on_disk, posted)
    assert (item.state, item.looked) == (state, looked)
    await decided(room)
    assert room.item().state is OutboxState.SENT
    assert len(network.posts) == 1
    assert room.cases.all()["small:root"].answered == (ASKED,)
    assert len([c for c in network.calls if c.startswith("send")]) <= 2


@pytest.mark.parametrize("first", STEPS)
@pytest.mark.parametrize("kind", CLASSES)
async def test_killed_again_at_every_step_of_its_recovery(kind: str, first: str) -> None:
    async def lives(second: str, strike: int) -> list[str]:
        """Dies at `first`, then at `second` of the next life; gives the steps of that life."""
        clock = HeldClock()
        network = network_of(clock, kind)
        room = DeskRoom(clock, network, machine=Machine(first))
        await queued_and_killed(room)
        machine = Machine(second, strike)
        try:
            room = await room.again(machine=machine)
            await clock.advance(300)
            if room.outbox.items():
                await decided(room)
        except Killed:
            pass
        steps = machine.steps
        room.machine.alive = False
        room = await room.again()
        await clock.advance(300)
        if room.outbox.items():
            await decided(room)
        else:
            await room.queue(delay=0)
        await clock.advance(300)
        assert len(network.posts) == 1, (second, strike)
        assert room.item().state is OutboxState.SENT, (second, strike)
        return steps

    seen: dict[str, int] = {}
    for step in await lives("", 1):
        seen[step] = seen.get(step, 0) + 1
        await lives(step, seen[step])


# --- anything, in any order ---------------------------------------------------------------------------------------------

HAPPENINGS = st.lists(st.sampled_from([*POSTED, *ABSENT]), max_size=6)
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("wait"), st.sampled_from([0.5, 2, 6, 20, 70, 200, 700, 3400])),
        st.tuples(st.just("kill"), st.just(0)),
        st.tuples(st.just("kill at"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["queue", "undo", "release", "decide", "take over", "full", "space"]), st.just(0)),
        st.tuples(st.sampled_from(["thread", "propose", "approve", "reject", "revise", "heard"]), st.integers(0, 2)),
        st.tuples(st.just("put off"), st.sampled_from([5, 60, 4000])),
        st.tuples(st.sampled_from(["cut", "mend", "jump"]), st.sampled_from([-3600, -5, 5, 3600])),
        st.tuples(st.just("close"), st.just(0)),
    ),
    max_size=14,
)


LONG = "Une phrase entière de quarante lettres. " * 4
APPROVERS = ("Inès", "Omar", "Léa")


class Strike(Machine):
    """Dies at the n-th step, whatever it is."""

    def __init__(self, after: int = 0) -> None:
        super().__init__()
        self.after = after

    def step(self, name: str) -> None:
        if self.after == 1:
            self.alive = False
        self.after -= 1
        super().step(name)


async def act(room: DeskRoom, verb: str, value: float) -> DeskRoom:
    clock, network = room.clock, room.network
    item = room.item() if room.outbox.items() else None
    match verb:
        case "wait":
            await clock.advance(value)
        case "kill":
            return await room.again()
        case "kill at":
            return await room.again(machine=Strike(int(value)))
        case "queue":
            drafts = room.drafts.all()
            draft = drafts[0] if drafts else room.draft(id=f"d{len(room.disk.log())}")
            room.drafts.check_send(draft, "Léa")
            await room.outbox.queue(draft, "Léa", 5)
        case "thread" | "propose":
            draft = room.draft(LONG if verb == "thread" else "Une idée.", id=f"d{len(room.disk.log())}", split=True)
            demand = Demand(int(value) if verb == "thread" else 1)
            await room.outbox.queue(draft, "Chloé", 5, anyway=True, demand=demand)
        case "approve":
            for one in [i for i in room.outbox.items() if i.state is OutboxState.AWAITING_APPROVAL]:
                room.outbox.approvals.approve(one.id, one.text_hash, APPROVERS[int(value)])
        case "reject" if item:
            room.outbox.approvals.reject(item.id, "Non", "Omar")
        case "revise" if item:
            new = room.draft("Autrement.", id=f"d{len(room.disk.log())}")
            await room.outbox.approvals.revise(item.id, new, APPROVERS[int(value)], Demand())
        case "put off" if item:
            room.outbox.deciding.reschedule(item.id, clock.now() + timedelta(seconds=value), "", "Léa")
        case "heard":
            said = question(clock, uri=f"small:again{len(room.posts)}", id=f"again{len(room.posts)}", at=clock.now())
            room.posts[said.uri] = said
            room.cases.heard([said])
            room.outbox.heard([said])
        case "undo" if item:
            await room.outbox.cancel(item.id, "Léa")
        case "release" if item:
            room.outbox.deciding.release(item.id, "Léa")
        case "decide" if item:
            there = bool(ours(item, network))
            never = network.send_class is SendClass.NEVER
            room.outbox.deciding.resolve(item.id, "there" if there else "look" if never else "absent", "", "Léa")
        case "take over" if item and item.conversation:
            room.cases.claim(item.conversation, "Amadou", take=True)
        case "full":
            room.store.full = True
        case "space":
            room.store.full = False
        case "cut":
            network.unreachable = True
        case "mend":
            network.unreachable = False
        case "jump":
            clock.jump(value)
        case "close":
            closing = asyncio.ensure_future(room.outbox.aclose())
            await clock.advance(6)
            await closing
            return await room.again()
    await settle()
    return room


@given(kind=st.sampled_from(CLASSES), plan=HAPPENINGS, acts=ACTS)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_whatever_happens_there_are_never_two_and_no_word_is_wrong(
    kind: str, plan: list[str], acts: list[tuple[str, float]]
) -> None:
    async def life() -> None:
        clock = HeldClock()
        network = network_of(clock, kind)
        network.plan = list(plan)
        room = DeskRoom(clock, network)
        await room.queue(delay=0)
        for verb, value in acts:
            with contextlib.suppress(RoomError, Killed):
                room = await act(room, verb, value)
            for item in room.outbox.items():
                assert_true(item, network)
        room.store.full = False
        network.unreachable = False
        network.plan = []
        room = await room.again()
        await clock.advance(4000)
        for item in room.outbox.items():
            assert_true(item, network)
            assert item.state not in (OutboxState.ARMED, OutboxState.SENDING), "nothing stays on its way"
            there = ours(item, network)
            if there and kind != SendClass.NEVER and item.state is not OutboxState.CANCELLED:
                assert item.state is OutboxState.SENT, "what is there was found"
            assert not there or item.approved, "nothing leaves without its approvals"
            assert all(p.text == item.text for p in there)
            assert item.state is not OutboxState.SENT or item.part == 1 or _before(room, item).state is OutboxState.SENT
        await room.again()

    asyncio.run(life())


def _before(room: DeskRoom, item: OutboxItem) -> OutboxItem:
    return next(i for i in room.outbox.items() if i.id == item.after)


async def test_a_countdown_that_is_not_over_goes_on_after_a_restart() -> None:
    clock = HeldClock()
    room = DeskRoom(clock, SmallNetwork(clock))
    item = await room.queue(delay=20)
    await clock.advance(5)
    room = await room.again()
    assert room.item(item.id).state is OutboxState.COUNTDOWN
    assert room.item(item.id).due_at == item.updated_at + timedelta(seconds=20)
    await clock.advance(16)
    assert len(room.network.posts) == 1


@pytest.mark.parametrize("delay", [20.0, 3600.0])
async def test_a_moment_that_passed_while_the_room_was_away_is_held(delay: float) -> None:
    clock = HeldClock()
    room = DeskRoom(clock, SmallNetwork(clock))
    item = await room.queue(delay=delay)
    room.machine.alive = False
    await clock.advance(delay + 1)
    room = await room.again()
    held = room.item(item.id)
    assert held.state is OutboxState.HELD
    assert held.reason
    assert "room was away" in str(held.reason.what)
    await clock.advance(86_400)
    assert room.network.posts == []


async def test_an_account_that_is_gone_at_the_restart_leaves_it_to_a_person() -> None:
    clock = HeldClock()
    room = DeskRoom(clock, SmallNetwork(clock), machine=Machine("the network has it"))
    await queued_and_killed(room)
    room = await room.again(account=False)
    await clock.advance(600)
    item = room.item()
    assert item.state is OutboxState.UNKNOWN
    assert item.reason
    assert "cannot look there" in str(item.reason.what)
    room = await room.again()
    await clock.advance(600)
    assert room.item().state is OutboxState.SENT
    assert len(room.network.posts) == 1
