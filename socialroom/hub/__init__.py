"""The room on the wire: server.py and client.py stand at different heights."""

from __future__ import annotations
