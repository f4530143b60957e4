"""One question answered by a line of text; Escape is no answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, NamedTuple

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from socialroom.domain.text import clean_line


class Said(NamedTuple):
    """What stands under the line that is typed; only what is `good` is taken."""

    text: str
    good: bool = True


class PromptScreen(ModalScreen[str | None]):
    """Dismisses with the line, or None; with `optional` an empty line is an answer too.

    `reads` says with every letter what the line is taken for.
    """

    DEFAULT_CSS = """
    PromptScreen { align: center middle; background: $background 60%; }
    PromptScreen > Vertical {
        width: 70; max-width: 94%; height: auto; border: round $primary; background: $surface; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
    }
    PromptScreen Input { border: none; background: $surface; height: 1; padding: 0; }
    PromptScreen Static { height: auto; color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "")]

    def __init__(
        self, title: str, value: str = "", reads: Callable[[str], Said] | None = None, *, optional: bool = False
    ) -> None:
        super().__init__()
        self._asks, self._value, self._reads, self._optional = clean_line(title, 120), value, reads, optional

    def compose(self) -> ComposeResult:
        """The question in a box."""
        with Vertical() as box:
            box.border_title = Content(self._asks)
            yield Input(value=self._value)
            if self._reads is not None:
                yield Static(Content(clean_line(self._reads(self._value).text, 200)), id="reads")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it is taken for."""
        if self._reads is not None:
            self.query_one("#reads", Static).update(Content(clean_line(self._reads(event.value).text, 200)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answered."""
        event.stop()
        line = event.value.strip()
        if line and self._reads is not None and not self._reads(line).good:
            return
        self.dismiss(line if line or self._optional else None)

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)
