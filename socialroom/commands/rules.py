"""`socialroom rules test FILE`: what rules would do to what the running room has heard."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from socialroom.commands.room import ask, say, say_json, table
from socialroom.config.case_rules import read_rules
from socialroom.config.paths import Place
from socialroom.config.reading import Document
from socialroom.domain import requests as r
from socialroom.domain.ports import Room
from socialroom.locale import ngettext, number


def test(options: argparse.Namespace, place: Place) -> int:
    """Shows each message that a rule would match, and how many. Raises ConfigError, RoomUnreachable."""
    file = Path(options.file).expanduser()
    document = Document.read(file)
    read_rules(document)  # most mistakes need no room to be found

    async def question(room: Room) -> r.RulesTried:
        answer = await room.view(r.TryRules(text=document.text, file=str(file), limit=options.limit))
        assert isinstance(answer, r.RulesTried)
        return answer

    tried = ask(place, options.as_name or "", question)
    if options.json:
        say_json(tried)
    else:
        say(*_lines(tried))
    return 0


def _lines(tried: r.RulesTried) -> Iterator[str]:
    for hit in tried.hits:
        yield f"{hit.rule}: {', '.join(str(did) for did in hit.did)}"
        yield f"  {hit.who}: {hit.line}"
    yield from table((rule, number(count)) for rule, count in tried.counts.items())
    matched = len(tried.hits)
    yield ngettext("{n} of {all} messages would be matched", "{n} of {all} messages would be matched", matched).format(
        n=number(matched), all=number(tried.posts)
    )
