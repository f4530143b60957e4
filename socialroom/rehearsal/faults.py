"""Failures on demand, between the socket and the API."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Literal, NamedTuple

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Effect = Literal[
    "status", "close", "commit_then_500", "commit_then_close", "stall", "half", "html", "malformed", "refuse", "drip"
]
Sleep = Callable[[float], Awaitable[None]]


class Match(msgspec.Struct, forbid_unknown_fields=True):
    """Which requests: methods (none: all) and a regular expression over the path."""

    methods: tuple[str, ...] = ()
    path: str = ".*"


class Fault(msgspec.Struct, forbid_unknown_fields=True):
    """What happens to the next `count` requests that match. `seconds` is for stall, drip and refuse."""

    effect: Effect
    match: Match = msgspec.field(default_factory=Match)
    status: Annotated[int, msgspec.Meta(ge=400, le=599)] = 503
    count: Annotated[int, msgspec.Meta(ge=1)] = 1
    seconds: Annotated[float, msgspec.Meta(ge=0, le=3600)] = 5.0
    headers: dict[str, str] = {}

    def fits(self, method: str, path: str) -> bool:
        """Whether the request is one of those."""
        return (not self.match.methods or method in self.match.methods) and bool(re.fullmatch(self.match.path, path))


class Answered(NamedTuple):
    """A whole answer, held back."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Faults:
    """ASGI: passes requests on, or spoils them.

    Args:
        app: what answers.
        abort: ends a request's connection without a word.
        cut: refuses connections for so many seconds.
        sleep: waits.
    """

    def __init__(
        self, app: ASGIApp, abort: Callable[[Scope], None], cut: Callable[[float], None], sleep: Sleep
    ) -> None:
        self._app, self._abort, self._cut, self._sleep = app, abort, cut, sleep
        self.planned: list[Fault] = []
        self.happened: list[dict[str, str]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one request."""
        fault = self._take(scope) if scope["type"] == "http" else None
        if fault is None:
            await self._app(scope, receive, send)
            return
        self.happened.append({"effect": fault.effect, "method": scope["method"], "path": scope["path"]})
        await self._spoil(fault, scope, receive, send)

    def _take(self, scope: Scope) -> Fault | None:
        if scope["path"].startswith("/rehearsal/"):
            return None
        for fault in self.planned:
            if fault.fits(scope["method"], scope["path"]):
                fault.count -= 1
                if not fault.count:
                    self.planned.remove(fault)
                return fault
        return None

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        effect = fault.effect
        if effect in ("commit_then_500", "commit_then_close", "half", "drip"):
            answer = await self._answer(scope, receive)
            if effect == "commit_then_500":
                await _say(send, 500, b'{"error":"rehearsed"}', "application/json")
            elif effect == "commit_then_close":
                self._abort(scope)
            else:
                await self._slowly(fault, answer, scope, send)
        elif effect == "status":
            more = [(k.lower().encode(), v.encode()) for k, v in fault.headers.items()]
            await _say(send, fault.status, b'{"error":"rehearsed"}', "application/json", more)
        elif effect == "html":
            await _say(send, 200, b"<!doctype html><title>Sign in to the network</title>", "text/html")
        elif effect == "malformed":
            await _say(send, 200, b'{"id": "1', "application/json")
        else:
            if effect == "stall":
                await self._sleep(fault.seconds)
            self._abort(scope)
            if effect == "refuse":
                self._cut(fault.seconds)

    async def _answer(self, scope: Scope, receive: Receive) -> Answered:
        said: list[Message] = []

        async def keep(message: Message) -> None:
            said.append(message)

        await self._app(scope, receive, keep)
        body = b"".join(m.get("body", b"") for m in said if m["type"] == "http.response.body")
        return Answered(said[0]["status"], list(said[0]["headers"]), body)

    async def _slowly(self, fault: Fault, answer: Answered, scope: Scope, send: Send) -> None:
        await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
        if fault.effect == "half":
            await send({"type": "http.response.body", "body": answer.body[: len(answer.body) // 2], "more_body": True})
            await self._sleep(0.05)  # the half must leave before the connection does
            self._abort(scope)
            return
        steps = 20
        size = len(answer.body) // steps + 1
        for i in range(0, len(answer.body), size):
            await send({"type": "http.response.body", "body": answer.body[i : i + size], "more_body": True})
            await self._sleep(fault.seconds / steps)
        await send({"type": "http.response.body", "body": b""})


async def _say(send: Send, status: int, body: bytes, kind: str, more: list[tuple[bytes, bytes]] | None = None) -> None:
    headers: list[Any] = [(b"content-type", kind.encode()), (b"content-length", str(len(body)).encode()), *(more or [])]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
