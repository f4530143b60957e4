"""Freezes drafts into sends: text, attachments, moment, and whether others must approve first."""

from __future__ import annotations

import math
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from socialroom.domain.counting import measure
from socialroom.domain.draft import (
    ANSWERS,
    Draft,
    OutboxItem,
    OutboxState,
    SendKind,
    address_of,
    text_hash,
)
from socialroom.domain.errors import Conflict, Missing, OutboxError
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post, PostKind
from socialroom.domain.specs import Capabilities
from socialroom.domain.splitting import split
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.engine import chains
from socialroom.engine.attachments import Attachments
from socialroom.engine.cases import claimed
from socialroom.engine.ledger import Kept, Ledger, may_be_there
from socialroom.locale import N_

COUNTDOWN_MOST: Final = 300.0  # seconds; what goes later is scheduled
_SCHEDULE_MOST: Final = 366 * 86400.0


class Demand(NamedTuple):
    """How many others must say yes, and which rule asks for it."""

    needed: int = 0
    why: Message | None = None


class Moment(NamedTuple):
    """When a send goes: a schedule, or seconds of countdown (None is the room's)."""

    delay: float | None = None
    at: datetime | None = None
    zone: str = ""


class Queueing:
    """Makes sends of drafts. `capabilities` and `networks` are by account, which is its source's name."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        capabilities: Mapping[str, Capabilities],
        networks: Mapping[str, str],
        find_post: Callable[[str], Post | None],
        clock: Clock,
        countdown: float,
        attachments: Attachments,
    ) -> None:
        self._ledger, self._clock, self._countdown = ledger, clock, countdown
        self._capabilities, self._networks = capabilities, networks
        self._find_post, self._attachments = find_post, attachments

    async def queue(
        self,
        draft: Draft,
        name: str,
        moment: Moment,
        demand: Demand,
        *,
        anyway: bool = False,
        asked: Callable[[], None] = lambda: None,
    ) -> list[OutboxItem]:
        """Freezes a draft: one item, or the parts of a thread. See `Outbox.queue`."""
        if (before := self._known(draft)) is not None:
            return [before]
        self.check(draft)
        self._when(moment)
        media = await self._attachments.keep(
            draft.media, self._capabilities[draft.account].media, self._networks[draft.account]
        )
        try:
            if (before := self._known(draft)) is not None:  # queued meanwhile
                return [before]
            asked()  # somebody else may have answered while the attachments were copied
            items = self.frozen(draft.changed(media=media), name, moment, demand, anyway=anyway)
            case = self._claim(items[0], name)
            kept = self._ledger.drafts.get(draft.id)
            fields = {"draft": draft.id, "account": items[0].account, "text": items[0].text_hash}
            if demand.needed:
                fields["approvals"] = str(demand.needed)
            put: list[Kept] = [*items, *([case] if case else [])]
            self._ledger.commit(
                "approval asked for" if demand.needed else "send queued", name, items[0].id, put=put,
                drop=[kept] if kept else [], fields=fields | {"in_reply_to": items[0].in_reply_to or ""},
                undo=_what(items[0], demand), send=items[0].id,
            )  # fmt: skip
        finally:
            self._attachments.named(media)
        return items

    def check(self, draft: Draft) -> None:
        """Raises Missing or OutboxError when the account cannot send this."""
        if draft.account not in self._networks:
            raise Missing(
                N_("no account called {name} may publish here"),
                name=draft.account,
                remedy=N_("Declare it in room.toml, or run: socialroom login"),
            )
        offered = self._capabilities[draft.account]
        self.check_act(draft.account, draft.kind)
        if draft.kind is SendKind.POST and draft.visibility and draft.visibility not in offered.visibilities:
            raise OutboxError(  # else a text for a few would be one for all there
                N_("{network} knows no such audience: {chosen}"),
                network=self._networks[draft.account],
                chosen=draft.visibility,
                remedy=N_("Choose another one; nothing was sent."),
            )
        if not draft.text.strip() and not draft.media:
            raise OutboxError(N_("an empty text cannot be sent"))
        count = measure(draft.text, offered.count)
        if count.over and not self._splits(draft):
            raise OutboxError(
                N_("the text is too long: {used} of {limit} {unit_word}"),
                used=count.used,
                limit=count.limit,
                unit_word=count.unit,
                remedy=N_("Shorten it; nothing was sent."),
            )

    def check_act(self, account: str, kind: SendKind) -> None:
        """Raises Missing when the account's network cannot do this through the room."""
        if account not in self._networks or kind not in self._capabilities[account].acts:
            raise Missing(
                N_("{network} cannot do this through the room: {act_word}"),
                network=self._networks.get(account, account),
                act_word=kind.value,
            )

    def frozen(
        self, draft: Draft, name: str, moment: Moment, demand: Demand, *, anyway: bool = False
    ) -> list[OutboxItem]:
        """The items of a draft whose attachments are the room's copies; nothing is kept yet."""
        now = self._clock.now()
        state, goes_at, seconds = self._when(moment)
        due: datetime | None = goes_at
        if demand.needed:
            state, due = OutboxState.AWAITING_APPROVAL, moment.at
        corrects = self._corrected(draft) if draft.kind is SendKind.EDIT else None
        in_reply_to = corrects.in_reply_to if corrects else draft.in_reply_to
        parent = self._parent(in_reply_to, corrects)
        conversation = parent.conversation if parent else draft.conversation
        case = self._ledger.cases.get(conversation) if conversation else None
        seen = draft.seen if draft.seen is not None and not anyway else None
        if seen is None and case is not None and case.version and draft.kind in ANSWERS:
            seen = case.version
        holder = case.claimed_at(now) if case is not None else ""
        offered = self._capabilities[draft.account]
        texts = (
            split(draft.text, offered.count, opening=self._opening(draft, parent))
            if self._splits(draft)
            else [draft.text]
        )
        first = OutboxItem(
            id=uuid.uuid4().hex,
            draft=draft.id,
            operator=name,
            authors=self._writers(draft, name),
            account=draft.account,
            network=self._networks[draft.account],
            text=texts[0],
            text_hash=text_hash(texts[0], draft.media),
            state=state,
            updated_at=now,
            seen_at=now,
            seen=seen,
            due_at=due,
            in_reply_to=in_reply_to,
            parent=address_of(parent) if parent else None,
            conversation=conversation,
            visibility=corrects.visibility
            if corrects
            else draft.visibility or ("direct" if draft.kind is SendKind.MESSAGE else ""),
            kind=draft.kind,
            target=self.target_of(corrects) if corrects else None,
            corrects=corrects.id if corrects else "",
            media=draft.media,
            language=draft.language,
            parts=len(texts),
            countdown=seconds,
            zone=moment.zone,
            approvals_needed=demand.needed,
            why_approval=demand.why,
            afterwards=draft.afterwards,
            beside=self._beside(in_reply_to),
            despite=holder if anyway and holder != name else "",
            whole=draft.text if len(texts) > 1 else "",
        )
        items = [first]
        for part, text in enumerate(texts[1:], 2):
            following: OutboxItem = first.changed(
                id=uuid.uuid4().hex, text=text, text_hash=text_hash(text), media=(), part=part, after=items[-1].id,
                whole="",
            )  # fmt: skip
            items.append(following)
        return items

    def revived(self, items: list[OutboxItem]) -> Draft:
        """The draft of a send, or of what is left of a thread, that did not go.

        What was typed under its name meanwhile stays beside it.
        """
        first = items[0]
        taken = first.draft in self._ledger.drafts or first.part > 1  # its first part is that draft's send
        return Draft(
            id=uuid.uuid4().hex if taken else first.draft,
            operator=first.operator,
            account=first.account,
            text=first.typed if first.part == 1 else "\n".join(i.text for i in items),
            updated_at=self._clock.now(),
            in_reply_to=first.in_reply_to if first.kind in ANSWERS else None,
            conversation=first.conversation,
            visibility=first.visibility,
            kind=first.kind,
            corrects=first.corrects,
            media=first.media,
            language=first.language,
            split=first.parts > 1,
            afterwards=first.afterwards,
        )

    def replaced(self, item: OutboxItem) -> list[Draft]:
        """Drafts of the versions before it that others wrote: with this one no text of theirs waits any more."""
        found: dict[str, Draft] = {}
        before = self._ledger.items.get(item.replaces)
        while before is not None:
            if before.operator != item.operator and before.operator not in found:
                whole = chains.thread_of(self._ledger, before)
                found[before.operator] = self.revived(whole).changed(id=uuid.uuid4().hex)
            before = self._ledger.items.get(before.replaces)
        return list(found.values())

    # --- the parts of it --------------------------------------------------------------------------------------------

    def _known(self, draft: Draft) -> OutboxItem | None:
        before = self._ledger.send_of(draft.id)
        if before is None or before.typed == draft.text:
            return before
        raise Conflict(
            N_("this draft became a send ({state_word}) with another text"),
            state_word=before.state.value,
            remedy=N_("Take that send back while it waits, or write a new draft."),
        )

    def _when(self, moment: Moment) -> tuple[OutboxState, datetime, float | None]:
        """The state in which it waits, until when, and the countdown that was asked for."""
        now = self._clock.now()
        if moment.at is not None:
            return OutboxState.SCHEDULED, self.schedule(moment.at), moment.delay
        seconds = self._countdown if moment.delay is None else moment.delay
        if not math.isfinite(seconds) or not 0 <= seconds <= _SCHEDULE_MOST:
            raise OutboxError(N_("a send waits between no time and a year, not {seconds} seconds"), seconds=seconds)
        state = OutboxState.COUNTDOWN if seconds <= COUNTDOWN_MOST else OutboxState.SCHEDULED
        return state, now + timedelta(seconds=seconds), moment.delay

    def schedule(self, at: datetime) -> datetime:
        """A moment to come. Raises OutboxError when it is past, or further away than a year."""
        left = (at - self._clock.now()).total_seconds()
        if not 0 < left <= _SCHEDULE_MOST:
            raise OutboxError(
                N_("a send can be scheduled from now to a year from now, not for {moment}"),
                moment=at.isoformat(timespec="minutes"),
                remedy=N_("Choose another moment; nothing was changed."),
            )
        return at

    def _beside(self, in_reply_to: str | None) -> tuple[str, ...]:
        """Replies to that post that are there, or on their way: its writer was told, and sends it off all the same."""
        if not in_reply_to:
            return ()
        others = (i for i in self._ledger.items.values() if i.in_reply_to == in_reply_to and i.kind in ANSWERS)
        return tuple(i.id for i in others if may_be_there(i) and i.state is not OutboxState.AWAITING_APPROVAL)

    def _writers(self, draft: Draft, name: str) -> tuple[str, ...]:
        """Whoever wrote the draft, or a send that it was before, besides the one who sends it off."""
        kept = self._ledger.drafts.get(draft.id)
        before = (i.authors for i in self._ledger.items.values() if i.draft == draft.id)
        return tuple(dict.fromkeys((name, *([kept.operator] if kept else []), *(a for one in before for a in one))))

    def _splits(self, draft: Draft) -> bool:
        count = self._capabilities[draft.account].count
        return draft.split and draft.kind in ANSWERS and measure(draft.text, count).over

    def _opening(self, draft: Draft, parent: Post | None) -> str:
        """What each part of a thread begins with, where a part reaches only those whom it names."""
        seen_by = draft.visibility or (parent.visibility if parent else "")
        private = seen_by == "direct" or draft.kind is SendKind.MESSAGE
        if not self._capabilities[draft.account].names_whom or not private:
            return ""
        words = draft.text.split()
        named = [w for n, w in enumerate(words) if w.startswith("@") and all(x.startswith("@") for x in words[:n])]
        return " ".join(named) + " " if named else ""

    def _parent(self, uri: str | None, corrects: OutboxItem | None) -> Post | None:
        if not uri:
            return None
        parent = self._find_post(uri) or (corrects.parent if corrects else None)
        if parent is None:
            raise Missing(
                N_("the post that this answers is not in the room"),
                remedy=N_("It was deleted, is older than what is kept, or is just being read again. Nothing was sent."),
            )
        return parent

    def _corrected(self, draft: Draft) -> OutboxItem:
        sent = sent_of_ours(self._ledger, draft.corrects)
        if sent.account != draft.account:
            raise OutboxError(
                N_("only {account}, which wrote it, can correct it"),
                account=sent.account,
                remedy=N_("Nothing was sent."),
            )
        return sent

    def target_of(self, sent: OutboxItem) -> Post:
        """The address of a post of ours, as it is after its latest correction."""
        edit = self._ledger.items.get(sent.corrected_by)
        there = edit if edit is not None and edit.sent_id else sent
        known = self._find_post(there.sent_uri)
        return address_of(known) if known is not None else _address_of(there, self._clock.now())

    def _claim(self, item: OutboxItem, name: str) -> Kept | None:
        """Sending says "I answer": its operator has the claim, unless somebody else has it."""
        if not item.conversation or item.kind not in ANSWERS or item.state is OutboxState.AWAITING_APPROVAL:
            return None
        now, case = self._clock.now(), self._ledger.case(item.conversation)
        if case.claimed_at(now) not in ("", name):
            return None
        return claimed(case, name, now)


