"""A post of any network, in one shape (the fields of "Normalised record" in the networks' documentation)."""

from __future__ import annotations

import hashlib
from datetime import datetime
from enum import StrEnum

from socialroom.domain.person import Author
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone
from socialroom.domain.value import Value


class PostKind(StrEnum):
    """What the network says the post is, seen from the brand."""

    MENTION = "mention"
    REPLY = "reply"
    COMMENT = "comment"
    POST = "post"
    MESSAGE = "message"  # private
    REVIEW = "review"
    NEWS = "news"


class Media(Value, frozen=True):
    """An attachment: never fetched by a terminal, only named."""

    kind: str  # image, video, audio, link, file
    url: str = ""
    alt: SafeText | None = None
    title: SafeText | None = None


class Counts(Value, frozen=True):
    """Public figures; None where the network does not tell."""

    replies: int | None = None
    reposts: int | None = None
    likes: int | None = None
    quotes: int | None = None
    score: int | None = None


class Post(Value, frozen=True):
    """One post. `uri` is its one identity in a room (global id, not the instance's); `id` is what its network's API wants.

    Times are aware and UTC. `created_at` is the author's claim, bounded by the connector to at most `first_seen_at`.
    """

    uri: str
    id: str
    network: str
    source: str
    kind: PostKind
    text: SafeText
    created_at: datetime
    first_seen_at: datetime
    author: Author | None = None
    title: SafeText = SafeText("")
    url: str = ""
    revision: str = ""  # cid, edit time or content hash: another revision is another text
    by_us: bool = False  # written by one of the room's own accounts
    reply_to: str | None = None  # uri (or the network's id where no uri is known)
    root: str | None = None  # uri of the conversation's first post
    edited_at: datetime | None = None
    media: tuple[Media, ...] = ()
    warning: SafeText = SafeText("")  # content warning
    counts: Counts | None = None
    visibility: str = "public"
    can_reply: bool = True
    claimed_language: str | None = None
    language: Language | None = None
    tone: Tone | None = None
    stance: str = ""  # love, thanks, criticism, abuse, question (`domain.stance`); empty: none of them, or nobody knows
    stance_why: SafeText = SafeText("")  # the words that say so
    topics: tuple[str, ...] = ()  # names of the room's topics that its terms meet
    duplicates: int = 0  # other posts that say the same, of which this one was the first; those are not shown
    flood: bool = False  # many accounts wrote the same within minutes
    reply_data: str = ""  # JSON only its own connector reads (a cid, an instance's id): what a reply needs
    deleted_at: datetime | None = None

    @property
    def conversation(self) -> str:
        """The identity of the conversation: its root's uri, else its own."""
        return self.root or self.uri

    @property
    def private(self) -> bool:
        """Whether it was said to a few alone."""
        return self.kind is PostKind.MESSAGE or self.visibility == "direct"


def document_id(uri: str) -> int:
    """A stable positive 63-bit number for a uri, so that a store finds a post without a search."""
    return int.from_bytes(hashlib.blake2b(uri.encode("utf-8", "replace"), digest_size=8).digest(), "big") >> 1
