"""What operators ask about sends: what else they need the right to, and whether others must approve it first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from socialroom.domain import requests as r
from socialroom.domain.approval_rule import ApprovalRule, Proposal, first_match
from socialroom.domain.draft import WRITES, Draft, OutboxItem, SendKind
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post
from socialroom.domain.roles import Right
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.drafts import Drafts
from socialroom.engine.ledger import Ledger
from socialroom.engine.outbox import Outbox
from socialroom.engine.queueing import Demand, first_of
from socialroom.engine.roles import Roles
from socialroom.locale import N_


class Sending:
    """The outbox as operators reach it.

    Args:
        outbox: does it.
        drafts: asks before a second voice answers.
        ledger: what the desk knows.
        roles: the room's table.
        rules: which sends need approval; the first that matches decides.
        network: of an account; empty where there is none.
        find_post: a stored post by uri.
        operators: the names of those who may sit in the room; none where anybody may.
        may_see: whether a seat may see a post: nobody answers what they may not read.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        outbox: Outbox,
        drafts: Drafts,
        ledger: Ledger,
        roles: Roles,
        rules: Sequence[ApprovalRule],
        network: Callable[[str], str],
        find_post: Callable[[str], Post | None],
        operators: Sequence[str],
        may_see: Callable[[Operator, Post], bool],
    ) -> None:
        self._outbox, self._drafts, self._ledger, self._roles = outbox, drafts, ledger, roles
        self._rules, self._network, self._find_post = tuple(rules), network, find_post
        self._operators, self._reads = frozenset(operators), may_see

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {
            r.QueueSend: self._queue,
            r.ProposeSend: self._propose,
            r.ApproveSend: self._approve,
            r.RejectSend: self._reject,
            r.ReviseSend: self._revise,
            r.RescheduleSend: self._reschedule,
            r.CancelSend: self._cancel,
            r.ReleaseHeld: self._release,
            r.ResolveUnknown: self._resolve,
            r.React: self._react,
            r.DeleteSent: self._delete,
        }

    # --- new sends ----------------------------------------------------------------------------------------------

    async def _queue(self, command: r.QueueSend, operator: Operator) -> r.Done:
        draft = command.draft
        self._check(draft, operator)
        demand = self.demand(draft, operator)

        def asked() -> None:
            self._drafts.check_send(draft, operator.name, anyway=command.anyway, proposes=bool(demand.needed))

        asked()
        item = await self._outbox.queue(
            draft, operator.name, command.delay, at=command.at, zone=command.zone, anyway=command.anyway, demand=demand,
            asked=asked,
        )  # fmt: skip
        return r.Done(item=item, step=self._ledger.step_of_send(item.id, operator.name))

    async def _propose(self, command: r.ProposeSend, operator: Operator) -> r.Done:
        self._check(command.draft, operator)
        demand = self.demand(command.draft, operator)
        why = demand.why or Message(template=N_("{who} asks for approval"), values={"who": operator.name})

        def asked() -> None:
            self._drafts.check_send(command.draft, operator.name, proposes=True)

        asked()
        needed = Demand(max(1, demand.needed), why)
        item = await self._outbox.queue(command.draft, operator.name, demand=needed, asked=asked)
        return r.Done(item=item, step=self._ledger.step_of_send(item.id, operator.name))

    def demand(self, draft: Draft, operator: Operator) -> Demand:
        """How many others must say yes before this operator's text may go."""
        corrected = self._corrected(draft)
        answers = corrected.in_reply_to if corrected else draft.in_reply_to
        new_post = draft.kind is not SendKind.MESSAGE and answers is None
        parent = (self._find_post(answers) if answers else None) or (corrected.parent if corrected else None)
        conversation = parent.conversation if parent else draft.conversation
        case = self._ledger.cases.get(conversation) if conversation else None
        proposal = Proposal(
            role=operator.role, account=draft.account, network=self._network(draft.account), text=draft.text,
            audience=case.audience if case else "", new_post=new_post,
        )  # fmt: skip
        rule = first_match(self._rules, proposal)
        if rule is not None:
            return Demand(rule.count, rule.why)
        if not self._roles.has(operator, Right.PUBLISH if new_post else Right.REPLY):
            template = (
                N_("a new post by somebody who sits here as {role_word}")
                if new_post
                else N_("a text by somebody who sits here as {role_word}")
            )
            return Demand(1, Message(template=template, values={"role_word": operator.role.value}))
        if corrected is not None and corrected.approvals_needed:  # an approved text is not changed by one alone
            return Demand(corrected.approvals_needed, corrected.why_approval)
        return Demand()

    def _corrected(self, draft: Draft) -> OutboxItem | None:
        """What an edit corrects: the post as it was sent first."""
        if draft.kind is not SendKind.EDIT:
            return None
        return first_of(self._ledger, draft.corrects)

    def _check(self, draft: Draft, operator: Operator) -> None:
        """Raises NotAllowed for what the command's own right does not cover."""
        if draft.kind not in WRITES:
            raise Missing(N_("a draft is not the way to do this: {act_word}"), act_word=draft.kind.value)
        parent = self._find_post(draft.in_reply_to) if draft.in_reply_to else None
        if draft.kind is SendKind.MESSAGE or (parent is not None and not self._reads(operator, parent)):
            self._roles.need(operator, Right.PRIVATE)
        if draft.kind is SendKind.EDIT and draft.corrects in self._ledger.items:
            self._may_see(draft.corrects, operator)
        then = draft.afterwards
        if then is None:
            return
        if then.tags:
            self._roles.need(operator, Right.TAG)
        if then.assign:
            self._roles.need(operator, Right.ASSIGN_OWN)
            if self._operators and then.assign not in self._operators:
                raise Missing(N_("{name} is not an operator of this room"), name=then.assign)
        if then.done or then.snooze:
            self._roles.need(operator, Right.HANDLE)

    # --- approval -----------------------------------------------------------------------------------------------

    def _approve(self, command: r.ApproveSend, operator: Operator) -> r.Done:
        self._roles.need(operator, Right.APPROVE)
        self._may_see(command.item, operator)
        item, step = self._outbox.approvals.approve(command.item, command.text_hash, operator.name)
        return r.Done(item=item, step=step)

    def _reject(self, command: r.RejectSend, operator: Operator) -> r.Done:
        self._may_see(command.item, operator)
        item, step = self._outbox.approvals.reject(command.item, command.reason, operator.name)
        return r.Done(item=item, step=step)

    async def _revise(self, command: r.ReviseSend, operator: Operator) -> r.Done:
        item = self._may_see(command.item, operator)
        writes = operator.name in {item.operator, *item.authors}
        if not writes and not self._roles.has(operator, Right.APPROVE):
            raise NotAllowed(
                N_("only its writer and those who approve may change this text"),
                remedy=N_("Write a draft of your own."),
            )
        draft = command.draft.changed(kind=item.kind, in_reply_to=item.in_reply_to, conversation=item.conversation)
        self._check(draft, operator)
        demand = self.demand(draft.changed(account=item.account), operator)
        item, step = await self._outbox.approvals.revise(command.item, command.draft, operator.name, demand)
        return r.Done(item=item, step=step)

    # --- what was made ------------------------------------------------------------------------------------------

    async def _cancel(self, command: r.CancelSend, operator: Operator) -> r.Done:
        item = self._ledger.items.get(command.item)
        if item is not None and operator.name not in {item.operator, *item.authors}:
            self._roles.need(operator, Right.REPLY)  # what one proposed oneself may always be taken back
        return r.Done(draft=await self._outbox.cancel(command.item, operator.name))

    async def _release(self, command: r.ReleaseHeld, operator: Operator) -> r.Done:
        self._may_see(command.item, operator)
        item = self._outbox.deciding.release(command.item, operator.name)
        return r.Done(item=item, step=self._ledger.step_of_send(item.id, operator.name))

    async def _resolve(self, command: r.ResolveUnknown, operator: Operator) -> r.Done:
        self._may_see(command.item, operator)
        item = self._outbox.deciding.resolve(command.item, command.verdict, command.url, operator.name)
        return r.Done(item=item)

    async def _reschedule(self, command: r.RescheduleSend, operator: Operator) -> r.Done:
        self._may_see(command.item, operator)
        item, step = self._outbox.deciding.reschedule(command.item, command.at, command.zone, operator.name)
        return r.Done(item=item, step=step)

    async def _react(self, command: r.React, operator: Operator) -> r.Done:
        post = self._find_post(command.uri)
        if post is not None and not self._reads(operator, post):
            self._roles.need(operator, Right.PRIVATE)
        item, step = self._outbox.reacting.react(
            command.kind, command.uri, command.account, operator.name, command.delay
        )
        return r.Done(item=item, step=step)

    async def _delete(self, command: r.DeleteSent, operator: Operator) -> r.Done:
        self._may_see(command.item, operator)
        item, step = self._outbox.reacting.delete(command.item, operator.name, command.delay)
        return r.Done(item=item, step=step)

    def _may_see(self, item_id: str, operator: Operator) -> OutboxItem:
        """The item. Raises Missing, and NotAllowed for an answer to a private message that this seat does not see."""
        item = self._outbox.deciding.item(item_id)
        parent = (self._find_post(item.in_reply_to) if item.in_reply_to else None) or item.parent
        private = item.visibility == "direct" or item.kind is SendKind.MESSAGE
        if private or (parent is not None and not self._reads(operator, parent)):
            self._roles.need(operator, Right.PRIVATE)
        return item
