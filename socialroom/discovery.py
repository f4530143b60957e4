"""Finds plug-ins: a public module in a package that holds one *Spec constant; then entry points.

A plug-in that fails to import fails alone: it is returned as a `Broken` with its reason, and `check` shows it. Entry
points are looked for only when a name is not the program's own: to read them takes longer than to paint a screen.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from functools import cache
from typing import TypeVar

import msgspec

from socialroom.domain.errors import RoomError
from socialroom.domain.text import clean_line
from socialroom.locale import N_

S = TypeVar("S")


class Broken(msgspec.Struct, frozen=True):
    """A plug-in that could not be loaded, and why (cleaned)."""

    name: str
    reason: str


def names(package: str) -> list[str]:
    """The plug-ins of a package by name, without importing them."""
    folder = importlib.import_module(package)
    found = [m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_")]
    return sorted({*found, *_outside(package)})


def exists(package: str, name: str) -> bool:
    """Whether there is a plug-in of that name."""
    return _is_own(package, name) or name in _outside(package)


def _is_own(package: str, name: str) -> bool:
    plain = name.isidentifier() and not name.startswith("_")
    return plain and importlib.util.find_spec(f"{package}.{name}") is not None


@cache
def _outside(package: str) -> dict[str, str]:
    """Module by name, of the plug-ins that other distributions bring."""
    from importlib.metadata import entry_points

    return {e.name: e.value.split(":")[0] for e in entry_points(group=package)}


def load(package: str, name: str, spec: type[S]) -> S:
    """The one constant of type `spec` in `package.name`.

    Raises:
        RoomError: there is no such plug-in, it fails to import, or it holds no such constant, or several.
    """
    own = f"{package}.{name}"
    try:
        module = importlib.import_module(own if _is_own(package, name) else _outside(package).get(name, own))
    except Exception as error:
        raise RoomError(
            N_("{name} could not be loaded: {reason}"),
            name=name,
            reason=f"{type(error).__name__}: {error}",
        ) from error
    found = [v for k, v in vars(module).items() if isinstance(v, spec) and k.isupper()]
    if len(found) != 1:
        raise RoomError(
            N_("{name} holds {count} constants of the kind {kind}, and must hold one"),
            name=name,
            count=len(found),
            kind=spec.__name__,
        )
    return found[0]


def load_all(package: str, spec: type[S]) -> tuple[dict[str, S], list[Broken]]:
    """Every plug-in of a package that loads, and those that do not with their reasons."""
    good: dict[str, S] = {}
    broken: list[Broken] = []
    for name in names(package):
        try:
            good[name] = load(package, name, spec)
        except RoomError as error:
            broken.append(Broken(name, clean_line(str(error))))
    return good, broken
