"""English tone by vaderSentiment 3.3.2, of what no better engine scored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.enrichers._toned import LONGEST
from socialroom.enrichers._vader import LinearVader

ENGINE = "vader 3.3.2"
THRESHOLD = 0.05  # upstream's own advice


class VaderEnricher:
    """Scores what is in English; leaves everything else to others."""

    def __init__(self) -> None:
        self._analyzer = LinearVader()

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Tone of the English texts."""
        return [self._one(u) for u in batch]

    def explain(self, utterance: Utterance) -> list[tuple[str, float]]:
        """What each word adds, before it is squeezed."""
        return self._analyzer.explain(utterance.text[:LONGEST])

    def _one(self, utterance: Utterance) -> Enrichment:
        if utterance.language is None or utterance.language.code != "en":
            return Enrichment()
        if utterance.tone is not None or not utterance.text.strip():
            return Enrichment()
        score = self._analyzer.polarity_scores(utterance.text[:LONGEST])["compound"]
        label = ToneLabel.NEUTRAL
        if abs(score) >= THRESHOLD:
            label = ToneLabel.POSITIVE if score > 0 else ToneLabel.NEGATIVE
        return Enrichment(tone=Tone(label=label, score=score, engine=ENGINE))


def _build(_languages: Sequence[Any]) -> Enricher:
    return VaderEnricher()


VADER = EnricherSpec(title="Tone of English (VADER)", order=50, build=_build, languages=frozenset({"en"}))