def first_of(ledger: Ledger, item_id: str) -> OutboxItem | None:
    """The send, or of a correction the one that it corrects: the post as it was sent first."""
    item = ledger.items.get(item_id)
    return ledger.items.get(item.corrects) if item is not None and item.kind is SendKind.EDIT else item


def sent_of_ours(ledger: Ledger, item_id: str) -> OutboxItem:
    """What was sent and is there, to be corrected or taken back. Raises Missing, Conflict."""
    item = first_of(ledger, item_id)
    if item is None:
        raise Missing(N_("there is no such send"))
    if item.state is not OutboxState.SENT or item.kind not in ANSWERS:
        raise Conflict(
            N_("only what was sent can be corrected or deleted; this one is: {state_word}"),
            state_word=item.state.value,
            remedy=N_("Nothing was changed."),
        )
    if item.gone_at is not None:
        raise Conflict(N_("it was deleted before"), remedy=N_("Nothing was changed."))
    if not item.sent_id:
        raise Missing(
            N_("the room does not know its network's own id of this post"), remedy=N_("Do it on the network itself.")
        )
    return item


def _address_of(sent: OutboxItem, now: datetime) -> Post:
    """The address of a post of ours that the cache does not hold."""
    return Post(
        uri=sent.sent_uri, id=sent.sent_id, network=sent.network, source=sent.account,
        kind=PostKind.MESSAGE if sent.kind is SendKind.MESSAGE else PostKind.POST, text=SafeText(""), created_at=now,
        first_seen_at=now, url=sent.sent_url, by_us=True, reply_to=sent.in_reply_to, root=sent.conversation,
        visibility=sent.visibility or "public",
    )  # fmt: skip


def _what(item: OutboxItem, demand: Demand) -> Message:
    if demand.needed:
        return Message(template=N_("approval asked for, as {account}"), values={"account": item.account})
    return Message(template=N_("sent off as {account}"), values={"account": item.account})
