"""What rings."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from socialroom.domain.value import Message, Value


class AlertState(StrEnum):
    """An alert rings until somebody says they have seen it; it is over when its cause is."""

    RINGING = "ringing"
    ACKNOWLEDGED = "acknowledged"
    OVER = "over"


class Finding(Value, frozen=True):
    """What a rule says of one key at one moment; the engine makes alerts of findings."""

    key: str  # what is muted and grouped: "spike:brand", "keyword:panne"
    headline: Message
    severity: int = 1  # 1 tells, 2 warns, 3 is red
    figures: dict[str, float] = {}
    posts: tuple[str, ...] = ()  # uris, first seen first
    authors: int = 0
    since: datetime | None = None
    rings: bool = True  # False only updates an alert that already rings


class Alert(Value, frozen=True):
    """An alert in the pane: cause, figures, age, and who has seen it."""

    id: str
    rule: str
    key: str
    headline: Message
    state: AlertState
    severity: int
    first_at: datetime
    updated_at: datetime
    figures: dict[str, float] = {}
    posts: tuple[str, ...] = ()
    authors: int = 0
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None


class Mute(Value, frozen=True):
    """A key that does not ring until a time."""

    key: str
    until: datetime
    by: str
