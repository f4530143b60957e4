"""The tables [[approval]] of room.toml: which sends others must approve first."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Sequence
from typing import Annotated

import msgspec

from socialroom.config.reading import Document
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.errors import ConfigError
from socialroom.domain.operator import Role
from socialroom.domain.query import parse
from socialroom.domain.specs import Settings
from socialroom.domain.text import clean_line
from socialroom.locale import N_


class ApprovalTable(Settings, frozen=True):
    """The table [[approval]]; the first whose conditions all hold decides."""

    name: str = ""
    roles: tuple[Role, ...] = ()
    accounts: tuple[str, ...] = ()  # names of sources
    networks: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    words: str = ""  # a query that the text must match
    new_posts: bool = False  # only what answers nobody
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1


def approval_rules(
    document: Document, *, accounts: Collection[str], networks: Collection[str], audiences: Collection[str]
) -> tuple[ApprovalRule, ...]:
    """The rules in their order.

    Raises:
        ConfigError: an account, network or audience that the room does not have, or a query that cannot be read.
    """
    found: list[ApprovalRule] = []
    for i, table in enumerate(document.tables.get("approval", ())):
        path = ("approval", i)
        read = document.convert(table, ApprovalTable, path)
        _known(document, (*path, "accounts"), read.accounts, accounts, N_("there is no source called {name}"))
        _known(document, (*path, "networks"), read.networks, networks, N_("no source of this room is of {name}"))
        _known(document, (*path, "audiences"), read.audiences, audiences, N_("there is no audience called {name}"))
        try:
            parse(read.words)
        except ConfigError as error:
            raise document.error(
                N_("the words that need approval cannot be read: {reason}"),
                (*path, "words"),
                reason=str(error),
                remedy=N_("socialroom query explain says what a query means."),
            ) from None
        found.append(
            ApprovalRule(
                name=clean_line(read.name, 60).strip(), roles=read.roles, accounts=read.accounts,
                networks=read.networks, audiences=read.audiences, words=read.words, new_posts=read.new_posts,
                count=read.count,
            )
        )  # fmt: skip
    return tuple(found)


def _known(
    document: Document, path: tuple[str | int, ...], given: Sequence[str], known: Collection[str], template: str
) -> None:
    for place, name in enumerate(given):
        if name in known:
            continue
        near = difflib.get_close_matches(name, known, 1)
        raise document.error(
            template,
            (*path, place),
            name=name,
            remedy=N_("Did you mean {near}?") if near else N_("Known here: {known}."),
            near=near[0] if near else "",
            known=", ".join(sorted(known)) or "–",
        )
