"""Ways to customer care."""

from __future__ import annotations
