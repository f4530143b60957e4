"""The file of topics: names, terms, and examples that are held against the terms when it is read."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from socialroom.config.reading import Document
from socialroom.domain.errors import ConfigError
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import Query, parse
from socialroom.domain.specs import Settings
from socialroom.domain.text import SafeText, clean, clean_line
from socialroom.domain.topic import Topic
from socialroom.locale import N_

MOST: Final = 500
_EPOCH: Final = datetime.fromtimestamp(0, UTC)


class _Topic(Settings, frozen=True):
    """The table [[topic]]."""

    name: str
    terms: str
    examples: tuple[str, ...] = ()


def read_topics(document: Document) -> tuple[Topic, ...]:
    """The topics of a document, in their order.

    Raises:
        ConfigError: with file, line, key and the fix; an example that its own terms do not meet is one.
    """
    for name, value in document.tables.items():
        if name != "topic":
            raise document.error(
                N_("there is no such table"), (name,), remedy=N_("Known here: {known}."), known="[[topic]]"
            )
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise document.error(
                N_("{name} is not written as a table"),
                (name,),
                name=name,
                remedy=N_("Write [[{name}]] above each entry."),
            )
    tables = document.tables.get("topic", [])
    if len(tables) > MOST:
        raise document.error(
            N_("there are more than {most} topics"), ("topic", MOST), most=MOST, remedy=N_("Write fewer.")
        )
    found: dict[str, Topic] = {}
    for i, table in enumerate(tables):
        read = document.convert(table, _Topic, ("topic", i))
        name = SafeText(clean_line(read.name, 60).strip())
        if not name:
            raise document.error(
                N_("the name is empty"), ("topic", i, "name"), remedy=N_('Write it in quotes: name = "…"')
            )
        if name.casefold() in found:
            raise document.error(
                N_("two topics are called {name}"),
                ("topic", i, "name"),
                name=name,
                remedy=N_("Give each its own name."),
            )
        query = _terms(document, i, name, read.terms)
        for place, example in enumerate(read.examples):
            if not query.matches(_said(example)):
                raise document.error(
                    N_("the terms of {name} do not meet their example “{example}”"),
                    ("topic", i, "examples", place),
                    name=name,
                    example=clean_line(example, 100),
                    remedy=N_("Change the terms or the example; they are: {terms}"),
                    terms=clean_line(read.terms, 200),
                )
        found[name.casefold()] = Topic(name=name, terms=read.terms, examples=read.examples)
    return tuple(found.values())


def _terms(document: Document, number: int, name: str, terms: str) -> Query:
    path = ("topic", number, "terms")
    try:
        query = parse(terms)
    except ConfigError as error:
        raise document.error(
            N_("the terms of {name} cannot be read: {reason}"),
            path,
            name=name,
            reason=str(error),
            remedy=N_("socialroom query explain says what a query means."),
        ) from None
    if query.root is None:
        raise document.error(
            N_("the terms of {name} are empty"), path, name=name, remedy=N_('Write words: terms = "panne OR outage"')
        )
    return query


def _said(text: str) -> Post:
    """A post that says so, of which nothing else is known."""
    return Post(
        uri="example", id="", network="", source="", kind=PostKind.POST, text=clean(text),
        created_at=_EPOCH, first_seen_at=_EPOCH,
    )  # fmt: skip
