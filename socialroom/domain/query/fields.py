"""The fields of a query: which there are, how a value is written, what of a post is compared with it."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from typing import Final

from socialroom.domain.person import Audience
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query.folding import fold
from socialroom.domain.stance import NO_STANCE, STANCES
from socialroom.domain.tone import ToneLabel
from socialroom.domain.value import Value
from socialroom.locale import N_

FIELDS: Final = (
    "lang", "network", "from", "tone", "source", "kind", "stance", "audience", "country", "topic", "reach", "is",
)  # fmt: skip
UNSCORED: Final = "unscored"
UNKNOWN: Final = "unknown"
"""How a query writes that nobody knows the audience or the country."""


class Facts(Value, frozen=True):
    """What the room knows of a post besides what it says."""

    audience: str = ""
    country: str = ""


FactsOf = Callable[[Post], Facts]
"""Asked only by a query that names such a field, after its words were found."""

FieldTest = Callable[[Post, FactsOf], bool]

_NOTHING: Final = Facts()


def unknown(_post: Post) -> Facts:
    """Nothing is known of any post."""
    return _NOTHING


_IS: Final[dict[str, Callable[[Post], bool]]] = {
    "private": lambda post: post.private,
    "ours": lambda post: post.by_us,
    "edited": lambda post: post.edited_at is not None,
    "repeated": lambda post: post.duplicates > 0,
    "flood": lambda post: post.flood,
}
CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "tone": (*(label.value for label in ToneLabel), UNSCORED),
    "kind": tuple(kind.value for kind in PostKind),
    "stance": (*STANCES, NO_STANCE),
    "audience": (*(audience.value for audience in Audience), UNKNOWN),
    "is": tuple(_IS),
}
"""Fields that know a few values only."""
_REACH: Final = re.compile(r"(>=|<=|>|<|=|)\s*(\d{1,12})\s*([km]?)", re.ASCII | re.IGNORECASE)
_TIMES: Final = {"": 1, "k": 1_000, "m": 1_000_000}
_COMPARED: Final[dict[str, Callable[[int, int], bool]]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "=": operator.eq,
}  # fmt: skip
_COUNTRY: Final = re.compile(r"[A-Z]{2}", re.ASCII)


def value_of(name: str, written: str) -> str | None:
    """A field's value in its one form; None where it has no such value. `written` is not empty."""
    if name in CHOICES:
        return written.lower() if written.lower() in CHOICES[name] else None
    if name == "reach":
        found = _REACH.fullmatch(written)
        return None if found is None else f"{found[1] or '>='}{int(found[2]) * _TIMES[found[3].lower()]}"
    if name == "country":
        code = written.upper()
        return UNKNOWN if written.lower() == UNKNOWN else code if _COUNTRY.fullmatch(code) else None
    return written


HOW: Final = {
    "reach": N_("Write a number of followers: reach:>5000, reach:<200 or reach:10k."),
    "country": N_("Write two letters, as country:FR, or country:unknown."),
}
"""What to do where a field that has no list of values cannot be read."""


def test_of(name: str, value: str) -> FieldTest:
    """The condition of a field, ready to be held against posts."""
    if name == "reach":
        return _reach(value)
    if name in {"audience", "country"}:
        wanted = "" if value == UNKNOWN else value
        if name == "audience":
            return lambda post, facts: facts(post).audience == wanted
        return lambda post, facts: facts(post).country == wanted
    plain = _plain_test(name, fold(value))
    return lambda post, _facts: plain(post)


def _plain_test(name: str, wanted: str) -> Callable[[Post], bool]:
    match name:
        case "lang":
            code = wanted.split("-", maxsplit=1)[0]
            return lambda post: _language(post) == code
        case "network":
            return lambda post: fold(post.network) == wanted
        case "source":
            return lambda post: fold(post.source) == wanted
        case "kind":
            return lambda post: post.kind.value == wanted
        case "tone":
            return lambda post: _tone(post) == wanted
        case "stance":
            return lambda post: (post.stance or NO_STANCE) == wanted
        case "topic":
            return lambda post: any(fold(topic) == wanted for topic in post.topics)
        case "is":
            return _IS[wanted]
        case _:
            return lambda post: wanted in _names(post)


def _reach(value: str) -> FieldTest:
    sign = value.rstrip("0123456789")
    compare, bound = _COMPARED[sign], int(value[len(sign) :])

    def test(post: Post, _facts: FactsOf) -> bool:
        author = post.author
        return author is not None and author.followers is not None and compare(author.followers, bound)

    return test


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
