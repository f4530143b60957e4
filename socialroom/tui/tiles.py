"""The room's floor: panes side by side where the arrangement puts them. Nothing is mounted anew when one moves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Final

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import Layout, WidgetPlacement
from textual.message import Message
from textual.widget import Widget

from socialroom.tui.arrangement import Arrangement, Box, Column, Tile
from socialroom.tui.pane import Pane

NUMBERED: Final = 9  # panes that a digit brings in front


class _Floor(Layout):
    """Gives each pane the cells that the arrangement says."""

    name: ClassVar[str] = "floor"

    def arrange(self, parent: Widget, children: list[Widget], size: Size, greedy: bool = True) -> list[WidgetPlacement]:
        del greedy
        assert isinstance(parent, Tiles)
        boxes = parent.boxes(size)
        return [
            WidgetPlacement(Region(*boxes[child.key]), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if isinstance(child, Pane) and child.key in boxes
        ]


class Tiles(Container):
    """Panes by key. `arrangement` is the operator's own; `beside` are panes opened for now (thread, composer)."""

    class Rearranged(Message):
        """Panes came into view, left it, or changed places."""

    DEFAULT_CSS = """
    Tiles { width: 1fr; height: 1fr; overflow: hidden; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._floor = _Floor()
        self.arrangement = Arrangement()
        self.beside: tuple[str, ...] = ()
        self.focused = ""

    @property
    def layout(self) -> Layout:
        """Ours, whatever a style sheet says."""
        return self._floor

    @property
    def whole(self) -> Arrangement:
        """The arrangement with what is open for now: a column of its own at the right, after the one it was opened from."""
        whole = self.arrangement
        if not self.beside:
            return whole
        tiles = tuple(Tile(key=key) for key in self.beside)
        return Arrangement(columns=(*whole.columns, Column(tiles=tiles, width=1.1)))

    def boxes(self, size: Size) -> dict[str, Box]:
        """Cells by pane."""
        return self.whole.boxes(size.width, size.height, self.focused, last=bool(self.beside))

    def panes(self) -> Iterator[Pane]:
        """All panes, in view or not, in reading order."""
        by_key = {p.key: p for p in self.query_children(Pane)}
        for key in self.whole.keys:
            if key in by_key:
                yield by_key[key]

    def pane(self, key: str) -> Pane | None:
        """The pane of that key."""
        return next((p for p in self.query_children(Pane) if p.key == key), None)

    def rearrange(self) -> None:
        """Puts every pane where it belongs now; those out of view are not painted."""
        boxes = self.boxes(self.size)
        numbers = {key: number for number, key in enumerate(self.whole.keys[:NUMBERED], 1)}
        for pane in self.query_children(Pane):
            pane.display = pane.key in boxes or not self.size
            pane.numbered(numbers.get(pane.key, 0))
        for pane in self.query_children(Pane):
            pane.refresh(layout=True)  # asked of a child: Textual keeps its parent's arrangement while sizes stay
            break
        self.refresh(layout=True)
        self.post_message(self.Rearranged())

    def on_resize(self) -> None:
        """Another size shows other panes."""
        self.rearrange()

    def in_view(self) -> list[str]:
        """Keys of the panes that are seen."""
        return list(self.boxes(self.size))
