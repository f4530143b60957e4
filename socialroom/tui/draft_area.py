"""Where our own text is typed: every printable character types itself, and none of them reaches the terminal raw."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple, cast

import regex
from rich.style import Style
from rich.text import Text
from textual import events
from textual.document._document import Document, EditResult
from textual.document._edit import Edit
from textual.keys import key_to_character
from textual.widgets import TextArea
from textual.widgets.text_area import Selection

from socialroom.domain.text import MARKS_PER_BASE, is_clean

_HIDDEN = "␦"
_TOWER = regex.compile(rf"(\p{{M}}{{{MARKS_PER_BASE}}})(\p{{M}}+)")
_CHAINED = regex.compile("[\u200c\u200d\ufe00-\ufe0f\U000e0000-\U000e01ef]")


def paintable(line: str) -> str:
    """A line of our own text as it may be painted: as long as it was, with "␦" for what nobody could see.

    The text itself stays as it was typed or pasted; only the painting differs.
    """
    if line.isascii() and line.isprintable():
        return line
    plain = line.replace("\t", " ")  # the editor widens tabs itself
    if is_clean(plain):
        return line
    shown = "".join(c if c == "\t" or _CHAINED.match(c) or is_clean(c) else _HIDDEN for c in line)
    shown = _TOWER.sub(lambda found: found[1] + _HIDDEN * len(found[2]), shown)
    if not is_clean(shown.replace("\t", " ")):
        shown = _TOWER.sub(lambda found: found[1] + _HIDDEN * len(found[2]), _CHAINED.sub(_HIDDEN, shown))
    return shown if is_clean(shown.replace("\t", " ")) else _HIDDEN * len(line)


class Mark(NamedTuple):
    """A stretch of the text that is painted in a colour of the theme; offsets of code points in the whole text."""

    start: int
    end: int
    ink: str
    loud: bool = False  # what must be seen at once is painted in reverse


class DraftArea(TextArea):
    """The editor of the composer.

    Attributes:
        marks: what is painted in colours, in order.
        completes: asked before a space, Enter or Tab is typed; True when it was the end of a name and is used up.
    """

    DEFAULT_CSS: ClassVar[str] = """
    DraftArea, DraftArea:focus {
        border: none;
        padding: 0;
        height: 1fr;
        min-height: 1;
        background: $background;
        color: $foreground;
        scrollbar-size-vertical: 1;
    }
    DraftArea:disabled, DraftArea:disabled:can-focus { color: $muted; opacity: 1; }
    """

    def __init__(self, typed: Callable[[], None]) -> None:
        """`typed` is called with each edit, before it is painted: what is said of the text is then never older than it."""
        super().__init__(soft_wrap=True, tab_behavior="focus", highlight_cursor_line=False)
        self.cursor_blink = False  # a blink would paint twice a second, all day
        self.match_cursor_bracket = False
        self._typed = typed
        self.marks: tuple[Mark, ...] = ()
        self.completes: Callable[[str], bool] = lambda _key: False

    def mark(self, marks: Sequence[Mark]) -> None:
        """Paints these from now on."""
        if (new := tuple(marks)) != self.marks:
            self.marks = new
            self._line_cache.clear()
            self.refresh()

    @property
    def offset_of_cursor(self) -> int:
        """Where the cursor stands in the whole text, in code points."""
        return self.offset_at(self.cursor_location)

    def offset_at(self, place: tuple[int, int]) -> int:
        """A line and a column as an offset in the whole text."""
        return cast("Document", self.document).get_index_from_location(place)

    def _place(self, offset: int) -> tuple[int, int]:
        return cast("Document", self.document).get_location_from_index(min(offset, len(self.text)))

    def go_to(self, offset: int) -> None:
        """Puts the cursor there."""
        self.move_cursor(self._place(offset))

    def select_between(self, start: int, end: int) -> None:
        """Selects these code points: what is typed next takes their place."""
        self.selection = Selection(self._place(start), self._place(end))

    def replace_between(self, start: int, end: int, text: str) -> None:
        """Another text in the place of these code points, the cursor after it; one step of undo."""
        self.replace(text, self._place(start), self._place(end), maintain_selection_offset=False)
        self.go_to(start + len(text))

    def get_line(self, line_index: int) -> Text:
        """The line as it is painted."""
        line = Text(paintable(self.document.get_line(line_index)), end="", no_wrap=True)
        if self.marks:
            at = self.offset_at((line_index, 0))
            colours = self.app.theme_variables
            for mark in self.marks:
                start, end = max(0, mark.start - at), min(len(line), mark.end - at)
                if start < end:
                    line.stylize(
                        Style(color=colours.get(mark.ink), underline=not mark.loud, reverse=mark.loud), start, end
                    )
        return line

    def edit(self, edit: Edit) -> EditResult:
        """Every insertion and deletion comes through here."""
        result = super().edit(edit)
        self._typed()
        return result

    def undo(self) -> None:
        """Undoes the last burst."""
        super().undo()
        self._typed()

    def redo(self) -> None:
        """Does it again."""
        super().redo()
        self._typed()

    def on_key(self, event: events.Key) -> None:
        """Types what a terminal names without giving the character: "euro_sign" is a euro sign."""
        if event.key in ("space", "enter", "tab") and not self.read_only and self.completes(event.key):
            event.stop()
            event.prevent_default()
            return
        if event.character is not None or "+" in event.key or self.read_only:
            return
        character = key_to_character(event.key)
        if character and character.isprintable():
            event.stop()
            event.prevent_default()
            self.replace(character, *self.selection, maintain_selection_offset=False)
