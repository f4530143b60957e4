"""A list of a few hundred things, each on several lines: the alert, sources and outbox panes are made of it.

The owner builds all rows for a width; the view keeps the cursor on the same thing by its id while rows come, go and
change places, and repaints only the lines that differ. Where the reader has scrolled, the line under the cursor stays
where it is on the screen; at the top the list stays at the top, so that the most urgent row is never above the edge.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from socialroom.tui._lines_kept import KeptLines
from socialroom.tui._wrap import cells, fit
from socialroom.tui.lines import Line, Row, Span, paragraph, safe
from socialroom.tui.theming import ROOM_DEFAULTS

GUTTER: Final = 3  # the bar of the selection, a sign, and a space
MINIMUM_WIDTH: Final = 12


class LinesView(KeptLines, can_focus=True):
    """Shows what `build` makes for the width it is given (cells for text); call `rebuild` when something changed.

    Args:
        build: all rows, from top to bottom; ids are unique.
        empty: says, in the language in use, that there is nothing.
    """

    DEFAULT_CSS = "LinesView { height: 1fr; width: 1fr; background: $background; }"
    ALLOW_SELECT = False

    class Opened(Message):
        """A row was clicked twice."""

        def __init__(self, view: LinesView, row: str) -> None:
            super().__init__()
            self.view, self.row = view, row

        @property
        def control(self) -> LinesView:
            """The list it happened in."""
            return self.view

    def __init__(self, build: Callable[[int], list[Row]], empty: Callable[[], str]) -> None:
        super().__init__()
        self._build, self._empty = build, empty
        self._rows: list[Row] = []
        self._starts: list[int] = [0]  # the line each row begins at, and the end of the last one
        self._cursor = -1
        self._top = 0
        self._held = False  # the reader chose: the cursor stays on that row, wherever it goes
        self._painted: dict[str, tuple[tuple[object, ...], list[Strip]]] = {}
        self._shown: list[Strip] = []
        #: The rows in view. Whoever builds may leave the others as they were last: they are built when they come in view.
        self.in_view: frozenset[str] = frozenset()
        self._styles: dict[tuple[str, bool, str], Style] = {}

    # What is there.

    @property
    def current(self) -> str | None:
        """The id of the row under the cursor."""
        return self._rows[self._cursor].id if 0 <= self._cursor < len(self._rows) else None

    @property
    def held(self) -> bool:
        """Whether the reader chose: then the cursor stays on its row, wherever it goes."""
        return self._held

    def release(self) -> None:
        """Another list begins: the cursor goes to its first row."""
        self._cursor, self._top, self._held = -1, 0, False

    @property
    def rows(self) -> list[Row]:
        """What was built last."""
        return self._rows

    def rebuild(self) -> None:
        """Builds the rows anew and repaints what differs."""
        kept, number = self.current, self._cursor
        level = self._starts[number] - self._top if kept is not None else 0
        self._lay_out(self._build(self._text_width))
        found = self._find(kept) if kept is not None and self._held else None
        if found is not None:
            self._cursor = found
            # At the top the top is kept, further down the reader's line.
            self._top = self._starts[found] - level if self._top else 0
        elif self._held and kept is not None:
            self._cursor = self._selectable(number, 1, here=True)
        else:
            self._cursor, self._top = self._selectable(0, 1, here=True), 0
        self._reveal()
        self._show()

    def choose(self, row: str) -> bool:
        """Puts the cursor on a row, in view; False if it is not there."""
        found = self._find(row)
        if found is None or self._rows[found].heading:
            return False
        self._move(found)
        return True

    def _lay_out(self, rows: list[Row]) -> None:
        self._rows = rows
        self._starts = [0]
        for row in rows:
            self._starts.append(self._starts[-1] + len(row.lines))

    def _find(self, row: str) -> int | None:
        return next((n for n, one in enumerate(self._rows) if one.id == row), None)

    def _selectable(self, number: int, step: int, *, here: bool = False) -> int:
        """The next row that is no heading, from `number` on, else the nearest the other way, else -1."""
        number = max(0, min(number, len(self._rows) - 1))
        ways = (
            range(number if here else number + step, len(self._rows) if step > 0 else -1, step),
            range(number, -1 if step > 0 else len(self._rows), -step),
        )
        return next((n for way in ways for n in way if not self._rows[n].heading), -1) if self._rows else -1

    # Movement.

    def cursor_down(self) -> None:
        """Next row; in a row higher than the view, its next line."""
        if self._cursor < 0 or self._scrolled_within(1):
            return
        self._move(self._selectable(self._cursor, 1))

    def cursor_up(self) -> None:
        """Previous row; in a row higher than the view, its previous line."""
        if self._cursor < 0 or self._scrolled_within(-1):
            return
        self._move(self._selectable(self._cursor, -1))

    def page_down(self) -> None:
        """One screen down."""
        self._page(1)

    def page_up(self) -> None:
        """One screen up."""
        self._page(-1)

    def first(self) -> None:
        """To the first row."""
        self._move(self._selectable(0, 1, here=True))

    def last(self) -> None:
        """To the last row."""
        self._move(self._selectable(len(self._rows) - 1, -1, here=True))

    def _move(self, number: int) -> None:
        self._held = True
        self._cursor = number
        self._reveal()
        self._show()

    def _page(self, step: int) -> None:
        if self._cursor < 0:
            return
        goal = self._starts[self._cursor] + step * max(1, self.size.height - 1)
        number = self._selectable(self._row_at(goal), step, here=True)
        self._move(number if number != self._cursor else self._selectable(self._cursor, step))

    def _row_at(self, line: int) -> int:
        return max(0, min(len(self._rows) - 1, bisect_right(self._starts, line) - 1))

    def _scrolled_within(self, step: int) -> bool:
        start, end = self._starts[self._cursor], self._starts[self._cursor + 1]
        hidden = end - (self._top + self.size.height) if step > 0 else self._top - start
        if end - start <= self.size.height or hidden <= 0:
            return False
        self._held = True
        self._top += step
        self._show()
        return True

    def _reveal(self) -> None:
        """The row under the cursor is in view, with a heading right above it; of a row too high, its beginning is."""
        height, end = self.size.height, self._starts[-1]
        self._top = max(0, min(self._top, end - height))
        if self._cursor < 0:
            return
        start, stop = self._starts[self._cursor], self._starts[self._cursor + 1]
        above = self._cursor
        while above and self._rows[above - 1].heading:
            above -= 1
        if stop - self._starts[above] <= height:
            start = self._starts[above]
        if stop - start > height:
            if not start <= self._top <= stop - height:
                self._top = start
        elif self._top > start:
            self._top = start
        elif self._top + height < stop:
            self._top = stop - height

    # Textual's side.

    def on_mount(self) -> None:
        """A new theme repaints."""
        self.app.theme_changed_signal.subscribe(self, self._restyle)

    def _restyle(self, _theme: object) -> None:
        self._styles.clear()
        self._painted.clear()
        self._show()

    def notify_style_update(self) -> None:
        """Forgets the styles; they are made again from the theme in use."""
        super().notify_style_update()
        self._styles.clear()
        self._painted.clear()

    def on_resize(self) -> None:
        """Another width breaks lines elsewhere."""
        self.rebuild()
        self.refresh()

    def on_focus(self) -> None:
        """The reader is here: from now on the cursor stays on its row. Rows may show keys."""
        self._held = True
        self.rebuild()

    def on_blur(self) -> None:
        """The selection is only hinted at."""
        self.rebuild()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """Moves the view three lines down."""
        event.stop()
        self._wheel(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Moves the view three lines up."""
        event.stop()
        self._wheel(-3)

    def scroll_by(self, lines: int) -> None:
        """Moves the view by lines, within a row too; the cursor stays on its row while that is in view."""
        self._wheel(lines)

    @property
    def bottom(self) -> int:
        """The first line that is below the view, counted from the top of all rows."""
        return self._top + self.size.height

    def _wheel(self, lines: int) -> None:
        """The cursor stays on its row while that is in view."""
        height = self.size.height
        self._top = max(0, min(self._top + lines, self._starts[-1] - height))
        if self._cursor < 0:
            return
        self._held = True
        if self._starts[self._cursor] >= self._top + height:
            self._cursor = self._selectable(self._row_at(self._top + height - 1), -1, here=True)
        elif self._starts[self._cursor + 1] <= self._top:
            self._cursor = self._selectable(self._row_at(self._top), 1, here=True)
        self._show()

    def on_click(self, event: events.Click) -> None:
        """Chooses a row, twice opens it."""
        offset = event.get_content_offset(self)
        if offset is None or not self._rows or self._top + offset.y >= self._starts[-1]:
            return
        number = self._row_at(self._top + offset.y)
        if self._rows[number].heading:
            return
        self._move(number)
        if event.chain == 2:
            self.post_message(self.Opened(self, self._rows[number].id))

    # The picture.

    @property
    def _text_width(self) -> int:
        return max(MINIMUM_WIDTH, self.size.width - 1 - GUTTER)

    def _show(self) -> None:
        """Asks for the lines that changed to be repainted."""
        width, height = self.size.width, self.size.height
        if not self.is_attached or width < 2 or height < 1:
            return
        old, self._shown = self._shown, self._lines(width, height)
        before, self.in_view = self.in_view, frozenset(self._painted)
        if before and not self.in_view <= before:
            self._shown = old  # none of this is painted: what is laid out next is compared with what is
            self.rebuild()
            return
        if len(old) != height:
            self.refresh()
            return
        changed = [Region(0, y, width, 1) for y in range(height) if old[y] is not self._shown[y]]
        if changed:
            self.refresh(*changed)

    def _lines(self, width: int, height: int) -> list[Strip]:
        if not self._rows:
            said = [Strip(self._segments(line)) for line in paragraph(self._empty(), width - 4, ink="muted")]
            return self._kept_lines(said[:height], width, height)
        lines: list[Strip] = []
        number = self._row_at(self._top)
        skip = self._top - self._starts[number]
        in_view: set[str] = set()
        while len(lines) < height and number < len(self._rows):
            in_view.add(self._rows[number].id)
            lines += self._strips(number)[skip:]
            skip = 0
            number += 1
        self._painted = {key: kept for key, kept in self._painted.items() if key in in_view}
        return self._kept_lines(lines[:height], width, height)

    def _segments(self, line: Line) -> list[Segment]:
        return [
            Segment("  ", self._ink("muted")),
            *(Segment(text, self._ink(ink, bold=bold)) for text, ink, bold in line.spans),
        ]

    def _kept_lines(self, lines: list[Strip], width: int, height: int) -> list[Strip]:
        """The lines with the scroll bar; one that is as before is the same object."""
        lines += [Strip([])] * (height - len(lines))
        bar = self._bar(height)
        old = self._shown if len(self._shown) == height else []
        made: list[Strip] = []
        for y, line in enumerate(lines):
            sign, ink = ((" ", "muted"), ("│", "track"), ("┃", "muted"))[bar[y]]
            body = line.adjust_cell_length(width - 1, self._ink("foreground"))
            strip = Strip([*body, Segment(sign, self._ink(ink))], width)
            made.append(old[y] if old and old[y] == strip else strip)
        return made

    def _bar(self, height: int) -> list[int]:
        """0 nothing, 1 track, 2 thumb."""
        end = self._starts[-1]
        if end <= height:
            return [0] * height
        size = max(1, round(height * height / end))
        start = min(height - size, round((height - size) * self._top / (end - height)))
        return [2 if start <= y < start + size else 1 for y in range(height)]

    def _strips(self, number: int) -> list[Strip]:
        row, selected = self._rows[number], number == self._cursor
        look = (row, self.size.width, selected, selected and self.has_focus)
        known = self._painted.get(row.id)
        if known is not None and known[0] == look:
            return known[1]
        strips = [self._strip(row, n, selected=selected) for n in range(len(row.lines))]
        self._painted[row.id] = (look, strips)
        return strips

    def _strip(self, row: Row, number: int, *, selected: bool) -> Strip:
        line = row.lines[number]
        shown = selected and self.has_focus
        background = self._colour("selected") if shown else ""
        sign = row.sign if row.sign is not None and number == 0 else Span(" ")
        bar = Segment("▌" if selected else " ", self._ink("primary" if shown else "muted", background=background))
        fill = self._colour(line.fill) if line.fill else background
        left = self._text_width
        segments: list[Segment] = []
        size = sum(cells(safe(span.text)) for span in line.spans)
        edge = sum(cells(safe(span.text)) for span in line.right)
        for text, ink, bold in line.spans:
            piece = fit(safe(text), left)
            segments.append(Segment(piece, self._ink("" if line.fill else ink, bold=bold, background=fill)))
            left -= cells(piece)
        if line.right and size + 1 + edge <= self._text_width:
            segments.append(Segment(" " * (left - edge), self._ink("foreground", background=fill)))
            segments += [
                Segment(safe(text), self._ink("" if line.fill else ink, bold=bold, background=fill))
                for text, ink, bold in line.right
            ]
        elif left > 0:
            segments.append(Segment(" " * left, self._ink("foreground", background=fill)))
        sign_ink = self._ink("" if line.fill else sign.ink, bold=sign.bold, background=fill)
        strip = Strip([bar, Segment((fit(safe(sign.text), 1) or " ") + " ", sign_ink), *segments])
        return strip.crop(0, max(0, self.size.width - 1))

    def _colour(self, name: str) -> str:
        return self.app.theme_variables.get(name, ROOM_DEFAULTS.get(name, ROOM_DEFAULTS["foreground"]))

    def _ink(self, name: str, *, bold: bool = False, background: str = "") -> Style:
        """The style of a colour of the theme; no name is the background's own colour, for text on a fill."""
        key = (name, bold, background)
        if key not in self._styles:
            ground = self.background_colors[1].hex6
            self._styles[key] = Style(
                color=self._colour(name) if name else ground, bgcolor=background or ground, bold=bold or None
            )
        return self._styles[key]

    def render_line(self, y: int) -> Strip:
        """One line of cells, laid out when something changed, not here."""
        if len(self._shown) != self.size.height:
            self._shown = self._lines(self.size.width, self.size.height)
        return self._shown[y] if y < len(self._shown) else Strip.blank(self.size.width)
