"""Which language a post is in, among those of the room (py3langid)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from socialroom.domain.ports import Enricher, Enrichment, Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Language

FLOOR = 0.25  # below it a guess is not shown
READ = 600  # characters; more of a post does not change the answer
_NOT_LANGUAGE = re.compile(r"https?(?:://\S+)?\b|www\.\S+|@\w[\w.@-]*|\bRT\b|[#_]")
_THREE_LETTERS = re.compile(r"[^\W\d_](?:.*?[^\W\d_]){2}", re.DOTALL)
_UNDETERMINED = Enrichment(language=Language())


def _quiet(text: str) -> str:
    """A shouted text as it would be said: the model learnt capitals from names and headlines."""
    if text.islower():
        return text
    return text.lower() if 2 * sum(map(str.isupper, text)) > sum(map(str.isalpha, text)) else text


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
        texts = [_quiet(_NOT_LANGUAGE.sub(" ", utterance.text[: 2 * READ])[:READ]) for utterance in batch]
        lettered = [n for n, text in enumerate(texts) if _THREE_LETTERS.search(text) is not None]
        found = [_UNDETERMINED] * len(batch)
        guesses = self._guessed([texts[n] for n in lettered])
        for n, (code, confidence) in zip(lettered, guesses, strict=True):
            found[n] = Enrichment(language=self._decided(batch[n].claimed_language, code, confidence))
        return found

    def _guessed(self, texts: list[str]) -> list[tuple[str, float]]:
        """Language and confidence of each text, as the identifier's own `classify` says them one by one.

        Most of its time goes into small arrays, so a whole batch shares them: features of all texts in one array, each
        text's sum by its place in it.
        """
        import numpy as np
        from py3langid.langid import visit_counts

        own = self._identifier
        labels, found = own.nb_classes, [("und", 0.0)] * len(texts)
        seen: list[int] = []
        features: list[int] = []
        counts: list[int] = []
        starts: list[int] = []
        lengths: list[int] = []
        for n, text in enumerate(texts):
            encoded = own._encode(text)  # noqa: SLF001 - its own normal form, which its features were made of
            visits = visit_counts(own.tk_nextmove, own._rowbase, own.tk_output, encoded)  # noqa: SLF001 - its tables
            if visits:
                seen.append(n)
                starts.append(len(features))
                features += visits.keys()
                counts += visits.values()
                lengths.append(len(encoded))
        if not seen:
            return found
        weights = np.log1p(np.array(counts, dtype=np.float32))
        scores = np.add.reduceat(own.nb_ptc[features] * weights[:, None], starts, axis=0) + own.nb_pc
        scores /= np.sqrt(np.array(lengths, dtype=np.float32))[
            :, None
        ]  # its own temperature: calibrated for any length
        shares = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares /= shares.sum(axis=1, keepdims=True)
        for first, twin in own._alias_pairs:  # noqa: SLF001 - two columns of one language
            shares[:, first] += shares[:, twin]
            shares[:, twin] = 0.0
        best = shares.argmax(axis=1)
        for n, place, row in zip(seen, best.tolist(), shares.tolist(), strict=True):
            found[n] = labels[place], row[place]
        return found

    def _decided(self, claim: str | None, code: str, confidence: float) -> Language:
        if confidence >= FLOOR:
            return Language(code=code, confidence=confidence)
        # The network's claim is a hint: it decides only where the text does not.
        claimed = (claim or "").lower().split("-")[0]
        return Language(code=claimed if claimed in self._allowed else "und", confidence=confidence)


def _build(languages: Sequence[str]) -> Enricher:
    return LanguageEnricher(languages)


LANGUAGE = EnricherSpec(title="Language", order=10, build=_build)
