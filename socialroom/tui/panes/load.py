"""Who has how much to do: what is nobody's first, then everybody in the order of room.toml, so that nobody moves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType
from textual.message import Message

from socialroom.domain.case import Case
from socialroom.domain.case_filter import NOBODY, Load, asleep, load, owner, waiting_since
from socialroom.domain.events import CaseChanged, CaseGone, Event, Presence
from socialroom.domain.operator import Operator
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui import case_words
from socialroom.tui.bindings import LOAD_BINDINGS
from socialroom.tui.lines import Line, Row, Span, filled, safe
from socialroom.tui.list_pane import ListPane
from socialroom.tui.pane import Host, PaneSpec

_AGAIN: Final = 5.0  # seconds after which what only time changes is counted again
_NOTHING: Final = Load()


class LoadPane(ListPane):
    """The load of each operator, and since when the longest waiting customer waits."""

    context: ClassVar[str] = "load"
    wants: ClassVar[tuple[type[Event], ...]] = (CaseChanged, CaseGone, Presence)
    BINDING_GROUP_TITLE = N_("Load")
    BINDINGS: ClassVar[list[BindingType]] = [*LOAD_BINDINGS]

    class Opened(Message):
        """Somebody's cases are to be shown; an empty name is nobody's."""

        def __init__(self, pane: LoadPane, operator: str) -> None:
            super().__init__()
            self.pane, self.operator = pane, operator

        @property
        def control(self) -> LoadPane:
            """The pane it was asked in."""
            return self.pane

    class Reassign(Message):
        """This case is to be somebody else's."""

        def __init__(self, pane: LoadPane, conversation: str) -> None:
            super().__init__()
            self.pane, self.conversation = pane, conversation

        @property
        def control(self) -> LoadPane:
            """The pane it was asked in."""
            return self.pane

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "load", argument)
        self._loads: Mapping[str, Load] = {}
        self._unassigned = 0
        self._counted_at = -_AGAIN
        self._dirty = True

    def empty(self) -> str:
        """Said in a room that has neither operators nor cases."""
        return _("Nobody has anything to do.")

    def title(self) -> str:
        """How many cases are late."""
        self._count()
        late = sum(one.overdue for one in self._loads.values())
        said = _("Load")
        return said + (" · " + ngettext("{n} overdue", "{n} overdue", late).format(n=number(late)) if late else "")

    def loaded(self) -> None:
        """The room was read anew."""
        self._dirty = True
        super().loaded()

    def hear(self, event: Event) -> None:
        """Somebody has more or less to do."""
        self._dirty = True
        super().hear(event)

    def _count(self) -> None:
        """At once where something happened; in a large room once a second, and else every few seconds."""
        monotonic, cases = self.host.clock.monotonic(), self.host.state.cases
        passed = monotonic - self._counted_at
        if passed < _AGAIN and (not self._dirty or (passed < 1.0 and len(cases) > 1_000)):
            return
        self._dirty, self._counted_at = False, monotonic
        now = self.host.clock.now()
        self._loads = load(cases.values(), now)
        self._unassigned = sum(
            c.is_open and not c.handed_to and not asleep(c, now) and owner(c, now) == NOBODY for c in cases.values()
        )

    def rows(self, width: int) -> list[Row]:
        """One row an operator."""
        self._count()
        state = self.host.state
        declared = {str(o.name): o for o in state.operators}
        names = list(dict.fromkeys([*declared, *sorted(n for n in self._loads if n != NOBODY)]))
        now = self.host.clock.now()
        made = [self._row(name, declared.get(name), width, now) for name in names]
        if self._unassigned or NOBODY in self._loads:
            made.insert(0, self._nobody(width, now))
        return made

    def _nobody(self, width: int, now: datetime) -> Row:
        one = self._loads.get(NOBODY, _NOTHING)
        count = self._unassigned
        said = ngettext("{n} unassigned", "{n} unassigned", count).format(n=number(count))
        items = [Span(said, "primary" if count else "muted", bold=bool(count)), *_late(one)]
        return Row("of:", _lines(items, one, width, now), Span("●", "primary" if count else "muted"))

    def _row(self, name: str, operator: Operator | None, width: int, now: datetime) -> Row:
        one = self._loads.get(name, _NOTHING)
        me, here = name == self.host.settings.operator, name in self.host.state.present
        items = [
            Span(safe(name) + (f" ({_('you')})" if me else ""), "ours" if me else "foreground", bold=True),
            *_late(one),
            Span(ngettext("{n} claimed", "{n} claimed", one.claimed).format(n=number(one.claimed)), "claimed")
            if one.claimed
            else Span(""),
            Span(ngettext("{n} assigned", "{n} assigned", one.assigned).format(n=number(one.assigned)))
            if one.assigned
            else Span(""),
            Span(_("free"), "answered") if one == _NOTHING else Span(""),
            Span(_(operator.role.value), "muted") if operator is not None else Span(""),
            Span("" if here or me else _("not here"), "muted"),
        ]
        sign = Span("■", "alert-red", bold=True) if one.overdue else Span("•" if here or me else " ", "answered")
        return Row(f"of:{name}", _lines(items, one, width, now), sign)

    def _chosen(self) -> str | None:
        row = self.view.current
        return row.removeprefix("of:") if row is not None else None

    def act(self, row: str) -> None:
        """Shows their cases."""
        self.post_message(self.Opened(self, row.removeprefix("of:")))

    def action_reassign(self) -> None:
        """The case whose customer has waited longest becomes somebody else's."""
        name = self._chosen()
        if name is None:
            return
        case = longest_waiting(self.host.state.cases.values(), name, self.host.clock.now())
        if case is None:
            self.host.say(_("Nobody waits there."))
        else:
            self.post_message(self.Reassign(self, case.id))


def longest_waiting(cases: Iterable[Case], name: str, now: datetime) -> Case | None:
    """Of the cases that are this operator's (or nobody's) to do, the one whose customer has waited longest."""
    waits = [
        (since, case.id, case)
        for case in cases
        if not case.handed_to
        and owner(case, now) == name
        and not asleep(case, now)
        and (since := waiting_since(case)) is not None
    ]
    return min(waits, key=lambda one: one[:2])[2] if waits else None


def _late(one: Load) -> list[Span]:
    if not one.overdue:
        return []
    return [
        Span(ngettext("{n} overdue", "{n} overdue", one.overdue).format(n=number(one.overdue)), "alert-red", bold=True)
    ]


def _lines(items: list[Span], one: Load, width: int, now: datetime) -> tuple[Line, ...]:
    """One line, and a second one where it is not enough."""
    right: tuple[Span, ...] = ()
    if one.oldest is not None:
        waits = case_words.clock((now - one.oldest).total_seconds())
        right = (Span(_("longest wait {time}").format(time=waits), "alert-red" if one.overdue else "foreground"),)
    there = [item for item in items if item.text]
    first, rest = filled(there, width - sum(len(s.text) + 1 for s in right))
    if not rest:
        return (Line(tuple(first), right),)
    return Line(tuple(first), right), Line(tuple(filled(rest, width)[0]))


PANE = PaneSpec(title=N_("Load"), build=LoadPane, order=16)
