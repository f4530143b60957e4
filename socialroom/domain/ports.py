"""What the room needs from outside, as protocols: each has one home and one contract suite."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, TypeVar, runtime_checkable

from socialroom.domain.alert import Finding, Planned
from socialroom.domain.counting import CountRule
from socialroom.domain.draft import Attachment, SendKind
from socialroom.domain.events import Envelope
from socialroom.domain.log import LogEntry
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Command, Done, Feed, RoomOverview, View
from socialroom.domain.source import MediaRule, SourceState
from socialroom.domain.stance import Stance
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone
from socialroom.domain.value import Message, Value

T = TypeVar("T", bound=Value)


class Clock(Protocol):
    """Time that a test can hold."""

    def now(self) -> datetime:
        """Wall time, aware, UTC: for what is due."""
        ...

    def monotonic(self) -> float:
        """Seconds that never jump: for how long."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Waits on this clock."""
        ...


class Secrets(Protocol):
    """Where credentials lie; a value never reaches a log, an error or an argument list."""

    def get(self, name: str) -> str | None:
        """The secret of that name, or None."""
        ...

    def put(self, name: str, value: str) -> None:
        """Stores it (StoreError when it cannot be kept safely)."""
        ...

    def forget(self, name: str) -> None:
        """Removes it; no error when it is not there."""
        ...


# --- the way in ------------------------------------------------------------------------------------------------


class Batch(Value, frozen=True):
    """What one fetch or one stream event brought.

    `cursor` is opaque to everybody but its connector and moves only after the store has committed. `withdrawn` are
    uris. `next_in` is the server's own wish (seconds to the next poll). `more` asks to be called again at once.
    """

    posts: tuple[Post, ...] = ()
    withdrawn: tuple[str, ...] = ()
    cursor: str | None = None
    next_in: float | None = None
    more: bool = False
    gap: int | None = None  # posts known to be lost, where the network tells
    back_filled: bool = False  # these posts were missed while away and read afterwards
    withdrawn_authors: tuple[str, ...] = ()  # author ids whose posts must all go (an account deleted)
    note: Message | None = None  # a sentence for the sources pane


class Connector(Protocol):
    """One source of one network. Every method raises SourceError kinds, and nothing else."""

    async def fetch(self, cursor: str | None) -> Batch:
        """One page after `cursor` (None: the newest page), in the network's own order made oldest first."""
        ...

    def stream(self, cursor: str | None) -> AsyncIterator[Batch] | None:
        """A live stream that first back-fills from `cursor`, or None where the source can only be polled.

        The first batch comes (empty if need be) as soon as the stream is open.
        """
        ...

    async def thread(self, post: Post) -> list[Post]:
        """The conversation around a post, oldest first; only that post where the network has no threads."""
        ...

    async def aclose(self) -> None:
        """Lets go of what it holds."""
        ...


@runtime_checkable
class History(Protocol):
    """A connector that can be paged back has this too: `socialroom pull` reads it, and a room that starts anew."""

    def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        """Pages from the newest to the oldest, until there are no more, or none after `since`. Raises SourceError kinds."""
        ...


# --- the way out -----------------------------------------------------------------------------------------------


class SendClass(StrEnum):
    """What a network offers against twins (the exactly-once matrix)."""

    IDEMPOTENT = "idempotent"
    TWO_PHASE = "two phase"
    RECONCILE = "reconcile"
    NEVER = "never"


class Outgoing(Value, frozen=True):
    """What is to be sent, before the network's handle is chosen. `id` is the outbox item's.

    What a kind is about (a like's post, the post of ours that is edited or deleted) is `target`; what a post or a
    message answers is `parent`.
    """

    id: str
    text: str
    visibility: str = ""
    parent: Post | None = None
    language: str | None = None
    created_at: datetime | None = None
    kind: SendKind = SendKind.POST
    target: Post | None = None
    media: tuple[Attachment, ...] = ()


class Frozen(Value, frozen=True):
    """A send made repeatable: `handle` guards against twins, `payload` (JSON) is sent byte for byte each time."""

    handle: str
    payload: str


class Sent(Value, frozen=True):
    """The network has it."""

    id: str
    uri: str
    url: str = ""
    post: Post | None = None  # as the network gave it back, where it did


class AccountFacts(Value, frozen=True):
    """What the network says of the account that speaks."""

    id: str
    handle: SafeText
    name: SafeText = SafeText("")
    count: CountRule = CountRule()
    visibilities: tuple[str, ...] = ("public",)
    media: MediaRule | None = None


