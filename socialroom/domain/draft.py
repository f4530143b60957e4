"""What we write: drafts, and the outbox that carries them out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from socialroom.domain.errors import Problem
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message, Value


class SendKind(StrEnum):
    """What a send does on its network. All but the first, the edit and the message are idempotent in effect."""

    POST = "post"
    MESSAGE = "message"  # private, to the person who is answered
    EDIT = "edit"  # corrects a post of ours
    DELETE = "delete"  # takes a post of ours back
    LIKE = "like"
    UNLIKE = "unlike"
    REPOST = "repost"
    UNREPOST = "unrepost"
    FOLLOW = "follow"
    UNFOLLOW = "unfollow"
    HIDE = "hide"  # an answer under a post of ours
    UNHIDE = "unhide"
    MUTE = "mute"
    UNMUTE = "unmute"
    BLOCK = "block"
    UNBLOCK = "unblock"


WRITES = frozenset({SendKind.POST, SendKind.MESSAGE, SendKind.EDIT})  # kinds that carry a text of ours
ANSWERS = frozenset({SendKind.POST, SendKind.MESSAGE})  # kinds that say something new, to somebody or to all
PUBLISHES = frozenset({*WRITES, SendKind.LIKE, SendKind.REPOST, SendKind.FOLLOW, SendKind.UNHIDE})
"""Kinds that a stop of all publishing stops; what takes something out of sight may always go."""

OPPOSITES = MappingProxyType({
    SendKind.LIKE: SendKind.UNLIKE,
    SendKind.UNLIKE: SendKind.LIKE,
    SendKind.REPOST: SendKind.UNREPOST,
    SendKind.UNREPOST: SendKind.REPOST,
    SendKind.FOLLOW: SendKind.UNFOLLOW,
    SendKind.UNFOLLOW: SendKind.FOLLOW,
    SendKind.HIDE: SendKind.UNHIDE,
    SendKind.UNHIDE: SendKind.HIDE,
    SendKind.MUTE: SendKind.UNMUTE,
    SendKind.UNMUTE: SendKind.MUTE,
    SendKind.BLOCK: SendKind.UNBLOCK,
    SendKind.UNBLOCK: SendKind.BLOCK,
})  # fmt: skip
"""What takes each reaction back."""


class Attachment(Value, frozen=True):
    """A picture, a film or a sound that goes with a text. The room keeps its own copy from the moment it is queued."""

    file: str  # absolute path; once queued, that of the room's copy
    kind: str = "image"  # image, video, audio
    mime: str = ""
    size: int = 0  # bytes
    digest: str = ""  # SHA-256 of the bytes, hexadecimal, once the room has its copy
    alt: str = ""  # what it shows, as typed


class Afterwards(Value, frozen=True):
    """What else happens in the same act in which a reply is there: reply, tag, assign and done are one."""

    tags: tuple[str, ...] = ()
    assign: str = ""
    done: bool = False
    snooze: float = 0.0  # seconds from then; 0 is no nap


class Draft(Value, frozen=True):
    """A text being written. It is ours, so it is kept as typed, uncleaned; painters clean what they show."""

    id: str
    operator: str
    account: str  # the source whose account speaks
    text: str
    updated_at: datetime
    in_reply_to: str | None = None  # uri of the parent; None is a new post
    conversation: str | None = None
    visibility: str = ""  # empty: the parent's own
    kind: SendKind = SendKind.POST
    corrects: str = ""  # id of the sent outbox item that an edit corrects
    revises: str = ""  # id of the outbox item that waits for approval and of which this is a new version
    media: tuple[Attachment, ...] = ()
    language: str = ""  # of the text, as its writer says; empty leaves it to the network
    split: bool = False  # a text that is too long goes as a thread
    seen: int | None = None  # version of the case that its writer had on screen
    afterwards: Afterwards | None = None


class OutboxState(StrEnum):
    """States of architecture.md's "The way out"."""

    AWAITING_APPROVAL = "awaiting approval"
    SCHEDULED = "scheduled"
    COUNTDOWN = "countdown"
    HELD = "held"
    ARMED = "armed"
    SENDING = "sending"
    SENT = "sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"  # taken back, turned down, replaced by another version, or let go while unknown


