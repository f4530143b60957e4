"""How good the room's own alerts are: counted from its log, which keeps what alerts that are gone were."""

from __future__ import annotations

import asyncio
import statistics
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from socialroom.domain.alert import AlertQuality, Verdict
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import DeskStore
from socialroom.engine.ringing import RANG

ACKNOWLEDGED: Final = "alert acknowledged"
UNACKNOWLEDGED: Final = "alert not acknowledged"
JUDGED: Final = "alert judged"
_LOOKS_BACK: Final = timedelta(days=28)
_WEEK: Final = timedelta(days=7)
_LEAST: Final = timedelta(days=1)  # what is shorter is taken for a day: two rings in an hour are no 336 a week
_PAGE: Final = 1_000  # lines of the log that are read before the room's other work has its turn
_JUDGES: Final = {Verdict.REAL.value: Verdict.REAL, Verdict.NOISE.value: Verdict.NOISE}


class _Rung(NamedTuple):
    rings: tuple[datetime, ...]
    seen_at: datetime | None = None  # when it was acknowledged first
    waited: float = 0.0  # seconds until then, from the ring before
    verdict: Verdict = Verdict.UNJUDGED


class Qualities:
    """Reads the log once, then hears each new entry."""

    def __init__(self) -> None:
        self._rung: dict[str, _Rung] = {}
        self._first: datetime | None = None  # since when anything was written down

    async def load(self, store: DeskStore, now: datetime) -> None:
        """What the log knows; the room goes on between its pages."""
        after = 0
        while entries := store.log(after, _PAGE):
            for entry in entries:
                self.see(entry)
            after = entries[-1].seq
            await asyncio.sleep(0)
        self._forget(now)

    def see(self, entry: LogEntry) -> None:
        """One more entry, in order."""
        if self._first is None:
            self._first = entry.at
        known = self._rung.get(entry.subject)
        if entry.act == RANG:
            self._rung[entry.subject] = (
                known._replace(rings=(*known.rings, entry.at)) if known is not None else _Rung((entry.at,))
            )
        elif known is None:
            return
        elif entry.act == ACKNOWLEDGED and known.seen_at is None:
            waited = abs((entry.at - known.rings[0]).total_seconds())
            self._rung[entry.subject] = known._replace(seen_at=entry.at, waited=waited)
        elif entry.act == UNACKNOWLEDGED:
            self._rung[entry.subject] = known._replace(seen_at=None)
        elif entry.act == JUDGED:
            verdict = _JUDGES.get(entry.fields.get("verdict", ""), Verdict.UNJUDGED)
            self._rung[entry.subject] = known._replace(verdict=verdict)

    def figures(self, now: datetime) -> AlertQuality:
        """Of the last four weeks, or of as long as the room has existed."""
        self._forget(now)
        rung = self._rung.values()
        span = min(max(now - (self._first or now), _LEAST), _LOOKS_BACK)
        noise = [one for one in rung if one.verdict is Verdict.NOISE]
        real = sum(one.verdict is Verdict.REAL for one in rung)
        false = sum(len(one.rings) for one in noise)
        waited = [one.waited for one in rung if one.seen_at is not None]
        return AlertQuality(
            days=round(span / _LEAST, 1),
            alerts=len(rung),
            real=real,
            noise=len(noise),
            false_per_week=round(false * (_WEEK / span), 2) if real or noise else None,
            acknowledged_in=round(statistics.median(waited), 1) if waited else None,
        )

    def _forget(self, now: datetime) -> None:
        old = [key for key, one in self._rung.items() if now - one.rings[-1] > _LOOKS_BACK]
        for key in old:
            del self._rung[key]
