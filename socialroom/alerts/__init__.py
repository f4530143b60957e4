"""One pure rule per file; a rule takes a window and needs no clock."""

from __future__ import annotations
