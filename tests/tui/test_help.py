"""The list of keys, on terminals of three sizes."""

from __future__ import annotations

import pytest
from support.keyed_app import ComposerPart, FeedPart, KeyedApp, screen_lines
from textual.containers import VerticalScroll
from textual.widgets import Input

from socialroom import locale
from socialroom.domain.operator import Role
from socialroom.domain.roles import RIGHTS, Right
from socialroom.tui.key_list import Row, Section
from socialroom.tui.keymap import Keymap, load
from socialroom.tui.screens.help import HelpScreen, who_may

SIZES = [(80, 24), (120, 40), (200, 60)]
FEED = ("feed", "room", "go", "app")


def shown(app: KeyedApp) -> str:
    return "\n".join(screen_lines(app))


async def read_all(app: KeyedApp, pilot) -> str:
    """Everything on the list, page by page."""
    pages = [shown(app)]
    while True:
        await pilot.press("pagedown")
        await pilot.pause()
        if shown(app) == pages[-1]:
            return "\n".join(pages)
        pages.append(shown(app))


def help_for(keymap: Keymap, contexts: tuple[str, ...] = FEED, **more) -> HelpScreen:
    return HelpScreen(keymap, contexts, **more)


@pytest.mark.parametrize("size", SIZES)
async def test_what_works_here_comes_first_and_everything_can_be_read(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.pause()
        first = shown(app)
        assert "Keys · Feed" in first
        assert "/ searches · Esc closes" in first
        assert "Go to the next, older post" in first
        assert ("Elsewhere" in first) == (size[0] >= 120)
        text = " ".join((await read_all(app, pilot)).split())
        for key, sentence in [("Ctrl+o", "Write in your own editor"), ("g S", "Save this room as a room.toml")]:
            assert f"{key} {sentence}" in text
        assert all(len(line) <= size[0] for line in screen_lines(app))


async def test_two_columns_from_120_cells_on() -> None:
    app = KeyedApp()
    async with app.run_test(size=(119, 40)) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.pause()
        assert "Elsewhere" not in screen_lines(app)[1]
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert screen_lines(app)[1].split()[1:3] == ["Feed", "Elsewhere"]
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert "Elsewhere" not in shown(app)


@pytest.mark.parametrize("size", SIZES)
async def test_a_search_leaves_what_it_finds_by_word_or_by_key(size: tuple[int, int]) -> None:
    app = KeyedApp()
    async with app.run_test(size=size) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.press("slash", *"EDITOR")
        await pilot.pause()
        assert "Write in your own editor" in shown(app)
        assert "Go to the next, older post" not in shown(app)
        await pilot.press(*["backspace"] * 6, *"ctrl+q")
        await pilot.pause()
        assert "Close this terminal" in shown(app)
        assert "Write in your own editor" not in shown(app)


async def test_a_search_in_french_needs_no_accents() -> None:
    locale.use("fr")
    app = KeyedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.press("slash", *"repondre avec")
        await pilot.pause()
        assert "Répondre avec le compte de ce volet" in shown(app)


async def test_a_search_that_finds_nothing_says_so_without_reading_markup() -> None:
    app = KeyedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.press("slash", *"[/red] q?")
        await pilot.pause()
        assert "No key is called “[/red] q?”." in shown(app)


async def test_escape_takes_the_search_back_then_closes_and_the_focus_is_where_it_was() -> None:
    app = KeyedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        pane = app.screen.query_one(FeedPart)
        await app.push_screen(help_for(app.keys))
        await pilot.press("slash", *"editor", "enter", "j")
        await pilot.pause()
        assert app.focused is None
        assert "Go to the next, older post" not in shown(app)
        await pilot.press("escape")
        await pilot.pause()
        assert "Go to the next, older post" in shown(app)
        assert app.screen.query_one(Input).value == ""
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)
        assert app.focused is pane


@pytest.mark.parametrize("key", ["q", "escape", "question_mark", "f1"])
async def test_it_closes_by_the_key_that_opened_it_too(key: str) -> None:
    app = KeyedApp()
    async with app.run_test() as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.press(key)
        await pilot.pause()
        assert not isinstance(app.screen, HelpScreen)


async def test_it_scrolls_by_line_by_page_and_to_both_ends() -> None:
    app = KeyedApp(load("qwerty", "vim"))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(help_for(app.keys))
        await pilot.pause()
        place = app.screen.query_one(VerticalScroll)
        seen = []
        for key in ("j", "j", "k", "J", "K", "G", "g", "g", "ctrl+d", "home", "end", "up"):
            await pilot.press(key)
            await pilot.pause()
            seen.append(round(place.scroll_y))
        last = place.max_scroll_y
        page = seen[3] - 1
        assert page > 10
        assert seen == [1, 2, 1, 1 + page, 1, last, last, 0, page, 0, last, last - 1]


async def test_while_typing_only_keys_that_do_not_type_are_shown_to_work() -> None:
    app = KeyedApp(load("azerty", "room"))
    async with app.run_test(size=(80, 60)) as pilot:
        app.screen.query_one(ComposerPart).focus()
        await app.push_screen(help_for(app.keys, ("composer", "room", "go", "app")))
        await pilot.pause()
        here, _heading, elsewhere = shown(app).partition("Elsewhere")
        assert "Ctrl+s  Ctrl+Enter" in here
        assert "F1   " in here
        assert "Go back; this never" not in here  # Esc leaves the composer instead
        assert "Go to the next pane" in here
        for typed in ("New post", "Write a new post", "1…9", "g h"):
            assert typed not in here
        assert elsewhere
        assert "Write a new post" in await read_all(app, pilot)


async def test_the_keys_shown_are_those_of_the_keymap() -> None:
    app = KeyedApp(load("azerty", "gmail"))
    async with app.run_test(size=(80, 60)) as pilot:
        await app.push_screen(help_for(app.keys, ("outbox", "room", "go", "app")))
        await pilot.pause()
        text = shown(app)
        assert "1…9  & é \" ' ( - è _ ç" in text
        assert "│ z                     Stop this send" in text
        assert "│ u  Esc  q             Go back" in text
        assert "Undo the last act" not in text  # z does that of the item in front


async def test_another_list_can_stand_below() -> None:
    roles = Section("Who may do what", (Row("head", "", "see, draft, send, [b]approve[/b]"),))
    app = KeyedApp()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(help_for(app.keys, more=[roles]))
        await pilot.press("slash", *"approve")
        await pilot.pause()
        assert "Who may do what" in shown(app)
        assert "see, draft, send, [b]approve[/b]" in shown(app)


async def test_who_may_do_what_is_on_the_list_as_the_room_has_it() -> None:
    app = KeyedApp()
    rights = {**RIGHTS, Right.REPLY: (Role.HEAD,), Right.FREEZE: ()}
    async with app.run_test(size=(200, 60)) as pilot:
        await app.push_screen(help_for(app.keys, more=[who_may(rights)]))
        await pilot.pause()
        text = " ".join((await read_all(app, pilot)).split())
        assert "Who may do what" in text
        assert "send a reply head " in text
        assert "freeze all publishing nobody" in text
        assert "approve head, manager" in text
        assert "draft everybody" in text
