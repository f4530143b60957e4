"""A widget that keeps the lines Textual made of it, and lets them go at once when they are replaced.

Textual asks every widget of a container for its lines whenever one of them changes, and fits filters and styles to each
line again, changed or not. And a line that it divides where it ends refers to itself from then on, through its own cache:
it, its segments and seven more caches wait for a full garbage collection. Six busy feeds leave twenty thousand objects a
second behind that way, and the collection of them is 40 to 80 ms in which no key is answered.
"""

from __future__ import annotations

from typing import Self

from textual.filter import ANSIToTruecolor
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


class KeptLines(Widget):
    """Base of the widgets that paint their own lines and change often."""

    _lines_made: tuple[Region, list[Strip]] | None = None

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Something changed; while it is hidden it has no size, and no line that Textual could call changed."""
        if repaint and self._lines_made is not None and not self.size:
            for line in self._lines_made[1]:
                line._divide_cache.clear()  # noqa: SLF001 - the circle
            self._lines_made = None
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The widget's lines, its borders too; those of before while nothing changed."""
        made = self._lines_made
        unchanged = not self._styles_cache._dirty_lines  # noqa: SLF001 - Textual says it nowhere else
        if unchanged and made is not None and made[0] == crop:
            return made[1]
        lines = super().render_lines(crop)
        if made is not None:
            kept = set(map(id, lines))
            for line in made[1]:
                if id(line) not in kept:
                    line._divide_cache.clear()  # noqa: SLF001 - the circle
        self._lines_made = (crop, lines)
        return lines


class BareLines(KeptLines):
    """One that makes whole lines in true colours: while it has no border, padding or opacity, nothing is put around them.

    Its `render_line` gives the same object for the same line, wherever that stands; who forgets a line clears its
    `_divide_cache`.
    """

    _is_bare: bool | None = None

    def notify_style_update(self) -> None:
        """Another style may put something around the lines."""
        super().notify_style_update()
        self._is_bare = None

    def render_lines(self, crop: Region) -> list[Strip]:
        """As the class says; else the usual way."""
        if self._is_bare is None:
            self._is_bare = self._nothing_around()
        if not self._is_bare or crop.column_span != (0, self.size.width):
            return super().render_lines(crop)
        dirty, made = self._styles_cache._dirty_lines, self._lines_made  # noqa: SLF001 - see above
        if not dirty and made is not None and made[0] == crop:
            return made[1]
        dirty.clear()
        self._lines_made = (crop, [self.render_line(y) for y in crop.line_range])
        return self._lines_made[1]

    def _nothing_around(self) -> bool:
        styles = self.styles
        plain = not any(styles.gutter) and not any(edge for edge, _colour in styles.outline)
        opaque = styles.opacity == 1.0 and styles.text_opacity == 1.0 and not styles.has_rule("hatch")
        return plain and opaque and all(isinstance(one, ANSIToTruecolor) for one in self.get_line_filters())
