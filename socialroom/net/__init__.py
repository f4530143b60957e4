"""The only code that opens sockets to networks."""

from __future__ import annotations
