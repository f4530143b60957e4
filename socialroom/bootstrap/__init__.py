"""The one place that wires settings → adapters → room → front end; each role imports what it needs, late."""

from __future__ import annotations

from socialroom.bootstrap.attaching import (
    Starting,
    ask,
    connector_to,
    end,
    remote_room,
    room_answers,
    start_room,
    stop_room,
)
from socialroom.bootstrap.building import build_room, secrets_of
from socialroom.bootstrap.hosting import run_hub, use_language
from socialroom.bootstrap.places import quick_place, require_file
from socialroom.bootstrap.terminals import run_terminal

__all__ = [
    "Starting",
    "ask",
    "build_room",
    "connector_to",
    "end",
    "quick_place",
    "remote_room",
    "require_file",
    "room_answers",
    "run_hub",
    "run_terminal",
    "secrets_of",
    "start_room",
    "stop_room",
    "use_language",
]
