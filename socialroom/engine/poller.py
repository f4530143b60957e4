"""One source's life: stream where it can, poll where it must, say honestly how it stands, never raise."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any, Final

from socialroom.domain.errors import Gone, LoginNeeded, Problem, RateLimited, Refused, RoomError, SourceError
from socialroom.domain.ports import Batch, Clock, Connector
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_
from socialroom.net._backoff import Backoff

_log = logging.getLogger(__name__)
JITTER: Final = 0.1  # of the interval, both ways, so that a room's polls spread
MOST_PAGES: Final = 50  # read in one go before the source waits its interval again
# Sources that fall due within a beat are asked together: what a processor has forgotten since the last poll, one after
# the other would each have it learn again, at three times the price.
BEAT: Final = 1.0
STEADY: Final = 30.0  # seconds a stream must hold before its back-off starts afresh
_FOR_GOOD: Final = (LoginNeeded, Gone, Refused)  # a person must act; trying again would only annoy the server


class Poller:
    """Runs one source until it is cancelled.

    Args:
        name: the source's, from room.toml.
        network: its connector's.
        title: what the sources pane calls it.
        connector: reads it.
        every: seconds between polls; the server may ask for more (`Batch.next_in`).
        cursor: where the store says to go on.
        clock: for every wait.
        deliver: returns when the store has committed; only then the cursor moves.
        report: hears every change of state.
        draw: makes the jitter.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        name: str,
        network: str,
        title: str,
        connector: Connector,
        every: float,
        cursor: str | None,
        clock: Clock,
        deliver: Callable[[Batch], Awaitable[None]],
        report: Callable[[SourceState], None],
        draw: random.Random | None = None,
    ) -> None:
        self._connector, self._every, self._cursor, self._clock = connector, every, cursor, clock
        self._deliver, self._report = deliver, report
        self._draw = draw or random.Random()  # noqa: S311 - jitter is no secret
        self._poll_back_off = Backoff(base=1.0, draw=self._draw)
        self._stream_back_off = Backoff(base=1.0, draw=self._draw)
        self._limit_back_off = Backoff(base=60.0, draw=self._draw)
        self._poll_at = self._stream_at = -math.inf  # monotonic seconds; inf: not at all
        self._woken = asyncio.Event()
        # Something was missed, and what comes next may be it: also while the room was not running.
        self._away = cursor is not None
        self._caught_up = self._caught_lost = 0  # of the back-fill that is going on
        self._stream_problem: Problem | None = None  # shown while polling stands in for the stream
        self.state = SourceState(
            name=name, network=network, title=clean_line(title), status=SourceStatus.STARTING, interval=every
        )

    def wake(self) -> None:
        """Tries now: also a source that had stopped. The host's politeness budget still holds."""
        self._woken.set()

    async def run(self) -> None:
        """Lives until it is cancelled; nothing that happens inside comes out."""
        self._say()
        while True:
            if self._woken.is_set():
                self._woken.clear()
                self._stream_at = self._poll_at = -math.inf
            now = self._clock.monotonic()
            if self._stream_at <= now:
                await self._guarded(self._listen, self._stream_failed)
            elif self._poll_at <= now:
                await self._guarded(self._poll, self._poll_failed)
            else:
                await self._wait(min(self._stream_at, self._poll_at) - now)

    # --- when -----------------------------------------------------------------------------------------------------

    async def _wait(self, seconds: float) -> None:
        """Until then, or until somebody wakes it."""
        waits: list[asyncio.Future[Any]] = [asyncio.ensure_future(self._woken.wait())]
        if seconds < math.inf:
            waits.append(asyncio.ensure_future(self._clock.sleep(seconds)))
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for one in waits:
                one.cancel()
            await asyncio.gather(*waits, return_exceptions=True)

    async def _guarded(self, act: Callable[[], Awaitable[None]], failed: Callable[[Exception, float], None]) -> None:
        began = self._clock.monotonic()
        try:
            await act()
        except Exception as error:  # noqa: BLE001 - a source never takes the room down
            if not isinstance(error, RoomError):
                _log.error("source %s failed", self.state.name, exc_info=error)
            failed(error, began)
        # A connector that never really waits must not hold the loop.
        await asyncio.sleep(0)

    # --- polling --------------------------------------------------------------------------------------------------

    async def _poll(self) -> None:
        asked = 0.0
        for _ in range(MOST_PAGES):
            before = self._cursor
            batch = await self._connector.fetch(before)
            asked = max(asked, batch.next_in or 0.0)
            more = batch.more and batch.cursor is not None and batch.cursor != before
            await self._take(batch, live=False)
            if not more:
                break
        interval = max(self._every, asked)
        self._back(status=SourceStatus.POLLING, interval=interval)
        self._poll_back_off.succeeded()
        self._limit_back_off.succeeded()
        wait = interval * self._draw.uniform(1 - JITTER, 1 + JITTER)
        self._poll_at = self._clock.monotonic() + wait
        if wait >= 5 * BEAT:
            self._poll_at = math.ceil(self._poll_at / BEAT) * BEAT
        self._say(next_try_at=self._in(min(self._poll_at, self._stream_at)))

    def _poll_failed(self, error: Exception, _began: float) -> None:
        self._missing()
        now = self._clock.monotonic()
        if isinstance(error, _FOR_GOOD):
            self._poll_at = self._stream_at = math.inf
            self._say(status=SourceStatus.STOPPED, problem=_problem(error), next_try_at=None)
            return
        self._poll_at = now + self._patience(error, self._poll_back_off)
        if self._stream_at < math.inf:
            # Both ways are down: one try at a time, the stream first.
            self._stream_at = self._poll_at
        self._say(status=SourceStatus.WAITING, problem=_problem(error), next_try_at=self._in(self._poll_at))

    # --- streaming ------------------------------------------------------------------------------------------------

    async def _listen(self) -> None:
        """Reads the stream until it breaks; returns only where there is none."""
        stream = self._connector.stream(self._cursor)
        if stream is None:
            self._stream_at = math.inf
            return
        try:
            async for batch in stream:
                if self.state.status is not SourceStatus.LIVE:
                    self._opened()
                await self._take(batch, live=True)
                self._say(last_good_at=self._clock.now())
        finally:
            await _closed(stream)
        raise SourceError(N_("{source} ended its stream"), source=self.state.name)

    def _opened(self) -> None:
        self._stream_problem = None
        self._back(status=SourceStatus.LIVE, interval=None)
        self._poll_at = math.inf
        self._poll_back_off.succeeded()
        self._say(next_try_at=None)

    def _stream_failed(self, error: Exception, began: float) -> None:
        now = self._clock.monotonic()
        self._stream_problem = _problem(error)
        if self.state.status is SourceStatus.LIVE:
            # A stream that merely does not open again misses nothing while polling works.
            self._missing()
            if now - began >= STEADY:
                self._stream_back_off.succeeded()
        if isinstance(error, _FOR_GOOD):
            # Some servers close only their streams to us: polling goes on, until somebody wakes the source.
            self._stream_at = math.inf
        else:
            self._stream_at = now + self._patience(error, self._stream_back_off)
        if self._poll_at == math.inf:
            self._poll_at = now
        self._say(
            status=SourceStatus.WAITING,
            problem=self._stream_problem,
            interval=self._every,
            next_try_at=self._in(min(self._poll_at, self._stream_at)),
        )

    # --- both -----------------------------------------------------------------------------------------------------

    async def _take(self, batch: Batch, *, live: bool) -> None:
        """Hands a batch on; the cursor moves when the store has it, and not before."""
        moved = batch.cursor is not None and batch.cursor != self._cursor
        if batch.posts or batch.withdrawn or batch.withdrawn_authors or moved:
            await self._deliver(batch)
        if batch.cursor is not None:
            self._cursor = batch.cursor
        count, lost = len(batch.posts), batch.gap or 0
        # A stream says itself what is back-fill; of polls, the first good ones after a failure are.
        missed = batch.back_filled or (self._away and not live)
        if missed and (count or lost):
            self._caught_up += count
            self._caught_lost += lost
        self.state = self.state.changed(
            heard=self.state.heard + count,
            back_filled=self.state.back_filled + (count if missed else 0),
            lost=self.state.lost + lost,
        )
        if missed and (self._caught_up or self._caught_lost):
            note = Message(
                template=N_("back-filled {count}, lost {lost}"),
                values={"count": self._caught_up, "lost": self._caught_lost},
            )
            self.state = self.state.changed(note=note)
        if batch.note is not None:
            self.state = self.state.changed(note=batch.note)

    def _missing(self) -> None:
        """From here on something may be missed, until it works again."""
        if not self._away:
            self._away, self._caught_up, self._caught_lost = True, 0, 0
            self.state = self.state.changed(note=None)

    def _back(self, *, status: SourceStatus, interval: float | None) -> None:
        """It works (again)."""
        self._away = False
        self.state = self.state.changed(
            status=status, interval=interval, last_good_at=self._clock.now(), problem=self._stream_problem
        )

    def _patience(self, error: Exception, back_off: Backoff) -> float:
        if isinstance(error, RateLimited):
            if error.retry_at:
                return max(1.0, (error.retry_at - self._clock.now()).total_seconds())
            return self._limit_back_off.failed()
        return back_off.failed()

    def _in(self, at: float) -> datetime | None:
        if at == math.inf:
            return None
        return self._clock.now() + timedelta(seconds=max(0.0, at - self._clock.monotonic()))

    def _say(self, **changes: object) -> None:
        self.state = self.state.changed(**changes)
        try:
            self._report(self.state)
        except Exception:  # noqa: BLE001 - a front end that fails is not the source's fault
            _log.exception("the state of source %s could not be told", self.state.name)


async def _closed(stream: AsyncIterator[Batch]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        with contextlib.suppress(RoomError):
            await close()


def _problem(error: Exception) -> Problem:
    if isinstance(error, RoomError):
        return error.problem()
    return SourceError(
        N_("something in this program failed: {kind}"), kind=type(error).__name__, remedy=N_("The log has the details.")
    ).problem()
