"""A terminal's line to its room: read, listened to, lost, and taken up again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from support.clock import HeldClock, settle
from support.posts import NOON

from socialroom.domain.errors import RoomEnded, RoomError, RoomUnreachable
from socialroom.domain.events import Envelope, Pulse, Resync
from socialroom.domain.operator import Operator
from socialroom.domain.requests import Answer, Command, Done, Feed, RoomOverview, View
from socialroom.domain.text import SafeText
from socialroom.locale import N_
from socialroom.tui.attachment import Attachment


class WireRoom:
    """A room whose stream a test writes, and cuts."""

    def __init__(self, seq: int = 7) -> None:
        self.seq = seq
        self.queue: asyncio.Queue[list[Envelope] | RoomError] = asyncio.Queue()
        self.listened: list[tuple[tuple[Feed, ...], int]] = []
        self.closed = False

    async def view(self, view: View) -> Answer:
        del view
        return RoomOverview(version="1", room="r", brand="b", operator=Operator(name=SafeText("Léa")), seq=self.seq)

    async def act(self, command: Command) -> Done:
        del command
        return Done()

    async def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        self.listened.append((tuple(feeds), after))
        while True:
            got = await self.queue.get()
            if isinstance(got, RoomError):
                raise got
            yield got

    async def aclose(self) -> None:
        self.closed = True


def pulse(seq: int) -> list[Envelope]:
    return [Envelope(seq=seq, at=NOON, event=Pulse(rate=(), posts=seq))]


class Watched:
    def __init__(self, *rooms: WireRoom | RoomError) -> None:
        self.rooms = list(rooms)
        self.clock = HeldClock()
        self.said: list[object] = []
        self.starts: list[bool] = []
        self.line = Attachment(
            self.connect,
            clock=self.clock,
            read=lambda overview: self.said.append(("read", overview.seq)),
            hear=lambda batch: self.said.append(("heard", [e.seq for e in batch])),
            lost=lambda error: self.said.append(("lost", error.code)),
        )

    async def connect(self, start: bool) -> WireRoom:
        self.starts.append(start)
        found = self.rooms.pop(0)
        if isinstance(found, RoomError):
            raise found
        return found


def gone() -> RoomUnreachable:
    return RoomUnreachable(N_("the room closed the line"))


async def test_it_reads_then_listens_from_what_it_read() -> None:
    room = WireRoom(seq=7)
    seen = Watched(room)
    seen.line.listen_to([Feed(name="a")])
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    room.queue.put_nowait(pulse(8))
    await settle()
    assert seen.said == [("read", 7), ("heard", [8])]
    assert room.listened == [((Feed(name="a"),), 7)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert room.closed


async def test_other_feeds_are_listened_to_from_the_same_place() -> None:
    room = WireRoom(seq=7)
    seen = Watched(room)
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    room.queue.put_nowait(pulse(9))
    await settle()
    seen.line.listen_to([Feed(name="b")])
    seen.line.listen_to([Feed(name="b")])
    await settle()
    assert room.listened == [((), 7), ((Feed(name="b"),), 9)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_lost_room_is_said_and_attached_to_again() -> None:
    first, second = WireRoom(seq=7), WireRoom(seq=1)
    seen = Watched(first, gone(), second)
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    first.queue.put_nowait(gone())
    await settle()
    assert seen.said == [("read", 7), ("lost", "no room")]
    assert first.closed
    assert seen.line.room is None
    await seen.clock.advance(5)
    assert seen.said == [("read", 7), ("lost", "no room"), ("lost", "no room"), ("read", 1)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_it_can_be_told_not_to_wait() -> None:
    second = WireRoom(seq=1)
    seen = Watched(gone(), second)
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    seen.line.start_again()
    await settle()
    assert seen.said == [("lost", "no room"), ("read", 1)]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_resync_reads_the_room_anew() -> None:
    room = WireRoom(seq=7)
    seen = Watched(room)
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    room.seq = 50
    room.queue.put_nowait([Envelope(seq=50, at=NOON, event=Resync())])
    await settle()
    assert seen.said == [("read", 7), ("heard", [50]), ("read", 50)]
    assert [after for _feeds, after in room.listened] == [7, 50]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_room_that_was_stopped_is_joined_when_it_is_back_and_started_only_when_asked() -> None:
    first, back, third = WireRoom(seq=7), WireRoom(seq=1), WireRoom(seq=2)
    seen = Watched(first, gone(), back, gone(), third)
    task = asyncio.ensure_future(seen.line.run())
    await settle()
    first.queue.put_nowait(RoomEnded(N_("the room was stopped")))
    await settle()
    await seen.clock.advance(5)
    assert seen.starts == [True, False, False]
    assert seen.said[-1] == ("read", 1)
    back.queue.put_nowait(RoomEnded(N_("the room was stopped")))
    await settle()
    seen.line.start_again()
    await settle()
    assert seen.starts[3:] == [True]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
