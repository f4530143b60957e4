"""What the room listens to, and how honestly each source can say that it does: trouble first, with its reason."""

from __future__ import annotations

import math
from datetime import datetime
from typing import ClassVar, Final

from textual.binding import BindingType

from socialroom.domain.errors import Problem
from socialroom.domain.events import AccountChanged, Event, SourceChanged
from socialroom.domain.requests import Done, PollNow
from socialroom.domain.source import Account, SourceState, SourceStatus
from socialroom.domain.text import SafeText
from socialroom.locale import N_, _, duration, ngettext, number
from socialroom.tui._wrap import cells, fit
from socialroom.tui.bindings import SOURCES_BINDINGS
from socialroom.tui.feed_paint import BADGES
from socialroom.tui.lines import Line, Row, Span, flow, paragraph, safe
from socialroom.tui.list_pane import ListPane
from socialroom.tui.pane import Host, PaneSpec

WIDE: Final = 72  # cells from which names, networks and states stand in columns
_NAME_CELLS: Final = 18
_NETWORK_CELLS: Final = 12
_INKS: Final = {
    SourceStatus.STARTING: ("…", "muted"),
    SourceStatus.LIVE: ("•", "answered"),
    SourceStatus.POLLING: ("•", "answered"),
    SourceStatus.WAITING: ("▲", "alert-amber"),
    SourceStatus.SILENT: ("▲", "alert-amber"),
    SourceStatus.STOPPED: ("■", "alert-red"),
}
_TROUBLE: Final = {SourceStatus.STOPPED: 0, SourceStatus.WAITING: 2, SourceStatus.SILENT: 3, SourceStatus.STARTING: 4}
_MUTE_ACCOUNT: Final = 1  # a source that reads well, and whose account cannot speak
_FINE: Final = 5


# What a row shows, but for the time: rank, source, account, width, cells of names and of networks.
_Look = tuple[int, SourceState, Account | None, int, int, int]


class SourcesPane(ListPane):
    """The sources of the room, and the accounts that speak through them."""

    context: ClassVar[str] = "sources"
    wants: ClassVar[tuple[type[Event], ...]] = (SourceChanged, AccountChanged)
    BINDING_GROUP_TITLE = N_("Sources")
    BINDINGS: ClassVar[list[BindingType]] = [*SOURCES_BINDINGS]

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "sources", argument)
        self._built: dict[str, tuple[_Look, Row]] = {}

    def hear(self, event: Event) -> None:
        """What only moves figures that tick anyway waits for the next second, and so does what is out of view.

        A stream says of its source with every post that it is well, and 200 sources poll seven times a second.
        """
        if isinstance(event, SourceChanged) and (made := self._built.get(event.source.name)):
            (rank, before, *_rest), _row = made
            new = event.source
            figures = {"heard": new.heard, "last_good_at": new.last_good_at, "next_try_at": new.next_try_at}
            hidden = f"source:{new.name}" not in self.view.in_view and rank == self._rank(new)
            if hidden or before.changed(**figures) == new:
                return
        super().hear(event)

    def empty(self) -> str:
        """Said in a room without sources."""
        return _("The room listens to nothing: its room.toml names no source.")

    def title(self) -> str:
        """How many there are, and how many are in trouble."""
        sources = self._all()
        troubled = sum(self._rank(source) < _TROUBLE[SourceStatus.STARTING] for source in sources)
        if troubled:
            said = ngettext("{count} in trouble", "{count} in trouble", troubled).format(count=number(troubled))
            return _("Sources") + " · " + said
        return _("Sources") + (f" · {number(len(sources))}" if sources else "")

    # What is shown.

    def rows(self, width: int) -> list[Row]:
        """One row a source, trouble first, else in the order of room.toml."""
        now = self.host.clock.now()
        sources = sorted(self._all(), key=self._rank)
        names = min(_NAME_CELLS, max((cells(safe(s.name)) for s in sources), default=0))
        networks = min(_NETWORK_CELLS, max((cells(_titled(s)) for s in sources), default=0))
        made: dict[str, tuple[_Look, Row]] = {}
        for source in sources:
            account = self.host.state.accounts.get(source.name)
            look = (self._rank(source), source, account, width, names, networks)
            known = self._built.get(source.name)
            if known is None or known[0] != look or f"source:{source.name}" in self.view.in_view:
                known = look, self._row(source, width, now, names, networks)
            made[source.name] = known
        self._built = made
        return [row for _look, row in made.values()]

    def _all(self) -> list[SourceState]:
        """The sources, and for an account without one, a source that says nothing of itself."""
        state = self.host.state
        alone = [a for a in state.accounts.values() if a.name not in state.sources and a.problem is not None]
        made = [
            SourceState(name=a.name, network=a.network, title=SafeText(a.network), status=SourceStatus.STARTING)
            for a in alone
        ]
        return [*state.sources.values(), *made]

    def _rank(self, source: SourceState) -> int:
        account = self.host.state.accounts.get(source.name)
        own = _TROUBLE.get(source.status, _FINE)
        return min(own, _MUTE_ACCOUNT) if account is not None and account.problem is not None else own

    def _row(self, source: SourceState, width: int, now: datetime, names: int, networks: int) -> Row:
        sign, ink = _INKS[source.status]
        account = self.host.state.accounts.get(source.name)
        network = f"network-{source.network}" if source.network in BADGES else "network-other"
        heard = Span(ngettext("{n} heard", "{n} heard", source.heard).format(n=number(source.heard)), "muted")
        name, title = safe(source.name), _titled(source)
        indent = names + networks + 4 if width >= WIDE else 0
        room = width - indent - cells(heard.text) - 1 if indent else width
        under = [*flow(_said(source, account, ink, now), room), *_remedies(source, account, width - indent)]
        if indent:
            head = (Span(_column(name, names) + "  ", bold=True), Span(_column(title, networks) + "  ", network))
            lines = [line._replace(spans=(Span(" " * indent), *line.spans)) for line in under]
            lines[0] = Line((*head, *under[0].spans), (heard,))
        else:
            lines = [Line((Span(name, bold=True), Span("  "), Span(title, network)), (heard,)), *under]
        if self._rank(source) == _MUTE_ACCOUNT:
            sign, ink = _INKS[SourceStatus.STOPPED]
        return Row(f"source:{source.name}", tuple(lines), Span(sign, ink, bold=True))

    # What is done.

    def action_poll_this(self) -> None:
        """Asks the source for news now; one that had stopped tries again."""
        _kind, _colon, name = (self.view.current or "").partition(":")
        if name not in self.host.state.sources:
            return

        def done(_done: Done) -> None:
            self.host.say(_("{name} is asked for news.").format(name=safe(name)))

        self.host.do(PollNow(source=name), done)


