"""Tone by a small learned engine: pieces of words and lexicons, weights beside it (LEARNED.md says how they were made)."""

from __future__ import annotations

from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.enrichers._student import NAME, Student
from socialroom.enrichers._toned import LONGEST, scored

LANGUAGES = frozenset({"en", "es", "de", "it", "pt", "ar", "nl", "pl", "ro", "sk"})
"""Not French: its pack is as good, and says which words it goes by."""


class LearnedEnricher:
    """Scores the languages it is the best engine for, those of the room among them (none named: all)."""

    def __init__(self, languages: Sequence[str], student: Student | None = None) -> None:
        wanted = {code.lower().split("-")[0] for code in languages} | {"en"}
        self.languages = LANGUAGES & wanted if languages else LANGUAGES
        self._student = student or Student.load()

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Tone of the texts in these languages."""
        return scored(batch, self.languages, self._student.logits, NAME)

    def explain(self, utterance: Utterance) -> list[tuple[str, float]]:
        """What each token and the lexicons add to positive less negative, in logits."""
        language = utterance.language
        if language is None or language.code not in self.languages:
            return []
        return self._student.explain(utterance.text[:LONGEST], language.code)


def _build(languages: Sequence[str]) -> Enricher:
    return LearnedEnricher(languages)


LEARNED = EnricherSpec(title="Tone by learned weights", order=30, build=_build, languages=LANGUAGES)
