"""Server-sent events: the text/event-stream format, read with caps and an idle timer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, Final

import httpx
import msgspec

from socialroom.domain.errors import BadReply, Unreachable
from socialroom.locale import N_

LONGEST_LINE: Final = 1_000_000  # bytes
LARGEST_EVENT: Final = 2_000_000  # characters of data


class ServerSentEvent(msgspec.Struct, frozen=True):
    """One event; texts as they came (not cleaned: they are usually JSON)."""

    event: str
    data: str
    id: str = ""


class EventParser:
    """Bytes in, events out; knows nothing of sockets."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._rest = b""
        self._event, self._data, self._id, self._size = "", list[str](), "", 0
        self._first = True

    def feed(self, chunk: bytes) -> list[ServerSentEvent]:
        """The events that this chunk completes. Raises BadReply for a line or an event that is too long."""
        data = self._rest + chunk
        if self._first and data:
            if len(data) < 3 and b"\xef\xbb\xbf".startswith(data):
                self._rest = data
                return []
            data, self._first = data.removeprefix(b"\xef\xbb\xbf"), False
        # A CR at the very end may be half of a CRLF: it waits.
        held = b""
        if data.endswith(b"\r"):
            data, held = data[:-1], b"\r"
        lines = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop() + held
        if len(self._rest) > LONGEST_LINE:
            raise BadReply(N_("{host} sent a line without an end"), host=self._host)
        return [e for line in lines if (e := self._line(line))]

    def _line(self, line: bytes) -> ServerSentEvent | None:
        if len(line) > LONGEST_LINE:
            raise BadReply(N_("{host} sent a line without an end"), host=self._host)
        if not line:
            made = ServerSentEvent(self._event or "message", "\n".join(self._data), self._id) if self._data else None
            self._event, self._data, self._size = "", [], 0
            return made
        if line.startswith(b":"):
            return None
        name, _, value = line.decode("utf-8", "replace").partition(":")
        value = value.removeprefix(" ")
        if name == "event":
            self._event = value
        elif name == "data":
            self._size += len(value) + 1
            if self._size > LARGEST_EVENT:
                raise BadReply(N_("{host} sent an event that is too large"), host=self._host)
            self._data.append(value)
        elif name == "id" and "\0" not in value:
            self._id = value
        return None


async def read_events(stream: Any, host: str, idle: float) -> AsyncGenerator[ServerSentEvent, None]:
    """Events of an open stream. Raises Unreachable when it ends, breaks or falls silent; BadReply for its caps."""
    yield ServerSentEvent("open", "")
    parser = EventParser(host)
    chunks = aiter(_typed(stream))
    while True:
        try:
            async with asyncio.timeout(idle):
                chunk = await anext(chunks)
        except TimeoutError as error:
            raise Unreachable(N_("the stream of {host} fell silent"), host=host) from error
        except (httpx.HTTPError, StopAsyncIteration, OSError) as error:
            raise Unreachable(N_("{host} ended the stream"), host=host) from error
        for event in parser.feed(chunk):
            yield event


def _typed(stream: Any) -> AsyncIterable[bytes]:
    return stream  # type: ignore[no-any-return]
