"""What a room is: values, events, errors, ports. Standard library, msgspec, regex and wcwidth; no asyncio, no I/O."""

from __future__ import annotations
