"""Presses the keys of a script in a pty, and says of each cue whether it was seen.

The player knows the room by its own views and the network by its report. It never invents: a cue that was not seen in
time is printed as such, and the answer is 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec

from socialroom.domain.errors import RoomError
from socialroom.domain.ports import Clock
from socialroom.domain.requests import Overview, RoomOverview
from socialroom.hub.client import RemoteRoom
from socialroom.locale import _
from socialroom.rehearsal.demo import Stage
from socialroom.rehearsal.script import Condition, Cue, Sight
from socialroom.rehearsal.terminal import PlayedTerminal

PATIENCE = 25.0  # seconds of the wall for a cue to come true
_BETWEEN_KEYS = 0.25  # as a person presses them
_BETWEEN_LETTERS = 0.02


class Seen(msgspec.Struct, frozen=True):
    """How a cue went."""

    cue: Cue
    second: float
    came: bool
    sight: Sight | None


class Player:
    """Plays cues against a terminal program.

    Args:
        terminal: the program, in its pty.
        look: the room and the network now; None while either does not answer.
        tell: tells the network that a cue of its scenario was reached.
        clock: of the wall.
        speed: seconds of the script in a second of the wall.
    """

    def __init__(
        self,
        terminal: PlayedTerminal,
        *,
        look: Callable[[], Awaitable[Sight | None]],
        tell: Callable[[str], Awaitable[object]],
        clock: Clock,
        speed: float = 1.0,
        patience: float = PATIENCE,
    ) -> None:
        self._terminal, self._look, self._tell, self._clock = terminal, look, tell, clock
        self._speed, self._patience = speed, patience
        self._last: Sight | None = None
        self.stopped = False

    async def play(self, cues: Sequence[Cue]) -> AsyncIterator[Seen]:
        """Each cue as it went; ends early when the program does, or when a cue was not seen."""
        started = self._clock.monotonic()

        def second() -> float:
            return (self._clock.monotonic() - started) * self._speed

        for cue in cues:
            while second() < cue.second and not self._over():
                await self._clock.sleep(0.05)
            came = await self._comes(cue.needs)
            if came:
                await self._press(cue)
                if cue.tells:
                    await self._tell(cue.tells)
                came = await self._comes(cue.sees)
            yield Seen(cue, second(), came, self._last)
            if not came:
                return

    def _over(self) -> bool:
        return self.stopped or self._terminal.ended.is_set()

    async def _press(self, cue: Cue) -> None:
        for key in cue.keys:
            self._terminal.press(key)
            await self._clock.sleep(_BETWEEN_KEYS)
        for letter in cue.text:
            self._terminal.press(letter)
            await self._clock.sleep(_BETWEEN_LETTERS)

    async def _comes(self, condition: Condition) -> bool:
        end = self._clock.monotonic() + self._patience
        while not self._over():
            sight = await self._look()
            self._last = sight or self._last
            if sight is not None and condition(sight):
                return True
            if self._clock.monotonic() > end:
                return False
            await self._clock.sleep(0.1)
        return False


def line(seen: Seen) -> str:
    """A cue as it is printed."""
    verdict = _("seen") if seen.came else _("NOT SEEN")
    figures = ""
    if seen.sight:
        replies = seen.sight.replies
        sent = seen.sight.room.pulse.sent if seen.sight.room.pulse else 0
        figures = _("{posts} posts here; {sent} sent, the server counted {replies}").format(
            posts=seen.sight.posts, sent=sent, replies=replies
        )
    return f"{seen.second:5.1f} s  {seen.cue.name:12} {verdict:10} {figures}"


async def run(
    command: Sequence[str],
    stage: Stage,
    socket: Path,
    cues: Sequence[Cue],
    *,
    clock: Clock,
    speed: float = 1.0,
    through: bool | None = None,
) -> int:
    """Plays the whole script with a terminal program that is attached to the room at `socket`, and prints the cues.

    `through`: paint on the real terminal (None: where there is one). Returns 0 when every cue was seen, else 1.
    """
    real = sys.stdin.isatty() and sys.stdout.isatty() if through is None else through
    lines: list[str] = []
    came: list[bool] = []
    interrupted: list[Player] = []

    def stop() -> None:
        for player in interrupted:
            player.stopped = True

    async with (
        sights(stage, socket) as (look, tell),
        PlayedTerminal(command, environment=stage.environment, through=real, interrupted=stop) as terminal,
    ):
        player = Player(terminal, look=look, tell=tell, clock=clock, speed=speed)
        interrupted.append(player)
        async for seen in player.play(cues):
            came.append(seen.came)
            lines.append(line(seen))
            if not real:
                print(lines[-1], flush=True)
    if real:
        print("\n".join(lines))
    return 0 if all(came) and len(came) == len(cues) else 1


Report = Callable[[], Awaitable[Mapping[str, Any] | None]]
Tell = Callable[[str], Awaitable[bool]]


@contextlib.asynccontextmanager
async def directing(url: str, token: str, *, patient: bool = True) -> AsyncIterator[tuple[Report, Tell]]:
    """A line to the rehearsal network: its report (the last one while it is cut), and cues to tell it.

    `patient`: what is told is told again until it is heard; else the answer says whether it was.
    """
    last: dict[str, Any] = {}
    async with _line(url, token) as network:

        async def report() -> Mapping[str, Any] | None:
            with contextlib.suppress(httpx.TransportError):  # cut: what it held before still holds
                last.update((await network.get("/rehearsal/report")).json())
            return dict(last) or None

        async def tell(cue: str) -> bool:
            while True:
                try:
                    await network.post("/rehearsal/step", json={"cue": cue})
                except httpx.TransportError:
                    if not patient:
                        return False
                    await asyncio.sleep(0.2)
                else:
                    return True

        yield report, tell


async def begin(stage: Stage, socket: Path, *, clock: Clock, patience: float = PATIENCE) -> None:
    """Waits until the room has read what the network holds, then lets the scenario begin.

    A room that does not get there in time is not waited for: what is missing shows.
    """
    until = clock.monotonic() + patience
    async with sights(stage, socket) as (look, _tell):
        while clock.monotonic() < until:
            sight = await look()
            if sight is not None and sight.posts >= int(sight.report["statuses"]):
                break
            await clock.sleep(0.1)
    async with _line(stage.url, stage.token) as network:
        await network.post("/rehearsal/begin")


def _line(url: str, token: str) -> httpx.AsyncClient:  # noqa: TID251 - see below
    return httpx.AsyncClient(  # noqa: TID251 - loopback only, beside the room: the room's own door is not ours here
        # Plain HTTP: loading certificates would only cost time.
        base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=5, verify=False,  # noqa: S501
    )  # fmt: skip


@contextlib.asynccontextmanager
async def sights(stage: Stage, socket: Path) -> AsyncIterator[tuple[Callable[[], Awaitable[Sight | None]], Tell]]:
    """Ways to look at the room and the network, and to tell the network."""
    room = RemoteRoom(socket)
    try:
        async with directing(stage.url, stage.token) as (report, tell):

            async def look() -> Sight | None:
                try:
                    answer = await room.view(Overview())
                except RoomError:
                    return None
                said = await report()
                return Sight(answer, said) if said and isinstance(answer, RoomOverview) else None

            yield look, tell
    finally:
        await room.aclose()
