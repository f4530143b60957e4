"""What the desk knows, in memory as on disk: nothing changes here, and nobody is told, before it is on disk."""

from __future__ import annotations

import contextlib
import json
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextvars import ContextVar
from types import MappingProxyType
from typing import Any, Final, TypeVar

import msgspec

from socialroom.domain.case import Case
from socialroom.domain.correction import Correction
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import StoreError
from socialroom.domain.events import (
    CaseChanged,
    CaseGone,
    DraftChanged,
    DraftGone,
    Event,
    NoteChanged,
    NoteGone,
    OutboxChanged,
    PersonChanged,
)
from socialroom.domain.log import LogEntry, in_log
from socialroom.domain.note import Note
from socialroom.domain.person import Forgotten, Person
from socialroom.domain.ports import Clock, DeskStore
from socialroom.domain.step import Change, Step
from socialroom.domain.value import Message

Kept = Draft | Case | OutboxItem | Note | Person | Step | Forgotten | Correction
T = TypeVar("T", Draft, Case, OutboxItem, Note, Person, Step, Forgotten, Correction)

_log = logging.getLogger("socialroom.ledger")

# Neither posted nor on its way: the draft may be queued again.
WITHOUT_A_POST = frozenset({OutboxState.CANCELLED, OutboxState.REJECTED})
SETTLED: Final = WITHOUT_A_POST | {OutboxState.SENT}  # nothing happens to it any more by itself
ROOM: Final = "room"  # the actor of what nobody did by hand
_ACTS_KEPT: Final = 200  # of one operator, those done together as one
_STEPS_KEPT: Final = 5_000  # of one operator; the latest act is kept whole
_TAKING_BACK: Final[ContextVar[bool]] = ContextVar("taking back", default=False)
_GROUP: Final[ContextVar[str]] = ContextVar("group", default="")  # of the command that is being done, not of the room


def may_be_there(item: OutboxItem) -> bool:
    """Whether a send waits, is on its way or on the network; or was let go by a person who did not know."""
    return (item.state not in WITHOUT_A_POST and item.gone_at is None) or item.let_go


