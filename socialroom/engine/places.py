"""The gazetteer that comes with the program: `_places.tsv`."""

from __future__ import annotations

from collections.abc import Collection
from functools import cache
from importlib.resources import files

from socialroom.domain.country import Country, Gazetteer


@cache
def countries() -> tuple[Country, ...]:
    """All countries of the file: `code<TAB>languages<TAB>prefixes<TAB>words`, each separated by commas."""
    text = (files("socialroom.engine") / "_places.tsv").read_text("utf-8")
    found = []
    for line in text.splitlines():
        if line and not line.startswith("#"):
            code, languages, prefixes, words = (tuple(p.strip() for p in f.split(",")) for f in line.split("\t"))
            found.append(Country(code=code[0], languages=languages, prefixes=prefixes, words=words))
    return tuple(found)


def gazetteer(only: Collection[str] = ()) -> Gazetteer:
    """Of the countries that a room works in; none named: of all."""
    return Gazetteer(countries(), only)
