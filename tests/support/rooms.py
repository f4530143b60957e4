"""A whole room in this process: a source that says what a test tells it, a network of one account, the memory store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Self

from support.clock import HeldClock

from socialroom.domain.counting import CountRule
from socialroom.domain.errors import RoomEnded, RoomUnreachable
from socialroom.domain.events import Envelope
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import AccountFacts, AlertRule, Batch, Frozen, Outgoing, Room, SendClass, Sent
from socialroom.domain.post import Post, PostKind
from socialroom.domain.requests import Answer, Command, Done, Feed, View
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import SafeText, clean_line
from socialroom.engine.parts import RoomPlan, RoomSource
from socialroom.engine.room import LocalRoom
from socialroom.locale import N_
from socialroom.stores.memory import MemoryCache, MemoryDesk

FEEDS = (
    Feed(name="Mentions", query="network:mastodon"),
    Feed(name="Press", query="network:feeds"),
    Feed(name="Unanswered", query="network:mastodon", unanswered=True),
)


class SpokenSource:
    """A source whose stream a test speaks into; it publishes to a list, idempotent by handle."""

    def __init__(self, clock: HeldClock) -> None:
        self.clock = clock
        self.said: asyncio.Queue[Batch] = asyncio.Queue()
        self.posted: dict[str, str] = {}

    async def fetch(self, cursor: str | None) -> Batch:
        del cursor
        return Batch()

    async def stream(self, cursor: str | None) -> AsyncIterator[Batch]:
        del cursor
        yield Batch()
        while True:
            yield await self.said.get()

    async def thread(self, post: Post) -> list[Post]:
        return [post]

    async def account(self) -> AccountFacts:
        return AccountFacts(id="1", handle=SafeText("aurelia"), count=CountRule(limit=500))

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        return Frozen(handle=outgoing.id, payload=outgoing.text)

    async def send(self, frozen: Frozen) -> Sent:
        self.posted[frozen.handle] = frozen.payload
        number = str(len(self.posted))
        post = Post(
            uri=f"spoken:{number}",
            id=number,
            network="mastodon",
            source="mastodon",
            kind=PostKind.REPLY,
            text=clean_line(frozen.payload),
            created_at=self.clock.now(),
            first_seen_at=self.clock.now(),
            by_us=True,
        )
        return Sent(id=number, uri=post.uri, url=f"https://spoken.example/{number}", post=post)

    async def find(self, frozen: Frozen, armed_at: datetime) -> Sent | None:
        del armed_at
        return Sent(id="1", uri="spoken:1") if frozen.handle in self.posted else None

    async def delete(self, sent_id: str) -> None:
        del sent_id

    async def aclose(self) -> None:
        return None


class PlainScorer:
    """Leaves posts as they are: tone is somebody else's test."""

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        return list(posts)

    async def aclose(self) -> None:
        return None


class CutLine:
    """A seat whose line can be cut, as a room that dies cuts it."""

    def __init__(self, seat: Room) -> None:
        self._seat = seat
        self.cut = self._ended = False
        self._listening: set[asyncio.Event] = set()

    def break_off(self, *, ended: bool = False) -> None:
        self.cut, self._ended = True, ended
        for event in self._listening:
            event.set()

    def _check(self) -> None:
        if self.cut and self._ended:
            raise RoomEnded(N_("the room was stopped"))
        if self.cut:
            raise RoomUnreachable(N_("the room closed the line"))

    async def view(self, view: View) -> Answer:
        self._check()
        return await self._seat.view(view)

    async def act(self, command: Command) -> Done:
        self._check()
        return await self._seat.act(command)

    async def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        self._check()
        broken = asyncio.Event()
        self._listening.add(broken)
        stream = self._seat.events(feeds, after)
        try:
            while True:
                batch = asyncio.ensure_future(anext(stream))  # type: ignore[arg-type]
                end = asyncio.ensure_future(broken.wait())
                try:
                    await asyncio.wait({batch, end}, return_when=asyncio.FIRST_COMPLETED)
                    self._check()
                    yield batch.result()
                finally:
                    for waiting in (batch, end):
                        waiting.cancel()
                    await asyncio.gather(batch, end, return_exceptions=True)
        finally:
            self._listening.discard(broken)
            await stream.aclose()  # type: ignore[attr-defined]

    async def aclose(self) -> None:
        return None


class SpokenRoom:
    """Use it as an async context manager; `say` is a post heard, `connect` what a terminal calls."""

    def __init__(
        self,
        clock: HeldClock,
        *,
        feeds: Sequence[Feed] = FEEDS,
        rules: dict[str, AlertRule] | None = None,
        role: Role = Role.HEAD,
        quick: bool = False,
        version: str = "0.1.0",
        counters: dict[str, str] | None = None,
        operators: Sequence[Operator] = (),
        playbook: str = "",
    ) -> None:
        self.clock = clock
        self.source = SpokenSource(clock)
        self.operator = Operator(name=SafeText("Léa"), role=role)
        self.refuses = False
        self.asked_to_start: list[bool] = []
        self.lines: list[CutLine] = []
        self.room = LocalRoom(
            RoomPlan(
                version=version,
                room="Aurelia",
                brand="Aurelia",
                feeds=tuple(feeds),
                languages=("fr", "en"),
                countdown=5.0,
                quick=quick,
                counters=counters or {},
                operators=tuple(operators),
                playbook=playbook,
            ),
            sources=[
                RoomSource(
                    name="mastodon",
                    network="mastodon",
                    title="Mastodon",
                    connector=self.source,
                    capabilities=Capabilities(publishes=True, streams=True, send_class=SendClass.IDEMPOTENT),
                    every=60,
                    speaks=True,
                )
            ],
            cache=MemoryCache(),
            desk=MemoryDesk(),
            scorer=PlainScorer(),
            rules=rules or {},
            notifiers=[],
            clock=clock,
        )

    async def __aenter__(self) -> Self:
        await self.room.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.room.aclose()

    async def connect(self, start: bool = True) -> Room:
        self.asked_to_start.append(start)
        if self.refuses:
            raise RoomUnreachable(N_("no room is running"))
        line = CutLine(self.room.seat(self.operator))
        self.lines.append(line)
        return line

    def cut(self, *, stays: bool = False, ended: bool = False) -> None:
        """The room goes, `ended` by somebody; with `stays` it does not come back until `refuses` is False again."""
        self.refuses = stays
        for line in self.lines:
            line.break_off(ended=ended)

    def say(self, *posts: Post) -> None:
        """Posts are heard, oldest first."""
        self.source.said.put_nowait(Batch(posts=posts))

    def withdraw(self, *uris: str) -> None:
        """Posts are deleted on their network."""
        self.source.said.put_nowait(Batch(withdrawn=uris))
