"""How logits become a tone, and how far the learned engines were measured in each language."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from socialroom.domain.ports import Enrichment, Utterance
from socialroom.domain.tone import Tone, ToneLabel

LONGEST: Final = 2_000  # characters; of a longer post the head is scored
LABELS: Final = (ToneLabel.NEGATIVE, ToneLabel.NEUTRAL, ToneLabel.POSITIVE)
Standing = Literal["", "experimental", "low confidence"]
Logits = Callable[[Sequence[str], Sequence[str]], npt.NDArray[np.float32]]

NO_POSTS: Final[Mapping[str, Standing]] = {
    "nl": "experimental",
    "pl": "experimental",
    "ro": "experimental",
    "sk": "low confidence",
}
"""Languages in which no posts labelled with three tones were there to measure with."""


def open_places(batch: Sequence[Utterance], languages: frozenset[str]) -> Iterator[int]:
    """Those that nobody has scored, and that are in one of these languages."""
    for place, utterance in enumerate(batch):
        language = utterance.language
        if utterance.tone is None and language is not None and language.code in languages and utterance.text.strip():
            yield place


def scored(
    batch: Sequence[Utterance],
    languages: frozenset[str],
    logits: Logits,
    engine: str,
    standings: Mapping[str, Standing] = NO_POSTS,
) -> list[Enrichment]:
    """The tone of those in these languages: the likeliest label, and the share of positive less that of negative."""
    found = [Enrichment()] * len(batch)
    places = list(open_places(batch, languages))
    if not places:
        return found
    codes = [language.code for place in places if (language := batch[place].language) is not None]
    said = logits([batch[place].text[:LONGEST] for place in places], codes)
    raised = np.exp(said - said.max(axis=1, keepdims=True))
    scores = (raised[:, 2] - raised[:, 0]) / raised.sum(axis=1)
    for place, code, best, score in zip(places, codes, said.argmax(axis=1).tolist(), scores.tolist(), strict=True):
        found[place] = Enrichment(
            tone=Tone(label=LABELS[best], score=round(score, 4), engine=engine, standing=standings.get(code, ""))
        )
    return found
