"""The line at the top: which room, as whom, since when it listens, how fast posts come, what rings, and the time."""

from __future__ import annotations

from math import ceil
from typing import Final, NamedTuple, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from socialroom.domain.case_filter import counts, waiting_for_approval
from socialroom.domain.draft import OutboxState
from socialroom.domain.operator import Role
from socialroom.domain.roles import Right, may
from socialroom.domain.text import clean_line
from socialroom.locale import _, date, ngettext, number, time_of_day
from socialroom.tui._wrap import cells, fit
from socialroom.tui.notes import unread
from socialroom.tui.pane import Host
from socialroom.tui.theming import ROOM_DEFAULTS

_BARS: Final = "▁▂▃▄▅▆▇█"
_MANY: Final = 500
_SPARK: Final = 24  # columns of the sparkline: two minutes


def sparkline(rate: tuple[int, ...], width: int = _SPARK) -> str:
    """Counts as bars, the newest at the right; the scale starts at the highest count or at 4."""
    shown = rate[-width:]
    highest = max(4, *shown) if shown else 4
    return "".join(_BARS[min(7, round(7 * n / highest))] for n in shown)


class _Item(NamedTuple):
    """A thing to show; lower ranks are kept longer as the line gets narrower."""

    rank: int
    text: str
    style: Style


class Ink(Protocol):
    """A colour of the theme as a style on the header."""

    def __call__(self, name: str, *, bold: bool = False) -> Style:
        """The style."""
        ...


