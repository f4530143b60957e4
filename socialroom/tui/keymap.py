"""Which key does what: a layout, a scheme and a person's own file laid over the table of bindings, and checked.

A keymap file is TOML: ids of acts and their keys, `reply = "a"` under `[room]`. Keys are characters or names; "g b" is two
keys in a row; a list gives an act several keys, "..." in it stands for those it has already, and [] takes them all away.
Textual ignores unknown ids and most clashes, so everything is checked here, before it sees a keymap.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from socialroom.config.reading import Document
from socialroom.domain.errors import ConfigError, Missing
from socialroom.locale import N_, _
from socialroom.tui import key_names
from socialroom.tui.bindings import CONTEXTS, REFINES, TOGETHER, by_id
from socialroom.tui.key_names import NotAKey, is_free_while_typing, parse_key

FOLDER: Final = Path(__file__).parent / "keymaps"
SAME: Final = "..."
# What Textual is told of an act without keys: a name that no terminal sends, and the id, since names must differ.
UNBOUND: Final = "unbound:"
# Without these nobody could leave the place they are in.
_ESSENTIAL: Final = ("app.quit", "composer.leave", "arrange.leave", "search.leave", "choice.cancel", "help.leave")

Place = tuple[Document, tuple[str | int, ...]]


@dataclass(frozen=True)
class Keymap:
    """A checked keymap.

    Attributes:
        layout: of the keyboard: the name of a file in `keymaps/layouts`.
        scheme: of the acts: the name of a file in `keymaps/schemes`.
        keys: every id and its keys, by Textual's names; the first is the one to show where there is room for one.
    """

    layout: str
    scheme: str
    keys: Mapping[str, tuple[str, ...]]

    def overrides(self) -> dict[str, str]:
        """What `App.set_keymap` takes: only the ids whose keys differ, since Textual goes through them at every key."""
        return {
            id_: ",".join(self.keys[id_]) or f"{UNBOUND}{id_}"
            for id_, binding in by_id().items()
            if self.keys[id_] != _keys_of(binding.key)
        }

    def leaders(self) -> frozenset[str]:
        """The keys that begin two keys in a row."""
        return frozenset(key.split(" ")[0] for keys in self.keys.values() for key in keys if " " in key)

    def shown(self, id_: str) -> str:
        """The first key of an act as people read it; empty if it has none."""
        keys = self.keys.get(id_, ())
        return key_names.key_name(keys[0]) if keys else ""


def load(layout: str = "qwerty", scheme: str = "room", user_file: str | Path | None = None) -> Keymap:
    """The keymap of a keyboard and a scheme, with a person's own file on top.

    Raises:
        Missing: there is no such layout or scheme.
        ConfigError: an unknown id or key, or a key that would mean two things; with file, line, key and the fix.
    """
    keys = {id_: _keys_of(binding.key) for id_, binding in by_id().items()}
    places: dict[str, Place] = {}
    files = [
        _preset("schemes", scheme, N_("there is no scheme of keys “{name}”.")),
        _preset("layouts", layout, N_("there is no keyboard layout “{name}”.")),
    ]
    if user_file:
        files.append(Path(user_file).expanduser())
    for file in files:
        document = Document.read(file)
        for id_, path, value in _entries(document):
            keys[id_] = _read_keys(document, path, id_, value, keys[id_])
            places[id_] = (document, path)
    _check_clashes(keys, places)
    return Keymap(layout, scheme, keys)


def names(axis: str) -> tuple[str, ...]:
    """The presets there are, of "layouts" or "schemes"."""
    return tuple(sorted(path.stem for path in (FOLDER / axis).glob("*.toml")))


def cheat_sheet(layout: str = "qwerty", scheme: str = "room", user_file: str | Path | None = None) -> str:
    """All keys as plain text, by context, in the language in use. Raises as `load`."""
    from socialroom.tui.key_list import as_text, sections

    heading = _("The keys of socialroom: layout {layout}, scheme {scheme}").format(layout=layout, scheme=scheme)
    return f"{heading}\n\n{as_text(sections(load(layout, scheme, user_file)))}"


def _preset(axis: str, name: str, missing: str) -> Path:
    known = names(axis)
    if name not in known:
        raise Missing(missing, name=name, names=", ".join(known), remedy=N_("Choose one of: {names}."))
    return FOLDER / axis / f"{name}.toml"


def _keys_of(written: str) -> tuple[str, ...]:
    """The keys of a binding of the table, by Textual's names."""
    return tuple(_table_key(key) for key in written.split(","))


def _table_key(written: str) -> str:
    return " ".join(str(parse_key(one)) for one in written.split(" "))


