"""Threads of ours: parts that go one after the other, each answering the one before."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.draft import OutboxItem, OutboxState, address_of
from socialroom.domain.ports import Sent
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.engine import reasons
from socialroom.engine.ledger import Ledger

WAITING = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED})


def thread_of(ledger: Ledger, item: OutboxItem) -> list[OutboxItem]:
    """Every part of the item's thread, in order; what is no part of one is alone."""
    if item.parts == 1:
        return [item]
    first = item
    while first.after and first.after in ledger.items:
        first = ledger.items[first.after]
    following = {i.after: i for i in ledger.items.values() if i.after}
    found = [first]
    while (following_one := following.get(found[-1].id)) is not None:
        found.append(following_one)
    return found


def later(ledger: Ledger, item: OutboxItem) -> list[OutboxItem]:
    """The parts that come after it."""
    return [i for i in thread_of(ledger, item) if i.part > item.part]


def next_part(ledger: Ledger, item: OutboxItem) -> OutboxItem | None:
    """The part that answers it."""
    return next(iter(later(ledger, item)), None)


def waits_for(ledger: Ledger, item: OutboxItem) -> OutboxItem | None:
    """The part before it, as long as that one is not there."""
    before = ledger.items.get(item.after) if item.after else None
    return before if before is not None and before.state is not OutboxState.SENT else None


def halted(ledger: Ledger, item: OutboxItem, now: datetime) -> list[OutboxItem]:
    """The later parts, held because this one did not get there."""
    reason = reasons.part_before(item).problem()
    return [
        i.changed(state=OutboxState.HELD, updated_at=now, due_at=None, reason=reason)
        for i in later(ledger, item)
        if i.state in WAITING
    ]


def let_go_on(ledger: Ledger, item: OutboxItem, sent: Sent, now: datetime) -> list[OutboxItem]:
    """The next part, which now knows what it answers; it goes at once if it was waiting for that."""
    following = next_part(ledger, item)
    if following is None:
        return []
    following = following.changed(parent=address_of(sent.post) if sent.post else _address(item, sent, now))
    if following.state in WAITING and (following.due_at is None or following.due_at <= now):
        following = following.changed(state=OutboxState.COUNTDOWN, due_at=now, updated_at=now)
    return [following]


def _address(item: OutboxItem, sent: Sent, now: datetime) -> Post:
    """What was sent, as far as an answer to it needs to know, where its network did not give it back."""
    return Post(
        uri=sent.uri or sent.url, id=sent.id, network=item.network, source=item.account, kind=PostKind.POST,
        text=SafeText(""), created_at=now, first_seen_at=now, url=sent.url, by_us=True,
        reply_to=item.in_reply_to, root=item.conversation, visibility=item.visibility or "public",
    )  # fmt: skip
