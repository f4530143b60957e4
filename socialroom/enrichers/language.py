"""Which language a post is in, among those of the room (py3langid)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Language

FLOOR = 0.25  # below it a guess is not shown
READ = 600  # characters; more of a post does not change the answer
_NOT_LANGUAGE = re.compile(r"https?://\S+|www\.\S+|@\w[\w.@-]*|[#_]")
_THREE_LETTERS = re.compile(r"[^\W\d_](?:.*?[^\W\d_]){2}", re.DOTALL)
_UNDETERMINED = Enrichment(language=Language())


class LanguageEnricher:
    """Restricted to `languages` (with English, so that one language is not the only answer); empty: all it knows."""

    def __init__(self, languages: Sequence[str]) -> None:
        import numpy as np
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        self._identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
        codes = {code.lower().split("-")[0] for code in languages} & set(self._identifier.labels)
        if codes:
            codes.add("en")
            self._identifier.set_languages(sorted(codes))
        # The model keeps half-precision figures in an order that every look-up has to gather and widen.
        self._identifier.nb_ptc = np.ascontiguousarray(self._identifier.nb_ptc, dtype=np.float32)
        self._allowed = frozenset(self._identifier.labels)

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """The language of each text; "und" below the floor or without three letters."""
        return [self._one(utterance) for utterance in batch]

    def _one(self, utterance: Utterance) -> Enrichment:
        text = _NOT_LANGUAGE.sub(" ", utterance.text[: 2 * READ])[:READ]
        if _THREE_LETTERS.search(text) is None:
            return _UNDETERMINED
        code, confidence = self._identifier.classify(text)
        claimed = (utterance.claimed_language or "").lower().split("-")[0]
        if confidence < FLOOR:
            # The network's claim is a hint: it decides only where the text does not.
            return Enrichment(
                language=Language(code=claimed if claimed in self._allowed else "und", confidence=confidence)
            )
        return Enrichment(language=Language(code=code, confidence=confidence))


def _build(languages: Sequence[str]) -> Enricher:
    return LanguageEnricher(languages)


LANGUAGE = EnricherSpec(title="Language", order=10, build=_build)
