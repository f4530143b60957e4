"""What the desk knows, in memory as on disk: nothing changes here, and nobody is told, before it is on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.events import CaseChanged, DraftChanged, DraftGone, Event, OutboxChanged
from socialroom.domain.ports import Clock, DeskStore, LogEntry
from socialroom.domain.value import Value

Kept = Draft | Case | OutboxItem

# Neither posted nor on its way: the draft may be queued again.
WITHOUT_A_POST = frozenset({OutboxState.CANCELLED, OutboxState.REJECTED})


class Ledger:
    """Drafts, cases and sends by id. The desk and the outbox share one, so that one act is one record of the store."""

    def __init__(self, store: DeskStore, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._store, self._clock, self._emit = store, clock, emit
        self._drafts = store.load(Draft)
        self._cases = store.load(Case)
        self._items = store.load(OutboxItem)

    @property
    def drafts(self) -> Mapping[str, Draft]:
        """Drafts by id."""
        return MappingProxyType(self._drafts)

    @property
    def cases(self) -> Mapping[str, Case]:
        """Cases by conversation."""
        return MappingProxyType(self._cases)

    @property
    def items(self) -> Mapping[str, OutboxItem]:
        """Sends by id, settled ones too."""
        return MappingProxyType(self._items)

    def case(self, conversation: str) -> Case:
        """The case of a conversation; a blank one when nobody did anything about it yet."""
        return self._cases.get(conversation) or Case(id=conversation)

    def send_of(self, draft: str) -> OutboxItem | None:
        """The send that a draft became, unless it was taken back or refused."""
        return next((i for i in self._items.values() if i.draft == draft and i.state not in WITHOUT_A_POST), None)

    def commit(
        self,
        act: str | None,
        actor: str,
        subject: str,
        *,
        put: Sequence[Kept] = (),
        drop: Sequence[Draft] = (),
        fields: Mapping[str, str] | None = None,
    ) -> None:
        """One act: on disk first, then in memory, then told to everybody.

        Args:
            act: its word in the log; None writes no line there (a draft that grows by a few letters).
            actor: an operator's name, or "room".
            subject: id of what it is about.
            put: values, whole.
            drop: drafts that are no more.
            fields: ids, states and hashes for the log; never a text.

        Raises:
            StoreError: the disk refused; nothing changed and nobody was told.
        """
        entry = None
        if act is not None:
            entry = LogEntry(act=act, actor=actor, at=self._clock.now(), subject=subject, fields=dict(fields or {}))
        puts: list[tuple[str, Value]] = [(value.id, value) for value in put]
        self._store.commit(put=puts, drop=[(draft.id, Draft) for draft in drop], log=entry)
        for draft in drop:
            self._drafts.pop(draft.id, None)
        for value in put:
            self._remember(value)
        for draft in drop:
            self._emit(DraftGone(draft=draft.id))
        for value in put:
            self._emit(_changed(value))

    def say(self, item: OutboxItem) -> None:
        """Shows something about a send that is true and not on disk: why it waits, or that the disk refuses."""
        self._items[item.id] = item
        self._emit(OutboxChanged(item=item))

    def _remember(self, value: Kept) -> None:
        match value:
            case Draft():
                self._drafts[value.id] = value
            case Case():
                self._cases[value.id] = value
            case OutboxItem():
                self._items[value.id] = value


def _changed(value: Kept) -> Event:
    match value:
        case Draft():
            return DraftChanged(draft=value)
        case Case():
            return CaseChanged(case=value)
        case OutboxItem():
            return OutboxChanged(item=value)
