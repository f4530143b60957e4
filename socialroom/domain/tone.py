"""Language and tone of a post."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from socialroom.domain.value import Value

OVER_BUDGET: Final = "over budget"
ENGINE_LOST: Final = "engine lost"


class ToneLabel(StrEnum):
    """What a tone engine may say."""

    NEGATIVE = "negative"
    NEUTRAL = "neutral"
    POSITIVE = "positive"


class Tone(Value, frozen=True):
    """A score, or why there is none. Unscored is not neutral and is left out of every average.

    `score` lies in [-1, 1]. `engine` names who said it ("vader 3.3.2", "pack fr 1"); `reason` is set when label is None.
    """

    label: ToneLabel | None = None
    score: float | None = None
    engine: str = ""
    standing: Literal["", "experimental", "low confidence"] = ""  # how far the engine was measured in this language
    reason: str = ""  # "no engine", "no language", "over budget", "engine lost", "empty"

    @property
    def missing(self) -> bool:
        """Whether nobody looked at the text: asked again, an engine may well say something."""
        return self.reason in {OVER_BUDGET, ENGINE_LOST}


class Language(Value, frozen=True):
    """ISO 639-1 code, or "und" below the floor; confidence in [0, 1]."""

    code: str = "und"
    confidence: float = 0.0