@runtime_checkable
class Publisher(Protocol):
    """The account of a source. A connector that can publish has these methods too."""

    async def account(self) -> AccountFacts:
        """Signs in where needed and says who speaks, and how its network counts. Raises SourceError kinds."""
        ...

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        """Chooses handle and payload. It may read from the network and upload media, and makes nothing that others see.

        The payload holds all that `send` needs, the kind included. Raises Rejected, SourceError.
        """
        ...

    async def send(self, frozen: Frozen) -> Sent:
        """Sends. Raises Rejected (not posted, for good), Unreachable/RateLimited/LoginNeeded (not posted), OutcomeUnknown."""
        ...

    async def find(self, frozen: Frozen, armed_at: datetime) -> Sent | None:
        """Looks on the network for that very send; None when it is not there. Raises SourceError when it cannot look."""
        ...


# --- enrichment ------------------------------------------------------------------------------------------------


class Utterance(Value, frozen=True):
    """What an enricher sees of a post."""

    text: str
    claimed_language: str | None = None
    language: Language | None = None
    tone: Tone | None = None  # of the enrichers before
    to_us: bool = False  # it speaks to the brand, or names it


class Enrichment(Value, frozen=True):
    """What enrichers add; None leaves a field as it was."""

    language: Language | None = None
    tone: Tone | None = None
    stance: Stance | None = None


class Enricher(Protocol):
    """Batch in, batch out, in order, same length; runs in the scoring child."""

    def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
        """Never raises for any text; what it cannot say it leaves None, with a reason where the value has one."""
        ...


@runtime_checkable
class Explaining(Protocol):
    """An enricher that can say what moved it."""

    def explain(self, utterance: Utterance) -> list[tuple[str, float]]:
        """Words and what each adds, in the engine's own unit, positive for a positive tone; empty where it says nothing."""
        ...


class Scorer(Protocol):
    """All enrichers of the room, behind a process: posts in, the same posts scored out."""

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        """Within its time budget; what was not scored in time says so in `tone.reason`."""
        ...

    async def aclose(self) -> None:
        """Ends the child."""
        ...


# --- alerts ----------------------------------------------------------------------------------------------------


class Window(Value, frozen=True):
    """What an alert rule sees: pure data at one moment. The mappings may make an entry only when it is asked for.

    `counts` holds, per counter key, posts per 5-minute slot (slot = epoch seconds // 300), oldest known first, with
    zeros left out. `fresh` are posts heard for the first time since the last look, oldest first: written after the room
    began to listen to their source, however late they came. `recent` are posts written in the last hour, and
    `recent_of` the same by counter key, both oldest first. Our own posts are in none of the three.
    """

    now: datetime
    counts: Mapping[str, Mapping[int, int]] = {}
    fresh: tuple[Post, ...] = ()
    recent: tuple[Post, ...] = ()
    recent_of: Mapping[str, tuple[Post, ...]] = {}
    recent_since: datetime | None = None  # from when on `recent` is whole, where too many came to hold an hour of them
    sources: tuple[SourceState, ...] = ()
    heard_since: datetime | None = None  # from when on the counts of this room are whole; None: it heard nothing yet
    since: Mapping[str, datetime] = {}  # counter keys that are counted for less long than that
    awake_since: datetime | None = (
        None  # since when the room looks without a break (a start, a sleep, a clock set anew)
    )
    brand: str = ""  # what the counter "brand" counts, as people call it
    keys_of: Mapping[str, tuple[str, ...]] = {}  # counter keys of the fresh posts, by uri
    audiences: Mapping[str, str] = {}  # who wrote a fresh post, by its uri ("journalist"); empty: nobody knows
    planned: tuple[Planned, ...] = ()  # what runs now, and what has run within the counts' time


class AlertRule(Protocol):
    """One pure rule, built from its settings."""

    @property
    def kind(self) -> str:
        """The rule's own name ("keyword"), whatever room.toml calls this one."""
        ...

    def look(self, window: Window) -> list[Finding]:
        """What it finds now; the same key again means "still so". A key belongs to one rule."""
        ...


class Notifier(Protocol):
    """A way out of the terminal."""

    async def notify(self, finding: Finding, text: str) -> None:
        """Rings there. Raises SourceError."""
        ...


# --- what is kept ----------------------------------------------------------------------------------------------


class Retention(Value, frozen=True):
    """How much of one network is kept in the cache."""

    age: timedelta = timedelta(days=30)
    count: int = 50_000


