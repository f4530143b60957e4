"""One question answered by a line of text; Escape is no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from socialroom.domain.note import folded
from socialroom.domain.text import clean_line


class Said(NamedTuple):
    """What stands under the line that is typed; only what is `good` is taken."""

    text: str
    good: bool = True


class PromptScreen(ModalScreen[str | None]):
    """Dismisses with the line, or None; with `optional` an empty line is an answer too.

    `reads` says with every letter what the line is taken for. After an "@", Tab completes one of `names`.
    """

    DEFAULT_CSS = """
    PromptScreen { align: center middle; background: $background 60%; }
    PromptScreen > Vertical {
        width: 70; max-width: 94%; height: auto; border: round $primary; background: $surface; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
    }
    PromptScreen Input, PromptScreen Input:focus { border: none; background: $surface; height: 1; padding: 0; }
    PromptScreen Static { height: auto; color: $muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [("escape", "cancel", "")]

    def __init__(
        self,
        title: str,
        value: str = "",
        reads: Callable[[str], Said] | None = None,
        *,
        optional: bool = False,
        names: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self._names = [clean_line(name, 60) for name in names]
        self._asks, self._value, self._reads, self._optional = clean_line(title, 120), value, reads, optional

    def compose(self) -> ComposeResult:
        """The question in a box."""
        with Vertical() as box:
            box.border_title = Content(self._asks)
            yield Input(value=self._value, select_on_focus=False)  # a value that stands there is gone on with
            if self._reads is not None:
                yield Static(Content(clean_line(self._reads(self._value).text, 200)), id="reads")
            if self._names:
                yield Static("", id="names")

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Says what it is taken for."""
        if self._reads is not None:
            self.query_one("#reads", Static).update(Content(clean_line(self._reads(event.value).text, 200)))
        if self._names:
            found = completions(event.value[: event.input.cursor_position], self._names)
            self.query_one("#names", Static).update(Content("  ".join(f"@{name}" for name in found)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answered."""
        event.stop()
        line = event.value.strip()
        if line and self._reads is not None and not self._reads(line).good:
            return
        self.dismiss(line if line or self._optional else None)

    def on_key(self, event: events.Key) -> None:
        """Tab completes a name."""
        if event.key != "tab" or not self._names:
            return
        event.stop()
        event.prevent_default()
        line = self.query_one(Input)
        before, after = line.value[: line.cursor_position], line.value[line.cursor_position :]
        found = completions(before, self._names)
        if found:
            begun = before.rindex("@")
            line.value = f"{before[:begun]}@{found[0]} {after.lstrip()}"
            line.cursor_position = begun + len(found[0]) + 2

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)


def completions(before: str, names: Sequence[str]) -> list[str]:
    """The names that an unfinished "@…" at the end of a text may mean."""
    begun = before.rfind("@")
    if begun < 0 or (begun and before[begun - 1].isalnum()):
        return []
    typed = folded(before[begun + 1 :])
    return [name for name in names if folded(name).startswith(typed)] if before[-1] == "@" or typed else []
