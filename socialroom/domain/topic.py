"""What a room talks about: named terms, and examples that they must meet. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from socialroom.domain.post import Post
from socialroom.domain.query import FactsOf, Matcher, parse, unknown
from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


class Topic(Value, frozen=True):
    """One topic."""

    name: SafeText
    terms: str  # a query of `domain.query`
    examples: tuple[str, ...] = ()  # texts that the terms meet


class Topics:
    """Names the topics of posts.

    Args:
        topics: raises QueryError when the terms of one cannot be read.
        facts: what the room knows of a post's author.
    """

    def __init__(self, topics: Sequence[Topic] = (), facts: FactsOf = unknown) -> None:
        self._matcher, self._facts = Matcher({topic.name: parse(topic.terms) for topic in topics}), facts

    def of(self, post: Post) -> tuple[str, ...]:
        """Their names, in the order of the file. What we say ourselves is of no topic."""
        return () if post.by_us else self._matcher.match(post, self._facts)
