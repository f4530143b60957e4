"""The saved replies to choose from: a line to search, and what each of them says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from socialroom.domain.errors import Problem, from_problem
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.text import clean, clean_line
from socialroom.locale import _, ngettext, number
from socialroom.tui._wrap import wrap
from socialroom.tui.composer_replies import folded

_PREVIEW = 6


class SavedRepliesScreen(ModalScreen["SavedReply | None"]):
    """Dismisses with the saved reply that was chosen, or None."""

    DEFAULT_CSS = """
    SavedRepliesScreen { align: center middle; background: $background 60%; }
    SavedRepliesScreen > Vertical {
        width: 90; max-width: 94%; height: auto; max-height: 90%; border: round $primary; background: $surface;
        padding: 0 1; border-title-color: $primary; border-title-style: bold;
    }
    SavedRepliesScreen Input, SavedRepliesScreen Input:focus {
        border: none; background: $surface; height: 1; padding: 0;
    }
    SavedRepliesScreen OptionList, SavedRepliesScreen OptionList:focus {
        border: none; background: $surface; height: auto; max-height: 10; padding: 0;
    }
    SavedRepliesScreen Static { height: auto; color: $muted; margin: 1 0 0 0; }
    SavedRepliesScreen Static.problem { color: $alert-amber; margin: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape", "cancel", ""),
        ("down", "move('cursor_down')", ""),
        ("up", "move('cursor_up')", ""),
        ("pagedown", "move('page_down')", ""),
        ("pageup", "move('page_up')", ""),
    ]

    def __init__(self, replies: Sequence[SavedReply], problems: Sequence[Problem]) -> None:
        super().__init__()
        self._all, self._problems = list(replies), list(problems)
        self._shown: list[SavedReply] = []
        self._line, self._list, self._preview = Input(), OptionList(), Static()
        self._list.can_focus = False

    def compose(self) -> ComposeResult:
        """The line, the list, the text of the one under the cursor, and files that hold none."""
        with Vertical() as box:
            box.border_title = Content(_("Saved replies"))
            yield self._line
            yield self._list
            yield self._preview
            if self._problems:
                count = len(self._problems)
                said = ngettext("{n} file is not used: {first}", "{n} files are not used, the first: {first}", count)
                first = clean_line(str(from_problem(self._problems[0])), 300)
                yield Static(Content(said.format(n=number(count), first=first)), classes="problem")

    def on_mount(self) -> None:
        """Ready to search."""
        self._line.focus()
        self._find("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keeps those in which every word stands."""
        event.stop()
        self._find(event.value)

    def _find(self, written: str) -> None:
        words = folded(written).split()
        self._shown = [x for x in self._all if all(word in _searched(x) for word in words)]
        self._list.clear_options()
        self._list.add_options(Option(Content(_line(x))) for x in self._shown)
        self._list.highlighted = 0 if self._shown else None
        self._show()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Another one is under the cursor."""
        event.stop()
        self._show()

    def _show(self) -> None:
        place = self._list.highlighted
        if place is None or place >= len(self._shown):
            self._preview.update(Content(_("No saved reply has all of these words.")))
            return
        width = max(20, self._list.size.width or 60)
        self._preview.update(Content("\n".join(wrap(clean(self._shown[place].text), width, _PREVIEW))))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Chosen."""
        event.stop()
        place = self._list.highlighted
        if place is not None and place < len(self._shown):
            self.dismiss(self._shown[place])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen with the mouse."""
        event.stop()
        self.dismiss(self._shown[event.option_index])

    def action_move(self, how: str) -> None:
        """Moves in the list while the line has the keys."""
        getattr(self._list, f"action_{how}")()

    def action_cancel(self) -> None:
        """None of them."""
        self.dismiss(None)


def _line(reply: SavedReply) -> str:
    title = reply.title or reply.text.strip().partition("\n")[0]
    language = f"[{clean_line(reply.language, 3)}]" if reply.language else "    "
    return f"{language:<4} {clean_line(reply.name, 24)} · {clean_line(title, 120)}"


def _searched(reply: SavedReply) -> str:
    return folded(" ".join((reply.name, reply.title, reply.language, *reply.tags, reply.text)))
