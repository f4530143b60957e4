"""What a terminal may ask of a room: views (read) and commands (act), tagged by class name on the wire."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.alert import Alert, Mute
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.events import Pulse
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post
from socialroom.domain.source import Account, SourceState
from socialroom.domain.value import Value
from socialroom.domain.versions import is_newer


class Feed(Value, frozen=True):
    """A named query; `unanswered` keeps only what still waits for us."""

    name: str
    query: str = ""
    unanswered: bool = False


# Views: each is a question, and the comment names its answer.


class Overview(Value, frozen=True, tag=True):
    """Everything but posts -> RoomOverview."""


class FeedPage(Value, frozen=True, tag=True):
    """Posts of a feed, newest first -> Page. `before` is the uri of the last post of the page before."""

    feed: Feed
    limit: int = 200
    before: str | None = None


class ThreadView(Value, frozen=True, tag=True):
    """A conversation, oldest first -> Page; `refresh` asks the network too (it answers when it can)."""

    uri: str
    refresh: bool = False


class SearchCache(Value, frozen=True, tag=True):
    """A query over the cache, newest first -> Page."""

    query: str
    limit: int = 200


View = Overview | FeedPage | ThreadView | SearchCache


class RoomOverview(Value, frozen=True, tag=True):
    """What a terminal needs to open, but for the posts."""

    version: str
    room: str
    brand: str
    operator: Operator
    seq: int  # events after this one are not in it
    demo: bool = False
    quick: bool = False  # a room of `--brand`, not saved yet
    feeds: tuple[Feed, ...] = ()
    accounts: tuple[Account, ...] = ()
    sources: tuple[SourceState, ...] = ()
    alerts: tuple[Alert, ...] = ()
    mutes: tuple[Mute, ...] = ()
    cases: tuple[Case, ...] = ()
    drafts: tuple[Draft, ...] = ()
    outbox: tuple[OutboxItem, ...] = ()
    pulse: Pulse | None = None
    languages: tuple[str, ...] = ()
    countdown: float = 20.0  # seconds between "send" and the wire

    def older_than(self, terminal: str) -> bool:
        """Whether the room is older than a terminal of that version, which then offers to restart it."""
        return is_newer(terminal, self.version)


class Page(Value, frozen=True, tag=True):
    """Posts, and whether there are more."""

    posts: tuple[Post, ...]
    more: bool = False


Answer = RoomOverview | Page


# Commands: each carries a client-made id in its Request, so that a repeat does nothing twice.


class SaveDraft(Value, frozen=True, tag=True):
    """Keeps a draft; when it answers, the text is on disk -> Done."""

    draft: Draft


class DiscardDraft(Value, frozen=True, tag=True):
    """Throws a draft away -> Done."""

    draft: str


class QueueSend(Value, frozen=True, tag=True):
    """Freezes a draft into the outbox; `anyway` sends although somebody else answers -> Done(item)."""

    draft: Draft
    anyway: bool = False
    delay: float | None = None  # seconds; None is the room's countdown


class CancelSend(Value, frozen=True, tag=True):
    """Takes an item back before the wire; its draft lives again -> Done(draft)."""

    item: str


class ReleaseHeld(Value, frozen=True, tag=True):
    """A person says: send it now -> Done(item)."""

    item: str


class ResolveUnknown(Value, frozen=True, tag=True):
    """A person decides about an unknown outcome: "there" (it was posted), "absent" (send it again), "drop" or "look"."""

    item: str
    verdict: str
    url: str = ""


class ClaimCase(Value, frozen=True, tag=True):
    """Says "I answer" about a conversation; `take` takes it from somebody -> Done, or Conflict naming who has it."""

    conversation: str
    take: bool = False


class ReleaseCase(Value, frozen=True, tag=True):
    """Says "I do not" -> Done."""

    conversation: str


class CloseCase(Value, frozen=True, tag=True):
    """Done with it -> Done."""

    conversation: str


class ReopenCase(Value, frozen=True, tag=True):
    """Not done with it after all -> Done."""

    conversation: str


class AcknowledgeAlert(Value, frozen=True, tag=True):
    """I have seen it -> Done."""

    alert: str


class MuteAlert(Value, frozen=True, tag=True):
    """This key is quiet until a time -> Done."""

    key: str
    until: datetime


class PollNow(Value, frozen=True, tag=True):
    """Wake a source now, or all when empty (the politeness budget still holds) -> Done."""

    source: str = ""


class ExcludeWord(Value, frozen=True, tag=True):
    """Quick start: never show posts with this word -> Done."""

    word: str


class SaveRoom(Value, frozen=True, tag=True):
    """Quick start: write the room as a file that does not exist yet -> Done(text: its path)."""

    path: str


class StopRoom(Value, frozen=True, tag=True):
    """The room ends; terminals are told -> Done."""


Command = (
    SaveDraft
    | DiscardDraft
    | QueueSend
    | CancelSend
    | ReleaseHeld
    | ResolveUnknown
    | ClaimCase
    | ReleaseCase
    | CloseCase
    | ReopenCase
    | AcknowledgeAlert
    | MuteAlert
    | PollNow
    | ExcludeWord
    | SaveRoom
    | StopRoom
)


class Request(Value, frozen=True):
    """A command in its envelope."""

    id: str
    operator: str
    command: Command


class Done(Value, frozen=True):
    """What a command answers when it was done."""

    item: OutboxItem | None = None
    draft: Draft | None = None
    case: Case | None = None
    text: str = ""
