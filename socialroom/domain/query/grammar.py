"""Text of a query → its tree. What cannot be read is said with the character it begins at."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from wcwidth import wcswidth

from socialroom.domain.errors import ConfigError
from socialroom.domain.query.fields import CHOICES, FIELDS, HOW, value_of
from socialroom.domain.query.folding import WORD, composed, fold, is_edgeless
from socialroom.domain.query.tree import And, Field, Near, Node, Not, Or, Term
from socialroom.domain.text import clean_line
from socialroom.domain.value import Value
from socialroom.locale import N_, _

LONGEST: Final = 20_000  # characters of a query
DEEPEST: Final = 40  # parentheses and NOTs inside each other
FARTHEST: Final = 100  # words of a NEAR
CLOSING: Final = {'"': '"', "“": "”", "«": "»"}
BREAKS: Final = frozenset('()"“”«»')
NEAR: Final = re.compile(r"NEAR(/\d{0,9})?", re.ASCII)
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
_STARRED: Final = re.compile(r"[\w*]+")
_SHOWN: Final = 60  # characters of a long query that are shown around the one that is wrong


class QueryError(ConfigError):
    """A text that is no query. `at` counts characters from 0."""

    def __init__(self, template: str, at: int, remedy: str, **values: str | int) -> None:
        super().__init__(
            template, file="query", line=0, key=_("character {at}").format(at=at + 1), remedy=remedy, **values
        )
        self.at = at


def pointed(query: str, error: QueryError) -> str:
    """Two lines: the query, and below it a sign under the character that is wrong."""
    first = max(0, error.at - _SHOWN // 2)
    before = ("…" if first else "") + clean_line(query[first : error.at]).replace("\t", " ")
    rest = clean_line(query[error.at : first + _SHOWN])
    return f"{before}{rest}{'…' if len(query) > first + _SHOWN else ''}\n{' ' * max(0, wcswidth(before))}^"


class _Token(Value, frozen=True):
    """`kind` is "(", ")", "AND", "OR", "NOT", "NEAR", "word", "phrase", "field" or "end"; `at` counts from 0."""

    kind: str
    at: int
    text: str = ""
    field: str = ""
    exact: bool = False


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
        elif character in "()":
            yield _Token(kind=character, at=at)
            at += 1
        elif character in CLOSING:
            phrase, end = _quoted(text, at)
            yield _Token(kind="phrase", at=at, text=phrase)
            at = end
        elif character == "=" and text[at + 1 : at + 2] in CLOSING:
            phrase, end = _quoted(text, at + 1)
            yield _Token(kind="phrase", at=at, text=phrase, exact=True)
            at = end
        elif character in BREAKS:
            raise QueryError(
                N_("a quotation mark closes here, but none was opened"),
                at,
                N_('Put the phrase between two signs ".'),
            )
        else:
            end = at
            while end < len(text) and not text[end].isspace() and text[end] not in BREAKS:
                end += 1
            token, at = _bare(text, at, end)
            yield token
    yield _Token(kind="end", at=len(text))


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The phrase that opens at `at`, and where the text goes on."""
    end = text.find(CLOSING[text[at]], at + 1)
    if end < 0:
        raise QueryError(
            N_("the phrase that opens here does not end; {sign} was expected"),
            at,
            N_("Close it with {sign}."),
            sign=CLOSING[text[at]],
        )
    return " ".join(text[at + 1 : end].replace('"', " ").split()), end + 1


def _bare(text: str, at: int, end: int) -> tuple[_Token, int]:
    """A word, an operator or a field with its value (which may be quoted), and where the text goes on."""
    word = text[at:end]
    if word in _OPERATORS:
        return _Token(kind=word, at=at), end
    if NEAR.fullmatch(word):
        return _Token(kind="NEAR", at=at, text=word.partition("/")[2]), end
    if word.startswith("="):
        return _Token(kind="word", at=at, text=word.lstrip("="), exact=True), end
    name, colon, value = word.partition(":")
    if not colon or not (name.isascii() and name.isalpha()):
        return _Token(kind="word", at=at, text=word), end
    field = name.lower()
    if field not in FIELDS:
        raise QueryError(
            N_("there is no field {name}"),
            at,
            N_('The fields are {fields}. Put the words between signs " if they are meant as words.'),
            name=name,
            fields=" ".join(f"{f}:" for f in FIELDS),
        )
    if not value and end < len(text) and text[end] in CLOSING:
        value, end = _quoted(text, end)
    return _Token(kind="field", at=at, text=value, field=field), end


class Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        """Raises QueryError."""
        if len(text) > LONGEST:
            raise QueryError(
                N_("the query is longer than {longest} characters"), LONGEST, N_("Shorten it."), longest=LONGEST
            )
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0

    def whole(self) -> Node | None:
        """The tree, or None for an empty query. Raises QueryError."""
        if self._next.kind == "end":
            return None
        root = self._any()
        if self._next.kind != "end":  # only ")" ends an expression early
            raise QueryError(
                N_("a ) closes here, but none was opened"), self._next.at, N_("Remove it, or open one with (.")
            )
        return root

    @property
    def _next(self) -> _Token:
        return self._tokens[self._place]

    def _take(self) -> _Token:
        token = self._next
        self._place += 1
        return token

    def _any(self) -> Node:
        items = [self._all()]
        while self._next.kind == "OR":
            self._take()
            items.append(self._all())
        return items[0] if len(items) == 1 else Or(items=tuple(items))

    def _all(self) -> Node:
        items = [self._close()]
        while self._next.kind not in {"OR", ")", "end"}:
            if self._next.kind == "AND":
                self._take()
            items.append(self._close())
        return items[0] if len(items) == 1 else And(items=tuple(items))

    def _close(self) -> Node:
        at, left = self._next.at, self._one()
        if self._next.kind != "NEAR":
            return left
        sign = self._take()
        distance = int(sign.text) if sign.text else 0
        if not 1 <= distance <= FARTHEST:
            raise QueryError(
                N_("NEAR needs the number of words, from 1 to {most}"),
                sign.at,
                N_('Write it as NEAR/5; a word NEAR goes between signs ".'),
                most=FARTHEST,
            )
        behind, right = self._next.at, self._one()
        if self._next.kind == "NEAR":
            raise QueryError(
                N_("NEAR joins two, and here a third begins"),
                self._next.at,
                N_("Write each pair, joined by AND: a NEAR/5 b AND b NEAR/5 c."),
            )
        return Near(left=_ends(left, at), right=_ends(right, behind), distance=distance)

    def _one(self) -> Node:
        token = self._take()
        if token.kind in {"word", "phrase"}:
            return _term(token)
        if token.kind == "field":
            return _field(token)
        if token.kind in {"NOT", "("}:
            return self._inner(token)
        found = {"end": N_("the end")}.get(token.kind, token.kind)
        raise QueryError(
            N_("a word, a phrase, a field or ( was expected, found: {found}"),
            token.at,
            N_('Write what is looked for there; an operator meant as a word goes between signs ".'),
            found=_(found) if token.kind == "end" else found,
        )

    def _inner(self, opening: _Token) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise QueryError(
                N_("conditions are nested too deep here"), opening.at, N_("Use fewer parentheses and NOTs.")
            )
        if opening.kind == "NOT":
            node: Node = Not(item=self._close())
        else:
            node = self._any()
            if self._take().kind != ")":
                raise QueryError(
                    N_("the ( that opens here does not end; ) was expected"), opening.at, N_("Close it with ).")
                )
        self._depth -= 1
        return node


def _ends(node: Node, at: int) -> tuple[Term, ...]:
    """The words on one side of a NEAR."""
    if isinstance(node, Term):
        return (node,)
    if isinstance(node, Or):
        return tuple(dict.fromkeys(term for item in node.items for term in _ends(item, at)))
    raise QueryError(
        N_("NEAR stands between words and phrases only"),
        at,
        N_("Write a word, a phrase, or several joined by OR in parentheses."),
    )


def _term(token: _Token) -> Term:
    text = composed(token.text) if token.exact else fold(token.text)
    words = WORD.findall(text)
    if not words:
        raise QueryError(
            N_("a word needs a letter or a digit, found: {found}"),
            token.at,
            N_("Write a word there, or remove it."),
            found=token.text or '""',
        )
    wild = token.kind == "word" and any("*" in piece for piece in _STARRED.findall(text) if piece.strip("*"))
    if wild:
        words = [re.sub(r"\*+", "*", piece) for piece in _STARRED.findall(text) if piece.strip("*")]
    needle = " ".join(words)
    if not is_edgeless(needle):
        needle = f" {needle} "
    return Term(text=token.text, needle=needle, phrase=token.kind == "phrase", exact=token.exact, wild=wild)


def _field(token: _Token) -> Field:
    written = token.text.strip().lstrip("@") if token.field == "from" else token.text.strip()
    if not written:
        raise QueryError(
            N_("{name}: needs a value"),
            token.at,
            N_("Write it right behind the colon, without a space."),
            name=token.field,
        )
    value = value_of(token.field, written)
    if value is None:
        raise QueryError(
            N_("{name}: does not know {value}"),
            token.at,
            HOW.get(token.field, N_("It knows {choices}.")),
            name=token.field,
            value=written,
            choices=", ".join(CHOICES.get(token.field, ())),
        )
    return Field(name=token.field, value=value)
