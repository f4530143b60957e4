"""The terminal as an operator has it: a room in this process, keys in, panes and commands out."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.keyed_app import screen_lines
from support.posts import NOON, post
from support.rooms import FEEDS, SpokenRoom
from textual.pilot import Pilot

from socialroom import locale
from socialroom.domain.operator import Role
from socialroom.domain.post import Post, PostKind
from socialroom.domain.requests import Feed
from socialroom.domain.text import SafeText
from socialroom.tui import layouts
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.feed import FeedPane
from socialroom.tui.settings import TerminalSettings

SIZES = [(80, 24), (120, 40), (200, 60)]


def mention(number: int, text: str = "", **fields: object) -> Post:
    return post(
        number,
        at=NOON + timedelta(seconds=number),
        network="mastodon",
        source="mastodon",
        kind=PostKind.MENTION,
        text=SafeText(text or f"post-{number}."),
        title=SafeText(""),
        warning=SafeText(""),
        **fields,
    )


@contextlib.asynccontextmanager
async def console(
    room: SpokenRoom, size: tuple[int, int] = (120, 40), **settings: object
) -> AsyncIterator[tuple[RoomApp, Pilot[int]]]:
    known = TerminalSettings(operator="Léa", version="0.1.0", room="Aurelia", feeds=FEEDS)
    app = RoomApp(room.connect, known.changed(**settings), clock=room.clock)
    async with app.run_test(size=size, notifications=True) as pilot:
        await calm(pilot)
        yield app, pilot


async def calm(pilot: Pilot[int], rounds: int = 4) -> None:
    """Lets the room and the terminal say all they have to say."""
    for _ in range(rounds):
        await pilot.pause()
        clock = pilot.app.clock  # type: ignore[attr-defined]
        await clock.advance(0.06)
        await pilot.pause()


def shown(app: RoomApp, key: str) -> list[str]:
    pane = app.room_screen.tiles.pane(key)
    assert isinstance(pane, FeedPane)
    pane.view.flush()
    return [pane.view.render_line(y).text for y in range(pane.view.size.height)]


def has(app: RoomApp, key: str, text: str) -> bool:
    return any(text in line for line in shown(app, key))


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON + timedelta(hours=1))


@pytest.mark.parametrize("size", SIZES)
async def test_a_post_that_is_heard_is_seen_and_is_in_the_right_feeds(clock: HeldClock, size: tuple[int, int]) -> None:
    async with SpokenRoom(clock) as room, console(room, size) as (app, pilot):
        room.say(mention(1, "bonjour"))
        await calm(pilot)
        assert has(app, "feed:Mentions", "bonjour")
        await pilot.press("2")
        await calm(pilot)
        assert app.room_screen.tiles.focused == "feed:Press"
        assert not has(app, "feed:Press", "bonjour")


async def test_a_withdrawn_post_leaves_the_screen(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1, "stays"), mention(2, "goes"), mention(3, "also"))
        await calm(pilot)
        room.withdraw(mention(2).uri)
        await calm(pilot)
        assert has(app, "feed:Mentions", "stays")
        assert not has(app, "feed:Mentions", "goes")


async def test_panes_are_walked_by_letters_digits_and_tab(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, (200, 60)) as (app, pilot):
        tiles = app.room_screen.tiles
        assert tiles.focused == "feed:Mentions"
        await pilot.press("l")
        assert tiles.focused in {"feed:Press", "alerts", "sources"}
        await pilot.press("h")
        assert tiles.focused == "feed:Mentions"
        await pilot.press("4")
        assert tiles.focused == "sources"
        await pilot.press("tab")
        assert tiles.focused == "feed:Unanswered"
        await pilot.press("tab")
        assert tiles.focused == "feed:Mentions"
        await pilot.press("g", "a")
        await calm(pilot)
        assert tiles.focused == "alerts"


@pytest.mark.parametrize("size", SIZES)
async def test_a_thread_opens_beside_and_escape_closes_it(clock: HeldClock, size: tuple[int, int]) -> None:
    async with SpokenRoom(clock) as room, console(room, size) as (app, pilot):
        room.say(mention(1, "the question"))
        await calm(pilot)
        await pilot.press("enter")
        await calm(pilot)
        thread = app.room_screen.tiles.pane("thread")
        assert thread is not None
        assert thread.display
        assert thread.selected() is not None
        await pilot.press("escape")
        await calm(pilot)
        assert app.room_screen.tiles.pane("thread") is None
        assert app.room_screen.tiles.focused == "feed:Mentions"


async def test_done_is_undone_by_one_key(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        asked = mention(1, "a question")
        room.say(asked)
        await calm(pilot)
        await pilot.press("e")
        await calm(pilot)
        assert room.room.cases.all()[asked.conversation].done_by == "Léa"
        assert app.room_screen.status.text == "Done: @jose.garcia.example · u undoes"
        await pilot.press("u")
        await calm(pilot)
        assert asked.conversation not in room.room.cases.all()  # there was none before


async def test_marked_posts_are_done_together_and_undone_together(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (_app, pilot):
        posts = [mention(n) for n in range(1, 5)]
        room.say(*posts)
        await calm(pilot)
        await pilot.press("x", "x", "e")
        await calm(pilot)
        done = {key for key, case in room.room.cases.all().items() if case.done_by}
        assert done == {posts[3].conversation, posts[2].conversation}
        await pilot.press("u")
        await calm(pilot)
        assert not any(case.done_by for case in room.room.cases.all().values())


async def test_a_claim_is_seen_and_let_go_by_the_same_key(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        asked = mention(1)
        room.say(asked)
        await calm(pilot)
        await pilot.press("m")
        await calm(pilot)
        assert has(app, "feed:Mentions", "you are answering")
        await pilot.press("m")
        await calm(pilot)
        assert not has(app, "feed:Mentions", "you are answering")


async def test_somebody_elses_claim_asks_before_it_is_taken(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        asked = mention(1)
        room.say(asked)
        room.room.cases.claim(asked.conversation, "Amadou")
        await calm(pilot)
        await pilot.press("m")
        await calm(pilot)
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        await calm(pilot)
        assert room.room.cases.all()[asked.conversation].claimed_by == "Amadou"
        await pilot.press("m")
        await calm(pilot)
        await pilot.press("j", "enter")
        await calm(pilot)
        assert room.room.cases.all()[asked.conversation].claimed_by == "Léa"


async def test_the_room_goes_and_comes_back_and_the_reader_stays(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(*[mention(n) for n in range(1, 30)])
        await calm(pilot)
        await pilot.press("j", "j", "j", "j")
        pane = app.room_screen.tiles.pane("feed:Mentions")
        assert pane is not None
        reading = pane.selected()
        room.cut(stays=True)
        await calm(pilot)
        assert not app.state.attached
        assert "✕" in app.room_screen.header.render_line(0).text
        room.say(mention(50, "meanwhile"))
        room.refuses = False
        await clock.advance(5)
        await calm(pilot)
        assert app.state.attached
        assert pane.selected() == reading
        assert isinstance(pane, FeedPane)
        assert pane.view.held == 1


async def test_a_post_withdrawn_while_the_line_was_cut_is_gone_afterwards(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(*[mention(n) for n in range(1, 6)])
        await calm(pilot)
        room.cut(stays=True)
        await calm(pilot)
        room.withdraw(mention(3).uri)
        await clock.advance(0.2)
        room.refuses = False
        await clock.advance(5)
        await calm(pilot)
        assert has(app, "feed:Mentions", "post-4.")
        assert not has(app, "feed:Mentions", "post-3.")


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The room does not answer. What you type is kept here; trying again by itself."),
        ("fr", "La salle ne répond pas. Saisie gardée ici\u202f; nouvel essai automatique."),
    ],
)
async def test_a_cut_line_is_said_in_whole_sentences_that_fit(clock: HeldClock, language: str, said: str) -> None:
    locale.use(language)
    async with SpokenRoom(clock) as room, console(room, (80, 24)) as (app, pilot):
        room.cut(stays=True)
        await calm(pilot)
        assert screen_lines(app)[-1].strip() == said


async def test_panes_are_moved_resized_added_closed_and_the_layout_is_kept(clock: HeldClock, tmp_path: Path) -> None:
    async with SpokenRoom(clock) as room:
        async with console(room, (200, 60), state_folder=str(tmp_path)) as (app, pilot):
            await pilot.press("w", "l", ">", "s", "escape")
            await calm(pilot)
            tiles = app.room_screen.tiles
            assert tiles.arrangement.place_of("feed:Mentions") == (0, 0)
            moved = tiles.arrangement
            assert moved.keys[:2] == ["feed:Mentions", "feed:Press"]
            assert moved.columns[0].width > 1
            await pilot.press("w", "x", "escape")
            await calm(pilot)
            assert "feed:Mentions" not in tiles.arrangement.keys
            await pilot.press("w", "a")
            await calm(pilot)
            await pilot.press("enter")
            await calm(pilot)
            assert "feed:Mentions" in tiles.arrangement.keys
            await pilot.press("escape")
        async with console(room, (200, 60), state_folder=str(tmp_path)) as (app, _pilot):
            assert app.room_screen.tiles.arrangement == moved


@pytest.mark.parametrize("size", [(120, 40), (200, 60)])
async def test_panes_move_before_the_operators_eyes_and_keys_that_do_nothing_say_so(
    clock: HeldClock, size: tuple[int, int]
) -> None:
    async with SpokenRoom(clock) as room, console(room, size) as (app, pilot):
        pane = app.room_screen.tiles.pane("feed:Mentions")
        assert pane is not None
        before = pane.region
        await pilot.press("w", ">", ">")
        await calm(pilot)
        wider = pane.region
        assert wider.width > before.width
        await pilot.press("e", "r", "x")
        await calm(pilot)
        assert not room.room.cases.all()
        await pilot.press("k")
        await calm(pilot)
        assert app.room_screen.status.text
        await pilot.press("escape")
        await calm(pilot)
        assert app.room_screen.arranging is None
        assert app.focused is not None


async def test_a_stopped_room_is_said_with_the_key_that_starts_it_again(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.cut(stays=True, ended=True)
        await calm(pilot)
        assert "g R" in app.room_screen.status.text
        assert room.asked_to_start[-1] is True
        await clock.advance(5)
        assert room.asked_to_start[-1] is False
        room.refuses = False
        await pilot.press("g", "R")
        await calm(pilot)
        assert room.asked_to_start[-1] is True
        assert app.state.attached
        assert app.room_screen.status.text == "Attached again."


async def test_what_an_act_did_is_said_over_an_older_alarm_which_comes_back(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1))
        await calm(pilot)
        app.say("▲ red", 3)
        await pilot.press("e")
        await calm(pilot)
        assert "Done" in app.room_screen.status.text
        await clock.advance(5)
        app.room_screen.status.again()
        assert app.room_screen.status.text == "▲ red"


async def test_an_undone_done_is_claimed_again(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (_app, pilot):
        asked = mention(1)
        room.say(asked)
        await calm(pilot)
        for key in ("m", "e", "u"):
            await pilot.press(key)
            await calm(pilot)
        case = room.room.cases.all()[asked.conversation]
        assert case.claimed_by == "Léa"
        assert not case.done_by


async def test_a_send_that_counts_down_is_said_at_the_top_wherever_one_is(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1))
        await calm(pilot)
        await pilot.press("r")
        await calm(pilot)
        await pilot.press(*"bonjour", "ctrl+s")
        await calm(pilot)
        await pilot.press("escape")
        await calm(pilot)
        assert "u takes it back" in app.room_screen.header.render_line(0).text
        await pilot.press("u")
        await calm(pilot)
        assert "takes it back" not in app.room_screen.header.render_line(0).text
        assert not room.source.posted


async def test_a_frozen_feed_says_so_also_while_posts_wait(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1))
        await calm(pilot)
        await pilot.press("space")
        room.say(mention(2))
        await calm(pilot)
        assert "frozen" in shown(app, "feed:Mentions")[0]
        assert "1 new" in shown(app, "feed:Mentions")[0]


async def test_the_last_view_is_there_before_the_room_answers(clock: HeldClock, tmp_path: Path) -> None:
    async with SpokenRoom(clock) as room:
        async with console(room, state_folder=str(tmp_path)) as (app, pilot):
            room.say(mention(1, "as it was"))
            await calm(pilot)
            await pilot.press("ctrl+q")
        room.refuses = True
        feeds = (Feed(name="Mentions", query="network:mastodon"),)
        async with console(room, state_folder=str(tmp_path), feeds=feeds) as (app, _pilot):
            assert not app.state.attached
            assert has(app, "feed:Mentions", "as it was")


async def test_private_messages_are_in_no_last_view_and_each_seat_has_its_own(clock: HeldClock, tmp_path: Path) -> None:
    async with SpokenRoom(clock) as room, console(room, state_folder=str(tmp_path)) as (_app, pilot):
        secret = mention(2, "between us").changed(kind=PostKind.MESSAGE, visibility="direct")
        room.say(mention(1, "for all"), secret)
        await calm(pilot)
        await pilot.press("ctrl+q")
    [kept] = tmp_path.glob("last-view-*.json")
    text = kept.read_text(encoding="utf-8")
    assert "for all" in text
    assert "between us" not in text
    assert kept.stat().st_mode & 0o077 == 0
    assert layouts.file_name_of("Léa") != layouts.file_name_of("Lea")


async def test_a_wall_shows_and_does_nothing(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, read_only=True) as (app, pilot):
        asked = mention(1, "a question")
        room.say(asked)
        await calm(pilot)
        await pilot.press("e", "m", "r", "c", "u", "A")
        await calm(pilot)
        assert not room.room.cases.all()
        assert app.room_screen.tiles.pane("composer") is None
        assert has(app, "feed:Mentions", "a question")


async def test_search_finds_opens_and_says_what_it_cannot_read(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1, "la fibre est coupée"), mention(2, "merci"))
        await calm(pilot)
        await pilot.press("/", *"(fibre", "enter")
        await calm(pilot)
        assert len(app.screen_stack) == 2
        said = str(app.screen.query_one("Static").render())
        assert "fibre" in said or "(" in said
        await pilot.press(*["backspace"] * 6, *"fibre", "enter")
        await calm(pilot)
        await pilot.press("enter")
        await calm(pilot)
        assert len(app.screen_stack) == 1
        thread = app.room_screen.tiles.pane("thread")
        assert thread is not None
        assert thread.selected() is not None
        assert "fibre" in thread.selected().text  # type: ignore[union-attr]


async def test_themes_go_round_and_a_broken_one_says_why_and_changes_nothing(
    clock: HeldClock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = tmp_path / "socialroom" / "themes"
    own.mkdir(parents=True)
    (own / "mine.yaml").write_text("name: mine\ndark: maybe\n", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        seen = set()
        for _ in range(5):
            await pilot.press("g", "t")
            await calm(pilot, 1)
            seen.add(app.theme)
        assert seen == {"light", "house", "high-contrast", "colour-blind"}
        app.next_theme("mine")
        await calm(pilot)
        assert app.theme in seen
        assert "mine.yaml:2" in app.room_screen.status.text


async def test_a_theme_that_does_not_exist_is_said_and_the_house_stands(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, theme="pink") as (app, _pilot):
        assert app.theme == "house"
        assert "pink" in app.room_screen.status.text


async def test_a_layout_that_does_not_exist_is_said_and_the_first_one_stands(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room, layout="moon") as (app, _pilot):
        assert "moon" in app.room_screen.status.text
        assert app.room_screen.tiles.arrangement.keys


async def test_a_pane_that_cannot_be_built_fails_alone_with_its_reason(clock: HeldClock) -> None:
    table = {"wall": {"columns": [["Mentions"], ["weather", "alerts"]]}}
    feeds = (Feed(name="Mentions", query="network:mastodon"),)
    async with SpokenRoom(clock) as room, console(room, layout="wall", layouts=table, feeds=feeds) as (app, pilot):
        room.say(mention(1, "bonjour"))
        await calm(pilot)
        assert has(app, "feed:Mentions", "bonjour")
        broken = app.room_screen.tiles.pane("weather")
        assert broken is not None
        assert "weather" in str(broken.query_one("Static").render())


async def test_a_newer_terminal_offers_to_restart_an_older_room(clock: HeldClock) -> None:
    async with SpokenRoom(clock, version="0.0.9") as room, console(room) as (app, pilot):
        assert len(app.screen_stack) == 2
        assert "0.0.9" in str(app.screen.query_one("Static").render())
        assert not room.room.stopping.is_set()
        await pilot.press("j", "enter")
        await calm(pilot)
        assert room.room.stopping.is_set()


async def test_an_older_terminal_asks_nothing(clock: HeldClock) -> None:
    async with SpokenRoom(clock, version="9.9.9") as room, console(room) as (app, _pilot):
        assert len(app.screen_stack) == 1
        assert not room.room.stopping.is_set()


async def test_a_role_that_may_not_is_told_by_the_room(clock: HeldClock) -> None:
    async with SpokenRoom(clock, role=Role.GUEST) as room, console(room) as (app, pilot):
        room.say(mention(1))
        await calm(pilot)
        await pilot.press("e")
        await calm(pilot)
        assert "guest" in app.room_screen.status.text
        assert not any(c.done_by for c in room.room.cases.all().values())
        await clock.advance(20)
        await pilot.press("u")
        await calm(pilot)
        assert app.room_screen.status.text == "Nothing to undo."


async def test_what_the_room_did_not_answer_is_not_said_to_be_done(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1))
        await calm(pilot)
        room.cut(stays=True)
        await pilot.press("e")
        await calm(pilot)
        assert "done" not in app.room_screen.status.text
        assert not room.room.cases.all()


async def test_the_keys_that_are_named_are_those_that_work(clock: HeldClock) -> None:
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1, "a question"))
        await calm(pilot)
        named = {does for _key, does in app.room_screen.status.keys}
        assert {"Reply", "Done"} <= named
        await pilot.press("r")
        await calm(pilot)
        keys = dict(app.room_screen.status.keys)
        assert "Ctrl+s" in keys
        assert "r" not in keys
        assert "F1" in keys
        await pilot.press(*"bonjour")
        await pilot.press("ctrl+s")
        await calm(pilot)
        await clock.advance(1.1)
        await calm(pilot)
        assert "Ctrl+s" not in dict(app.room_screen.status.keys)


async def test_hostile_names_reach_no_border_no_status_and_no_title(clock: HeldClock) -> None:
    evil = SafeText("[b]\x1b]0;owned\x07[/] [@click=app.quit]x")
    async with SpokenRoom(clock) as room, console(room) as (app, pilot):
        room.say(mention(1, evil))
        await calm(pilot)
        await pilot.press("enter")
        await calm(pilot)
        app.say(evil, 2)
        await calm(pilot)
        painted = app.export_screenshot()
        assert "\x1b" not in painted
        assert "\x07" not in painted
        assert "[@click=app.quit]" in app.room_screen.status.text


async def test_a_saved_file_that_is_damaged_costs_only_the_comfort(clock: HeldClock, tmp_path: Path) -> None:
    known = TerminalSettings(operator="Léa", version="0", room="r", state_folder=str(tmp_path))
    name = layouts.file_name_of("Léa")
    (tmp_path / f"layouts-{name}.json").write_text('{"own": 7}', encoding="utf-8")
    (tmp_path / f"last-view-{name}.json").write_text("nonsense", encoding="utf-8")
    assert layouts.saved(known) == {}
    async with SpokenRoom(clock) as room, console(room, state_folder=str(tmp_path)) as (app, _pilot):
        assert app.room_screen.tiles.arrangement.keys
