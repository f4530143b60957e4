"""One line of the desk's log: who did what, when, to what."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.value import Value


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
