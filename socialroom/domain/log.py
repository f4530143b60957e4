"""One line of the desk's log: who did what, when, to what."""

from __future__ import annotations

import hashlib
from datetime import datetime

from socialroom.domain.value import Value


def in_log(name: str) -> str:
    """How the log calls something: an address by its hash, everything else as it is.

    The addresses that networks give posts hold names of people, and a chain can never be changed: so that a person can
    be forgotten, they must not stand in it. Whoever looks for a conversation's lines looks for `in_log(conversation)`.
    """
    if "://" not in name:
        return name
    return "#" + hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:32]


class LogEntry(Value, frozen=True):
    """One act in the desk's append-only log. The chain holds ids, times, actors and hashes, never texts."""

    act: str  # "draft saved", "send queued", "armed", "sent", …
    actor: str
    at: datetime
    subject: str = ""  # id of what it is about
    fields: dict[str, str] = {}
    seq: int = 0  # given by the store
    previous: str = ""  # hash of the entry before
    hash: str = ""  # SHA-256 over the entry without this field
