"""Approval: others say yes or no to exactly one text; whoever wrote any version of it never does."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from socialroom.domain.draft import ANSWERS, Approval, Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, Missing, NotAllowed, OutboxError, RoomError
from socialroom.domain.ports import Clock
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.engine import chains, reasons
from socialroom.engine.attachments import Attachments
from socialroom.engine.ledger import Kept, Ledger, may_be_there
from socialroom.engine.queueing import COUNTDOWN_MOST, Demand, Moment, Queueing
from socialroom.locale import N_


class Approvals:
    """What waits for others.

    Args:
        ledger: what the desk knows.
        queueing: makes drafts of sends and sends of drafts.
        attachments: the room's copies.
        capabilities: by account.
        clock: for moments.
        countdown: seconds that something approved still waits, where nothing else was said.
        carry: takes up what goes now.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        queueing: Queueing,
        attachments: Attachments,
        capabilities: Callable[[str], Capabilities],
        networks: Callable[[str], str],
        clock: Clock,
        countdown: float,
        carry: Callable[[OutboxItem], None],
    ) -> None:
        self._ledger, self._queueing, self._attachments = ledger, queueing, attachments
        self._capabilities, self._networks = capabilities, networks
        self._clock, self._countdown, self._carry = clock, countdown, carry

    def approve(self, item_id: str, text_hash: str, name: str) -> tuple[OutboxItem, str]:
        """A yes; with the last one it goes, and other candidates for the same post are turned down in the same act.

        Of a thread each part is approved, and none goes before all are. Gives the item and the step that undoes it.

        Raises:
            Missing: no such send.
            NotAllowed: one's own text.
            Conflict: it does not wait any more, another text waits, one said yes before, or another reply went out.
            StoreError: nothing was approved.
        """
        item = self._waiting(item_id)
        if name in {item.operator, *item.authors}:
            raise NotAllowed(
                N_("nobody approves a text of their own, and this one is partly {name}'s")
                if name != item.operator
                else N_("nobody approves a text of their own"),
                name=name,
                remedy=N_("Somebody else must approve it."),
            )
        if text_hash != item.text_hash:
            raise Conflict(N_("the text changed since you read it"), remedy=N_("Nothing was approved. Read it again."))
        if any(a.by == name and a.text_hash == text_hash for a in item.approvals):
            raise Conflict(N_("you have said yes to this before"), remedy=N_("Somebody else must approve it, too."))
        self._no_other_reply(item)
        now = self._clock.now()
        agreed: OutboxItem = item.changed(
            approvals=(*item.approvals, Approval(by=name, at=now, text_hash=text_hash)), updated_at=now
        )
        thread = [agreed if i.id == item.id else i for i in chains.thread_of(self._ledger, item)]
        put: list[Kept] = [agreed]
        going: list[OutboxItem] = []
        if all(i.approved for i in thread):
            others = self._others(item)
            despite = self._despite(item, others, name)
            going = [self._sent_off(i).changed(despite=despite) for i in thread]
            put = [*going, *(x for one in others for x in self._turned_down(one, name, reasons.another_chosen(name)))]
        fields = {
            "text": text_hash, "n": str(len(agreed.approvals)), "of": str(agreed.approvals_needed),
            "state": (going[0] if going else agreed).state.value,
        }  # fmt: skip
        what = Message(template=N_("approved {who}'s text"), values={"who": item.operator})
        step = self._ledger.commit("approved", name, item.id, put=put, fields=fields, undo=what)
        for one in going[:1]:
            if one.state in chains.WAITING:
                self._carry(one)
        return self._ledger.items[item.id], step

    def reject(self, item_id: str, reason: str, name: str) -> tuple[OutboxItem, str]:
        """A no, and why; the draft goes back to its writer.

        Raises:
            Missing: no such send.
            OutboxError: no reason was given.
            Conflict: it does not wait any more.
            StoreError: nothing was changed.
        """
        item = self._waiting(item_id)
        why = clean_line(reason, 300).strip()
        if not why:
            raise OutboxError(N_("a text is turned down for a reason"), remedy=N_("Say what its writer should change."))
        put = self._turned_down(item, name, reasons.turned_down(name, why), why)
        what = Message(template=N_("turned down {who}'s text"), values={"who": item.operator})
        fields = {"text": item.text_hash}
        step = self._ledger.commit("turned down", name, item.id, put=put, fields=fields, undo=what)
        return self._ledger.items[item.id], step

    async def revise(self, item_id: str, draft: Draft, name: str, demand: Demand) -> tuple[OutboxItem, str]:
        """Another text in its place: the next version, with approvals that start anew.

        Raises:
            Missing, OutboxError: the new text cannot be sent so.
            Conflict: it does not wait any more.
            StoreError: the old version still waits.
        """
        old = chains.thread_of(self._ledger, self._waiting(item_id))[0]
        new: Draft = draft.changed(
            account=old.account, in_reply_to=old.in_reply_to, conversation=old.conversation, visibility=old.visibility,
            kind=old.kind, corrects=old.corrects, seen=old.seen, split=draft.split or old.parts > 1,
        )  # fmt: skip
        self._queueing.check(new)
        media = await self._attachments.keep(
            new.media, self._capabilities(old.account).media, self._networks(old.account)
        )
        try:
            old = chains.thread_of(self._ledger, self._waiting(item_id))[0]
            now = self._clock.now()
            at = old.due_at if old.due_at is not None and old.due_at > now else None
            needed = Demand(max(1, old.approvals_needed, demand.needed), demand.why or old.why_approval)
            made = self._queueing.frozen(
                new.changed(media=media), name, Moment(delay=old.countdown, at=at, zone=old.zone), needed
            )
            authors = tuple(dict.fromkeys((old.operator, *old.authors, *made[0].authors)))
            items = [
                i.changed(
                    authors=authors,
                    version=old.version + 1,
                    replaces=old.id,
                    seen=old.seen,
                    seen_at=old.seen_at,
                    beside=old.beside,
                )
                for i in made
            ]
            reason = reasons.replaced(name).problem()
            ended: list[Kept] = [
                i.changed(state=OutboxState.CANCELLED, updated_at=now, due_at=None, reason=reason)
                for i in chains.thread_of(self._ledger, old)
            ]
            kept = self._ledger.drafts.get(draft.id)
            fields = {"version": str(items[0].version), "replaces": old.id, "text": items[0].text_hash}
            step = self._ledger.commit(
                "revised", name, items[0].id, put=[*ended, *items],
                drop=[kept] if kept is not None and kept.operator == name else [], fields=fields,
                undo=Message(template=N_("changed {who}'s text"), values={"who": old.operator}), send=items[0].id,
            )  # fmt: skip
        finally:
            self._attachments.named(media)
        return items[0], step

    # --- the parts of it --------------------------------------------------------------------------------------------

    def _waiting(self, item_id: str) -> OutboxItem:
        item = self._ledger.items.get(item_id)
        if item is None:
            raise Missing(N_("there is no such send"))
        if item.state is OutboxState.AWAITING_APPROVAL:
            return item
        newer = next((i for i in self._ledger.items.values() if i.replaces == item_id), None)
        if newer is not None:
            raise Conflict(
                N_("{who} put another text in its place"),
                who=newer.operator,
                remedy=N_("Nothing was approved. Read the new one."),
            )
        raise Conflict(
            N_("this does not wait for approval any more, it is: {state_word}"),
            state_word=item.state.value,
            remedy=N_("Nothing was changed."),
        )

    def _no_other_reply(self, item: OutboxItem) -> None:
        """Raises Conflict when another reply to the same post went out, or is about to, since this was written."""
        if not item.in_reply_to or item.kind not in ANSWERS:
            return
        mine = {i.id for i in chains.thread_of(self._ledger, item)}
        for other in self._ledger.items.values():
            if other.in_reply_to != item.in_reply_to or other.id in mine or other.kind not in ANSWERS:
                continue
            if other.id not in item.beside and may_be_there(other) and other.state is not OutboxState.AWAITING_APPROVAL:
                raise Conflict(
                    N_("a reply of {who} to this post may be there already or is on its way ({state_word})"),
                    who=other.operator,
                    state_word=other.state.value,
                    remedy=N_("Nothing was approved. Turn it down, or let its writer send it off again."),
                )

    def _others(self, item: OutboxItem) -> list[OutboxItem]:
        """Other candidates for the same post, one for each thread."""
        if not item.in_reply_to or item.kind not in ANSWERS:
            return []
        mine = {i.id for i in chains.thread_of(self._ledger, item)}
        return [
            i
            for i in self._ledger.items.values()
            if i.state is OutboxState.AWAITING_APPROVAL
            and i.in_reply_to == item.in_reply_to
            and i.kind in ANSWERS
            and i.part == 1
            and i.id not in mine
        ]

    def _despite(self, item: OutboxItem, others: list[OutboxItem], name: str) -> str:
        """Who has the case, where this yes has settled that, too: the approver, or a writer whose text was not chosen."""
        holder = self._ledger.case(item.conversation or "").claimed_at(self._clock.now()) if item.conversation else ""
        settled = {name, *(writer for i in others for writer in (i.operator, *i.authors))}
        return holder if holder in settled else item.despite

    def _sent_off(self, item: OutboxItem) -> OutboxItem:
        """With all its approvals: it counts down, waits for its schedule, or is held because that has passed."""
        now = self._clock.now()
        if item.due_at is None:
            seconds = self._countdown if item.countdown is None else item.countdown
            state = OutboxState.COUNTDOWN if seconds <= COUNTDOWN_MOST else OutboxState.SCHEDULED
            going: OutboxItem = item.changed(state=state, due_at=now + timedelta(seconds=seconds), updated_at=now)
        elif item.due_at > now:
            going = item.changed(state=OutboxState.SCHEDULED, updated_at=now)
        else:
            problem = reasons.schedule_passed().problem()
            going = item.changed(state=OutboxState.HELD, due_at=None, reason=problem, updated_at=now)
        return going

    def _turned_down(self, item: OutboxItem, name: str, error: RoomError, why: str = "") -> list[Kept]:
        """Every part ends, and the writer has the draft again."""
        now = self._clock.now()
        thread = chains.thread_of(self._ledger, item)
        ended: list[Kept] = [
            i.changed(
                state=OutboxState.CANCELLED, updated_at=now, due_at=None, rejected_by=name,
                turned_down=why or str(error.problem().what), reason=error.problem(),
            )
            for i in thread
        ]  # fmt: skip
        return [*ended, self._queueing.revived(thread), *self._queueing.replaced(thread[0])]
