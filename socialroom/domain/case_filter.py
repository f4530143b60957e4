"""Which cases a view shows, in which order, how many there are, and who carries how many. Pure: rooms and terminals share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Final

from socialroom.domain.case import Case
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.requests import CaseFilter
from socialroom.domain.value import Value

VIEWS: Final = (
    "open",
    "unassigned",
    "mine",
    "approval",
    "overdue",
    "snoozed",
    "escalated",
    "handed over",
    "done",
    "all",
)
"""What `CaseFilter.view` may be."""

NOBODY: Final = ""  # in `load`: cases that nobody is to do
_LAST: Final = float("inf")


class Load(Value, frozen=True):
    """What one operator has to do; `oldest` is since when the longest waiting of it waits for an answer."""

    claimed: int = 0
    assigned: int = 0
    overdue: int = 0
    oldest: datetime | None = None


def matches(case: Case, asked: CaseFilter, me: str, now: datetime, waiting: Collection[str]) -> bool:
    """Whether a filter shows a case; its `words` are not looked at here, they need the posts.

    Args:
        case: any case.
        asked: its view, and what narrows it.
        me: whose view it is.
        now: UTC.
        waiting: conversations with a send that waits for approval (`waiting_for_approval`).
    """
    return _narrowed(case, asked) and asked.view in views_of(case, me, now, waiting)


def views_of(case: Case, me: str, now: datetime, waiting: Collection[str]) -> list[str]:
    """The views that show a case to this operator (see `matches`)."""
    found = ["all"]
    if case.id in waiting:
        found.append("approval")
    if not case.is_open:
        return [*found, "done"]
    found.append("open")
    if asleep(case, now):
        found.append("snoozed")
    else:
        whose = owner(case, now)
        if me and me in (whose, case.claimed_at(now)):
            found.append("mine")
        if whose == NOBODY and not case.handed_to:
            found.append("unassigned")
    if case.overdue_at(now):
        found.append("overdue")
    if case.escalated_at is not None:
        found.append("escalated")
    if case.handed_to:
        found.append("handed over")
    return found


def _narrowed(case: Case, asked: CaseFilter) -> bool:
    wanted = (
        (asked.network, case.network),
        (asked.audience, case.audience),
        (asked.country, case.country),
        (asked.language, case.language),
        (asked.assigned_to, case.assigned_to),
    )
    if any(value and value.casefold() != there.casefold() for value, there in wanted):
        return False
    return not asked.tag or asked.tag.casefold() in case.tags


def asleep(case: Case, now: datetime) -> bool:
    """Whether it is snoozed at this moment."""
    return case.is_open and case.snoozed_until is not None and now < case.snoozed_until


def unanswered(case: Case) -> bool:
    """Whether the latest message of its customer, as it reads now, still waits for an answer of ours."""
    if not case.is_open or not case.asked_in:
        return False
    if case.asked_in not in case.answered:
        return True
    return case.asked_at is not None and case.answered_at is not None and case.asked_at > case.answered_at  # edited


def waiting_since(case: Case) -> datetime | None:
    """Since when its customer waits for an answer; None when nobody waits."""
    if not unanswered(case):
        return None
    return (case.opened_at if case.responded_at is None else case.asked_at) or case.asked_at


def owner(case: Case, now: datetime) -> str:
    """Whose it is to do: whom it is assigned to, else who says "I answer", else who answered and was not asked again."""
    if case.assigned_to:
        return case.assigned_to
    return case.claimed_at(now) or ("" if unanswered(case) else case.answered_by)


def waiting_for_approval(items: Iterable[OutboxItem]) -> set[str]:
    """Conversations with a send that waits for approval."""
    return {
        item.conversation or item.in_reply_to or ""
        for item in items
        if item.state is OutboxState.AWAITING_APPROVAL and (item.conversation or item.in_reply_to)
    }


def pressing(case: Case, now: datetime) -> tuple[int, int, float, float, str]:
    """Sort key: overdue first, then by priority, then what is due next, then what was opened first.

    Those that are closed come after all others, the latest first.
    """
    if case.done_at is not None:
        return (2, 0, 0.0, -case.done_at.timestamp(), case.id)
    due, opened = case.due_next(), case.opened_at or case.asked_at
    return (
        0 if case.overdue_at(now) else 1,
        -case.priority,
        due.timestamp() if due else _LAST,
        opened.timestamp() if opened else _LAST,
        case.id,
    )


def counts(cases: Iterable[Case], me: str, now: datetime, waiting: Collection[str]) -> dict[str, int]:
    """How many cases each view shows this operator, by view."""
    found = dict.fromkeys(VIEWS, 0)
    for case in cases:
        for view in views_of(case, me, now, waiting):
            found[view] += 1
    return found


def load(cases: Iterable[Case], now: datetime) -> Mapping[str, Load]:
    """What each operator who has anything to do has to do, by name in order; what is nobody's under `NOBODY`.

    Snoozed cases are somebody's, and press nobody; handed over ones are their country's.
    """
    claimed: dict[str, int] = {}
    assigned: dict[str, int] = {}
    overdue: dict[str, int] = {}
    oldest: dict[str, datetime] = {}
    for case in cases:
        if not case.is_open or case.handed_to:
            continue
        whose = owner(case, now)
        if holder := case.claimed_at(now):
            claimed[holder] = claimed.get(holder, 0) + 1
        if case.assigned_to:
            assigned[case.assigned_to] = assigned.get(case.assigned_to, 0) + 1
        if case.overdue_at(now):
            overdue[whose] = overdue.get(whose, 0) + 1
        since = None if asleep(case, now) else waiting_since(case)
        if since is not None:
            oldest[whose] = min(since, oldest.get(whose, since))
    return {
        name: Load(
            claimed=claimed.get(name, 0),
            assigned=assigned.get(name, 0),
            overdue=overdue.get(name, 0),
            oldest=oldest.get(name),
        )
        for name in sorted({*claimed, *assigned, *overdue, *oldest})
    }
