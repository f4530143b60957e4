"""Keymaps: every pair that ships, a person's own file, and each mistake that can be in one."""

from __future__ import annotations

import itertools
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.keyed_app import KeyedApp
from textual.widgets import Input, TextArea

from socialroom.domain.errors import ConfigError, Missing
from socialroom.tui.bindings import CONTEXTS, REFINES, TOGETHER, by_id
from socialroom.tui.key_names import TYPING_KEYS, NotAKey, is_free_while_typing, key_name, parse_key
from socialroom.tui.keymap import UNBOUND, Keymap, cheat_sheet, clashes, load, names

LAYOUTS = ("azerty", "qwerty", "qwertz")
SCHEMES = ("gmail", "room", "vim")
PAIRS = list(itertools.product(LAYOUTS, SCHEMES))
AZERTY_ROW = "&é\"'(-è_ç"


def key(written: str) -> str:
    named = parse_key(written)
    assert isinstance(named, str), named
    return named


def own(folder: Path, text: str, layout: str = "qwerty", scheme: str = "room") -> Keymap:
    path = folder / "keys.toml"
    path.write_text(text, "utf-8")
    return load(layout, scheme, path)


# What ships.


def test_three_layouts_and_three_schemes_ship() -> None:
    assert set(names("layouts")) >= set(LAYOUTS)
    assert set(names("schemes")) >= set(SCHEMES)


@pytest.mark.parametrize("layout", names("layouts"))
@pytest.mark.parametrize("scheme", names("schemes"))
def test_every_pair_loads_and_no_key_means_two_things(layout: str, scheme: str) -> None:
    assert list(clashes(load(layout, scheme).keys)) == []


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
def test_every_act_of_every_pair_has_a_key_that_needs_no_altgr(layout: str, scheme: str) -> None:
    behind_altgr = {key(character) for character in "[]{}@#\\|~`^€"}
    keymap = load(layout, scheme)
    without = [id_ for id_, keys in keymap.keys.items() if not set(" ".join(keys).split()) - behind_altgr]
    assert without == []


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
def test_h_l_and_tab_move_between_panes_in_every_pair_and_no_pane_takes_them(layout: str, scheme: str) -> None:
    keys = load(layout, scheme).keys
    assert "h" in keys["room.pane_left"]
    assert "l" in keys["room.pane_right"]
    assert "tab" in keys["room.pane_next"]
    for name in (row[0] for row in TOGETHER if "room" in row):
        taken = {one for binding in CONTEXTS[name].bindings for one in keys[binding.id or ""]}
        assert not taken & {"h", "l", "tab", "shift+tab"}, name


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_unshifted_digits_of_azerty_go_to_panes_and_nowhere_else(scheme: str) -> None:
    keys = load("azerty", scheme).keys
    row = [key(character) for character in AZERTY_ROW]
    assert [keys[f"room.focus_pane_{number}"][:2] for number in range(1, 10)] == [
        (str(number), character) for number, character in enumerate(row, 1)
    ]
    others = {one for id_, ones in keys.items() if "focus_pane" not in id_ for pair in ones for one in pair.split(" ")}
    assert not others & set(row)


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
def test_what_is_needed_while_typing_neither_types_nor_edits(layout: str, scheme: str) -> None:
    keys = load(layout, scheme).keys
    for id_, binding in by_id().items():
        if binding.priority or id_ in {b.id for c in CONTEXTS.values() if c.typing for b in c.bindings}:
            assert all(is_free_while_typing(one) for one in keys[id_]), id_


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
def test_no_key_has_alt(layout: str, scheme: str) -> None:
    assert not [one for keys in load(layout, scheme).keys.values() for one in keys if "alt" in one.split("+")]


def test_the_keys_of_text_inputs_are_known() -> None:
    edits = {one for kind in (TextArea, Input) for binding in kind.BINDINGS for one in binding.key.split(",")}
    ours = {one for one in edits if "alt+" not in one and "super+" not in one}  # which no act of ours can have
    assert ours <= TYPING_KEYS


def test_every_binding_can_be_named_listed_and_remapped() -> None:
    for context in CONTEXTS.values():
        for binding in context.bindings:
            assert (binding.id or "").count(".") == 1, binding
            assert binding.action
            assert binding.description[:1].isupper()
            assert binding.tooltip[:1].isupper()
            assert by_id()[binding.id or ""] is binding, f"{binding.id} stands for two acts"


def test_every_context_is_live_with_what_is_always_live() -> None:
    assert {name for row in TOGETHER for name in row} == set(CONTEXTS)
    assert all(row[-1] == "app" for row in TOGETHER)


def test_what_refines_another_act_is_in_front_of_it() -> None:
    context = {binding.id: name for name, c in CONTEXTS.items() for binding in c.bindings}
    for inner, outer in REFINES.items():
        assert any(
            context[inner] in row and context[outer] in row and row.index(context[inner]) < row.index(context[outer])
            for row in TOGETHER
        )


def test_the_plain_pair_leaves_textual_nothing_to_go_through() -> None:
    assert load("qwerty", "room").overrides() == {}


