"""Values as TOML writes them (toml.io, "String"): for the files that the program makes."""

from __future__ import annotations

import json
from collections.abc import Iterable


def text(value: str) -> str:
    """A basic string: JSON's, with DEL escaped too and what is no character replaced."""
    plain = value.encode("utf-8", "replace").decode()
    return json.dumps(plain, ensure_ascii=False).replace("\x7f", "\\u007F")


def texts(values: Iterable[str]) -> str:
    """An array of them, on one line."""
    return "[" + ", ".join(text(v) for v in values) + "]"
