"""What changed between two texts, word by word: what an approver reads before saying yes to a new version."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final, NamedTuple

_PIECES: Final = re.compile(r"\S+|\s+")
_COMPARED: Final = 4000  # pieces of either text; two texts that are longer are compared as wholes
_JOINED: Final = 1  # pieces between two changes that are too few to keep them apart: one space


class Piece(NamedTuple):
    """A stretch of text: `old` as it was, `new` as it is; the same in both where nothing changed."""

    old: str
    new: str

    @property
    def same(self) -> bool:
        """Whether nothing changed here."""
        return self.old == self.new


def difference(old: str, new: str) -> list[Piece]:
    """Both texts from beginning to end, in stretches that are the same and stretches that changed, by turns.

    Joined, the `old` parts are the old text and the `new` parts the new one, to the last space. A space alone between
    two changed words belongs to the change.
    """
    before, after = _PIECES.findall(old), _PIECES.findall(new)
    if max(len(before), len(after)) > _COMPARED:
        return [Piece(old, new)] if old or new else []
    found: list[Piece] = []
    for tag, a, b, c, d in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        piece = Piece("".join(before[a:b]), "".join(after[c:d]))
        small = tag == "equal" and b - a <= _JOINED and piece.old.isspace() and "\n" not in piece.old
        if found and not found[-1].same and (tag != "equal" or small):
            found[-1] = Piece(found[-1].old + piece.old, found[-1].new + piece.new)
        else:
            found.append(piece)
    return [piece for whole in found for piece in _trimmed(whole)]


def changes(old: str, new: str) -> list[Piece]:
    """Only what changed."""
    return [piece for piece in difference(old, new) if not piece.same]


def likeness(old: str, new: str) -> float:
    """How much of the words of both is the same: 0 nothing, 1 everything."""
    before, after = old.split()[:_COMPARED], new.split()[:_COMPARED]
    return SequenceMatcher(None, before, after, autojunk=False).ratio() if before or after else 1.0


def _trimmed(piece: Piece) -> list[Piece]:
    """A change without the space at its end that both have: it was joined for a change that did not come."""
    if piece.same or not (piece.old + piece.new).strip():
        return [piece]
    shared = 0
    least = min(len(piece.old), len(piece.new))
    while shared < least and piece.old[-1 - shared] == piece.new[-1 - shared] and piece.old[-1 - shared].isspace():
        shared += 1
    if not shared:
        return [piece]
    return [Piece(piece.old[:-shared], piece.new[:-shared]), Piece(piece.old[-shared:], piece.new[-shared:])]
