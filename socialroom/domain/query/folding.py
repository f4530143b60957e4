"""Texts without case and accents, as words are compared."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from socialroom.domain._patterns import Pattern

WORD: Final = re.compile(r"\w+")
"""A word of a folded text, or of an exact one."""
# Scripts that write words without edges between them: there a word is looked for anywhere.
_EDGELESS: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
_UNDECOMPOSED: Final = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h"}
_MARKS: Final = Pattern(r"\p{Mn}+")


def fold(text: str) -> str:
    """The text without case and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    for letter, letters in _UNDECOMPOSED.items():
        if letter in plain:
            plain = plain.replace(letter, letters)
    return plain if plain.isascii() else _MARKS.sub("", plain)


def composed(text: str) -> str:
    """The text with its case and accents, each accented letter as one sign."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def is_edgeless(text: str) -> bool:
    """Whether some of it is of a script that writes words without edges."""
    return not text.isascii() and any(first <= letter <= last for letter in text for first, last in _EDGELESS)
