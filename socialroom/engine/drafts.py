"""Drafts that are never lost, and whether a reply may go."""

from __future__ import annotations

from typing import Final

from socialroom.domain.draft import ANSWERS, Draft, OutboxState
from socialroom.domain.errors import Conflict, Missing
from socialroom.domain.ports import Clock
from socialroom.domain.value import Message
from socialroom.engine.cases import Cases
from socialroom.engine.ledger import Ledger, may_be_there
from socialroom.locale import N_


class Drafts:
    """Drafts of one room. Every act is on disk before it returns, or StoreError and nothing done."""

    def __init__(self, *, ledger: Ledger, cases: Cases, clock: Clock) -> None:
        self._ledger, self._cases, self._clock = ledger, cases, clock

    def all(self) -> list[Draft]:
        """All drafts, the latest first."""
        return sorted(self._ledger.drafts.values(), key=lambda d: d.updated_at, reverse=True)

    def save(self, draft: Draft, name: str, *, answers: bool = True) -> Draft:
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
            if sent.typed == draft.text:
                return draft  # a late save of what is safe in the outbox already
            raise Conflict(
                N_("this draft became a send ({state_word}) before this was typed"),
                state_word=sent.state.value,
                remedy=N_("Take the send back while it waits, or write a new draft."),
            )
        case = self._cases.typing(draft.conversation, name) if answers else None
        kept: Draft = draft.changed(operator=name, updated_at=self._clock.now())
        if known is not None and kept.changed(updated_at=known.updated_at) == known and case is None:
            return known
        act = "draft begun" if known is None else None
        self._ledger.commit(act, name, draft.id, put=[kept, case] if case else [kept], fields=_of_draft(kept))
        return kept

    def discard(self, draft_id: str, name: str) -> str:
        """Throws a draft away; gives the step that brings it back. A blank one is nothing to bring back.

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
        undo = Message(template=N_("a draft thrown away")) if draft.text.strip() or draft.media else None
        return self._ledger.commit("draft discarded", name, draft_id, drop=[draft], fields=_of_draft(draft), undo=undo)

    # --- may it go ------------------------------------------------------------------------------------------------

    def check_send(self, draft: Draft, name: str, *, anyway: bool = False, proposes: bool = False) -> None:
        """Asks first, before a second voice answers. `anyway` is the operator's word that it should.

        `proposes`: it will wait for approval, beside other candidates and whoever else answers.

        Raises:
            Conflict: somebody else answers, has answered or is about to, or another's draft changed meanwhile; the
                customer wrote something that the writer has not seen.
        """
        kept = self._ledger.drafts.get(draft.id)
        if kept is not None and kept.operator != name and kept.text != draft.text:
            raise Conflict(
                N_("{who} changed this draft meanwhile"), who=kept.operator, remedy=N_("Read it again, then send.")
            )
        if anyway or not draft.in_reply_to or draft.kind not in ANSWERS or self._ledger.send_of(draft.id) is not None:
            return  # a draft that is a send already: the same command again, and the outbox gives the same send back
        case = self._ledger.case(draft.conversation or draft.in_reply_to)
        holder = case.claimed_at(self._clock.now())
        if holder and holder != name and not proposes:
            raise Conflict(N_("{who} is answering this"), who=holder, remedy=_SEND_ANYWAY)
        if draft.seen is not None and case.version > draft.seen:
            raise Conflict(
                N_("the customer wrote again, or changed a message, since you read this"),
                post=case.asked_in,
                remedy=_SEND_ANYWAY,
            )
        if draft.in_reply_to in case.answered:
            raise Conflict(N_("{who} has answered this post"), who=case.answered_by, remedy=_SEND_ANYWAY)
        for item in self._ledger.items.values():
            if proposes and item.state is OutboxState.AWAITING_APPROVAL:
                continue
            if item.in_reply_to == draft.in_reply_to and item.kind in ANSWERS and may_be_there(item):
                raise Conflict(
                    N_("a reply of {who} to this post may be there already or is on its way ({state_word})"),
                    who=item.operator,
                    state_word=item.state.value,
                    remedy=_SEND_ANYWAY,
                )


_SEND_ANYWAY: Final = N_("Send anyway, or leave it.")


def _of_draft(draft: Draft) -> dict[str, str]:
    return {"account": draft.account, "in_reply_to": draft.in_reply_to or ""}
