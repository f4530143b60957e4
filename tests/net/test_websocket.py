"""WebSockets against a real server on loopback."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from support import servers
from support.clock import HeldClock
from support.servers import Answer, serving
from websockets.asyncio.server import ServerConnection, serve

from socialroom.domain.errors import BadReply, Gone, LoginNeeded, Refused, RoomError, Unreachable
from socialroom.net.http import Http


async def read_on(stream: AsyncIterator[str | bytes], heard: list[str | bytes]) -> None:
    async for message in stream:
        heard.append(message)


@asynccontextmanager
async def speaking(handler: Callable[[ServerConnection], Awaitable[None]]) -> AsyncIterator[tuple[Http, str]]:
    async with serve(handler, "127.0.0.1", 0, compression=None) as server:
        url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/sub?x=1"
        http = Http(clock=HeldClock(), trusted=[url])
        try:
            yield http, url
        finally:
            await http.aclose()


async def test_the_first_message_says_it_is_open_then_texts_and_bytes_come() -> None:
    seen = {}

    async def handler(line: ServerConnection) -> None:
        assert line.request
        seen.update({k.lower(): v for k, v in line.request.headers.raw_items()}, path=line.request.path)
        await line.send("é")
        await line.send(b"\x00")

    heard: list[str | bytes] = []
    async with speaking(handler) as (http, url):
        with pytest.raises(Unreachable, match="ended"):
            await read_on(http.websocket(url, headers={"Authorization": "Bearer x"}), heard)
    assert heard == ["", "é", b"\x00"]
    assert seen["authorization"] == "Bearer x"
    assert seen["user-agent"].startswith("socialroom/")
    assert seen["path"] == "/sub?x=1"


async def test_a_message_beyond_the_cap_is_a_bad_reply() -> None:
    async def handler(line: ServerConnection) -> None:
        await line.send("x" * 5000)

    async with speaking(handler) as (http, url):
        with pytest.raises(BadReply):
            await read_on(http.websocket(url, max_size=1000), [])


async def test_leaving_the_stream_closes_the_line() -> None:
    closed = asyncio.Event()

    async def handler(line: ServerConnection) -> None:
        await line.wait_closed()
        closed.set()

    async with speaking(handler) as (http, url):
        stream = http.websocket(url)
        assert await anext(stream) == ""
        await stream.aclose()
        await closed.wait()


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.html(), BadReply),
        (servers.reply({}, 401), LoginNeeded),
        (servers.reply({}, 403), Refused),
        (servers.reply({}, 404), Gone),
        (servers.reply({}, 502), BadReply),
        (servers.redirect("ws://10.0.0.1/"), BadReply),
        (servers.silent(), Unreachable),
        (servers.endless(), Unreachable),
        (servers.hanging(), Unreachable),
    ],
)
async def test_a_line_that_does_not_open(answer: Answer, kind: type[RoomError]) -> None:
    async with serving(answer) as server:
        url = server.url.replace("http", "ws")
        http = Http(clock=HeldClock(), trusted=[url], patience=0.5)
        with pytest.raises(kind):
            await read_on(http.websocket(url), [])
        await http.aclose()


async def test_nothing_there_and_inner_addresses() -> None:
    port = await servers.free_port()
    http = Http(clock=HeldClock(), trusted=[f"ws://127.0.0.1:{port}"])
    for url, kind in (
        (f"ws://127.0.0.1:{port}", Unreachable),
        ("ws://127.0.0.1:1", Refused),
        ("wss://10.0.0.1/", Refused),
        ("http://example.invalid/", RoomError),
    ):
        with pytest.raises(kind):
            await read_on(http.websocket(url), [])
    await http.aclose()
