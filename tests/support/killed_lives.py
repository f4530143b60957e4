"""One text of ours through any number of deaths of the room, until it is on the network: what happened on the way.

A person sits there who looks at the network and tells the truth. What was said to be kept is looked for after every
death; every word that is said is compared with the network (`support.desk_room.assert_true`).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from support.clock import HeldClock, settle
from support.desk_room import DeskRoom, Killed, Machine, assert_true, ours
from support.small_network import SmallNetwork

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, StoreError
from socialroom.domain.ports import SendClass
from socialroom.engine.queueing import Demand

FORGETFUL = "idempotent, forgotten"  # of class idempotent, but its time is over at the restart
CLASSES = (*(c.value for c in SendClass), FORGETFUL)
VARIANTS = ("reply", "approved", "approved twice", "thread", "approved thread", "new post")
APPROVERS = ("Head", "Amadou")
LONG = "Première phrase, assez longue pour une partie. " * 4
_LIVES = 25


def network_of(clock: HeldClock, kind: str) -> SmallNetwork:
    if kind == FORGETFUL:
        return SmallNetwork(clock, send_class=SendClass.IDEMPOTENT, remembers=60.0)
    return SmallNetwork(clock, send_class=SendClass(kind))


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


class Wrong(AssertionError):
    """What must never happen."""


@dataclass
class Text:
    """A text on its way."""

    kind: str
    variant: str
    plan: list[str]
    machine: Callable[[], Machine] = Machine  # of each life; after the last of them none dies any more
    pause: Callable[[], float] = lambda: 300.0  # seconds between two looks of whoever sits there
    full: Callable[[], bool] = lambda: False  # whether the disk is full for one look
    jump: Callable[[], float] = lambda: 0.0  # seconds by which the room's clock is set anew
    totals: Counter[str] = field(default_factory=Counter)
    said_kept: bool = False
    approved: str = ""  # id of a first part whose last yes was answered with "done"

    def __post_init__(self) -> None:
        self.clock = HeldClock()
        self.network = network_of(self.clock, self.kind)
        self.network.plan = list(self.plan)
        self.needed = 2 if self.variant == "approved twice" else 1 if "approved" in self.variant else 0
        self.text = LONG if "thread" in self.variant else f"Nous regardons, {self.variant}."
        self.steps: list[str] = []

    async def live(self) -> DeskRoom:
        """Until every part of it is on the network, once. Raises Wrong."""
        room = DeskRoom(self.clock, self.network, machine=self.machine())
        try:
            for life in range(_LIVES):
                room = await self._one_life(room, last=life == _LIVES - 1)
                if room.machine.alive and self._there(room):
                    break
                if self.kind == FORGETFUL:
                    self.clock.jump(120)
            else:
                raise Wrong("it never came to an end")
            await self.clock.advance(4000)
            self._check_end(room)
        except AssertionError as wrong:
            raise Wrong(str(wrong)) from wrong
        return room

    async def _one_life(self, room: DeskRoom, *, last: bool) -> DeskRoom:
        if not room.machine.alive:
            self.totals["kills"] += 1
            self.steps += room.machine.steps
            try:
                room = await room.again(machine=Machine() if last else self.machine())
            except Killed:
                return room
            self._kept(room)
        for _ in range(12):
            room.store.full = self.full()
            self.clock.jump(self.jump())
            try:
                await self._towards(room)
            except Killed:
                return room
            except (StoreError, Conflict):
                self.totals["refused"] += 1
            await self.clock.advance(self.pause())
            room.store.full = False
            if not room.machine.alive:
                return room
            for item in room.outbox.items():
                assert_true(item, self.network)
            if self._there(room):
                self.steps += room.machine.steps
                return room
            if last:
                self.network.plan = []
        return room

    # --- whoever sits there -------------------------------------------------------------------------------------------

    async def _towards(self, room: DeskRoom) -> None:
        items = self._parts(room)
        if not items:
            drafts = room.drafts.all()
            if self.said_kept and not drafts:
                raise Wrong("a text that was said to be kept is gone")
            if not drafts:
                where = {"in_reply_to": None, "conversation": None} if self.variant == "new post" else {}
                drafts = [room.drafts.save(room.draft(self.text, split=True, **where), "Léa")]
                self.said_kept = True
            demand = Demand(self.needed)
            item = await room.outbox.queue(drafts[0], "Léa", 0, anyway=True, demand=demand)
            self.said_kept = True
            self.approved = ""
            assert item.state is (OutboxState.AWAITING_APPROVAL if self.needed else OutboxState.COUNTDOWN)
            await settle()
            return
        for item in items:
            if item.state is OutboxState.AWAITING_APPROVAL:
                for who in APPROVERS[: self.needed]:
                    now = room.item(item.id)
                    if who not in {a.by for a in now.approvals}:
                        done, _ = room.outbox.approvals.approve(item.id, item.text_hash, who)
                        if done.state is not OutboxState.AWAITING_APPROVAL:
                            self.approved = items[0].id
        first = next((i for i in items if room.item(i.id).state is not OutboxState.SENT), None)
        if first is not None and self._decide(room, room.item(first.id)):
            await settle()

    def _decide(self, room: DeskRoom, item: OutboxItem) -> bool:
        """Decides about a part where the room asks; True when it did."""
        deciding = room.outbox.deciding
        there = bool(ours(item, self.network))
        match item.state:
            case OutboxState.HELD:
                deciding.release(item.id, "Amadou")
            case OutboxState.REJECTED:
                self.approved = ""
                deciding.cancel(item.id, "Léa")
            case OutboxState.UNKNOWN if there:
                deciding.resolve(item.id, "there", "", "Amadou")
            case OutboxState.UNKNOWN if self.kind == SendClass.NEVER:
                self.approved = ""
                deciding.resolve(item.id, "drop", "", "Amadou")
            case OutboxState.UNKNOWN if item.looked >= 3:
                deciding.resolve(item.id, "absent", "", "Amadou")
            case _:
                return False
        self.totals["decisions"] += 1
        return True

    def _parts(self, room: DeskRoom) -> list[OutboxItem]:
        """The parts that are neither taken back nor, as a whole, on the network."""
        live = [i for i in room.outbox.items() if i.state is not OutboxState.CANCELLED]
        if live and all(i.state is OutboxState.SENT for i in live) and room.drafts.all():
            return []
        return sorted(live, key=lambda i: i.part)

    def _there(self, room: DeskRoom) -> bool:
        live = [i for i in room.outbox.items() if i.state is not OutboxState.CANCELLED]
        return bool(live) and all(i.state is OutboxState.SENT for i in live) and not room.drafts.all()

    # --- the law ------------------------------------------------------------------------------------------------------

    def _kept(self, room: DeskRoom) -> None:
        """After a death: what was said to be kept is there, and what was approved still is."""
        items = room.outbox.items()
        if self.said_kept and not items and not room.drafts.all():
            raise Wrong("a text that was said to be kept is gone")
        if self.approved:
            item = next((i for i in items if i.id == self.approved), None)
            if (
                item is None
                or not item.approved
                or item.state in (OutboxState.AWAITING_APPROVAL, OutboxState.CANCELLED)
            ):
                raise Wrong("an approved text is lost")

    def _check_end(self, room: DeskRoom) -> None:
        live = [i for i in room.outbox.items() if i.state is not OutboxState.CANCELLED]
        for item in live:
            assert_true(item, self.network)
            if item.state is not OutboxState.SENT:
                raise Wrong(f"it is {item.state.value} at the end")
            if not item.approved:
                raise Wrong("it was sent without its approvals")
            said = [p.text for p in ours(item, self.network)]
            if said != [item.text]:
                raise Wrong(f"the network has {said}, not {item.text!r}")
        counts = Counter((p.text, p.parent) for p in self.network.posts)
        self.totals["duplicates"] += sum(n - 1 for n in counts.values())
        if len(self.network.posts) != len(live):
            raise Wrong(f"{len(self.network.posts)} posts of {len(live)} sends")


def at_random(dice: random.Random, kind: str, totals: Counter[str], happenings: tuple[str, ...]) -> Text:
    """A text, a network that fails and a room that dies, all by the dice."""
    deaths = [dice.choice([0, 1, 1, 2, 3, 4])]

    def machine() -> Machine:
        if deaths[0] <= 0:
            return Machine()
        deaths[0] -= 1
        return Strike(dice.randint(1, 30))

    return Text(
        kind,
        dice.choice(VARIANTS),
        [dice.choice(happenings) for _ in range(dice.choice([0, 1, 1, 2, 3]))],
        machine,
        lambda: dice.choice([0.5, 6, 70, 200, 700]),
        lambda: dice.random() < 0.04,
        lambda: dice.choice([-3600, -70, -5, 5, 70, 3600]) if dice.random() < 0.05 else 0.0,
        totals,
    )
