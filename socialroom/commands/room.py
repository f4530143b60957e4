"""How a command talks to the running room: it finds what was named, asks, acts, and prints what came of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from typing import Any, Final, TypeVar

import msgspec

from socialroom.config.paths import Place
from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.draft import OutboxItem
from socialroom.domain.errors import Conflict, Missing
from socialroom.domain.ports import Room
from socialroom.domain.reference import reference
from socialroom.domain.text import clean
from socialroom.locale import N_, _

T = TypeVar("T")
_PAGE: Final = 1000


def ask(place: Place, operator: str, question: Callable[[Room], Awaitable[T]]) -> T:
    """Asks the running room, as this operator. Raises RoomUnreachable when none runs."""
    from socialroom import bootstrap

    found: T = bootstrap.ask(place, question, operator)
    return found


def say(*lines: str) -> None:
    """Prints lines, cleaned: whatever stands in them came from somewhere."""
    for line in lines:
        print(clean(line))


def say_json(value: Any) -> None:
    """Prints one JSON document on one line, for scripts. A control sign in it is escaped, as JSON demands."""
    print(json.dumps(msgspec.to_builtins(value), ensure_ascii=True))


async def overview(room: Room) -> r.RoomOverview:
    """Everything but posts."""
    answer = await room.view(r.Overview())
    assert isinstance(answer, r.RoomOverview)
    return answer


async def cases(room: Room, wanted: r.CaseFilter, limit: int | None = None) -> list[Case]:
    """Cases of a filter, page by page."""
    found: list[Case] = []
    while True:
        ask_for = _PAGE if limit is None else min(_PAGE, limit - len(found))
        page = await room.view(r.CasesPage(filter=wanted, limit=ask_for, after=found[-1].id if found else ""))
        assert isinstance(page, r.Cases)
        found += page.cases
        if not page.cases or len(found) >= page.total or (limit is not None and len(found) >= limit):
            return found


async def conversation(room: Room, given: str) -> str:
    """The conversation that somebody named: by reference, by address, or by the address of a post in it.

    Raises:
        Missing: there is none.
        Conflict: several begin so.
    """
    found = [c.id for c in await cases(room, r.CaseFilter(view="all")) if given in (c.id, c.asked_in, reference(c.id))]
    if not found and ":" in given:
        page = await room.view(r.ThreadView(uri=given))
        assert isinstance(page, r.Page)
        found = [p.conversation for p in page.posts if p.uri == given][:1]
    if not found:
        raise Missing(
            N_("there is no case called {name}"), name=given, remedy=N_("socialroom list shows what there is.")
        )
    if len(found) > 1:
        raise Conflict(
            N_("{n} cases are called {name}"), n=len(found), name=given, remedy=N_("Give the whole address.")
        )
    return found[0]


async def item(room: Room, given: str) -> OutboxItem:
    """The send whose id begins so. Raises Missing, Conflict (several do)."""
    found = [i for i in (await overview(room)).outbox if i.id.startswith(given)] if given else []
    if not found:
        raise Missing(
            N_("there is no send called {name}"), name=given, remedy=N_("socialroom outbox shows what there is.")
        )
    if len(found) > 1:
        raise Conflict(N_("{n} sends begin with {name}"), n=len(found), name=given, remedy=N_("Give more of its name."))
    return found[0]


async def each(room: Room, given: Iterable[str]) -> list[str]:
    """Several conversations, each once. Raises as `conversation` does, before anything is done."""
    return list(dict.fromkeys([await conversation(room, name) for name in given]))


async def together(room: Room, commands: list[r.Command]) -> r.Done:
    """One act, or several as one that are undone as one."""
    return await room.act(commands[0] if len(commands) == 1 else r.Together(commands=tuple(commands)))


def done(answer: r.Done, names: list[str], said: str, *, as_json: bool) -> int:
    """Says what was done and what was refused; 1 when anything was."""
    if as_json:
        say_json(answer)
        return 1 if answer.refused else 0
    refused = dict(answer.refused)
    for place, name in enumerate(names):
        problem = refused.get(place)
        say(f"{name}  {said}" if problem is None else f"{name}  {_problem(problem)}")
    return 1 if refused else 0


def _problem(problem: Any) -> str:
    remedy = f" {problem.remedy}" if problem.remedy is not None else ""
    return _("not done: {reason}").format(reason=f"{problem.what}{remedy}")


def table(rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """Columns as wide as their widest text in terminal cells; the last one as it comes."""
    from wcwidth import wcswidth

    whole = [[clean(cell).replace("\n", " ") for cell in row] for row in rows]
    if not whole:
        return
    widths = [max(max(0, wcswidth(row[n])) for row in whole) for n in range(len(whole[0]) - 1)]
    for row in whole:
        fitted = [cell + " " * (width - max(0, wcswidth(cell))) for cell, width in zip(row, widths, strict=False)]
        yield "  ".join([*fitted, row[-1]]).rstrip()
