"""What must still be so in the very act that lets a send leave: whose it is, what was read, what was approved."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from socialroom.domain.draft import ANSWERS, PUBLISHES, OutboxItem, text_hash
from socialroom.domain.errors import OutboxError, RoomError
from socialroom.domain.events import PublishingFrozen
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.engine import reasons
from socialroom.engine.ledger import Ledger
from socialroom.locale import N_


class Conditions:
    """Looked at in the same synchronous section as the commit that arms: nothing can change in between.

    Args:
        ledger: what the desk knows.
        clock: for leases.
        posts: the stored posts of a conversation.
        stopped: who stopped all publishing, or None.
    """

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        posts: Callable[[str], Sequence[Post]],
        stopped: Callable[[], PublishingFrozen | None],
    ) -> None:
        self._ledger, self._clock, self._posts, self._stopped = ledger, clock, posts, stopped

    def obstacle(self, item: OutboxItem) -> RoomError | None:
        """Why it must not go now, naming what changed; None when it may."""
        if text_hash(item.text, item.media) != item.text_hash:
            return OutboxError(
                N_("the text is not the one that was queued, so nothing was sent"),
                remedy=N_("Take it back, read it, and send it again."),
            )
        if not item.approved:
            return reasons.not_approved(item)
        return self.frozen(item) or self._another_has_it(item) or self._news(item)

    def frozen(self, item: OutboxItem) -> RoomError | None:
        """Why nothing like it may be published now."""
        stopped = self._stopped()
        return reasons.frozen(stopped) if stopped is not None and item.kind in PUBLISHES else None

    def holder(self, item: OutboxItem) -> str:
        """Who has the item's case now, if it is somebody else."""
        if not item.conversation or not item.in_reply_to:
            return ""
        holder = self._ledger.case(item.conversation).claimed_at(self._clock.now())
        return holder if holder != item.operator else ""

    def version(self, item: OutboxItem) -> int | None:
        """The version of the item's case as it is now; None where none is known."""
        case = self._ledger.cases.get(item.conversation) if item.conversation and item.in_reply_to else None
        return case.version if case is not None and case.version else None

    def _another_has_it(self, item: OutboxItem) -> RoomError | None:
        holder = self.holder(item)
        fine = {"", item.despite, *item.authors, *(a.by for a in item.approvals)}
        return reasons.another_has_it(holder) if item.kind in ANSWERS and holder not in fine else None

    def _news(self, item: OutboxItem) -> RoomError | None:
        if item.kind not in ANSWERS or not item.in_reply_to or not item.conversation:
            return None
        posts = self._posts(item.conversation)
        parent = next((p for p in posts if p.uri == item.in_reply_to), None)
        fresh = [p for p in posts if parent is not None and item.seen_at and is_news(p, parent, item)]
        version = self.version(item)
        if item.seen is not None and version is not None:
            if version == item.seen:
                return None
            asked = self._ledger.case(item.conversation).asked_in
            newest = fresh[-1] if fresh else next((p for p in posts if p.uri == asked), None)
            return reasons.wrote_again(_who(newest), newest.uri if newest else asked)
        return reasons.wrote_again(_who(fresh[-1]), fresh[-1].uri) if fresh else None


def is_news(post: Post, parent: Post, item: OutboxItem) -> bool:
    """Whether this says something that the reply's operator had not seen, by the one who is answered."""
    assert item.seen_at
    if post.uri == parent.uri:
        return post.edited_at is not None and post.edited_at > item.seen_at
    return (
        not post.by_us
        and post.deleted_at is None
        and post.conversation == parent.conversation
        and post.author is not None
        and parent.author is not None
        and post.author.id == parent.author.id
        and post.first_seen_at > item.seen_at
        and post.created_at > parent.created_at
    )


def _who(post: Post | None) -> str:
    return post.author.handle if post is not None and post.author else ""
