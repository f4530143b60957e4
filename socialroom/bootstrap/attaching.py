"""Finding, starting, asking and stopping the room of a place."""

from __future__ import annotations

import asyncio
import contextlib
import os
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from socialroom.bootstrap.places import require_file
from socialroom.config.paths import Place, private_folder
from socialroom.domain.errors import RoomError, RoomUnreachable
from socialroom.hub import door
from socialroom.locale import N_

if TYPE_CHECKING:
    from socialroom.domain.ports import Room

START_PATIENCE = 30.0  # seconds a room may take until its socket answers
STOP_PATIENCE = 20.0  # seconds a room may take to end its sends and to close its stores
_started: list[subprocess.Popen[bytes]] = []  # held, so that a room that outlives us is no forgotten object


def room_answers(place: Place) -> bool:
    """Whether a room listens at the place's socket."""
    return door.answers(place.socket)


class Starting:
    """A room that was started in the background and may not answer yet."""

    def __init__(self, place: Place, arguments: list[str]) -> None:
        self._place = place
        private_folder(place.state)
        self._said = place.state / "start.log"
        with self._said.open("wb") as said:
            self.process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
                [sys.executable, "-m", "socialroom", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
                cwd="/",
            )
        _started.append(self.process)

    def wait(self) -> None:
        """Returns when the room answers (blocking: call it from a thread).

        Raises:
            RoomError: it ended instead; the sentence is the room's own, `values["code"]` what it answered to the shell.
            RoomUnreachable: it does not answer in time.
        """
        until = time.monotonic() + START_PATIENCE
        pause = 0.01
        while time.monotonic() < until:
            ended = self.process.poll() is not None
            if room_answers(self._place):
                return  # ours, or somebody else's that won the race: attach to it
            if ended:
                said = self._said.read_text(encoding="utf-8", errors="replace").strip()
                raise RoomError(
                    N_("the room could not start: {reason}"), reason=said or "?", code=self.process.returncode
                )
            wait(pause)
            pause = min(pause * 1.5, 0.2)
        raise RoomUnreachable(
            N_("the room did not answer within {seconds} seconds"),
            seconds=START_PATIENCE,
            remedy=N_("Its log is {log}."),
            log=str(self._place.log),
        )


def wait(seconds: float) -> None:
    """Blocks the calling thread (never the interface's)."""
    threading.Event().wait(seconds)


def start_room(place: Place) -> Starting:
    """Starts the room in the background."""
    return Starting(place, ["hub", "--config", str(require_file(place)), *place_arguments(place)])


def place_arguments(place: Place) -> list[str]:
    """What a `socialroom hub` must be told besides its file, to be the room of this place."""
    if place.name == "demo":  # it leaves nothing: it ends with whoever started it
        return ["--root", str(place.socket.parent), "--with-parent", str(os.getpid())]
    if place.name.startswith("quick-"):
        return ["--room-name", place.name]
    return []


def remote_room(place: Place, operator: str = "", *, wall: bool = False) -> Room:
    """The room at the place's socket."""
    from socialroom.hub.client import RemoteRoom

    return RemoteRoom(place.socket, operator, wall=wall)


def ask(place: Place, question: Callable[[Room], Awaitable[Any]], operator: str = "") -> Any:
    """Asks a running room one thing, for a command. Raises RoomUnreachable when none runs."""
    if not room_answers(place):
        raise RoomUnreachable(N_("no room is running"), remedy=N_("Start it with: socialroom"))

    async def talk() -> Any:
        room = remote_room(place, operator)
        try:
            return await question(room)
        finally:
            await room.aclose()

    return asyncio.run(talk())


def stop_room(place: Place, operator: str = "") -> None:
    """Ends the room and returns when it has let go of everything.

    Raises:
        RoomUnreachable: none runs, or it does not end in time.
    """
    from socialroom.domain.requests import StopRoom

    ask(place, lambda room: room.act(StopRoom()), operator)
    until = time.monotonic() + STOP_PATIENCE
    while place.socket.exists():  # it goes last, when stores are closed
        if time.monotonic() > until:
            raise RoomUnreachable(
                N_("the room has not ended after {seconds} seconds"),
                seconds=STOP_PATIENCE,
                remedy=N_("Its log is {log}."),
                log=str(place.log),
            )
        wait(0.02)


def end(process: subprocess.Popen[bytes], patience: float = STOP_PATIENCE) -> None:
    """Ends a process that we started: asks, and kills it when it does not listen."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def connector_to(
    place: Place, operator: str, *, may_start: bool = True, wall: bool = False
) -> Callable[[bool], Awaitable[Room]]:
    """What a terminal calls to (re)attach, off the interface's loop; told True, it starts a room when none runs.

    It raises RoomUnreachable while no room answers, and another RoomError when the room refused to start: then its
    file is wrong, or its stores cannot be opened, and trying again changes nothing before a person does.
    """
    starting: list[Starting] = []
    if may_start and not room_answers(place):
        starting.append(start_room(place))

    def prepare(start: bool) -> Room:
        if not room_answers(place):
            if not starting:
                if not (may_start and start):
                    raise RoomUnreachable(N_("no room is running"))
                starting.append(start_room(place))
            try:
                starting[-1].wait()
            finally:
                starting.clear()
        return remote_room(place, operator, wall=wall)

    async def connect(start: bool) -> Room:
        return await asyncio.to_thread(prepare, start)

    return connect
