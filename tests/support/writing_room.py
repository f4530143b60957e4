"""A room to write in: the real desk and outbox over a small network, reached through a line that a test can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

from support.clock import HeldClock
from support.desk_room import DeskRoom, question
from support.small_network import SmallNetwork

from socialroom.domain import requests as r
from socialroom.domain.counting import CountRule
from socialroom.domain.errors import RoomUnreachable
from socialroom.domain.events import Envelope, Event
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import DeskStore
from socialroom.domain.roles import RIGHTS, Right
from socialroom.domain.source import Account
from socialroom.domain.text import SafeText
from socialroom.engine.roles import Roles

BRAND = Account(
    name="small",
    network="mastodon",
    handle=SafeText("aurelia"),
    count=CountRule(limit=100),
    visibilities=("public", "unlisted", "private", "direct"),
)
OTHER = Account(name="second", network="mastodon", handle=SafeText("aurelia_help"), count=CountRule(limit=40))
SKY = Account(name="sky", network="bluesky", handle=SafeText("aurelia.example"), count=CountRule(limit=60))


class _Telling(DeskRoom):
    """Tells listeners what happens, at once."""

    def __init__(self, *arguments: object, tell: Callable[[Event], None], **named: object) -> None:
        self._tell = tell
        super().__init__(*arguments, **named)  # type: ignore[arg-type]

    def _emit(self, event: Event) -> None:
        super()._emit(event)
        self._tell(event)


class WritingRoom:
    """The room itself; `seat` is what a terminal holds (a `domain.ports.Room`)."""

    def __init__(self, clock: HeldClock, *accounts: Account, disk: DeskStore | None = None) -> None:
        self.clock = clock
        self.network = SmallNetwork(clock)
        self.accounts = accounts or (BRAND,)
        self.listeners: list[Callable[[Event], None]] = []
        self.cut = False  # nobody reaches the room
        self.answers_lost = False  # it does what is asked, and the line breaks before the answer
        self.gate: asyncio.Event | None = None  # requests wait here
        self.asked: list[r.Command] = []
        asked = question(clock, network="mastodon")
        self.desk = _Telling(clock, self.network, tell=self._told, disk=disk, parent=asked)

    def _told(self, event: Event) -> None:
        if not self.cut:
            for listener in self.listeners:
                listener(event)

    async def starts_again(self) -> None:
        """Another life over the same disk."""
        await self.desk.outbox.aclose()
        self.desk = _Telling(self.clock, self.network, tell=self._told, disk=self.desk.disk, parent=self.desk.parent)
        await self.desk.outbox.start()

    def seat(self, name: str = "Léa", role: Role = Role.COMMUNITY) -> Seat:
        return Seat(self, Operator(name=SafeText(name), role=role))

    def drafts(self) -> list[str]:
        return [d.text for d in self.desk.drafts.all()]


class Seat:
    def __init__(self, room: WritingRoom, operator: Operator) -> None:
        self.room, self.operator = room, operator

    async def view(self, view: r.View) -> r.Answer:
        if self.room.cut:
            raise RoomUnreachable("the room does not answer")
        assert isinstance(view, r.Overview)
        return self.overview()

    def overview(self) -> r.RoomOverview:
        desk = self.room.desk
        return r.RoomOverview(
            version="1",
            room="test",
            brand="Aurelia",
            operator=self.operator,
            seq=0,
            accounts=self.room.accounts,
            cases=tuple(desk.cases.all().values()),
            drafts=tuple(desk.drafts.all()),
            outbox=tuple(desk.outbox.items()),
        )

    async def act(self, command: r.Command) -> r.Done:
        room = self.room
        if room.gate is not None:
            await room.gate.wait()
        if room.cut:
            raise RoomUnreachable("the room does not answer")
        room.asked.append(command)
        done = await self._does(command)
        if room.answers_lost:
            raise RoomUnreachable("the room closed the line")
        return done

    async def _does(self, command: r.Command) -> r.Done:
        roles = Roles(RIGHTS, lambda: {i.id: i for i in self.room.desk.outbox.items()})
        roles.check(self.operator, command)
        desk, outbox, name = self.room.desk, self.room.desk.outbox, self.operator.name
        match command:
            case r.SaveDraft(draft=draft):
                return r.Done(draft=desk.drafts.save(draft, name, answers=roles.has(self.operator, Right.HANDLE)))
            case r.DiscardDraft(draft=draft_id):
                desk.drafts.discard(draft_id, name)
            case r.QueueSend():
                desk.drafts.check_send(command.draft, name, anyway=command.anyway)
                return r.Done(item=await outbox.queue(command.draft, name, command.delay))
            case r.CancelSend(item=item):
                return r.Done(draft=await outbox.cancel(item, name))
            case r.ReleaseHeld(item=item):
                return r.Done(item=await outbox.release(item, name))
            case r.ClaimCase():
                return r.Done(case=desk.cases.claim(command.conversation, name, take=command.take))
            case _:
                raise NotImplementedError(command)
        return r.Done()

    async def events(self, feeds: Sequence[r.Feed], after: int) -> AsyncIterator[list[Envelope]]:
        raise NotImplementedError
        yield []

    async def aclose(self) -> None:
        pass
