"""Rings outside the terminal, one after the other, without ever holding the room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.alert import Finding, Manners
from socialroom.domain.errors import RateLimited, RoomError, Unreachable
from socialroom.domain.ports import Clock, Notifier
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_

_log = logging.getLogger(__name__)
_PAUSES: Final = (5.0, 30.0, 120.0)  # seconds before another try, where certainly nothing rang
_STALE: Final = timedelta(minutes=15)  # a ring that comes later than this says nothing that is still so
_REMEMBERS: Final = 15.0  # seconds between two looks at what waits
_MOST: Final = 100  # rings that wait


class Notifying:
    """One notifier and the rings that wait for it.

    `tell` hears in one sentence what did not ring; `still_rings` says whether nobody has acknowledged or muted a key.
    """

    def __init__(
        self,
        notifier: Notifier,
        clock: Clock,
        tell: Callable[[Message], None],
        manners: Manners,
        still_rings: Callable[[str], bool],
    ) -> None:
        self._notifier, self._clock, self._tell = notifier, clock, tell
        self._manners, self._still_rings = manners, still_rings
        self._held: dict[str, tuple[Finding, str]] = {}  # by key, until quiet hours end
        self._repeats: dict[str, tuple[Finding, str, datetime, int]] = {}  # by key: when again, and how often still
        self._waiting: asyncio.Queue[tuple[Finding, str, datetime]] = asyncio.Queue()

    def ring(self, finding: Finding, text: str) -> None:
        """Puts a ring in the queue, or aside for the end of quiet hours; of too many the oldest goes, and that is told."""
        own, now = self._manners, self._clock.now()
        if finding.severity < own.least:
            return
        if own.is_quiet(now, finding.severity):
            self._held[finding.key] = (finding, text)
            return
        self._held.pop(finding.key, None)
        if own.repeat:
            self._repeats[finding.key] = (finding, text, now + timedelta(seconds=own.repeat), own.times)
        self._put(finding, text)

    def _put(self, finding: Finding, text: str) -> None:
        if self._waiting.qsize() >= _MOST:
            lost = self._waiting.get_nowait()[1]
            self._say(N_("too many rings wait to be sent, this one was given up: {text}"), text=lost)
        self._waiting.put_nowait((finding, text, self._clock.now()))

    async def run(self) -> None:
        """Rings until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            if self._manners.quiet is not None or self._manners.repeat:
                group.create_task(self._remember())
            await self._ring_all()

    async def _remember(self) -> None:
        """Rings what waited for the end of quiet hours, and again what nobody has acknowledged."""
        while True:
            await self._clock.sleep(_REMEMBERS)
            now = self._clock.now()
            for key, (finding, text) in list(self._held.items()):
                if not self._still_rings(key):
                    del self._held[key]
                elif not self._manners.is_quiet(now, finding.severity):
                    self.ring(finding, text)
            for key, (finding, text, at, left) in list(self._repeats.items()):
                if not self._still_rings(key) or not left:
                    del self._repeats[key]
                elif at <= now and not self._manners.is_quiet(now, finding.severity):
                    next_at = now + timedelta(seconds=self._manners.repeat)
                    self._repeats[key] = (finding, text, next_at, left - 1)
                    self._put(finding, text)

    async def _ring_all(self) -> None:
        while True:
            finding, text, at = await self._waiting.get()
            try:
                await self._ring(finding, text, at)
            except Exception as error:  # noqa: BLE001 - a notifier never takes the alerts down
                _log.exception("a ring failed")
                self._failed(type(error).__name__)

    async def _ring(self, finding: Finding, text: str, at: datetime) -> None:
        told = False
        for pause in (*_PAUSES, None):
            try:
                await self._notifier.notify(finding, text)
            except (Unreachable, RateLimited) as error:
                wait = self._patience(error, pause)
                if pause is None or self._clock.now() + timedelta(seconds=wait) - at > _STALE:
                    self._failed(str(error))
                    return
                if not told:
                    told = True
                    self._say(N_("a ring could not be sent yet, it is tried again: {reason}"), reason=str(error))
                await self._clock.sleep(wait)
            except RoomError as error:
                self._failed(str(error))
                return
            else:
                if told:
                    self._say(N_("the ring was sent after all: {text}"), text=text)
                return

    def _patience(self, error: RoomError, pause: float | None) -> float:
        wait = pause or 0.0
        if isinstance(error, RateLimited) and error.retry_at is not None:
            wait = max(wait, (error.retry_at - self._clock.now()).total_seconds())
        return wait

    def _failed(self, reason: str) -> None:
        self._say(N_("a ring was not sent: {reason}"), reason=reason)

    def _say(self, template: str, **values: str) -> None:
        message = Message(template=template, values={k: clean_line(v, 300) for k, v in values.items()})
        _log.warning("%s", message)
        self._tell(message)