# A person's own file.


def test_an_own_file_goes_on_top(tmp_path: Path) -> None:
    keymap = own(tmp_path, '[room]\nreply = "ctrl+r"\n', "azerty", "vim")
    assert keymap.keys["room.reply"] == ("ctrl+r",)
    assert keymap.overrides()["room.reply"] == "ctrl+r"
    assert keymap.keys["feed.first"] == ("home", "g g")
    assert "é" in keymap.keys["room.focus_pane_2"]


@pytest.mark.parametrize(
    "text", ['[room]\nreply = "b"', 'room.reply = "b"', '"room.reply" = "b"', 'room.reply = ["b"]']
)
def test_an_id_can_be_written_in_every_way_of_toml(tmp_path: Path, text: str) -> None:
    assert own(tmp_path, text).keys["room.reply"] == ("b",)


def test_three_dots_stand_for_the_keys_before(tmp_path: Path) -> None:
    assert own(tmp_path, 'feed.take_in = ["F5", "..."]', "azerty").keys["feed.take_in"] == ("f5", "full_stop", "comma")


def test_a_key_written_twice_counts_once(tmp_path: Path) -> None:
    assert own(tmp_path, 'room.reply = ["r", "r", "..."]').keys["room.reply"] == ("r",)


def test_two_acts_can_change_places(tmp_path: Path) -> None:
    keys = own(tmp_path, 'room.reply = "c"\nroom.compose = "r"').keys
    assert (keys["room.reply"], keys["room.compose"]) == (("c",), ("r",))


def test_a_letter_typed_as_letter_and_accent_is_the_letter(tmp_path: Path) -> None:
    apart = unicodedata.normalize("NFD", "é")
    assert own(tmp_path, f'room.reply = "{apart}"').keys["room.reply"] == ("é",)


def test_a_first_key_of_ones_own(tmp_path: Path) -> None:
    keymap = own(tmp_path, 'go.home = ["ctrl+g h", "..."]')
    assert keymap.keys["go.home"] == ("ctrl+g h", "g h")
    assert keymap.leaders() == {"ctrl+g", "g"}


@pytest.mark.parametrize("nothing", ["[]", '""', '[""]'])
def test_an_act_can_be_without_a_key(tmp_path: Path, nothing: str) -> None:
    keymap = own(tmp_path, f"feed.mark = {nothing}\nroom.reply = {nothing}")
    assert keymap.keys["feed.mark"] == ()
    assert keymap.shown("feed.mark") == ""
    assert set(keymap.overrides().values()) == {f"{UNBOUND}feed.mark", f"{UNBOUND}room.reply"}


MISTAKES = [
    ('[room]\nreplay = "a"', 2, "room.replay", "Did you mean room.reply"),
    ('\nxyz = "a"', 2, "xyz", "socialroom keys lists them all"),
    ('room.reply = "nosuchkey"', 1, "room.reply", "“nosuchkey” is not a key"),
    ('room.reply = "alt+r"', 1, "room.reply", "Alt"),
    ('room.reply = "cmd+r"', 1, "room.reply", "do not send “cmd”"),
    ('room.reply = "shift+r"', 1, "room.reply", "Write that character"),
    ('room.reply = "ctrl+i"', 1, "room.reply", "Write tab"),
    ('room.reply = "ctrl+c"', 1, "room.reply", "copies"),
    ('room.reply = "++"', 1, "room.reply", "not a key"),
    ("room.reply = 5", 1, "room.reply", "keys are texts"),
    ('room.reply = ["a", 5]', 1, "room.reply", "keys are texts"),
    ('room.reply = "g g g"', 1, "room.reply", "more than two keys"),
    ('room.reply = "g escape"', 1, "room.reply", "takes that key back"),
    ('# mine\n[composer]\nsend = "s"', 3, "composer.send", "types or edits"),
    ('composer.send = "ctrl+k"', 1, "composer.send", "types or edits"),
    ('composer.send = "g s"', 1, "composer.send", "types or edits"),
    ('app.command_palette = "p"', 1, "app.command_palette", "types or edits"),
    ("app.quit = []", 1, "app.quit", "the way out"),
    ('composer.leave = ""', 1, "composer.leave", "the way out"),
    ('[room]\nreply = "c"', 2, "room.reply", "already belongs to room.compose"),
    ('[feed]\nmark = "r"', 2, "feed.mark", "already belongs to room.reply"),
    ('room.reply = "b"\nroom.done = "b"', 2, "room.done", "already belongs to room.reply"),
    ('room.reply = "g"', 1, "room.reply", "already belongs to go.home"),
    ('go.home = "r h"', 1, "go.home", "already belongs to room.reply"),
    ('go.home = "g d"', 1, "go.home", "already belongs to go.drafts"),
    ('room.reply = "ctrl+p"', 1, "room.reply", "already belongs to app.command_palette"),
    ("[[room]]\nreply = 1", 1, "room", "no act"),
    ('room.reply = "a', 1, "", "not TOML"),
]


