"""Cases: who answers whom, and what is done.

A claim is a lease of ten minutes, renewed while its operator types. Closing is undone by reopening; a new message of
the customer reopens by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.case import LEASE, Case
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, StoreError
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.engine.ledger import ROOM, Ledger
from socialroom.engine.listening import ASKS
from socialroom.locale import N_

_log = logging.getLogger("socialroom.cases")
_RENEW_BELOW: Final = LEASE - timedelta(minutes=1)  # typing renews at most once a minute: each renewal tells everybody
_STILL: Final = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED})


class Cases:
    """Cases of one room. Every act is on disk before it returns, or StoreError and nothing done."""

    def __init__(self, *, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._unread: list[Post] = []  # messages whose conversation must reopen

    def all(self) -> Mapping[str, Case]:
        """Every case there is, by conversation."""
        return self._ledger.cases

    # --- who answers ----------------------------------------------------------------------------------------------

    def claim(self, conversation: str, name: str, *, take: bool = False) -> Case:
        """Says "I answer". `take` takes it from somebody, and stops what they were about to send there.

        Raises:
            Conflict: somebody else answers (the error names who), and `take` was not said.
            StoreError: nothing changed.
        """
        case, now = self._ledger.case(conversation), self._clock.now()
        holder = case.claimed_at(now)
        stopped: list[OutboxItem] = []
        if holder and holder != name:
            if not take:
                raise Conflict(
                    N_("{who} is answering this"), who=holder, remedy=N_("Take it over, or leave it to them.")
                )
            reason = Conflict(
                N_("{who} took this conversation over while this reply waited"),
                who=name,
                remedy=N_("Nothing was sent. Send it now, or take it back."),
            ).problem()
            stopped = [
                i.changed(state=OutboxState.HELD, updated_at=now, due_at=None, reason=reason)
                for i in self._ledger.items.values()
                if i.conversation == conversation and i.state in _STILL and i.operator != name
            ]
        claimed = _claimed(case, name, now)
        fields = {"from": holder} if holder and holder != name else {}
        self._ledger.commit("claimed", name, conversation, put=[claimed, *stopped], fields=fields)
        return claimed

    def release(self, conversation: str, name: str) -> Case:
        """Says "I do not". Raises Conflict when somebody else has it, StoreError."""
        case = self._ledger.case(conversation)
        holder = case.claimed_at(self._clock.now())
        if not holder:
            return case
        if holder != name:
            raise Conflict(N_("{who} is answering this, not you"), who=holder)
        freed: Case = case.changed(claimed_by="", claimed_until=None)
        self._ledger.commit("released", name, conversation, put=[freed])
        return freed

    def typing(self, conversation: str | None, name: str) -> Case | None:
        """The case with the claim that typing makes or renews; None when nothing changes."""
        if not conversation:
            return None
        case, now = self._ledger.case(conversation), self._clock.now()
        holder = case.claimed_at(now)
        if holder and holder != name:
            return None
        if holder and case.claimed_until and case.claimed_until - now > _RENEW_BELOW:
            return None
        return _claimed(case, name, now)

    # --- done -----------------------------------------------------------------------------------------------------

    def close(self, conversation: str, name: str) -> Case:
        """Done with it; one's own claim ends. Raises Conflict when somebody else is answering, StoreError."""
        case, now = self._ledger.case(conversation), self._clock.now()
        holder = case.claimed_at(now)
        if holder and holder != name:
            raise Conflict(N_("{who} is answering this"), who=holder, remedy=N_("Take it over, or leave it to them."))
        if case.done_at is not None:
            return case
        done: Case = case.changed(done_by=name, done_at=now, claimed_by="", claimed_until=None)
        self._ledger.commit("done", name, conversation, put=[done])
        return done

    def reopen(self, conversation: str, name: str) -> Case:
        """Not done with it after all. Raises StoreError."""
        case = self._ledger.case(conversation)
        if case.done_at is None:
            return case
        opened: Case = case.changed(done_by="", done_at=None)
        self._ledger.commit("reopened", name, conversation, put=[opened])
        return opened

    def heard(self, posts: Sequence[Post]) -> None:
        """A message that speaks to us and came, or was edited, after its conversation was closed reopens it.

        What counts is when it was first heard: somebody who closed a conversation while the line was down had not
        read what was written meanwhile.
        """
        self._unread.extend(p for p in posts if self._reopens(p))
        try:
            while self._unread:
                post = self._unread[-1]
                if self._reopens(post):
                    opened: Case = self._ledger.case(post.conversation).changed(done_by="", done_at=None)
                    self._ledger.commit("reopened", ROOM, post.conversation, put=[opened], fields={"post": post.uri})
                self._unread.pop()
        except StoreError as error:  # listening goes on; the conversation reopens when the disk takes it
            _log.error("a conversation could not be reopened: %s", error)

    def _reopens(self, post: Post) -> bool:
        case = self._ledger.cases.get(post.conversation)
        if case is None or case.done_at is None or post.by_us or post.deleted_at or post.kind not in ASKS:
            return False
        return post.first_seen_at > case.done_at or bool(post.edited_at and post.edited_at > case.done_at)


def answered(case: Case, item: OutboxItem, now: datetime) -> Case:
    """The case once this send is there: the post has its reply, and its operator's claim ends."""
    assert item.in_reply_to
    uris = case.answered if item.in_reply_to in case.answered else (*case.answered, item.in_reply_to)
    changed: Case = case.changed(answered=uris, answered_by=item.operator, answered_at=now)
    if changed.claimed_by == item.operator:
        changed = changed.changed(claimed_by="", claimed_until=None)
    return changed


def _claimed(case: Case, name: str, now: datetime) -> Case:
    claimed: Case = case.changed(claimed_by=name, claimed_until=now + LEASE)
    return claimed
