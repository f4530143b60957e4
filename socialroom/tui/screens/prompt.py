"""One question answered by a line of text; Escape is no answer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input

from socialroom.domain.text import clean_line


class PromptScreen(ModalScreen[str | None]):
    """Dismisses with the line, or None."""

    DEFAULT_CSS = """
    PromptScreen { align: center middle; background: $background 60%; }
    PromptScreen > Vertical {
        width: 70; max-width: 94%; height: auto; border: round $primary; background: $surface; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
    }
    PromptScreen Input { border: none; background: $surface; height: 1; padding: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "")]

    def __init__(self, title: str, value: str = "") -> None:
        super().__init__()
        self._asks, self._value = clean_line(title, 120), value

    def compose(self) -> ComposeResult:
        """The question in a box."""
        with Vertical() as box:
            box.border_title = Content(self._asks)
            yield Input(value=self._value)

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answered."""
        event.stop()
        self.dismiss(event.value.strip() or None)

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)
