"""room.toml and its mistakes, paths, secrets."""

from __future__ import annotations
