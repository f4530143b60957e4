"""Arranging panes by keys: a strip at the foot says them, the pane in front is moved, resized, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from textual import events
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from socialroom.locale import _
from socialroom.tui.bindings import ARRANGE_BINDINGS
from socialroom.tui.keymap import Keymap


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

    def say_nothing_happens(self, key: str) -> None:
        """This key does nothing while panes are arranged."""
        ...


def _keys(keymap: Keymap) -> str:
    """The keys, as the keymap in use has them."""

    def shown(*names: str) -> str:
        return " ".join(keymap.shown(f"arrange.{name}") for name in names)

    return _(
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


class ArrangeStrip(Static, can_focus=True):
    """Takes all keys until Escape. It stands on the main screen, so that panes move before the operator's eyes."""

    DEFAULT_CSS = """
    ArrangeStrip {
        width: 100%; height: auto; background: $primary; color: $held-text; text-style: bold; padding: 0 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*ARRANGE_BINDINGS]

    def __init__(self, floor: Floor, keymap: Keymap, leave: Callable[[], None]) -> None:
        super().__init__(Content(_keys(keymap)))
        self._floor, self._leave = floor, leave

    async def on_key(self, event: events.Key) -> None:
        """No key means anything else here."""
        event.stop()
        event.prevent_default()
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self:
            await self.run_action(active.binding.action)
        elif event.key not in ("tab", "shift+tab"):
            self._floor.say_nothing_happens(event.key)

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
        self._leave()
