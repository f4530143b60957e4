"""The line at the top: which room, as whom, since when it listens, how fast posts come, what rings, and the time."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from socialroom.domain.text import clean_line
from socialroom.locale import _, date, ngettext, number, time_of_day
from socialroom.tui._wrap import cells, fit
from socialroom.tui.pane import Host
from socialroom.tui.theming import ROOM_DEFAULTS

_BARS: Final = "▁▂▃▄▅▆▇█"
_SPARK: Final = 24  # columns of the sparkline: two minutes


def sparkline(rate: tuple[int, ...], width: int = _SPARK) -> str:
    """Counts as bars, the newest at the right; the scale starts at the highest count or at 4."""
    shown = rate[-width:]
    highest = max(4, *shown) if shown else 4
    return "".join(_BARS[min(7, round(7 * n / highest))] for n in shown)


class RoomHeader(Widget):
    """Paints from `host.state`; `again` repaints when something in it changed."""

    DEFAULT_CSS = """
    RoomHeader { dock: top; height: 1; width: 1fr; background: $surface; color: $foreground; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._shown: Strip | None = None

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

        plain, muted = ink("foreground"), ink("muted")
        left = self._left(ink)
        right = self._right(ink)
        used = 0
        segments: list[Segment] = []
        tail_width = 0
        tail: list[Segment] = []
        for text, style in reversed(right):  # the time always, then what fits beside the room's name
            size = cells(text) + 2
            if tail_width + size > width * 2 // 3:
                continue
            tail[:0] = [Segment("  ", muted), Segment(text, style)]
            tail_width += size
        for text, style in left:
            size = cells(text) + 1
            if used + size + tail_width > width:
                rest = width - tail_width - used - 1
                if rest >= 8:
                    cut = fit(text, rest)
                    segments += [Segment(" ", plain), Segment(cut, style)]
                    used += cells(cut) + 1
                break
            segments += [Segment(" ", plain), Segment(text, style)]
            used += size
        gap = max(0, width - used - tail_width)
        return Strip([*segments, Segment(" " * gap, plain), *tail]).adjust_cell_length(width, plain)

    def _left(self, ink: object) -> list[tuple[str, Style]]:
        state, settings = self._host.state, self._host.settings
        assert callable(ink)
        overview = state.overview
        found: list[tuple[str, Style]] = [(clean_line(settings.room, 40) or "socialroom", ink("primary", bold=True))]
        if settings.demo:
            found.append((_("DEMO, nothing leaves this machine"), ink("alert-amber", bold=True)))
        if not state.attached:
            waits = _("starting…") if overview is None and not state.problem else _("the room does not answer")
            found.append((f"✕ {waits}" if state.problem else waits, ink("alert-red", bold=True)))
        ringing = state.ringing()
        if ringing:
            said = ngettext("{n} rings", "{n} ring", len(ringing)).format(n=number(len(ringing)))
            found.append((f"▲ {said}", ink("alert-red", bold=True)))
        for account in list(state.accounts.values())[:2]:
            handle = f"@{clean_line(account.handle, 40).removeprefix('@')}"
            if account.ready:
                found.append((handle, ink("ours", bold=True)))
            else:
                found.append((_("{handle} not ready").format(handle=handle), ink("alert-amber")))
        return found

    def _right(self, ink: object) -> list[tuple[str, Style]]:
        state = self._host.state
        assert callable(ink)
        pulse, overview = state.pulse, state.overview
        found: list[tuple[str, Style]] = []
        if overview is not None and overview.languages:
            found.append((" ".join(overview.languages), ink("muted")))
        if pulse is not None:
            found.append((_("{n} posts").format(n=number(pulse.posts)), ink("muted")))
            found.append((sparkline(pulse.rate), ink("primary")))
        others = sorted({clean_line(n, 30) for n in state.present})
        if len(others) > 1:
            found.append((" ".join(others), ink("muted")))
        else:
            found.append((clean_line(self._host.settings.operator, 30), ink("muted")))
        now = self._host.clock.now()
        found.append((date(now), ink("muted")))
        found.append((time_of_day(now), ink("foreground", bold=True)))
        return found
