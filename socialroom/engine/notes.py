"""Notes between operators: about a conversation, about a person, and for whoever comes next."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.note import SHIFT, Note, about_person, mentions_in
from socialroom.domain.operator import Operator
from socialroom.domain.person import Person
from socialroom.domain.ports import Clock
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import Ledger
from socialroom.engine.sight import Sight
from socialroom.locale import N_

LONGEST: Final = 4_000  # signs of a note
_PERSON: Final = about_person("")


class Notes:
    """All notes of a room.

    Args:
        ledger: holds them.
        clock: dates them.
        operators: whom a note can call with "@".
        sight: tells who may read which.
        is_known: whether there is such a conversation.
        person: the card of a person by id or account key, None where there is nobody.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        operators: Sequence[Operator],
        sight: Sight,
        is_known: Callable[[str], bool],
        person: Callable[[str], Person | None],
    ) -> None:
        self._ledger, self._clock, self._sight = ledger, clock, sight
        self._operators, self._is_known, self._person = tuple(operators), is_known, person

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.WriteNote: self._write, r.DeleteNote: self._delete, r.ReadNotes: self._read}

    # --- what is there --------------------------------------------------------------------------------------------

    def of(self, subject: str, operator: Operator) -> tuple[Note, ...]:
        """The notes of a subject that this seat may read, oldest first."""
        found = [n for n in self._ledger.notes.values() if n.subject == subject and self._sight.note(operator, n)]
        return tuple(sorted(found, key=lambda n: n.at))

    def overview(self, operator: Operator) -> tuple[Note, ...]:
        """Those that call this operator and are unread, and those of open cases, oldest first."""
        cases = self._ledger.cases

        def counts(note: Note) -> bool:
            case = cases.get(note.subject)
            calls = operator.name in note.mentions and operator.name not in note.read_by
            return calls or (case is not None and case.is_open)

        found = [n for n in self._ledger.notes.values() if counts(n) and self._sight.note(operator, n)]
        return tuple(sorted(found, key=lambda n: n.at))

    def shift(self) -> Note | None:
        """The latest note to whoever comes next; who has read it stands in it."""
        return max((n for n in self._ledger.notes.values() if n.subject == SHIFT), key=lambda n: n.at, default=None)

    # --- what is done ---------------------------------------------------------------------------------------------

    def _write(self, command: r.WriteNote, operator: Operator) -> r.Done:
        text = command.text.strip()
        if not text:
            raise Missing(N_("a note needs words"))
        if len(text) > LONGEST:
            raise Missing(
                N_("a note has at most {limit} signs, this one has {n}"),
                limit=LONGEST, n=len(text), remedy=N_("Write it as two notes."),
            )  # fmt: skip
        subject = self._subject(command.subject, operator)
        note = Note(
            id=uuid.uuid4().hex,
            subject=subject,
            author=operator.name,
            text=text,
            at=self._clock.now(),
            mentions=mentions_in(text, [o.name for o in self._operators]),
            read_by=(operator.name,),
        )
        step = self._ledger.commit(
            "note written", operator.name, note.id, put=[note], fields={"about": _about(subject)},
            undo=Message(template=N_("a note was written")),
        )  # fmt: skip
        return r.Done(note=note, step=step)

    def _subject(self, subject: str, operator: Operator) -> str:
        """The subject as it is kept: of a person with a card, the card's."""
        if subject == SHIFT:
            return SHIFT
        if subject.startswith(_PERSON):
            person = self._person(subject.removeprefix(_PERSON))
            if person is None or not self._sight.person(operator, person):
                raise Missing(N_("nobody here is called {name}"), name=subject.removeprefix(_PERSON))
            return about_person(person.id)
        if not self._is_known(subject) or not self._sight.conversation(operator, subject):
            raise Missing(
                N_("this conversation is not in the room any more"),
                remedy=N_("It was deleted, or is older than what is kept."),
            )
        return subject

    def _delete(self, command: r.DeleteNote, operator: Operator) -> r.Done:
        note = self._ledger.notes.get(command.note)
        if note is None:
            raise Missing(N_("there is no such note any more"))
        if note.author != operator.name:
            raise NotAllowed(N_("this note is {who}'s"), who=note.author, remedy=N_("Ask them to take it away."))
        step = self._ledger.commit(
            "note taken away", operator.name, note.id, drop=[note], fields={"about": _about(note.subject)},
            undo=Message(template=N_("a note was taken away")),
        )  # fmt: skip
        return r.Done(step=step)

    def _read(self, command: r.ReadNotes, operator: Operator) -> r.Done:
        """What is gone meanwhile, or not for this seat, is left out; so is what was read before."""
        found = (self._ledger.notes.get(one) for one in dict.fromkeys(command.notes))
        unread = [
            n for n in found if n is not None and operator.name not in n.read_by and self._sight.note(operator, n)
        ]
        if unread:
            read = [n.changed(read_by=(*n.read_by, operator.name)) for n in unread]
            self._ledger.commit(None, operator.name, "", put=read)
        return r.Done()


def _about(subject: str) -> str:
    """For the log: a conversation by its id, a person only as one."""
    return "person" if subject.startswith(_PERSON) else subject
