"""The command palette, on terminals of three sizes."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.keyed_app import ComposerPart, KeyedApp, screen_lines, until
from textual.command import CommandPalette
from textual.pilot import Pilot

from socialroom import locale
from socialroom.tui.commands import live_acts
from socialroom.tui.keymap import load

SIZES = [(80, 24), (120, 40), (200, 60)]


async def asked(app: KeyedApp, pilot: Pilot[None], text: str, expected: str) -> str:
    """What the palette shows once it shows what is expected."""
    await pilot.press("ctrl+p", *text)
    await until(pilot, lambda: expected in shown(app))
    return shown(app)


async def chosen(app: KeyedApp, pilot: Pilot[None]) -> None:
    await pilot.press("enter")
    await until(pilot, lambda: not CommandPalette.is_open(app))
    await pilot.pause()


def shown(app: KeyedApp) -> str:
    return "\n".join(screen_lines(app)) + "\n"


@pytest.mark.parametrize("size", SIZES)
async def test_it_offers_the_acts_of_where_one_is_with_their_keys(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        text = await asked(app, pilot, "", "Reply  (r)")
        assert "Find an act by its name" in text
        assert "Reply as the account of this pane" in text
        assert "Ctrl+s" not in text


@pytest.mark.parametrize("size", SIZES)
async def test_what_is_chosen_is_done_where_one_was(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        await asked(app, pilot, "mark", "\n  Mark  (x)\n")
        await until(pilot, lambda: "Reply" not in shown(app))
        await chosen(app, pilot)
        await until(pilot, lambda: app.acts == ["feed.mark"])


@pytest.mark.parametrize(
    ("words", "line", "act"),
    [("poll now", "Poll now  (g p)", "go.poll_now"), ("pane 7", "Pane 7  (7)", "room.focus_pane_7")],
)
async def test_an_act_with_two_keys_in_a_row_and_one_with_a_number_are_offered_too(
    words: str, line: str, act: str
) -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await asked(app, pilot, words, line)
        await until(pilot, lambda: "Reply" not in shown(app))
        await chosen(app, pilot)
        await until(pilot, lambda: app.acts == [act])


async def test_while_typing_it_reaches_the_acts_whose_keys_type() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        app.screen.query_one(ComposerPart).focus()
        await asked(app, pilot, "undo", "\n  Undo\n")
        await until(pilot, lambda: "Reply" not in shown(app))
        await chosen(app, pilot)
        await until(pilot, lambda: app.acts == ["room.undo"])


async def test_it_is_found_by_its_sentence() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        text = await asked(app, pilot, "you answer this", "Claim  (m)")
        await until(pilot, lambda: "Reply" not in shown(app))
        assert text


async def test_in_french_it_is_found_without_accents() -> None:
    locale.use("fr")
    app = KeyedApp()
    async with app.run_test() as pilot:
        text = await asked(app, pilot, "repondre", "Répondre  (r)")
        await until(pilot, lambda: "Recherche" not in shown(app))
        assert "Rien ne porte ce nom" not in text


async def test_what_is_not_called_anything_is_said_and_does_nothing() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await asked(app, pilot, "[/xq]", "Nothing is called so.")
        await until(pilot, lambda: "Reply" not in shown(app))
        await chosen(app, pilot)
        assert app.acts == []


async def test_what_may_not_be_done_is_not_offered() -> None:
    app = KeyedApp()
    app.forbidden = {"reply"}
    async with app.run_test() as pilot:
        await pilot.pause()
        acts = live_acts(app.focused or app.screen)
        assert "room.reply" not in acts
        assert "room.compose" in acts


async def test_every_theme_is_offered_and_put_on() -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await asked(app, pilot, "theme: light", "Theme: light")
        await until(pilot, lambda: "Reply" not in shown(app))
        await chosen(app, pilot)
        await until(pilot, lambda: app.theme == "light")


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
    app = KeyedApp(load(user_file=path))
    async with app.run_test() as pilot:
        assert line in await asked(app, pilot, "reply", line)
