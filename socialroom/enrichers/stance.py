"""Stance: love, thanks, criticism, abuse or a question, by rules and a data file per language."""

from __future__ import annotations

from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.stance import Stance
from socialroom.domain.text import clean_line
from socialroom.enrichers._stance_rules import StanceRules, available

LONGEST = 1_000  # characters; of a longer post the head says what it is
_WORDS = 60  # characters of one reason


class StanceEnricher:
    """Says the stance of posts in the languages that have rules and that the room works in (none named: all)."""

    def __init__(self, languages: Sequence[str]) -> None:
        wanted = {code.lower().split("-")[0] for code in languages}
        self._rules = {code: StanceRules(code) for code in available() if not wanted or code in wanted}

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Stances of the texts in these languages."""
        return [self._one(u) for u in batch]

    def _one(self, utterance: Utterance) -> Enrichment:
        rules = self._rules.get(utterance.language.code) if utterance.language else None
        if rules is None or not utterance.text.strip():
            return Enrichment()
        tone = utterance.tone.score if utterance.tone is not None else None
        label, words = rules.stance(utterance.text[:LONGEST], tone=tone, to_us=utterance.to_us)
        said = tuple(clean_line(w, _WORDS) for w in words)
        return Enrichment(stance=Stance(label=label, words=said, engine=rules.engine))


def _build(languages: Sequence[str]) -> Enricher:
    return StanceEnricher(languages)


STANCE = EnricherSpec(
    title="Stance: love, thanks, criticism, abuse, question", order=90, build=_build, languages=frozenset(available())
)
