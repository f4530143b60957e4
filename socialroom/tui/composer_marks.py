"""What a network, and everybody, will read in a text: painted in it, and said where it is not what it looks like."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from socialroom.domain import placeholders
from socialroom.domain.draft import Draft
from socialroom.domain.entities import EntityKind, entities
from socialroom.domain.leaks import Leak
from socialroom.domain.post import Post
from socialroom.domain.sendable import leaking
from socialroom.domain.source import Account
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.draft_area import Mark
from socialroom.tui.speaking import network_name

_INKS: Final = {EntityKind.LINK: "primary", EntityKind.MENTION: "claimed", EntityKind.TAG: "answered"}
_AT: Final = re.compile(r"(?<![\w.@/])@\w(?:[\w.-]*\w)?")


def marks(draft: Draft, account: Account | None, parent: Post | None, public: Sequence[str]) -> list[Mark]:
    """Links, mentions and tags as the network reads them; places to fill in and what must not be public, loud."""
    loud = [Mark(p.start, p.end, "alert-amber", loud=True) for p in placeholders.unfilled(draft.text)]
    loud += [Mark(leak.start, leak.end, "alert-red", loud=True) for leak in leaking(draft, parent, public)]
    found = [Mark(e.start, e.end, _INKS[e.kind]) for e in entities(draft.text, account.count)] if account else []
    return [*found, *loud]


def not_a_mention(text: str, account: Account | None) -> str:
    """A name after an @ that the network will show as plain text; empty when there is none."""
    if account is None or "@" not in text:
        return ""
    read = [(e.start, e.end) for e in entities(text, account.count)]
    for found in _AT.finditer(text):
        if not any(start <= found.start() < end for start, end in read):
            said = _("{name} will be plain text on {network}, no mention")
            return said.format(name=clean_line(found[0], 60), network=network_name(account.network))
    return ""


def line_of(text: str, leak: Leak) -> int:
    """In which line of the text it stands, from 1."""
    return text.count("\n", 0, leak.start) + 1
