"""Memory and TinyDB behind one port."""

from __future__ import annotations