class Ledger:
    """The desk's values by id. All parts of the desk share one, so that one act is one record of the store.

    Attributes:
        begin: makes the case of a conversation that has none; whoever knows what was said there gives a better one.
    """

    def __init__(self, store: DeskStore, clock: Clock, emit: Callable[[Event], None]) -> None:
        self._store, self._clock, self._emit = store, clock, emit
        self.begin: Callable[[str], Case] = _blank
        self._values: dict[type[Kept], dict[str, Kept]] = {
            kind: dict(store.load(kind))
            for kind in (Draft, Case, OutboxItem, Note, Person, Step, Forgotten, Correction)
        }
        # Sends are kept for good, and what is asked at every key and every post must not look through all of them.
        self._sends_of: dict[str, dict[str, None]] = {}  # ids by the draft that they were
        self._open: dict[str, OutboxItem] = {}
        for item in self.items.values():
            self._index(item)
        self._acts: dict[str, dict[str, dict[str, None]]] = {}  # ids of steps by their act, oldest first, by operator
        for step in self.steps.values():
            self._acts_of(step).setdefault(step.id, None)

    def all(self, kind: type[T]) -> Mapping[str, T]:
        """Values of a kind by id."""
        found: Mapping[str, T] = MappingProxyType(self._values[kind])  # type: ignore[arg-type]
        return found

    @property
    def drafts(self) -> Mapping[str, Draft]:
        """Drafts by id."""
        return self.all(Draft)

    @property
    def cases(self) -> Mapping[str, Case]:
        """Cases by conversation."""
        return self.all(Case)

    @property
    def items(self) -> Mapping[str, OutboxItem]:
        """Sends by id, settled ones too."""
        return self.all(OutboxItem)

    @property
    def open_items(self) -> Mapping[str, OutboxItem]:
        """Sends by id that are not settled: what waits, is held, is on its way, or of unknown outcome."""
        return MappingProxyType(self._open)

    @property
    def notes(self) -> Mapping[str, Note]:
        """Notes by id."""
        return self.all(Note)

    @property
    def people(self) -> Mapping[str, Person]:
        """Person cards by id."""
        return self.all(Person)

    @property
    def steps(self) -> Mapping[str, Step]:
        """What can be undone, by id, oldest first."""
        return self.all(Step)

    def case(self, conversation: str) -> Case:
        """The case of a conversation; the one that it would be when nobody did anything about it yet."""
        return self.cases.get(conversation) or self.begin(conversation)

    def send_of(self, draft: str) -> OutboxItem | None:
        """The send that a draft became (of a thread its first part), unless it was taken back or refused."""
        ids = self._sends_of.get(draft, ())
        found = (i for i in map(self.items.__getitem__, ids) if i.state not in WITHOUT_A_POST)
        return min(found, key=lambda i: i.part, default=None)

    def step_of_send(self, item_id: str, name: str) -> str:
        """The id of an operator's latest step that takes this send back; empty when there is none."""
        found = [s.id for s in self.steps.values() if s.send == item_id and s.operator == name]
        return found[-1] if found else ""

    @contextlib.contextmanager
    def together(self) -> Iterator[str]:
        """Acts in this block are undone as one; gives their group."""
        token = _GROUP.set(uuid.uuid4().hex)
        try:
            yield _GROUP.get()
        finally:
            _GROUP.reset(token)

    @contextlib.contextmanager
    def taking_back(self) -> Iterator[None]:
        """Acts in this block undo another: they are no acts to undo themselves, or undo would go to and fro."""
        token = _TAKING_BACK.set(True)
        try:
            yield
        finally:
            _TAKING_BACK.reset(token)

    def commit(  # noqa: PLR0913 - each is named
        self,
        act: str | None,
        actor: str,
        subject: str,
        *,
        put: Sequence[Kept] = (),
        drop: Sequence[Kept] = (),
        fields: Mapping[str, str] | None = None,
        undo: Message | None = None,
        send: str = "",
        undoes: Sequence[Kept] | None = None,
    ) -> str:
        """One act: on disk first, then in memory, then told to everybody.

        Args:
            act: its word in the log; None writes no line there (a draft that grows by a few letters).
            actor: an operator's name, or "room".
            subject: id of what it is about.
            put: values, whole.
            drop: values that are no more.
            fields: ids, states and hashes for the log; never a text. Addresses are named as `in_log` does.
            undo: what was done, in words: then its operator can take it back.
            send: the outbox item that is taken back then, instead of the values.
            undoes: of the values those that undoing puts back; None is all.

        Returns:
            The id of the step that undoes it; empty without `undo`.

        Raises:
            StoreError: the disk refused; nothing changed and nobody was told.
        """
        now = self._clock.now()
        entry = None
        if act is not None:
            named = {k: in_log(v) for k, v in (fields or {}).items()}
            entry = LogEntry(act=act, actor=actor, at=now, subject=in_log(subject), fields=named)
        step = None
        if undo is not None and not _TAKING_BACK.get():
            changes = () if send else self._changes(put if undoes is None else undoes, drop)
            step = Step(
                id=uuid.uuid4().hex, operator=actor, at=now, what=undo, changes=changes, send=send, group=_GROUP.get()
            )
        return self._write(
            entry, [*put, *([step] if step else [])], [*drop, *(self._old_steps(step) if step else ())], step
        )

    def offer_undo(self, actor: str, what: Message, back: str) -> str:
        """Remembers how to undo an act of another part of the room: `back` is JSON of commands.

        The act is done by then: where the disk refuses this, it is not undone, and the answer is empty.
        """
        if _TAKING_BACK.get():
            return ""
        step = Step(id=uuid.uuid4().hex, operator=actor, at=self._clock.now(), what=what, back=back, group=_GROUP.get())
        try:
            return self._write(None, [step], self._old_steps(step), step)
        except StoreError as error:
            _log.error("an act can not be undone: %s", error)
            return ""

    def _write(self, entry: LogEntry | None, put: Sequence[Kept], drop: Sequence[Kept], step: Step | None) -> str:
        self._store.commit(put=[(v.id, v) for v in put], drop=[(v.id, type(v)) for v in drop], log=entry)
        for value in drop:
            self._values[type(value)].pop(value.id, None)
            if isinstance(value, OutboxItem):
                self._open.pop(value.id, None)
                self._sends_of.get(value.draft, {}).pop(value.id, None)
            elif isinstance(value, Step):
                self._drop_step(value)
        for value in put:
            self._values[type(value)][value.id] = value
            if isinstance(value, OutboxItem):
                self._index(value)
            elif isinstance(value, Step):
                self._acts_of(value)[value.id] = None
        for event in (*map(_gone, drop), *map(_changed, put)):
            if event is not None:
                self._emit(event)
        return step.id if step else ""

    def _index(self, item: OutboxItem) -> None:
        self._sends_of.setdefault(item.draft, {})[item.id] = None
        if item.state in SETTLED:
            self._open.pop(item.id, None)
        else:
            self._open[item.id] = item

    def _changes(self, put: Sequence[Kept], drop: Sequence[Kept]) -> tuple[Change, ...]:
        found: list[Change] = []
        for value in put:
            before, after = difference(self._values[type(value)].get(value.id), value)
            found.append(Change(kind=type(value).__name__, id=value.id, before=before, after=after))
        for value in drop:
            before, after = difference(value, None)
            found.append(Change(kind=type(value).__name__, id=value.id, before=before, after=after))
        return tuple(found)

    def _acts_of(self, step: Step) -> dict[str, None]:
        """The steps of the act that this one belongs to."""
        return self._acts.setdefault(step.operator, {}).setdefault(step.group or step.id, {})

    def _drop_step(self, step: Step) -> None:
        acts = self._acts.get(step.operator, {})
        act = acts.get(step.group or step.id, {})
        act.pop(step.id, None)
        if not act:
            acts.pop(step.group or step.id, None)

    def _old_steps(self, step: Step) -> list[Step]:
        """The steps that go when this one comes: whole acts, the oldest first; half an act is none to undo."""
        acts, act = self._acts.get(step.operator, {}), step.group or step.id
        count, steps = len({*acts, act}), sum(map(len, acts.values())) + 1
        found: list[Step] = []
        for oldest, ids in acts.items():
            if oldest == act or (count <= _ACTS_KEPT and steps <= _STEPS_KEPT):
                break
            found += [self.steps[id_] for id_ in ids]
            count, steps = count - 1, steps - len(ids)
        return found

    def say(self, item: OutboxItem) -> None:
        """Shows something about a send that is true and not on disk: why it waits, or that the disk refuses."""
        self._values[OutboxItem][item.id] = item
        self._index(item)
        self._emit(OutboxChanged(item=item))


