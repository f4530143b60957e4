"""How a case is said: its state as a sign and words, its deadline as a clock, and what else an operator must see of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Final

from socialroom.domain.case import Case, CaseState
from socialroom.domain.case_filter import unanswered
from socialroom.domain.events import Attending
from socialroom.domain.value import Value
from socialroom.locale import N_, _, duration, moment, ngettext, number
from socialroom.tui.lines import Span, safe

STATES: Final[Mapping[CaseState, tuple[str, str]]] = {
    CaseState.NEW: ("●", "primary"),
    CaseState.CLAIMED: ("↩", "claimed"),
    CaseState.SNOOZED: ("◦", "muted"),
    CaseState.ESCALATED: ("▲", "alert-amber"),
    CaseState.HANDED_OVER: ("→", "muted"),
    CaseState.DONE: ("✓", "answered"),
    CaseState.NO_ANSWER: ("–", "muted"),
}
"""The sign of a state and its colour of the theme."""

PRIORITIES: Final = (N_("normal"), N_("high"), N_("urgent"))
OVERDUE: Final = "overdue"  # the room's own word for why it escalates
_ROLES: Final = frozenset({"head", "manager", "analyst", "community", "creative", "guest"})


class Signals(Value, frozen=True):
    """What the room knows of a case besides the case."""

    unread: int = 0  # notes this operator has not read
    notes: int = 0
    waiting: int = 0  # replies that wait for approval
    typing: tuple[str, ...] = ()  # others, by name
    looking: tuple[str, ...] = ()


def clock(seconds: float) -> str:
    """How long, to the minute from the first on: 12 min, 1 h 05, 2 d 3 h."""
    if seconds < 3600:
        return duration(seconds)
    hours, minutes = divmod(int(seconds) // 60, 60)
    if hours < 24:
        return _("{hours} h {minutes:02}").format(hours=hours, minutes=minutes)
    return _("{days} d {hours} h").format(days=number(hours // 24), hours=hours % 24)


def deadline(case: Case, now: datetime) -> Span | None:
    """The promise that ends next, or the one that is broken longest; None where none runs."""
    if case.overdue_at(now):
        late = [d for d in (case.respond_by if case.responded_at is None else None, case.resolve_by) if d and d <= now]
        return Span(_("overdue {time}").format(time=clock((now - min(late)).total_seconds())), "alert-red", bold=True)
    due = case.due_next()
    if due is None:
        return None
    left = (due - now).total_seconds()
    first = case.responded_at is None and due == case.respond_by
    said = _("respond in {time}") if first else _("resolve in {time}")
    return Span(said.format(time=clock(left)), "alert-amber" if left < 900 else "muted")


def state(case: Case, operator: str, now: datetime) -> Span:
    """Where it stands, in words; `operator` is who reads it."""
    where = case.state_at(now)
    return Span(_said(where, case, operator, now), _ink(where, case))


def sign(case: Case, now: datetime) -> Span:
    """Where it stands, as one sign."""
    where = case.state_at(now)
    return Span("↩" if rests(where, case) else STATES[where][0], _ink(where, case))


def rests(where: CaseState, case: Case) -> bool:
    """Whether it is open in nobody's hands, but its customer has our answer: it is not new any more."""
    return where is CaseState.NEW and bool(case.answered_by) and not unanswered(case)


def _ink(where: CaseState, case: Case) -> str:
    return "answered" if rests(where, case) else STATES[where][1]


def _said(where: CaseState, case: Case, operator: str, now: datetime) -> str:
    match where:
        case CaseState.NEW:
            return _answered(case, operator) if rests(where, case) else _("new")
        case CaseState.CLAIMED:
            mine = case.claimed_by == operator
            return _("you are answering") if mine else _("{name} is answering").format(name=safe(case.claimed_by))
        case CaseState.SNOOZED:
            assert case.snoozed_until is not None
            return _("snoozed until {time}").format(time=moment(case.snoozed_until, now))
        case CaseState.ESCALATED:
            return _escalated(case, now)
        case CaseState.HANDED_OVER:
            return _("handed over to {country}").format(country=safe(case.handed_to))
        case CaseState.DONE:
            return _("done by {name}").format(name=safe(case.done_by)) if case.done_by else _("done")
        case CaseState.NO_ANSWER:
            return _("no answer needed: {why}").format(why=safe(_(case.no_answer_why)))


