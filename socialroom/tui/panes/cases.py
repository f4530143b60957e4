"""Cases: one view of them at a time, the most pressing first; the case under the cursor stays under it.

The cursor's case keeps its place among its neighbours however it changes, and one that an act took out of the view
stays where it is, dim and with its new state, until the cursor moves on: who closes the wrong case sees which it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType

from socialroom.domain.case import Case
from socialroom.domain.case_filter import VIEWS, matches, pressing, waiting_for_approval
from socialroom.domain.events import (
    Attending,
    CaseChanged,
    CaseGone,
    Event,
    NoteChanged,
    NoteGone,
    OutboxChanged,
    Presence,
    Withdrawn,
)
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, CaseFilter, Cases, CasesPage
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui import case_words
from socialroom.tui._wrap import cells, fit
from socialroom.tui.bindings import CASES_BINDINGS
from socialroom.tui.case_words import Signals
from socialroom.tui.feed_paint import BADGES
from socialroom.tui.last_words import LastWords, asked_in
from socialroom.tui.lines import SEPARATOR, Line, Row, Span, filled, safe
from socialroom.tui.list_pane import ListPane
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.speaking import network_name

VIEW_WORDS: Final = {
    "open": N_("all open"),
    "unassigned": N_("unassigned"),
    "mine": N_("mine"),
    "approval": N_("to approve"),
    "overdue": N_("overdue"),
    "snoozed": N_("snoozed"),
    "escalated": N_("escalated"),
    "handed over": N_("handed over"),
    "done": N_("done"),
    "all": N_("all"),
}
OF: Final = "@"  # an argument that begins with it names an operator: the open cases assigned to them
_FIRST: Final = "unassigned"
_MANY: Final = 1_000  # cases from which the list is sorted once a second at most
_FIRST_LOOK: Final = 40  # rows whose words are asked for before it is known which are in view
_NO_SIGNALS: Final = Signals()
_MARK: Final = Span("◆", "marked", bold=True)
_BLANK: Final = (Line(), Line())
_WORDS_EVERY: Final = 5.0  # seconds between two questions which cases have the words of a filter
_WORDED: Final = 1_000
_FOREVER: Final = float("inf")

_Look = tuple[Case, Signals, Post | None, int, bool, bool]  # what a row shows, but for the time


class CasesPane(ListPane):
    """One view of the cases. Its argument is a view, a saved filter's name, or "@" and an operator's name."""

    context: ClassVar[str] = "cases"
    wants: ClassVar[tuple[type[Event], ...]] = (
        CaseChanged, CaseGone, NoteChanged, NoteGone, OutboxChanged, Attending, Presence, Withdrawn,
    )  # fmt: skip
    BINDING_GROUP_TITLE = N_("Cases")
    BINDINGS: ClassVar[list[BindingType]] = [*CASES_BINDINGS]

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "cases", argument)
        self._showing = argument or _FIRST
        self._order: list[str] = []
        self._left: set[str] = set()  # shown still, though they are no part of the view any more
        self._marked: set[str] = set()
        self._dirty = True
        self._ends = _FOREVER  # when time alone changes the view
        self._sorted_at = -_FOREVER
        self._width = 0
        self._signals: dict[str, Signals] = {}
        self._built: dict[str, tuple[_Look, Row]] = {}
        self._words = LastWords(host, self._more_words)
        self._overdue = 0
        self._worded: frozenset[str] = frozenset()  # cases that have the words of the filter
        self._worded_at = -_FOREVER
        self._unworded = True  # it may be others by now

    # --- which view -----------------------------------------------------------------------------------------------

    @property
    def asked(self) -> CaseFilter:
        """The filter that is shown."""
        name = self._showing
        saved = next((f for f in self.host.state.filters if f.name == name), None)
        if saved is not None:
            return saved
        if name.startswith(OF):
            return CaseFilter(view="open", assigned_to=name.removeprefix(OF))
        return CaseFilter(view=name if name in VIEWS else _FIRST)

    @property
    def showing(self) -> str:
        """Which view is shown, as an argument of this pane."""
        return self._showing

    def views(self) -> list[str]:
        """What the switcher goes through: the views, then the saved filters, then what the pane was opened for."""
        found = [*VIEWS, *(f.name for f in self.host.state.filters if f.name)]
        return found if self.argument in found or not self.argument.startswith(OF) else [*found, self.argument]

    def show(self, name: str) -> None:
        """Shows another view, from its top."""
        self._showing = name
        self._worded = frozenset()
        self._marked.clear()
        self._ask_for_words()
        self._forget_places()
        self.view.release()
        self.renew()

    def _forget_places(self) -> None:
        self._order, self._left, self._dirty = [], set(), True

    def action_next_view(self) -> None:
        """The next view."""
        self._step(1)

    def action_previous_view(self) -> None:
        """The view before."""
        self._step(-1)

    def _step(self, by: int) -> None:
        views = self.views()
        at = views.index(self._showing) if self._showing in views else -1
        self.show(views[(at + by) % len(views)])

    def title(self) -> str:
        """The view, how many cases it shows, and how many of them are late."""
        self._sort()
        said = [_("Cases"), f"{view_said(self._showing)} {number(len(self._order) - len(self._left))}"]
        if self._marked:
            marked = ngettext("{n} marked", "{n} marked", len(self._marked))
            said.append(marked.format(n=number(len(self._marked))))
        if self._overdue and self.asked.view != "overdue":
            late = ngettext("{n} overdue", "{n} overdue", self._overdue)
            said.append(late.format(n=number(self._overdue)))
        return SEPARATOR.join(said)

    def empty(self) -> str:
        """Said when the view shows none."""
        if self.host.state.overview is None:
            return _("The room does not answer yet.")
        key = self.keys("cases.next_view")
        said = _("No case here: {view}.").format(view=view_said(self._showing))
        return said + (" " + _("{key} shows the next view.").format(key=key) if key else "")

    # --- what is chosen -------------------------------------------------------------------------------------------

    @property
    def case(self) -> Case | None:
        """The case under the cursor."""
        row = self.view.current
        return self.host.state.cases.get(row) if row is not None else None

    def conversations(self) -> list[str]:
        """The marked cases in their order, else the one under the cursor."""
        marked = [c for c in self._order if c in self._marked]
        return marked or ([self.case.id] if self.case is not None else [])

    def selected(self) -> Post | None:
        """The message of the case under the cursor, once it is known."""
        return self._words.known(self.case) if self.case is not None else None

    def question(self) -> str:
        """The uri of the message that the case under the cursor waits on; empty where there is no case."""
        return asked_in(self.case) if self.case is not None else ""

    def unmark(self) -> None:
        """Takes all marks away."""
        if self._marked:
            self._marked.clear()
            self.renew()

    def next_one(self) -> None:
        """On to the next case."""
        self.action_cursor_down()

    def action_mark(self) -> None:
        """Marks the case, or takes the mark away, and goes on to the next."""
        if self.case is not None:
            self._marked ^= {self.case.id}
            self.action_cursor_down()
            self.renew()

    def action_tidy(self) -> None:
        """Lets go what does not belong here any more, and puts everything in its place."""
        self._forget_places()
        self.renew()

    def act(self, row: str) -> None:
        """The conversation, beside."""
        case = self.host.state.cases.get(row)
        if case is not None:
            post = self._words.known(case)
            if post is not None:
                self.host.open_thread(post)
            else:
                self.host.open_thread_of(asked_in(case))

    # --- what happens ---------------------------------------------------------------------------------------------

    def loaded(self) -> None:
        """The room was read anew."""
        self._words.forget()
        self._dirty = True
        self._ask_for_words()
        super().loaded()

    def hear(self, event: Event) -> None:
        """What changes a case, or what is known of it."""
        match event:
            case Withdrawn(uris=uris):
                self._words.withdraw(uris)
            case CaseGone(case=gone):
                self._marked.discard(gone)
                self._dirty = True
            case _:
                self._dirty = self._unworded = True
        super().hear(event)

    def _more_words(self) -> None:
        if self.is_attached and not self._due:
            self._due = True
            self.call_later(self.renew)

    def _moved(self) -> None:
        """The cursor went elsewhere: what it kept in place goes to its own."""
        if self._left - {self.view.current or ""}:
            self._dirty = True
            self.renew()

    def action_cursor_down(self) -> None:
        """Next case."""
        super().action_cursor_down()
        self._moved()

    def action_cursor_up(self) -> None:
        """Previous case."""
        super().action_cursor_up()
        self._moved()

    # --- the list -------------------------------------------------------------------------------------------------

    def _sort(self) -> None:
        """Which cases, and in which order, where anything may have changed that."""
        now, monotonic = self.host.clock.now(), self.host.clock.monotonic()
        cases = self.host.state.cases
        if not self._dirty and now.timestamp() < self._ends:
            return
        if self._order and len(cases) > _MANY and monotonic - self._sorted_at < 1.0:
            self._order = [c for c in self._order if c in cases]
            return
        self._dirty, self._sorted_at = False, monotonic
        self._signals = signals(self.host)
        waiting = waiting_for_approval(self.host.state.outbox.values())
        asked, me = self.asked, self.host.settings.operator
        found = [c for c in cases.values() if matches(c, asked, me, now, waiting)]
        if asked.words:
            found = [c for c in found if c.id in self._worded]
        found.sort(key=lambda c: pressing(c, now))
        self._overdue = sum(c.overdue_at(now) for c in found)
        self._ends = min((t for c in cases.values() for t in _ends(c, now)), default=_FOREVER)
        order = [c.id for c in found]
        self._left = set()
        kept = self.view.current if self.view.held else None
        if kept is not None and kept in cases and kept in self._order:
            self._left = {kept} - set(order)
            order = in_place(kept, self._order, order)
        self._order = order
        self._marked &= set(order)

    def tick(self, now: datetime) -> None:
        """Clocks; and which cases have the words of a filter, which only the room can tell."""
        if self._unworded and self.host.clock.monotonic() - self._worded_at >= _WORDS_EVERY:
            self._ask_for_words()
        self._moved()  # by a click, or by a page
        super().tick(now)

    def _ask_for_words(self) -> None:
        asked = self.asked
        self._unworded, self._worded_at = False, self.host.clock.monotonic()
        if not asked.words or self.host.state.overview is None:
            return

        def answered(answer: Answer) -> None:
            if isinstance(answer, Cases) and asked == self.asked:
                self._worded = frozenset(c.id for c in answer.cases)
                self._dirty, self._sorted_at = True, -_FOREVER
                self._more_words()

        self.host.ask(CasesPage(filter=asked, limit=_WORDED), answered, lambda _error: None)

    def rows(self, width: int) -> list[Row]:
        """One row a case; those out of view as they were built last, or blank: all are of one height."""
        self._sort()
        now = self.host.clock.now()
        in_view = self.view.in_view or frozenset(self._order[: max(_FIRST_LOOK, self.view.size.height)])
        made: dict[str, tuple[_Look, Row]] = {}
        rows: list[Row] = []
        for name in self._order:
            case = self.host.state.cases.get(name)
            if case is None:
                continue
            seen = name in in_view
            post = self._words.of(case) if seen else self._words.known(case)
            told = self._signals.get(name, _NO_SIGNALS)
            look = (case, told, post, width, name in self._marked, name in self._left)
            known = self._built.get(name)
            if seen and (known is None or known[0] != look or case.is_open):  # its clock ticks
                known = look, self._row(look, now)
            if known is None or known[0] != look:
                rows.append(Row(name, _BLANK))
            else:
                made[name] = known
                rows.append(known[1])
        self._built = made
        return rows

    def _row(self, look: _Look, now: datetime) -> Row:
        case, told, post, width, marked, left = look
        me = self.host.settings.operator
        sign = case_words.sign(case, now)
        due = case_words.deadline(case, now)
        if due is not None and due.ink == "alert-red":
            sign = Span("■", "alert-red", bold=True)
        network = f"network-{case.network}" if case.network in BADGES else "network-other"
        right = (due,) if due is not None else ()
        room = width - sum(cells(s.text) + 1 for s in right)
        who, where = safe(case.title) or _("a conversation"), case_words.state(case, me, now)
        if cells(who) + cells(where.text) + len(SEPARATOR) > room:  # both stand there, whatever must be cut
            where = where._replace(text=fit(where.text, max(room * 2 // 3, room - cells(who) - len(SEPARATOR))))
            who = fit(who, room - cells(where.text) - len(SEPARATOR))
        head = [
            Span(who, "muted" if left else "foreground", bold=not left),
            where,
            *([held] if (held := case_words.held(case, me, now)) is not None else []),
            Span(network_name(case.network), network),
            *case_words.facts(case, me, told),
        ]
        first, rest = filled(head, room)
        words = f"“{_words_of(post)}”" if post is not None and _words_of(post) else ""
        second, _unsaid = filled(rest, width if not words else max(width // 2, width - cells(words) - 3))
        taken = sum(cells(s.text) for s in second)
        if words:
            second += [Span(SEPARATOR, "muted")] if second else []
            free = width - taken - (len(SEPARATOR) if second else 0)
            second.append(Span(fit(safe(words), free), "muted" if left else "foreground"))
        lines = (Line(tuple(first), right), Line(tuple(second)))
        return Row(case.id, lines, _MARK if marked else sign)


def in_place(kept: str, before: Sequence[str], now: Sequence[str]) -> list[str]:
    """The new order, with one thing left between those it stood between.

    Others may have moved across each other: then it stands where the fewest of them changed sides, and of such places
    right after what it stood after. One neighbour that went far away does not take it along.
    """
    rest = [one for one in now if one != kept]
    at = before.index(kept)
    above, below = frozenset(before[:at]), frozenset(before[at + 1 :])
    nearest = {one: at - n for n, one in enumerate(before[:at])}
    wrong = sum(one in above for one in rest)  # were it put first, all that stood above it would stand below
    best, place = (wrong, len(before)), 0
    for n, one in enumerate(rest, start=1):
        wrong += (one in below) - (one in above)
        best, place = min((best, place), ((wrong, nearest.get(one, len(before))), n))
    return [*rest[:place], kept, *rest[place:]]


def signals(host: Host) -> dict[str, Signals]:
    """What is known of cases besides the cases, by conversation; where there is nothing, nothing is said."""
    state, me = host.state, host.settings.operator
    notes: dict[str, list[bool]] = {}
    for note in state.notes.values():
        notes.setdefault(note.subject, []).append(me not in (note.author, *note.read_by))
    waiting: dict[str, int] = {}
    for item in state.outbox.values():
        for conversation in waiting_for_approval([item]):
            waiting[conversation] = waiting.get(conversation, 0) + 1
    present = case_words.presence(tuple(state.attending.values()), me)
    found: dict[str, Signals] = {}
    for name in {*notes, *waiting, *present}:
        typing, looking = present.get(name, ((), ()))
        there = notes.get(name, [])
        found[name] = Signals(
            unread=sum(there), notes=len(there), waiting=waiting.get(name, 0), typing=typing, looking=looking
        )
    return found


def view_said(name: str) -> str:
    """What a view is called."""
    if name in VIEW_WORDS:
        return _(VIEW_WORDS[name])
    if name.startswith(OF):
        return _("of {name}").format(name=safe(name.removeprefix(OF)))
    return safe(name)


def _ends(case: Case, now: datetime) -> list[float]:
    """When this case will stand elsewhere though nobody does anything."""
    if not case.is_open:
        return []
    times = (case.claimed_until, case.snoozed_until, case.respond_by, case.resolve_by)
    return [t.timestamp() for t in times if t is not None and t > now]


def _words_of(post: Post) -> str:
    return " ".join((post.warning or post.text or post.title).split())  # a warning hides what it warns of


PANE = PaneSpec(title=N_("Cases"), build=CasesPane, order=15, shows=tuple(VIEW_WORDS.items()))
