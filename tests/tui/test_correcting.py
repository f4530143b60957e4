"""One key says what a post really is, with the real room: it shows at once, and one key undoes it."""

from __future__ import annotations

import pytest
from support.seats import calm, console, hear, seated, shown

from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel

pytestmark = pytest.mark.long


async def test_capital_t_asks_and_shows_the_answer_at_once() -> None:
    async with seated() as room:
        praise = room.post(
            1,
            "Bravo Aurelia, encore une coupure",
            title=SafeText(""),
            tone=Tone(label=ToneLabel.POSITIVE, score=0.6, engine="pack fr 1"),
            language=Language(code="fr", confidence=1.0),
            stance="love",
            stance_why=SafeText("Bravo"),
        )
        await hear(room, None, praise)
        async with console(room, "Yan", layout="feeds") as (app, pilot):
            await pilot.press("1")
            await calm(pilot)
            assert "▲ positive · love" in shown(app)
            await pilot.press("T")
            await calm(pilot)
            assert "▲ positive (pack fr 1) · love (Bravo)" in shown(app)
            await pilot.press("enter")  # negative is the first
            await calm(pilot)
            assert "▼ negative · love" in shown(app)
            assert "Corrected" in app.room_screen.status.text
            await pilot.press("T", *"jjjjj", "enter")
            await calm(pilot)
            assert "▼ negative · criticism" in shown(app)
            await pilot.press("u")
            await calm(pilot)
            assert "▼ negative · love" in shown(app)


async def test_who_may_not_is_told_who_may() -> None:
    async with seated() as room:
        await hear(room, None, room.post(1, "Aurelia, bonjour"))
        async with console(room, "Ana", layout="feeds") as (app, pilot):
            await pilot.press("1", "T")
            await calm(pilot)
            assert "tag is for: analyst, community, head, manager" in app.room_screen.status.text
