"""Tone by language packs: one rule engine, one data file per language."""

from __future__ import annotations

from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.enrichers._rules import Pack, available

LONGEST = 2_000  # characters; of a longer post the head is scored
THRESHOLD = 0.05


class PackEnricher:
    """Scores the languages that have a pack and that the room works in (none named: all packs)."""

    def __init__(self, languages: Sequence[str]) -> None:
        wanted = {code.lower().split("-")[0] for code in languages}
        self._packs = {code: Pack(code) for code in available() if not wanted or code in wanted}

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Tone of the texts in these languages."""
        return [self._one(u) for u in batch]

    def _one(self, utterance: Utterance) -> Enrichment:
        pack = self._packs.get(utterance.language.code) if utterance.language else None
        if pack is None or utterance.tone is not None or not utterance.text.strip():
            return Enrichment()
        score = pack.score(utterance.text[:LONGEST])
        label = ToneLabel.NEUTRAL
        if abs(score) >= THRESHOLD:
            label = ToneLabel.POSITIVE if score > 0 else ToneLabel.NEGATIVE
        return Enrichment(tone=Tone(label=label, score=score, engine=pack.engine))


def _build(languages: Sequence[str]) -> Enricher:
    return PackEnricher(languages)


PACKS = EnricherSpec(title="Tone by language packs", order=40, build=_build, languages=frozenset({"fr"}))
