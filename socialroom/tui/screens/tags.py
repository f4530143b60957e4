"""Tags on and off: type a few letters, Enter puts the tag on or takes it off; Tab does so and stays for the next."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.key_list import plain

_LONGEST = 40  # characters of a tag


class TagChange(NamedTuple):
    """Tags to put on, and tags to take off."""

    add: tuple[str, ...]
    remove: tuple[str, ...]


class TagScreen(ModalScreen[TagChange | None]):
    """Dismisses with what changes, or None.

    Args:
        title: whose tags.
        known: tags to choose from.
        there: those that are on.
    """

    DEFAULT_CSS = """
    TagScreen { align: center middle; background: $background 60%; }
    TagScreen > Vertical {
        width: 60; max-width: 94%; height: auto; max-height: 80%;
        border: round $primary; background: $surface; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
    }
    TagScreen Input, TagScreen Input:focus { border: none; background: $surface; height: 1; padding: 0; }
    TagScreen OptionList, TagScreen OptionList:focus {
        border: none; background: $surface; height: auto; max-height: 12; padding: 0;
    }
    TagScreen Static { height: auto; color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "")]

    def __init__(self, title: str, known: Sequence[str], there: Collection[str]) -> None:
        super().__init__()
        self._asks = clean_line(title, 120)
        self._there = frozenset(there)
        self._on = set(there)
        self._known = sorted({*known, *there}, key=str.casefold)
        self._shown: list[str] = []

    def compose(self) -> ComposeResult:
        """A line to type in, and the tags under it."""
        with Vertical() as box:
            box.border_title = Content(self._asks)
            yield Input(placeholder=_("a tag"))
            yield OptionList()
            yield Static(Content(_("Enter: on or off · Tab: and another one · Esc: leave it as it was")))

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(OptionList).can_focus = False
        self.query_one(Input).focus()
        self._list("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """What is typed narrows the list."""
        event.stop()
        self._list(event.value)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """This one, and that is all; with nothing chosen after Tab, what was changed."""
        event.stop()
        if event.value.strip() or self._on == self._there:
            self._toggle()
        self._finish()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Clicked."""
        event.stop()
        self._toggle()
        self._finish()

    def on_key(self, event: events.Key) -> None:
        """The arrows move in the list while letters go to the line."""
        options = self.query_one(OptionList)
        moves = {"down": options.action_cursor_down, "up": options.action_cursor_up, "tab": self._toggle_and_stay}
        if event.key in moves:
            event.stop()
            event.prevent_default()
            moves[event.key]()

    def action_cancel(self) -> None:
        """Nothing changes."""
        self.dismiss(None)

    def _toggle_and_stay(self) -> None:
        self._toggle()
        line = self.query_one(Input)
        line.value = ""
        self._list("")

    def _toggle(self) -> None:
        at = self.query_one(OptionList).highlighted
        if at is not None and at < len(self._shown):
            tag = self._shown[at]
            self._on ^= {tag}
            if tag not in self._known:
                self._known = sorted({*self._known, tag}, key=str.casefold)

    def _finish(self) -> None:
        add = tuple(sorted(self._on - self._there))
        remove = tuple(sorted(self._there - self._on))
        self.dismiss(TagChange(add, remove))

    def _list(self, typed: str) -> None:
        wanted = plain(typed.strip())
        typed_tag: str = clean_line(typed.strip().lstrip("#"), _LONGEST).casefold()
        self._shown = [t for t in self._known if wanted.lstrip("#") in plain(t)]
        self._shown.sort(key=lambda t: not plain(t).startswith(wanted))
        if typed_tag and typed_tag not in self._known:
            self._shown.append(typed_tag)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(Content(self._line(t))) for t in self._shown])
        if self._shown:
            options.highlighted = 0

    def _line(self, tag: str) -> str:
        if tag not in self._known:
            return _("+ new tag “{tag}”").format(tag=tag)
        return f"{'✓' if tag in self._on else ' '} {clean_line(tag, _LONGEST)}"
