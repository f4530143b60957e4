"""Themes: YAML files, checked before Textual sees them, because a colour that does not parse ends a Textual program.

A theme file holds `name` (that of the file), `author`, `description`, `dark`, `colours` (Textual's own) and `room`
(ours). Every colour must parse and be opaque, and every colour that text is written in must stand out by at least
4.5:1 (WCAG 2, level AA) from the three backgrounds it can appear on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from textual.color import Color, ColorParseError
from textual.theme import Theme

from socialroom.domain.errors import ConfigError, Missing
from socialroom.domain.value import Value
from socialroom.locale import N_

if TYPE_CHECKING:
    import yaml

CONTRAST: Final = 4.5
COLOURS: Final = (
    "primary",
    "secondary",
    "accent",
    "background",
    "surface",
    "panel",
    "foreground",
    "warning",
    "error",
    "success",
)
# The house theme's own colours: what CSS and painter fall back on where no theme of ours is in use.
ROOM_DEFAULTS: Final[Mapping[str, str]] = {
    "foreground": "#ece6df",
    "primary": "#ff8f1f",
    "muted": "#a49a90",
    "tone-negative": "#ff7a70",
    "tone-neutral": "#b9b2aa",
    "tone-positive": "#7ed58a",
    "tone-unscored": "#a49a90",
    "network-mastodon": "#a9a4ff",
    "network-bluesky": "#5fb4ff",
    "network-feeds": "#ffb454",
    "network-hackernews": "#ff9a66",
    "network-other": "#d0c8bf",
    "marker": "#d9b382",
    "unread": "#ffb454",
    "marked": "#ffd866",
    "claimed": "#6fd3e8",
    "answered": "#7ed58a",
    "ours": "#ff9f40",
    "alert-red": "#ff7a70",
    "alert-amber": "#ffc04d",
    "selected": "#33261a",
    "track": "#3a332c",
    "held": "#ff8f1f",
    "held-text": "#14100c",
}
ROOM_COLOURS: Final = tuple(name for name in ROOM_DEFAULTS if name not in COLOURS)
_BACKGROUNDS: Final = ("background", "surface", "selected")
_TEXTS: Final = (
    "foreground",
    *(name for name in ROOM_COLOURS if name not in ("selected", "track", "held", "held-text")),
)
_PLAIN: Final = ("name", "author", "description", "dark", "colours", "room")


class RoomTheme(Value, frozen=True):
    """A theme file that passed every check; colours as "#RRGGBB"."""

    name: str
    dark: bool
    colours: dict[str, str]
    room: dict[str, str]
    author: str = ""
    description: str = ""


class _Entry(Value, frozen=True):
    value: Any
    line: int


def themes_folder() -> Path:
    """Where the themes that ship lie: in the wheel, or beside the package in an editable install."""
    package = Path(__file__).parents[1]
    installed = package / "_themes"
    return installed if installed.is_dir() else package.parent / "themes"


def theme_files(*folders: Path) -> dict[str, Path]:
    """Theme files by name, none of them read; a later folder's file stands in for an earlier one's."""
    found: dict[str, Path] = {}
    for folder in folders or (themes_folder(),):
        if folder.is_dir():
            found |= {path.stem: path for path in sorted(folder.glob("*.yaml"))}
    return found


def load_theme(path: Path) -> RoomTheme:
    """Reads and checks one theme.

    Raises:
        ConfigError: with file, line, key and what to do.
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            N_("the theme cannot be read: {reason}."),
            file=str(path),
            reason=str(problem),
            remedy=N_("Check that it is a UTF-8 text file you may read."),
        ) from problem
    return _checked(str(path), path.stem, _parsed(str(path), text))


def load_named(name: str, *folders: Path) -> RoomTheme:
    """Reads the theme of this name, and no other, so that start-up stays short.

    Raises:
        Missing: there is no such file; the names there are stand in the remedy.
        ConfigError: as `load_theme`.
    """
    files = theme_files(*folders)
    if name not in files:
        raise Missing(
            N_("there is no theme “{name}”."), name=name, names=", ".join(files), remedy=N_("Choose one of: {names}.")
        )
    return load_theme(files[name])


