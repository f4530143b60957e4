"""Language and tone, batch in, batch out."""

from __future__ import annotations
