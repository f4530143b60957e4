"""A query in words: its canonical text, what it means in the reader's language, what networks are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from socialroom.domain.query.fields import UNKNOWN
from socialroom.domain.query.grammar import BREAKS
from socialroom.domain.query.tree import And, Field, Near, Node, Not, Or, Term
from socialroom.domain.stance import NO_STANCE, STANCES
from socialroom.locale import N_, _, ngettext, number

_FIELD_MEANS: Final = {
    "lang": N_("language {value}"),
    "network": N_("network {value}"),
    "from": N_("written by {value}"),
    "tone": N_("tone {value}"),
    "source": N_("source {value}"),
    "kind": N_("kind {value}"),
    "stance": N_("stance {value}"),
    "audience": N_("audience {value}"),
    "country": N_("country {value}"),
    "topic": N_("topic {value}"),
}
_REACH_MEANS: Final = {
    ">": N_("more than {value} followers"),
    ">=": N_("at least {value} followers"),
    "<": N_("fewer than {value} followers"),
    "<=": N_("at most {value} followers"),
    "=": N_("exactly {value} followers"),
}
_IS_MEANS: Final = {
    "private": N_("said in private"),
    "ours": N_("written by us"),
    "edited": N_("edited since it was written"),
    "repeated": N_("repeated by others"),
    "flood": N_("part of a flood of the same text"),
}


def wanted_words(node: Node, *, wanted: bool = True) -> Iterator[str]:
    """The words and phrases that a match may hold, none under NOT: of a word with * what stands before it."""
    match node:
        case Term(text=text, wild=wild):
            if wanted:
                yield text.replace("*", "") if wild else text
        case Near(left=left, right=right):
            for term in (*left, *right):
                yield from wanted_words(term, wanted=wanted)
        case Not(item=item):
            yield from wanted_words(item, wanted=not wanted)
        case And(items=items) | Or(items=items):
            for item in items:
                yield from wanted_words(item, wanted=wanted)
        case Field():
            return


def written(node: Node, *, inside: bool = False) -> str:
    """The canonical text of a tree; read again, it is the same tree."""
    said = ""
    match node:
        case Term(text=text, phrase=phrase, exact=exact):
            return f"{'=' if exact else ''}{_between(text) if phrase else text}"
        case Field(name=name, value=value):
            bare = not any(ch.isspace() or ch in BREAKS for ch in value)
            return f"{name}:{value}" if bare else f"{name}:{_between(value)}"
        case Near(left=left, right=right, distance=distance):
            said = f"{_side(left)} NEAR/{distance} {_side(right)}"
        case Not(item=item):
            return f"NOT {written(item, inside=True)}"
        case And(items=items):
            said = " AND ".join(written(i, inside=True) for i in items)
        case Or(items=items):
            said = " OR ".join(written(i, inside=True) for i in items)
    return f"({said})" if inside else said


def _between(text: str) -> str:
    return f'"{text}"'


def _side(terms: tuple[Term, ...]) -> str:
    return written(terms[0]) if len(terms) == 1 else f"({' OR '.join(written(term) for term in terms)})"


def explained(node: Node, *, inside: bool = False) -> str:
    """What a tree means, as a sentence in the reader's language."""
    said = ""
    match node:
        case Term():
            return _term(node)
        case Field(name=name, value=value):
            return _field(name, value)
        case Near(left=left, right=right, distance=distance):
            said = ngettext(
                "{left} at most {n} word away from {right}", "{left} at most {n} words away from {right}", distance
            ).format(left=_any_of(left), right=_any_of(right), n=number(distance))
        case Not(item=item):
            return _("not {condition}").format(condition=explained(item, inside=True))
        case And(items=items):
            said = _(" and ").join(explained(i, inside=True) for i in items)
        case Or(items=items):
            said = _(" or ").join(explained(i, inside=True) for i in items)
    return f"({said})" if inside else said


def _any_of(terms: tuple[Term, ...]) -> str:
    return _term(terms[0]) if len(terms) == 1 else f"({_(' or ').join(_term(term) for term in terms)})"


def _term(term: Term) -> str:
    if term.phrase:
        template = _("exactly the phrase “{text}”") if term.exact else _("the phrase “{text}”")
    elif term.wild:
        template = (
            _("exactly a word like “{text}” (* is any letters)")
            if term.exact
            else _("a word like “{text}” (* is any letters)")
        )
    else:
        template = _("exactly the word “{text}”") if term.exact else _("the word “{text}”")
    return template.format(text=term.text)


def _field(name: str, value: str) -> str:
    if name == "reach":
        sign = value.rstrip("0123456789")
        return _(_REACH_MEANS[sign]).format(value=number(int(value[len(sign) :])))
    if name == "is":
        return _(_IS_MEANS[value])
    if value == UNKNOWN and name == "audience":
        return _("audience not known")
    if value == UNKNOWN and name == "country":
        return _("country not known")
    if name == "stance":
        return _("no stance") if value == NO_STANCE else _(_FIELD_MEANS[name]).format(value=_(STANCES[value]))
    return _(_FIELD_MEANS[name]).format(value=value)
