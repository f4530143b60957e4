"""Theme files: those that ship, and every way in which one can be wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App
from textual.color import Color

from socialroom.domain.errors import ConfigError, Missing
from socialroom.tui.theming import (
    ROOM_COLOURS,
    ROOM_DEFAULTS,
    contrast,
    load_all,
    load_named,
    load_theme,
    theme_files,
    themes_folder,
    to_textual,
)

SHIPPED = ("colour-blind", "high-contrast", "house", "light")
HOUSE = (themes_folder() / "house.yaml").read_text("utf-8")


def write(folder: Path, text: str, name: str = "house") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(text, "utf-8")
    return path


def test_four_themes_ship_and_all_pass() -> None:
    themes, broken = load_all()
    assert not broken
    assert {theme.name for theme in themes} >= set(SHIPPED)
    assert {theme.dark for theme in themes} == {True, False}


@pytest.mark.parametrize("name", SHIPPED)
async def test_a_theme_can_be_worn(name: str) -> None:
    theme = load_named(name)
    app: App[None] = App()
    app.register_theme(to_textual(theme))
    async with app.run_test() as pilot:
        app.theme = name
        await pilot.pause()
        assert app.theme_variables["tone-negative"] == theme.room["tone-negative"]
        assert Color.parse(app.theme_variables["background"]) == Color.parse(theme.colours["background"])


def test_the_defaults_are_the_house_theme() -> None:
    house = load_named("house")
    ours = house.colours | house.room
    assert {name: ours[name].lower() for name in ROOM_DEFAULTS} == dict(ROOM_DEFAULTS)


def test_contrast_is_that_of_wcag() -> None:
    black, white, grey = Color.parse("#000"), Color.parse("#fff"), Color.parse("#777777")
    assert contrast(black, white) == pytest.approx(21)
    assert contrast(white, white) == 1
    assert contrast(grey, white) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize(
    ("change", "line", "key", "says"),
    [
        (('primary: "#ff8f1f"', 'primary: "notacolour"'), 6, "colours.primary", "not a colour"),
        (('primary: "#ff8f1f"', 'primary: "#ff8f1f80"'), 6, "colours.primary", "opaque"),
        (('primary: "#ff8f1f"', "primary: [1, 2]"), 6, "colours.primary", "single value"),
        (('  accent: "#ffb454"\n', ""), 5, "colours.accent", "missing"),
        (('  muted: "#a49a90"\n', ""), 16, "room.muted", "missing"),
        (('muted: "#a49a90"', 'muted: "#333333"'), 17, "room.muted", "contrast"),
        (("dark: true", "dark: perhaps"), 4, "dark", "neither true nor false"),
        (("name: house", "name: hose"), 1, "name", "calls itself"),
        (("dark: true", "dark: true\nshade: 3"), 5, "shade", "nobody knows"),
        (("dark: true", "dark: true\ndark: false"), 5, "dark", "twice"),
        (("colours:", "colours: {"), 7, "", "not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    tmp_path: Path, change: tuple[str, str], line: int, key: str, says: str
) -> None:
    assert change[0] in HOUSE
    path = write(tmp_path, HOUSE.replace(*change, 1))
    with pytest.raises(ConfigError) as caught:
        load_theme(path)
    assert (caught.value.file, caught.value.key) == (str(path), key)
    assert caught.value.line == line
    assert says in str(caught.value)
    assert caught.value.remedy


@pytest.mark.parametrize(
    "text", ["", "- a\n- b\n", "a: &a [*a]\n", "\t", "name: \x00", "!!python/object/apply:os.system [x]"]
)
def test_a_file_that_is_no_theme_is_refused_and_nothing_runs(tmp_path: Path, text: str) -> None:
    with pytest.raises(ConfigError):
        load_theme(write(tmp_path, text))


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    path = tmp_path / "house.yaml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        load_theme(path)


def test_a_broken_theme_fails_alone(tmp_path: Path) -> None:
    write(tmp_path, HOUSE.replace("name: house", "name: mine"), "mine")
    write(tmp_path, "nonsense", "broken")
    themes, broken = load_all(themes_folder(), tmp_path)
    assert {theme.name for theme in themes} == {*SHIPPED, "mine"}
    assert [Path(problem.file).stem for problem in broken] == ["broken"]


def test_an_own_file_stands_in_for_one_that_ships(tmp_path: Path) -> None:
    own = write(tmp_path, HOUSE.replace("#ff8f1f", "#ff9f3f"))
    assert theme_files(themes_folder(), tmp_path)["house"] == own


def test_an_unknown_theme_names_those_there_are() -> None:
    with pytest.raises(Missing, match="house, light"):
        load_named("neon")


def test_every_room_colour_has_a_default_for_css() -> None:
    assert set(ROOM_COLOURS) < set(ROOM_DEFAULTS)
