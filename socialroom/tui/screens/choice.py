"""One question with a few answers; Escape is no answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final, Generic, TypeVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from socialroom.domain.text import clean, clean_line
from socialroom.tui.bindings import CHOICE_BINDINGS
from socialroom.tui.free_answer import Free

V = TypeVar("V")
SIGNS: Final = "123456789abcdefghilmnoprstuvwxyz"  # j, k and q move and leave
_UNSHIFTED: Final = dict(zip("&é\"'(-è_ç", SIGNS, strict=False))  # where digits need Shift


class ChoiceScreen(ModalScreen[V | None], Generic[V]):
    """Shows `title`, a text if there is one, and the answers; dismisses with the value chosen, or None.

    A list of three or more has a sign before each, which chooses it at once; a yes or no wants two keys. Where an
    answer is `Free`, any other sign begins it.
    """

    DEFAULT_CSS = """
    ChoiceScreen { align: center middle; background: $background 60%; }
    ChoiceScreen > Vertical {
        width: 70; max-width: 94%; height: auto; max-height: 80%;
        border: round $primary; background: $surface; padding: 0 1;
        border-title-color: $primary; border-title-style: bold;
    }
    ChoiceScreen OptionList, ChoiceScreen OptionList:focus {
        border: none; background: $surface; height: auto; max-height: 20; padding: 0;
    }
    ChoiceScreen Static { height: auto; color: $foreground; margin: 0 0 1 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*CHOICE_BINDINGS]

    def __init__(self, title: str, choices: Sequence[tuple[str, V]], text: str = "") -> None:
        super().__init__()
        self._asks = clean_line(title, 120)
        self._text = clean(text)
        self._choices = list(choices)
        self._signed = len(self._choices) > 2

    def compose(self) -> ComposeResult:
        """The question in a box."""
        with Vertical() as box:
            box.border_title = Content(self._asks)
            if self._text:
                yield Static(Content(self._text))
            yield OptionList(*(Option(Content(self._line(n))) for n in range(len(self._choices))))

    def _line(self, number: int) -> str:
        label: str = clean_line(self._choices[number][0], 120)
        if not self._signed:
            return label
        return f"{SIGNS[number] if number < len(SIGNS) else ' '}  {label}"

    def on_key(self, event: events.Key) -> None:
        """The sign of an answer chooses it."""
        sign = event.character or ""
        number = SIGNS.find(_UNSHIFTED.get(sign, sign)) if self._signed and sign else -1
        if 0 <= number < len(self._choices):
            event.stop()
            event.prevent_default()
            self.dismiss(self._choices[number][1])
        elif event.is_printable and sign.strip() and (free := self._free()) is not None:
            event.stop()
            event.prevent_default()
            self.dismiss(free.changed(begun=sign))

    def _free(self) -> Free | None:
        return next((value for _label, value in self._choices if isinstance(value, Free)), None)

    def on_mount(self) -> None:
        """The first answer is under the cursor."""
        self.query_one(OptionList).focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Chosen."""
        event.stop()
        self.dismiss(self._choices[event.option_index][1])

    def action_cancel(self) -> None:
        """No answer."""
        self.dismiss(None)

    def action_down(self) -> None:
        """Next answer."""
        self.query_one(OptionList).action_cursor_down()

    def action_up(self) -> None:
        """Previous answer."""
        self.query_one(OptionList).action_cursor_up()
