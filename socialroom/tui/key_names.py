"""Names of keys: as people write them in a keymap, as Textual calls them, and as they are shown."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from textual.binding import Binding
from textual.keys import REPLACED_KEYS, key_to_character

from socialroom.locale import N_, _

FUNCTION_KEYS: Final = frozenset(f"f{number}" for number in range(1, 13))
_NAMED: Final = frozenset(
    {
        "backspace",
        "delete",
        "down",
        "end",
        "enter",
        "escape",
        "home",
        "insert",
        "left",
        "pagedown",
        "pageup",
        "right",
        "space",
        "tab",
        "up",
        *FUNCTION_KEYS,
    }
)
_OTHER_WORDS: Final[Mapping[str, str]] = {
    "bs": "backspace",
    "del": "delete",
    "esc": "escape",
    "ins": "insert",
    "page_down": "pagedown",
    "page_up": "pageup",
    "pgdn": "pagedown",
    "pgup": "pageup",
    "return": "enter",
    "control": "ctrl",
}
# What a terminal sends for these is the other key, unless it speaks a newer protocol.
_SAME_BYTES: Final[Mapping[str, str]] = {
    "ctrl+i": "tab",
    "ctrl+m": "enter",
    "ctrl+left_square_bracket": "escape",
    "ctrl+h": "backspace",
}
_COPY: Final = "ctrl+c"
_SHOWN: Final[Mapping[str, str]] = {
    "backspace": N_("Backspace"),
    "ctrl": N_("Ctrl"),
    "delete": N_("Del"),
    "end": N_("End"),
    "enter": N_("Enter"),
    "escape": N_("Esc"),
    "home": N_("Home"),
    "insert": N_("Ins"),
    "pagedown": N_("PgDn"),
    "pageup": N_("PgUp"),
    "shift": N_("Shift"),
    "space": N_("Space"),
    "tab": N_("Tab"),
}
_ARROWS: Final[Mapping[str, str]] = {"up": "↑", "down": "↓", "left": "←", "right": "→"}

# What a text input does with keys of its own (Textual's TextArea and Input): they never reach an act while text is typed.
TYPING_KEYS: Final = frozenset(
    {
        *(f"ctrl+{letter}" for letter in "acdekuvwxyz"),
        *(f"{move}{key}" for key in ("left", "right") for move in ("", "shift+", "ctrl+", "ctrl+shift+")),
        *(f"{move}{key}" for key in ("up", "down", "home", "end") for move in ("", "shift+")),
        *("backspace", "ctrl+backspace", "delete", "pageup", "pagedown", "enter", "f6", "f7"),
        *("ctrl+shift+a", "ctrl+shift+k"),
    }
)


class NotAKey(NamedTuple):
    """Why a text is no key that an act can have: catalogue templates for the error that names its line."""

    what: str
    remedy: str
    values: Mapping[str, str]


def parse_key(text: str) -> str | NotAKey:
    """Textual's name of one key, written as a character ("?", "é"), a name ("esc", "F2") or with modifiers ("Ctrl+S")."""
    text = unicodedata.normalize("NFC", text)
    if text == " ":
        return "space"
    # A plus sign at the end is the key itself: "ctrl++".
    *modifiers, last = (
        [*text[:-2].split("+"), "+"] if text.endswith("++") else [text] if text == "+" else text.split("+")
    )
    modifiers = sorted({_other_word(modifier) for modifier in modifiers})
    key = "" if "" in modifiers else _base_key(last)
    refused = _refused_base(text, key, modifiers) or _refused_modifiers(text, modifiers)
    if refused:
        return refused
    if "ctrl" in modifiers and len(key) == 1:
        key = key.lower()
    name = "+".join([*modifiers, key])
    if name in _SAME_BYTES:
        return NotAKey(
            N_("a terminal sends the same for “{written}” as for {other}."),
            N_("Write {other}, or choose another key."),
            {"written": text, "other": _SAME_BYTES[name]},
        )
    if name == _COPY:
        return NotAKey(N_("“{written}” copies, everywhere."), N_("Choose another key."), {"written": text})
    return name


def _refused_modifiers(text: str, modifiers: Sequence[str]) -> NotAKey | None:
    if {"alt", "meta"} & set(modifiers):
        return NotAKey(
            N_("“{written}” has Alt, which many keyboards need to type characters."),
            N_("Use Ctrl, a function key, or two keys such as “g b”."),
            {"written": text},
        )
    unknown = [modifier for modifier in modifiers if modifier not in ("ctrl", "shift")]
    if unknown:
        return NotAKey(
            N_("terminals do not send “{modifier}” in “{written}”."),
            N_("Use ctrl and shift only."),
            {"written": text, "modifier": unknown[0]},
        )
    return None


def _refused_base(text: str, key: str, modifiers: Sequence[str]) -> NotAKey | None:
    if not key:
        return NotAKey(
            N_("“{written}” is not a key."),
            N_("Write a character, or a name such as escape, enter, pagedown, f2, ctrl+s."),
            {"written": text},
        )
    if "shift" in modifiers and "ctrl" not in modifiers and is_printable(key) and key != "space":
        return NotAKey(
            N_("“{written}” arrives as the character it makes."),
            N_("Write that character: A for Shift and a."),
            {"written": text},
        )
    return None


def _base_key(last: str) -> str:
    """A key without its modifiers, by Textual's name; empty if there is none of that name."""
    name = _of_character(last) if len(last) == 1 and last.isprintable() else _other_word(last)
    character = _character_of(name)
    if name in _NAMED or (character.isprintable() and character and _of_character(character) == name):
        return name
    return ""


def _other_word(word: str) -> str:
    lowered = word.strip().lower()
    return _OTHER_WORDS.get(lowered, lowered)


def _of_character(character: str) -> str:
    if character == ",":
        return "comma"  # Textual would read a list of two nothings
    return next(iter(Binding.make_bindings([Binding(character, "")]))).key


def is_printable(key: str) -> bool:
    """Whether this key, by Textual's name, types a character in a text input."""
    return "+" not in key and (key not in _NAMED or key == "space")


def _character_of(key: str) -> str:
    """The character a key types, or nothing; Textual's own function does not know the names it shortened ("plus")."""
    return key_to_character(REPLACED_KEYS.get(key, key)) or ""


def is_free_while_typing(key: str) -> bool:
    """Whether an act may have this key while text is typed: it neither types nor edits."""
    return not is_printable(key) and key not in TYPING_KEYS


def key_name(key: str) -> str:
    """A key as people read it: "Ctrl+s", "Esc", "?", "g h"; named keys in the language in use."""
    return " ".join("+".join(_shown_part(part) for part in one.split("+")) for one in key.split(" "))


def _shown_part(part: str) -> str:
    if part in _ARROWS:
        return _ARROWS[part]
    if part in _SHOWN:
        return _(_SHOWN[part])
    if part in FUNCTION_KEYS:
        return part.upper()
    return _character_of(part) or part
