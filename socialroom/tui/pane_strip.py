"""The line that names all panes when not all of them are in view, so that none is forgotten behind another."""

from __future__ import annotations

from collections.abc import Sequence

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from socialroom.tui._wrap import cells, fit
from socialroom.tui.lines import SEPARATOR
from socialroom.tui.pane import Host
from socialroom.tui.theming import ROOM_DEFAULTS
from socialroom.tui.tiles import Tiles


def shares(wanted: Sequence[int], room: int) -> list[int]:
    """Cells for each name: what it wants where that fits, else the longest are cut first, none below four."""
    given = list(wanted)
    while sum(given) > room and max(given) > 4:
        given[given.index(max(given))] -= 1
    return given


def told_apart(called: Sequence[str]) -> list[str]:
    """Names without a first part that several share ("Cases · mine 1" → "mine 1"): cut, they would look the same."""
    firsts = [name.partition(SEPARATOR)[0] for name in called]
    return [
        name.partition(SEPARATOR)[2] if firsts.count(first) > 1 and SEPARATOR in name else name
        for name, first in zip(called, firsts, strict=True)
    ]


class PaneStrip(Widget):
    """Number and name of each pane: the one in front stands out, those out of view are dim."""

    DEFAULT_CSS = """
    PaneStrip { height: 1; width: 1fr; background: $background; display: none; }
    PaneStrip.-needed { display: block; }
    """

    def __init__(self, host: Host, tiles: Tiles) -> None:
        super().__init__()
        self._host, self._tiles = host, tiles
        self._shown: Strip | None = None

    def again(self) -> None:
        """Shows itself if a pane is out of view, and repaints what looks different."""
        panes = list(self._tiles.panes())
        self.set_class(any(not p.display for p in panes), "-needed")
        if self.is_attached and self.size.width and (strip := self._painted()) != self._shown:
            self._shown = strip
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Its one line."""
        del y
        return self._painted()

    def _painted(self) -> Strip:
        variables = self.app.theme_variables
        back = variables.get("background", "#0d0b09")

        def ink(name: str, *, bold: bool = False, on: str = back) -> Style:
            return Style(color=variables.get(name) or ROOM_DEFAULTS.get(name, "#ffffff"), bgcolor=on, bold=bold)

        width = self.size.width
        segments: list[Segment] = []
        used = 0
        panes = list(self._tiles.panes())
        names = [f" {pane.number or '·'} {pane.called} " for pane in panes]
        if sum(cells(name) for name in names) > width:
            short = told_apart([pane.called for pane in panes])
            names = [f" {pane.number or '·'} {name} " for pane, name in zip(panes, short, strict=True)]
        for pane, name, share in zip(panes, names, shares([cells(n) for n in names], width), strict=True):
            text = fit(name, share)
            if used + cells(text) > width:
                break
            if pane.key == self._tiles.focused:
                style = ink("held-text", bold=True, on=variables.get("primary", "#ff8f1f"))
            else:
                style = ink("foreground") if pane.display else ink("muted")
            segments.append(Segment(text, style))
            used += cells(text)
        return Strip(segments).adjust_cell_length(width, ink("foreground"))
