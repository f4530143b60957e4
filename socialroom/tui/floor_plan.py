"""What arranging does to the main screen: panes moved, resized, added, closed; the layout kept (implements `arranging.Floor`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from socialroom.locale import _
from socialroom.tui import layouts, pane_kinds
from socialroom.tui.arrangement import Arrangement
from socialroom.tui.key_names import key_name

if TYPE_CHECKING:
    from socialroom.tui.screens.room import RoomScreen


class FloorPlan:
    """The panes of one main screen, as they can be arranged; the one in front is meant."""

    def __init__(self, room: RoomScreen) -> None:
        self._room, self._host, self._tiles = room, room.host, room.tiles

    def _arranged(self, change: Callable[[Arrangement, str], Arrangement]) -> None:
        key = self._tiles.focused
        if key in self._tiles.beside:
            self._host.say(_("Thread and composer have their own place; arrange the others."))
            return
        changed = change(self._tiles.arrangement, key)
        if changed == self._tiles.arrangement:
            self._host.say(_("No further that way."))
            return
        self._tiles.arrangement = changed
        self._room.rearrange()

    def move_pane(self, direction: str) -> None:
        """One place on."""
        self._arranged(lambda arrangement, key: arrangement.moved(key, direction))

    def resize_pane(self, *, width: int = 0, height: int = 0) -> None:
        """By steps."""
        self._arranged(lambda arrangement, key: arrangement.resized(key, width=width, height=height))

    def close_pane(self) -> None:
        """The pane in front; the last one stays."""
        key = self._tiles.focused
        rest = self._tiles.arrangement.without(key)
        if key in self._tiles.beside:
            self._room.run_worker(self._room.close_beside(key), group="panes", exit_on_error=False)
        elif rest.keys:
            near = self._tiles.whole.keys
            at = near.index(key) if key in near else 0
            following = [k for k in (*near[at + 1 :], *reversed(near[:at])) if k != key]
            self._put(rest, following[0])
        else:
            self._host.say(_("The last pane stays."))

    def add_pane(self) -> None:
        """Asks which."""
        shown = self._tiles.whole.keys
        options: Sequence[tuple[str, object]] = pane_kinds.choices([f.name for f in self._host.feeds], shown)

        def answered(key: object) -> None:
            if isinstance(key, str):
                wider = self._tiles.arrangement.with_pane(key, self._tiles.focused)
                self._put(wider, key)

        if options:
            self._host.choose(_("Add a pane"), options, "", answered)
        else:
            self._host.say(_("Every pane there is stands here already."))

    def _put(self, arrangement: Arrangement, key: str) -> None:
        """Shows an arrangement, one pane of it in front."""

        async def put() -> None:
            await self._room.put(arrangement)
            self._room.front(key if key in arrangement.keys else arrangement.keys[0])

        self._room.run_worker(put(), group="panes", exit_on_error=False)

    def save_layout(self) -> None:
        """For this operator."""
        self._host.save_layout(self._tiles.arrangement)

    def reset_layout(self) -> None:
        """As the room has it."""
        self._put(layouts.of_room(self._host.settings, self._host.feeds), self._tiles.focused)

    def say_nothing_happens(self, key: str) -> None:
        """This key does nothing while panes are arranged."""
        self._host.say(_("{keys} does nothing here").format(keys=key_name(key)))
