"""Patterns of the `regex` package that are compiled, and the package imported, when a text first needs them.

Most texts are plain, and a console must stand on the screen before anything is compiled that it may never use.
"""

from __future__ import annotations

from typing import Any

_USED = ("search", "match", "fullmatch", "sub", "finditer", "findall")


class Pattern:
    """A pattern as `regex.compile` gives it, but later. `flags` are written inside: "(?i)", "(?a)"."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __getattr__(self, name: str) -> Any:
        if name not in _USED:
            raise AttributeError(name)
        import regex

        compiled = regex.compile(self._text)
        for one in _USED:  # from now on they are found without coming here
            setattr(self, one, getattr(compiled, one))
        return getattr(compiled, name)
