"""`socialroom rules test` and `socialroom deadlines`, beside a room that this process serves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.local_room import SEATS, TestRoom, served

from socialroom import cli
from socialroom.commands.check import check
from socialroom.config.paths import place
from socialroom.domain import requests as r
from socialroom.domain.audience import AudienceList
from socialroom.domain.deadline import Deadline
from socialroom.domain.person import Audience, Author
from socialroom.domain.text import SafeText

CLAIRE = Author(id="7", handle=SafeText("claire@presse.example"), followers=48_200)
PRESS = AudienceList(audience=Audience.JOURNALIST, people={("", "claire@presse.example"): "FR"})
RULES = """
[[rule]]
name = "press"
when = { audience = "journalist" }
then = { tag = "press", priority = "high", alert = true }

[[rule]]
name = "thanks"
when = { words = "merci" }
then = { done = "thanks" }
"""


class Line:
    """A command line on a room that this process serves."""

    def __init__(self, room: TestRoom, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.room, self.root, self._capsys = room, root, capsys

    async def run(self, *words: str, code: int = 0) -> str:
        self._capsys.readouterr()
        given = [words[0], "--root", str(self.root), "--language", "en", "--as", "head", *words[1:]]
        found = await asyncio.to_thread(cli.main, given)
        said, wrong = self._capsys.readouterr()
        assert found == code, (words, said, wrong)
        return said or wrong

    async def hears(self, *texts: str, **fields: Any) -> None:
        posts = [self.room.post(n, text=SafeText(t), **fields) for n, t in enumerate(texts, 1)]
        self.room.source.say(*posts)
        while any(p.conversation not in self.room.room.ledger.cases for p in posts):
            await asyncio.sleep(0)


@pytest.fixture
async def line(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Line]:
    plan = {"audiences": (PRESS,), "deadlines": (Deadline(audience="journalist", first=60.0, resolution=600.0),)}
    async with served(operators=tuple(SEATS.values()), **plan) as (room, path):
        yield Line(room, path.parent, capsys)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    file = tmp_path / "rules.toml"
    file.write_text(RULES, encoding="utf-8")
    return file


async def test_each_message_that_would_match_is_shown_with_what_would_be_done(line: Line, rules: Path) -> None:
    await line.hears("Aurelia, qu'y a-t-il\n\x1b[31m en panne ?", "autre chose", author=CLAIRE)
    said = await line.run("rules", "test", str(rules))
    assert "press: tags it press, priority: high, rings" in said
    assert "@claire@presse.example: Aurelia, qu'y a-t-il" in said
    assert "\x1b" not in said
    assert said.splitlines()[-1] == "2 of 2 messages would be matched"
    found = json.loads(await line.run("rules", "test", str(rules), "--json", "--limit", "1"))
    assert (found["posts"], found["counts"]) == (1, {"press": 1})
    assert {tag for case in line.room.room.ledger.cases.values() for tag in case.tags} == set()


async def test_a_broken_file_is_named_with_its_line(line: Line, rules: Path) -> None:
    rules.write_text("[[rule]]\nname = 'a'\n[rule.then]\ntags = 'a'\n", encoding="utf-8")
    assert f"{rules}:4" in await line.run("rules", "test", str(rules), code=2)
    rules.write_text("[[rule]]\nname = 'a'\n[rule.then]\nassign = 'Zoé'\n", encoding="utf-8")
    assert f"{rules}:4" in await line.run("rules", "test", str(rules), code=2)  # the room knows its operators
    assert "nowhere.toml" in await line.run("rules", "test", str(rules.with_name("nowhere.toml")), code=2)


def test_without_a_room_it_is_said(rules: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rules", "--root", str(tmp_path), "test", str(rules)]) == 3
    assert cli.main(["deadlines", "--root", str(tmp_path)]) == 3
    rules.write_text("[[rule]", encoding="utf-8")
    assert cli.main(["rules", "--root", str(tmp_path), "test", str(rules)]) == 2
    assert f"{rules}:1" in capsys.readouterr().err


async def test_the_share_of_promises_that_was_kept(line: Line) -> None:
    assert "No promise" in await line.run("deadlines")
    await line.hears("Aurelia ?", author=CLAIRE)
    await line.room.seat().act(r.CloseCase(conversation="small:1"))
    said = await line.run("deadlines", "--days", "1")
    assert said.splitlines()[1].split() == ["journalist", "small", "–", "100", "%", "(1", "of", "1)", "0"]
    (found,) = json.loads(await line.run("deadlines", "--json"))["figures"]
    assert (found["audience"], found["resolutions"], found["resolutions_met"]) == ("journalist", 1, 1)


def test_check_says_what_of_lists_rules_and_rights_is_ready_and_what_is_not_as_usual(tmp_path: Path) -> None:
    (tmp_path / "press.csv").write_text("handle\nclaire\n", encoding="utf-8")
    (tmp_path / "broken.csv").write_text("handel\nclaire\n", encoding="utf-8")
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    file = tmp_path / "room.toml"
    file.write_text(
        '[room]\nstore = "memory"\nlanguage = "en"\n[brand]\nname = "Aurelia"\n[desk]\nrules = "rules.toml"\n'
        '[[audience]]\nname = "journalist"\nfile = "press.csv"\n[[audience]]\nname = "employee"\nfile = "broken.csv"\n'
        '[[audience]]\nname = "influencer"\nfollowers = 50000\n[[deadline]]\naudience = "journalist"\nfirst = "30m"\n'
        '[rights]\nreply = ["head"]\nfreeze = []\n',
        encoding="utf-8",
    )
    rows = {(row.what, row.name): row for row in check(place(file, root=tmp_path / "room"))}
    assert rows["audience", "journalist"].said == "1 account"
    assert not rows["audience", "employee"].ready
    assert "broken.csv:1" in rows["audience", "employee"].said
    assert rows["audience", "influencer"].said == "from 50,000 followers on"
    assert rows["rules", "rules.toml"].said == "2 rules"
    assert rows["deadline", "journalist"].said == "first response 30 min"
    assert rows["right", "send a reply"].said == "head (usually head, manager, community)"
    assert rows["right", "freeze all publishing"].said.startswith("nobody (usually ")
    assert ("right", "approve") not in rows
    (tmp_path / "rules.toml").write_text("[[rule]]\n", encoding="utf-8")
    rows = {(row.what, row.name): row for row in check(place(file, root=tmp_path / "room"))}
    assert "rules.toml:1" in rows["rules", "rules.toml"].said
