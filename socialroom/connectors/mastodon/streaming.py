"""Several streams of one server as one: all open before the first event comes out, and the first failure ends them all."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

from socialroom.net.http import Http, ServerSentEvent


class Heard(NamedTuple):
    """An event, and the timelines whose stream it came by."""

    keys: list[str]
    event: ServerSentEvent


async def merged(
    http: Http,
    base: str,
    streams: Sequence[tuple[str, dict[str, str], list[str]]],
    headers: Mapping[str, str],
    *,
    pause: Callable[[], Awaitable[None]],
    idle: float = 60.0,
    most: int = 1000,
) -> AsyncGenerator[Heard, None]:
    """The events of all streams; the first comes when all are open: ([], open). ([], tick) comes when `pause` returns.

    At most `most` events wait; then the streams are read no further, and the server notices. Raises SourceError.
    """
    queue: asyncio.Queue[Heard | Exception] = asyncio.Queue(most)
    tasks = [asyncio.create_task(_read(http, f"{base}{path}", params, keys, headers, idle, queue))
             for path, params, keys in streams]  # fmt: skip
    tasks.append(asyncio.create_task(_tick(pause, queue)))
    early: list[Heard] = []
    closed = len(streams)
    try:
        while True:
            heard = await queue.get()
            if isinstance(heard, Exception):
                raise heard
            if heard.event.event == "open":
                closed -= 1
                if closed:
                    continue
                for one in (heard, *early):
                    yield one
                early.clear()
            elif closed:
                early.append(heard)
            else:
                yield heard
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _read(
    http: Http,
    url: str,
    params: dict[str, str],
    keys: list[str],
    headers: Mapping[str, str],
    idle: float,
    queue: asyncio.Queue[Heard | Exception],
) -> None:
    try:
        async with contextlib.aclosing(http.events(url, params=params, headers=headers, idle=idle)) as events:
            async for event in events:
                await queue.put(Heard(keys, event))
    except Exception as error:  # noqa: BLE001 - handed to the reader, which raises it
        await queue.put(error)


async def _tick(pause: Callable[[], Awaitable[None]], queue: asyncio.Queue[Heard | Exception]) -> None:
    while True:
        await pause()
        await queue.put(Heard([], ServerSentEvent("tick", "")))
