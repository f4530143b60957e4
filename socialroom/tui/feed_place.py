"""Where a reader is in a feed: an anchor, never a height.

The place is the row at the top edge and how many of its lines are above that edge. Rows are laid out from there, as many
as are visible; whatever changes elsewhere, the row under the reader's eye stays on its line.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

from socialroom.tui.feed_rows import FeedRows


class Place:
    """The reader's place in `rows`.

    Args:
        rows: what is read; numbers grow towards the top.
        measure: how many lines a row takes (at least one).

    Attributes:
        cursor: the chosen row, -1 in an empty feed.
        top: the row at the upper edge.
        hidden: lines of `top` above the edge; negative: so many empty lines before it (rows above it were withdrawn).
        height: lines of the view.
        live: whether arrivals flow in: the reader is at the top, moved nothing, and nothing waits.
    """

    __slots__ = ("_measure", "cursor", "height", "hidden", "live", "rows", "top")

    def __init__(self, rows: FeedRows, measure: Callable[[int], int]) -> None:
        self.rows = rows
        self._measure = measure
        self.cursor = -1
        self.top = -1
        self.hidden = 0
        self.height = 0
        self.live = True

    def bounded(self, number: int) -> int:
        """The nearest row there is."""
        return max(self.rows.oldest, min(number, self.rows.newest))

    @property
    def at_top(self) -> bool:
        """Whether the newest row is chosen and whole at the upper edge."""
        return self.cursor == self.top == self.rows.newest and self.hidden <= 0

    def to_top(self) -> None:
        """Chooses the newest row and shows it first."""
        self.top = self.cursor = self.rows.newest if len(self.rows) else -1
        self.hidden = 0

    def put(self, number: int, line: int) -> None:
        """Anchors so that the first line of row `number` is on `line`, with empty lines above if rows end."""
        while line > 0 and number < self.rows.newest:
            number += 1
            line -= self._measure(number)
        hidden = -line
        while number > self.rows.oldest and hidden >= (size := self._measure(number)):
            hidden -= size
            number -= 1
        self.top = number
        self.hidden = min(hidden, self._measure(number) - 1)

    def clamp(self) -> None:
        """After another size or text: the top row stays the top row, and some of it is seen."""
        self.top = self.bounded(self.top)
        self.hidden = max(min(self.hidden, self._measure(self.top) - 1), min(0, 1 - self.height))

    def line_of(self, number: int) -> int:
        """The line of a row's first line: negative or beyond the height where it is out of view."""
        line = -self.hidden
        for above in range(self.top, number, -1):
            line += self._measure(above)
        for below in range(self.top + 1, number + 1):
            line -= self._measure(below)
        return line

    def visible(self) -> list[tuple[int, int]]:
        """The rows in view from the top: each with its first line."""
        found = []
        if len(self.rows):
            number, line = self.top, -self.hidden
            while line < self.height and number >= self.rows.oldest:
                found.append((number, line))
                line += self._measure(number)
                number -= 1
        return found

    def move(self, number: int) -> None:
        """Chooses a row and brings it into view, moving no further than needed."""
        if not len(self.rows):
            return
        self.cursor = number = self.bounded(number)
        size = self._measure(number)
        lowest = max(0, self.height - size)
        if abs(number - self.top) > self.height + 1:  # far away: no need to lay out what lies between
            self.put(number, 0 if number > self.top else lowest)
            return
        line = self.line_of(number)
        if line < 0 or (self.hidden < 0 and number == self.rows.newest):
            self.put(number, 0)
        elif line + size > self.height:
            self.put(number, lowest)

    def within(self, lines: int) -> bool:
        """Scrolls inside a chosen row that is taller than the view; False if there is nothing more that way."""
        line, size = self.line_of(self.cursor), self._measure(self.cursor)
        step = max(1, self.height - 1)
        if lines > 0 and line <= 0 and line + size > self.height:
            self.put(self.cursor, line - min(step, line + size - self.height))
            return True
        if lines < 0 and line < 0:
            self.put(self.cursor, min(0, line + step))
            return True
        return False

    def shift(self, lines: int) -> bool:
        """Moves the view by lines, never above the first row or below the end of the last; False if it could not move."""
        if not len(self.rows):
            return False
        before = (self.top, self.hidden)
        if lines > 0:
            end = -self.hidden
            for number in range(self.top, self.rows.oldest - 1, -1):
                end += self._measure(number)
                if end >= self.height + lines:
                    break
            lines = min(lines, max(0, end - self.height))
        self.put(self.top, -self.hidden - lines)
        if lines:
            self.hidden = max(0, self.hidden)
        return before != (self.top, self.hidden)

    def choose_visible(self, *, whole: bool = False) -> None:
        """Keeps the cursor in view: on the nearest visible row, or with `whole` on the first one whose head is seen."""
        shown = self.visible()
        numbers = [number for number, _line in shown]
        if whole:
            heads = [number for number, line in shown if line >= 0]
            self.cursor = (heads or numbers or [self.cursor])[0]
        elif numbers and self.cursor not in numbers:
            self.cursor = numbers[0] if self.cursor > numbers[0] else numbers[-1]

    def acted(self, *, may_flow: bool) -> None:
        """The reader did something: from here arrivals flow only if that left everything at the top."""
        self.live = may_flow and self.at_top
        if self.live:
            self.hidden = 0

    def held_still(self, change: Callable[[], Any], leaving: Collection[str] = ()) -> None:
        """Does `change` and puts the row under the reader's eye back on its line.

        That row is the chosen one if it is in view, else the first visible one that stays. `change` may return what
        turns old numbers into new ones (`FeedRows.remove`); `leaving` are the uris it removes.
        """
        eye, line = self._eye(leaving)
        renumbered = change()
        if not len(self.rows):
            self.cursor = self.top = -1
            self.hidden = 0
            return
        if callable(renumbered):
            self.cursor = self.bounded(renumbered(self.cursor))
            self.top = self.bounded(renumbered(self.top))
            eye = renumbered(eye)
        if self.live:
            self.to_top()
        elif self.height > 0:
            self.put(self.bounded(eye), line)

    def _eye(self, leaving: Collection[str]) -> tuple[int, int]:
        staying = [(number, line) for number, line in self.visible() if self.rows[number].uri not in leaving]
        for number, line in staying:
            if number == self.cursor:
                return number, line
        return staying[0] if staying else (self.top, -self.hidden)
