"""The rehearsal network as a process: a real HTTP server on loopback that speaks Mastodon's API and serves feeds.

`python -m socialroom.rehearsal.server --scenario first_minute` prints one line of JSON when it is ready:
{"url": …, "token": …, "pid": …}. It ends on SIGTERM, SIGINT, and when the process that started it is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import re
import secrets
import signal
import sys
from collections.abc import AsyncIterator

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Scope

from socialroom.clock import SystemClock
from socialroom.domain.errors import RoomError
from socialroom.domain.ports import Clock
from socialroom.rehearsal.answers import body_of, number, said
from socialroom.rehearsal.api import Api
from socialroom.rehearsal.faults import Fault, Faults
from socialroom.rehearsal.listener import Listener
from socialroom.rehearsal.network import Network
from socialroom.rehearsal.publishing import Feeds
from socialroom.rehearsal.scenario import Scenario, load
from socialroom.rehearsal.stage import Stage
from socialroom.rehearsal.writing import Writer

TOKEN_VARIABLE = "SOCIALROOM_REHEARSAL_TOKEN"  # noqa: S105 - a name, not a secret; argv is readable by everybody


class Cut(msgspec.Struct):
    """What POST /rehearsal/cut takes."""

    seconds: float = 6.0


class Cue(msgspec.Struct):
    """What POST /rehearsal/step takes."""

    cue: str


class Post(msgspec.Struct):
    """What POST /rehearsal/posts takes: somebody writes."""

    text: str
    author: str = "somebody"
    language: str | None = None
    in_reply_to_id: str | None = None
    visibility: str = "public"


class Article(msgspec.Struct):
    """What POST /rehearsal/articles takes: a new item of the press feed."""

    title: str
    text: str = ""


class Rehearsal:
    """A network, its API and feeds, and the controls of whoever directs. All answer to one token."""

    def __init__(
        self,
        scenario: Scenario,
        *,
        token: str,
        clock: Clock,
        seed: int | None = None,
        speed: float = 1.0,
        port: int = 0,
    ) -> None:
        self.network = Network(clock, scenario.head.account, scenario.head.display)
        self.writer = Writer(self.network, scenario, scenario.head.seed if seed is None else seed)
        self.writer.past()
        self.scenario = scenario
        self.stage = Stage(self.network, scenario, self.writer, speed=speed, cut=self._cut)
        self.api = Api(self.network, token, lambda: self.listener.url, self._sent)
        self.feeds = Feeds(self.network, lambda: self.listener.url)
        app = Starlette(
            routes=[*self.api.routes(), *self.feeds.routes(), *self._controls()],
            exception_handlers={HTTPException: _problem},
        )
        self._playing: asyncio.Task[None] | None = None
        self.faults = Faults(app, self._abort, self._cut, clock.sleep)
        self.listener = Listener(self.faults, port)

    def _cut(self, seconds: float) -> None:
        self.listener.cut(seconds)

    def _abort(self, scope: Scope) -> None:
        self.listener.abort(scope)

    def _sent(self) -> None:
        with contextlib.suppress(KeyError):  # a scenario without that cue
            self.stage.cue("sent")

    def _controls(self) -> list[Route]:
        handlers = {
            "faults": self._plan,
            "cut": self._plan_cut,
            "step": self._step,
            "begin": self._begin,
            "posts": self._write,
            "articles": self._publish,
        }
        routes = [Route(f"/rehearsal/{name}", handler, methods=["POST"]) for name, handler in handlers.items()]
        return [
            *routes,
            Route("/rehearsal/faults", self._forget, methods=["DELETE"]),
            Route("/rehearsal/posts/{id}", self._withdraw, methods=["DELETE"]),
            Route("/rehearsal/report", self._report, methods=["GET"]),
        ]

    def _guard(self, request: Request) -> None:
        if not self.api.authorised(request):
            raise HTTPException(401, "The access token is invalid")

    async def _plan(self, request: Request) -> Response:
        self._guard(request)
        fault = await body_of(request, Fault)
        try:
            re.compile(fault.match.path)
        except re.error as problem:
            raise HTTPException(422, f"Validation failed: path: {problem}") from None
        self.faults.planned.append(fault)
        return said(fault)

    async def _forget(self, request: Request) -> Response:
        self._guard(request)
        self.faults.planned.clear()
        return said({})

    async def _plan_cut(self, request: Request) -> Response:
        self._guard(request)
        cut = await body_of(request, Cut)
        # The answer leaves first.
        asyncio.get_running_loop().call_later(0.05, self._cut, cut.seconds)
        return said(cut)

    async def _step(self, request: Request) -> Response:
        self._guard(request)
        cue = await body_of(request, Cue)
        try:
            self.stage.cue(cue.cue)
        except KeyError:
            raise HTTPException(404, "There is no such cue") from None
        return said(cue)

    async def _begin(self, request: Request) -> Response:
        """The curtain rises, when somebody said when; twice is once."""
        self._guard(request)
        self._play()
        return said({})

    def _play(self) -> None:
        if self._playing is None:
            self._playing = asyncio.create_task(self.stage.run(), name="stage")

    async def _write(self, request: Request) -> Response:
        self._guard(request)
        new = await body_of(request, Post)
        parent = number(new.in_reply_to_id) if new.in_reply_to_id else None
        post = self.network.write(
            self.network.person(new.author),
            new.text,
            language=new.language,
            parent=parent,
            visibility=new.visibility,
        )
        return said({"id": str(post.id)})

    async def _withdraw(self, request: Request) -> Response:
        self._guard(request)
        post = self.network.posts.get(number(request.path_params["id"]))
        if post is None:
            raise HTTPException(404, "Record not found")
        self.network.delete(post)
        return said({})

    async def _publish(self, request: Request) -> Response:
        self._guard(request)
        article = await body_of(request, Article)
        self.feeds.add(article.title, article.text)
        return said(article)

    async def _report(self, request: Request) -> Response:
        self._guard(request)
        report = self.network.report(self.scenario.head.keywords)
        report |= {"second": round(self.stage.second, 2), "cues": self.stage.cues, "faults": self.faults.happened}
        return said(report)

    @contextlib.asynccontextmanager
    async def serving(self, *, play: bool = True) -> AsyncIterator[str]:
        """Listens, and plays the scenario (else that begins when it is asked to); gives the address."""
        await self.listener.open()
        if play:
            self._play()
        try:
            yield self.listener.url
        finally:
            playing, self._playing = self._playing, None
            if playing:
                playing.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await playing
            await self.listener.aclose()


async def _problem(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    return said({"error": problem.detail}, dict(problem.headers or {}), problem.status_code)


async def _until_told(parent: int) -> None:
    """Ends on a signal, or when the process that started this one is gone."""
    told = asyncio.Event()
    for ending in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(ending, told.set)
    while not told.is_set() and (not parent or os.getppid() == parent):
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(told.wait(), 1)


async def _serve(options: argparse.Namespace) -> None:
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_urlsafe(24)
    rehearsal = Rehearsal(
        load(options.scenario), token=token, clock=SystemClock(), seed=options.seed, speed=options.speed,
        port=options.port,
    )  # fmt: skip
    async with rehearsal.serving(play=not options.still) as url:
        print(msgspec.json.encode({"url": url, "token": token, "pid": os.getpid()}).decode(), flush=True)
        await _until_told(options.with_parent)


def main(arguments: list[str] | None = None) -> int:
    """Runs the server until it is told to end."""
    reader = argparse.ArgumentParser(prog="python -m socialroom.rehearsal.server")
    reader.add_argument("--scenario", default="first_minute")
    reader.add_argument("--port", type=int, default=0)
    reader.add_argument("--seed", type=int)
    reader.add_argument("--speed", type=float, default=1.0)
    reader.add_argument("--still", action="store_true", help="nothing happens before POST /rehearsal/begin")
    reader.add_argument(
        "--with-parent", type=int, default=0, help="end when the process of this id is no longer the parent"
    )
    options = reader.parse_args(arguments)
    try:
        asyncio.run(_serve(options))
    except RoomError as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
