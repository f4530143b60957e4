"""When a journal is written anew: it grew too long, or a text that went from the room still lies in it."""

from __future__ import annotations

from typing import Final

from socialroom.domain.ports import Clock
from socialroom.stores._storage import JournalStorage

WIPED_WITHIN: Final = 3600.0  # seconds until a text that went has left the file too


class Tidying:
    """Keeps one storage's file short and clean. Its calls may come from any thread, one at a time."""

    def __init__(self, storage: JournalStorage, clock: Clock) -> None:
        self._storage, self._clock = storage, clock
        self._wipe_at: float | None = None

    @property
    def due(self) -> bool:
        """Whether there is something to do now."""
        if not self._storage.removals:
            self._wipe_at = None
        elif self._wipe_at is None:
            self._wipe_at = self._clock.monotonic() + WIPED_WITHIN
        return self._storage.due or (self._wipe_at is not None and self._clock.monotonic() >= self._wipe_at)

    def tidy(self) -> None:
        """Writes the file anew. What it cannot do now it does later."""
        self._storage.tidy()
        self._wipe_at = None

    def close(self) -> None:
        """Leaves nothing in the file that went, and lets go of it.

        Raises:
            StoreError: something that waited could not be written.
        """
        if self._storage.removals:
            self.tidy()
        self._storage.close()
