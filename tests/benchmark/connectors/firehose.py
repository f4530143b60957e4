"""A network that never was: as many posts as are asked for, at once and then a second."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from support.posts import post

from socialroom.domain.ports import Batch
from socialroom.domain.post import Post
from socialroom.domain.specs import Capabilities, ConnectorSpec, Context, Settings

_PAGE, _BEAT = 1000, 0.05


class FirehoseSettings(Settings, frozen=True):
    """`past` posts are there from the start; then `rate` a second. `scored`: they come with tone and language."""

    past: int = 0
    rate: float = 0.0
    scored: bool = True


class Firehose:
    def __init__(self, settings: FirehoseSettings, context: Context) -> None:
        self._settings, self._source = settings, context.source
        more = {} if settings.scored else {"tone": None, "language": None}
        self._patterns = [post(n, network="firehose", source=context.source, **more) for n in range(500)]

    def _made(self, number: int, at: datetime) -> Post:
        fields = {"uri": f"firehose:{self._source}:{number}", "id": str(number), "created_at": at, "first_seen_at": at}
        return self._patterns[number % 500].changed(**fields)

    async def fetch(self, _cursor: str | None) -> Batch:
        return Batch()

    def stream(self, _cursor: str | None) -> AsyncIterator[Batch]:
        return self._stream()

    async def _stream(self) -> AsyncIterator[Batch]:
        yield Batch()
        past, rate = self._settings.past, self._settings.rate
        start = datetime.now(UTC) - timedelta(seconds=past)
        for first in range(0, past, _PAGE):
            numbers = range(first, min(first + _PAGE, past))
            yield Batch(posts=tuple(self._made(n, start + timedelta(seconds=n)) for n in numbers))
        count, begun = past, time.perf_counter()
        while True:
            await asyncio.sleep(_BEAT if rate else 3600)
            due = past + int((time.perf_counter() - begun) * rate)
            now = datetime.now(UTC)
            if due > count:
                yield Batch(posts=tuple(self._made(n, now) for n in range(count, due)))
            count = due

    async def thread(self, post: Post) -> list[Post]:
        return [post]

    async def aclose(self) -> None:
        pass


CONNECTOR = ConnectorSpec(
    title="Firehose", settings=FirehoseSettings, build=Firehose, capabilities=Capabilities(streams=True, keyless=True)
)
