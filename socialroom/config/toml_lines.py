"""Where a key stands in a TOML text: tomllib reads values, and forgets the lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

_PART: Final = re.compile(r'"((?:[^"\\\n]|\\.)*)"|\'([^\'\n]*)\'|([A-Za-z0-9_-]+)')
_STRINGS: Final = re.compile(r'"""(?:[^\\]|\\.)*?"{3,5}|\'\'\'.*?\'{3,5}|"(?:[^"\\\n]|\\.)*"|\'[^\'\n]*\'', re.DOTALL)
_COMMENT: Final = re.compile(r"#[^\n]*")
_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)+")

Path = tuple[str | int, ...]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))


def index(text: str) -> dict[Path, int]:
    """Line (from 1) of every table and key, by path: ("source", 1, "url") is the url of the second [[source]].

    `text` is valid TOML; of inline tables only the key that holds them is known.
    """
    lines: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    for number, head, is_header in _statements(text):
        names = _parts(head.strip("[]"))
        if not names:
            continue
        if not is_header:
            lines.setdefault((*table, *names), number)
            continue
        here: Path = (*_resolve(names[:-1], arrays), names[-1])
        if head.startswith("[["):
            arrays[here] = arrays.get(here, -1) + 1
            table = (*here, arrays[here])
        else:
            table = _resolve(names, arrays)
        lines.setdefault(table, number)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str, bool]]:
    """Line, head and kind of each statement: "[table]" (True), or the key before "=" (False)."""
    at, number = 0, 1
    while at < len(text):
        blank = _BLANK.match(text, at)
        if blank:
            number += text.count("\n", at, blank.end())
            at = blank.end()
            continue
        is_header = text[at] == "["
        end = _end(text, at, "\n" if is_header else "=")
        yield number, text[at:end].strip() if not is_header else _COMMENT.sub("", text[at:end]).strip(), is_header
        after = end if is_header else _end_of_value(text, end + 1)
        number += text.count("\n", at, after)
        at = max(after, at + 1)


def _end(text: str, at: int, stop: str) -> int:
    """The place of the next `stop` outside strings, or the end."""
    while at < len(text) and text[at] != stop:
        string = _STRINGS.match(text, at)
        at = string.end() if string else at + 1
    return at


def _end_of_value(text: str, at: int) -> int:
    """The end of the line on which a value ends: lists and strings may go over several."""
    depth = 0
    while at < len(text):
        skipped = _STRINGS.match(text, at) or _COMMENT.match(text, at)
        if skipped:
            at = skipped.end()
            continue
        depth += (text[at] in "[{") - (text[at] in "]}")
        if text[at] == "\n" and depth <= 0:
            return at
        at += 1
    return at


def _resolve(names: Sequence[str], arrays: dict[Path, int]) -> Path:
    """The path of a header, with the index of the array element it lies in."""
    path: Path = ()
    for name in names:
        path = (*path, name)
        if path in arrays:
            path = (*path, arrays[path])
    return path


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of `path`, else of the nearest thing around it, else 0."""
    while path:
        for known in (path, (*path, 0)):  # a table written as a list of tables is known by its first
            if known in lines:
                return lines[known]
        path = path[:-1]
    return 0
