"""Alerts, sources and outbox in the whole console, on a room in this process: keys in, what the room did out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from support.clock import HeldClock
from support.posts import NOON, post
from support.rooms import FEEDS, SpokenRoom
from textual.pilot import Pilot

from socialroom.alerts.keyword import Keyword, KeywordSettings
from socialroom.domain.alert import AlertState
from socialroom.domain.draft import Draft, OutboxState
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.tui.app import RoomApp
from socialroom.tui.list_pane import ListPane
from socialroom.tui.panes.composer import ComposerPane
from socialroom.tui.settings import TerminalSettings

pytestmark = pytest.mark.long

SIZES = [(80, 24), (160, 48)]


def mention(number: int, text: str, at: datetime) -> Post:
    return post(
        number,
        at=at,
        network="mastodon",
        source="mastodon",
        kind=PostKind.MENTION,
        text=SafeText(text),
        title=SafeText(""),
        warning=SafeText(""),
    )


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON + timedelta(hours=1, seconds=30))


async def calm(pilot: Pilot[int], seconds: float = 0.3) -> None:
    """Lets the room and the terminal say all they have to say."""
    for _ in range(4):
        await pilot.pause()
        await pilot.app.clock.advance(seconds / 4)  # type: ignore[attr-defined]
        await pilot.pause()


@contextlib.asynccontextmanager
async def console(room: SpokenRoom, size: tuple[int, int]) -> AsyncIterator[tuple[RoomApp, Pilot[int]]]:
    settings = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
    app = RoomApp(room.connect, settings, clock=room.clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        await calm(pilot)
        yield app, pilot


def text(app: RoomApp, key: str) -> str:
    pane = app.room_screen.tiles.pane(key)
    assert isinstance(pane, ListPane)
    pane.renew()
    lines = (pane.view.render_line(y).text[1:-1] for y in range(pane.view.size.height))
    return " ".join(" ".join(lines).split())


@pytest.mark.parametrize("size", SIZES)
async def test_an_alert_is_acknowledged_opened_muted_and_the_mute_undone(
    clock: HeldClock, size: tuple[int, int]
) -> None:
    rules = {"words": Keyword(KeywordSettings(words=("panne",), least=1))}
    async with (
        SpokenRoom(clock, rules=rules, counters={"word:panne": "panne"}) as room,
        console(room, size) as (app, pilot),
    ):
        asked = mention(1, "une panne de fibre", clock.now())
        room.say(asked)
        await calm(pilot, 6)
        await pilot.press("g", "a")
        await calm(pilot)
        assert "panne · 1 in 15 min" in text(app, "alerts")
        await pilot.press("A")
        await calm(pilot)
        (alert,) = room.room.alerting.alerts()
        assert (alert.state, alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "Léa")
        assert "acknowledged by Léa" in text(app, "alerts")
        await pilot.press("z", "enter")
        await calm(pilot)
        assert "muted until" in text(app, "alerts")
        await pilot.press("u")
        await calm(pilot)
        assert "muted" not in text(app, "alerts")
        await pilot.press("o")
        await calm(pilot)
        thread = app.room_screen.tiles.pane("thread")
        assert thread is not None
        chosen = thread.selected()
        assert chosen is not None
        assert chosen.uri == asked.uri


@pytest.mark.parametrize("size", SIZES)
async def test_a_send_counts_down_is_stopped_goes_and_is_sent(clock: HeldClock, size: tuple[int, int]) -> None:
    async with SpokenRoom(clock) as room, console(room, size) as (app, pilot):
        room.say(mention(1, "a question", clock.now()))
        await calm(pilot)
        await pilot.press("r", *"Hello")
        await calm(pilot)
        await pilot.press("ctrl+s")
        await calm(pilot)
        await pilot.press("escape", "g", "o")
        await calm(pilot)
        assert "sends in" in text(app, "outbox")
        assert "as @aurelia" in text(app, "outbox")
        await pilot.press("u")
        await calm(pilot)
        assert "sends in" not in text(app, "outbox")
        assert "Hello yours" in text(app, "outbox")
        await pilot.press("enter")
        await calm(pilot)
        composer = app.room_screen.composer
        assert isinstance(composer, ComposerPane)
        assert composer.area.text == "Hello"
        await pilot.press("ctrl+s")
        await calm(pilot, 8)
        await pilot.press("escape", "g", "o")
        await calm(pilot)
        assert "sent Hello" in text(app, "outbox")
        assert "id 1 · https://spoken.example/1" in text(app, "outbox")
        assert [item.state for item in room.room.outbox.items()].count(OutboxState.SENT) == 1
        assert list(room.source.posted.values()) == ["Hello"]


async def test_a_draft_whose_question_is_gone_can_still_be_written_on(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, (120, 40)) as (app, pilot):
        draft = Draft(
            id="left",
            operator="Léa",
            account="mastodon",
            text="An answer to nobody",
            updated_at=clock.now(),
            in_reply_to="https://gone.example/1",
            conversation="https://gone.example/1",
        )
        room.room.drafts.save(draft, "Léa")
        await calm(pilot)
        await pilot.press("g", "o")
        await calm(pilot)
        await pilot.press("enter")
        await calm(pilot)
        composer = app.room_screen.composer
        assert isinstance(composer, ComposerPane)
        assert composer.area.text == "An answer to nobody"
        assert "not in the room any more" in app.room_screen.status.text


async def test_a_source_is_asked_from_its_row(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, (120, 40)) as (app, pilot):
        await pilot.press("g", "s")
        await calm(pilot)
        assert "mastodon Mastodon" in text(app, "sources")
        assert "live" in text(app, "sources")
        await pilot.press("p")
        await calm(pilot)
        assert "mastodon is asked for news." in app.room_screen.status.text
