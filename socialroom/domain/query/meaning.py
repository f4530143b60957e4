"""What a query's tree means for a post: a test for each node."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence

from socialroom.domain.query.fields import FactsOf, test_of
from socialroom.domain.query.folding import WORD, fold
from socialroom.domain.query.read import Read
from socialroom.domain.query.tree import And, Field, Near, Node, Not, Or, Term

Test = Callable[[Read, FactsOf], bool]
WordTest = Callable[[str], bool]


def anything(_read: Read, _facts: FactsOf) -> bool:
    """What an empty query asks."""
    return True


def compiled(node: Node) -> Test:
    """The test of a node."""
    match node:
        case Term():
            return _term(node)
        case Field(name=name, value=value):
            test = test_of(name, value)
            return lambda read, facts: test(read.post, facts)
        case Near():
            return _near(node)
        case Not(item=item):
            inner = compiled(item)
            return lambda read, facts: not inner(read, facts)
        case And(items=items):
            # Words are cheaper to look for than anything else, and what comes first is asked first.
            tests = tuple(compiled(i) for i in sorted(items, key=lambda i: not isinstance(i, Term)))
            return lambda read, facts: all(test(read, facts) for test in tests)
        case Or(items=items):
            tests = tuple(compiled(i) for i in items)
            return lambda read, facts: any(test(read, facts) for test in tests)


def folded_words(term: Term) -> str:
    """The needle of an exact term without case and accents: it is there too wherever the term is."""
    words = " ".join(WORD.findall(fold(term.needle)))
    return f" {words} " if words and term.needle.startswith(" ") else words


def _term(term: Term) -> Test:
    needle = term.needle
    if term.wild:
        return _wild(term)
    if term.exact:
        folded = folded_words(term)
        return lambda read, _facts: folded in read.words and needle in read.exact
    return lambda read, _facts: needle in read.words


def _wild(term: Term) -> Test:
    pieces, exact = term.needle.split(), term.exact
    if len(pieces) == 1 and term.needle.startswith(" ") and not exact:
        stem = pieces[0].strip("*")
        if "*" not in stem and not pieces[0].startswith("*"):
            return lambda read, _facts: f" {stem}" in read.words
    tests = _pieces(term)

    def test(read: Read, _facts: FactsOf) -> bool:
        return any(_spans(line.split(), tests) for line in (read.exact if exact else read.words).split("\n"))

    return test


def _near(near: Near) -> Test:
    left, right = ([(term.exact, _pieces(term)) for term in side] for side in (near.left, near.right))
    distance = near.distance

    def test(read: Read, _facts: FactsOf) -> bool:
        # Exact words may be cut elsewhere than folded ones; each pair is held against lines cut one way.
        for a_exact, a in left:
            for b_exact, b in right:
                words = read.exact if a_exact or b_exact else read.words
                folds = words is read.exact
                for line in words.split("\n"):
                    tokens = line.split()
                    plain = [fold(token) for token in tokens] if folds else tokens
                    first = _spans(tokens if a_exact else plain, a)
                    if first and _are_near(first, _spans(tokens if b_exact else plain, b), distance):
                        return True
        return False

    return test


def _are_near(first: Sequence[tuple[int, int]], second: Sequence[tuple[int, int]], distance: int) -> bool:
    """Whether one of each are at most so far apart; both are in the order of the text, and none in another of its kind."""
    starts, ends = [start for start, _ in second], [end for _, end in second]
    for start, end in first:
        after = bisect_right(starts, end)
        if after < len(starts) and starts[after] - end <= distance:
            return True
        before = bisect_left(ends, start)
        if before and start - ends[before - 1] <= distance:
            return True
    return False


def _spans(tokens: Sequence[str], tests: Sequence[WordTest]) -> list[tuple[int, int]]:
    """Where a phrase stands: numbers of its first and its last word."""
    first, length = tests[0], len(tests)
    return [
        (place, place + length - 1)
        for place, token in enumerate(tokens)
        if first(token)
        and place + length <= len(tokens)
        and all(test(tokens[place + n]) for n, test in enumerate(tests[1:], 1))
    ]


def _pieces(term: Term) -> tuple[WordTest, ...]:
    whole = term.needle.startswith(" ")
    return tuple(_piece(piece, whole=whole) for piece in term.needle.split())


def _piece(piece: str, *, whole: bool) -> WordTest:
    """The test of one word; what is not whole may be a part of a longer one. Its time is linear in the word's length."""
    if "*" not in piece:
        return piece.__eq__ if whole else lambda word: piece in word
    start, *middle, end = piece.split("*")
    if not whole:
        start, middle, end = "", [start, *middle, end], ""

    def test(word: str) -> bool:
        if len(word) < len(start) + len(end) or not word.startswith(start) or not word.endswith(end):
            return False
        at, last = len(start), len(word) - len(end)
        for part in middle:
            at = word.find(part, at, last)
            if at < 0:
                return False
            at += len(part)
        return True

    return test