def _entries(document: Document) -> Iterator[tuple[str, tuple[str | int, ...], object]]:
    """Ids with their place and value, whether written `room.reply`, under `[room]`, or in quotes."""
    known = by_id()

    def walk(table: Mapping[str, object], path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str | int, ...], object]]:
        for name, value in table.items():
            here = (*path, name)
            id_ = ".".join(here)
            if isinstance(value, dict):
                yield from walk(value, here)
            elif id_ not in known:
                near = difflib.get_close_matches(id_, known, 1)
                raise document.error(
                    N_("there is no act “{act}”."),
                    (*here, 0),  # the first, where there are tables of that name
                    act=id_,
                    near=near[0] if near else "",
                    remedy=N_("Did you mean {near}?") if near else N_("The command socialroom keys lists them all."),
                )
            else:
                yield id_, here, value

    return walk(document.tables, ())


def _read_keys(
    document: Document, path: tuple[str | int, ...], id_: str, value: object, before: tuple[str, ...]
) -> tuple[str, ...]:
    """One act's keys as a file writes them."""
    given = value if isinstance(value, list) else [value]
    written = [one for one in given if isinstance(one, str)]
    if len(written) != len(given):
        raise document.error(
            N_("keys are texts."), path, remedy=N_('Write one key in quotes, or a list of them: ["a", "ctrl+a"].')
        )
    keys: list[str] = []
    for one in written:
        keys += before if one == SAME else [_read_key(document, path, id_, one)] if one else []
    if not keys and id_ in _ESSENTIAL:
        raise document.error(
            N_("this act cannot be without a key: it is the way out."), path, remedy=N_("Give it one.")
        )
    return tuple(dict.fromkeys(keys))


def _read_key(document: Document, path: tuple[str | int, ...], id_: str, written: str) -> str:
    """One key, or two in a row, by Textual's names."""
    parts = [written] if written == " " else written.split()
    found = [parse_key(part) for part in parts]
    for one in found:
        if isinstance(one, NotAKey):
            raise document.error(one.what, path, remedy=one.remedy, **one.values)
    key = " ".join(str(one) for one in found)
    if len(found) > 2:
        raise document.error(
            N_("“{written}” is more than two keys in a row."), path, written=written, remedy=N_("Use one or two.")
        )
    if len(found) == 2 and found[1] == "escape":
        raise document.error(
            N_("Esc after another key takes that key back."), path, remedy=N_("End with another key than Esc.")
        )
    if _while_typing(id_) and not (len(found) == 1 and is_free_while_typing(key)):
        raise document.error(
            N_("“{written}” types or edits where text is typed, and this act is needed there."),
            path,
            written=written,
            remedy=N_("Use a function key, or Ctrl with one of: b f g l n r t."),
        )
    return key


def _while_typing(id_: str) -> bool:
    """Whether the act must be reachable while text is typed: a composer's, or one that goes before every other."""
    return by_id()[id_].priority or any(
        binding.id == id_ for context in CONTEXTS.values() if context.typing for binding in context.bindings
    )


@dataclass(frozen=True)
class Clash:
    """A key that would mean two things at once.

    Attributes:
        key: by Textual's name.
        inner: id of the act that would win.
        outer: id of the act that could not be reached.
    """

    key: str
    inner: str
    outer: str


def clashes(keys: Mapping[str, tuple[str, ...]]) -> Iterator[Clash]:
    """The keys that mean two things in contexts that are live together, a first key of two included."""
    for row in TOGETHER:
        taken: dict[str, str] = {}
        leaders: dict[str, str] = {}
        typing = False
        for name in row:
            for binding in CONTEXTS[name].bindings:
                id_ = binding.id or ""
                for key in keys[id_]:
                    if typing and not is_free_while_typing(key.split(" ")[0]):
                        continue  # the text input takes it
                    other = taken.setdefault(key, id_)
                    if other != id_ and REFINES.get(other) != id_:
                        yield Clash(key, other, id_)
                    if " " in key:
                        leaders.setdefault(key.split(" ")[0], id_)
            typing = typing or CONTEXTS[name].typing
        for leader, id_ in leaders.items():
            if leader in taken:
                yield Clash(leader, taken[leader], id_)


def _check_clashes(keys: Mapping[str, tuple[str, ...]], places: Mapping[str, Place]) -> None:
    """Raises ConfigError at the first clash, at the line that was written last."""
    order = list(places)
    for clash in clashes(keys):
        mine, other = sorted((clash.inner, clash.outer), key=lambda id_: order.index(id_) if id_ in places else -1)[
            ::-1
        ]
        values: dict[str, Any] = {"written": key_names.key_name(clash.key), "other": other, "act": mine}
        what = N_("the key {written} already belongs to {other}, which works in the same place.")
        remedy = N_("Give {act} another key, or give {other} another one in this file.")
        if mine not in places:
            raise ConfigError(what, file=str(FOLDER), key=mine, remedy=remedy, **values)
        document, path = places[mine]
        raise document.error(what, path, remedy=remedy, **values)
