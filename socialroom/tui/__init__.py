"""The only code that knows Textual. It holds a Room and domain values."""

from __future__ import annotations
