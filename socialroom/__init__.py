"""socialroom: the console of a brand's social room."""

from __future__ import annotations

__version__ = "0.1.0"
