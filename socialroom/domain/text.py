"""Cleans hostile text; the only maker of SafeText."""

from __future__ import annotations

from typing import NewType

SafeText = NewType("SafeText", str)


def clean(text: str, limit: int = 20_000, lines: int = 500) -> SafeText:
    """Cleans several lines."""
    return SafeText(text[:limit])


def clean_line(text: str, limit: int = 300) -> SafeText:
    """Cleans to one line."""
    return SafeText(text.replace("\n", " ")[:limit])


def is_clean(text: str) -> bool:
    """Whether a painter may show it."""
    return "\x1b" not in text
