"""One budget per host: a token bucket, and the server's own word (Retry-After, rate headers) above it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

from socialroom.domain.errors import RateLimited
from socialroom.domain.ports import Clock
from socialroom.locale import N_

BURST: Final = 30.0  # requests at once; with RATE it stays under 300 in 5 minutes, the tightest common limit
RATE: Final = 0.9  # requests a second
OWN_BURST: Final = 1000.0  # a server on this machine is ours to load
OWN_RATE: Final = 200.0
PATIENCE: Final = 30.0  # seconds a caller waits in line before it is told to come back
LONGEST: Final = timedelta(hours=1)  # what a server may ask for at most


def when(value: str, now: datetime) -> datetime | None:
    """The moment a header names: seconds from now, epoch seconds, an HTTP date or ISO 8601. None for anything else."""
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        pass
    else:
        if not 0 <= seconds < 1e11:  # NaN fails both comparisons
            return None
        # A year in seconds is far below any epoch of ours, so both spellings can be told apart.
        return datetime.fromtimestamp(seconds, UTC) if seconds > 1e9 else now + timedelta(seconds=min(seconds, 1e8))
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            at = read(text)
            return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None


def bounded(at: datetime | None, now: datetime) -> datetime | None:
    """The same moment, never in the past and never further than an hour away."""
    return None if at is None else min(max(at, now + timedelta(seconds=1)), now + LONGEST)


def asked_for(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """When the server wants the next request, by Retry-After, else by a rate header whose remainder is nothing."""
    if "retry-after" in headers and (at := when(headers["retry-after"], now)):
        return bounded(at, now)
    for prefix in ("x-ratelimit-", "ratelimit-", "x-rate-limit-"):
        try:
            spent = float(headers[f"{prefix}remaining"]) <= 0
        except (KeyError, ValueError):
            continue
        if spent:
            return bounded(when(headers.get(f"{prefix}reset", ""), now), now)
    return None


class _Bucket:
    def __init__(self, burst: float, rate: float, at: float) -> None:
        self.tokens, self.burst, self.rate, self.at = burst, burst, rate, at
        self.until: datetime | None = None

    def wait(self, now: float) -> float:
        self.tokens = min(self.burst, self.tokens + max(0.0, now - self.at) * self.rate)
        self.at = now
        return max(0.0, (1 - self.tokens) / self.rate)


class Politeness:
    """The buckets of a room, by host and budget name."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def _bucket(self, host: str, budget: str, ours: bool) -> _Bucket:
        key = (host, budget)
        if key not in self._buckets:
            if len(self._buckets) > 5000:  # hosts come from links too: forget all rather than grow for good
                self._buckets = {k: b for k, b in self._buckets.items() if b.until}
            limits = (OWN_BURST, OWN_RATE) if ours else (BURST, RATE)
            self._buckets[key] = _Bucket(*limits, self._clock.monotonic())
        return self._buckets[key]

    async def take(self, host: str, budget: str, *, ours: bool) -> None:
        """Waits for a turn. Raises RateLimited when the server asked for patience, or the line is too long."""
        bucket = self._bucket(host, budget, ours)
        now = self._clock.now()
        if bucket.until and now < bucket.until:
            raise RateLimited(N_("{host} asks for patience"), retry_at=bucket.until, host=host)
        bucket.until = None
        wait = bucket.wait(self._clock.monotonic())
        if wait > PATIENCE:
            retry_at = now + timedelta(seconds=wait)
            raise RateLimited(N_("too many requests to {host} wait in line here"), retry_at=retry_at, host=host)
        bucket.tokens -= 1
        if wait > 0:
            await self._clock.sleep(wait)

    def heard(self, host: str, budget: str, headers: Mapping[str, str], *, ours: bool) -> datetime | None:
        """Notes what an answer says of the budget; returns when to come back, if it says so."""
        at = asked_for(headers, self._clock.now())
        if at:
            self._bucket(host, budget, ours).until = at
        return at
