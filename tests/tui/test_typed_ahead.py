"""What is typed ahead reaches what the keys before have opened, in its order, and is no other act."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from support.clock import HeldClock
from support.posts import NOON, post
from support.rooms import FEEDS, SpokenRoom
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.tui.app import RoomApp
from socialroom.tui.settings import TerminalSettings

SENTENCE = "ermes x, E ; à bientôt q!"  # each sign of it is an act of the list behind


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON + timedelta(hours=1))


@contextlib.asynccontextmanager
async def console(room: SpokenRoom) -> AsyncIterator[tuple[RoomApp, Pilot[int]]]:
    settings = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
    app = RoomApp(room.connect, settings, clock=room.clock)
    async with app.run_test(size=(120, 40)) as pilot:
        room.say(mention(1), mention(2))
        await calm(pilot)
        yield app, pilot


def mention(number: int) -> Post:
    return post(
        number,
        at=NOON + timedelta(seconds=number),
        network="mastodon",
        source="mastodon",
        kind=PostKind.MENTION,
        text=SafeText(f"question {number}"),
        title=SafeText(""),
        warning=SafeText(""),
    )


async def calm(pilot: Pilot[int], rounds: int = 6) -> None:
    for _ in range(rounds):
        await pilot.pause()
        await pilot.app.clock.advance(0.06)  # type: ignore[attr-defined]
        await pilot.pause()


def burst(app: RoomApp, *keys: str) -> None:
    """Keys in one packet: all of them are there before the first one is looked at."""
    for key in keys:
        character = key if len(key) == 1 else {"slash": "/", "enter": "\r"}.get(key)
        app.post_message(events.Key(key, character))


async def test_a_search_and_its_words_in_one_packet(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        burst(app, "slash", *SENTENCE)
        await calm(pilot)
        assert app.screen.query_one(Input).value == SENTENCE
        assert all(c.done_at is None and not c.claimed_by for c in room.room.ledger.cases.values())


async def test_a_reply_and_its_text_in_one_packet(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        burst(app, "r", *SENTENCE)
        await calm(pilot)
        composer = app.room_screen.composer
        assert composer is not None
        assert composer.area.text.endswith(SENTENCE)
        assert all(c.done_at is None for c in room.room.ledger.cases.values())


async def test_keys_of_a_question_answered_ahead(clock: HeldClock) -> None:
    """g n 2: the leader's second key, the question, its answer; then the list has the keys again."""
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        burst(app, "g", "n", "2")
        await calm(pilot)
        closed = [c for c in room.room.ledger.cases.values() if c.no_answer_why]
        assert len(closed) == 1
        burst(app, "slash", "x", "escape", "g", "a")
        await calm(pilot)
        assert app.room_screen.tiles.focused == "alerts"
