"""The answer of a list that is typed elsewhere."""

from __future__ import annotations

from socialroom.domain.value import Value


class Free(Value, frozen=True):
    """The value of such an answer. Who types at once, instead of choosing, has begun it."""

    begun: str = ""
