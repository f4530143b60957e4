"""Likes, reposts, follows and deletions: sends without a text of ours."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.draft import OPPOSITES, OutboxItem, OutboxState, SendKind, address_of, text_hash
from socialroom.domain.errors import Missing, OutboxError
from socialroom.domain.person import Author
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post, PostKind
from socialroom.domain.value import Message
from socialroom.engine.ledger import Ledger
from socialroom.engine.queueing import COUNTDOWN_MOST, Queueing, sent_of_ours
from socialroom.locale import N_

_ABOUT_PEOPLE = frozenset({
    SendKind.FOLLOW, SendKind.UNFOLLOW, SendKind.MUTE, SendKind.UNMUTE, SendKind.BLOCK, SendKind.UNBLOCK,
})  # fmt: skip


class Reacting:
    """Makes sends that are about a post. `networks` is by account."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        queueing: Queueing,
        find_post: Callable[[str], Post | None],
        networks: Mapping[str, str],
        clock: Clock,
        countdown: float,
        carry: Callable[[str], None],
    ) -> None:
        self._ledger, self._queueing, self._find_post = ledger, queueing, find_post
        self._networks, self._clock, self._countdown, self._carry = networks, clock, countdown, carry

    def react(self, kind: SendKind, uri: str, account: str, name: str, delay: float | None) -> tuple[OutboxItem, str]:
        """A like, a repost, a follow …: at once, unless a delay is said. Gives the item and the step that undoes it.

        Raises:
            Missing: the post is not in the room, or the account's network cannot do this.
            OutboxError: it is no reaction, or the delay is none.
            StoreError: nothing was done.
        """
        if kind not in OPPOSITES:
            raise OutboxError(N_("{act_word} is not a reaction"), act_word=kind.value)
        self._queueing.check_act(account, kind)
        post = self._find_post(uri)
        if post is None:
            raise Missing(N_("the post that this is about is not in the room"), remedy=N_("Nothing was done."))
        target = address_of(post)
        if kind in _ABOUT_PEOPLE and post.author is not None:
            target = target.changed(author=Author(id=post.author.id, handle=post.author.handle))
        item = self._item(kind, account, name, target, delay or 0.0)
        what = Message(template=N_("{act_word} as {account}"), values={"act_word": kind.value, "account": account})
        fields = {"kind": kind.value, "about": uri, "account": account}
        if delay:
            step = self._ledger.commit("send queued", name, item.id, put=[item], fields=fields, undo=what, send=item.id)
        else:
            self._ledger.commit("send queued", name, item.id, put=[item], fields=fields)
            back = r.React(kind=OPPOSITES[kind], uri=uri, account=account)
            step = self._ledger.offer_undo(name, what, json.dumps([msgspec.to_builtins(back)]))
        self._carry(item.id)
        return item, step

    def delete(self, item_id: str, name: str, delay: float | None) -> tuple[OutboxItem, str]:
        """Takes a sent text back from its network, after the room's countdown unless another is said.

        Gives the item and the step that undoes it. Raises Missing, Conflict, OutboxError, StoreError.
        """
        sent = sent_of_ours(self._ledger, item_id)
        self._queueing.check_act(sent.account, SendKind.DELETE)
        before = next(
            (
                i
                for i in self._ledger.items.values()
                if i.kind is SendKind.DELETE
                and i.corrects == sent.id
                and i.state not in (OutboxState.CANCELLED, OutboxState.REJECTED)
            ),
            None,
        )
        if before is not None:  # the same act again
            return before, self._ledger.step_of_send(before.id, name)
        seconds = self._countdown if delay is None else delay
        item = self._item(SendKind.DELETE, sent.account, name, self._queueing.target_of(sent), seconds)
        item = item.changed(
            corrects=sent.id, visibility=sent.visibility or item.visibility, conversation=sent.conversation
        )
        step = self._ledger.commit(
            "send queued", name, item.id, put=[item], fields={"kind": "delete", "about": sent.id},
            undo=Message(template=N_("deletion of a sent text")), send=item.id,
        )  # fmt: skip
        self._carry(item.id)
        return item, step

    def _item(self, kind: SendKind, account: str, name: str, target: Post, seconds: float) -> OutboxItem:
        if not 0 <= seconds <= COUNTDOWN_MOST:
            raise OutboxError(N_("a send waits between no time and five minutes, not {seconds} s"), seconds=seconds)
        now: datetime = self._clock.now()
        private = target.kind is PostKind.MESSAGE or target.visibility == "direct"
        return OutboxItem(
            id=uuid.uuid4().hex, draft="", operator=name, authors=(name,), account=account,
            network=self._networks[account], text="", text_hash=text_hash(""), state=OutboxState.COUNTDOWN,
            updated_at=now, seen_at=now, due_at=now + timedelta(seconds=seconds), kind=kind, target=target,
            conversation=target.conversation, visibility="direct" if private else "", countdown=seconds,
        )  # fmt: skip