class Approval(Value, frozen=True):
    """One operator's yes to exactly one text."""

    by: str
    at: datetime
    text_hash: str


class OutboxItem(Value, frozen=True):
    """One send, frozen: text and hash never change after it is made."""

    id: str
    draft: str
    operator: str
    account: str
    network: str
    text: str
    text_hash: str
    state: OutboxState
    updated_at: datetime
    in_reply_to: str | None = None
    parent: Post | None = None  # what it answers as far as a reply needs it: no words, no author
    conversation: str | None = None
    visibility: str = ""
    seen_at: datetime | None = None  # its operator saw the thread as it was then: queued, or released by a person
    due_at: datetime | None = None  # when it goes, or is tried again
    handle: str = ""  # the network's own guard against twins: an idempotency key, a record key
    payload: str = ""  # JSON the publisher froze with the handle; repeated byte for byte
    armed_at: datetime | None = None  # when the handle first reached the disk
    sent_id: str = ""
    sent_uri: str = ""
    sent_url: str = ""
    reason: Problem | None = None
    attempts: int = 0  # how often the network was called
    looked: int = 0  # how often the network was searched for it while unknown
    kind: SendKind = SendKind.POST
    target: Post | None = None  # what a like, a deletion, an edit … is about: an address, no words
    corrects: str = ""  # id of the sent item that an edit corrects or a deletion takes back
    media: tuple[Attachment, ...] = ()
    language: str = ""
    after: str = ""  # id of the item of the same thread that must be there first
    part: int = 1  # of `parts`
    parts: int = 1
    seen: int | None = None  # version of the case when its operator saw it: checked in the act that arms it
    countdown: float | None = None  # seconds it counts down once approved; None is the room's
    zone: str = ""  # the time zone in which a schedule was said
    approvals_needed: int = 0
    approvals: tuple[Approval, ...] = ()
    why_approval: Message | None = None  # which rule asks for it
    version: int = 1  # of a text that waits for approval; an edit makes a new item with the next one
    replaces: str = ""  # id of the item that was the version before
    rejected_by: str = ""  # who said no to it
    turned_down: str = ""  # why, as typed
    let_go: bool = False  # taken back while nobody knew whether it was posted
    afterwards: Afterwards | None = None
    authors: tuple[str, ...] = ()  # who wrote this version and those before it: none of them may approve it
    despite: str = ""  # who had the case when a person said that it goes all the same
    beside: tuple[str, ...] = ()  # ids of other replies to that post that its writer knew of when it was made
    whole: str = ""  # of the first part of a thread: the text as typed, before it was split
    gone_at: datetime | None = None  # when it was there no more: a deletion of ours went through
    corrected_by: str = ""  # id of the edit that is its text now; both texts stay

    @property
    def typed(self) -> str:
        """The text as its writer typed it."""
        return self.whole or self.text

    @property
    def approved(self) -> bool:
        """Whether as many as it needs said yes to exactly this text; the yes of whoever wrote it does not count."""
        writers = {self.operator, *self.authors}
        who = {a.by for a in self.approvals if a.text_hash == self.text_hash and a.by not in writers}
        return len(who) >= self.approvals_needed


def address_of(post: Post) -> Post:
    """A post without what its author said: what a reply needs, kept where other people's words must not be."""
    bare: Post = post.changed(
        text=SafeText(""), title=SafeText(""), warning=SafeText(""), author=None, media=(), counts=None,
        tone=None, language=None, claimed_language=None,
    )  # fmt: skip
    return bare


def text_hash(text: str, media: Sequence[Attachment] = ()) -> str:
    """The hash that binds what was shown, approved and sent: SHA-256 of the UTF-8 bytes, hexadecimal.

    Media count by digest and alternative text; without any it is the hash of the text alone.
    """
    whole = hashlib.sha256(text.encode("utf-8", "surrogatepass"))
    for one in media:
        whole.update(f"\0{one.digest}\0{one.alt}".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
