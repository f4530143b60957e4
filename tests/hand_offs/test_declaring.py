"""[[hand_off]] and [mail] in room.toml: what is built of them, and every mistake with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from socialroom.bootstrap import build_room
from socialroom.config.paths import place
from socialroom.config.settings import load
from socialroom.domain.errors import ConfigError

ROOM = """[room]
name = "Aurelia"
store = "memory"
[[source]]
network = "hackernews"
query = "aurelia"
"""
MAIL = """[mail]
host = "mail.example"
sender = "room@aurelia.example"
"""
CARE = """[[hand_off]]
via = "mail"
name = "care"
to = "care@aurelia.example"
"""
HOOK = """[[hand_off]]
via = "webhook"
url = "https://care.example/tickets"
"""


async def built(folder: Path, text: str) -> tuple[str, ...]:
    file = folder / "room.toml"
    file.write_text(ROOM + text, encoding="utf-8")
    room = build_room(load(file), place(file, root=folder))
    try:
        return room.hand_offs.names
    finally:
        await room.aclose()


async def test_ways_are_built_in_the_order_in_which_they_are_declared(tmp_path: Path) -> None:
    assert await built(tmp_path, MAIL + CARE + HOOK) == ("care", "webhook")
    assert await built(tmp_path, "") == ()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (CARE, 7, r"mail needs a server"),
        (MAIL + CARE.replace("care@", ""), 13, r"not a mail address"),
        (MAIL.replace("room@", "") + CARE, 9, r"not a mail address"),
        (MAIL + 'tls = "none"\n' + CARE, 10, r"unencrypted"),
        (MAIL.replace("mail.example", "localhost") + 'tls = "none"\nlogin = "room"\n' + CARE, 10, r"unencrypted"),
        (HOOK.replace("webhook", "pigeon"), 8, r"no way to customer care called pigeon.*mail, webhook"),
        (HOOK.replace("https://care.example/tickets", "care"), 9, r"is not an address"),
        (HOOK + HOOK, 0, r"two ways to customer care are called webhook"),
        (HOOK + 'colour = "blue"\n', 10, r"colour"),
        (MAIL + "port = 0\n", 10, r"port"),
    ],
)
async def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ConfigError, match=said) as caught:
        await built(tmp_path, text)
    assert line in (0, caught.value.line), str(caught.value)
