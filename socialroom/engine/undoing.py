"""Takes acts back: from what the desk remembers of each, and only while nothing has changed what it changed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, Missing, NotAllowed, RoomError
from socialroom.domain.note import Note
from socialroom.domain.operator import Operator
from socialroom.domain.person import Person
from socialroom.domain.step import Change, Step
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import Kept, Ledger
from socialroom.locale import N_, ngettext

_KINDS: Final[Mapping[str, type[Kept]]] = {k.__name__: k for k in (Draft, Case, OutboxItem, Note, Person)}
# What changes by itself does not stand in the way of an undo: a lease that ran on, a message that came, a new hash.
_BY_THEMSELVES: Final = frozenset(
    {"updated_at", "claimed_until", "changed_at", "version", "asked_at", "asked_in", "seen_at", "read_by"}
)
_TAKEN_BACK: Final = frozenset(
    {OutboxState.COUNTDOWN, OutboxState.SCHEDULED, OutboxState.HELD, OutboxState.AWAITING_APPROVAL}
)


class Undoing:
    """Undo for every act of the desk.

    Args:
        ledger: remembers the steps.
        cancel: takes a send back before the wire: its item's id, and by whom.
        act: does a command for an operator, for acts whose undoing is another act.
    """

    def __init__(
        self,
        ledger: Ledger,
        cancel: Callable[[str, str], Awaitable[object]],
        act: Callable[[r.Command, Operator], Awaitable[r.Done]],
    ) -> None:
        self._ledger, self._cancel, self._act = ledger, cancel, act

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.UndoStep: self._undo}

    def offers(self, operator: Operator, limit: int) -> r.UndoOffers:
        """What this operator can take back, the latest first; acts done together are one offer."""
        found: list[r.UndoOffer] = []
        for steps in self._open(operator.name):
            if len(found) >= limit:
                break
            problem: RoomError | None = None
            for step in steps:
                problem = problem or self._obstacle(step)
            found.append(
                r.UndoOffer(
                    step=steps[0].id,
                    at=steps[0].at,
                    what=_what(steps),
                    will=self._will(steps),
                    problem=problem.problem() if problem else None,
                )
            )
        return r.UndoOffers(offers=tuple(found))

    def _open(self, name: str) -> list[list[Step]]:
        """Steps that are not undone, the latest first, those of a group together."""
        groups: dict[str, list[Step]] = {}
        for step in self._ledger.steps.values():
            if step.operator == name and not step.undone:
                groups.setdefault(step.group or step.id, []).append(step)
        return [list(reversed(steps)) for steps in reversed(groups.values())]

    async def _undo(self, command: r.UndoStep, operator: Operator) -> r.Done:
        groups = self._open(operator.name)
        if command.step:
            known = self._ledger.steps.get(command.step)
            if known is not None and known.operator != operator.name:
                raise NotAllowed(N_("this is {who}'s act to take back"), who=known.operator)
            if known is not None and known.undone:
                return r.Done(text=str(known.what))  # the same command again
            groups = [g for g in groups if any(s.id == command.step for s in g)]
        if not groups:
            raise Missing(N_("there is nothing to undo"))
        steps = groups[0]
        for step in steps:
            obstacle = self._obstacle(step)
            if obstacle is not None:
                raise obstacle
        await self._take_back(steps, operator)
        return r.Done(text=str(_what(steps)))

    async def _take_back(self, steps: list[Step], operator: Operator) -> None:
        put: dict[tuple[str, str], Kept] = {}
        drop: dict[tuple[str, str], Kept] = {}
        for step in steps:
            if step.send:
                await self._cancel(step.send, operator.name)
            with self._ledger.taking_back():
                for command in _commands(step):
                    await self._act(command, operator)
            for change in step.changes:
                now = put.get((change.kind, change.id)) or self._value(change)
                was = _before(change, now)
                if was is not None:
                    put[change.kind, change.id] = was
                    drop.pop((change.kind, change.id), None)
                elif now is not None:
                    drop[change.kind, change.id] = now
                    put.pop((change.kind, change.id), None)
        undone: list[Kept] = [step.changed(undone=True) for step in steps]
        self._ledger.commit(
            "undone", operator.name, steps[0].id, put=[*put.values(), *undone], drop=list(drop.values()),
            fields={"steps": ",".join(s.id for s in steps)},
        )  # fmt: skip

    def _value(self, change: Change) -> Kept | None:
        kind = _KINDS.get(change.kind)
        return self._ledger.all(kind).get(change.id) if kind else None  # type: ignore[type-var]

    def _obstacle(self, step: Step) -> RoomError | None:
        """Why a step cannot be taken back any more."""
        if step.send:
            item = self._ledger.items.get(step.send)
            if item is None or item.state not in _TAKEN_BACK:
                return Conflict(N_("too late: it is on its way, or it was sent"))
            return None
        for change in step.changes:
            now = self._value(change)
            if (now is None) != (not change.after):
                return Conflict(N_("it was changed since, so it cannot be undone"))
            if now is None or not change.before:
                if change.before == "" and now is not None and _moved(json.loads(change.after), now):
                    return Conflict(N_("it was changed since, so it cannot be undone"))
                continue
            if _moved(json.loads(change.after), now):
                return Conflict(N_("it was changed since, so it cannot be undone"))
        return None

    def _will(self, steps: list[Step]) -> Message:
        if any(step.send for step in steps):
            return Message(template=N_("Nothing is sent; the text is a draft again."))
        return Message(template=N_("It is as it was before."))


def _what(steps: list[Step]) -> Message:
    """A group says how many, and the first of them."""
    if len(steps) == 1:
        return steps[0].what
    template = ngettext("{n} act: {first}", "{n} acts, the first: {first}", len(steps))
    return Message(template=template, values={"n": len(steps), "first": str(steps[-1].what)})


def _commands(step: Step) -> list[r.Command]:
    return msgspec.json.decode(step.back, type=list[r.Command]) if step.back else []


def _moved(after: dict[str, Any], now: Kept) -> bool:
    """Whether what the act left is not what is there now."""
    return any(
        _as_json(getattr(now, name)) != value for name, value in after.items() if name not in _BY_THEMSELVES
    )


def _as_json(value: object) -> object:
    """As it comes back from JSON: there a tuple is a list."""
    return json.loads(json.dumps(msgspec.to_builtins(value)))


def _before(change: Change, now: Kept | None) -> Kept | None:
    """The value as it was, with what changed by itself meanwhile."""
    if not change.before:
        return None
    before = json.loads(change.before)
    kind = _KINDS[change.kind]
    if now is None:
        return msgspec.convert(before, kind)
    kept = msgspec.to_builtins(now)
    return msgspec.convert(kept | before, kind)
