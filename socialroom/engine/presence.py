"""Who is in the room, and who looks at which conversation or types there: known while it is so, and nowhere kept.

Only that somebody saw a case is kept, for the audit: one line of the log for each operator and version of it. What is
attended to is known by operator: of several terminals of one, the last word counts.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing, StoreError
from socialroom.domain.events import Attending, Event, Presence
from socialroom.domain.log import LogEntry, in_log
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import Ledger
from socialroom.engine.sight import Sight
from socialroom.locale import N_

_log = logging.getLogger("socialroom.presence")
ATTENDS_FOR: Final = 120.0  # seconds without a renewal after which somebody looks elsewhere
TYPES_FOR: Final = 15.0  # seconds after the last key
VIEWED: Final = "viewed"
_PAGE: Final = 2_000  # lines of the log read at once


class _Seen:
    """What one operator attends to, and until when that is believed."""

    __slots__ = ("conversation", "typing_until", "until")

    def __init__(self, conversation: str, until: float, typing_until: float) -> None:
        self.conversation, self.until, self.typing_until = conversation, until, typing_until


class Attendance:
    """Who attends to what.

    Args:
        ledger: takes "viewed" in the log.
        log: lines of the log after a number: what was viewed in an earlier life.
        clock: ends what is not renewed.
        emit: tells everybody.
        sight: a seat attends only to what it may see.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        log: Callable[[int, int], list[LogEntry]],
        clock: Clock,
        emit: Callable[[Event], None],
        sight: Sight,
    ) -> None:
        self._ledger, self._log, self._clock, self._emit, self._sight = ledger, log, clock, emit, sight
        self._present: list[str] = []
        self._attending: dict[str, _Seen] = {}
        self._told: dict[str, Attending] = {}
        self._viewed: set[tuple[str, str, str]] | None = None
        self._woken = asyncio.Event()

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.Attend: self._attend}

    # --- terminals ------------------------------------------------------------------------------------------------

    @asynccontextmanager
    async def terminal(self, name: str) -> AsyncIterator[None]:
        """For as long as a terminal of this operator listens."""
        self._present.append(name)
        self._emit(Presence(operators=tuple(self._present)))
        try:
            yield
        finally:
            self._present.remove(name)
            if name not in self._present and self._attending.pop(name, None) is not None:
                self._tell(name)
            self._emit(Presence(operators=tuple(self._present)))

    # --- conversations --------------------------------------------------------------------------------------------

    def attending(self, operator: Operator) -> tuple[Attending, ...]:
        """Who attends to what now, as far as this seat may know."""
        return tuple(a for a in self._told.values() if self._sight.conversation(operator, a.conversation))

    def typed(self, operator: Operator, conversation: str) -> None:
        """Somebody's draft grows: they type there."""
        if self._sight.conversation(operator, conversation):
            self._set(operator.name, conversation, typing=True)

    def _attend(self, command: r.Attend, operator: Operator) -> r.Done:
        if not command.conversation:
            self._attending.pop(operator.name, None)
            self._tell(operator.name)
            return r.Done()
        if not self._sight.conversation(operator, command.conversation):
            raise Missing(N_("this conversation is not in the room any more"))
        self._set(operator.name, command.conversation, typing=command.typing)
        self._view(operator.name, command.conversation)
        return r.Done()

    def _set(self, name: str, conversation: str, *, typing: bool) -> None:
        now = self._clock.monotonic()
        self._attending[name] = _Seen(conversation, now + ATTENDS_FOR, now + TYPES_FOR if typing else now)
        self._tell(name)
        self._woken.set()

    def _view(self, name: str, conversation: str) -> None:
        """One line for each version of a case that an operator had before them; a conversation without one has none."""
        case = self._ledger.cases.get(conversation)
        if case is None:
            return
        if self._viewed is None:
            self._viewed = self._earlier()
        mark = (name, in_log(conversation), str(case.version))
        if mark in self._viewed:
            return
        try:
            self._ledger.commit(VIEWED, name, conversation, fields={"version": str(case.version)})
        except StoreError as error:  # looking goes on; it is written when the disk takes it
            _log.error("that %s saw a case could not be kept: %s", name, error)
        else:
            self._viewed.add(mark)

    def _earlier(self) -> set[tuple[str, str, str]]:
        found: set[tuple[str, str, str]] = set()
        after = 0
        while lines := self._log(after, _PAGE):
            found |= {(e.actor, e.subject, e.fields.get("version", "")) for e in lines if e.act == VIEWED}
            after = lines[-1].seq
        return found

    def _tell(self, name: str) -> None:
        """Says what changed, and nothing that everybody knows."""
        seen, now = self._attending.get(name), self._clock.monotonic()
        known = self._told.get(name)
        if seen is None:
            if known is not None:
                del self._told[name]
                self._emit(Attending(operator=name))
            return
        event = Attending(operator=name, conversation=seen.conversation, typing=now < seen.typing_until)
        if event != known:
            self._told[name] = event
            self._emit(event)

    async def run(self) -> None:
        """Ends what is not renewed, until it is cancelled; sleeps while nobody attends to anything."""
        while True:
            self._woken.clear()
            now = self._clock.monotonic()
            for name, seen in list(self._attending.items()):
                if seen.until <= now:
                    del self._attending[name]
                self._tell(name)
            ends = [t for s in self._attending.values() for t in (s.until, s.typing_until) if t > now]
            if not ends:
                await self._woken.wait()
                continue
            waits: list[asyncio.Future[object]] = [
                asyncio.ensure_future(self._woken.wait()),
                asyncio.ensure_future(self._clock.sleep(min(ends) - now)),
            ]
            try:
                await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for one in waits:
                    one.cancel()
                await asyncio.gather(*waits, return_exceptions=True)
