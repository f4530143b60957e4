"""The query language: parse, explain, compile, match.

    aurelia (panne OR "plus de réseau") NOT from:aurelia lang:fr

Words and phrases meet whole words only, whatever their accents and case; a hashtag or a mention is its word. Between two
conditions AND is meant where nothing stands; AND binds tighter than OR. Operators are capitals, so that "or" stays a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from socialroom.domain._patterns import Pattern
from socialroom.domain.errors import ConfigError
from socialroom.domain.post import Post, PostKind
from socialroom.domain.tone import ToneLabel
from socialroom.domain.value import Value
from socialroom.locale import N_, _

FIELDS: Final = ("lang", "network", "from", "tone", "source", "kind")
LONGEST: Final = 20_000  # characters of a query
DEEPEST: Final = 40  # parentheses and NOTs inside each other
UNSCORED: Final = "unscored"
_CHOICES: Final = {
    "tone": (*(label.value for label in ToneLabel), UNSCORED),
    "kind": tuple(kind.value for kind in PostKind),
}
_CLOSING: Final = {'"': '"', "“": "”", "«": "»"}
_BREAKS: Final = frozenset('()"“”«»')
_WORD: Final = re.compile(r"\w+")
# Scripts that write words without edges between them: there a word is looked for anywhere.
_EDGELESS: Final = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u9fff"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)
_UNDECOMPOSED: Final = {"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h"}
_FEW: Final = 12  # alternatives that are cheaper to look at than to look up
_MARKS: Final = Pattern(r"\p{Mn}+")

Test = Callable[[Post, str], bool]


class Term(Value, frozen=True, tag=True):
    """A word or phrase; `text` as written, `needle` folded between word edges."""

    text: str
    needle: str
    phrase: bool = False


class Field(Value, frozen=True, tag=True):
    """A condition on a field of the post."""

    name: str
    value: str


class Not(Value, frozen=True, tag=True):
    """Anything but that."""

    item: Node


class And(Value, frozen=True, tag=True):
    """All of these."""

    items: tuple[Node, ...]


class Or(Value, frozen=True, tag=True):
    """Any of these."""

    items: tuple[Node, ...]


Node = Term | Field | Not | And | Or


def fold(text: str) -> str:
    """The text without case and accents."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    for letter, letters in _UNDECOMPOSED.items():
        if letter in plain:
            plain = plain.replace(letter, letters)
    return plain if plain.isascii() else _MARKS.sub("", plain)


def searchable(post: Post) -> str:
    """All words of a post, folded, each between spaces: what words and phrases are looked for in."""
    known = _read.get(id(post))
    if known is not None and known[0] is post:
        return known[1]
    parts: list[str] = [post.text, post.title, post.warning]
    for media in post.media:
        parts += [media.alt or "", media.title or ""]
    # A line break between the parts keeps a phrase from running from one into the next.
    words = "\n".join(f" {' '.join(_WORD.findall(fold(part)))} " for part in parts if part)
    if len(_read) >= 512:
        _read.clear()
    _read[id(post)] = post, words
    return words


# The last posts that were read: the room's counters, its rules and each kind of terminal ask about the same one.
_read: Final[dict[int, tuple[Post, str]]] = {}


class Query:
    """A parsed query. `str(query)` is its canonical text; an empty one matches everything."""

    __slots__ = ("_test", "root", "words")

    def __init__(self, root: Node | None) -> None:
        self.root = root
        self._test: Test = _compiled(root) if root is not None else _anything
        #: The words and phrases that a match may hold (none under NOT): what networks' own searches are asked for.
        self.words: tuple[str, ...] = tuple(dict.fromkeys(_wanted(root, wanted=True))) if root is not None else ()

    def matches(self, post: Post) -> bool:
        """Whether the post meets the query."""
        return self._test(post, searchable(post))

    def matches_words(self, post: Post, words: str) -> bool:
        """The same, for a post whose `searchable` text is at hand."""
        return self._test(post, words)

    def explain(self) -> str:
        """What the query means, as a sentence in the reader's language."""
        return _explained(self.root) if self.root is not None else _("every post")

    def __str__(self) -> str:
        return _written(self.root) if self.root is not None else ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Query) and self.root == other.root

    def __hash__(self) -> int:
        return hash(str(self))


