"""Saved filters of cases: the tables [[filter]] of room.toml."""

from __future__ import annotations

from typing import Literal

from socialroom.config.reading import Document
from socialroom.domain.errors import ConfigError
from socialroom.domain.query import parse
from socialroom.domain.requests import CaseFilter
from socialroom.domain.specs import Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_

View = Literal[
    "open", "unassigned", "mine", "approval", "overdue", "snoozed", "escalated", "handed over", "done", "all"
]  # those of `domain.case_filter.VIEWS`


class FilterTable(Settings, frozen=True):
    """The table [[filter]]: a view, and what narrows it."""

    name: str
    view: View = "open"
    network: str = ""
    audience: str = ""
    country: str = ""
    language: str = ""
    tag: str = ""
    assigned_to: str = ""
    words: str = ""  # a query that a message of the conversation must match


def case_filters(document: Document) -> tuple[CaseFilter, ...]:
    """The saved filters. Raises ConfigError, naming the line."""
    found: list[CaseFilter] = []
    for place, table in enumerate(document.tables.get("filter", ())):
        path = ("filter", place)
        read = document.convert(table, FilterTable, path)
        name = clean_line(read.name, 60).strip()
        if not name:
            raise document.error(N_("the name is empty"), (*path, "name"), remedy=N_('Write it in quotes: name = "…"'))
        if any(f.name.casefold() == name.casefold() for f in found):
            raise document.error(
                N_("two filters are called {name}"), (*path, "name"), name=name, remedy=N_("Give each its own name.")
            )
        try:
            parse(read.words)
        except ConfigError as error:
            raise document.error(
                N_("the words of filter {name} cannot be read: {reason}"),
                (*path, "words"),
                name=name,
                reason=str(error),
                remedy=N_("socialroom query explain says what a query means."),
            ) from None
        found.append(
            CaseFilter(
                name=name,
                view=read.view,
                network=read.network,
                audience=read.audience,
                country=read.country,
                language=read.language,
                tag=read.tag.strip().removeprefix("#"),
                assigned_to=read.assigned_to,
                words=read.words,
            )
        )
    return tuple(found)
