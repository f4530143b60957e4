"""What a query of the room asks a network for: networks know words and phrases, not the room's own language."""

from __future__ import annotations

import re


def wanted(query: str) -> list[str]:
    """The words and phrases of a query that a post may hold: without operators and fields.

    What stands behind NOT is left out; the room's feeds apply the whole query afterwards.
    """
    found: list[str] = []
    skip = False
    for phrase, word in re.findall(r'"([^"]*)"|([^\s()"]+)', query):
        if word in ("AND", "OR"):
            continue
        if word == "NOT":
            skip = True
            continue
        text = (phrase or word).strip()
        if not skip and text and not text.startswith("-") and (phrase or not re.match(r"[a-z]+:\S", text)):
            found.append(text)
        skip = False
    return list(dict.fromkeys(found))
