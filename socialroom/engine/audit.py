"""The audit trail as the room gives it out: the log's own lines, and one row for each conversation."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.draft import WRITES, OutboxItem, OutboxState
from socialroom.domain.log import in_log
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore, Clock, DeskStore
from socialroom.domain.roles import Right
from socialroom.engine.answering import Answerer
from socialroom.engine.ledger import Ledger
from socialroom.engine.roles import Roles

_SLICE: Final = 2_000  # lines of the log read before the room's other work has its turn
_PAGE: Final = 2_000  # lines, or rows, of one answer


class Audit:
    """Reads what happened. Whoever may export it sees every conversation's row: ids, names of operators and times.

    Args:
        store: holds the log.
        ledger: holds cases and sends.
        cache: counts the messages of a conversation, as far as they are still kept.
        roles: says who may.
        clock: tells in which state a case is now.
    """

    def __init__(self, *, store: DeskStore, ledger: Ledger, cache: CacheStore, roles: Roles, clock: Clock) -> None:
        self._store, self._ledger, self._cache, self._roles, self._clock = store, ledger, cache, roles, clock

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.LogPage: self._log, r.AuditConversations: self._rows}

    def _log(self, view: r.LogPage, operator: Operator) -> r.Log:
        self._roles.need(operator, Right.AUDIT)
        limit = max(1, min(view.limit, _PAGE))
        found = self._store.log(view.after, limit + 1)
        return r.Log(entries=tuple(found[:limit]), more=len(found) > limit)

    async def _rows(self, view: r.AuditConversations, operator: Operator) -> r.ConversationRows:
        """Rows in the order of the conversations' ids, so that a page goes on where the one before ended."""
        self._roles.need(operator, Right.AUDIT)
        limit = max(1, min(view.limit, _PAGE))
        names = sorted(n for n in self._ledger.cases if n > view.after)
        page = names[:limit]
        drafted, seen = await self._from_the_log(set(page))
        sends = self._sends(set(page))
        rows = [
            self._row(self._ledger.cases[n], sends.get(n, []), drafted.get(n, ()), seen.get(n, ()))
            for n in page
            if n in self._ledger.cases  # forgotten while the log was read
        ]
        return r.ConversationRows(rows=tuple(rows), more=len(names) > limit)

    async def _from_the_log(self, wanted: set[str]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Who drafted and who saw, by conversation: only the log remembers drafts that came to nothing."""
        drafted: dict[str, list[str]] = {}
        seen: dict[str, list[str]] = {}
        called = {in_log(name): name for name in wanted}
        after = 0
        while lines := self._store.log(after, _SLICE):
            for line in lines:
                if line.act == "draft begun" and line.fields.get("conversation") in called:
                    _add(drafted, called[line.fields["conversation"]], line.actor)
                elif line.act == "viewed" and line.subject in called:
                    _add(seen, called[line.subject], line.actor)
            after = lines[-1].seq
            await asyncio.sleep(0)
        return drafted, seen

    def _sends(self, wanted: set[str]) -> dict[str, list[OutboxItem]]:
        found: dict[str, list[OutboxItem]] = {}
        for item in self._ledger.items.values():
            if item.conversation in wanted and item.kind in WRITES:
                found.setdefault(item.conversation, []).append(item)
        return found

    def _row(
        self, case: Case, sends: list[OutboxItem], drafted: Iterable[str], seen: Iterable[str]
    ) -> r.ConversationRow:
        sent = [i for i in sends if i.state is OutboxState.SENT]
        posts = self._cache.conversation(case.id)
        return r.ConversationRow(
            conversation=case.id,
            network=case.network or (sends[0].network if sends else ""),
            state=case.state_at(self._clock.now()).value,
            audience=case.audience,
            country=case.country,
            tags=case.tags,
            opened_at=case.opened_at,
            responded_at=case.responded_at,
            done_at=case.done_at,
            respond_by=case.respond_by,
            resolve_by=case.resolve_by,
            response_met=_met(case.responded_at, case.respond_by),
            resolution_met=_met(case.done_at, case.resolve_by),
            messages=sum(not p.by_us for p in posts),
            replies=len(sent),
            drafted_by=tuple(drafted) or _names(i.operator for i in sends),
            approved_by=_names(a.by for i in sends for a in i.approvals),
            sent_by=_names(i.operator for i in sent),
            seen_by=tuple(seen),
            sent_urls=tuple(i.sent_url or i.sent_uri for i in sent),
        )


def _add(to: dict[str, list[str]], key: str, name: str) -> None:
    names = to.setdefault(key, [])
    if name not in names:
        names.append(name)


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _met(done: datetime | None, by: datetime | None) -> bool | None:
    """Whether a promise was kept; None while it is open, or where there was none."""
    return None if done is None or by is None else done <= by
