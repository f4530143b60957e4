"""The reply desk: drafts that are never lost, who answers whom, what is done, and whether a reply may go.

A claim is a lease of ten minutes, renewed while its operator types. Closing is undone by reopening; a new message of
the customer reopens by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, Missing, StoreError
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.engine.ledger import WITHOUT_A_POST, Ledger
from socialroom.engine.listening import ASKS
from socialroom.locale import N_

_log = logging.getLogger("socialroom.desk")
LEASE: Final = timedelta(minutes=10)
_RENEW_BELOW: Final = LEASE - timedelta(minutes=1)  # typing renews at most once a minute: each renewal tells everybody
_STILL: Final = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED})
ROOM: Final = "room"  # the actor of what nobody did by hand


class Desk:
    """Drafts and cases of one room. Every act is on disk before it returns, or StoreError and nothing done."""

    def __init__(self, *, ledger: Ledger, clock: Clock) -> None:
        self._ledger, self._clock = ledger, clock
        self._unread: list[Post] = []  # messages whose conversation must reopen

    def cases(self) -> Mapping[str, Case]:
        """Every case there is, by conversation."""
        return self._ledger.cases

    def drafts(self) -> list[Draft]:
        """All drafts, the latest first."""
        return sorted(self._ledger.drafts.values(), key=lambda d: d.updated_at, reverse=True)

    # --- drafts -------------------------------------------------------------------------------------------------

    def save_draft(self, draft: Draft, name: str, *, answers: bool = True) -> Draft:
        """Keeps a text as it is typed; on disk when it returns.

        Args:
            draft: the whole draft; its operator and time are set here.
            name: who types.
            answers: typing says "I answer this": makes or renews the claim, unless somebody else has it.

        Raises:
            Conflict: it is somebody else's draft, or it became a send and says something else now.
            StoreError: nothing was kept.
        """
        known = self._ledger.drafts.get(draft.id)
        if known is not None and known.operator != name:
            raise Conflict(
                N_("this draft is {who}'s"), who=known.operator, remedy=N_("Copy what you need into a draft of yours.")
            )
        sent = self._ledger.send_of(draft.id)
        if sent is not None:
            if sent.text == draft.text:
                return draft  # a late save of what is safe in the outbox already
            raise Conflict(
                N_("this draft became a send ({state_word}) before this was typed"),
                state_word=sent.state.value,
                remedy=N_("Take the send back while it waits, or write a new draft."),
            )
        case = self._typing(draft.conversation, name) if answers else None
        kept: Draft = draft.changed(operator=name, updated_at=self._clock.now())
        if known is not None and kept.changed(updated_at=known.updated_at) == known and case is None:
            return known
        act = "draft begun" if known is None else None
        self._ledger.commit(act, name, draft.id, put=[kept, case] if case else [kept], fields=_of_draft(kept))
        return kept

    def discard_draft(self, draft_id: str, name: str) -> None:
        """Throws a draft away.

        Raises:
            Missing: there is none.
            Conflict: it is somebody else's.
            StoreError: it is still there.
        """
        draft = self._ledger.drafts.get(draft_id)
        if draft is None:
            raise Missing(N_("there is no such draft any more"))
        if draft.operator != name:
            raise Conflict(N_("this draft is {who}'s"), who=draft.operator, remedy=N_("Ask them to discard it."))
        self._ledger.commit("draft discarded", name, draft_id, drop=[draft], fields=_of_draft(draft))

    def _typing(self, conversation: str | None, name: str) -> Case | None:
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

    # --- may it go ------------------------------------------------------------------------------------------------

    def check_send(self, draft: Draft, name: str, *, anyway: bool = False) -> None:
        """Asks first, before a second voice answers. `anyway` is the operator's word that it should.

        Raises:
            Conflict: somebody else answers, has answered or is about to, or another's draft changed meanwhile.
        """
        kept = self._ledger.drafts.get(draft.id)
        if kept is not None and kept.operator != name and kept.text != draft.text:
            raise Conflict(
                N_("{who} changed this draft meanwhile"), who=kept.operator, remedy=N_("Read it again, then send.")
            )
        if anyway or not draft.in_reply_to or self._ledger.send_of(draft.id) is not None:
            return  # a draft that is a send already: the same command again, and the outbox gives the same send back
        case = self._ledger.case(draft.conversation or draft.in_reply_to)
        holder = case.claimed_at(self._clock.now())
        if holder and holder != name:
            raise Conflict(N_("{who} is answering this"), who=holder, remedy=_SEND_ANYWAY)
        if draft.in_reply_to in case.answered:
            raise Conflict(N_("{who} has answered this post"), who=case.answered_by, remedy=_SEND_ANYWAY)
        for item in self._ledger.items.values():
            if item.in_reply_to == draft.in_reply_to and _may_be_there(item):
                raise Conflict(
                    N_("a reply of {who} to this post may be there already or is on its way ({state_word})"),
                    who=item.operator,
                    state_word=item.state.value,
                    remedy=_SEND_ANYWAY,
                )

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


_SEND_ANYWAY: Final = N_("Send anyway, or leave it.")


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


def _may_be_there(item: OutboxItem) -> bool:
    """On its way or on the network, or let go by a person who did not know (which leaves its reason)."""
    return item.state not in WITHOUT_A_POST or (item.state is OutboxState.CANCELLED and item.reason is not None)


def _of_draft(draft: Draft) -> dict[str, str]:
    return {"account": draft.account, "in_reply_to": draft.in_reply_to or ""}
