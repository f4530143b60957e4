"""What of the room's own files cannot be read is on the screen as soon as a terminal is there."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from support.clock import HeldClock
from support.keyed_app import screen_lines
from support.posts import NOON
from support.rooms import FEEDS, SpokenRoom

from socialroom.bootstrap.building import audience_lists
from socialroom.config.paths import place
from socialroom.config.settings import load
from socialroom.tui.app import RoomApp
from socialroom.tui.settings import TerminalSettings


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_a_list_that_cannot_be_read_is_said_and_the_others_are_there(
    size: tuple[int, int], tmp_path: Path
) -> None:
    (tmp_path / "good.csv").write_text("handle\nclaire\n", encoding="utf-8")
    (tmp_path / "bad.csv").write_text("handle\n\n\x1b[31mclaire,FR\n", encoding="utf-8")
    file = tmp_path / "room.toml"
    file.write_text(
        '[brand]\nname = "Aurelia"\n[[audience]]\nname = "employee"\nfile = "bad.csv"\n'
        '[[audience]]\nname = "journalist"\nfile = "good.csv"\n',
        encoding="utf-8",
    )
    lists, problems = audience_lists(load(file), place(file, root=tmp_path / "state"))
    assert [one.audience.value for one in lists] == ["journalist"]
    assert "bad.csv:3" in str(problems[0].what)
    clock = HeldClock(NOON)
    async with SpokenRoom(clock) as room:
        room.room.plan = msgspec.structs.replace(room.room.plan, audiences=lists, problems=tuple(problems))
        settings = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
        app = RoomApp(room.connect, settings, clock=clock)
        async with app.run_test(size=size) as pilot:
            for _ in range(4):
                await pilot.pause()
                await clock.advance(0.06)
            text = " ".join(" ".join(screen_lines(app)).split())
            assert "the room goes without the list of employee" in text