def _blank(conversation: str) -> Case:
    return Case(id=conversation)


def difference(before: Kept | None, after: Kept | None) -> tuple[str, str]:
    """The fields of a value that are not the same, as two JSON objects; empty where there is no value."""
    if before is None or after is None:
        return _json(before), _json(after)
    # A send's state always counts: what was done to one that waited is not taken back from one that goes.
    always = {"state"} if isinstance(after, OutboxItem) else set[str]()
    names = [n for n in before.__struct_fields__ if n in always or getattr(before, n) != getattr(after, n)]
    old, new = ({n: getattr(value, n) for n in names} for value in (before, after))
    return _json(old), _json(new)


def _json(value: Kept | dict[str, Any] | None) -> str:
    if value is None:
        return ""
    try:
        return msgspec.json.encode(value).decode()
    except UnicodeEncodeError:  # a lone surrogate was typed
        return json.dumps(msgspec.to_builtins(value))


def _gone(value: Kept) -> Event | None:
    match value:
        case Draft():
            return DraftGone(draft=value.id)
        case Note():
            return NoteGone(note=value.id)
        case Case():
            return CaseGone(case=value.id)
        case Person():
            return PersonChanged(person=value.id)
        case OutboxItem() | Step() | Forgotten() | Correction():
            return None


def _changed(value: Kept) -> Event | None:
    match value:
        case Draft():
            return DraftChanged(draft=value)
        case Case():
            return CaseChanged(case=value)
        case OutboxItem():
            return OutboxChanged(item=value)
        case Note():
            return NoteChanged(note=value)
        case Person():
            return PersonChanged(person=value.id)
        case Step() | Forgotten() | Correction():
            return None