def load_all(*folders: Path) -> tuple[list[RoomTheme], list[ConfigError]]:
    """Every theme that can be used, and for each that cannot, why: a broken one fails alone."""
    themes: list[RoomTheme] = []
    broken: list[ConfigError] = []
    for path in theme_files(*folders).values():
        try:
            themes.append(load_theme(path))
        except ConfigError as problem:
            broken.append(problem)
    return themes, broken


def to_textual(theme: RoomTheme) -> Theme:
    """The same for Textual, with our colours as CSS variables ($tone-negative, $network-mastodon, …)."""
    colours = theme.colours
    return Theme(
        name=theme.name,
        dark=theme.dark,
        **colours,  # type: ignore[arg-type]
        variables={
            **theme.room,
            "border": colours["primary"],
            "border-blurred": theme.room["track"],
            "block-cursor-background": colours["primary"],
            "block-cursor-foreground": theme.room["held-text"],
            "block-cursor-text-style": "bold",
            "block-cursor-blurred-background": theme.room["selected"],
            "block-cursor-blurred-foreground": colours["foreground"],
            "footer-background": colours["surface"],
            "footer-foreground": colours["foreground"],
            "footer-key-foreground": theme.room["ours"],
            "footer-description-foreground": theme.room["muted"],
            "input-cursor-background": colours["primary"],
            "input-cursor-foreground": theme.room["held-text"],
            "input-selection-background": f"{colours['primary']} 35%",
            "scrollbar": theme.room["track"],
            "scrollbar-hover": theme.room["muted"],
            "scrollbar-active": colours["primary"],
            "scrollbar-background": colours["background"],
            "scrollbar-corner-color": colours["background"],
        },
    )


def contrast(one: Color, other: Color) -> float:
    """The WCAG contrast ratio of two opaque colours, 1 to 21."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Color) -> float:
    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def _parsed(file: str, text: str) -> dict[str, _Entry]:
    """The file's keys, those of `colours` and `room` as "colours.primary", each with its line."""
    simple = _read_simply(text)
    if simple is not None:
        return simple
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise ConfigError(
            N_("this is not YAML: {reason}."),
            file=file,
            line=line,
            reason=problem.problem or problem.context or "",
            remedy=N_("Compare it with a theme that ships."),
        ) from problem
    except yaml.YAMLError as problem:
        raise ConfigError(
            N_("this is not YAML: {reason}."),
            file=file,
            reason=str(problem),
            remedy=N_("Compare it with a theme that ships."),
        ) from problem
    if not isinstance(root, yaml.MappingNode):
        raise ConfigError(
            N_("a theme is a list of “key: value” lines."),
            file=file,
            line=1,
            remedy=N_("Compare it with a theme that ships."),
        )
    return dict(_entries(file, root, ""))


# A line of the kind that ships; anything else (and every mistake) is YAML's to read. Importing that takes longer than
# the first screen does to be laid out.
_SIMPLE: Final = re.compile(r'(  )?([a-z]+(?:-[a-z]+)*):(?: (?:"([#\w ]*)"|([A-Za-z](?:[\w ,.-]*[\w.])?)))?')


def _read_simply(text: str) -> dict[str, _Entry] | None:
    """What `_entries` finds, where every line is simple; None where one is not."""
    found: dict[str, _Entry] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        match = _SIMPLE.fullmatch(line)
        if match is None:
            return None
        indented, name, quoted, plain = match.groups()
        value = quoted if quoted is not None else plain
        key = f"{section}{name}" if indented else name
        if key in found or bool(indented) > bool(section) or (value is None and indented):
            return None
        if not indented:
            section = f"{name}." if value is None else ""
        found[key] = _Entry(value={} if value is None else value, line=number)
    empty = any(entry.value == {} and not any(k.startswith(f"{key}.") for k in found) for key, entry in found.items())
    return None if empty or not found else found