def _said(source: SourceState, account: Account | None, ink: str, now: datetime) -> list[Span]:
    """State, reason, the age of what is shown, and when it is asked next."""
    said = [Span(_(source.status.value), ink, bold=True)]
    good = source.last_good_at
    troubled = source.status in (SourceStatus.WAITING, SourceStatus.STOPPED, SourceStatus.SILENT)
    if troubled and source.problem is not None:
        said.append(Span(str(source.problem.what), ink))
    if account is not None and account.problem is not None and _same(source, account):
        said.append(Span(_("cannot speak"), "alert-red"))
    if good is not None:
        age = duration((now - good).total_seconds())
        words = _("last good {age} ago") if troubled else _("feed {age} ago")
        said.append(Span(words.format(age=age)))
    elif source.status is not SourceStatus.STARTING:
        said.append(Span(_("nothing read yet")))
    if source.next_try_at is not None:
        said[-1:] = _with_next(said[-1], source.next_try_at, now, again=troubled)
    if not troubled and source.problem is not None:
        said.append(Span(_("no stream: {reason}").format(reason=source.problem.what), "alert-amber"))
    if source.note is not None:
        said.append(Span(str(source.note), "alert-amber" if source.lost else "muted"))
    elif source.lost:
        lost = ngettext("lost {n} so far", "lost {n} so far", source.lost)
        said.append(Span(lost.format(n=number(source.lost)), "alert-amber"))
    return said


def _same(source: SourceState, account: Account) -> bool:
    """Whether one reason keeps it from reading and from speaking."""
    return source.problem is not None and account.problem is not None and source.problem.what == account.problem.what


def _with_next(last: Span, at: datetime, now: datetime, *, again: bool) -> list[Span]:
    """When it is asked next: after a comma where all is well, a thing of its own where it is not."""
    left = duration(math.ceil((at - now).total_seconds()))
    if again:
        return [last, Span(_("next try {time}").format(time=left))]
    return [last._replace(text=last.text + ", " + _("next {time}").format(time=left))]


def _remedies(source: SourceState, account: Account | None, width: int) -> list[Line]:
    """What a person can do: for the reading, and for the account."""
    lines: list[Line] = []
    if source.status in (SourceStatus.STOPPED, SourceStatus.WAITING):
        remedy = _remedy(source.problem)
        if not remedy and source.status is SourceStatus.STOPPED:
            remedy = _("Put it right, then ask it again.")
        if remedy:
            lines += paragraph("→ " + remedy, width)
    if account is not None and account.problem is not None and not _same(source, account):
        lines += paragraph(_("cannot speak: {reason}").format(reason=account.problem.what), width, ink="alert-red")
        if remedy := _remedy(account.problem):
            lines += paragraph("→ " + remedy, width)
    return lines


def _remedy(problem: Problem | None) -> str:
    return str(problem.remedy) if problem is not None and problem.remedy is not None else ""


def _titled(source: SourceState) -> str:
    """What kind of network it is: a name, or a word of the catalogue."""
    return _(safe(source.title))


def _column(text: str, width: int) -> str:
    shown = fit(text, width)
    return shown + " " * (width - cells(shown))


PANE = PaneSpec(title=N_("Sources"), build=SourcesPane, order=30)
