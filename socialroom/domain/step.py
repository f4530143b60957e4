"""An act that can be taken back, as the desk remembers it."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.value import Message, Value


class Change(Value, frozen=True):
    """What an act did to one value: the fields that changed, as JSON objects; empty where there was, or is, none."""

    kind: str
    id: str
    before: str = ""
    after: str = ""


class Step(Value, frozen=True):
    """One act of one operator. It lies beside the log: the log says that it happened, this how it is undone.

    Acts of one `group` (done to marked items together) are undone together.
    """

    id: str
    operator: str
    at: datetime
    what: Message  # "3 conversations done", as it was said
    changes: tuple[Change, ...] = ()
    send: str = ""  # the outbox item whose send is taken back instead
    back: str = ""  # JSON of the commands that undo it, for acts that do not change the desk's own values
    group: str = ""
    undone: bool = False
