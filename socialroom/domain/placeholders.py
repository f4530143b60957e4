"""Places to fill in: `{name}`, `{ticket}`, `{country}`, `{agent}` of a saved reply. Other braces are just text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

KNOWN: Final = ("name", "ticket", "country", "agent")
_PLACE: Final = re.compile(r"\{[ \t\u00a0\u202f]*(" + "|".join(KNOWN) + r")[ \t\u00a0\u202f]*\}", re.IGNORECASE)


class Placeholder(NamedTuple):
    """A place that is still to be filled; `start` and `end` are offsets of code points, braces included."""

    name: str
    start: int
    end: int


def unfilled(text: str) -> list[Placeholder]:
    """The places that are still to be filled, in order; the same name may stand there twice."""
    return [Placeholder(found[1].lower(), found.start(), found.end()) for found in _PLACE.finditer(text)]


def fill(text: str, values: Mapping[str, str]) -> str:
    """Fills what is known; a value that is empty or only space leaves its place as it stands.

    A value is put in as it is: braces in somebody's name are no places.
    """

    def value(found: re.Match[str]) -> str:
        known = values.get(found[1].lower(), "").strip()
        return known or found[0]

    return _PLACE.sub(value, text)


def after(places: list[Placeholder], offset: int) -> Placeholder | None:
    """The first place that begins at or after an offset, else the first of all; None when there is none."""
    return next((place for place in places if place.start >= offset), places[0] if places else None)
