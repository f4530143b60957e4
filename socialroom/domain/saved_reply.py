"""Saved replies: texts of the playbook that an operator inserts, with places to fill in."""

from __future__ import annotations

from socialroom.domain.draft import Afterwards
from socialroom.domain.value import Value


class SavedReply(Value, frozen=True):
    """One text in one language. It is ours; `{name}`, `{ticket}`, `{country}`, `{agent}` are filled where it is inserted."""

    name: str  # what `::name` inserts
    text: str
    title: str = ""
    language: str = ""
    tags: tuple[str, ...] = ()  # what it is about, to find it by
    networks: tuple[str, ...] = ()  # where it may be used; empty: everywhere
    afterwards: Afterwards | None = None
    file: str = ""
