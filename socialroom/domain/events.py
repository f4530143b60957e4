"""Everything that can happen in a room, as terminals hear it: one union, tagged by class name on the wire."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.alert import Alert, AlertQuality, Mute, Rising
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.note import Note
from socialroom.domain.post import Post
from socialroom.domain.source import Account, SourceState
from socialroom.domain.value import Message, Value


class Heard(Value, frozen=True, tag=True):
    """Posts that are new or changed, oldest first; `feeds[i]` names the subscriptions that post i belongs to."""

    posts: tuple[Post, ...]
    feeds: tuple[tuple[str, ...], ...]


class Withdrawn(Value, frozen=True, tag=True):
    """Posts deleted on their network: wipe them from the screen."""

    uris: tuple[str, ...]


class SourceChanged(Value, frozen=True, tag=True):
    """A source's state, whole."""

    source: SourceState


class AccountChanged(Value, frozen=True, tag=True):
    """An account became ready, or stopped being so."""

    account: Account


class AlertChanged(Value, frozen=True, tag=True):
    """An alert, whole; `rang` only when the bell must sound now."""

    alert: Alert
    rang: bool = False


class MuteChanged(Value, frozen=True, tag=True):
    """A key was muted (until in the future) or heard again (until in the past)."""

    mute: Mute


class OutlookChanged(Value, frozen=True, tag=True):
    """What rises, and how good the room's alerts are, both whole."""

    rising: tuple[Rising, ...] = ()
    quality: AlertQuality = AlertQuality()


class CaseChanged(Value, frozen=True, tag=True):
    """A case, whole."""

    case: Case


class DraftChanged(Value, frozen=True, tag=True):
    """A draft, whole."""

    draft: Draft


class DraftGone(Value, frozen=True, tag=True):
    """A draft was discarded or became an outbox item."""

    draft: str


class OutboxChanged(Value, frozen=True, tag=True):
    """An outbox item, whole."""

    item: OutboxItem


class Presence(Value, frozen=True, tag=True):
    """Who is attached now: operator names, one per terminal."""

    operators: tuple[str, ...]


class Attending(Value, frozen=True, tag=True):
    """Who looks at which conversation, and types there; no conversation: not at any more."""

    operator: str
    conversation: str = ""
    typing: bool = False


class NoteChanged(Value, frozen=True, tag=True):
    """A note, whole."""

    note: Note


class NoteGone(Value, frozen=True, tag=True):
    """A note was taken away."""

    note: str


class CaseGone(Value, frozen=True, tag=True):
    """A case was forgotten with its person, or never was (its opening was undone)."""

    case: str


class PersonChanged(Value, frozen=True, tag=True):
    """Somebody changed a person card, or it was forgotten: read it anew."""

    person: str


class PublishingFrozen(Value, frozen=True, tag=True):
    """All publishing is stopped, or (`on` False) goes on."""

    on: bool
    by: str = ""
    at: datetime | None = None
    reason: str = ""


class Pulse(Value, frozen=True, tag=True):
    """How fast posts arrive: counts per 5 seconds, oldest first, at most 60; and the totals the header shows."""

    rate: tuple[int, ...]
    posts: int
    languages: dict[str, int] = {}
    sent: int = 0


class Notice(Value, frozen=True, tag=True):
    """One sentence for everybody: a torn cache was mended, the disk is full, the room is stopping."""

    message: Message
    severity: int = 1


class Resync(Value, frozen=True, tag=True):
    """The terminal missed something (a slow line, a room restarted): read your views again."""

    reason: str = ""


Event = (
    Heard
    | Withdrawn
    | SourceChanged
    | AccountChanged
    | AlertChanged
    | MuteChanged
    | OutlookChanged
    | CaseChanged
    | DraftChanged
    | DraftGone
    | OutboxChanged
    | Presence
    | Attending
    | NoteChanged
    | NoteGone
    | CaseGone
    | PersonChanged
    | PublishingFrozen
    | Pulse
    | Notice
    | Resync
)


class Envelope(Value, frozen=True):
    """An event with its place in the room's stream; `seq` is what a terminal resumes from."""

    seq: int
    at: datetime
    event: Event