def _entries(file: str, node: yaml.MappingNode, prefix: str) -> Iterator[tuple[str, _Entry]]:
    import yaml

    seen: set[str] = set()
    for key_node, value_node in node.value:
        key = f"{prefix}{getattr(key_node, 'value', '')}"
        line = key_node.start_mark.line + 1
        if key in seen:
            raise ConfigError(
                N_("the key stands twice."), file=file, line=line, key=key, remedy=N_("Remove one of the two.")
            )
        seen.add(key)
        if isinstance(value_node, yaml.MappingNode) and not prefix:
            yield key, _Entry(value={}, line=line)
            yield from _entries(file, value_node, f"{key}.")
        elif isinstance(value_node, yaml.ScalarNode):
            yield key, _Entry(value=value_node.value, line=line)
        else:
            raise ConfigError(
                N_("a single value is needed here."),
                file=file,
                line=line,
                key=key,
                remedy=N_('Write a colour such as "#ff8800".'),
            )


def _checked(file: str, stem: str, entries: dict[str, _Entry]) -> RoomTheme:
    allowed = {*_PLAIN, *(f"colours.{c}" for c in COLOURS), *(f"room.{c}" for c in ROOM_COLOURS)}
    for key, entry in entries.items():
        if key not in allowed:
            raise ConfigError(
                N_("nobody knows this key."), file=file, line=entry.line, key=key, remedy=N_("Remove it or correct it.")
            )
    name = _required(file, entries, "name")
    if name.value != stem:
        raise ConfigError(
            N_("the theme calls itself “{name}” but its file is “{stem}.yaml”."),
            file=file,
            line=name.line,
            key="name",
            name=str(name.value),
            stem=stem,
            remedy=N_("Give both the same name."),
        )
    dark = _required(file, entries, "dark")
    if dark.value not in ("true", "false"):
        raise ConfigError(
            N_("“{value}” is neither true nor false."),
            file=file,
            line=dark.line,
            key="dark",
            value=str(dark.value),
            remedy=N_("Write true for a dark background, false for a light one."),
        )
    colours = {c: _colour(file, entries, f"colours.{c}") for c in COLOURS}
    room = {c: _colour(file, entries, f"room.{c}") for c in ROOM_COLOURS}
    _check_contrast(file, entries, colours | room)
    return RoomTheme(
        name=stem,
        dark=dark.value == "true",
        colours={k: v.hex for k, v in colours.items()},
        room={k: v.hex for k, v in room.items()},
        author=str(entries["author"].value) if "author" in entries else "",
        description=str(entries["description"].value) if "description" in entries else "",
    )


def _required(file: str, entries: dict[str, _Entry], key: str) -> _Entry:
    if key not in entries:
        section = entries.get(key.partition(".")[0])
        raise ConfigError(
            N_("the key is missing."),
            file=file,
            line=section.line if section else 1,
            key=key,
            remedy=N_("Add it; a theme that ships shows the shape."),
        )
    return entries[key]


def _colour(file: str, entries: dict[str, _Entry], key: str) -> Color:
    entry = _required(file, entries, key)
    try:
        colour = Color.parse(str(entry.value))
    except ColorParseError as problem:
        raise ConfigError(
            N_("“{value}” is not a colour."),
            file=file,
            line=entry.line,
            key=key,
            value=str(entry.value),
            remedy=N_('Write a colour such as "#ff8800", in quotes.'),
        ) from problem
    if colour.a != 1 or colour.ansi is not None or colour.auto:
        raise ConfigError(
            N_("“{value}” is not an opaque colour."),
            file=file,
            line=entry.line,
            key=key,
            value=str(entry.value),
            remedy=N_('Write six digits, such as "#ff8800".'),
        )
    return colour


def _check_contrast(file: str, entries: dict[str, _Entry], colours: Mapping[str, Color]) -> None:
    pairs = [(text, background) for text in _TEXTS for background in _BACKGROUNDS]
    for text, background in [*pairs, ("held-text", "held"), ("held-text", "primary")]:
        ratio = contrast(colours[text], colours[background])
        if ratio < CONTRAST:
            key = f"colours.{text}" if text in COLOURS else f"room.{text}"
            raise ConfigError(
                N_("its contrast with “{background}” is {ratio}, and text needs {needed}."),
                file=file,
                line=entries[key].line,
                key=key,
                background=background,
                ratio=round(ratio - 0.05, 1),
                needed=CONTRAST,
                remedy=N_("Make one lighter or the other darker."),
            )
