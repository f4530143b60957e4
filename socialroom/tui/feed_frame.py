"""What of a feed is on the screen: painted posts kept for a while, the lines of the view, its scroll bar and its count."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip

from socialroom.domain.case import Case
from socialroom.domain.post import Post
from socialroom.locale import _
from socialroom.tui._wrap import cells
from socialroom.tui.feed_paint import Palette, age_of, case_key, paint
from socialroom.tui.feed_place import Place

CACHED: Final = 48  # posts painted and kept: a larger cache is paid for in garbage collection


class PaintedPosts:
    """Paints posts with everything that shows on them, and keeps the last ones painted.

    Attributes:
        cases: the room's cases by conversation.
        operator: who sits at this terminal.
        marked: uris chosen for an act on many.
        unread: uris that arrived since the reader last looked.
        withdrawn: uris of posts shown as one line saying so.
    """

    def __init__(self) -> None:
        self.cases: Mapping[str, Case] = {}
        self.operator = ""
        self.marked: set[str] = set()
        self.unread: set[str] = set()
        self.withdrawn: set[str] = set()
        self._kept: OrderedDict[tuple[object, ...], tuple[Post, list[Strip]]] = OrderedDict()

    def clear(self) -> None:
        """Forgets what was painted."""
        self._kept.clear()

    def strips(
        self, post: Post, width: int, *, selected: bool, focused: bool, now: datetime, theme: Palette, keep: int
    ) -> list[Strip]:
        """The post's lines; painted only where something that shows has changed. At least `keep` posts are kept."""
        case = self.cases.get(post.conversation) if self.cases else None
        uri = post.uri
        marked, unread, withdrawn = uri in self.marked, uri in self.unread, uri in self.withdrawn
        look = (selected, selected and focused, marked, unread, withdrawn)
        key = (uri, width, look, age_of(post, now), case_key(post, case, now), theme)
        known = self._kept.get(key)
        if known is not None and known[0] is post:
            self._kept.move_to_end(key)
            return known[1]
        strips = paint(
            post,
            width,
            selected=selected,
            marked=marked,
            case=case,
            operator=self.operator,
            now=now,
            theme=theme,
            unread=unread,
            focused=focused,
            withdrawn=withdrawn,
        )
        self._kept[key] = (post, strips)
        while len(self._kept) > max(CACHED, keep):
            self._kept.popitem(last=False)
        return strips


class Frame:
    """The lines of a view as they were last laid out; the last column is the scroll bar's."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.empty_text = _("Nothing here yet. New posts appear by themselves.")
        self._lines: list[Strip | None] = []
        self._bar: list[int] = []
        self._joined: tuple[Strip | None, str, Strip] | None = None
        self._whole: dict[tuple[int, int, int], tuple[Strip | None, Palette, Strip]] = {}
        self.numbers: list[int | None] = []

    def __len__(self) -> int:
        return len(self._lines)

    def forget(self) -> None:
        """Makes every line anew at the next look."""
        self._whole.clear()

    def lay_out(self, width: int, strips_of: Callable[[int], list[Strip]], label: str, theme: Palette) -> list[Region]:
        """Lays out what is visible and returns the regions that differ from before (all, after another height)."""
        place, height = self._place, self._place.height
        lines: list[Strip | None] = []
        numbers: list[int | None] = []
        if len(place.rows):
            place.clamp()
            lines += [None] * min(height, max(0, -place.hidden))
            numbers += [None] * len(lines)
            for number, line in place.visible():
                painted = strips_of(number)[max(0, -line) :]
                lines += painted
                numbers += [number] * len(painted)
            del lines[height:], numbers[height:]
        lines += [None] * (height - len(lines))
        numbers += [None] * (height - len(numbers))
        if label and height:
            lines[0] = self._with_label(lines[0], label, width - 1, theme)
        bar = self._scroll_bar(numbers)
        old, old_bar = self._lines, self._bar
        self._lines, self._bar, self.numbers = lines, bar, numbers
        self._forget(lines)
        if len(old) != height:
            return [Region(0, 0, width, height)]
        return _regions([y for y in range(height) if lines[y] is not old[y] or bar[y] != old_bar[y]], width)

    def _forget(self, lines: list[Strip | None]) -> None:
        """Lets whole lines go that are not shown any more; a line that was divided refers to itself (`_lines_kept`)."""
        shown = set(map(id, lines))
        for key in [key for key in self._whole if key[0] not in shown]:
            self._whole.pop(key)[2]._divide_cache.clear()  # noqa: SLF001 - the circle

    def line(self, y: int, width: int, theme: Palette) -> Strip:
        """One line of cells, `width` wide; the same object as long as it shows the same, wherever it stands."""
        strip = self._lines[y] if y < len(self._lines) else None
        bar = self._bar[y] if y < len(self._bar) else 0
        empty = strip is None and y == 0 and not len(self._place.rows)
        key = (id(strip), bar + 3 * empty, width)
        known = self._whole.get(key)
        if known is not None and known[0] is strip and known[1] is theme:
            return known[2]
        whole = self._made(strip, bar, width, theme, empty=empty)
        self._whole[key] = strip, theme, whole
        return whole

    def _made(self, strip: Strip | None, bar: int, width: int, theme: Palette, *, empty: bool) -> Strip:
        if strip is None:
            strip = Strip([Segment(f"  {self.empty_text}" if empty else "", theme.plain.muted)]).adjust_cell_length(
                width - 1, theme.plain.text
            )
        elif strip.cell_length != width - 1:
            strip = strip.adjust_cell_length(width - 1, theme.plain.text)
        return Strip([*strip, (theme.space, theme.track, theme.thumb)[bar]], width)

    def _with_label(self, strip: Strip | None, label: str, width: int, theme: Palette) -> Strip:
        """The first line with the label at its right end; nothing below moves when it comes or goes."""
        if self._joined is not None and self._joined[0] is strip and self._joined[1] == label:
            return self._joined[2]
        left = max(0, width - cells(label))
        under = (strip or Strip([])).adjust_cell_length(left, theme.plain.text)
        joined = Strip.join([under, Strip([Segment(label, theme.badge)]).crop(0, width)])
        self._joined = (strip, label, joined)
        return joined

    def _scroll_bar(self, numbers: list[int | None]) -> list[int]:
        """By row number, not by lines: 0 nothing, 1 track, 2 thumb."""
        rows, height = self._place.rows, len(numbers)
        seen = [number for number in numbers if number is not None]
        if not seen or (seen[0] == rows.newest and seen[-1] == rows.oldest and self._place.hidden <= 0):
            return [0] * height
        shown = seen[0] - seen[-1] + 1
        size = max(1, min(height - 1, round(height * shown / len(rows))))
        start = round((height - size) * (rows.newest - seen[0]) / max(1, len(rows) - shown))
        start = max(0, min(height - size, start))
        return [2 if start <= y < start + size else 1 for y in range(height)]


def _regions(lines: list[int], width: int) -> list[Region]:
    """Runs of lines as regions as wide as the view."""
    runs: list[list[int]] = []
    for y in lines:
        if runs and runs[-1][1] == y - 1:
            runs[-1][1] = y
        else:
            runs.append([y, y])
    return [Region(0, first, width, last - first + 1) for first, last in runs]
