"""The line at the foot: what was just said, else which keys matter here."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from socialroom.domain.text import clean_line
from socialroom.tui._wrap import cells, fit
from socialroom.tui.pane import Host
from socialroom.tui.theming import ROOM_DEFAULTS

_STAYS: Final = {1: 4.0, 2: 8.0, 3: 20.0}  # seconds, by severity
_NARROW: Final = 100  # cells; below, a sentence and a hint take turns
_WHOLE: Final = 4.0  # seconds a sentence has for itself there
_NOTHING: Final = ("", 0, 0.0)  # said, severity, until


class StatusLine(Widget):
    """Says one sentence for a while; between sentences it shows keys, and in the demo what comes next."""

    DEFAULT_CSS = """
    StatusLine { height: 1; width: 1fr; background: $surface; color: $foreground; }
    """

    def __init__(self, host: Host) -> None:
        super().__init__()
        self._host = host
        self._said = ""
        self._severity = 1
        self._until = 0.0
        self._said_at = 0.0
        self._under = _NOTHING
        self._line = ""
        self.keys: list[tuple[str, str]] = []
        self.hint = ""

    def say(self, text: str, severity: int = 1) -> None:
        """One sentence, the newest: what an operator's own act did is never hidden behind something older.

        A more severe one comes back for the rest of its time when a lesser one is over.
        """
        now = self._host.clock.monotonic()
        if severity < self._severity and now < self._until:
            self._under = (self._said, self._severity, self._until)
        elif severity >= self._under[1]:
            self._under = _NOTHING
        self._said, self._severity = clean_line(text, 400), severity
        self._said_at, self._until = now, now + _STAYS.get(severity, 6.0)
        self.refresh()

    def settle(self, text: str) -> None:
        """One sentence that makes everything said before it untrue."""
        self._until, self._under = 0.0, _NOTHING
        self.say(text)

    def show_keys(self, keys: list[tuple[str, str]]) -> None:
        """Keys and what they do, the most useful first."""
        if keys != self.keys:
            self.keys = keys
            self.refresh()

    def show_hint(self, hint: str) -> None:
        """What the demo suggests."""
        if hint != self.hint:
            self.hint = hint
            self.refresh()

    def show_line(self, line: str) -> None:
        """A line that stands until the next one, or until "" takes it away: the choices after a first key."""
        if line or self._line:
            self._line = line
            self.styles.height = len(self._packed())
            self.refresh()

    def _packed(self) -> list[str]:
        """The line's parts, two spaces apart, on as many lines as they need in this width."""
        lines = [""]
        for part in self._line.split("  "):
            longer = f"{lines[-1]}  {part}" if lines[-1] else f" {part}"
            if lines[-1] and cells(longer) > self.size.width:
                lines.append(f" {part}")
            else:
                lines[-1] = longer
        return lines

    def again(self) -> None:
        """Takes a sentence away when its time is over."""
        now = self._host.clock.monotonic()
        if self._said and self.hint:
            self.refresh()
        if self._said and now >= self._until:
            (self._said, self._severity, self._until), self._under = self._under, _NOTHING
            if now >= self._until:
                self._said = ""
            self.refresh()

    @property
    def text(self) -> str:
        """What is said now."""
        return self._said

    def render_line(self, y: int) -> Strip:
        """Its line; it has more than one only while there are many choices."""
        variables = self.app.theme_variables
        back = variables.get("surface", "#161310")

        def ink(name: str, *, bold: bool = False) -> Style:
            return Style(color=variables.get(name) or ROOM_DEFAULTS.get(name, "#ffffff"), bgcolor=back, bold=bold)

        width = self.size.width
        plain = ink("foreground")
        segments: list[Segment] = []
        used = 0
        hint = f" ▸ {self.hint}" if self.hint else ""
        if self._line:
            text = fit(next(iter(self._packed()[y:]), ""), width)
            return Strip([Segment(text, ink("primary", bold=True))]).adjust_cell_length(width, plain)
        if self._said:
            if hint and width < _NARROW and self._host.clock.monotonic() - self._said_at > _WHOLE:
                return Strip([Segment(fit(hint, width), ink("alert-amber", bold=True))]).adjust_cell_length(
                    width, plain
                )
            style = {1: plain, 2: ink("alert-amber", bold=True), 3: ink("alert-red", bold=True)}[self._severity]
            # The next key of the demo stays in sight beside it, or comes after it where there is no room for both.
            room = max(width // 2, width - cells(hint)) if hint and width >= _NARROW else width
            text = fit(" " + self._said, room)
            segments = [
                Segment(text, style),
                Segment(fit(hint, max(0, width - cells(text))), ink("alert-amber", bold=True)),
            ]
            return Strip(segments).adjust_cell_length(width, plain)
        if hint:
            text = fit(hint, width)
            segments.append(Segment(text, ink("alert-amber", bold=True)))
            used = cells(text)
        *first, last = self.keys or [("", "")]
        kept = cells(last[0]) + cells(last[1]) + 3  # the last one, help, is always there
        for key, does in [*first, last]:
            size = cells(key) + cells(does) + 3
            if used + size + (kept if (key, does) != last else 0) > width:
                continue
            segments += [Segment(f" {key}", ink("ours", bold=True)), Segment(f" {does} ", ink("muted"))]
            used += size
        return Strip(segments).adjust_cell_length(width, plain)
