"""The composer in the whole console: from a post to a saved reply, and as it stands on small screens."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.keyed_app import screen_lines
from support.posts import NOON, post
from support.rooms import FEEDS, SpokenRoom
from textual.pilot import Pilot

from socialroom.domain.operator import Role
from socialroom.domain.post import PostKind
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language
from socialroom.tui.app import RoomApp
from socialroom.tui.screens.saved_replies import SavedRepliesScreen
from socialroom.tui.settings import TerminalSettings


@pytest.fixture
def book(tmp_path: Path) -> str:
    (tmp_path / "panne.md").write_text("---\ntitle: Une panne\nlanguage: fr\n---\nBonjour, {ticket} !", "utf-8")
    (tmp_path / "outage.md").write_text("---\ntitle: An outage\nlanguage: en\n---\nHello!", "utf-8")
    return str(tmp_path)


async def calm(pilot: Pilot[int], rounds: int = 6) -> None:
    for _ in range(rounds):
        await pilot.pause()
        await pilot.app.clock.advance(0.06)  # type: ignore[attr-defined]
        await asyncio.to_thread(lambda: None)  # what threads were asked before this is done
        await pilot.pause()


async def until_shown(pilot: Pilot[int]) -> None:
    """The playbook is read in a thread."""
    for _ in range(100):
        await calm(pilot, 1)
        if isinstance(pilot.app.screen, SavedRepliesScreen):
            return


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_semicolon_answers_the_post_in_front_with_a_saved_reply(book: str, size: tuple[int, int]) -> None:
    clock = HeldClock(NOON + timedelta(hours=1))
    known = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
    async with SpokenRoom(clock, role=Role.COMMUNITY, playbook=book) as room:
        app = RoomApp(room.connect, known, clock=clock)
        async with app.run_test(size=size, notifications=True) as pilot:
            await calm(pilot)
            room.say(
                post(
                    1, at=NOON + timedelta(seconds=1), network="mastodon", source="mastodon", kind=PostKind.MENTION,
                    text=SafeText("aurelia, c'est en panne"), language=Language(code="fr", confidence=0.9),
                )
            )  # fmt: skip
            await calm(pilot)
            await pilot.press("semicolon")
            await until_shown(pilot)
            assert isinstance(app.screen, SavedRepliesScreen)
            assert str(app.screen._list.options[0].prompt) == "[fr] panne · Une panne", "their language first"
            await pilot.press("enter")
            await calm(pilot)
            composer = app.room_screen.composer
            assert composer is not None
            assert composer.area.text == "Bonjour, {ticket} !"
            assert composer.area.has_focus
            assert composer.area.size.height >= 2
            text = "\n".join(screen_lines(app))
            assert "1 place to fill in: {ticket} · Ctrl+n" in text
            await pilot.press("escape", "semicolon")
            await until_shown(pilot)
            assert isinstance(app.screen, SavedRepliesScreen), "the same post again"


async def test_without_a_post_a_semicolon_opens_nothing(book: str) -> None:
    clock = HeldClock(NOON + timedelta(hours=1))
    known = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
    async with SpokenRoom(clock, playbook=book) as room:
        app = RoomApp(room.connect, known, clock=clock)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            await calm(pilot)
            await pilot.press("semicolon")
            await calm(pilot)
            assert len(app.screen_stack) == 1
            assert "No post is chosen here." in "\n".join(screen_lines(app))
