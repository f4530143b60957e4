"""The query language: parse, explain, compile, match."""

from __future__ import annotations

from collections.abc import Callable

from socialroom.domain.post import Post


def compile_query(query: str) -> Callable[[Post], bool]:
    """Placeholder signature."""
    return lambda _post: True
