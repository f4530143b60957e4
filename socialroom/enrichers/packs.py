"""Tone by language packs: one rule engine, one data file per language."""

from __future__ import annotations

from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.enrichers._rules import Pack, available
from socialroom.enrichers._toned import LONGEST, Standing

THRESHOLD = 0.05


class PackEnricher:
    """Scores the languages that have a pack and that the room works in (none named: all packs)."""

    def __init__(self, languages: Sequence[str]) -> None:
        wanted = {code.lower().split("-")[0] for code in languages}
        self._packs = {
            code: pack for code in available() if (not wanted or code in wanted) and (pack := Pack(code)).lexicons
        }

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Tone of the texts in these languages."""
        return [self._one(u) for u in batch]

    def explain(self, utterance: Utterance) -> list[tuple[str, float]]:
        """What each word, phrase and sign adds, before it is squeezed."""
        pack = self._packs.get(utterance.language.code) if utterance.language else None
        return pack.explain(utterance.text[:LONGEST]) if pack is not None else []

    def _one(self, utterance: Utterance) -> Enrichment:
        pack = self._packs.get(utterance.language.code) if utterance.language else None
        if pack is None or utterance.tone is not None or not utterance.text.strip():
            return Enrichment()
        score = pack.score(utterance.text[:LONGEST])
        label = ToneLabel.NEUTRAL
        if abs(score) >= THRESHOLD:
            label = ToneLabel.POSITIVE if score > 0 else ToneLabel.NEGATIVE
        standing: Standing = "" if pack.by_people else "experimental"
        return Enrichment(tone=Tone(label=label, score=score, engine=pack.engine, standing=standing))


def _build(languages: Sequence[str]) -> Enricher:
    return PackEnricher(languages)


PACKS = EnricherSpec(
    title="Tone by language packs",
    order=40,
    build=_build,
    languages=frozenset({"fr", "pt", "es", "de", "it", "nl", "pl", "ar"}),
)
