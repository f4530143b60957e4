"""A room at the other end of a wire (implements `domain.ports.Room`)."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from urllib.parse import quote

import httpx
import msgspec

from socialroom.domain.errors import RoomError, RoomUnreachable, from_problem
from socialroom.domain.events import Envelope
from socialroom.domain.requests import Answer, Command, Done, Feed, Request, View
from socialroom.hub import wire
from socialroom.locale import N_

_STREAM_IDLE = 40.0  # the room says "still here" every 15 s


class RemoteRoom:
    """A room behind a Unix socket. `operator` is the name claimed there ("" lets the room choose)."""

    def __init__(self, socket: Path, operator: str = "") -> None:
        self._operator = operator
        headers = {wire.OPERATOR: quote(operator)} if operator else {}
        self._http = httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=str(socket)),
            base_url="http://room",
            headers=headers,
            timeout=httpx.Timeout(60, connect=5),
            trust_env=False,
        )

    async def view(self, view: View) -> Answer:
        """Answers a question."""
        question = wire.encode(view).decode()
        answer: Answer = wire.decode_answer(await self._exchange("GET", "/v1/view", params={"q": question}))
        return answer

    async def act(self, command: Command) -> Done:
        """Does it; the one id makes it safe to ask again when the line breaks."""
        body = wire.encode(Request(id=uuid.uuid4().hex, operator=self._operator, command=command))
        try:
            return wire.decode_done(await self._exchange("POST", "/v1/act", content=body))
        except RoomUnreachable:
            return wire.decode_done(await self._exchange("POST", "/v1/act", content=body))

    async def _exchange(
        self, method: str, path: str, *, params: dict[str, str] | None = None, content: bytes | None = None
    ) -> bytes:
        try:
            reply = await self._http.request(method, path, params=params, content=content)
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        if reply.is_success:
            return reply.content
        raise _told(reply.content)

    async def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        """What happens from `after` on; ends by raising RoomUnreachable."""
        params = {"feeds": wire.encode(tuple(feeds)).decode(), "after": str(after)}
        timeout = httpx.Timeout(_STREAM_IDLE, connect=5)
        try:
            async with self._http.stream("GET", "/v1/events", params=params, timeout=timeout) as reply:
                if not reply.is_success:
                    raise _told(await reply.aread())
                async for line in reply.aiter_lines():
                    if line.startswith("data: "):
                        yield wire.decode_batch(line[6:])
        except httpx.HTTPError as error:
            raise _unreachable(error) from None
        raise RoomUnreachable(N_("the room closed the line"))

    async def aclose(self) -> None:
        """Leaves the room."""
        await self._http.aclose()


def _unreachable(error: httpx.HTTPError) -> RoomUnreachable:
    return RoomUnreachable(
        N_("the room does not answer ({reason})"),
        reason=type(error).__name__,
        remedy=N_("Start it with: socialroom"),
    )


def _told(body: bytes) -> RoomError:
    try:
        return from_problem(wire.decode_problem(body))
    except msgspec.DecodeError:
        return RoomUnreachable(N_("what answers at the socket is not a room"))
