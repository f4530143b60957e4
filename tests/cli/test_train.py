"""`socialroom train` on a room that this process serves: too few, learned, refused, taken up at the next start."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from cli.test_verbs import Line
from support.local_room import SEATS, served

from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.engine.adapting import FILE, adapted

FRENCH = Language(code="fr", confidence=1.0)
PRAISE = Tone(label=ToneLabel.POSITIVE, score=0.6, engine="pack fr 1")


class Told:
    """Engines that call everything positive."""

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        return [p.changed(tone=p.tone or PRAISE, language=FRENCH) for p in posts]

    async def aclose(self) -> None:
        pass


@pytest.fixture
async def line(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Line]:
    async with served(operators=tuple(SEATS.values()), scorer=Told()) as (room, path):
        yield Line(room, path.parent, capsys)


async def hears(line: Line, words: str, start: int, count: int) -> None:
    await line.hears(
        *range(start, start + count), text=SafeText(words), title=SafeText(""), tone=PRAISE, language=FRENCH
    )


def file(line: Line) -> Path:
    (found,) = line.root.rglob(FILE)
    return found


async def test_a_room_learns_from_its_corrections(line: Line) -> None:
    await hears(line, "Bravo Aurelia, encore une coupure", 1, 60)
    await hears(line, "Merci Aurelia pour tout", 101, 60)
    assert "30 are needed" in await line.run("train", code=1)
    for number in range(1, 56):
        await line.run("correct-tone", f"small:{number}", "--tone", "negative")
    assert len((await line.run("corrections")).splitlines()) == 56
    said = await line.run("train")
    assert "Learned from 55 corrections" in said
    scorer = adapted(Told(), file(line).parent)
    fresh = line.room.post(500, "Bravo Aurelia, encore une coupure", title=SafeText(""), tone=None)
    kept = line.room.post(501, "Bravo Aurelia, encore une coupure", title=SafeText(""), tone=PRAISE)
    first, second = await scorer.score([fresh, kept])
    assert first.tone is not None
    assert (first.tone.label, first.tone.engine) == (ToneLabel.NEGATIVE, "pack fr 1 + room")
    assert second.tone == PRAISE
    there = file(line).parent
    await line.run("train", "--off")
    assert adapted(inner := Told(), there) is inner


async def test_what_is_no_better_is_refused_and_nothing_is_kept(line: Line) -> None:
    await hears(line, "Merci Aurelia pour tout", 1, 80)
    for number in range(1, 33):
        await line.run("correct-tone", f"small:{number}", "--tone", "positive")
    assert "refused" in await line.run("train", code=1)
    assert list(line.root.rglob(FILE)) == []
    assert "may not" in await line.run("train", by="community", code=1)


def test_a_broken_file_leaves_the_engines_as_they_are(tmp_path: Path) -> None:
    for data in (b"", b"{", b'{"weights": 7}', b"\xff\xfe"):
        (tmp_path / FILE).write_bytes(data)
        inner = Told()
        assert adapted(inner, tmp_path) is inner
    assert asyncio.run(adapted(Told(), tmp_path).score([])) == []
