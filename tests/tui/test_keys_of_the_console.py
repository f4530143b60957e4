"""The keys in the console itself: what the table promises, the screens do."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from support.keyed_app import screen_lines, until
from textual.actions import parse

from socialroom.domain.errors import RoomUnreachable
from socialroom.domain.ports import Room
from socialroom.domain.requests import Feed
from socialroom.locale import N_
from socialroom.tui.app import RoomApp
from socialroom.tui.arranging import ArrangeStrip
from socialroom.tui.bindings import CONTEXTS
from socialroom.tui.feed_view import FeedView
from socialroom.tui.panes.alerts import AlertsPane
from socialroom.tui.panes.cases import CasesPane
from socialroom.tui.panes.composer import ComposerPane
from socialroom.tui.panes.load import LoadPane
from socialroom.tui.panes.outbox import OutboxPane
from socialroom.tui.panes.sources import SourcesPane
from socialroom.tui.screens.choice import ChoiceScreen
from socialroom.tui.screens.help import HelpScreen
from socialroom.tui.screens.room import RoomScreen
from socialroom.tui.screens.search import SearchScreen
from socialroom.tui.settings import TerminalSettings
from socialroom.tui.thread_view import ConversationView

WHO_ACTS = {
    "feed": FeedView,
    "thread": ConversationView,
    "alerts": AlertsPane,
    "cases": CasesPane,
    "load": LoadPane,
    "sources": SourcesPane,
    "outbox": OutboxPane,
    "composer": ComposerPane,
    "doubt": ComposerPane,
    "arrange": ArrangeStrip,
    "choice": ChoiceScreen,
    "search": SearchScreen,
    "help": HelpScreen,
    "room": RoomScreen,
    "go": RoomScreen,
    "app": RoomApp,
}


@pytest.mark.parametrize("context", WHO_ACTS)
def test_every_act_of_the_table_is_done_by_somebody(context: str) -> None:
    who = WHO_ACTS[context]
    for binding in CONTEXTS[context].bindings:
        _namespace, name, parameters = parse(binding.action)
        act = getattr(who, f"action_{name}", None) or getattr(RoomScreen, f"action_{name}", None)
        assert act is not None, f"{binding.id}: {who.__name__} has no action_{name}"
        inspect.signature(act).bind(None, *parameters)


@pytest.mark.parametrize("context", WHO_ACTS)
def test_every_key_of_the_table_is_bound_where_it_is_promised(context: str) -> None:
    bound = {getattr(b, "id", None) for kind in WHO_ACTS[context].__mro__ for b in kind.__dict__.get("BINDINGS", ())}
    shared = {b.id for b in CONTEXTS["room"].bindings}
    assert {b.id for b in CONTEXTS[context].bindings} - bound <= (shared if context != "room" else set())


class Console(RoomApp):
    """A terminal whose room does not answer: keys work all the same."""

    def __init__(self, layout: str = "qwerty", scheme: str = "room", keys_file: str = "") -> None:
        async def connect(_start: bool) -> Room:
            raise RoomUnreachable(N_("no room is running"))

        super().__init__(
            connect,
            TerminalSettings(
                operator="Léa",
                version="1",
                room="Aurelia",
                feeds=(Feed(name="Mentions"), Feed(name="Press")),
                key_layout=layout,
                key_scheme=scheme,
                keys_file=keys_file,
            ),
        )


def shown(app: RoomApp) -> str:
    return "\n".join(screen_lines(app))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_question_mark_lists_the_keys_of_the_pane_in_front(size: tuple[int, int]) -> None:
    app = Console()
    async with app.run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, HelpScreen)
        assert "Keys · Feed" in shown(app)
        await pilot.press("question_mark")
        await pilot.pause()
        assert isinstance(app.screen, RoomScreen)
        assert isinstance(app.focused, FeedView)


@pytest.mark.parametrize("key", ["ctrl+p", "colon"])
async def test_the_palette_opens_in_its_own_words_and_offers_every_theme(key: str) -> None:
    app = Console()
    async with app.run_test(size=(120, 60)) as pilot:
        await pilot.press(key, *"theme: ")
        await until(pilot, lambda: all(f"Theme: {name}" in shown(app) for name in app.theme_names))
        await pilot.press(*"light")
        await until(pilot, lambda: "Theme: house" not in shown(app))
        await pilot.press("enter")
        await until(pilot, lambda: app.theme == "light")


async def test_on_azerty_unshifted_digits_choose_panes() -> None:
    app = Console("azerty")
    async with app.run_test(size=(160, 40)) as pilot:
        await pilot.press("é")
        await pilot.pause()
        assert app.room_screen.in_front is app.room_screen.panes()[1]
        await pilot.press("ampersand")
        await pilot.pause()
        assert app.room_screen.in_front is app.room_screen.panes()[0]


async def test_two_keys_put_on_the_next_theme_and_the_line_at_the_foot_says_what_may_follow() -> None:
    app = Console()
    async with app.run_test(size=(160, 40)) as pilot:
        before = app.theme
        await pilot.press("g")
        await until(pilot, lambda: "h Home" in shown(app))
        await pilot.press("t")
        await until(pilot, lambda: app.theme != before and "h Home" not in shown(app))


async def test_on_a_narrow_terminal_all_that_may_follow_is_said_and_goes_with_the_next_key() -> None:
    app = Console()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("g")
        await until(pilot, lambda: screen_lines(app)[-1].endswith("Esc Back"))
        assert "S Save the room" in shown(app)
        assert any(line.startswith(" g …  h Home") for line in screen_lines(app)[-5:])
        await pilot.press("r")
        await until(pilot, lambda: screen_lines(app)[-1] == " g r does nothing here")
        await pilot.press("j")
        await until(pilot, lambda: "does nothing" not in shown(app))


@pytest.mark.parametrize(("layout", "heights"), [("qwerty", "- + height"), ("azerty", ") = height")])
async def test_arranging_names_the_keys_of_the_keyboard(layout: str, heights: str) -> None:
    app = Console(layout)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("w")
        await until(pilot, lambda: heights in screen_lines(app)[-2])  # above the status line, which speaks


async def test_a_broken_keymap_is_said_and_the_presets_stand(tmp_path: Path) -> None:
    path = tmp_path / "keys.toml"
    path.write_text('room.reply = "alt+r"\n', "utf-8")
    app = Console("azerty", "gmail", str(path))
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: "keys.toml:1: room.reply:" in screen_lines(app)[-1])
        assert app.keymap.keys["room.undo"] == ("z",)
