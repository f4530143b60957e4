"""The clocks of a running program; tests hold one of their own (tests/support/clock.py)."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time in UTC for what is due, monotonic seconds for how long (see `domain.ports.Clock`)."""

    def now(self) -> datetime:
        """The time now, aware, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never jump."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """Waits without holding the loop."""
        await asyncio.sleep(seconds)
