"""A room at the other end of a wire (implements `domain.ports.Room`)."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar
from urllib.parse import quote

import httpx
import msgspec

from socialroom import __version__
from socialroom.domain.errors import OtherVersion, RoomEnded, RoomError, RoomUnreachable, from_problem
from socialroom.domain.events import Envelope
from socialroom.domain.requests import Answer, Command, Done, Feed, Request, View
from socialroom.hub import wire
from socialroom.locale import N_

T = TypeVar("T")
_STREAM_IDLE: Final = 40.0  # seconds; the room says "still here" every 15
_LONGEST_LINE: Final = 64_000_000  # bytes; what is longer is no room's


class RemoteRoom:
    """A room behind a Unix socket.

    Args:
        socket: where the room listens.
        operator: the name claimed there ("" lets the room choose).
        wall: a screen that only shows: without a name it sees what everybody may see.
    """

    def __init__(self, socket: Path, operator: str = "", *, wall: bool = False) -> None:
        self._operator = operator
        headers = {wire.OPERATOR: quote(operator)} if operator else {}
        headers |= {wire.WALL: "1"} if wall else {}
        self._http = httpx.AsyncClient(
            # A Unix socket knows no certificates: loading them would take a tenth of a second.
            transport=httpx.AsyncHTTPTransport(uds=str(socket), verify=False),
            base_url="http://room",
            headers=headers,
            timeout=httpx.Timeout(60, connect=5),
            trust_env=False,
        )

    async def view(self, view: View) -> Answer:
        """Answers a question."""
        answer: Answer = await self._exchange("/v1/view", wire.decode_answer, _asking("q", view))
        return answer

    async def act(self, command: Command) -> Done:
        """Does it; the one id makes it safe to ask again when the line breaks."""
        body = _encoded(Request(id=uuid.uuid4().hex, operator=self._operator, command=command))
        return await self._exchange("/v1/act", wire.decode_done, {"method": "POST", "content": body})

    async def _exchange(self, path: str, decode: Callable[[bytes], T], asking: Mapping[str, Any]) -> T:
        """Asks, and once more when the line broke: a view changes nothing, and a command is known by its id."""
        try:
            reply = await self._http.request(url=path, **asking)
        except httpx.HTTPError:
            try:
                reply = await self._http.request(url=path, **asking)
            except httpx.HTTPError as error:
                raise _unreachable(error) from None
        if not reply.is_success:
            raise _told(reply, reply.content)
        try:
            return decode(reply.content)
        except msgspec.DecodeError:  # ValidationError is one
            raise _not_understood(reply) from None

    async def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        """What happens from `after` on; ends by raising RoomUnreachable."""
        asking = _asking("feeds", tuple(feeds), after=str(after))
        timeout = httpx.Timeout(_STREAM_IDLE, connect=5)
        try:
            async with self._http.stream(url="/v1/events", timeout=timeout, **asking) as reply:
                if not reply.is_success:
                    raise _told(reply, await reply.aread())
                async for line in _lines(reply):
                    if line.startswith(b"data: "):
                        try:
                            batch = wire.decode_batch(line[6:])
                        except msgspec.DecodeError:
                            raise _not_understood(reply) from None
                        yield batch
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        raise RoomEnded(N_("the room was stopped"))

    async def aclose(self) -> None:
        """Leaves the room."""
        await self._http.aclose()


async def _lines(reply: httpx.Response) -> AsyncIterator[bytes]:
    """Lines by LF alone: httpx would also cut at U+2028 and U+0085, which a draft may hold."""
    pieces: list[bytes] = []
    size = 0
    async for chunk in reply.aiter_raw():
        start = 0
        while (end := chunk.find(b"\n", start)) >= 0:
            pieces.append(chunk[start:end])
            yield b"".join(pieces)
            pieces.clear()
            size, start = 0, end + 1
        pieces.append(chunk[start:])
        size += len(chunk) - start
        if size > _LONGEST_LINE:
            raise _not_understood(reply)


def _asking(name: str, question: object, **params: str) -> dict[str, Any]:
    """How a question travels: in the address, or where it is too long for one, as a body."""
    data = _encoded(question)
    if len(data) > wire.MAX_QUESTION:
        return {"method": "POST", "content": data, "params": params}
    return {"method": "GET", "params": {name: data.decode(), **params}}


def _encoded(value: object) -> bytes:
    try:
        return wire.encode(value)
    except UnicodeEncodeError:
        raise RoomError(
            N_("the text holds something that is no character"), remedy=N_("Remove it and try again.")
        ) from None


def _unreachable(error: httpx.HTTPError) -> RoomUnreachable:
    return RoomUnreachable(
        N_("the room does not answer ({reason})"),
        reason=type(error).__name__,
        remedy=N_("Start it with: socialroom"),
    )


def _told(reply: httpx.Response, body: bytes) -> RoomError:
    try:
        told = from_problem(wire.decode_problem(body))
    except msgspec.DecodeError:
        return _not_understood(reply)
    understood = reply.status_code != httpx.codes.BAD_REQUEST or type(told) is not RoomError
    return told if understood or reply.headers.get(wire.VERSION) == __version__ else _not_understood(reply)


def _not_understood(reply: httpx.Response) -> RoomUnreachable:
    version = reply.headers.get(wire.VERSION)
    if not version:
        return RoomUnreachable(N_("what answers at the socket is not a room"))
    if version == __version__:
        return RoomUnreachable(
            N_("the room's answer could not be read"), remedy=N_("Run socialroom stop, then start again.")
        )
    return OtherVersion(
        N_("the room runs version {room}, this terminal is {terminal}"),
        room=version,
        terminal=__version__,
        remedy=N_("Run socialroom stop, then start again."),
    )
