"""A post in another language: asked for by hand, one at a time, and never kept."""

from __future__ import annotations

from typing import Protocol

from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


class Translation(Value, frozen=True):
    """What a service said. `source` is the language it found or was told, empty where neither is known."""

    text: SafeText
    source: str = ""


class Translator(Protocol):
    """A service that translates."""

    async def translate(self, text: str, source: str, target: str) -> Translation:
        """A text from `source` (empty: the service finds out) into `target`, both ISO 639-1; the answer is cleaned.

        Raises:
            SourceError kinds: it did not answer, or refused.
            Missing: it does not know one of these languages.
        """
        ...
