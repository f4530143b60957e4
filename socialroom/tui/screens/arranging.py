"""Arranging panes by keys: a strip at the foot says them, the pane in front is moved, resized, closed."""

from __future__ import annotations

from typing import ClassVar, Protocol

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from socialroom.locale import _
from socialroom.tui.bindings import ARRANGE_BINDINGS
from socialroom.tui.keymap import Keymap, load


class Floor(Protocol):
    """What can be arranged."""

    def move_pane(self, direction: str) -> None:
        """Left, right, up, down."""
        ...

    def resize_pane(self, *, width: int = 0, height: int = 0) -> None:
        """By steps."""
        ...

    def close_pane(self) -> None:
        """The one in front."""
        ...

    def add_pane(self) -> None:
        """Asks which."""
        ...

    def save_layout(self) -> None:
        """For this operator."""
        ...

    def reset_layout(self) -> None:
        """As the room has it."""
        ...


class ArrangeScreen(ModalScreen[None]):
    """Takes all keys until Escape."""

    DEFAULT_CSS = """
    ArrangeScreen { background: $background 0%; align: center bottom; }
    ArrangeScreen > Static {
        width: 100%; height: auto; margin-bottom: 1; background: $primary; color: $held-text; text-style: bold; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*ARRANGE_BINDINGS]

    def __init__(self, floor: Floor) -> None:
        super().__init__()
        self._floor = floor

    def compose(self) -> ComposeResult:
        """The keys."""
        keymap = getattr(self.app, "keymap", None)
        keys = keymap if isinstance(keymap, Keymap) else load()

        def shown(*names: str) -> str:
            return " ".join(keys.shown(f"arrange.{name}") for name in names)

        said = _(
            "ARRANGE  {moves} move · {widths} width · {heights} height · {add} add · {close} close · {save} save · "
            "{reset} reset · {leave} done"
        ).format(
            moves=shown("left", "down", "up", "right"),
            widths=shown("narrower", "wider"),
            heights=shown("shorter", "taller"),
            add=shown("add"),
            close=shown("close"),
            save=shown("save"),
            reset=shown("reset"),
            leave=shown("leave"),
        )
        yield Static(Content(said))

    def action_move_left(self) -> None:
        """Moves the pane to the left."""
        self._floor.move_pane("left")

    def action_move_right(self) -> None:
        """Moves the pane to the right."""
        self._floor.move_pane("right")

    def action_move_up(self) -> None:
        """Moves the pane up."""
        self._floor.move_pane("up")

    def action_move_down(self) -> None:
        """Moves the pane down."""
        self._floor.move_pane("down")

    def action_narrower(self) -> None:
        """Makes the column narrower."""
        self._floor.resize_pane(width=-1)

    def action_wider(self) -> None:
        """Makes the column wider."""
        self._floor.resize_pane(width=1)

    def action_shorter(self) -> None:
        """Makes the pane less high."""
        self._floor.resize_pane(height=-1)

    def action_taller(self) -> None:
        """Makes the pane higher."""
        self._floor.resize_pane(height=1)

    def action_add(self) -> None:
        """Asks which pane to add."""
        self._floor.add_pane()

    def action_close(self) -> None:
        """Closes the pane."""
        self._floor.close_pane()

    def action_save(self) -> None:
        """Keeps the layout."""
        self._floor.save_layout()

    def action_reset(self) -> None:
        """Takes the room's layout."""
        self._floor.reset_layout()

    def action_leave(self) -> None:
        """Leaves arranging."""
        self.dismiss(None)
