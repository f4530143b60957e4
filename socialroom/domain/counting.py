"""How each network counts a text."""

from __future__ import annotations

from socialroom.domain.value import Value


class CountRule(Value, frozen=True):
    """Which counter, and the limits it is held against."""

    counter: str = "graphemes"  # graphemes, mastodon, bluesky, code points, utf-16, bytes
    limit: int = 500
    byte_limit: int | None = None
    url_cost: int | None = None  # what one http(s) URL counts, where the network says so


class Count(Value, frozen=True):
    """A text measured: `used` of `limit`, in the counter's unit; `over` when the network would refuse it."""

    used: int
    limit: int
    over: bool
    unit: str = "graphemes"
