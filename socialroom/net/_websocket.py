"""WebSockets, under the same guard, proxy and authorities as everything else."""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI, ProxyError
from websockets.frames import CloseCode
from websockets.typing import Subprotocol

from socialroom.domain.errors import BadReply, Refused, Unreachable
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.net._failures import failed, not_connected


class _Connect(connect):
    """Follows no redirect: what a server names in one was not declared by anybody."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def read_frames(  # noqa: PLR0913 - all by name, from one caller
    url: str,
    *,
    host: str,
    headers: Mapping[str, str],
    subprotocols: Sequence[str],
    idle: float,
    max_size: int,
    agent: str,
    address: str | None,
    proxy: str | None,
    context: ssl.SSLContext | None,
    secrets: Collection[str],
    patience: float,
    heard: Callable[[Mapping[str, str]], datetime | None],
) -> AsyncGenerator[str | bytes, None]:
    """Messages; the first is "" when it is open. Raises SourceError kinds, and never ends otherwise."""
    options: dict[str, Any] = {"ssl": context} if url.startswith("wss:") else {}
    if proxy and proxy.startswith("https:"):
        options["proxy_ssl"] = context
    if address and not proxy:
        options["host"] = address  # the checked address; the name stays in Host and in the TLS handshake
    try:
        line = await _Connect(
            url,
            additional_headers=dict(headers),
            subprotocols=[Subprotocol(s) for s in subprotocols] or None,
            user_agent_header=agent,
            compression=None,
            proxy=proxy,
            open_timeout=patience,
            ping_interval=idle / 2,
            ping_timeout=idle / 2,
            close_timeout=2,
            max_size=max_size,
            max_queue=64,
            **options,
        )
    except InvalidStatus as error:
        response = error.response
        named = {k.lower(): clean_line(v, 8000) for k, v in response.headers.raw_items()}
        raise failed(
            response.status_code,
            named,
            bytes(response.body or b""),
            host,
            write=False,
            retry_at=heard(named),
            secrets=secrets,
        ) from error
    except InvalidURI as error:
        raise Refused(N_("this is not an address: {url}"), url=host) from error
    except ProxyError as error:
        raise Unreachable(
            N_("the proxy does not let through to {host}: {reason}"), host=host, reason=str(error)
        ) from error
    except InvalidHandshake as error:
        if isinstance(error.__cause__, (EOFError, ConnectionError)):
            raise Unreachable(N_("{host} closed the connection without an answer"), host=host) from error
        raise BadReply(N_("{host} does not speak WebSocket here"), host=host) from error
    except (OSError, TimeoutError, ValueError) as error:
        raise not_connected(error, host) from error
    try:
        yield ""
        while True:
            yield await line.recv()
    except ConnectionClosed as error:
        ours = error.sent.code if error.sent and not error.rcvd_then_sent else None
        if ours in (CloseCode.MESSAGE_TOO_BIG, CloseCode.INVALID_DATA, CloseCode.PROTOCOL_ERROR):
            raise BadReply(N_("{host} sent a message that is too large or broken"), host=host) from error
        raise Unreachable(N_("{host} ended the stream"), host=host) from error
    finally:
        await line.close()