class Matcher:
    """Holds many queries against one post, reading its text once.

    An alternative that needs a word is looked at only when the first word of one of its terms is there: hundreds of
    watched words cost no more than the few that a post holds. A few are looked at as they are.
    """

    def __init__(self, queries: Mapping[str, Query]) -> None:
        self._names = tuple(queries)
        self._always: list[tuple[int, Test]] = []
        self._by_word: dict[str, list[tuple[int, Test]]] = {}
        nodes = [(number, node) for number, query in enumerate(queries.values()) for node in _alternatives(query.root)]
        self._few = tuple(queries.items()) if len(nodes) <= _FEW else ()
        for number, node in nodes:
            test = _compiled(node) if node is not None else _anything
            needed = _needed(node) if node is not None else None
            if needed is None:
                self._always.append((number, test))
            for word in needed or ():
                self._by_word.setdefault(word, []).append((number, test))

    def match(self, post: Post) -> tuple[str, ...]:
        """Names of the queries that the post meets, in the given order."""
        words = searchable(post)
        if self._few:
            return tuple([name for name, query in self._few if query.matches_words(post, words)])
        found = {number for number, test in self._always if test(post, words)}
        for word in self._by_word.keys() & words.split():
            for number, test in self._by_word[word]:
                if number not in found and test(post, words):
                    found.add(number)
        return tuple(self._names[number] for number in sorted(found))


def parse(text: str) -> Query:
    """Reads a query.

    Raises:
        ConfigError: it is no query; the sentence names the character (counted from 1), what was expected and a remedy.
    """
    return Query(_Parser(text).whole())


def compile_query(query: str) -> Callable[[Post], bool]:
    """Parse and hand back the test alone. Raises ConfigError."""
    return parse(query).matches


class _Token(Value, frozen=True):
    """`kind` is "(", ")", "AND", "OR", "NOT", "word", "phrase", "field" or "end"; `at` counts characters from 0."""

    kind: str
    at: int
    text: str = ""
    field: str = ""


def _wrong(template: str, at: int, remedy: str, **values: str | int) -> ConfigError:
    return ConfigError(
        template, file="query", line=0, key=_("character {at}").format(at=at + 1), remedy=remedy, **values
    )


def _tokens(text: str) -> Iterator[_Token]:
    at = 0
    while at < len(text):
        character = text[at]
        if character.isspace():
            at += 1
        elif character in "()":
            yield _Token(kind=character, at=at)
            at += 1
        elif character in _CLOSING:
            phrase, end = _quoted(text, at)
            yield _Token(kind="phrase", at=at, text=phrase)
            at = end
        elif character in _BREAKS:
            raise _wrong(
                N_("a quotation mark closes here, but none was opened"),
                at,
                N_('Put the phrase between two signs ".'),
            )
        else:
            end = at
            while end < len(text) and not text[end].isspace() and text[end] not in _BREAKS:
                end += 1
            token, at = _bare(text, at, end)
            yield token
    yield _Token(kind="end", at=len(text))


def _quoted(text: str, at: int) -> tuple[str, int]:
    """The phrase that opens at `at`, and where the text goes on."""
    end = text.find(_CLOSING[text[at]], at + 1)
    if end < 0:
        raise _wrong(
            N_("the phrase that opens here does not end; {sign} was expected"),
            at,
            N_("Close it with {sign}."),
            sign=_CLOSING[text[at]],
        )
    return " ".join(text[at + 1 : end].replace('"', " ").split()), end + 1


