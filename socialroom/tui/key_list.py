"""The keys as people read them: what the help screen and the cheat sheet show, made from the table of bindings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from textual.binding import Binding

from socialroom.locale import _
from socialroom.tui import key_names
from socialroom.tui._wrap import cells, fit, wrap
from socialroom.tui.bindings import CONTEXTS
from socialroom.tui.keymap import Keymap

APART: Final = "  "
KEYS_WIDTH: Final = 22  # cells for keys before the sentence


@dataclass(frozen=True)
class Row:
    """One act: its keys (cells of text, clean), its name and its sentence, in the language in use."""

    keys: str
    name: str
    sentence: str

    def has(self, wanted: str) -> bool:
        """Whether a search finds it; `wanted` is casefolded."""
        return wanted in f"{self.keys} {self.name} {self.sentence}".casefold()


@dataclass(frozen=True)
class Section:
    """The acts of one context under its title, or any other list of the same shape."""

    title: str
    rows: tuple[Row, ...]


def sections(keymap: Keymap, contexts: Iterable[str] | None = None) -> list[Section]:
    """The acts of these contexts (all, where none are given), each act once, without those that have no key."""
    seen: set[str] = set()
    found: list[Section] = []
    for name in CONTEXTS if contexts is None else contexts:
        context = CONTEXTS[name]
        rows = tuple(_rows(keymap, [b for b in context.bindings if b.id not in seen]))
        seen |= {binding.id or "" for binding in context.bindings}
        if rows:
            found.append(Section(_(context.title), rows))
    return found


def matching(found: Iterable[Section], wanted: str) -> list[Section]:
    """What a search leaves of the sections."""
    folded = " ".join(wanted.casefold().split())
    left = (replace(section, rows=tuple(row for row in section.rows if row.has(folded))) for section in found)
    return [section for section in left if section.rows]


def as_text(found: Iterable[Section], width: int = 100) -> str:
    """Plain text, at most `width` cells a line."""
    return "\n\n".join("\n".join([section.title, *_text_of(section, width)]) for section in found)


def laid_out(row: Row, width: int) -> list[tuple[str, str]]:
    """One row as lines of two columns: the keys, padded, and what they do; long keys have a line of their own."""
    keys_width = min(KEYS_WIDTH, max(1, width // 3))
    lines = list(wrap(row.sentence, max(1, width - keys_width)))
    keys = fit(row.keys, width)
    if cells(keys) >= keys_width:
        lines.insert(0, "")
    firsts = [keys, *[""] * (len(lines) - 1)]
    return [(f"{key}{' ' * (keys_width - cells(key))}", line) for key, line in zip(firsts, lines, strict=True)]


def _text_of(section: Section, width: int) -> Iterator[str]:
    for row in section.rows:
        for keys, sentence in laid_out(row, width - 2):
            yield f"  {keys}{sentence}".rstrip()


def _rows(keymap: Keymap, bindings: Sequence[Binding]) -> Iterator[Row]:
    grouped: dict[str, list[Binding]] = {}
    for binding in bindings:
        grouped.setdefault(binding.group.description if binding.group else binding.id or "", []).append(binding)
    for one in grouped.values():
        keys = _keys(keymap, one)
        if keys:
            yield Row(keys, _(one[0].description), _(one[0].tooltip))


def _keys(keymap: Keymap, bindings: Sequence[Binding]) -> str:
    """One act's keys, wide apart since a comma can be one of them; a group's first keys, then its second ones."""
    lists = [keymap.keys[binding.id or ""] for binding in bindings]
    if len(bindings) == 1:
        return APART.join(key_names.key_name(key) for key in lists[0])
    depth = max(len(keys) for keys in lists)
    return APART.join(_run([key_names.key_name(keys[i]) for keys in lists if i < len(keys)]) for i in range(depth))


def _run(keys: Sequence[str]) -> str:
    """Keys of a group side by side; digits that follow each other as "1…9"."""
    joined = "".join(keys)
    if len(keys) > 2 and joined in "123456789":
        return f"{keys[0]}…{keys[-1]}"
    return " ".join(keys)
