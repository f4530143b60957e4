"""Lines of text as values: what panes build, and what `LinesView` paints."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from socialroom.domain.text import clean_line, is_clean
from socialroom.tui._wrap import cells, fit, wrap

SEPARATOR: Final = " · "


class Span(NamedTuple):
    """A piece of text; `ink` is a colour of the theme."""

    text: str
    ink: str = "foreground"
    bold: bool = False


class Line(NamedTuple):
    """One line: `right` stands at the right edge where there is room for it.

    `fill` is a colour of the theme that takes the place of the background; the text is then written in the background's.
    """

    spans: tuple[Span, ...] = ()
    right: tuple[Span, ...] = ()
    fill: str = ""


class Row(NamedTuple):
    """One thing of the list. A heading is never under the cursor."""

    id: str
    lines: tuple[Line, ...]
    sign: Span | None = None  # one cell, left of the first line
    heading: bool = False


@lru_cache(maxsize=4096)
def safe(text: str) -> str:
    """The text as it may stand on one line of the screen: the check behind those of whoever made it."""
    return text if is_clean(text) and "\n" not in text else clean_line(text)


def paragraph(text: str, width: int, *, ink: str = "foreground", bold: bool = False, limit: int = 0) -> list[Line]:
    """A text wrapped at words; at most `limit` lines, the last one ending in an ellipsis where more was there."""
    return [Line((Span(line, ink, bold),)) for line in wrap(safe(text), max(1, width), limit)]


def flow(items: Sequence[Span], width: int, limit: int = 0) -> list[Line]:
    """Short things side by side with dots between them, on as many lines as they need (at most `limit`).

    A thing goes to the next line whole; only one that is wider than a line is broken. What finds no place is left out.
    """
    lines: list[list[Span]] = []
    used = 0
    for text, ink, bold in items:
        shown = safe(text)
        size = cells(shown)
        if not shown:
            continue
        if lines and used + len(SEPARATOR) + size <= width:
            lines[-1] += [Span(SEPARATOR, "muted"), Span(shown, ink, bold)]
            used += len(SEPARATOR) + size
            continue
        left = limit - len(lines) if limit else 0
        if limit and left <= 0:
            break
        for piece in wrap(shown, max(1, width), left):
            lines.append([Span(piece, ink, bold)])
            used = cells(piece)
    return [Line(tuple(spans)) for spans in lines]


def filled(items: Sequence[Span], width: int) -> tuple[list[Span], list[Span]]:
    """As many things as fit on one line, dots between them; and the others. The first one is cut where it must be."""
    line: list[Span] = []
    left: list[Span] = []
    used = 0
    for item in items:
        size = cells(safe(item.text)) + (len(SEPARATOR) if line else 0)
        if line and used + size > width:
            left.append(item)
            continue
        if line:
            line.append(Span(SEPARATOR, "muted"))
        line.append(item._replace(text=fit(safe(item.text), width)) if used + size > width else item)
        used += size
    return line, left
