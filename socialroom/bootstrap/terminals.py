"""A terminal on a room: what it is told, how it attaches, and in the demo who whispers the next key."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

from socialroom import __version__
from socialroom.bootstrap.attaching import connector_to
from socialroom.bootstrap.building import beside, secrets_of
from socialroom.bootstrap.hosting import use_language
from socialroom.bootstrap.places import require_file
from socialroom.config.paths import Place, private_folder
from socialroom.domain.errors import RoomError, RoomUnreachable

if TYPE_CHECKING:
    from socialroom.domain.ports import Prompter, Room
    from socialroom.domain.requests import RoomOverview
    from socialroom.rehearsal.prompter import ScriptPrompter

REHEARSAL_URL = "SOCIALROOM_REHEARSAL_URL"  # where the demo's network is, for the terminal that plays in it


def run_terminal(place: Place, options: Mapping[str, Any]) -> int:
    """Opens a terminal on a room and returns the exit code. `options` are the command line's.

    Raises:
        ConfigError: room.toml is wrong. Missing: nobody, or nobody declared, was named as the operator.
    """
    from socialroom.tui import _garbage, _keys_first

    _garbage.quiet()  # until the first screen stands
    _keys_first.let_frames_leave()
    from socialroom.config import settings as room_settings

    settings = room_settings.load(require_file(place))
    use_language(settings, options.get("language"))
    name, read_only = options.get("as_name"), bool(options.get("read_only"))
    # A screen on the wall is nobody's: it needs no name, and shows no private messages.
    seat = None if read_only and not name else settings.operator(name)
    operator = seat.name if seat is not None else ""
    reach = connector_to(place, operator, wall=read_only)
    attached = False

    async def connect(start: bool) -> Room:
        """Attaches. A room that refuses to start ends a terminal that never saw one, with the room's own sentence."""
        nonlocal attached
        try:
            room = await reach(start)
        except RoomUnreachable:
            raise
        except RoomError as error:
            if not attached:
                app.farewell = str(error)
                app.exit(return_code=int(error.values.get("code", 1)) or 1)
            raise
        attached = True
        return room

    from socialroom.tui.app import RoomApp
    from socialroom.tui.settings import TerminalSettings

    app = RoomApp(
        connect,
        TerminalSettings(
            operator=operator,
            version=__version__,
            role=seat.role.value if seat is not None and settings.operators else "",
            room=settings.room.name,
            theme=options.get("theme") or settings.room.theme,
            layout=options.get("layout") or "",
            layouts=dict(settings.layouts),
            feeds=settings.feeds,
            key_layout=settings.keys.layout,
            key_scheme=settings.keys.scheme,
            keys_file=beside(place.file, settings.keys.file),
            read_only=read_only,
            demo=settings.room.demo,
            state_folder=str(private_folder(place.state)),
        ),
        hint=_prompter(place) if settings.room.demo else None,
    )
    app.run()
    message = getattr(app, "farewell", "")
    if message:
        print(message, file=sys.stderr)
    return int(app.return_code or 0)


def _prompter(place: Place) -> Prompter | None:
    address = os.environ.get(REHEARSAL_URL)
    return LatePrompter(place, address) if address else None


class LatePrompter:
    """The demo's prompter, made at its first hint: by then the screen is painted (implements `ports.Prompter`)."""

    def __init__(self, place: Place, address: str) -> None:
        self._place, self._address = place, address
        self._script: ScriptPrompter | None = None
        self._open = AsyncExitStack()
        self._early: list[str] = []

    async def __call__(self, room: RoomOverview, *, typing: bool = False) -> str:
        """What the header says now."""
        if self._script is None:
            await asyncio.to_thread(_import_rehearsal)
            self._script = await self._made()
            for key in self._early:
                self._script.pressed(key)
        return await self._script(room, typing=typing)

    def pressed(self, key: str) -> None:
        """A key that the operator pressed."""
        if self._script is None:
            self._early.append(key)
        else:
            self._script.pressed(key)

    async def aclose(self) -> None:
        """Lets go of its lines to room and network."""
        await self._open.aclose()

    async def _made(self) -> ScriptPrompter:
        from socialroom.rehearsal.play import directing
        from socialroom.rehearsal.prompter import ScriptPrompter
        from socialroom.rehearsal.room import SOURCE

        token = secrets_of(self._place).get(f"{SOURCE}.token") or ""
        report, tell = await self._open.enter_async_context(directing(self._address, token, patient=False))
        return ScriptPrompter(report, tell)


def _import_rehearsal() -> None:
    import socialroom.rehearsal.play
    import socialroom.rehearsal.prompter  # noqa: F401 - for its time, which is not the interface's
