"""The alerts of a room without the room: posts come in through a store, rules look, and what rang is kept."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from support.clock import HeldClock, settle
from support.windows import NOON, said

from socialroom.domain.alert import Alert, Finding, Manners, Planned
from socialroom.domain.events import AlertChanged, Event, MuteChanged, Notice
from socialroom.domain.ports import AlertRule, CacheStore, DeskStore, Notifier
from socialroom.domain.post import Post
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import SafeText
from socialroom.engine.alerting import Alerting
from socialroom.engine.listening import Counters, quoted
from socialroom.stores.memory import MemoryCache, MemoryDesk

WORD = "panne fibre"
NAMED = {"brand": quoted(("aurelia",)), f"word:{WORD}": quoted((WORD,))}


class Bell:
    """A notifier that writes down what it was told."""

    def __init__(self) -> None:
        self.rung: list[tuple[Finding, str]] = []

    async def notify(self, finding: Finding, text: str) -> None:
        self.rung.append((finding, text))


@dataclass
class RingingRoom:
    rules: Mapping[str, AlertRule]
    clock: HeldClock = field(default_factory=lambda: HeldClock(NOON))
    cache: CacheStore = field(default_factory=MemoryCache)
    desk: DeskStore = field(default_factory=MemoryDesk)
    counters: Mapping[str, str] = field(default_factory=lambda: dict(NAMED))
    notifiers: Sequence[Notifier] = ()
    manners: Sequence[Manners] = ()
    planned: Sequence[Planned] = ()
    states: list[SourceState] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    number: int = 0

    def __post_init__(self) -> None:
        if not self.states:
            self.good("s")
        self.alerting = Alerting(
            rules=self.rules, notifiers=self.notifiers, cache=self.cache, desk=self.desk, clock=self.clock,
            emit=self.events.append, sources=lambda: self.states, counters=self.counters, brand="Aurelia",
            manners=self.manners, planned=self.planned,
        )  # fmt: skip
        self.keys = Counters(self.counters).keys

    def next_life(self, **changes: object) -> RingingRoom:
        """The same room after a restart: the stores stay."""
        kept: dict[str, object] = {
            "rules": self.rules, "clock": self.clock, "cache": self.cache, "desk": self.desk,
            "counters": self.counters, "states": self.states, "number": self.number,
        }  # fmt: skip
        return RingingRoom(**(kept | changes))  # type: ignore[arg-type]

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def good(self, name: str, **fields: object) -> None:
        """A source answered just now."""
        state = SourceState(
            name=name, network="test", title=SafeText(name), status=SourceStatus.POLLING, last_good_at=self.now,
            interval=60.0,
        )  # fmt: skip
        self.states = [*(s for s in self.states if s.name != name), state.changed(**fields)]

    def post(self, text: str = WORD, *, ago: float = 0, who: str | None = None, **fields: object) -> Post:
        self.number += 1
        at = self.now - timedelta(seconds=ago)
        values: dict[str, object] = {"first_seen_at": self.now, "uri": f"test:{self.number}", "id": str(self.number)}
        return said(text, at, who or f"p{self.number}", self.number, **(values | fields))

    def hear(self, *posts: Post, by_source: bool = True) -> list[Post]:
        """As the pipeline does: stored first; then alerts hear what is new or changed."""
        fresh = self.cache.upsert("s", posts, None, self.keys)
        if fresh:
            self.alerting.heard(fresh)
        if by_source:
            self.alerting.read("s", posts)
        return fresh

    def say(self, count: int, text: str = WORD, *, ago: float = 0, who: str | None = None) -> list[Post]:
        return self.hear(*(self.post(text, ago=ago, who=who) for _ in range(count)))

    async def pass_(self, seconds: float, *, source: bool = True) -> None:
        """Time, with the sources answering all the while."""
        end = self.clock.monotonic() + seconds
        while self.clock.monotonic() < end:
            await self.clock.advance(min(30.0, end - self.clock.monotonic()))
            if source:
                self.good("s")
        await self.clock.advance(6)

    def changes(self) -> list[AlertChanged]:
        return [e for e in self.events if isinstance(e, AlertChanged)]

    @property
    def rings(self) -> list[Alert]:
        """Each time the bell sounded."""
        return [e.alert for e in self.changes() if e.rang]

    @property
    def alert(self) -> Alert:
        (one,) = self.alerting.alerts()
        return one

    def notices(self) -> list[str]:
        return [str(e.message) for e in self.events if isinstance(e, Notice)]

    def muted(self) -> list[MuteChanged]:
        return [e for e in self.events if isinstance(e, MuteChanged)]

    def log(self) -> list[str]:
        return [entry.act for entry in self.desk.log()]

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[RingingRoom]:
        task = asyncio.create_task(self.alerting.run())
        await settle()
        try:
            yield self
        finally:
            assert not task.done(), "alerts never end by themselves"
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            assert self.clock.sleepers == 0, "nothing is left waiting"
