"""A query as the rest of the program holds it."""

from __future__ import annotations

from collections.abc import Callable

from socialroom.domain.post import Post
from socialroom.domain.query.explain import explained, wanted_words, written
from socialroom.domain.query.fields import FactsOf, unknown
from socialroom.domain.query.grammar import Parser
from socialroom.domain.query.meaning import Test, anything, compiled
from socialroom.domain.query.read import read
from socialroom.domain.query.tree import Node
from socialroom.locale import _


class Query:
    """A parsed query. `str(query)` is its canonical text; an empty one matches everything."""

    __slots__ = ("_test", "root", "words")

    def __init__(self, root: Node | None) -> None:
        self.root = root
        self._test: Test = compiled(root) if root is not None else anything
        #: The words and phrases that a match may hold (none under NOT): what networks' own searches are asked for.
        self.words: tuple[str, ...] = tuple(dict.fromkeys(wanted_words(root))) if root is not None else ()

    def matches(self, post: Post, facts: FactsOf = unknown) -> bool:
        """Whether the post meets the query; `facts` tells of its author where the query asks."""
        return self._test(read(post), facts)

    def explain(self) -> str:
        """What the query means, as a sentence in the reader's language."""
        return explained(self.root) if self.root is not None else _("every post")

    def __str__(self) -> str:
        return written(self.root) if self.root is not None else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(str(self))


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        QueryError: it is no query; the sentence names the character (counted from 1), what was expected and a remedy.
    """
    return Query(Parser(text).whole())


def compile_query(query: str) -> Callable[[Post], bool]:
    """Parse and hand back the test alone. Raises QueryError."""
    return parse(query).matches