def _bare(text: str, at: int, end: int) -> tuple[_Token, int]:
    """A word, an operator or a field with its value (which may be quoted), and where the text goes on."""
    word = text[at:end]
    if word in {"AND", "OR", "NOT"}:
        return _Token(kind=word, at=at), end
    name, colon, value = word.partition(":")
    if not colon or not (name.isascii() and name.isalpha()):
        return _Token(kind="word", at=at, text=word), end
    field = name.lower()
    if field not in FIELDS:
        raise _wrong(
            N_("there is no field {name}"),
            at,
            N_('The fields are {fields}. Put the words between signs " if they are meant as words.'),
            name=name,
            fields=" ".join(f"{f}:" for f in FIELDS),
        )
    if not value and end < len(text) and text[end] in _CLOSING:
        value, end = _quoted(text, end)
    return _Token(kind="field", at=at, text=value, field=field), end


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise _wrong(
                N_("the query is longer than {longest} characters"), LONGEST, N_("Shorten it."), longest=LONGEST
            )
        self._tokens = list(_tokens(text))
        self._place = 0
        self._depth = 0

    def whole(self) -> Node | None:
        """The tree, or None for an empty query."""
        if self._next.kind == "end":
            return None
        root = self._any()
        if self._next.kind != "end":  # only ")" ends an expression early
            raise _wrong(
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
        items = [self._one()]
        while self._next.kind not in {"OR", ")", "end"}:
            if self._next.kind == "AND":
                self._take()
            items.append(self._one())
        return items[0] if len(items) == 1 else And(items=tuple(items))

    def _one(self) -> Node:
        token = self._take()
        if token.kind in {"word", "phrase"}:
            return _term(token)
        if token.kind == "field":
            return _field(token)
        if token.kind in {"NOT", "("}:
            return self._inner(token)
        found = {"end": N_("the end")}.get(token.kind, token.kind)
        raise _wrong(
            N_("a word, a phrase, a field or ( was expected, found: {found}"),
            token.at,
            N_('Write what is looked for there; an operator meant as a word goes between signs ".'),
            found=_(found) if token.kind == "end" else found,
        )

    def _inner(self, opening: _Token) -> Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong(N_("conditions are nested too deep here"), opening.at, N_("Use fewer parentheses and NOTs."))
        if opening.kind == "NOT":
            node: Node = Not(item=self._one())
        else:
            node = self._any()
            if self._take().kind != ")":
                raise _wrong(
                    N_("the ( that opens here does not end; ) was expected"), opening.at, N_("Close it with ).")
                )
        self._depth -= 1
        return node


def _term(token: _Token) -> Term:
    words = _WORD.findall(fold(token.text))
    if not words:
        raise _wrong(
            N_("a word needs a letter or a digit, found: {found}"),
            token.at,
            N_("Write a word there, or remove it."),
            found=token.text or '""',
        )
    needle = " ".join(words)
    edgeless = any(first <= letter <= last for letter in needle for first, last in _EDGELESS)
    return Term(text=token.text, needle=needle if edgeless else f" {needle} ", phrase=token.kind == "phrase")


def _field(token: _Token) -> Field:
    value = token.text.strip().lstrip("@") if token.field == "from" else token.text.strip()
    if not value:
        raise _wrong(
            N_("{name}: needs a value"),
            token.at,
            N_("Write it right behind the colon, without a space."),
            name=token.field,
        )
    choices = _CHOICES.get(token.field)
    if choices is None:
        return Field(name=token.field, value=value)
    if value.lower() not in choices:
        raise _wrong(
            N_("{name}: does not know {value}"),
            token.at,
            N_("It knows {choices}."),
            name=token.field,
            value=value,
            choices=", ".join(choices),
        )
    return Field(name=token.field, value=value.lower())


def _compiled(node: Node) -> Test:
    match node:
        case Term(needle=needle):
            return lambda _post, words: needle in words
        case Field(name=name, value=value):
            return _field_test(name, value)
        case Not(item=item):
            inner = _compiled(item)
            return lambda post, words: not inner(post, words)
        case And(items=items):
            tests = tuple(_compiled(i) for i in items)
            return lambda post, words: all(test(post, words) for test in tests)
        case Or(items=items):
            tests = tuple(_compiled(i) for i in items)
            return lambda post, words: any(test(post, words) for test in tests)


def _field_test(name: str, value: str) -> Test:
    wanted = fold(value)
    match name:
        case "lang":
            return lambda post, _words: _language(post) == wanted.split("-")[0]
        case "network":
            return lambda post, _words: fold(post.network) == wanted
        case "source":
            return lambda post, _words: fold(post.source) == wanted
        case "kind":
            return lambda post, _words: post.kind.value == wanted
        case "tone":
            return lambda post, _words: _tone(post) == wanted
        case _:
            return lambda post, _words: wanted in _names(post)


def _language(post: Post) -> str:
    code = post.language.code if post.language else post.claimed_language or "und"
    return code.lower().split("-")[0]


def _tone(post: Post) -> str:
    return post.tone.label.value if post.tone and post.tone.label else UNSCORED


def _names(post: Post) -> tuple[str, ...]:
    """What an author may be called: whole handle, handle without its host, name."""
    if post.author is None:
        return ()
    handle = fold(post.author.handle).lstrip("@")
    local = handle.split("@")[0] if "@" in handle else handle.split(".")[0]
    return (handle, local, fold(post.author.name), fold(post.author.id))


def _anything(_post: Post, _words: str) -> bool:
    return True


def _alternatives(node: Node | None) -> tuple[Node | None, ...]:
    """Nodes of which one is enough."""
    return node.items if isinstance(node, Or) else (node,)


def _needed(node: Node) -> frozenset[str] | None:
    """Words of which a match holds at least one; None where it may hold none."""
    match node:
        case Term(needle=needle):
            # Inside a script without edges a word is a part of longer ones.
            return frozenset(needle.split()[:1]) if needle.startswith(" ") else None
        case And(items=items):
            found = [needed for item in items if (needed := _needed(item)) is not None]
            return min(found, key=len, default=None)
        case Or(items=items):
            every = [_needed(item) for item in items]
            known = [needed for needed in every if needed is not None]
            return frozenset().union(*known) if len(known) == len(every) else None
        case Not() | Field():
            return None


def _wanted(node: Node, *, wanted: bool) -> Iterator[str]:
    match node:
        case Term(text=text):
            if wanted:
                yield text
        case Not(item=item):
            yield from _wanted(item, wanted=not wanted)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from _wanted(item, wanted=wanted)
        case Field():
            return


def _written(node: Node, *, inside: bool = False) -> str:
    written = ""
    match node:
        case Term(text=text, phrase=phrase):
            return f'"{text}"' if phrase else text
        case Field(name=name, value=value):
            bare = not any(ch.isspace() or ch in _BREAKS for ch in value)
            return f"{name}:{value}" if bare else f'{name}:"{value}"'
        case Not(item=item):
            return f"NOT {_written(item, inside=True)}"
        case And(items=items):
            written = " AND ".join(_written(i, inside=True) for i in items)
        case Or(items=items):
            written = " OR ".join(_written(i, inside=True) for i in items)
    return f"({written})" if inside else written


def _explained(node: Node, *, inside: bool = False) -> str:
    said = ""
    match node:
        case Term(text=text, phrase=True):
            return _("the phrase “{text}”").format(text=text)
        case Term(text=text):
            return _("the word “{text}”").format(text=text)
        case Field(name=name, value=value):
            return _(_FIELD_MEANS[name]).format(value=value)
        case Not(item=item):
            return _("not {condition}").format(condition=_explained(item, inside=True))
        case And(items=items):
            said = _(" and ").join(_explained(i, inside=True) for i in items)
        case Or(items=items):
            said = _(" or ").join(_explained(i, inside=True) for i in items)
    return f"({said})" if inside else said


_FIELD_MEANS: Final = {
    "lang": N_("language {value}"),
    "network": N_("network {value}"),
    "from": N_("written by {value}"),
    "tone": N_("tone {value}"),
    "source": N_("source {value}"),
    "kind": N_("kind {value}"),
}
