"""The room without a face."""

from __future__ import annotations
