"""Draws the README's picture: the demo's first minute played in the real console, photographed before the reply leaves.

`python tests/pictures/draw.py [--language fr] [--theme light] [--size 120x40] [--after CUE] [--out FILE.svg]`
"""

from __future__ import annotations

import argparse
import asyncio
import re
from pathlib import Path

from textual.pilot import Pilot

from socialroom import __version__, bootstrap, locale
from socialroom.clock import SystemClock
from socialroom.config.paths import place
from socialroom.rehearsal.demo import Demo
from socialroom.rehearsal.play import Player, begin, sights
from socialroom.rehearsal.room import OPERATORS
from socialroom.rehearsal.script import FIRST_MINUTE

FOLDER = Path(__file__).parent
_NAMES = {" ": "space"}


class PilotTerminal:
    """Keys go to an app in this process, in order."""

    def __init__(self, pilot: Pilot[int]) -> None:
        self._pilot = pilot
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self.ended = asyncio.Event()

    def press(self, key: str) -> None:
        self._keys.put_nowait(_NAMES.get(key, key))

    async def run(self) -> None:
        while True:
            await self._pilot.press(await self._keys.get())


async def photograph(options: argparse.Namespace) -> str:
    from socialroom.config import settings as room_settings
    from socialroom.tui.app import RoomApp
    from socialroom.tui.settings import TerminalSettings

    width, height = (int(n) for n in options.size.split("x"))
    with Demo(language=options.language, theme=options.theme, still=True) as demo:
        stage = demo.start()
        here = place(stage.file, root=stage.root)
        settings = room_settings.load(stage.file)
        room = bootstrap.start_room(here)
        try:
            await asyncio.to_thread(room.wait)
            await begin(stage, here.socket, clock=SystemClock())
            app = RoomApp(
                bootstrap.connector_to(here, OPERATORS[0], may_start=False),
                TerminalSettings(
                    operator=OPERATORS[0], version=__version__, room=settings.room.name, theme=options.theme,
                    demo=True, role=settings.operator(OPERATORS[0]).role.value, layouts=settings.layouts,
                    feeds=settings.feeds, state_folder=str(here.state),
                ),
            )  # fmt: skip
            async with app.run_test(size=(width, height)) as pilot, sights(stage, here.socket) as (look, tell):
                terminal = PilotTerminal(pilot)
                typing = asyncio.ensure_future(terminal.run())
                player = Player(terminal, look=look, tell=tell, clock=SystemClock())  # type: ignore[arg-type]
                async for seen in player.play(FIRST_MINUTE):
                    print(f"{seen.second:5.1f} s  {seen.cue.name}  {'seen' if seen.came else 'NOT SEEN'}", flush=True)
                    if not seen.came:
                        raise SystemExit(f"the cue {seen.cue.name} was not seen")
                    if seen.cue.name == options.after:
                        break
                await pilot.pause(0.6)
                drawn = app.export_screenshot(title="socialroom")
                typing.cancel()
        finally:
            await asyncio.to_thread(bootstrap.stop_room, here)
            bootstrap.end(room.process)
    # Web fonts would be fetched from elsewhere by whoever looks at the picture.
    return re.sub(r"@font-face \{.*?\}\s*", "", drawn, flags=re.DOTALL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--language", default="en")
    parser.add_argument("--theme", default="house")
    parser.add_argument("--size", default="120x40")
    parser.add_argument("--after", default="compose", choices=[c.name for c in FIRST_MINUTE])
    parser.add_argument("--out", type=Path, default=FOLDER / "console.svg")
    options = parser.parse_args()
    locale.use(options.language)
    options.out.write_text(asyncio.run(photograph(options)), encoding="utf-8")
    print(options.out)


if __name__ == "__main__":
    main()
