"""The room process: it holds the lock, builds the room, and serves it until it is told to end."""

from __future__ import annotations

import asyncio
import logging
import os
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from socialroom import locale
from socialroom.bootstrap.building import build_room, secrets_of
from socialroom.bootstrap.places import require_file
from socialroom.config.paths import Place, private_folder
from socialroom.domain.errors import Missing, RoomError
from socialroom.domain.operator import Operator, Role
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _

if TYPE_CHECKING:
    from socialroom.config.settings import RoomSettings
    from socialroom.domain.ports import Room
    from socialroom.engine.room import LocalRoom

_log = logging.getLogger("socialroom")
_LOOK = 0.5  # seconds between looks at whether the parent is still there


class RoomHost:
    """Seats operators by the names that room.toml declares (implements `hub.server.Host`)."""

    def __init__(self, room: LocalRoom, settings: RoomSettings) -> None:
        self._room, self._settings = room, settings

    def seat_of(self, name: str | None, *, wall: bool = False) -> Room:
        """The seat of a declared operator; without a name, this machine's user as a guest. Raises Missing.

        A wall without a name is nobody's: whoever passes by sees it, so it sees what a guest may.

        Whoever can open the socket is the user who runs the room, so `status` and `stop` need no operator; every act
        of an operator does.
        """
        if name:
            return self._room.seat(self._settings.operator(name))
        if wall:
            return self._room.seat(Operator(name=clean_line(_("wall")), role=Role.GUEST))
        try:
            return self._room.seat(self._settings.operator(None))
        except Missing:
            from socialroom.config.settings import system_user

            return self._room.seat(Operator(name=clean_line(system_user()), role=Role.GUEST))


def use_language(settings: RoomSettings, given: str | None = None) -> None:
    """The command line's language, else the environment's own variable, else the room's, else the locale's."""
    if settings.room.language and not (given or os.environ.get("SOCIALROOM_LANGUAGE")):
        locale.use(settings.room.language)


def write_log(path: Path, hidden: Callable[[], set[str]]) -> None:
    """Sends logs to a file of ours, cleaned and without secrets."""
    from socialroom.net.redact import Redaction, line_of_log

    private_folder(path.parent)
    path.touch(0o600)
    path.chmod(0o600)
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(path, maxBytes=5_000_000, backupCount=3, encoding="utf-8")
    handler.setFormatter(line_of_log())
    handler.addFilter(Redaction(hidden))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("httpx", "httpcore", "asyncio", "websockets", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def run_hub(place: Place, *, parent: int = 0) -> None:
    """Runs the room in this process until it is stopped, or until the process `parent` is no longer its parent.

    Raises:
        ConfigError, StoreError, Conflict: it cannot start, and nothing of it has.
    """
    from socialroom.config import settings as room_settings
    from socialroom.hub import door

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core file would hold tokens
    os.umask(0o077)
    settings = room_settings.load(require_file(place))
    use_language(settings)
    try:
        with door.held(place.socket):
            asyncio.run(_serve(settings, place, parent))
    finally:
        if parent and os.getppid() != parent:
            _tidy(place)


async def _serve(settings: RoomSettings, place: Place, parent: int) -> None:
    from socialroom.hub import door, server

    secrets = secrets_of(place)
    write_log(place.log, lambda: secrets.values)
    room: LocalRoom | None = None
    following: asyncio.Task[None] | None = None
    try:
        room = build_room(settings, place, secrets=secrets)
        loop = asyncio.get_running_loop()
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(sign, room.stopping.set)
        if parent:
            following = asyncio.create_task(_follow(parent, room.stopping))
        await room.start()
        # The door opens last: what answers at the socket is a whole room.
        listening = door.bind(place.socket)
        _log.info("the room %s listens at %s", settings.room.name, place.socket)
        if sys.stdout.isatty():
            print(_("{room} listens; Ctrl+C ends it. Its log is {log}").format(room=settings.room.name, log=place.log))
        try:
            await server.serve(RoomHost(room, settings), listening, room.stopping)
        finally:
            listening.close()
    except RoomError:
        raise
    except Exception as error:
        _log.exception("the room failed")
        raise RoomError(
            N_("the room failed: {reason}"),
            reason=f"{type(error).__name__}: {error}",
            remedy=N_("Its log is {log}."),
            log=str(place.log),
        ) from error
    finally:
        if following is not None:
            following.cancel()
        if room is not None:
            await room.aclose()
            _log.info("the room has ended")


async def _follow(parent: int, stopping: asyncio.Event) -> None:
    """Ends the room when the process that started it is gone, however it went."""
    while os.getppid() == parent:  # noqa: ASYNC110 - the kernel tells nobody
        await asyncio.sleep(_LOOK)
    stopping.set()


def _tidy(place: Place) -> None:
    """Removes the folder of a demo whose own process was killed, and could not."""
    from socialroom.rehearsal.demo import PREFIX

    root = place.socket.parent
    if place.name == "demo" and root.name.startswith(PREFIX):
        shutil.rmtree(root, ignore_errors=True)
