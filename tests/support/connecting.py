"""What a connector is built with in a test."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

from socialroom.clock import SystemClock
from socialroom.domain.ports import Clock
from socialroom.domain.specs import Context
from socialroom.net.http import Http


class DictSecrets:
    """Secrets in memory."""

    def __init__(self, **values: str) -> None:
        self.values = values

    def get(self, name: str) -> str | None:
        return self.values.get(name)

    def put(self, name: str, value: str) -> None:
        self.values[name] = value

    def forget(self, name: str) -> None:
        self.values.pop(name, None)


@contextlib.asynccontextmanager
async def connecting(
    *trusted: str, source: str = "s", secrets: Any = None, clock: Clock | None = None
) -> AsyncIterator[Context]:
    """A context with a real Http, closed afterwards; `secrets` are given as {"token": …}."""
    clock = clock or SystemClock()
    http = Http(clock=clock, trusted=trusted)
    kept = DictSecrets(**{f"{source}.{k}": v for k, v in (secrets or {}).items()})
    try:
        yield Context(source=source, http=http, secrets=kept, clock=clock)
    finally:
        await http.aclose()
