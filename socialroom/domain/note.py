"""What operators tell each other: never sent anywhere."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
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


def folded(text: str) -> str:
    """The text as names are compared: without case and accents, white space told once."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in plain if not unicodedata.combining(sign)).split())


def mentions_in(text: str, names: Iterable[str]) -> tuple[str, ...]:
    """Which of these names a text calls with "@", each once, in the order in which they are called first.

    Case and accents do not count ("@lea" calls Léa), and a name may hold spaces ("@Jean Dupont"); of two names that
    begin alike the longer one is meant. An "@" inside a word, as in a mail address, calls nobody.
    """
    known = sorted(((folded(name), name) for name in names if folded(name)), key=lambda pair: -len(pair[0]))
    whole = folded(text)
    found: dict[str, None] = {}
    at = whole.find("@")
    while at >= 0:
        if not at or not _in_a_word(whole[at - 1]):
            rest = whole[at + 1 :]
            for plain, name in known:
                after = rest[len(plain) : len(plain) + 1]
                if rest.startswith(plain) and not (after and _in_a_word(after)):
                    found[name] = None
                    break
        at = whole.find("@", at + 1)
    return tuple(found)


def _in_a_word(sign: str) -> bool:
    return sign.isalnum() or sign == "_"
