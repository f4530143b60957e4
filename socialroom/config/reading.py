"""Turns tables of a TOML file into typed settings; every mistake names file, line, key and the fix."""

from __future__ import annotations

import difflib
import enum
import re
import tomllib
import types
import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from socialroom.config.toml_lines import Path as KeyPath
from socialroom.config.toml_lines import index, line_of
from socialroom.domain.errors import ConfigError
from socialroom.locale import N_, _

T = TypeVar("T")
_AT: Final = re.compile(r" - at `\$?(?P<path>[^`]*)`$")
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_MISSING: Final = re.compile(r"Object missing required field `(?P<key>[^`]*)`")
_TYPE: Final = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<found>[^`]*)`")
_LIMIT: Final = re.compile(r"Expected `[^`]*` (?P<limit>[<>]=? \S+)$")
_PATTERN: Final = re.compile(r"Expected `str` matching regex")
_CHOICE: Final = re.compile(r"Invalid enum value (?P<found>.*)$", re.DOTALL)
_DECODE: Final = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")
_KINDS: Final = {
    "str": N_("a text"),
    "int": N_("a whole number"),
    "float": N_("a number"),
    "bool": N_("true or false"),
    "array": N_("a list"),
    "object": N_("a table"),
    "datetime": N_("a date"),
    "date": N_("a date"),
    "time": N_("a time of day"),
}
_FIXES: Final = {
    "str": N_('Write it in quotes: {name} = "…"'),
    "int": N_("Write it without quotes: {name} = 10"),
    "float": N_("Write it without quotes: {name} = 10"),
    "bool": N_("Write it without quotes: {name} = true"),
    "array": N_('Write it in brackets: {name} = ["…"]'),
    "object": N_("Write [{name}] above its keys."),
}


class Document:
    """A TOML file, read once: its tables, and the line of each key."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        try:
            self.tables: dict[str, Any] = tomllib.loads(text)
        except RecursionError:
            raise ConfigError(
                N_("lists or tables lie too deep in each other"), file=file, remedy=N_("Write it flatter.")
            ) from None
        except ValueError as error:  # TOMLDecodeError is one; a number of five thousand digits is another
            place = _DECODE.search(str(error))
            raise ConfigError(
                N_("this is not TOML: {reason}"),
                file=file,
                line=int(place["line"]) if place else _last_line(text) if "end of document" in str(error) else 0,
                reason=_DECODE.sub("", str(error)).strip(),
                remedy=N_("Correct that line; texts need quotes, lists need [ ]."),
            ) from None
        self._lines = index(text)

    @classmethod
    def read(cls, path: Path) -> Document:
        """Reads a file.

        Raises:
            ConfigError: it is not there, not readable, not UTF-8, or not TOML.
        """
        try:
            return cls(path.read_text(encoding="utf-8-sig"), str(path))  # some editors begin with a mark
        except OSError as error:
            raise ConfigError(
                N_("the file cannot be read: {reason}"),
                file=str(path),
                reason=error.strerror or str(error),
                remedy=N_("socialroom init writes one to begin with."),
            ) from None
        except UnicodeDecodeError as error:
            raise ConfigError(
                N_("the file is not UTF-8"),
                file=str(path),
                line=path.read_bytes()[: error.start].count(b"\n") + 1,
                remedy=N_("Save it as UTF-8."),
            ) from None

    def line(self, path: KeyPath) -> int:
        """The line of a key path, or of what is around it."""
        return line_of(self._lines, path)

    def error(self, template: str, path: KeyPath, *, remedy: str = "", **values: str | float) -> ConfigError:
        """A mistake at a key path."""
        key = ".".join(str(p) for p in path if isinstance(p, str))
        return ConfigError(template, file=self.file, line=self.line(path), key=key, remedy=remedy, **values)

    def convert(self, table: Mapping[str, Any], kind: type[T], path: KeyPath) -> T:
        """A table as `kind`.

        Raises:
            ConfigError: an unknown key, a missing one, or a value of the wrong type.
        """
        try:
            return msgspec.convert(table, kind, strict=True)
        except msgspec.ValidationError as error:
            raise self._explained(error, kind, path) from None

    def _explained(self, error: msgspec.ValidationError, kind: Any, path: KeyPath) -> ConfigError:
        """A sentence of msgspec's, as one of ours, with the place and the fix."""
        text = str(error)
        at = _AT.search(text)
        inner: KeyPath = tuple(_step(p) for p in re.split(r"[.\[\]]+", at["path"]) if p and p != "...") if at else ()
        said = _AT.sub("", text)
        whole = (*path, *inner)
        name = next((p for p in reversed(whole) if isinstance(p, str)), "")
        if unknown := _UNKNOWN.search(said):
            known = [f.encode_name for f in msgspec.structs.fields(kind)] if hasattr(kind, "__struct_fields__") else []
            near = difflib.get_close_matches(unknown["key"], known, 1)
            return self.error(
                N_("there is no such key"),
                (*whole, unknown["key"]),
                remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                near=near[0] if near else "",
                known=", ".join(known),
            )
        if missing := _MISSING.search(said):
            return self.error(
                N_("the key {name} is missing"), whole, name=missing["key"], remedy=N_("Add the line: {name} = …")
            )
        if kinds := _TYPE.search(said):
            wanted = [k for k in kinds["expected"].split(" | ") if k != "null"]
            return self.error(
                N_("expected {expected}, found {found}"),
                whole,
                expected=_named(wanted),
                found=_named([kinds["found"]]),
                name=name,
                remedy=_FIXES.get(wanted[0] if wanted else "", ""),
            )
        if choice := _CHOICE.search(said):
            known = [str(c) for c in _choices(kind, inner)]
            found = choice["found"].strip("'\"")
            near = difflib.get_close_matches(found, known, 1)
            return self.error(
                N_("{found} is not possible here"),
                whole,
                found=found,
                remedy=N_("Did you mean {near}?") if near else N_("Choose one of: {known}."),
                near=near[0] if near else "",
                known=", ".join(known),
            )
        if limit := _LIMIT.search(said):
            return self.error(
                N_("this number is out of bounds"), whole, remedy=N_("It must be {limit}."), limit=limit["limit"]
            )
        if _PATTERN.search(said):
            return self.error(
                N_("this is not the code of a language"), whole, remedy=N_('Write two or three letters, as "fr".')
            )
        return self.error(
            N_("this value cannot be used: {reason}"),
            whole,
            reason=said,
            remedy=N_("socialroom init writes a file that shows what is possible."),
        )


def _step(part: str) -> str | int:
    """A part of msgspec's path: a key, or a place in a list."""
    return int(part) if part.isdigit() else part


def _last_line(text: str) -> int:
    return text.count("\n") + 1


def _named(kinds: Sequence[str]) -> str:
    """Kinds of values, as a person calls them."""
    return _(" or ").join(_(_KINDS[k]) if k in _KINDS else k for k in kinds)


def _choices(kind: Any, inner: KeyPath) -> list[Any]:
    """What a key may be, where it is one of a few."""
    fields = {f.encode_name: f.type for f in msgspec.structs.fields(kind)} if hasattr(kind, "__struct_fields__") else {}
    return _values(fields.get(str(inner[0]))) if inner else []


def _values(kind: Any) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return [member.value for member in kind]
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return [value for value in typing.get_args(kind) if value != ""]
    if origin in {typing.Union, types.UnionType, tuple, list}:
        return [value for part in typing.get_args(kind) for value in _values(part)]
    return []
