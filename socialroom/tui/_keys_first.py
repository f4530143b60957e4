"""Keys go first: a live repaint that falls due while a key is on its way to the screen waits until that is painted.

A key takes three or four steps of the loop from the terminal to the cells, some 3 ms; a repaint between two of them
would double that, and nobody sees whether arrivals are painted 10 ms sooner or later.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Final

ON_ITS_WAY: Final = 0.012  # seconds after which a key is painted, or something else is slow
PATIENCE: Final = 2  # times in a row that a repaint gives way: a key held down must not stop what is live


def let_frames_leave() -> None:
    """Makes threads take turns faster than Python's 5 ms.

    A frame leaves by a thread of Textual's, through a terminal's buffer of 4 kB: a full screen needs eight turns, and
    waited for each while the next frame was laid out.
    """
    sys.setswitchinterval(0.0005)


class Keys:
    """When the last key came in. `now` gives monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._last = -1.0

    def pressed(self) -> None:
        """A key came in (the application says so for every key)."""
        self._last = self._now()

    def give_way(self, times: int) -> float:
        """Seconds that a live repaint waits which has waited so many times already; 0: it goes."""
        if times >= PATIENCE:
            return 0.0
        return max(0.0, self._last + ON_ITS_WAY - self._now())


KEYS: Final = Keys()  # of the one terminal that this process is
