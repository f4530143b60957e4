"""What operators tell each other: never sent anywhere."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from socialroom.domain.value import Value

SHIFT: Final = "shift"  # the subject of a note that greets whoever comes next


class Note(Value, frozen=True):
    """A note. It is ours, so it is kept as typed, uncleaned; painters clean what they show.

    `subject` is a conversation, `SHIFT`, or "person:" and a person's id.
    """

    id: str
    subject: str
    author: str
    text: str
    at: datetime
    mentions: tuple[str, ...] = ()  # operators named with @
    read_by: tuple[str, ...] = ()  # its author has read it


def about_person(person: str) -> str:
    """The subject of notes about a person."""
    return f"person:{person}"
