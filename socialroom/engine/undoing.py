"""Takes acts back: from what the desk remembers of each, and only while nothing has changed what it changed."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

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
from socialroom.engine.ledger import Kept, Ledger, difference
from socialroom.locale import N_, ngettext

_KINDS: Final[Mapping[str, type[Kept]]] = {k.__name__: k for k in (Draft, Case, OutboxItem, Note, Person)}
# What changes by itself does not stand in the way of an undo: a lease that ran on, a message that came, a new hash.
_BY_THEMSELVES: Final = frozenset(
    {"updated_at", "claimed_until", "changed_at", "version", "asked_at", "asked_in", "seen_at", "read_by"}
)
_AGES: Final = frozenset({"updated_at", "claimed_until", "changed_at", "seen_at", "read_by"})  # add nothing to a value
_TAKEN_BACK: Final = frozenset({
    OutboxState.COUNTDOWN, OutboxState.SCHEDULED, OutboxState.HELD, OutboxState.AWAITING_APPROVAL,
    OutboxState.CANCELLED,  # somebody did already
})  # fmt: skip
_ANOTHER: Final = N_("Choose another act to take back.")
_TITLES: Final = 3  # that stand for those of a group
_Key = tuple[str, str]  # a kind and an id


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
            back = self._back(steps)
            found.append(
                r.UndoOffer(
                    step=steps[0].id,
                    at=steps[0].at,
                    what=_what(steps),
                    will=_will(steps, back),
                    problem=back.obstacle.problem() if back.obstacle is not None and not back.steps else None,
                )
            )
        return r.UndoOffers(offers=tuple(found))

    def _open(self, name: str) -> list[list[Step]]:
        """Steps that are not undone, the latest first, those of a group together."""
        groups: dict[str, list[Step]] = {}
        for step in sorted(self._ledger.steps.values(), key=lambda s: s.at):
            if step.operator == name and not step.undone:
                groups.setdefault(step.group or step.id, []).append(step)
        by_time = sorted(groups.values(), key=lambda steps: steps[-1].at)
        return [list(reversed(steps)) for steps in reversed(by_time)]

    async def _undo(self, command: r.UndoStep, operator: Operator) -> r.Done:
        """Takes back what can be taken back of a group, and says what cannot. Raises Conflict when nothing can."""
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
        back = self._back(steps)
        if back.obstacle is not None and not back.steps:
            raise back.obstacle
        for step in back.steps:
            if step.send and self._ledger.items[step.send].state is not OutboxState.CANCELLED:
                await self._cancel(step.send, operator.name)
            with self._ledger.taking_back():
                for one in _commands(step):
                    await self._act(one, operator)
        return self._put_back(steps, operator)

    def _put_back(self, steps: list[Step], operator: Operator) -> r.Done:
        """The values as they are now, after all that had to be waited for: one record."""
        back = self._back(steps)
        put = [value for value in back.values.values() if value is not None]
        drop = [now for key, value in back.values.items() if value is None and (now := self._at(key)) is not None]
        # Those that cannot be taken back are done with as well: they must not hide what was done before them.
        undone: list[Kept] = [step.changed(undone=True) for step in steps]
        self._ledger.commit(
            "undone", operator.name, steps[0].id, put=[*put, *undone], drop=drop,
            fields={"steps": ",".join(s.id for s in back.steps)},
        )  # fmt: skip
        text = str(_what(steps))
        if left := len(steps) - len(back.steps):
            said = ngettext(
                "{what} ({n} of them was changed since and stays)",
                "{what} ({n} of them were changed since and stay)",
                left,
            )
            text = said.format(what=text, n=left)
        return r.Done(text=text)

    def _back(self, steps: list[Step]) -> _Back:
        """What taking these back, the latest first, would make of the desk: each sees what the ones after it left."""
        back = _Back()
        for step in steps:
            obstacle = self._obstacle(step, back)
            if obstacle is not None:
                back.obstacle = back.obstacle or obstacle
                continue
            back.steps.append(step)
            for change in step.changes:
                back.values[change.kind, change.id] = _before(change, self._now(change, back))
        return back

    def _now(self, change: Change, back: _Back) -> Kept | None:
        key = (change.kind, change.id)
        return back.values[key] if key in back.values else self._at(key)

    def _at(self, key: _Key) -> Kept | None:
        kind = _KINDS.get(key[0])
        return self._ledger.all(kind).get(key[1]) if kind else None  # type: ignore[type-var]

    def _obstacle(self, step: Step, back: _Back) -> RoomError | None:
        """Why a step cannot be taken back any more."""
        if step.send:
            item = self._ledger.items.get(step.send)
            if item is None or item.state not in _TAKEN_BACK:
                return Conflict(N_("too late: it is on its way, or it was sent"), remedy=_ANOTHER)
            return None
        for change in step.changes:
            now = self._now(change, back)
            if (now is None) != (not change.after) or (now is not None and _moved(change, now)):
                return Conflict(N_("it was changed since, so it cannot be undone"), remedy=_ANOTHER)
        return None


class _Back:
    """What taking steps back comes to: which of them can be, the values then (None: gone), and what is in the way."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.values: dict[_Key, Kept | None] = {}
        self.obstacle: RoomError | None = None


def _will(steps: list[Step], back: _Back) -> Message:
    """What undoing does."""
    if any(step.send for step in back.steps):
        return Message(template=N_("Nothing is sent; the text is a draft again."))
    if len(back.steps) < len(steps):
        return Message(
            template=N_("{n} of {all} are as they were before; the others were changed since."),
            values={"n": len(back.steps), "all": len(steps)},
        )
    if len(steps) > 1:
        return Message(template=N_("All {n} are as they were before."), values={"n": len(steps)})
    return Message(template=N_("It is as it was before."))


def _what(steps: list[Step]) -> Message:
    """What a group did: the same to several, or so many acts, and the first of them."""
    first = steps[-1].what
    if len(steps) == 1:
        return first
    titles = [str(step.what.values.get("title", "")) for step in reversed(steps)]
    if all(titles) and len({step.what.template for step in steps}) == 1:
        several = f"{', '.join(titles[:_TITLES])}{' …' if len(titles) > _TITLES else ''} ({len(titles)})"
        return Message(template=first.template, values=first.values | {"title": several})
    template = ngettext("{n} act: {first}", "{n} acts, the first: {first}", len(steps))
    return Message(template=template, values={"n": len(steps), "first": str(first)})


def _commands(step: Step) -> list[r.Command]:
    return msgspec.json.decode(step.back, type=list[r.Command]) if step.back else []


def _moved(change: Change, now: Kept) -> bool:
    """Whether what the act left is not what is there now.

    What the act began counts whole: whatever was added since must not go with it.
    """
    after = json.loads(change.after)
    if change.before:
        return any(_as_json(getattr(now, n)) != v for n, v in after.items() if n not in _BY_THEMSELVES)
    whole = json.loads(difference(now, None)[0])
    return any(whole.get(n) != after.get(n) for n in {*whole, *after} - _AGES)


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
