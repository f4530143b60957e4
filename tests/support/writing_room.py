"""A room to write in: the real room over a small network, reached through a line that a test can cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from support.clock import HeldClock
from support.desk_room import TALK, KilledStore, Machine, question
from support.local_room import SmallSource, Unscored
from support.small_network import SmallNetwork

from socialroom.domain import requests as r
from socialroom.domain.counting import CountRule
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import RoomUnreachable
from socialroom.domain.events import Envelope, Event
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import DeskStore, Scorer
from socialroom.domain.post import Post
from socialroom.domain.source import Account
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import SafeText
from socialroom.engine.drafts import Drafts
from socialroom.engine.outbox import Outbox
from socialroom.engine.parts import RoomPlan, RoomSource
from socialroom.engine.room import LocalRoom
from socialroom.stores.memory import MemoryCache, MemoryDesk

BRAND = Account(
    name="small",
    network="mastodon",
    handle=SafeText("aurelia"),
    count=CountRule(limit=100),
    visibilities=("public", "unlisted", "private", "direct"),
)
OTHER = Account(name="second", network="mastodon", handle=SafeText("aurelia_help"), count=CountRule(limit=40))
SKY = Account(name="sky", network="bluesky", handle=SafeText("aurelia.example"), count=CountRule(limit=60))


class _Cache(MemoryCache):
    """Shows the posts a test put in, as they are now."""

    def __init__(self, posts: dict[str, Post]) -> None:
        super().__init__()
        self.posts = posts

    def get(self, uri: str) -> Post | None:
        return self.posts.get(uri) or super().get(uri)

    def conversation(self, conversation: str) -> list[Post]:
        mine = [p for p in self.posts.values() if p.conversation == conversation]
        return mine + [p for p in super().conversation(conversation) if p.uri not in self.posts]


class _Room(LocalRoom):
    """Tells listeners what happens, at once."""

    def __init__(self, plan: RoomPlan, *, told: Callable[[Event], None], **parts: Any) -> None:
        self._told = told
        super().__init__(plan, **parts)

    def _emit(self, event: Event) -> None:
        super()._emit(event)
        self._told(event)


class _Source(SmallSource):
    """What it offers is what the test says."""

    offers: Capabilities | None = None

    @property
    def capabilities(self) -> Capabilities:
        return self.offers or super().capabilities


class DeskOf:
    """One life of the room, and what a test asks of it."""

    def __init__(self, room: WritingRoom, disk: DeskStore, parent: Post) -> None:
        self.clock, self.disk, self.posts = room.clock, disk, {parent.uri: parent}
        self._asked = parent.uri
        self.store = KilledStore(disk, Machine())
        source = _Source(room.network)
        source.offers = room.offers
        self.room = _Room(
            RoomPlan(
                version="1",
                room="test",
                brand="Aurelia",
                feeds=(),
                countdown=5.0,
                **room.plan,
            ),
            told=room._told,
            sources=[
                RoomSource(
                    name="small",
                    network="small",
                    title="Small",
                    connector=source,
                    every=60.0,
                    speaks=True,
                    capabilities=source.capabilities,
                )
            ],
            cache=_Cache(self.posts),
            desk=self.store,
            scorer=room.scorer,
            rules={},
            notifiers=[],
            clock=room.clock,
        )

    @property
    def drafts(self) -> Drafts:
        return self.room.drafts

    @property
    def outbox(self) -> Outbox:
        return self.room.outbox

    @property
    def parent(self) -> Post:
        return self.posts[self._asked]

    @parent.setter
    def parent(self, post: Post) -> None:
        self._asked = post.uri
        self.posts[post.uri] = post

    def item(self) -> OutboxItem:
        """The latest send, before those that were taken back."""
        return min(self.outbox.items(), key=lambda i: i.state is OutboxState.CANCELLED)

    def draft(self, text: str = "Nous regardons.", **fields: object) -> Draft:
        values = {
            "id": "d1", "operator": "Léa", "account": "small", "text": text, "updated_at": self.clock.now(),
            "in_reply_to": self._asked, "conversation": TALK,
        }  # fmt: skip
        return Draft(**(values | fields))  # type: ignore[arg-type]


class WritingRoom:
    """The room itself; `seat` is what a terminal holds (a `domain.ports.Room`).

    `offers`: what its network can do; None is what the small network can. `plan`: fields of its `RoomPlan`.
    """

    def __init__(
        self,
        clock: HeldClock,
        *accounts: Account,
        disk: DeskStore | None = None,
        offers: Capabilities | None = None,
        scorer: Scorer | None = None,
        parent: Post | None = None,
        **plan: Any,
    ) -> None:
        self.clock, self.offers, self.plan, self.scorer = clock, offers, plan, scorer or Unscored()
        self.network = SmallNetwork(clock)
        self.accounts = accounts or (BRAND,)
        self.listeners: list[Callable[[Event], None]] = []
        self.cut = False  # nobody reaches the room
        self.answers_lost = False  # it does what is asked, and the line breaks before the answer
        self.gate: asyncio.Event | None = None  # requests wait here
        self.asked: list[r.Command] = []
        self.desk = DeskOf(self, disk or MemoryDesk(), parent or question(clock, network="mastodon"))

    def _told(self, event: Event) -> None:
        if not self.cut:
            for listener in self.listeners:
                listener(event)

    async def starts_again(self) -> None:
        """Another life over the same disk."""
        await self.desk.outbox.aclose()
        self.desk = DeskOf(self, self.desk.disk, self.desk.parent)
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
        answer = await self.room.desk.room.view(view, self.operator)
        return self._as_told(answer) if isinstance(answer, r.RoomOverview) else answer

    def overview(self) -> r.RoomOverview:
        return self._as_told(self.room.desk.room._overview(self.operator))

    def _as_told(self, overview: r.RoomOverview) -> r.RoomOverview:
        """With the accounts that the test wants."""
        told: r.RoomOverview = overview.changed(accounts=self.room.accounts)
        return told

    async def act(self, command: r.Command) -> r.Done:
        room = self.room
        if room.gate is not None:
            await room.gate.wait()
        if room.cut:
            raise RoomUnreachable("the room does not answer")
        room.asked.append(command)
        done = await room.desk.room.act(command, self.operator)
        if room.answers_lost:
            raise RoomUnreachable("the room closed the line")
        return done

    async def events(self, feeds: Sequence[r.Feed], after: int) -> AsyncIterator[list[Envelope]]:
        raise NotImplementedError
        yield []

    async def aclose(self) -> None:
        pass