def _escalated(case: Case, now: datetime) -> str:
    to = _(case.escalated_to) if case.escalated_to in _ROLES else case.escalated_to
    if case.escalated_why and not (case.escalated_why == OVERDUE and case.overdue_at(now)):  # its clock says that
        return _("escalated to {to}: {why}").format(to=safe(to), why=safe(_(case.escalated_why)))
    return _("escalated to {to}").format(to=safe(to))


def assigned(case: Case, operator: str) -> Span | None:
    """Whose it is to do."""
    if not case.assigned_to:
        return None
    if case.assigned_to == operator:
        return Span(_("assigned to you"), "ours", bold=True)
    return Span(_("assigned to {name}").format(name=safe(case.assigned_to)), "claimed")


def held(case: Case, operator: str, now: datetime) -> Span | None:
    """Who answers, or has answered, where the state says something else: an escalated case may be in somebody's hands."""
    where, holder = case.state_at(now), case.claimed_at(now)
    if not case.is_open or where is CaseState.CLAIMED or rests(where, case):
        return None
    if holder:
        said = _("you are answering") if holder == operator else _("{name} is answering").format(name=safe(holder))
        return Span(said, "claimed")
    if case.answered_by and not unanswered(case):
        return Span(_answered(case, operator), "answered")
    return None


def _answered(case: Case, operator: str) -> str:
    if case.answered_by == operator:
        return _("answered by you")
    return _("answered by {name}").format(name=safe(case.answered_by))


def facts(case: Case, operator: str, signals: Signals) -> list[Span]:
    """What else must be seen, the most needed first."""
    found: list[Span | None] = [
        Span(_("{name} types").format(name=safe(", ".join(signals.typing))), "claimed", bold=True)
        if signals.typing
        else None,
        Span("!" * case.priority + " " + _(PRIORITIES[min(case.priority, 2)]), "alert-amber", bold=True)
        if case.priority > 0
        else None,
        assigned(case, operator),
        _approval(signals.waiting),
        _notes(signals),
        Span(safe(_(case.audience)), "foreground") if case.audience else None,
        Span(_("in private"), "marked") if case.private else None,
        *(Span(f"#{safe(tag)}", "marked") for tag in case.tags),
        Span(safe(case.country) + "?" * case.country_guessed, "muted") if case.country else None,
        Span(safe(case.ticket), "muted") if case.ticket else None,
        Span(_("{name} looks").format(name=safe(", ".join(signals.looking))), "muted") if signals.looking else None,
    ]
    return [span for span in found if span is not None]


def _approval(waiting: int) -> Span | None:
    if not waiting:
        return None
    said = ngettext("a reply waits for approval", "{n} replies wait for approval", waiting).format(n=number(waiting))
    return Span(f"… {said}", "claimed")


def _notes(signals: Signals) -> Span | None:
    if signals.unread:
        said = ngettext("{n} new note", "{n} new notes", signals.unread).format(n=number(signals.unread))
        return Span(f"✎ {said}", "marked", bold=True)
    if signals.notes:
        said = ngettext("{n} note", "{n} notes", signals.notes).format(n=number(signals.notes))
        return Span(f"✎ {said}", "muted")
    return None


def presence(attending: Collection[Attending], operator: str) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Who types and who looks, by conversation; not this operator."""
    found: dict[str, tuple[list[str], list[str]]] = {}
    for one in attending:
        if one.conversation and one.operator != operator:
            typing, looking = found.setdefault(one.conversation, ([], []))
            (typing if one.typing else looking).append(one.operator)
    return {key: (tuple(sorted(typing)), tuple(sorted(looking))) for key, (typing, looking) in found.items()}