@pytest.mark.parametrize(("text", "line", "id_", "says"), MISTAKES)
def test_a_mistake_is_named_with_its_line_and_the_fix(
    tmp_path: Path, text: str, line: int, id_: str, says: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        own(tmp_path, text)
    error = caught.value
    assert (error.file, error.line, error.key) == (str(tmp_path / "keys.toml"), line, id_)
    assert says in str(error)
    assert error.remedy


def test_one_key_may_mean_two_things_where_they_never_meet(tmp_path: Path) -> None:
    keys = own(tmp_path, 'sources.poll_this = "b"\noutbox.drop = "b"\narrange.add = "e"').keys
    assert keys["sources.poll_this"] == keys["outbox.drop"] == ("b",)


def test_the_composer_may_have_a_key_that_means_something_outside(tmp_path: Path) -> None:
    keys = own(tmp_path, 'room.search = ["/", "ctrl+f"]').keys
    with pytest.raises(ConfigError, match=r"room\.search"):
        own(tmp_path, 'composer.send = "ctrl+f"\nroom.search = ["/", "ctrl+f"]')
    assert keys["room.search"] == ("slash", "ctrl+f")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.toml"):
        load(user_file=tmp_path / "nowhere.toml")


@pytest.mark.parametrize(("layout", "scheme"), [("dvorak", "room"), ("qwerty", "emacs"), ("../qwerty", "room")])
def test_an_unknown_preset_names_those_there_are(layout: str, scheme: str) -> None:
    with pytest.raises(Missing, match=r"qwerty, qwertz|gmail, room, vim"):
        load(layout, scheme)


# Names of keys.


@given(st.characters(exclude_categories=["C", "Z", "M"]))
def test_every_visible_character_is_a_key_and_is_shown_as_itself(character: str) -> None:
    named = parse_key(unicodedata.normalize("NFC", character))
    if isinstance(named, str):  # a few rare signs have no name that can be read back
        assert not is_free_while_typing(named)
        assert key_name(named) == unicodedata.normalize("NFC", character)
    assert isinstance(named, str) or not (character.isascii() or character.isalnum())


@given(
    st.text(max_size=30) | st.lists(st.sampled_from(["ctrl", "shift", "alt", "+", "a", "é", "f2", "Tab"])).map("+".join)
)
def test_any_text_is_a_key_or_is_refused_with_a_remedy(text: str) -> None:
    named = parse_key(text)
    if isinstance(named, NotAKey):
        assert named.what.format(**named.values)
        assert named.remedy.format(**named.values)
    else:
        assert " " not in named
        assert parse_key(named) == named


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Ctrl+S", "Ctrl+s"),
        ("esc", "Esc"),
        ("PgDn", "PgDn"),
        ("shift+tab", "Shift+Tab"),
        ("F2", "F2"),
        (" ", "Space"),
        (",", ","),
        ("+", "+"),
        ("ctrl++", "Ctrl++"),
        ("question_mark", "?"),
        ("é", "é"),
        ("up", "↑"),
    ],
)
def test_keys_are_shown_as_they_stand_on_the_keyboard(written: str, read: str) -> None:
    assert key_name(key(written)) == read


# The cheat sheet.


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
def test_the_cheat_sheet_lists_every_act_and_every_key(layout: str, scheme: str) -> None:
    sheet = cheat_sheet(layout, scheme)
    for context in CONTEXTS.values():
        assert f"\n{context.title}\n" in sheet
        for binding in context.bindings:
            assert binding.tooltip in sheet
    assert "  1…9" in sheet
    assert ("& é \" ' ( - è _ ç" in sheet) == (layout == "azerty")
    assert max(map(len, sheet.splitlines())) <= 100


def test_the_cheat_sheet_is_made_without_starting_textual() -> None:
    code = "import sys, socialroom.tui.keymap as k; k.cheat_sheet('azerty', 'vim'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"textual.app", "textual.widget", "textual.screen", "httpx", "tinydb"} & set(done.stdout.split())


# In Textual.


async def test_textual_obeys_a_keymap_and_the_old_keys_stop(tmp_path: Path) -> None:
    app = KeyedApp(own(tmp_path, 'room.reply = "B"\nroom.undo = "r"\nfeed.mark = []\nroom.back = "ö"'))
    async with app.run_test() as pilot:
        await pilot.press("B", "u", "r", "x", "q", "escape", "ö", "j")
        assert app.acts == ["room.reply", "room.undo", "room.back", "feed.down"]


@pytest.mark.parametrize(("layout", "scheme"), PAIRS)
async def test_every_pair_is_obeyed_by_textual_for_panes_and_leaving(layout: str, scheme: str) -> None:
    app = KeyedApp(load(layout, scheme))
    async with app.run_test() as pilot:
        await pilot.press("h", "3", *(["apostrophe"] if layout == "azerty" else []), "escape", "q")
        panes = ["room.focus_pane_3", *(["room.focus_pane_4"] if layout == "azerty" else [])]
        assert app.acts == ["room.pane_left", *panes, "room.back", "room.back"]
