"""A room on the wire: HTTP over a Unix socket that only its user can open.

`POST /v1/act` takes a Request (its id makes repeats safe), `GET /v1/view?q=` a View, `GET /v1/events?feeds=&after=` is
one SSE stream whose ids a terminal resumes from. The operator's name is claimed in a header, and roles are checked in
the room.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from socialroom.config.paths import private_folder
from socialroom.domain.errors import Conflict, Missing, NotAllowed, Problem, RoomError, RoomUnreachable, StoreError
from socialroom.hub import wire
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.domain.ports import Room
    from socialroom.domain.requests import Done, Feed

_log = logging.getLogger("socialroom.hub")
_STATUS: dict[type[RoomError], int] = {NotAllowed: 403, Missing: 404, Conflict: 409, StoreError: 507}
_JSON = "application/json"


class Host(Protocol):
    """A room that can seat operators by name."""

    def seat_of(self, name: str | None) -> Room:
        """The seat of a declared operator. Raises Missing."""
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
    """Envelopes as bytes, made once for all terminals that hear the same one."""

    def __init__(self, kept: int = 4_096) -> None:
        self._kept = kept
        self._by_identity: OrderedDict[int, tuple[object, bytes]] = OrderedDict()

    def __call__(self, envelope: object) -> bytes:
        found = self._by_identity.get(id(envelope))
        if found is not None:
            return found[1]
        data = wire.encode(envelope)
        self._by_identity[id(envelope)] = (envelope, data)
        if len(self._by_identity) > self._kept:
            self._by_identity.popitem(last=False)
        return data


def application(host: Host) -> Starlette:
    """The room as an ASGI application."""
    acts, encoded = _Acts(), _Encoded()

    async def view(request: HttpRequest) -> Response:
        seat = _seat(host, request)
        answer = await seat.view(wire.decode_view(request.query_params["q"]))
        return Response(wire.encode(answer), media_type=_JSON)

    async def act(request: HttpRequest) -> Response:
        body = await _body(request)
        asked = wire.decode_request(body)
        seat = host.seat_of(asked.operator)
        done = await acts.once(f"{asked.operator}\0{asked.id}", lambda: seat.act(asked.command))
        return Response(wire.encode(done), media_type=_JSON)

    async def events(request: HttpRequest) -> Response:
        seat = _seat(host, request)
        feeds = wire.decode_feeds(request.query_params.get("feeds", "[]"))
        after = int(request.headers.get("last-event-id") or request.query_params.get("after", "0"))
        return StreamingResponse(_stream(seat, feeds, after, encoded), media_type="text/event-stream")

    return Starlette(
        routes=[
            Route("/v1/view", _told(view)),
            Route("/v1/act", _told(act), methods=["POST"]),
            Route("/v1/events", _told(events)),
        ]
    )


async def _stream(seat: Room, feeds: tuple[Feed, ...], after: int, encoded: _Encoded) -> AsyncIterator[bytes]:
    yield b": room\n\n"
    listening = seat.events(feeds, after)
    waiting: asyncio.Future[object] | None = None
    try:
        while True:
            waiting = waiting or asyncio.ensure_future(anext(listening))  # type: ignore[arg-type]
            done, _pending = await asyncio.wait({waiting}, timeout=15)
            if not done:
                yield b": still here\n\n"
                continue
            batch = waiting.result()
            waiting = None
            assert isinstance(batch, list)
            last = batch[-1].seq
            yield b"id: %d\ndata: [%s]\n\n" % (last, b",".join(encoded(e) for e in batch))
    except StopAsyncIteration:
        return
    finally:
        if waiting is not None:
            waiting.cancel()
            await asyncio.gather(waiting, return_exceptions=True)
        await listening.aclose()  # type: ignore[attr-defined]


def _seat(host: Host, request: HttpRequest) -> Room:
    name = request.headers.get(wire.OPERATOR)
    return host.seat_of(unquote(name) if name else None)


async def _body(request: HttpRequest) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in request.stream():
        size += len(piece)
        if size > wire.MAX_FRAME:
            raise RoomError(N_("the request is larger than {limit} bytes"), limit=wire.MAX_FRAME)
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


def _problem(problem: Problem, status: int) -> Response:
    return Response(wire.encode(problem), status_code=status, media_type=_JSON)


def bind(path: Path) -> socket.socket:
    """Binds the room's socket: mode 0600 in a folder of mode 0700.

    Raises:
        Conflict: another room answers there.
        StoreError: the folder is not ours, or the path is too long for a socket.
    """
    private_folder(path.parent)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        if path.exists() and answers(path):
            raise Conflict(
                N_("a room is already running at {path}"),
                path=str(path),
                remedy=N_("Run socialroom to attach to it, or socialroom stop to end it."),
            )
        path.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
        found.listen(128)
    except OSError as error:
        found.close()
        raise StoreError(
            N_("the socket {path} cannot be made: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
    except RoomError:
        found.close()
        raise
    return found


def answers(path: Path) -> bool:
    """Whether something accepts connections at a socket."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True


async def serve(host: Host, listening: socket.socket, stopping: asyncio.Event) -> None:
    """Serves until `stopping` is set; open event streams are cut after a second."""
    config = uvicorn.Config(
        application(host),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
        timeout_keep_alive=75,
        http="h11",
        ws="none",
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[method-assign,attr-defined,unused-ignore]
    running = asyncio.ensure_future(server.serve(sockets=[listening]))
    ended = asyncio.ensure_future(stopping.wait())
    await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
    ended.cancel()
    server.should_exit = True
    await running
    if running.exception() is not None:
        raise RoomUnreachable(N_("the room's socket failed")) from running.exception()
