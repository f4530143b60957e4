"""`confirm = true` of a source: publishing as its account asks once more, and terminals know it from the room."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.connecting import DictSecrets

from socialroom.bootstrap import build_room
from socialroom.config.paths import place
from socialroom.config.settings import load
from socialroom.domain.errors import ConfigError
from socialroom.domain.operator import Operator
from socialroom.domain.requests import Overview, RoomOverview
from socialroom.domain.text import SafeText

ROOM = """[room]
name = "Aurelia"
store = "memory"
[[source]]
name = "press"
network = "mastodon"
url = "https://social.example"
{confirm}
[[source]]
name = "help"
network = "mastodon"
url = "https://social.example"
"""


async def accounts(folder: Path, line: str) -> dict[str, bool]:
    file = folder / "room.toml"
    file.write_text(ROOM.format(confirm=line), "utf-8")
    secrets = DictSecrets(**{"press.token": "x", "help.token": "x"})
    room = build_room(load(file), place(file, root=folder), secrets=secrets)  # type: ignore[arg-type]
    try:
        overview = await room.seat(Operator(name=SafeText("Léa"))).view(Overview())
        assert isinstance(overview, RoomOverview)
        return {account.name: account.confirm for account in overview.accounts}
    finally:
        await room.aclose()


async def test_only_the_account_that_says_so_asks_once_more(tmp_path: Path) -> None:
    assert await accounts(tmp_path, "confirm = true") == {"press": True, "help": False}
    assert await accounts(tmp_path, "") == {"press": False, "help": False}


async def test_what_is_neither_true_nor_false_is_named_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="confirm") as caught:
        await accounts(tmp_path, 'confirm = "yes"')
    assert caught.value.line == 8
