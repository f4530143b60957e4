"""How much two texts say the same, by the pairs of words that they share (MinHash, bottom-k). Pure.

A. Broder, "On the resemblance and containment of documents" (1997): the smallest hashes of two sets of pairs are a fair
sample of both, so the share that they have in common estimates the share of the pairs.
"""

from __future__ import annotations

import heapq
import re
import zlib
from itertools import pairwise
from typing import Final

from socialroom.domain.query.folding import WORD, fold, is_edgeless
from socialroom.domain.value import Value

ALIKE: Final = 0.6  # of the pairs of words, from which on texts say the same: one word of ten may differ
_FEWEST: Final = 4  # words: many people thank in two of them, and none repeats another
_READ: Final = 4_000  # characters of a text that are looked at
_KEPT: Final = 64  # hashes of a sketch
_LOOKED_UP: Final = 6  # of which one at least is the same in texts that are alike, in all but a few of a thousand
_NOT_WORDS: Final = re.compile(r"https?://\S+|@[\w.@-]+|^\s*RT\b:?")


class Sketch(Value, frozen=True):
    """What is kept of a text: the smallest hashes of its pairs of words, ascending."""

    hashes: tuple[int, ...]

    @property
    def keys(self) -> tuple[int, ...]:
        """By which alike texts are looked up."""
        return self.hashes[:_LOOKED_UP]


def sketch(text: str) -> Sketch | None:
    """The sketch of a text; None where it is too short to repeat anything. Addresses and handles are no words."""
    words: list[str] = []
    for word in WORD.findall(fold(_NOT_WORDS.sub(" ", text[:_READ]))):
        # A script without edges gives one long word: its letters stand for words.
        words += word if is_edgeless(word) else (word,)
    if len(words) < _FEWEST:
        return None
    pairs = {f"{a} {b}" for a, b in pairwise(words)}
    hashes = {zlib.crc32(pair.encode("utf-8", "replace")) for pair in pairs}
    return Sketch(hashes=tuple(heapq.nsmallest(_KEPT, hashes)))


def alike(one: Sketch, other: Sketch) -> float:
    """The share of their pairs that both have, in [0, 1]; the same whichever comes first."""
    ours, theirs = set(one.hashes), set(other.hashes)
    sample = heapq.nsmallest(_KEPT, ours | theirs)
    return sum(number in ours and number in theirs for number in sample) / len(sample)
