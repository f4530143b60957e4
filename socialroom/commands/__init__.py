"""One file a command, where it is more than a line of cli.py."""

from __future__ import annotations