class RoomHeader(Widget):
    """Paints from `host.state`; `again` repaints when something in it changed."""

    DEFAULT_CSS = """
    RoomHeader { height: 1; width: 1fr; background: $surface; color: $foreground; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._shown: Strip | None = None
        self._counted: tuple[int, int] = (-1, -1)  # the state's turn, and the second
        self._counts: dict[str, int] = {}

    def again(self) -> None:
        """Repaints if it would look different."""
        if not self.is_attached or not self.size.width:
            return
        strip = self._painted(self.size.width)
        if strip != self._shown:
            self._shown = strip
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Its one line."""
        del y
        return self._painted(self.size.width)

    def _painted(self, width: int) -> Strip:
        variables = self.app.theme_variables
        back = variables.get("surface", "#161310")

        def ink(name: str, *, bold: bool = False) -> Style:
            return Style(color=variables.get(name) or ROOM_DEFAULTS.get(name, "#ffffff"), bgcolor=back, bold=bold)

        plain = ink("foreground")
        left, right = self._left(ink, narrow=width < 120), self._right(ink)
        # What must be seen takes its place first; the rest is left out whole, the least needed first.
        wanted = sorted([*left, *right], key=lambda item: item.rank)
        shown: set[int] = set()
        used = 0
        for item in wanted:
            size = cells(item.text) + 2
            if used + size <= width:
                shown.add(id(item))
                used += size
        first = [i for i in left if id(i) in shown]
        last = [i for i in right if id(i) in shown]
        if not first and left:  # nothing is as narrow as this but a test, or a phone
            return Strip([Segment(fit(left[0].text, width), left[0].style)]).adjust_cell_length(width, plain)
        segments = [s for i in first for s in (Segment(" ", plain), Segment(i.text, i.style), Segment(" ", plain))]
        tail = [s for i in last for s in (Segment(" ", plain), Segment(i.text, i.style), Segment(" ", plain))]
        return Strip([*segments, Segment(" " * (width - used), plain), *tail]).adjust_cell_length(width, plain)

    def _left(self, ink: Ink, *, narrow: bool) -> list[_Item]:
        state, settings = self._host.state, self._host.settings
        found = [_Item(0, clean_line(settings.room, 40) or "socialroom", ink("primary", bold=True))]
        if settings.demo:
            said = _("DEMO") if narrow else _("DEMO, nothing leaves this machine")
            found.append(_Item(2, said, ink("alert-amber", bold=True)))
        if not state.attached:
            gone = bool(state.problem)
            waits = "✕ " + _("the room does not answer") if gone else _("starting…")
            found.append(_Item(1, waits, ink("alert-red" if gone else "alert-amber", bold=True)))
        if leaving := self._leaving():
            found.append(_Item(1, leaving, ink("alert-amber", bold=True)))
        if (stopped := state.publishing) is not None:
            said = _("PUBLISHING FROZEN by {name}") if not narrow else _("FROZEN by {name}")
            found.append(_Item(0, said.format(name=clean_line(stopped.by, 30)), ink("alert-red", bold=True)))
        if calls := unread(self._host):
            said = ngettext("✎ {n} note for you", "✎ {n} notes for you", calls)
            if narrow:
                said = "✎ " + ngettext("{n} note", "{n} notes", calls)
            found.append(_Item(2, said.format(n=number(calls)), ink("marked", bold=True)))
        if ringing := state.ringing(self._host.clock.now()):
            said = ngettext("{n} rings", "{n} ring", len(ringing)).format(n=number(len(ringing)))
            found.append(_Item(1, f"▲ {said}", ink("alert-red", bold=True)))
        found += self._cases(ink, narrow=narrow)
        for account in list(state.accounts.values())[:3]:
            handle = f"@{clean_line(account.handle, 40).removeprefix('@')}"
            if account.ready:
                found.append(_Item(3, handle, ink("ours", bold=True)))
            else:
                found.append(_Item(3, _("{handle} not ready").format(handle=handle), ink("alert-amber")))
        return found

    def _cases(self, ink: Ink, *, narrow: bool) -> list[_Item]:
        """How many cases wait; figures that are nought stand there too, so that nothing beside them jumps."""
        if self._host.state.overview is None or self._host.settings.read_only:
            return []
        counts = self._count()
        free, mine, late, waits = (counts.get(v, 0) for v in ("unassigned", "mine", "overdue", "approval"))
        late_said = ngettext("{n} late", "{n} late", late) if narrow else ngettext("{n} overdue", "{n} overdue", late)
        free_said = ngettext("{n} free", "{n} free", free)
        if not narrow:
            free_said = ngettext("{n} unassigned", "{n} unassigned", free)
        shown = [
            (1, late_said, late, ink("alert-red" if late else "muted", bold=bool(late))),
            (2, free_said, free, ink("foreground" if free else "muted")),
            (2, ngettext("{n} mine", "{n} mine", mine), mine, ink("ours" if mine else "muted", bold=bool(mine))),
        ]
        if may(self._role, Right.APPROVE, self._host.state.rights):
            said = ngettext("{n} to approve", "{n} to approve", waits)
            shown.append((2, said, waits, ink("claimed" if waits else "muted", bold=bool(waits))))
        return [_Item(rank, said.format(n=number(count)), style) for rank, said, count, style in shown]

    @property
    def _role(self) -> Role:
        overview = self._host.state.overview
        assert overview is not None
        return overview.operator.role

    def _count(self) -> dict[str, int]:
        """Once a second at most where there are many, else whenever one changed."""
        state, now = self._host.state, self._host.clock.now()
        here = (state.turn if len(state.cases) <= _MANY else 0, int(now.timestamp()))
        if here != self._counted:
            self._counted = here
            me = self._host.settings.operator
            self._counts = counts(state.cases.values(), me, now, waiting_for_approval(state.outbox.values()))
        return self._counts

    def _leaving(self) -> str:
        """This operator's send that still counts down, wherever the composer is."""
        mine = [i for i in self._host.state.outbox.values() if i.operator == self._host.settings.operator]
        due = [i.due_at for i in mine if i.state is OutboxState.COUNTDOWN and i.due_at is not None]
        if not due:
            return ""
        seconds = max(0, ceil((min(due) - self._host.clock.now()).total_seconds()))
        return _("sends in {n} s · {key} takes it back").format(n=seconds, key=self._host.key_of("room.undo"))

    def _right(self, ink: Ink) -> list[_Item]:
        state = self._host.state
        pulse, overview = state.pulse, state.overview
        found: list[_Item] = []
        if overview is not None and overview.languages:
            found.append(_Item(8, " ".join(overview.languages), ink("muted")))
        if pulse is not None:
            found.append(
                _Item(7, ngettext("{n} post", "{n} posts", pulse.posts).format(n=number(pulse.posts)), ink("muted"))
            )
            found.append(_Item(5, sparkline(pulse.rate), ink("primary")))
        here = sorted({clean_line(n, 30) for n in state.present} | {clean_line(self._host.settings.operator, 30)})
        found.append(_Item(6, " ".join(h for h in here if h), ink("muted")))
        now = self._host.clock.now()
        found.append(_Item(9, date(now), ink("muted")))
        found.append(_Item(1, time_of_day(now), ink("foreground", bold=True)))
        return found
