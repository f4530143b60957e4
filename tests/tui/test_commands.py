"""The command palette, on terminals of three sizes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.keyed_app import ComposerPart, KeyedApp, screen_lines
from textual.command import CommandPalette
from textual.pilot import Pilot

from socialroom.tui.commands import live_acts
from socialroom.tui.keymap import Keymap, load

SIZES = [(80, 24), (120, 40), (200, 60)]


async def settled(app: KeyedApp, pilot: Pilot[None]) -> str:
    """What the palette shows once its search is over."""
    await pilot.pause()
    await app.workers.wait_for_complete()
    await pilot.pause()
    return "\n".join(screen_lines(app))


async def asked(app: KeyedApp, pilot: Pilot[None], text: str) -> str:
    await pilot.press("ctrl+p")
    await settled(app, pilot)
    await pilot.press(*text)
    return await settled(app, pilot)


@pytest.mark.parametrize("size", SIZES)
async def test_it_offers_the_acts_of_where_one_is_with_their_keys(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        text = await asked(app, pilot, "")
        assert "Find an act by its name" in text
        assert "Reply  (r)" in text
        assert "Reply as the account of this pane" in text
        text = await settled(app, pilot)
        assert "Send  (Ctrl+s)" not in text


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_chosen_is_done_where_one_was(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        text = await asked(app, pilot, "mark")
        assert "Mark  (x)" in text
        await pilot.press("enter")
        await settled(app, pilot)
        assert not CommandPalette.is_open(app)
        assert app.acts == ["feed.mark"]


async def test_an_act_with_two_keys_in_a_row_and_one_with_a_number_are_offered_too() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        assert "Poll now  (g p)" in await asked(app, pilot, "poll")
        await pilot.press("enter")
        await settled(app, pilot)
        assert "Pane 7  (7)" in await asked(app, pilot, "pane 7")
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.acts == ["go.poll_now", "room.focus_pane_7"]


async def test_while_typing_it_reaches_the_acts_whose_keys_type() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        app.screen.query_one(ComposerPart).focus()
        text = await asked(app, pilot, "undo")
        assert "Undo\n" in text.replace(" \n", "\n")
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.acts == ["room.undo"]


async def test_it_is_found_by_its_sentence() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        assert "Claim  (m)" in await asked(app, pilot, "you answer this")


async def test_what_is_not_called_anything_is_said() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        assert "Nothing is called so." in await asked(app, pilot, "[/xq]")
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.acts == []


async def test_what_may_not_be_done_is_not_offered() -> None:
    app = KeyedApp()
    app.forbidden = {"reply"}
    async with app.run_test() as pilot:
        await pilot.pause()
        acts = live_acts(app.focused or app.screen)
        assert "room.reply" not in acts
        assert "room.compose" in acts


async def test_themes_are_offered_ours_only() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        text = await asked(app, pilot, "theme")
        assert "Theme: light" in text
        assert "nord" not in text
        await pilot.press(*": light")
        await settled(app, pilot)
        await pilot.press("enter")
        await settled(app, pilot)
        assert app.theme == "light"


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('room.reply = "b"', "Reply  (b)"),
        ('room.reply = ["ctrl+r", "b"]', "Reply  (Ctrl+r)"),
        ("room.reply = []", "Reply\n"),
    ],
)
async def test_the_keys_are_those_of_the_keymap(tmp_path: Path, keys: str, line: str) -> None:
    path = tmp_path / "keys.toml"
    path.write_text(keys, "utf-8")
    keymap: Keymap = load(user_file=path)
    app = KeyedApp(keymap)
    async with app.run_test() as pilot:
        assert line in await asked(app, pilot, "reply")
