"""Topics from their file to posts, cases and queries; a file with a mistake fails alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from cli.test_rules import Line
from support.local_room import SEATS, served

from socialroom.bootstrap import build_room
from socialroom.commands.check import check
from socialroom.config import settings
from socialroom.config.paths import place
from socialroom.domain.text import SafeText
from socialroom.domain.topic import Topic

NETWORK = Topic(name=SafeText("network"), terms="pann* OR outage")
BILLING = Topic(name=SafeText("Facturation"), terms="factur*")


async def test_posts_and_cases_have_their_topics_and_queries_ask_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    async with served(operators=tuple(SEATS.values()), topics=(NETWORK, BILLING)) as (room, path):
        line = Line(room, path.parent, capsys)
        await line.hears("Aurelia, une panne !", "Ma facture, Aurelia, et les pannes ?", "Bonjour Aurelia")
        cases = room.room.ledger.cases
        assert [cases[f"small:{n}"].topics for n in (1, 2, 3)] == [("network",), ("network", "Facturation"), ()]
        found = json.loads(await line.run("query", "test", "topic:facturation", "--json"))
        assert [post["topics"] for post in found["posts"]] == [["network", "Facturation"]]
        # What the customer goes on to say is of a topic too.
        more = room.post(4, text=SafeText("et ma facture ?"), root="small:1")
        room.source.say(more)
        while room.room.ledger.cases["small:1"].version < 2:
            await asyncio.sleep(0)
        assert room.room.ledger.cases["small:1"].topics == ("network", "Facturation")


async def test_a_file_with_a_mistake_costs_the_room_its_topics_and_nothing_else(tmp_path: Path) -> None:
    file, topics = tmp_path / "room.toml", tmp_path / "topics.toml"
    file.write_text(
        '[room]\nstore = "memory"\nlanguage = "en"\n[brand]\nname = "Aurelia"\n[desk]\ntopics = "topics.toml"\n',
        encoding="utf-8",
    )
    here = place(file, root=tmp_path / "room")
    topics.write_text('[[topic]]\nname = "network"\nterms = "panne"\nexamples = ["La panne"]\n', encoding="utf-8")
    room = build_room(settings.load(file), here)
    assert room.plan.counters["topic:network"] == "panne"
    assert ([t.name for t in room.plan.topics], room.plan.problems) == (["network"], ())
    await room.aclose()
    topics.write_text(topics.read_text(encoding="utf-8").replace("La panne", "Rien"), encoding="utf-8")
    room = build_room(settings.load(file), here)
    assert room.plan.topics == ()
    assert "topics.toml:4" in str(room.plan.problems[0].what)
    await room.aclose()


def test_check_says_how_many_topics_there_are_or_what_is_wrong(tmp_path: Path) -> None:
    file, topics = tmp_path / "room.toml", tmp_path / "topics.toml"
    file.write_text(
        '[room]\nstore = "memory"\nlanguage = "en"\n[brand]\nname = "Aurelia"\n[desk]\ntopics = "topics.toml"\n',
        "utf-8",
    )
    topics.write_text('[[topic]]\nname = "network"\nterms = "panne"\n', encoding="utf-8")

    def row() -> tuple[bool, str]:
        (found,) = [row for row in check(place(file, root=tmp_path / "room")) if row.what == "topics"]
        return found.ready, found.said

    assert row() == (True, "1 topic")
    topics.write_text('[[topic]]\nname = "network"\nterms = "panne OR"\n', encoding="utf-8")
    ready, said = row()
    assert not ready
    assert "topics.toml:3" in said
    topics.unlink()
    assert not row()[0]
