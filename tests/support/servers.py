"""Tiny servers on loopback that answer as a test wants, however wrongly."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit


@dataclass
class Asked:
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def params(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.target).query)


Answer = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Server:
    """`answer` may be replaced at any time; `asked` holds what came."""

    answer: Answer
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    scheme: str = "http"

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                method, target, _ = head[0].split(" ", 2)
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                asked = Asked(method, target, headers, body)
                self.asked.append(asked)
                await self.answer(asked, writer)
                await writer.drain()
                if writer.is_closing():
                    return
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def hang_up(self) -> None:
        """Closes every connection that is open."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def serving(answer: Answer, *, port: int = 0, tls: object = None) -> AsyncIterator[Server]:
    server = Server(answer, scheme="https" if tls else "http")
    listener = await asyncio.start_server(server.client, "127.0.0.1", port, ssl=tls)  # type: ignore[arg-type]
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await server.hang_up()


async def free_port() -> int:
    """A port on which nobody listens."""
    listener = await asyncio.start_server(lambda _r, w: w.close(), "127.0.0.1", 0)
    port: int = listener.sockets[0].getsockname()[1]
    listener.close()
    await listener.wait_closed()
    return port


def head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def reply(body: bytes | str | object = b"", status: int = 200, **headers: str) -> Answer:
    """An ordinary answer; header names with _ for -."""
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    kind = "application/json" if not isinstance(body, (bytes, str)) else "text/plain"
    named = {"content-type": kind} | {k.replace("_", "-"): v for k, v in headers.items()}

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(status, named | {"content-length": str(len(raw))}) + raw)

    return answer


def redirect(to: str, status: int = 302) -> Answer:
    return reply(b"", status, location=to)


def html() -> Answer:
    return reply("<!doctype html><html><title>Just a moment\x1b[31m</title><p>no</html>", content_type="text/html")


def broken_json() -> Answer:
    return reply(b'{"hits": [{"objectID"', content_type="application/json")


def truncated() -> Answer:
    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"content-type": "application/json", "content-length": "1000"}) + b'{"a": ')
        await writer.drain()
        writer.close()

    return answer


def silent() -> Answer:
    """Takes the request and closes without a word."""

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    return answer


def endless(declared: str | None = None) -> Answer:
    """A body that never ends: `declared` is its content-length, else it is chunked."""

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        size = {"content-length": declared} if declared else {"transfer-encoding": "chunked"}
        writer.write(head(200, {"content-type": "application/json"} | size))
        block = b" " * 65536
        while not writer.is_closing():
            writer.write(block if declared else b"10000\r\n" + block + b"\r\n")
            await writer.drain()

    return answer


def bomb(megabytes: int = 60) -> Answer:
    packed = gzip.compress(b" " * (megabytes << 20))
    return reply(packed, content_type="application/json", content_encoding="gzip")


def drip() -> Answer:
    """Sends its head, then a byte now and then, for ever."""

    async def answer(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(head(200, {"content-type": "application/json", "content-length": "100000"}))
        while not writer.is_closing():
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    return answer


def hanging() -> Answer:
    """Takes the request and never answers."""

    async def answer(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    return answer


def websocket(*messages: bytes) -> Answer:
    """Opens a WebSocket, sends these texts, and closes it."""

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        key = asked.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        writer.write(head(101, {"upgrade": "websocket", "connection": "Upgrade", "sec-websocket-accept": accept}))
        for message in messages:
            size = len(message)
            short = (
                bytes([size])
                if size < 126
                else b"\x7e" + size.to_bytes(2)
                if size < 65536
                else b"\x7f" + size.to_bytes(8)
            )
            writer.write(b"\x81" + short + message)
        writer.write(b"\x88\x02\x03\xe8")
        await writer.drain()
        writer.close()

    return answer


def in_turn(*answers: Answer) -> Answer:
    """The first answer first, the last one for good."""
    waiting = list(answers)

    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        now = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        await now(asked, writer)

    return answer
