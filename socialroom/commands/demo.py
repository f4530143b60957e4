"""`socialroom demo`: a rehearsal network, a room of its own beside any real one, and a terminal; nothing stays.

Every process ends with this one, however this one ends: network and room follow their parent, the terminal follows its
pty, and the room takes the folder with it when this process was killed and could not.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from socialroom import bootstrap
from socialroom.clock import SystemClock
from socialroom.config.paths import Place, place
from socialroom.domain.errors import RoomError
from socialroom.locale import _
from socialroom.rehearsal.demo import Demo, Stage
from socialroom.rehearsal.play import begin
from socialroom.rehearsal.play import run as played
from socialroom.rehearsal.room import OPERATORS
from socialroom.rehearsal.script import FIRST_MINUTE


class Directed(msgspec.Struct, frozen=True):
    """What `--director` prints on one line, for whoever brings terminals and keys of their own."""

    root: str
    file: str
    socket: str
    url: str
    room: int  # process ids
    demo: int


def run(*, play: bool, speed: float, director: bool, options: Mapping[str, Any]) -> int:
    """Runs the demo and returns the exit code: 1 when a cue of the played script was not seen.

    Args:
        play: presses the keys of the first minute itself; so it does where there is no terminal.
        speed: seconds of the script in a second of the wall.
        director: no terminal and no keys: says where everything is, and waits to be ended.
        options: of the command line: language, theme.

    Raises:
        RoomError: network or room did not start.
    """
    with Demo(speed=speed, language=options.get("language"), theme=options.get("theme") or "house", still=True) as demo:
        stage = demo.start()
        here = place(stage.file, root=stage.root)
        with _room(here) as room:
            asyncio.run(begin(stage, here.socket, clock=SystemClock()))
            if director:
                where = Directed(
                    root=str(stage.root), file=str(stage.file), socket=str(here.socket), url=stage.url,
                    room=room.process.pid, demo=os.getpid(),
                )  # fmt: skip
                print(msgspec.json.encode(where).decode(), flush=True)
                threading.Event().wait()
            if play or not (sys.stdin.isatty() and sys.stdout.isatty()):
                return _played(stage, here, speed, options)
            os.environ.update(stage.environment)
            return bootstrap.run_terminal(here, {**options, "as_name": OPERATORS[0]})


@contextlib.contextmanager
def _room(here: Place) -> Iterator[bootstrap.Starting]:
    """The demo's room, for as long as the block runs; also one that a terminal started in its place is ended."""
    starting = bootstrap.start_room(here)
    try:
        starting.wait()
        yield starting
    finally:
        with contextlib.suppress(RoomError):
            bootstrap.stop_room(here)
        bootstrap.end(starting.process)


def _played(stage: Stage, here: Place, speed: float, options: Mapping[str, Any]) -> int:
    words = ["--root", str(stage.root), "--config", str(stage.file), "--as", OPERATORS[0]]
    for name in ("language", "theme"):
        if options.get(name):
            words += [f"--{name}", str(options[name])]
    command = [sys.executable, "-m", "socialroom", *words]
    print(_("The demo plays its first minute. Nothing leaves this machine."), flush=True)
    return asyncio.run(played(command, stage, here.socket, FIRST_MINUTE, clock=SystemClock(), speed=speed))
