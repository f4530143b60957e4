"""Many queries held against one post at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from socialroom.domain.post import Post
from socialroom.domain.query.fields import FactsOf, unknown
from socialroom.domain.query.meaning import Test, anything, compiled, folded_words
from socialroom.domain.query.query import Query
from socialroom.domain.query.read import read
from socialroom.domain.query.tree import And, Field, Near, Node, Not, Or, Term

_FEW: Final = 12  # alternatives that are cheaper to look at than to look up
_START: Final = 6  # letters of the start of a word with * by which it is found


class _Key(NamedTuple):
    """What a post must hold: a word, the start of a word, or (in a script without edges) a letter."""

    kind: str
    text: str


class Matcher:
    """Holds many queries against one post, reading its text once.

    What the words of a post do not lead to is never looked at: each alternative that needs a word is kept under one that
    few others need, and where the word is all it asks, being there is the answer. So hundreds of queries cost no more
    than the few that a post is about.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._names = tuple(queries)
        self._always: list[tuple[int, Test]] = []
        self._sure: dict[str, list[int]] = {}
        self._tests: dict[_Key, list[tuple[int, Test]]] = {}
        self._words: dict[str, list[tuple[int, Test]]] = {}
        nodes = [(number, node) for number, query in enumerate(queries.values()) for node in _alternatives(query.root)]
        self._few = tuple(queries.items()) if len(nodes) <= _FEW else ()
        choosing = _Choosing(node for _, node in nodes)
        for number, node in nodes:
            if _is_one_word(node):
                self._sure.setdefault(node.needle.strip(), []).append(number)  # type: ignore[union-attr]
                continue
            test = compiled(node) if node is not None else anything
            needed = choosing.needed(node) if node is not None else None
            if needed is None:
                self._always.append((number, test))
            for key in needed or ():
                if key.kind == "word":
                    self._words.setdefault(key.text, []).append((number, test))
                else:
                    self._tests.setdefault(key, []).append((number, test))
        self._starts = sorted({len(key.text) for key in self._tests if key.kind == "start"})
        self._letters = frozenset(key.text for key in self._tests if key.kind == "letter")

    def match(self, post: Post, facts: FactsOf = unknown) -> tuple[str, ...]:
        """Names of the queries that the post meets, in the given order."""
        if self._few:
            return tuple([name for name, query in self._few if query.matches(post, facts)])
        seen = read(post)
        found = {number for number, test in self._always if test(seen, facts)}
        words = set(seen.words.split())
        for word in self._sure.keys() & words:
            found.update(self._sure[word])
        looked = [self._words[word] for word in self._words.keys() & words]
        if self._starts:
            starts = {word[:length] for word in words for length in self._starts}
            looked += [self._tests[key] for start in starts if (key := _Key("start", start)) in self._tests]
        if self._letters and not seen.words.isascii():
            looked += [self._tests[_Key("letter", letter)] for letter in self._letters.intersection(seen.words)]
        for tests in looked:
            for number, test in tests:
                if number not in found and test(seen, facts):
                    found.add(number)
        return tuple([self._names[number] for number in sorted(found)])


def _alternatives(node: Node | None) -> tuple[Node | None, ...]:
    """Nodes of which one is enough."""
    return node.items if isinstance(node, Or) else (node,)


def _is_one_word(node: Node | None) -> bool:
    """Whether a word of the post answers it alone."""
    return (
        isinstance(node, Term)
        and not (node.exact or node.wild)
        and node.needle.startswith(" ")
        and " " not in node.needle.strip()
    )


class _Choosing:
    """Chooses by which words each alternative is found: those that few of the queries ask for, so not by the brand's."""

    def __init__(self, nodes: Iterable[Node | None]) -> None:
        self._asked = Counter(key for node in nodes if node is not None for key in _keys_in(node))

    def needed(self, node: Node) -> frozenset[_Key] | None:
        """Of what a match holds at least one; None where it may hold none."""
        match node:
            case Term():
                return self._best([frozenset({key}) for key in _keys(node)])
            case Near(left=left, right=right):
                # What stands near an exact word is looked for in the exact text, which may be cut elsewhere.
                if any(term.exact for term in (*left, *right)):
                    return None
                return self._best([self._any_of([self.needed(term) for term in side]) for side in (left, right)])
            case And(items=items):
                return self._best([self.needed(item) for item in items])
            case Or(items=items):
                return self._any_of([self.needed(item) for item in items])
            case Not() | Field():
                return None

    def _best(self, choices: Sequence[frozenset[_Key] | None]) -> frozenset[_Key] | None:
        return min((keys for keys in choices if keys is not None), key=self._cost, default=None)

    def _cost(self, keys: frozenset[_Key]) -> tuple[int, int]:
        return sum(self._asked[key] for key in keys), -min(len(key.text) for key in keys)

    def _any_of(self, choices: Sequence[frozenset[_Key] | None]) -> frozenset[_Key] | None:
        known = [keys for keys in choices if keys is not None]
        return frozenset[_Key]().union(*known) if len(known) == len(choices) else None


def _keys_in(node: Node) -> Iterator[_Key]:
    match node:
        case Term():
            yield from _keys(node)
        case Near(left=left, right=right):
            for term in (*left, *right):
                yield from _keys(term)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _keys_in(item)
        case Not() | Field():
            return


def _keys(term: Term) -> list[_Key]:
    """What a post that holds the term holds, each."""
    if not term.needle.startswith(" "):
        # Inside a script without edges a word is a part of longer ones.
        letter = next((letter for letter in term.needle if not letter.isascii()), "")
        return [_Key("letter", letter)] if letter and not (term.exact or term.wild) else []
    if not term.wild:
        return [_Key("word", word) for word in (folded_words(term) if term.exact else term.needle).split()]
    if term.exact:
        return []
    return [
        _Key("start", start[:_START]) if "*" in piece else _Key("word", piece)
        for piece in term.needle.split()
        if (start := piece.partition("*")[0])
    ]
