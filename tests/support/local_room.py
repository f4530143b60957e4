"""A whole room in the test's own process, on a network in one object; and the same room served on a Unix socket."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from support.clock import HeldClock
from support.posts import post
from support.small_network import SmallAccount, SmallNetwork

from socialroom.clock import SystemClock
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft
from socialroom.domain.errors import Missing
from socialroom.domain.hand_off import CareWay
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import Batch, CacheStore, Clock, DeskStore, Room, Scorer
from socialroom.domain.post import Post, PostKind
from socialroom.domain.requests import Feed
from socialroom.domain.text import SafeText
from socialroom.domain.translation import Translator
from socialroom.engine.parts import RoomPlan, RoomSource
from socialroom.engine.room import LocalRoom
from socialroom.hub import door, server
from socialroom.stores.memory import MemoryCache, MemoryDesk

MENTIONS, EVERYTHING = Feed(name="Mentions", query="aurelia"), Feed(name="Everything")
SEATS = {role.value: Operator(name=SafeText(role.value.title()), role=role) for role in Role}


class Unscored:
    """No enricher at all."""

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        return list(posts)

    async def aclose(self) -> None:
        pass


class SmallSource(SmallAccount):
    """A source that gives what the test puts in, and an account that answers there."""

    def __init__(self, network: SmallNetwork) -> None:
        super().__init__(network)
        self._waiting: asyncio.Queue[Batch] = asyncio.Queue()
        self.threads: dict[str, list[Post]] = {}
        self.closed = False
        self.past: list[Sequence[Post]] = []

    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        for page in self.past:
            yield Batch(posts=tuple(page))
            if since is not None and min(p.created_at for p in page) < since:
                return

    def say(self, *posts: Post, **more: Any) -> None:
        self._waiting.put_nowait(Batch(posts=posts, **more))

    async def fetch(self, cursor: str | None) -> Batch:
        return Batch(cursor="0")

    def stream(self, cursor: str | None) -> AsyncIterator[Batch]:
        return self._stream()

    async def _stream(self) -> AsyncIterator[Batch]:
        yield Batch()
        while True:
            yield await self._waiting.get()

    async def thread(self, post: Post) -> list[Post]:
        return self.threads.get(post.uri, [post])

    async def aclose(self) -> None:
        self.closed = True


class Everybody:
    """Seats one operator of each role by name."""

    def __init__(self, room: LocalRoom) -> None:
        self.room = room

    def seat_of(self, name: str | None, *, wall: bool = False) -> Room:
        operator = SEATS.get((name or ("guest" if wall else "head")).lower())
        if operator is None:
            raise Missing("{name} is not an operator of this room", name=name or "")
        return self.room.seat(operator)


class TestRoom:
    """A `LocalRoom` with one source called "small"."""

    __test__ = False

    def __init__(
        self,
        clock: Clock | None = None,
        *,
        cache: CacheStore | None = None,
        desk: DeskStore | None = None,
        past: Sequence[Sequence[Post]] = (),
        scorer: Scorer | None = None,
        hand_offs: Mapping[str, CareWay] | None = None,
        translator: Translator | None = None,
        **plan: Any,
    ) -> None:
        """`past`: pages of what the source held before, newest first."""
        self.clock = clock or SystemClock()
        self.network = SmallNetwork(clock=self.clock if isinstance(self.clock, HeldClock) else HeldClock())
        self.source = SmallSource(self.network)
        self.closed: list[str] = []
        self.source.past = list(past)
        facts: Mapping[str, Any] = {
            "version": "0.1.0",
            "room": "Aurelia",
            "brand": "Aurelia",
            "feeds": (MENTIONS, EVERYTHING),
            "countdown": 5.0,
            "counters": {"brand": '"aurelia"', "feed:Mentions": "aurelia"},
        }
        self.room = LocalRoom(
            RoomPlan(**(facts | plan)),
            sources=[
                RoomSource(
                    name="small",
                    network="small",
                    title="Small",
                    connector=self.source,
                    capabilities=self.network.capabilities,
                    every=60.0,
                    speaks=True,
                    history=7.0 if past else 0.0,
                )
            ],
            cache=cache or MemoryCache(),
            desk=desk or MemoryDesk(),
            scorer=scorer or Unscored(),
            hand_offs=hand_offs or {},
            translator=translator,
            rules={},
            notifiers=[],
            clock=self.clock,
            closing=(self._closed,),
        )

    async def _closed(self) -> None:
        self.closed.append("closed")

    def seat(self, role: Role = Role.HEAD) -> Room:
        return self.room.seat(SEATS[role.value])

    def post(self, number: int, text: str = "Aurelia, bonjour", **fields: Any) -> Post:
        now = self.clock.now()
        values = {"source": "small", "network": "small", "kind": PostKind.MENTION, "uri": f"small:{number}"}
        times = {"created_at": now, "first_seen_at": now, "text": SafeText(text), "warning": SafeText("")}
        made: Post = post(number, **(values | times | fields))
        return made

    def draft(self, text: str = "Nous regardons.", **fields: Any) -> Draft:
        values = {"id": "d1", "operator": "", "account": "small", "text": text, "updated_at": self.clock.now()}
        parent = {"in_reply_to": "small:1", "conversation": "small:1"}
        return Draft(**(values | parent | fields))  # type: ignore[arg-type]

    def case(self, conversation: str = "small:1") -> Case | None:
        return self.room.cases.all().get(conversation)


@contextlib.asynccontextmanager
async def running(**options: Any) -> AsyncIterator[TestRoom]:
    """A room that listens, and has ended when the block has."""
    test_room = TestRoom(**options)
    await test_room.room.start()
    try:
        yield test_room
    finally:
        await test_room.room.aclose()


@contextlib.asynccontextmanager
async def served(**options: Any) -> AsyncIterator[tuple[TestRoom, Path]]:
    """A room behind a real Unix socket; gives both."""
    with tempfile.TemporaryDirectory(prefix="sr-") as folder:
        path = Path(folder) / "room.sock"
        with door.held(path):
            async with running(**options) as test_room:
                listening = door.bind(path)
                serving = asyncio.create_task(
                    server.serve(Everybody(test_room.room), listening, test_room.room.stopping)
                )
                try:
                    yield test_room, path
                finally:
                    test_room.room.stopping.set()
                    await serving
                    listening.close()