class CacheStore(Protocol):
    """What was heard. Trails the memory by up to a second on disk; is rebuilt from the networks when lost."""

    def upsert(
        self,
        source: str,
        posts: Sequence[Post],
        cursor: str | None,
        keys: Callable[[Post], Iterable[str]],
    ) -> list[Post]:
        """Keeps posts and cursor as one record; returns only what is new or changed, as stored, in the given order.

        Known posts with the same revision and counts are dropped, unless they bring the tone that is missing.
        Tombstoned uris are not taken in again. For each *new* post every counter key that `keys` names grows by one in
        the 5-minute slot of its `created_at`. A changed post keeps its `first_seen_at`.
        """
        ...

    def known(self, uris: Iterable[str]) -> dict[str, str]:
        """Revision by uri, of those that are stored."""
        ...

    def withdraw(self, uris: Iterable[str], at: datetime, reason: str) -> list[str]:
        """Wipes posts, keeping only (uri, time, reason) so that they stay away; returns those that were there."""
        ...

    def by_author(self, network: str, author_id: str) -> list[str]:
        """Uris of an author's stored posts."""
        ...

    def get(self, uri: str) -> Post | None:
        """One post."""
        ...

    def newest(
        self, limit: int, *, before: str | None = None, accept: Callable[[Post], bool] | None = None
    ) -> list[Post]:
        """Newest first by (created_at, uri); `before` is the uri to continue after."""
        ...

    def conversation(self, conversation: str) -> list[Post]:
        """All stored posts of a conversation, oldest first."""
        ...

    def cursor(self, source: str) -> str | None:
        """Where to go on reading."""
        ...

    def counts(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per 5-minute slot since then."""
        ...

    def hourly(self, key: str, since: datetime) -> dict[int, int]:
        """Posts per hour (epoch seconds // 3600); these outlive the posts."""
        ...

    def counter_keys(self) -> list[str]:
        """Every counter key there is."""
        ...

    def erase(self, uris: Iterable[str], changed: Iterable[Post], forgets: Callable[[str], bool]) -> None:
        """Wipes posts, leaving no tombstone; puts `changed` ones in; drops tombstones of addresses that `forgets` names."""
        ...

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """Nothing erased lies in a file when it returns: files are written anew, or removed if `names` knows their bytes.

        Called from a thread. Raises StoreError.
        """
        ...

    def prune(self, now: datetime, policy: Mapping[str, Retention], default: Retention) -> int:
        """Drops posts by age and count per network, 5-minute counts after 60 days; returns how many posts went."""
        ...

    def size(self) -> int:
        """How many posts are stored."""
        ...

    def notices(self) -> list[Message]:
        """What opening found: a torn tail dropped, a format migrated."""
        ...

    def flush(self) -> None:
        """Everything is on disk when it returns (called from a thread, at most once a second)."""
        ...

    def close(self) -> None:
        """Flushes and lets go."""
        ...


class DeskStore(Protocol):
    """Drafts, outbox, cases, alerts and the log: truth. One commit is one fsynced record."""

    def load(self, kind: type[T]) -> dict[str, T]:
        """All values of a kind by id."""
        ...

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        """Puts (id, value) pairs and drops (id, kind) pairs at once; on disk when it returns, or StoreError and nothing done."""
        ...

    def log(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """Entries with seq > after, oldest first."""
        ...

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """As `CacheStore.wipe`."""
        ...

    def notices(self) -> list[Message]:
        """What opening found."""
        ...

    def close(self) -> None:
        """Lets go."""
        ...


# --- the room, as front ends hold it ---------------------------------------------------------------------------


class Room(Protocol):
    """A room, near or far: the same for a terminal, a wall, a script and a test."""

    async def view(self, view: View) -> Answer:
        """Answers a question. Raises RoomUnreachable, Missing, ConfigError (a query that does not parse)."""
        ...

    async def act(self, command: Command) -> Done:
        """Does it, or raises NotAllowed, Conflict, Missing, StoreError, RoomUnreachable. Repeats of one call are safe."""
        ...

    def events(self, feeds: Sequence[Feed], after: int) -> AsyncIterator[list[Envelope]]:
        """Events after a seq, in batches: the first after a quiet moment at once, then at most 20 batches a second.

        `Heard` carries only posts of these feeds. Ends by raising RoomUnreachable when the room goes away.
        """
        ...

    async def aclose(self) -> None:
        """Leaves the room; it goes on listening."""
        ...


class Prompter(Protocol):
    """What whispers the next key to a terminal in a rehearsal, and passes on to the network what was reached."""

    async def __call__(self, room: RoomOverview, *, typing: bool = False) -> str:
        """What the status line says now, in the language in use; ask about once a second. Never raises.

        `typing`: a text has the keys, so that a letter would be written and not be an act.
        """
        ...

    def pressed(self, key: str) -> None:
        """A key that the operator pressed, by its name ("j", "enter", "ctrl+s")."""
        ...

    async def aclose(self) -> None:
        """Lets go of its lines to room and network."""
        ...
