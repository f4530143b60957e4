"""The learned engine's features and weights: hashed pieces of words, and what the lexicons say.

A token gives itself, its first 4 and 6 signs, and every 4 signs in a row of ^token$, each hashed into 2^18 places. A text
is the set of its tokens: their weights are summed and divided by the root of how many pieces there are. So a token costs
one look-up once it has been seen.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from socialroom.enrichers._rules import Pack, emoji
from socialroom.enrichers._vader import LinearVader

Floats = npt.NDArray[np.float32]

BITS = 18
LANGUAGES = ("en", "fr", "es", "de", "it", "pt", "ar", "nl", "pl", "ro", "sk")
LEXICON = 6 + 4 * len(LANGUAGES)  # how many figures of the lexicons there are
LEXICON_SHARE = 0.7
SHARPNESS = 1.5  # logits are least-squares figures: too flat
WEIGHTS = "student.npz"
NAME = "learned 1"
_TRADE = 1.5  # logits that a text full of the trade's own words gains
_REMEMBERED = 60_000  # tokens
_ADDRESS = re.compile(r"https?(?:://\S+)?\b|www\.\S+")
_NAME = re.compile(r"@\w[\w.@-]*")
_RUN = re.compile(r"(.)\1{3,}", re.DOTALL)
_TOKEN = re.compile(r"[^\W_]+|[^\w\s]")


def tokens(text: str) -> list[str]:
    """The different tokens of a text, in their order."""
    text = _NAME.sub("@", _ADDRESS.sub(" ", text.lower()))
    return list(dict.fromkeys(_TOKEN.findall(_RUN.sub(r"\1\1\1", text))))


def places(token: str) -> list[int]:
    """Where the pieces of a token lie among the weights."""
    pieces = [token]
    if len(token) > 4:
        pieces.append("4" + token[:4])
    if len(token) > 6:
        pieces.append("6" + token[:6])
    if len(token) > 1:
        framed = f"^{token}$"
        pieces += ["=" + framed[i : i + 4] for i in range(max(len(framed) - 3, 1))]
    return [zlib.crc32(piece.encode("utf-8", "surrogatepass")) >> (32 - BITS) for piece in pieces]


class Lexicons:
    """What words with a score say of a text, before anything is learned: c of its words, e of its emoji, in [-1, 1]."""

    def __init__(self) -> None:
        self._vader = LinearVader()
        self._packs = {code: Pack(code, overlay=False) for code in LANGUAGES if code != "en"}
        self._trade = {code: Pack(code, words=False) for code in LANGUAGES}
        self._emoji = emoji()

    def words(self, text: str, language: str) -> float:
        """C."""
        if language == "en":
            return float(self._vader.polarity_scores(text)["compound"])
        return self._packs[language].score(text)

    def pictures(self, text: str) -> float:
        """E."""
        if text.isascii():
            return 0.0
        total = sum(self._emoji[p] * min(text.count(p), 3) for p in sorted(self._emoji.keys() & set(text)))
        return total / math.sqrt(total * total + 15)

    def trade(self, text: str, language: str) -> float:
        """What the words of the trade say that no lexicon holds ("no signal"), in [-1, 1]."""
        return self._trade[language].score(text)

    def explain(self, text: str, language: str) -> tuple[list[str], list[str]]:
        """The words that make c, and those of the trade."""
        said = self._vader.explain(text) if language == "en" else self._packs[language].explain(text)
        return [word for word, _ in said], [word for word, _ in self._trade[language].explain(text)]


def lexicon_row(c: float, e: float, language: str) -> list[float]:
    """The figures of the lexicons, shared and by language."""
    row = [0.0] * LEXICON
    row[:6] = c, abs(c), e, abs(e), max(c, 0.0), float(abs(c) < 0.05)
    at = 6 + 4 * LANGUAGES.index(language)
    row[at : at + 4] = c, abs(c), e, abs(e)
    return [LEXICON_SHARE * value for value in row]


class Student:
    """The weights at work. `logits` are of negative, neutral, positive."""

    def __init__(self, hashed: Floats, lexicon: Floats, bias: Floats) -> None:
        self._hashed, self._lexicon, self._bias = hashed, lexicon, bias
        self.lexicons = Lexicons()
        self._rows: dict[str, int] = {}
        self._table = np.zeros((1024, 4), np.float32)  # of each token seen: its weights, and its number of pieces

    @classmethod
    def load(cls) -> Student:
        """From the weights that are shipped."""
        with (
            (files("socialroom.enrichers") / WEIGHTS).open("rb") as file,
            np.load(file, allow_pickle=False) as kept,
        ):
            hashed = kept["hashed"].astype(np.float32)
            return cls(hashed, kept["lexicon"].astype(np.float32), kept["bias"].astype(np.float32))

    def logits(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """A row a text; the languages must be among LANGUAGES."""
        if len(self._rows) > _REMEMBERED:
            self._rows.clear()
        rows: list[int] = []
        starts: list[int] = []
        for text in texts:
            starts.append(len(rows))
            rows += self._known(tokens(text)) or [0]
        sums = np.add.reduceat(self._table[rows], starts, axis=0)
        found = sums[:, :3] / np.sqrt(np.maximum(sums[:, 3:], 1.0))
        said = [
            (self.lexicons.words(t, code), self.lexicons.pictures(t), code)
            for t, code in zip(texts, languages, strict=True)
        ]
        found += np.array([lexicon_row(*one) for one in said], np.float32) @ self._lexicon
        trade = [self.lexicons.trade(t, code) for t, code in zip(texts, languages, strict=True)]
        result: Floats = found * SHARPNESS + self._bias + _TRADE * np.outer(trade, (-1, 0, 1)).astype(np.float32)
        return result

    def explain(self, text: str, language: str) -> list[tuple[str, float]]:
        """What each token, the lexicons and the trade's words add to positive less negative, in logits; all of it sums up."""
        found = tokens(text)
        vectors = self._table[rows] if (rows := self._known(found)) else np.zeros((0, 4), np.float32)
        root = math.sqrt(max(float(vectors[:, 3].sum()), 1.0))
        said = [
            (token, float(vector[2] - vector[0]) / root * SHARPNESS)
            for token, vector in zip(found, vectors, strict=True)
        ]
        lexicons = self.lexicons
        row = np.array(lexicon_row(lexicons.words(text, language), lexicons.pictures(text), language), np.float32)
        sides = row @ self._lexicon
        words, trade = lexicons.explain(text, language)
        said.append((" ".join(["lexicon:", *words]), float(sides[2] - sides[0]) * SHARPNESS))
        if trade:
            said.append((" ".join(["trade:", *trade]), 2 * _TRADE * lexicons.trade(text, language)))
        said.append(("bias", float(self._bias[2] - self._bias[0])))
        return said

    def _known(self, found: list[str]) -> list[int]:
        """Rows of the table; row 0 is nobody's."""
        rows = []
        for token in found:
            row = self._rows.get(token)
            if row is None:
                row = self._rows[token] = len(self._rows) + 1
                if row >= len(self._table):
                    self._table = np.concatenate([self._table, np.zeros_like(self._table)])
                at = places(token)
                self._table[row, :3] = self._hashed[at].sum(axis=0)
                self._table[row, 3] = len(at)
            rows.append(row)
        return rows
