"""Turns tables of a TOML file into typed settings; every mistake names file, line, key and the fix."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from socialroom.config.toml_lines import Path as KeyPath
from socialroom.config.toml_lines import index, line_of
from socialroom.domain.errors import ConfigError
from socialroom.locale import N_

T = TypeVar("T")
_AT = re.compile(r" - at `\$?(?P<path>[^`]*)`$")
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<key>[^`]*)`")
_MISSING = re.compile(r"Object missing required field `(?P<key>[^`]*)`")
_TYPE = re.compile(r"Expected `(?P<expected>[^`]*)`, got `(?P<found>[^`]*)`")
_DECODE = re.compile(r"\(at line (?P<line>\d+), column (?P<column>\d+)\)")


class Document:
    """A TOML file, read once: its tables, and the line of each key."""

    def __init__(self, text: str, file: str) -> None:
        self.text, self.file = text, file
        try:
            self.tables: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            place = _DECODE.search(str(error))
            raise ConfigError(
                N_("this is not TOML: {reason}"),
                file=file,
                line=int(place["line"]) if place else text.count("\n") + 1,
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
            return cls(path.read_text(encoding="utf-8"), str(path))
        except OSError as error:
            raise ConfigError(
                N_("the file cannot be read: {reason}"), file=str(path), reason=error.strerror or str(error)
            ) from None
        except UnicodeDecodeError:
            raise ConfigError(N_("the file is not UTF-8"), file=str(path), remedy=N_("Save it as UTF-8.")) from None

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
        text = str(error)
        at = _AT.search(text)
        inner = tuple(p for p in re.split(r"[.\[\]]+", at["path"]) if p and p != "...") if at else ()
        said = _AT.sub("", text)
        if unknown := _UNKNOWN.search(said):
            known = [f.encode_name for f in msgspec.structs.fields(kind)] if hasattr(kind, "__struct_fields__") else []
            near = difflib.get_close_matches(unknown["key"], known, 1)
            return self.error(
                N_("there is no such key"),
                (*path, *inner, unknown["key"]),
                remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
                near=near[0] if near else "",
                known=", ".join(known),
            )
        if missing := _MISSING.search(said):
            return self.error(
                N_("the key {name} is missing"),
                (*path, *inner),
                name=missing["key"],
                remedy=N_("Add the line: {name} = …"),
            )
        if types := _TYPE.search(said):
            return self.error(
                N_("expected {expected}, found {found}"),
                (*path, *inner),
                expected=types["expected"],
                found=types["found"],
            )
        return self.error(N_("this value cannot be used: {reason}"), (*path, *inner), reason=said)
