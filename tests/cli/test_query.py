"""`socialroom query`: what one means, and what it finds in a room."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli.test_rules import CLAIRE, PRESS, Line
from support.local_room import SEATS, served

from socialroom import cli


@pytest.fixture
async def line(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Line]:
    async with served(operators=tuple(SEATS.values()), audiences=(PRESS,)) as (room, path):
        yield Line(room, path.parent, capsys)


async def test_a_query_is_tried_on_what_the_room_heard(line: Line) -> None:
    await line.hears("Aurelia en panne\n\x1b[31m !", "Aurelia, merci", "autre chose", author=CLAIRE)
    said = await line.run("query", "test", "aurelia", "--limit", "1")
    assert said.splitlines()[0] == "the word “aurelia”"
    assert said.splitlines()[-1] == "2 posts are met"
    assert len(said.splitlines()) == 4
    assert "\x1b" not in said
    found = json.loads(await line.run("query", "test", "pann* audience:journalist country:FR reach:>40k", "--json"))
    assert (found["n"], found["more"], found["query"]) == (
        1,
        False,
        "pann* AND audience:journalist AND country:FR AND reach:>40000",
    )
    assert found["posts"][0]["author"]["handle"] == "claire@presse.example"
    assert "0 posts" in await line.run("query", "test", "audience:influencer")
    assert "character 10" in await line.run("query", "test", "aurelia (", code=2)


def test_without_a_room_it_is_said_and_a_mistake_needs_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["query", "--root", str(tmp_path), "test", "aurelia"]) == 3
    capsys.readouterr()
    assert cli.main(["query", "--language", "fr", "explain", "通信 AND colour:red"]) == 2
    assert capsys.readouterr().err.splitlines()[:2] == ["通信 AND colour:red", "         ^"]
    assert cli.main(["query", "--language", "fr", "explain", "=ORANGE NEAR/2 pann*", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["means"] == (
        "le mot « ORANGE », casse et accents compris, et un mot comme « pann* » (* vaut n’importe quelles lettres) "
        "à 2 mots au plus l’un de l’autre"
    )
