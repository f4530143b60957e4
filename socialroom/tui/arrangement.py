"""Where panes stand: columns of tiles as data, how keys change them, and which cells each one gets.

Pure: no Textual. A pane is named by its key, "alerts" or "feed:Mentions", and stands in an arrangement once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final, NamedTuple

from socialroom.domain.requests import Feed
from socialroom.domain.text import clean_line
from socialroom.domain.value import Value

COLUMN_AT_LEAST: Final = 48  # cells: a narrower column makes posts hard to read
PANE_AT_LEAST: Final = 5  # lines, its border included
_ANGRY: Final = "feed:tone:negative"  # a pane may show any query, as a search does
_STEP: Final = 1.15
_LEAST, _MOST = 0.2, 5.0


class Tile(Value, frozen=True):
    """A pane in a column; `height` is its share among its neighbours."""

    key: str
    height: float = 1.0


class Column(Value, frozen=True):
    """Tiles from top to bottom; `width` is its share among the columns in view."""

    tiles: tuple[Tile, ...]
    width: float = 1.0


class Box(NamedTuple):
    """Cells: left, top, width, height."""

    x: int
    y: int
    width: int
    height: int


class Arrangement(Value, frozen=True):
    """Columns from left to right. Every change gives a new one."""

    columns: tuple[Column, ...] = ()

    @property
    def keys(self) -> list[str]:
        """The panes in reading order."""
        return [tile.key for column in self.columns for tile in column.tiles]

    def place_of(self, key: str) -> tuple[int, int] | None:
        """Column and row of a pane."""
        for x, column in enumerate(self.columns):
            for y, tile in enumerate(column.tiles):
                if tile.key == key:
                    return x, y
        return None

    def moved(self, key: str, direction: str) -> Arrangement:
        """The pane one place up or down, or a column left or right; beyond the edge it gets a column of its own."""
        place = self.place_of(key)
        if place is None:
            return self
        x, y = place
        columns = [list(c.tiles) for c in self.columns]
        widths = [c.width for c in self.columns]
        tile = columns[x][y]
        if direction in ("up", "down"):
            to = y + (1 if direction == "down" else -1)
            if not 0 <= to < len(columns[x]):
                return self
            columns[x][y], columns[x][to] = columns[x][to], tile
        else:
            to = x + (1 if direction == "right" else -1)
            alone = len(columns[x]) == 1
            if not 0 <= to < len(columns):
                if alone:
                    return self
                columns[x].remove(tile)
                at = 0 if to < 0 else len(columns)
                columns.insert(at, [tile])
                widths.insert(at, 1.0)
            else:
                columns[x].remove(tile)
                columns[to].insert(min(y, len(columns[to])), tile)
        return _made(columns, widths)

    def without(self, key: str) -> Arrangement:
        """The same with that pane closed."""
        columns = [[t for t in c.tiles if t.key != key] for c in self.columns]
        return _made(columns, [c.width for c in self.columns])

    def with_pane(self, key: str, beside: str = "") -> Arrangement:
        """The same with a pane added under `beside`, else at the foot of the last column."""
        if self.place_of(key) is not None:
            return self
        columns = [list(c.tiles) for c in self.columns]
        widths = [c.width for c in self.columns]
        if not columns:
            return _made([[Tile(key=key)]], [1.0])
        x, y = self.place_of(beside) or (len(columns) - 1, len(columns[-1]) - 1)
        columns[x].insert(y + 1, Tile(key=key))
        return _made(columns, widths)

    def resized(self, key: str, *, width: int = 0, height: int = 0) -> Arrangement:
        """The pane's column wider or narrower, the pane taller or lower, by so many steps."""
        place = self.place_of(key)
        if place is None:
            return self
        columns = list(self.columns)
        column = columns[place[0]]
        tiles = list(column.tiles)
        tile = tiles[place[1]]
        tiles[place[1]] = tile.changed(height=_bounded(tile.height * _STEP**height))
        columns[place[0]] = Column(tiles=tuple(tiles), width=_bounded(column.width * _STEP**width))
        return Arrangement(columns=tuple(columns))

    def boxes(self, width: int, height: int, focused: str = "", *, last: bool = False) -> dict[str, Box]:
        """The cells of each pane in view.

        As many columns are in view as are readable side by side: the focused one always; with `last` the last one
        (where thread and composer are open) next; then from the left. A column shows as many panes as fit, the
        focused one among them.
        """
        if width <= 0 or height <= 0 or not self.columns:
            return {}
        found: dict[str, Box] = {}
        shown = self._in_view(width, focused, last=last)
        spans = _shares(width, [self.columns[x].width for x in shown])
        left = 0
        for x, span in zip(shown, spans, strict=True):
            tiles = _fitting(self.columns[x].tiles, height, focused)
            top = 0
            for tile, lines in zip(tiles, _shares(height, [t.height for t in tiles]), strict=True):
                found[tile.key] = Box(left, top, span, lines)
                top += lines
            left += span
        return found

    def _in_view(self, width: int, focused: str, *, last: bool) -> list[int]:
        room = max(1, width // COLUMN_AT_LEAST)
        count = len(self.columns)
        if room >= count:
            return list(range(count))
        place = self.place_of(focused)
        wanted = [place[0] if place else 0, *([count - 1] if last else []), *range(count)]
        return sorted(list(dict.fromkeys(wanted))[:room])


def _fitting(tiles: Sequence[Tile], height: int, focused: str) -> list[Tile]:
    room = max(1, height // PANE_AT_LEAST)
    if len(tiles) <= room:
        return list(tiles)
    at = next((i for i, t in enumerate(tiles) if t.key == focused), 0)
    start = max(0, min(at - room + 1, len(tiles) - room)) if at >= room else 0
    return list(tiles[start : start + room])


def _shares(total: int, weights: Sequence[float]) -> list[int]:
    """Whole cells in proportion to the weights, nothing left over."""
    whole = sum(weights)
    edges = [round(total * sum(weights[: i + 1]) / whole) for i in range(len(weights))]
    return [edge - (edges[i - 1] if i else 0) for i, edge in enumerate(edges)]


def _bounded(share: float) -> float:
    return round(min(_MOST, max(_LEAST, share)), 3)


def _made(columns: Sequence[Sequence[Tile]], widths: Sequence[float]) -> Arrangement:
    pairs = zip(columns, widths, strict=True)
    return Arrangement(columns=tuple(Column(tiles=tuple(c), width=w) for c, w in pairs if c))


# --- where an arrangement comes from ---------------------------------------------------------------------------


def at_first(feeds: Sequence[Feed]) -> Arrangement:
    """What a room shows before anybody arranged anything: what is said, what rings, and how the sources are."""
    names = [f"feed:{f.name}" for f in feeds]
    columns = [Column(tiles=(Tile(key=names[0]),), width=1.15)] if names else []
    side = (*(Tile(key=k, height=1.4) for k in names[1:2]), Tile(key="alerts"), Tile(key="sources", height=0.8))
    columns.append(Column(tiles=side))
    if len(names) > 2:
        columns.append(Column(tiles=tuple(Tile(key=k) for k in names[2:5])))
    return Arrangement(columns=tuple(columns))


def for_role(role: str, feeds: Sequence[Feed]) -> Arrangement:
    """What a seat of this role opens with; where there is none, what a room shows at first.

    room.toml may say otherwise under [layout.ROLE].
    """
    names = [f"feed:{f.name}" for f in feeds]
    match role:
        case "head":
            columns = [[("load", 1.0), ("cases:overdue", 1.2)], [("alerts", 1.2), ("sources", 0.8)]]
        case "manager":
            columns = [[("approvals", 1.0)], [("cases:open", 1.4), ("alerts", 1.0)]]
        case "analyst":
            wide = [(name, 1.0) for name in names[:2]] or [(_ANGRY, 1.0)]
            columns = [wide, [("alerts", 1.0), (_ANGRY, 1.2)], [(name, 1.0) for name in names[2:4]]]
        case "community":
            feed = [(name, 1.3) for name in names[:1]]
            columns = [[("cases:unassigned", 1.3), ("cases:mine", 1.0)], [*feed, ("alerts", 0.8)]]
        case "creative":
            columns = [[("outbox", 1.0)], [(name, 1.0) for name in names[:2]]]
        case "guest" if names:
            columns = [[(name, 1.0)] for name in names[:3]]
        case _:
            return at_first(feeds)
    made = [dict(column) for column in columns if column]
    return Arrangement(
        columns=tuple(Column(tiles=tuple(Tile(key=k, height=h) for k, h in column.items())) for column in made)
    )


def declared(table: Mapping[str, Any], feeds: Collection[str]) -> Arrangement | None:
    """A `[layout.NAME]` of room.toml: `columns = [["Mentions"], ["Press", "alerts", "sources"]]`; None if it is no such list.

    A name that is a feed's means that feed; anything else is a kind of pane.
    """
    columns = table.get("columns")
    if not isinstance(columns, (list, tuple)):
        return None
    widths = table.get("widths", [])
    made = []
    for number, column in enumerate(columns):
        if not isinstance(column, (list, tuple)):
            return None
        names = [clean_line(str(name), 60) for name in column]
        tiles = tuple(Tile(key=f"feed:{n}" if n in feeds else n) for n in names)
        share = widths[number] if number < len(widths) else 1.0
        made.append(Column(tiles=tiles, width=_bounded(float(share)) if isinstance(share, (int, float)) else 1.0))
    return Arrangement(columns=tuple(c for c in made if c.tiles)) if made else None
