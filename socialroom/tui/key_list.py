"""The keys as people read them: what the help screen and the cheat sheet show, made from the table of bindings."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from textual.binding import Binding

from socialroom.locale import _
from socialroom.tui._wrap import cells, fit, wrap
from socialroom.tui.bindings import CONTEXTS, Context
from socialroom.tui.key_names import is_free_while_typing, key_name
from socialroom.tui.keymap import Keymap

APART: Final = "  "
KEYS_WIDTH: Final = 22  # cells for keys before the sentence


def plain(text: str) -> str:
    """As one types in a hurry: small letters, no accents, straight apostrophes."""
    apart = unicodedata.normalize("NFD", text.casefold().replace("’", "'"))
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


@dataclass(frozen=True)
class Row:
    """One act: its keys (cells of text, clean), its name and its sentence, in the language in use."""

    keys: str
    name: str
    sentence: str

    def has(self, wanted: str) -> bool:
        """Whether a search finds it; `wanted` is casefolded."""
        said = f"{self.keys} {self.name} {self.sentence}"
        return wanted in said.casefold() or (len(wanted) > 1 and plain(wanted) in plain(said))


@dataclass(frozen=True)
class Section:
    """The acts of one context under its title, or any other list of the same shape."""

    title: str
    rows: tuple[Row, ...]


def sections(keymap: Keymap, contexts: Iterable[str] | None = None) -> list[Section]:
    """The acts and their keys, by context; acts without a key are left out.

    Args:
        keymap: the keys in use.
        contexts: those that are live together, the innermost first: an act is listed once, and only with keys that
            reach it. None lists all contexts, each by itself.
    """
    found: list[Section] = []
    reach = _Reach()
    for name in CONTEXTS if contexts is None else contexts:
        context = CONTEXTS[name]
        reach = _Reach() if contexts is None else reach
        rows = tuple(_rows(context, {b.id or "": reach.keys(b, keymap) for b in context.bindings}))
        reach.leave(context)
        if rows:
            found.append(Section(_(context.title), rows))
    return found


class _Reach:
    """Which keys are left for outer contexts, going outwards."""

    def __init__(self) -> None:
        self._taken: dict[str, str] = {}
        self._listed: set[str] = set()
        self._typing = False

    def keys(self, binding: Binding, keymap: Keymap) -> tuple[str, ...]:
        """The keys that reach this act; none if it was listed already."""
        id_ = binding.id or ""
        if id_ in self._listed:
            return ()
        self._listed.add(id_)
        return tuple(
            key
            for key in keymap.keys[id_]
            if not (self._typing and not is_free_while_typing(key.split(" ")[0]))
            and self._taken.setdefault(key, id_) == id_
        )

    def leave(self, context: Context) -> None:
        """What is outside a text input gets no key that types."""
        self._typing = self._typing or context.typing


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


def _rows(context: Context, keys: Mapping[str, tuple[str, ...]]) -> Iterator[Row]:
    grouped: dict[str, list[Binding]] = {}
    for binding in context.bindings:
        if keys[binding.id or ""]:
            grouped.setdefault(binding.group.description if binding.group else binding.id or "", []).append(binding)
    for bindings in grouped.values():
        written = _written([keys[binding.id or ""] for binding in bindings])
        yield Row(written, _(bindings[0].description), _(bindings[0].tooltip))


def _written(lists: Sequence[tuple[str, ...]]) -> str:
    """One act's keys, wide apart since a comma can be one of them; a group's first keys, then its second ones."""
    if len(lists) == 1:
        return APART.join(key_name(key) for key in lists[0])
    depth = max(len(keys) for keys in lists)
    return APART.join(_run([key_name(keys[i]) for keys in lists if i < len(keys)]) for i in range(depth))


def _run(keys: Sequence[str]) -> str:
    """Keys of a group side by side; digits that follow each other as "1…9"."""
    if len(keys) > 2 and "".join(keys) in "123456789":
        return f"{keys[0]}…{keys[-1]}"
    return " ".join(keys)
