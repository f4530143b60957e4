"""Two keys in a row, in a running console."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.keyed_app import ComposerPart, KeyedApp
from textual.screen import ModalScreen

from socialroom.tui.keymap import load


async def test_g_waits_says_what_may_follow_and_the_second_key_acts() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await pilot.press("g")
        assert app.leader.pending == "g"
        assert app.line.startswith("g …  h Home  a Alerts")
        assert app.line.endswith("Esc Back")
        assert "S Save the room" in app.line
        await pilot.press("h")
        assert (app.acts, app.leader.pending, app.line) == (["go.home"], "", "")


async def test_the_second_key_does_not_do_what_it_does_alone() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await pilot.press("g", "r")
        assert app.acts == []
        assert app.line == "g r does nothing here"
        await pilot.press("r")
        assert app.acts == ["room.reply"]
        assert app.line == ""


async def test_capitals_are_keys_of_their_own() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await pilot.press("g", "S")
        assert app.acts == ["go.save_room"]


async def test_escape_takes_the_first_key_back_and_does_nothing_else() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await pilot.press("g", "escape")
        assert (app.acts, app.leader.pending, app.line) == ([], "", "")
        await pilot.press("escape", "h")
        assert app.acts == ["room.back", "room.pane_left"]


async def test_in_a_text_input_g_is_a_letter() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        app.screen.query_one(ComposerPart).focus()
        await pilot.press("g", "h", "space", "é", "ctrl+s", "escape")
        assert app.acts == ["composer.send gh é", "composer.leave"]


async def test_a_key_that_edits_text_edits_even_where_it_begins_a_pair_elsewhere() -> None:
    app = KeyedApp(load("qwerty", "vim"))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+w", "h")
        assert app.acts == ["room.pane_left"]
        composer = app.screen.query_one(ComposerPart)
        composer.focus()
        await pilot.press(*"one", "space", *"two", "ctrl+w")
        assert composer.text == "one "
        assert app.leader.pending == ""


async def test_a_pane_has_pairs_of_its_own() -> None:
    app = KeyedApp(load("azerty", "vim"))
    async with app.run_test() as pilot:
        await pilot.press("g", "g", "home")
        assert app.acts == ["feed.first", "feed.first"]


async def test_what_may_not_be_done_is_not_offered_and_not_done() -> None:
    app = KeyedApp()
    app.forbidden = {"go_home"}
    async with app.run_test() as pilot:
        await pilot.press("g")
        assert "Home" not in app.line
        await pilot.press("h")
        assert app.acts == []


async def test_a_question_in_front_keeps_the_pairs_of_the_room_away() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await app.push_screen(ModalScreen())
        await pilot.press("g", "h")
        assert (app.acts, app.leader.pending) == ([], "")


async def test_another_focus_forgets_the_first_key() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await pilot.press("g")
        app.leader.cancel()
        await pilot.press("h")
        assert app.acts == ["room.pane_left"]


@pytest.mark.parametrize("keys", ['"ctrl+b h"', '["ctrl+b h", "g i"]'])
async def test_a_person_may_choose_another_first_key(tmp_path: Path, keys: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(f"go.home = {keys}\n", "utf-8")
    app = KeyedApp(load(user_file=path))
    async with app.run_test() as pilot:
        await pilot.press("ctrl+b", "h")
        await pilot.press("g", "h")
        assert app.acts == ["go.home"]
        assert app.line == "g h does nothing here"
