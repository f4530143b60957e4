"""What bootstrap tells a terminal about itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socialroom.domain.requests import Feed
from socialroom.domain.value import Value


class TerminalSettings(Value, frozen=True):
    """One terminal: who sits there, what it shows first, and where it may keep what it must not lose."""

    operator: str
    version: str
    room: str
    role: str = ""  # of a declared operator; empty where none is declared, or where only the room knows
    theme: str = "house"
    layout: str = ""  # a layout of room.toml or a saved one; empty: the operator's own, else the role's
    layouts: Mapping[str, Mapping[str, Any]] = {}  # as room.toml declares them
    feeds: tuple[Feed, ...] = ()  # as room.toml declares them: what is shown before the room answers
    key_layout: str = "qwerty"
    key_scheme: str = "room"
    keys_file: str = ""
    read_only: bool = False  # a screen for the wall: no composer, no acts
    demo: bool = False
    state_folder: str = ""  # last view, text being typed, saved layouts; empty: keep nothing
