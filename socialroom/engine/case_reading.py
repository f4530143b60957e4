"""What a terminal reads of cases: pages of a filter, and all that belongs to one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.case_filter import VIEWS, matches, pressing, waiting_for_approval
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.errors import Missing
from socialroom.domain.log import LogEntry, in_log
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore, Clock, DeskStore
from socialroom.domain.query import FactsOf, parse, unknown
from socialroom.engine.answering import Answerer
from socialroom.engine.cases import LOGGED, Cases
from socialroom.engine.ledger import Ledger
from socialroom.engine.people import People
from socialroom.engine.sight import Sight
from socialroom.locale import N_

_PAGE: Final = 1_000  # cases of one answer
_SLICE: Final = 200  # cases whose posts are looked at before the room's other work has its turn
_LINES: Final = 2_000  # lines of the log read before that
_LINES_SHOWN: Final = 500  # of one case, the latest


class CaseReading:
    """Answers what is asked about cases, each seat as far as it may know.

    Args:
        cases: the room's.
        ledger: notes, drafts and sends.
        store: the log.
        cache: what was said.
        people: cards.
        sight: what a seat may see.
        may_know: whether a seat may know of an answer of ours.
        clock: tells in which state a case is now.
        facts: what the room knows of a post's author.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        cases: Cases,
        ledger: Ledger,
        store: DeskStore,
        cache: CacheStore,
        people: People,
        sight: Sight,
        may_know: Callable[[Operator, Draft | OutboxItem], bool],
        clock: Clock,
        facts: FactsOf = unknown,
    ) -> None:
        self._cases, self._ledger, self._store, self._cache = cases, ledger, store, cache
        self._people, self._sight, self._may_know, self._clock = people, sight, may_know, clock
        self._facts = facts
        self._lines: dict[str, list[int]] = {}  # lines of the log by what they are about
        self._read_to = 0

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.CasesPage: self._page, r.CaseView: self._file}

    async def _page(self, view: r.CasesPage, operator: Operator) -> r.Cases:
        """Cases of a filter. Raises Missing (no such view), ConfigError (its words are no query)."""
        asked = view.filter
        if asked.view not in VIEWS:
            raise Missing(
                N_("there is no view called {name}"),
                name=asked.view,
                remedy=N_("Known here: {known}."),
                known=", ".join(VIEWS),
            )
        now, waiting = self._clock.now(), waiting_for_approval(self._ledger.open_items.values())
        found = [
            case
            for case in self._cases.all().values()
            if matches(case, asked, operator.name, now, waiting) and self._sight.case(operator, case)
        ]
        if asked.words.strip():
            found = await self._saying(asked.words, found, operator)
        found.sort(key=lambda case: pressing(case, now))
        limit = max(1, min(view.limit, _PAGE))
        first = 0
        if view.after:
            first = next((n + 1 for n, case in enumerate(found) if case.id == view.after), len(found))
        return r.Cases(cases=tuple(found[first : first + limit]), total=len(found))

    async def _saying(self, words: str, cases: list[Case], operator: Operator) -> list[Case]:
        query = parse(words)
        found: list[Case] = []
        for number, case in enumerate(cases, 1):
            posts = self._cache.conversation(case.id)
            if any(self._sight.post(operator, p) and query.matches(p, self._facts) for p in posts):
                found.append(case)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return found

    async def _file(self, view: r.CaseView, operator: Operator) -> r.CaseFile:
        """All about one conversation; the one that it would be where nothing was done about it. Raises Missing, NotAllowed."""
        self._cases.known(view.conversation, operator)
        await self._index()
        # As it is now: it may have been forgotten while the log was read.
        case = self._cases.known(view.conversation, operator)
        # One by one: a conversation that all may see can have gone on in private.
        drafts = [
            d
            for d in self._ledger.drafts.values()
            if case.id in (d.conversation, d.in_reply_to) and self._may_know(operator, d)
        ]
        items = [
            i
            for i in self._ledger.items.values()
            if case.id in (i.conversation, i.in_reply_to) and self._may_know(operator, i)
        ]
        notes = [n for n in self._ledger.notes.values() if n.subject == case.id and self._sight.note(operator, n)]
        card = self._people.card(case.person) if case.person else None
        return r.CaseFile(
            case=case,
            posts=tuple(p for p in self._cache.conversation(case.id) if self._sight.post(operator, p)),
            notes=tuple(sorted(notes, key=lambda n: (n.at, n.id))),
            drafts=tuple(sorted(drafts, key=lambda d: (d.updated_at, d.id))),
            outbox=tuple(sorted(items, key=lambda i: (i.updated_at, i.id))),
            log=self._about({case.id, *(d.id for d in drafts), *(i.id for i in items)}),
            person=card if card is not None and self._sight.person(operator, card) else None,
        )

    def _about(self, names: set[str]) -> tuple[LogEntry, ...]:
        numbers = sorted({n for name in names for n in self._lines.get(in_log(name), ())})
        return tuple(line for n in numbers[-_LINES_SHOWN:] for line in self._store.log(n - 1, 1))

    async def _index(self) -> None:
        """Remembers which lines are about what; after the first time only what was written since."""
        while lines := self._store.log(self._read_to, _LINES):
            for line in lines:
                for name in {line.subject, *(t for key in LOGGED for t in line.fields.get(key, "").split())}:
                    self._lines.setdefault(name, []).append(line.seq)
            self._read_to = lines[-1].seq
            if len(lines) < _LINES:
                return
            await asyncio.sleep(0)
