"""Deadlines while the room runs: what is late is escalated once and rings, and what became of promises is counted."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from socialroom.domain import requests as r
from socialroom.domain.alert import Finding
from socialroom.domain.case import Case
from socialroom.domain.deadline import Promise, due, outcome
from socialroom.domain.errors import StoreError
from socialroom.domain.log import LogEntry, in_log
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import Clock, DeskStore
from socialroom.domain.roles import is_country_of
from socialroom.domain.value import Message
from socialroom.engine.answering import Answerer
from socialroom.engine.ledger import ROOM, Ledger
from socialroom.locale import N_

_log = logging.getLogger("socialroom.deadlines")
EVERY: Final = 5.0  # seconds between two looks at what runs
KIND: Final = "deadline"  # of the alert
OVERDUE: Final = "overdue"  # why the room escalates, and the act in the log
DECIDED: Final = "promise decided"  # the act in the log
_AGAIN: Final = 300.0  # seconds before what is late of one audience may ring anew
_PAGE: Final = 1_000  # lines of the log that are read before the room's other work has its turn

_Key = tuple[str, Promise, str]  # the case as the log calls it, what was promised, and by when (ISO)


class _Decided(NamedTuple):
    met: bool
    at: datetime
    audience: str
    network: str
    country: str


class _Late(NamedTuple):
    case: Case
    promise: Promise
    by: datetime


class Deadlines:
    """Watches promises. A case that opens again has others, so what became of the old ones is a line in the log.

    Args:
        ledger: the cases.
        store: its log.
        clock: for every time and wait.
        ring: makes an alert of a finding, by its name and kind.
    """

    def __init__(self, *, ledger: Ledger, store: DeskStore, clock: Clock, ring: Callable[..., None]) -> None:
        self._ledger, self._store, self._clock, self._ring = ledger, store, clock, ring
        self._decided: dict[_Key, _Decided] = {}  # as the log says
        self._changed: dict[str, None] = dict.fromkeys(ledger.cases)  # cases to look at, in order
        self._running: dict[str, datetime] = {}  # when the next undecided promise of a case ends
        self._unwritten: dict[_Key, _Decided] = {}
        self._loaded = asyncio.Event()

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.DeadlineReport: self._report}

    def changed(self, case: Case) -> None:
        """A case is not what it was. Called for each change: an outcome must be seen before the case opens again."""
        self._see(case, self._clock.now())
        self._changed[case.id] = None

    async def run(self) -> None:
        """Looks until it is cancelled."""
        if not self._loaded.is_set():
            await self._load()
            self._loaded.set()
        while True:
            await self.look()
            await self._clock.sleep(EVERY)

    async def _load(self) -> None:
        """What the log knows of promises."""
        after = 0
        while entries := self._store.log(after, _PAGE):
            for entry in entries:
                if entry.act == DECIDED:
                    self._remember(entry)
            after = entries[-1].seq
            await asyncio.sleep(0)

    def _remember(self, entry: LogEntry) -> None:
        try:
            key = (entry.subject, Promise(entry.fields["promise"]), entry.fields["by"])
        except (KeyError, ValueError):  # of another version
            return
        self._decided[key] = _Decided(
            met=entry.fields.get("met") == "yes",
            at=entry.at,
            audience=entry.fields.get("audience", ""),
            network=entry.fields.get("network", ""),
            country=entry.fields.get("country", ""),
        )

    # --- one look -------------------------------------------------------------------------------------------------

    async def look(self) -> None:
        """Escalates what is late, and writes down what was decided. What the disk refuses is tried again."""
        now = self._clock.now()
        changed, self._changed = self._changed, {}
        late: dict[str, list[_Late]] = {}
        for conversation in (*changed, *[c for c, at in self._running.items() if at <= now]):
            case = self._ledger.cases.get(conversation)
            self._running.pop(conversation, None)
            if case is None:
                continue
            self._see(case, now)
            one = self._watch(case, now)
            if one is not None:
                late.setdefault(case.audience, []).append(one)
                await asyncio.sleep(0)  # each was a write; many may be late at once
        for audience, several in late.items():
            self._tell(audience, several, now)
        for key, decided in list(self._unwritten.items()):
            try:
                self._write(key, decided)
            except StoreError as error:
                _log.error("what became of a promise is not written down yet: %s", error)
                return
            await asyncio.sleep(0)

    def _see(self, case: Case, now: datetime) -> None:
        for promise in Promise:
            by, found = due(case, promise), outcome(case, promise, now)
            if by is None or found is None:
                continue
            key = (in_log(case.id), promise, by.isoformat())
            known = self._unwritten.get(key) or self._decided.get(key)
            if known is None or known.met != found.met:
                self._unwritten[key] = _Decided(found.met, found.at, case.audience, case.network, case.declared_country)

    def _watch(self, case: Case, now: datetime) -> _Late | None:
        """Escalates a case that is late; remembers when the next promise of it ends."""
        found = None
        if case.overdue_at(now) and case.late_since is None:
            try:
                found = self._escalate(case, now)
            except StoreError as error:
                _log.error("a case that is late could not be escalated yet: %s", error)
                self._running[case.id] = now
                return None
        runs = [
            by
            for promise in Promise
            if case.is_open and (by := due(case, promise)) is not None and outcome(case, promise, now) is None
        ]
        if runs:
            self._running[case.id] = min(runs)
        return found

    def _escalate(self, case: Case, now: datetime) -> _Late:
        first = outcome(case, Promise.FIRST, now)
        promise = Promise.FIRST if first is not None and not first.met else Promise.RESOLUTION
        by = due(case, promise)
        assert by is not None
        late: Case = case.changed(late_since=now)
        if case.escalated_at is None:
            late = late.changed(
                escalated_to=Role.HEAD.value, escalated_by=ROOM, escalated_at=now, escalated_why=OVERDUE
            )
        self._ledger.commit(OVERDUE, ROOM, case.id, put=[late], fields={"promise": promise.value, "by": by.isoformat()})
        return _Late(late, promise, by)

    def _tell(self, audience: str, late: list[_Late], now: datetime) -> None:
        """Rings for what became late of one audience."""
        count = sum(c.audience == audience and c.overdue_at(now) for c in self._ledger.cases.values())
        case, promise, by = late[-1]
        headline = Message(
            template=N_("{n} overdue, the latest: {who}, {promise_word} promised by {by_at}"),
            values={
                "n": count,
                "who": case.title or case.network,
                "promise_word": promise.value,
                "by_at": by.timestamp(),
            },
        )
        finding = Finding(
            key=f"deadline:{audience or 'all'}",
            headline=headline,
            severity=2,
            figures={"count": float(count)},
            posts=tuple(dict.fromkeys(one.case.asked_in for one in late if one.case.asked_in)),
            event=True,
            cool_down=_AGAIN,
        )
        self._ring(finding, name=KIND, kind=KIND)

    def _write(self, key: _Key, decided: _Decided) -> None:
        conversation, promise, by = key
        fields = {
            "promise": promise.value,
            "met": "yes" if decided.met else "no",
            "by": by,
            "audience": decided.audience,
            "network": decided.network,
            "country": decided.country,
        }
        self._ledger.commit(DECIDED, ROOM, conversation, fields=fields)
        self._decided[key] = decided
        if self._unwritten.get(key) == decided:
            del self._unwritten[key]

    # --- the report -----------------------------------------------------------------------------------------------

    async def _report(self, view: r.DeadlineReport, operator: Operator) -> r.DeadlinesMet:
        """Promises decided since then. What an open case says of its own counts more than what was written before."""
        await self._loaded.wait()
        now = self._clock.now()
        decided = {**self._decided, **self._unwritten}
        overdue: list[Case] = []
        for case in self._ledger.cases.values():
            for promise in Promise:
                by = due(case, promise)
                if by is None:
                    continue
                key, found = (in_log(case.id), promise, by.isoformat()), outcome(case, promise, now)
                decided.pop(key, None)
                if found is not None:
                    decided[key] = _Decided(found.met, found.at, case.audience, case.network, case.declared_country)
            if case.overdue_at(now):
                overdue.append(case)
        figures: dict[tuple[str, str], r.DeadlineFigures] = {}
        for (_, promise, _), one in decided.items():
            if one.at >= view.since and is_country_of(operator, one.country):
                _count(figures, one.audience, one.network, _names(promise, met=one.met))
        for case in overdue:
            if is_country_of(operator, case.declared_country):
                _count(figures, case.audience, case.network, ("overdue",))
        return r.DeadlinesMet(figures=tuple(figures[key] for key in sorted(figures)))


def _names(promise: Promise, *, met: bool) -> tuple[str, ...]:
    whole, kept = ("first", "first_met") if promise is Promise.FIRST else ("resolutions", "resolutions_met")
    return (whole, kept) if met else (whole,)


def _count(
    figures: dict[tuple[str, str], r.DeadlineFigures], audience: str, network: str, names: tuple[str, ...]
) -> None:
    known = figures.get((audience, network)) or r.DeadlineFigures(audience=audience, network=network)
    figures[audience, network] = known.changed(**{name: getattr(known, name) + 1 for name in names})
