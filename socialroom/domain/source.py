"""A source of posts, as the room sees it from outside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from socialroom.domain.counting import CountRule
from socialroom.domain.draft import SendKind
from socialroom.domain.errors import Problem
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message, Value


class SourceStatus(StrEnum):
    """A failure is a state on screen, never an exception in the interface."""

    STARTING = "starting"
    LIVE = "live"  # a stream is open
    POLLING = "polling"
    WAITING = "waiting"  # failed, and will try again at `next_try_at`
    STOPPED = "stopped"  # failed for good: a person must act (login, address)
    SILENT = "silent"


class SourceState(Value, frozen=True):
    """What the sources pane shows."""

    name: str
    network: str
    title: SafeText
    status: SourceStatus
    last_good_at: datetime | None = None
    next_try_at: datetime | None = None
    interval: float | None = None  # seconds between polls; None while streaming
    problem: Problem | None = None
    note: Message | None = None  # "back-filled 23, lost 0"
    heard: int = 0  # posts since the room started
    back_filled: int = 0
    lost: int = 0


class MediaRule(Value, frozen=True):
    """What a network takes beside a text."""

    count: int = 4  # attachments of one post
    mimes: tuple[str, ...] = ()  # "image/png", …
    size: int = 0  # bytes of one; 0: not known
    alt_limit: int = 0  # graphemes of an alternative text; 0: not known


class Account(Value, frozen=True):
    """An account the room may speak with."""

    name: str  # the source's name in room.toml
    network: str
    handle: SafeText
    count: CountRule
    visibilities: tuple[str, ...] = ("public",)
    names_whom: bool = False  # a reply reaches only those whom it names
    acts: tuple[SendKind, ...] = (SendKind.POST,)  # what the outbox can do there
    media: MediaRule | None = None  # None: it takes none
    send_class: str = ""  # what its network offers against twins: a word of `ports.SendClass`
    idempotent_for: float | None = None  # seconds for which it does; None: for good
    confirm: bool = False  # an executive's or the press office's: publishing as it always asks once more
    ready: bool = True
    problem: Problem | None = None

    @property
    def shown(self) -> str:
        """As people know it: "@brand" once its network has said who it is, until then the source's name."""
        handle = self.handle.lstrip("@")
        return f"@{handle}" if self.ready and handle else self.name
