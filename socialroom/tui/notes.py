"""Notes that come to the operator by themselves: the shift note at the start, and those that call them by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from socialroom.domain.note import SHIFT, Note, about_person
from socialroom.domain.requests import Done, ReadNotes, WriteNote
from socialroom.domain.text import clean_line
from socialroom.locale import _, moment
from socialroom.tui.lines import safe
from socialroom.tui.pane import Host


class Asking(Host, Protocol):
    """A terminal that can ask."""

    def choose(
        self, title: str, choices: Sequence[tuple[str, object]], text: str, answered: Callable[[object], None]
    ) -> None:
        """One question with a few answers."""
        ...


def greet(host: Asking) -> None:
    """Shows the shift note to whoever attaches and has not read it; Enter says that it is read."""
    note, me = host.state.shift, host.settings.operator
    if note is None or me in (note.author, *note.read_by) or host.settings.read_only:
        return
    title = _("Shift note of {name}, {time}").format(name=safe(note.author), time=moment(note.at, host.clock.now()))

    def read(_answer: object) -> None:
        host.do(ReadNotes(notes=(note.id,)))

    host.choose(title, [(_("I have read it"), True)], note.text, read)


def called(host: Host, note: Note) -> None:
    """Says a note that calls this operator, as long as they have not read it."""
    me = host.settings.operator
    if me in note.mentions and me not in note.read_by:
        text = clean_line(note.text, 200)
        host.say(_("{name} calls you in a note: {text}").format(name=safe(note.author), text=text), 2)


def unread(host: Host) -> int:
    """How many notes call this operator and are unread."""
    me = host.settings.operator
    return sum(me in n.mentions and me not in n.read_by for n in host.state.notes.values())


def choose_unread(host: Asking, open_person: Callable[[str], None]) -> None:
    """Lists the unread notes that call this operator, the latest first; the one chosen is read, and what it is about opened."""
    me = host.settings.operator
    calls = [n for n in host.state.notes.values() if me in n.mentions and me not in n.read_by]
    if not calls:
        host.say(_("No unread note calls you."))
        return
    now = host.clock.now()

    def opened(note: object) -> None:
        assert isinstance(note, Note)
        host.do(ReadNotes(notes=(note.id,)))
        if note.subject.startswith(about_person("")):
            open_person(note.subject.removeprefix(about_person("")))
        elif note.subject != SHIFT:
            case = host.state.cases.get(note.subject)
            host.open_thread_of((case.asked_in if case is not None else "") or note.subject)

    calls.sort(key=lambda n: n.at, reverse=True)
    answers = [(f"{safe(n.author)}, {moment(n.at, now)}: {clean_line(n.text, 90)}", n) for n in calls]
    host.choose(_("Unread notes that call you"), answers, "", opened)


def write_shift(host: Host, prompt: Callable[..., None]) -> None:
    """Asks for a note to whoever comes next."""

    def written(text: str | None) -> None:
        if text:
            host.do(WriteNote(subject=SHIFT, text=text), done)

    def done(_done: Done) -> None:
        host.say(_("Kept for whoever comes next · {key} undoes").format(key=host.key_of("room.undo")))

    prompt(_("Note that greets whoever comes next"), "", written, names=[o.name for o in host.state.operators])
