"""Tone by the multilingual encoder of the extra `[accurate]`, with lexicons and the learned engine: better, and slower.

It runs where `[room] tone = "accurate"`. Romanian and Slovak are left to the learned engine: the encoder never learnt them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.enrichers._accurate import Encoder, Floats, Head
from socialroom.enrichers._student import Student
from socialroom.enrichers._toned import LONGEST, scored

NAME = "accurate 1"
LANGUAGES = frozenset({"en", "fr", "es", "de", "it", "pt", "ar", "nl", "pl"})
_BY_PEOPLE = frozenset({"en", "fr", "pt"})  # their lexicons are
_EXPLAINED = 60  # words of a text that are left out one by one
_BIAS = np.array((0.4, 0.0, 0.4), np.float32)


class AccurateEnricher:
    """Scores what the encoder knows of the room's languages (none named: all)."""

    def __init__(self, languages: Sequence[str]) -> None:
        wanted = {code.lower().split("-")[0] for code in languages} | {"en"}
        self.languages = LANGUAGES & wanted if languages else LANGUAGES
        self._encoder, self._head, self._student = Encoder(), Head.load(), Student.load()
        self._encoder.encode(["ready"])  # without the extra it fails here, and the others speak

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Tone of the texts in these languages."""
        return scored(batch, self.languages, self._logits, NAME)

    def explain(self, utterance: Utterance) -> list[tuple[str, float]]:
        """What would be missing of positive less negative, in logits, without each word: the encoder reads them together."""
        language = utterance.language
        words = utterance.text[:LONGEST].split()[:_EXPLAINED]
        if language is None or language.code not in self.languages or not words:
            return []
        texts = [" ".join(words), *(" ".join(words[:n] + words[n + 1 :]) for n in range(len(words)))]
        said = self._logits(texts, [language.code] * len(texts))
        sides = (said[:, 2] - said[:, 0]).tolist()
        return [(word, sides[0] - without) for word, without in zip(words, sides[1:], strict=True)]

    def _logits(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        lexicons = self._student.lexicons
        said = [
            lexicons.words(text, code) if code in _BY_PEOPLE else lexicons.pictures(text)
            for text, code in zip(texts, languages, strict=True)
        ]
        found = self._head.log_shares(self._encoder.encode(texts))
        found = found + 0.75 * np.outer(said, (-1, 0, 1)).astype(np.float32)
        result: Floats = found + 0.25 * self._student.logits(texts, languages) + _BIAS
        return result


def _build(languages: Sequence[str]) -> Enricher:
    return AccurateEnricher(languages)


ACCURATE = EnricherSpec(
    title="Tone by the multilingual encoder", order=20, build=_build, asked="accurate", languages=LANGUAGES
)
