"""A loopback socket that can really be closed and opened again on the same port."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import cast

import uvicorn
from starlette.types import ASGIApp, Scope

HOST = "127.0.0.1"


class Listener:
    """Serves an ASGI app on loopback, by uvicorn's protocols; `cut` closes everything for a while."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self._config = uvicorn.Config(app, host=HOST, lifespan="off", log_config=None, access_log=False, ws="none")
        self._config.load()
        self._state = uvicorn.Server(self._config).server_state
        self._server: asyncio.Server | None = None
        self._return: asyncio.Task[None] | None = None
        self.port = port

    @property
    def url(self) -> str:
        """The base address."""
        return f"http://{HOST}:{self.port}"

    async def open(self) -> None:
        """Listens; the port is kept for later openings."""

        def protocol() -> asyncio.Protocol:
            kind = cast("Callable[..., asyncio.Protocol]", self._config.http_protocol_class)
            return kind(config=self._config, server_state=self._state, app_state={})

        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(protocol, HOST, self.port, backlog=256)
        self.port = self._server.sockets[0].getsockname()[1]

    def shut(self) -> None:
        """Closes the listening socket and every connection, without a word."""
        if self._server:
            self._server.close()
            self._server = None
        for connection in list(self._state.connections):
            self._transport(connection).abort()

    def abort(self, scope: Scope) -> None:
        """Closes the one connection that a request came by."""
        for connection in list(self._state.connections):
            if getattr(connection, "client", None) == tuple(scope["client"]):
                self._transport(connection).abort()

    @staticmethod
    def _transport(connection: object) -> asyncio.WriteTransport:
        transport = getattr(connection, "transport", None)
        assert isinstance(transport, asyncio.WriteTransport)
        return transport

    def cut(self, seconds: float) -> None:
        """Refuses connections for so long, then listens again on the same port."""
        self.shut()
        if self._return:
            self._return.cancel()
        self._return = asyncio.create_task(self._come_back(seconds))

    async def _come_back(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        while self._server is None:
            try:
                await self.open()
            except OSError:  # somebody took the port meanwhile, or the kernel still holds it
                await asyncio.sleep(0.2)

    async def aclose(self) -> None:
        """For good."""
        if self._return:
            self._return.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._return
        self.shut()
        if self._state.tasks:  # answers that are under way notice that nobody reads them
            await asyncio.wait(list(self._state.tasks), timeout=2)
