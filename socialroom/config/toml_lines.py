"""Where a key stands in a TOML text: tomllib reads values, and forgets the lines."""

from __future__ import annotations

import re
from collections.abc import Sequence

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r'"([^"]*)"|\'([^\']*)\'|([A-Za-z0-9_-]+)')
_FENCE = re.compile(r'"""|\'\'\'')

Path = tuple[str | int, ...]


def _parts(dotted: str) -> tuple[str, ...]:
    return tuple(a or b or c for a, b, c in _PART.findall(dotted))


def index(text: str) -> dict[Path, int]:
    """Line (from 1) of every table and key, by path: ("source", 1, "url") is the url of the second [[source]]."""
    lines: dict[Path, int] = {}
    arrays: dict[Path, int] = {}
    table: Path = ()
    fence = ""
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            if fence in line:
                fence = ""
            continue
        header = _HEADER.match(line)
        if header:
            names = _parts(header[2])
            table = _resolve(names[:-1], arrays)
            here: Path = (*table, names[-1])
            if header[1] == "[[":
                arrays[here] = arrays.get(here, -1) + 1
                here = (*here, arrays[here])
            table = here if header[1] == "[[" else _resolve(names, arrays)
            lines.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            lines.setdefault((*table, *_parts(key[1])), number)
            opened = _FENCE.findall(line[key.end() :])
            if len(opened) % 2:
                fence = opened[0]
    return lines


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
        if path in lines:
            return lines[path]
        path = path[:-1]
    return 0
