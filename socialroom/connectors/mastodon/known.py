"""What one connector remembers of the posts it has seen, bounded: where each stands in its conversation."""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple


class Place(NamedTuple):
    """A post's uri, and its conversation's root (None: it is not known)."""

    uri: str
    root: str | None


class Known:
    """Instance id → place, the least recently used forgotten first."""

    def __init__(self, most: int = 20_000) -> None:
        self._places: OrderedDict[str, Place] = OrderedDict()
        self._most = most

    def get(self, key: str) -> Place | None:
        """The place of a post, by the instance's id."""
        place = self._places.get(key)
        if place is not None:
            self._places.move_to_end(key)
        return place

    def put(self, key: str, uri: str, root: str | None) -> None:
        """Remembers one; a root that was known stays known."""
        old = self._places.pop(key, None)
        self._places[key] = Place(uri, root or (old.root if old else None))
        while len(self._places) > self._most:
            self._places.popitem(last=False)

    def forget(self, key: str) -> Place | None:
        """Takes one out; returns where it stood."""
        return self._places.pop(key, None)
