"""What we write: drafts, and the outbox that carries them out."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from socialroom.domain.errors import Problem
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


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
    CANCELLED = "cancelled"  # taken back before the wire, or let go by a person while unknown: the draft lives again


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


def address_of(post: Post) -> Post:
    """A post without what its author said: what a reply needs, kept where other people's words must not be."""
    bare: Post = post.changed(
        text=SafeText(""), title=SafeText(""), warning=SafeText(""), author=None, media=(), counts=None,
        tone=None, language=None, claimed_language=None,
    )  # fmt: skip
    return bare


def text_hash(text: str) -> str:
    """The hash that binds what was shown, approved and sent: SHA-256 of the UTF-8 bytes, hexadecimal."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
