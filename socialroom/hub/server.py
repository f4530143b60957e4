"""A room on the wire: HTTP over a Unix socket that only its user can open.

`POST /v1/act` takes a Request (its id makes repeats safe), `GET /v1/view?q=` a View, `GET /v1/events?feeds=&after=` is
one SSE stream whose ids a terminal resumes from; a question too long for an address is POSTed to the same place. The
operator's name is claimed in a header, and roles are checked in the room.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import unquote

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from socialroom import __version__
from socialroom.domain.errors import Conflict, Missing, NotAllowed, Problem, RoomError, StoreError
from socialroom.domain.events import Envelope
from socialroom.hub import wire
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.domain.ports import Room
    from socialroom.domain.requests import Done

_log = logging.getLogger("socialroom.hub")
_STATUS: Final[dict[type[RoomError], int]] = {NotAllowed: 403, Missing: 404, Conflict: 409, StoreError: 507}
_JSON = "application/json"
_HEADERS: Final = {wire.VERSION: __version__}
_STILL_HERE: Final = 15.0  # seconds between signs of life on a quiet stream
_LAST_WORDS: Final = 0.2  # seconds in which a stream still carries what a stopping room says


class Host(Protocol):
    """A room that can seat operators by name."""

    def seat_of(self, name: str | None, *, wall: bool = False) -> Room:
        """The seat of a declared operator; without a name, `wall` is the seat of a screen that only shows. Raises Missing."""
        ...


class _Acts:
    """Remembers what commands answered, by their id, so that a repeat gets the same answer and does nothing."""

    def __init__(self, kept: int = 2_000) -> None:
        self._kept = kept
        self._by_id: OrderedDict[str, asyncio.Future[Done]] = OrderedDict()

    async def once(self, key: str, act: Callable[[], Awaitable[Done]]) -> Done:
        running = self._by_id.get(key)
        if running is None:
            running = asyncio.ensure_future(act())
            self._by_id[key] = running
            while len(self._by_id) > self._kept:
                self._by_id.popitem(last=False)
        return await asyncio.shield(running)


class _Encoded:
    """Envelopes and batches as bytes, made once for all terminals that hear the same ones."""

    def __init__(self, kept: int = 4_096, batches: int = 16) -> None:
        self._kept, self._batches = kept, batches
        self._by_identity: OrderedDict[int, tuple[object, bytes]] = OrderedDict()
        self._frames: OrderedDict[tuple[int, ...], tuple[Sequence[Envelope], list[bytes]]] = OrderedDict()

    def frames(self, batch: Sequence[Envelope]) -> list[bytes]:
        """A batch as server-sent events, in pieces where it is large: a terminal need not hold it whole."""
        # Every envelope counts: lines of two seats may begin and end alike, and differ in what only one may know.
        key = tuple(map(id, batch))
        found = self._frames.get(key)
        if found is None:
            found = batch, list(self._framed(batch))
            self._frames[key] = found
            if len(self._frames) > self._batches:
                self._frames.popitem(last=False)
        return found[1]

    def _framed(self, batch: Sequence[Envelope]) -> Iterator[bytes]:
        pieces: list[bytes] = []
        size = last = 0
        for envelope in batch:
            data = self._encoded(envelope)
            if pieces and size + len(data) > wire.MAX_FRAME:
                yield b"id: %d\ndata: [%s]\n\n" % (last, b",".join(pieces))
                pieces, size = [], 0
            pieces.append(data)
            size, last = size + len(data), envelope.seq
        yield b"id: %d\ndata: [%s]\n\n" % (last, b",".join(pieces))

    def _encoded(self, envelope: Envelope) -> bytes:
        found = self._by_identity.get(id(envelope))
        if found is not None:
            return found[1]
        data = wire.encode(envelope)
        self._by_identity[id(envelope)] = (envelope, data)
        if len(self._by_identity) > self._kept:
            self._by_identity.popitem(last=False)
        return data


def application(host: Host, stopping: asyncio.Event) -> Starlette:
    """The room as an ASGI application; its event streams end when `stopping` is set."""
    acts, encoded = _Acts(), _Encoded()

    async def view(request: HttpRequest) -> Response:
        seat = _seat(host, request)
        asked = await _body(request) if request.method == "POST" else request.query_params["q"]
        answer = await seat.view(wire.decode_view(asked))
        return _said(wire.encode(answer))

    async def act(request: HttpRequest) -> Response:
        body = await _body(request)
        asked = wire.decode_request(body)
        if wire.WALL in request.headers:
            raise NotAllowed(N_("a screen on the wall only shows"))
        seat = host.seat_of(asked.operator)
        done = await acts.once(f"{asked.operator}\0{asked.id}", lambda: seat.act(asked.command))
        return _said(wire.encode(done))

    async def events(request: HttpRequest) -> Response:
        seat = _seat(host, request)
        asked = await _body(request) if request.method == "POST" else request.query_params.get("feeds", "[]")
        feeds = wire.decode_feeds(asked)
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
        listening = seat.events(feeds, after)  # a query that cannot be read is said before the stream begins
        return StreamingResponse(
            _stream(listening, encoded, stopping), media_type="text/event-stream", headers=dict(_HEADERS)
        )

    return Starlette(
        routes=[
            Route("/v1/view", _told(view), methods=["GET", "POST"]),
            Route("/v1/act", _told(act), methods=["POST"]),
            Route("/v1/events", _told(events), methods=["GET", "POST"]),
        ]
    )


async def _stream(
    listening: AsyncIterator[list[Envelope]], encoded: _Encoded, stopping: asyncio.Event
) -> AsyncIterator[bytes]:
    yield b": room\n\n"
    ended = asyncio.ensure_future(stopping.wait())
    waiting: asyncio.Future[list[Envelope]] = asyncio.ensure_future(_next(listening))
    try:
        while True:
            both: tuple[asyncio.Future[Any], ...] = (waiting, ended)
            await asyncio.wait(both, timeout=_STILL_HERE, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                await asyncio.wait({waiting}, timeout=_LAST_WORDS)
            if waiting.done():
                for frame in encoded.frames(waiting.result()):
                    yield frame
                waiting = asyncio.ensure_future(_next(listening))
            elif ended.done():
                return
            else:
                yield b": still here\n\n"
    except StopAsyncIteration:
        return
    finally:
        ended.cancel()
        waiting.cancel()
        await asyncio.gather(waiting, ended, return_exceptions=True)
        close = getattr(listening, "aclose", None)
        if close is not None:
            await close()


async def _next(listening: AsyncIterator[list[Envelope]]) -> list[Envelope]:
    return await anext(listening)


def _seat(host: Host, request: HttpRequest) -> Room:
    name = request.headers.get(wire.OPERATOR)
    return host.seat_of(unquote(name) if name else None, wall=wire.WALL in request.headers)


class _TooLarge(Exception):
    pass


async def _body(request: HttpRequest) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > wire.MAX_FRAME:
            raise _TooLarge
        pieces.append(piece)
    return b"".join(pieces)


def _told(
    handle: Callable[[HttpRequest], Awaitable[Response]],
) -> Callable[[HttpRequest], Awaitable[Response]]:
    async def guarded(request: HttpRequest) -> Response:
        try:
            return await handle(request)
        except RoomError as error:
            return _problem(error.problem(), _STATUS.get(type(error), 400))
        except _TooLarge:
            told = RoomError(N_("the request is larger than {limit} bytes"), limit=wire.MAX_FRAME)
            return _problem(told.problem(), 413)
        except (msgspec.DecodeError, msgspec.ValidationError, KeyError, ValueError) as error:
            told = RoomError(
                N_("the room did not understand the request: {reason}"),
                reason=str(error),
                remedy=N_("Terminal and room may be of different versions: run socialroom stop, then start again."),
            )
            return _problem(told.problem(), 400)
        except Exception:  # noqa: BLE001 - a terminal is told, the log has the rest
            _log.exception("request failed")
            told = RoomError(N_("the room failed on this request"), remedy=N_("Its log file says more."))
            return _problem(told.problem(), 500)

    return guarded


def _said(body: bytes, status: int = 200) -> Response:
    return Response(body, status_code=status, media_type=_JSON, headers=dict(_HEADERS))


def _problem(problem: Problem, status: int) -> Response:
    return _said(wire.encode(problem), status)


class _Server(uvicorn.Server):
    """Serves until the room stops; wakes for nothing else, so that an idle room costs nothing.

    Signals are left to the room: it must end its sends and its stores, not only its line.
    """

    def __init__(self, config: uvicorn.Config, stopping: asyncio.Event) -> None:
        super().__init__(config)
        self._stopping = stopping

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Takes none."""
        yield

    async def main_loop(self) -> None:
        """Returns when the room stops."""
        await self._stopping.wait()


async def serve(host: Host, listening: socket.socket, stopping: asyncio.Event) -> None:
    """Serves until `stopping` is set; streams then end by themselves, and what still runs has a second."""
    config = uvicorn.Config(
        application(host, stopping),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
        http="h11",
        ws="none",
        date_header=False,
        server_header=False,
        h11_max_incomplete_event_size=wire.MAX_HEAD,
    )
    await _Server(config, stopping).serve(sockets=[listening])
