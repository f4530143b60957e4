"""Streams of the API by server-sent events, as an ASGI answer that notices when its reader leaves."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from starlette.types import Receive, Scope, Send

from socialroom.rehearsal.network import Happening, Listener, Network

HEARTBEAT = 15.0  # seconds, as Mastodon's


class EventStream:
    """One reader of one stream. `data` is what an event carries: JSON, or a bare id."""

    def __init__(self, network: Network, wants: Callable[[Happening], bool], data: Callable[[Happening], str]) -> None:
        self._network, self._data = network, data
        self._listener = Listener(wants)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Streams until the reader leaves."""
        self._network.listeners.add(self._listener)
        gone = asyncio.create_task(_left(receive))
        try:
            headers = [(b"content-type", b"text/event-stream"), (b"cache-control", b"private, no-store")]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": b":)\n", "more_body": True})
            while not gone.done():
                await self._next(send, gone)
        finally:
            gone.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await gone
            self._network.listeners.discard(self._listener)

    async def _next(self, send: Send, gone: asyncio.Task[None]) -> None:
        heard = asyncio.ensure_future(self._listener.queue.get())
        await asyncio.wait((heard, gone), timeout=HEARTBEAT, return_when=asyncio.FIRST_COMPLETED)
        if not heard.done():
            heard.cancel()
            if not gone.done():
                await send({"type": "http.response.body", "body": b":thump\n", "more_body": True})
            return
        happening = heard.result()
        if happening is not None:
            text = f"event: {happening.event}\ndata: {self._data(happening)}\n\n"
            await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
