"""What a query is made of."""

from __future__ import annotations

from socialroom.domain.value import Value


class Term(Value, frozen=True, tag=True):
    """A word or phrase.

    Attributes:
        text: as written, without its signs.
        needle: what is looked for: between word edges, folded unless `exact`.
        phrase: it was written between quotation marks.
        exact: case and accents count.
        wild: each * of the needle is any letters of the same word.
    """

    text: str
    needle: str
    phrase: bool = False
    exact: bool = False
    wild: bool = False


class Field(Value, frozen=True, tag=True):
    """A condition on what is known of the post."""

    name: str
    value: str


class Near(Value, frozen=True, tag=True):
    """One of `left` and one of `right`, at most `distance` words apart, whichever comes first."""

    left: tuple[Term, ...]
    right: tuple[Term, ...]
    distance: int


class Not(Value, frozen=True, tag=True):
    """Anything but that."""

    item: Node


class And(Value, frozen=True, tag=True):
    """All of these."""

    items: tuple[Node, ...]


class Or(Value, frozen=True, tag=True):
    """Any of these."""

    items: tuple[Node, ...]


Node = Term | Field | Near | Not | And | Or
