"""How long to wait after a failure: exponential with full jitter, so that many clients do not come back together."""

from __future__ import annotations

import random
from typing import Final

LONGEST: Final = 900.0  # seconds; nobody waits more than a quarter of an hour for a server that is back
SHORTEST: Final = 1.0  # seconds; full jitter may draw zero, and zero is a loop


class Backoff:
    """Counts failures in a row; `draw` makes the jitter, so a test can inject its own."""

    def __init__(self, base: float = 2.0, longest: float = LONGEST, draw: random.Random | None = None) -> None:
        self._base, self._longest = base, longest
        self._draw = draw or random.Random()  # noqa: S311 - jitter is no secret
        self.failures = 0

    def failed(self) -> float:
        """Notes one more failure and returns the seconds to wait."""
        ceiling = min(self._longest, self._base * 2.0 ** min(self.failures, 32))
        self.failures += 1
        return max(min(SHORTEST, ceiling), self._draw.uniform(0, ceiling))

    def succeeded(self) -> None:
        """Starts again from the shortest wait."""
        self.failures = 0
