"""Whether anything may be published at this moment: one person can stop all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.events import Event, PublishingFrozen
from socialroom.domain.log import LogEntry
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock, DeskStore
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import Ledger
from socialroom.locale import N_

_ID: Final = "publishing"


class Publishing:
    """The room's one switch. It is on disk before anybody is told, and outlives the room.

    What is due while it is off is held; switching it on again releases nothing by itself.
    """

    def __init__(self, *, desk: DeskStore, ledger: Ledger, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._desk, self._ledger, self._clock, self._emit = desk, ledger, clock, emit
        self._stopped = desk.load(PublishingFrozen).get(_ID)

    @property
    def stopped(self) -> PublishingFrozen | None:
        """Who stopped it, when and why; None while it goes on."""
        return self._stopped

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.FreezePublishing: self._freeze}

    def _freeze(self, command: r.FreezePublishing, operator: Operator) -> r.Done:
        if command.on == (self._stopped is not None):
            return r.Done()
        now, name = self._clock.now(), operator.name
        said = PublishingFrozen(on=command.on, by=name, at=now, reason=clean_line(command.reason, 300).strip())
        act = "publishing frozen" if command.on else "publishing goes on"
        self._desk.commit(
            put=[(_ID, said)] if command.on else [],
            drop=[] if command.on else [(_ID, PublishingFrozen)],
            log=LogEntry(act=act, actor=name, at=now, subject=_ID),
        )
        before, self._stopped = self._stopped, said if command.on else None
        self._emit(said)
        what = Message(template=N_("all publishing stopped") if command.on else N_("publishing goes on"))
        back = r.FreezePublishing(on=not command.on, reason=before.reason if before else "")
        return r.Done(step=self._ledger.offer_undo(name, what, json.dumps([msgspec.to_builtins(back)])))
