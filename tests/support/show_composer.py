"""A program of one composer with its room in the same process, for the tests in a real terminal.

`show_composer.py FOLDER [away]`: the room's desk and this machine's own copies lie in FOLDER; "away": nobody reaches
the room. The composer is open under a customer's question.
"""

from __future__ import annotations

import sys
from pathlib import Path

from support.host import ComposerHost
from support.writing_room import WritingRoom

from socialroom.clock import SystemClock
from socialroom.stores.tinydb import TinyDesk

DESK = "desk"


class Show(ComposerHost):
    def on_mount(self) -> None:
        super().on_mount()
        self.set_interval(1.0, lambda: self.pane.tick(self.clock.now()))
        self.call_after_refresh(lambda: self.open_composer(parent=self.question))

    async def action_quit(self) -> None:
        await self.pane.leaving()
        self.exit()


def main(folder: Path, *, away: bool) -> None:
    (folder / DESK).mkdir(exist_ok=True)
    clock = SystemClock()
    disk = TinyDesk(str(folder / DESK), clock)
    room = WritingRoom(clock, disk=disk, playbook=str(folder / "playbook"))  # type: ignore[arg-type]
    room.cut = away
    Show(room.seat(), folder=str(folder), attached=not away, clock=clock).run()  # type: ignore[arg-type]


if __name__ == "__main__":
    main(Path(sys.argv[1]), away="away" in sys.argv)
