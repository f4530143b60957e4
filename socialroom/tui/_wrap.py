"""Word wrap and cropping by cells: the arithmetic of every line that shows a post."""

from __future__ import annotations

import re
from functools import lru_cache

from rich.cells import cell_len

ELLIPSIS = "…"
_KEEPS = "\u00a0\u202f\u2007"  # spaces that no line ends at: French has one before each of ; : ! ?
_BREAKS = re.compile(rf"[^\S{_KEEPS}]+")


def cells(text: str) -> int:
    """How many cells `text` takes; only text that is not ASCII is measured."""
    return len(text) if text.isascii() else cell_len(text)


def _graphemes(text: str) -> list[str]:
    """Only words longer than a line come here: above all of Japanese and Chinese, where a sign is a grapheme."""
    if all("\u3041" <= sign <= "\u9fff" and sign not in "\u3099\u309a" for sign in text):
        return list(text)
    import regex

    return regex.findall(r"\X", text)


def _cut(text: str, width: int) -> tuple[str, str]:
    """Splits after as many whole graphemes as fit in `width` cells (at least one, so that a loop ends)."""
    if text.isascii():
        return text[: max(1, width)], text[max(1, width) :]
    # No grapheme is wider than two cells per code point: what lies far beyond the line need not be cut up.
    used = length = 0
    for grapheme in _graphemes(text[: width * 12 + 64]):
        size = cells(grapheme)
        if used + size > width and length:
            break
        used += size
        length += len(grapheme)
    return text[:length], text[length:]


def fit(text: str, width: int) -> str:
    """`text` cropped to `width` cells, an ellipsis in its last cell where something was cut."""
    if cells(text) <= width:
        return text
    if width < 2:
        return ELLIPSIS[: max(0, width)]
    head, _ = _cut(text, width - 1)
    return (head if cells(head) < width else "") + ELLIPSIS


def _words(text: str) -> list[str]:
    """What a line may break between."""
    if text.isascii() or not any(space in text for space in _KEEPS):
        return text.split()
    return [word for word in _BREAKS.split(text) if word]


def _paragraph(text: str, width: int, lines: list[str], stop: int) -> None:
    """Wraps one paragraph onto `lines`, going on until `stop` lines are there."""
    line = ""
    used = 0
    for word in _words(text):
        rest, size = word, cells(word)
        gap = 1 if line else 0
        while used + gap + size > width:
            wide = size > len(rest)  # scripts written without spaces break anywhere
            room = width - used - gap
            if (wide or size > width) and room >= min(width, 4):
                head, rest = _cut(rest, room)
                if cells(head) > room:  # one wide sign in one cell: the next line has room for it
                    rest, head = head + rest, ""
                line = f"{line} {head}" if gap and head else line + head
            lines.append(line)
            if len(lines) >= stop:
                return
            line, used, gap, size = "", 0, 0, cells(rest)
            if size > width and width < 2:
                return
        if rest:
            line = f"{line} {rest}" if gap else rest
            used += gap + size
    if line:
        lines.append(line)


@lru_cache(maxsize=128)
def whole(text: str, width: int) -> tuple[str, ...]:
    """Breaks `text` (clean) into lines of at most `width` cells and leaves nothing out: every space and every empty line."""
    lines: list[str] = []
    width = max(1, width)
    for paragraph in text.split("\n"):
        rest = paragraph
        while cells(rest) > width:
            head, _tail = _cut(rest, width)
            space = head.rfind(" ")
            if 0 < space < len(head) - 1 and head[:space].strip() and rest[len(head) : len(head) + 1] != " ":
                head = rest[: space + 1]
            lines.append(head)
            rest = rest[len(head) :]
        lines.append(rest)
    return tuple(lines)


@lru_cache(maxsize=512)
def wrap(text: str, width: int, limit: int = 0) -> tuple[str, ...]:
    """Wraps `text` into lines of at most `width` cells.

    Args:
        text: clean text; line feeds end paragraphs.
        width: cells.
        limit: at most so many lines, the last one ending in an ellipsis if more was there, and no empty lines; 0 keeps
            everything, with at most one empty line between paragraphs.
    """
    lines: list[str] = []
    stop = limit + 1 if limit else 1 << 30
    for paragraph in text.split("\n"):
        if not paragraph or paragraph.isspace():
            if not limit and lines and lines[-1]:
                lines.append("")
            continue
        _paragraph(paragraph, max(1, width), lines, stop)
        if len(lines) >= stop:
            break
    while lines and not lines[-1]:
        lines.pop()
    if limit and len(lines) > limit:
        del lines[limit:]
        last = lines[-1]
        lines[-1] = last + ELLIPSIS if cells(last) < width else fit(last + "  ", width)
    return tuple(lines)
