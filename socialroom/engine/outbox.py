"""The outbox: what operators may do with a send. Its states are those of the architecture's "The way out".

What is waiting can be taken back; what is on its way cannot, and says so; what nobody knows is looked for, and sent
again only when the network was searched in vain *and* a person says so.
"""

from __future__ import annotations

import asyncio
import logging
import math
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Final

from socialroom.domain.case import LEASE
from socialroom.domain.counting import measure
from socialroom.domain.draft import Draft, OutboxItem, OutboxState, address_of, text_hash
from socialroom.domain.errors import Conflict, Missing, OutboxError
from socialroom.domain.ports import Clock, Publisher, Sent
from socialroom.domain.post import Post
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import clean_line
from socialroom.engine import reasons
from socialroom.engine.delivery import WAITING, Delivery
from socialroom.engine.ledger import WITHOUT_A_POST, Kept, Ledger
from socialroom.engine.search import LOOKS, Search, found_there
from socialroom.locale import N_

_log = logging.getLogger("socialroom.outbox")

_ON_THE_WIRE: Final = frozenset({OutboxState.ARMED, OutboxState.SENDING})
_MAY_BE_TAKEN_BACK: Final = WAITING | {OutboxState.HELD, OutboxState.AWAITING_APPROVAL, OutboxState.REJECTED}
_SETTLED: Final = WITHOUT_A_POST | {OutboxState.SENT}
_SHOWN: Final = 200  # settled sends that a terminal is given
_COUNTDOWN_MOST: Final = 300.0  # seconds; what goes later is scheduled
_SCHEDULE_MOST: Final = 366 * 86400.0
_GRACE: Final = 5.0  # seconds that a closing room gives to an answer that is on its way


class Outbox:
    """Every send of a room. Acts are on disk when they return; StoreError means nothing was done.

    `publishers`, `capabilities` and `networks` are by account, which is its source's name.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        publishers: Mapping[str, Publisher],
        capabilities: Mapping[str, Capabilities],
        networks: Mapping[str, str],
        find_post: Callable[[str], Post | None],
        clock: Clock,
        countdown: float,
        on_sent: Callable[[OutboxItem, Sent], None],
    ) -> None:
        self._ledger, self._clock = ledger, clock
        self._publishers, self._capabilities, self._networks = publishers, capabilities, networks
        self._find_post, self._on_sent = find_post, on_sent
        self._countdown = countdown
        self._search = Search(
            ledger=ledger, publishers=publishers, capabilities=capabilities, clock=clock, on_sent=on_sent
        )
        self._delivery = Delivery(
            ledger=ledger,
            publishers=publishers,
            capabilities=capabilities,
            find_post=find_post,
            clock=clock,
            search=self._search,
            on_sent=on_sent,
        )
        self._carriers: dict[str, asyncio.Task[None]] = {}  # at most one for an item

    def items(self) -> list[OutboxItem]:
        """All sends that are open, and the latest that are settled; the latest change first."""
        items = sorted(self._ledger.items.values(), key=lambda i: i.updated_at, reverse=True)
        settled = [i for i in items if i.state in _SETTLED]
        hidden = {i.id for i in settled[_SHOWN:]}
        return [i for i in items if i.id not in hidden]

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes up what an earlier run left, as the table of states says; returns at once."""
        for item in list(self._ledger.items.values()):
            if item.state in WAITING:
                if item.due_at is None or item.due_at <= self._clock.now():
                    self._delivery.hold(item.id, reasons.missed())
                else:
                    self._carry(item.id, self._delivery.carry)
            elif item.state in _ON_THE_WIRE:
                self._carry(item.id, self._delivery.recover)
            elif item.state is OutboxState.UNKNOWN:
                self._carry(item.id, self._search.look)

    async def aclose(self) -> None:
        """Stops. An answer that is on its way is waited for a little; what then is not known is found out next time."""
        self._delivery.closing = True
        for item_id, carrier in self._carriers.items():
            if item_id not in self._delivery.on_wire:
                carrier.cancel()
        carriers = list(self._carriers.values())
        grace = asyncio.ensure_future(self._clock.sleep(_GRACE))
        ended = asyncio.ensure_future(_all_ended(carriers))
        await asyncio.wait({grace, ended}, return_when=asyncio.FIRST_COMPLETED)
        for task in (grace, *carriers):
            task.cancel()
        await asyncio.gather(grace, ended, return_exceptions=True)

    def _carry(self, item_id: str, work: Callable[[str], Awaitable[None]]) -> None:
        """Gives the item to a carrier; the one before it, which can only be waiting or looking, ends."""
        before = self._carriers.pop(item_id, None)
        if before is not None:
            before.cancel()
        carrier = asyncio.ensure_future(self._guarded(item_id, work))
        self._carriers[item_id] = carrier
        carrier.add_done_callback(lambda t: self._carriers.pop(item_id) if self._carriers.get(item_id) is t else None)

    async def _guarded(self, item_id: str, work: Callable[[str], Awaitable[None]]) -> None:
        """No fault of ours leaves a send without a word that is true."""
        try:
            await work(item_id)
        except Exception as error:  # noqa: BLE001 - a connector's fault, or ours, must not end in silence
            _log.exception("the send %s failed", item_id)
            item = self._ledger.items[item_id]
            reason = clean_line(f"{type(error).__name__}: {error}", 200)
            if item.state in WAITING:
                self._delivery.hold(item_id, reasons.our_fault(reason))
            elif item.state in _ON_THE_WIRE:
                await self._delivery.failed_on_the_wire(item_id, reasons.our_fault(reason))

    # --- what operators do ----------------------------------------------------------------------------------------

    async def queue(self, draft: Draft, name: str, delay: float | None = None) -> OutboxItem:
        """Freezes a draft into a send that goes after `delay` seconds (None: the room's countdown).

        The draft ends, the send begins and its operator has the claim, in one act. Queueing the same draft with the
        same text again gives the same send back.

        Raises:
            Missing: no account of that name may publish here, or what the draft answers is not in the room.
            OutboxError: the text is empty or longer than the network takes.
            Conflict: the draft became another send.
            StoreError: nothing was queued.
        """
        before = self._ledger.send_of(draft.id)
        if before is not None:
            if before.text == draft.text:
                return before
            raise Conflict(
                N_("this draft became a send ({state_word}) with another text"),
                state_word=before.state.value,
                remedy=N_("Take that send back while it waits, or write a new draft."),
            )
        self._check_text(draft)
        now = self._clock.now()
        seconds = self._seconds(delay)
        parent = self._find_post(draft.in_reply_to) if draft.in_reply_to else None
        if draft.in_reply_to and parent is None:
            raise Missing(
                N_("the post that this answers is not in the room"),
                remedy=N_("It was deleted, is older than what is kept, or is just being read again. Nothing was sent."),
            )
        item = OutboxItem(
            id=uuid.uuid4().hex,
            draft=draft.id,
            operator=name,
            account=draft.account,
            network=self._networks[draft.account],
            text=draft.text,
            text_hash=text_hash(draft.text),
            state=OutboxState.COUNTDOWN if seconds <= _COUNTDOWN_MOST else OutboxState.SCHEDULED,
            updated_at=now,
            seen_at=now,
            due_at=now + timedelta(seconds=seconds),
            in_reply_to=draft.in_reply_to,
            parent=address_of(parent) if parent else None,
            conversation=parent.conversation if parent else draft.conversation,
            visibility=draft.visibility,
        )
        put: list[Kept] = [item]
        if item.conversation:
            case = self._ledger.case(item.conversation)
            if case.claimed_at(now) in ("", name):
                put.append(case.changed(claimed_by=name, claimed_until=now + LEASE))
        kept = self._ledger.drafts.get(draft.id)
        fields = {"draft": draft.id, "account": item.account, "text": item.text_hash}
        self._ledger.commit(
            "send queued", name, item.id, put=put, drop=[kept] if kept else [],
            fields=fields | {"in_reply_to": item.in_reply_to or ""},
        )  # fmt: skip
        self._carry(item.id, self._delivery.carry)
        return item

    async def cancel(self, item_id: str, name: str) -> Draft:
        """Takes a send back before the wire (or after the network refused it); its draft lives again.

        Raises:
            Missing: no such send.
            Conflict: it is too late, and why.
            StoreError: it was not taken back.
        """
        item = self._item(item_id)
        if item.state is OutboxState.CANCELLED and item.draft in self._ledger.drafts:
            return self._ledger.drafts[item.draft]
        if item.state not in _MAY_BE_TAKEN_BACK:
            raise reasons.too_late(item)
        draft = self._revived(item)
        now = self._clock.now()
        taken = item.changed(state=OutboxState.CANCELLED, updated_at=now, due_at=None, reason=None)
        self._ledger.commit("taken back", name, item_id, put=[taken, draft], fields={"draft": draft.id})
        self._drop_carrier(item_id)
        return draft

    async def release(self, item_id: str, name: str) -> OutboxItem:
        """A person says: send it now. Raises Missing, Conflict (it is not held), StoreError."""
        item = self._item(item_id)
        if item.state is not OutboxState.HELD:
            raise Conflict(
                N_("only what is held can be released; this one is: {state_word}"),
                state_word=item.state.value,
                remedy=N_("Nothing was changed."),
            )
        return self._go_now("released", item, name)

    async def resolve(self, item_id: str, verdict: str, url: str, name: str) -> OutboxItem:
        """A person decides about an unknown outcome.

        Args:
            item_id: an item that is unknown.
            verdict: "there" (it was posted), "absent" (send it again: only after the room has looked for it in vain),
                "look" (search once more), "drop" (let it go: nobody will know, and the draft lives again).
            url: where it is, with "there".
            name: who decides.

        Raises:
            Missing, Conflict, OutboxError, StoreError: nothing was changed.
        """
        item = self._item(item_id)
        if item.state is not OutboxState.UNKNOWN:
            raise Conflict(N_("this send is not unknown any more, it is: {state_word}"), state_word=item.state.value)
        match verdict:
            case "there":
                return self._is_there(item, url, name)
            case "absent":
                if item.looked < len(LOOKS):
                    raise Conflict(
                        N_("the room has not finished looking for it ({n} of {all} times), so it is not sent again"),
                        n=item.looked,
                        all=len(LOOKS),
                        remedy=N_("Wait for it, or let this send go and write a new one."),
                    )
                return self._go_now("absent, sent again", item, name)
            case "look":
                again = item.changed(looked=0, updated_at=self._clock.now())
                self._ledger.commit("looks again", name, item_id, put=[again])
                self._carry(item_id, self._search.look)
                return self._item(item_id)
            case "drop":
                dropped = item.changed(state=OutboxState.CANCELLED, updated_at=self._clock.now(), due_at=None)
                draft = self._revived(item)
                self._ledger.commit("let go unknown", name, item_id, put=[dropped, draft], fields={"draft": draft.id})
                self._drop_carrier(item_id)
                return self._item(item_id)
            case _:
                raise OutboxError(
                    N_("{verdict} decides nothing"), verdict=verdict, remedy=N_("Say: there, absent, look or drop.")
                )

    def heard(self, posts: Sequence[Post]) -> None:
        """Stops replies that wait while their reader writes again, or edits what is being answered."""
        waiting = [i for i in self._ledger.items.values() if i.state in WAITING and i.in_reply_to and i.seen_at]
        for item in waiting:
            assert item.in_reply_to
            parent = self._find_post(item.in_reply_to)
            if parent is None:
                continue
            for post in posts:
                if _is_news(post, parent, item):
                    who = post.author.handle if post.author else ""
                    self._delivery.hold(
                        item.id,
                        reasons.wrote_again(who, post.uri),
                    )
                    break

    # --- the parts of it ------------------------------------------------------------------------------------------

    def _item(self, item_id: str) -> OutboxItem:
        item = self._ledger.items.get(item_id)
        if item is None:
            raise Missing(N_("there is no such send"))
        return item

    def _check_text(self, draft: Draft) -> None:
        if draft.account not in self._publishers:
            raise Missing(
                N_("no account called {name} may publish here"),
                name=draft.account,
                remedy=N_("Declare it in room.toml, or run: socialroom login"),
            )
        if not draft.text.strip():
            raise OutboxError(N_("an empty text cannot be sent"))
        count = measure(draft.text, self._capabilities[draft.account].count)
        if count.over:
            raise OutboxError(
                N_("the text is too long: {used} of {limit} {unit_word}"),
                used=count.used,
                limit=count.limit,
                unit_word=count.unit,
                remedy=N_("Shorten it; nothing was sent."),
            )

    def _seconds(self, delay: float | None) -> float:
        seconds = self._countdown if delay is None else delay
        if not math.isfinite(seconds) or not 0 <= seconds <= _SCHEDULE_MOST:
            raise OutboxError(N_("a send waits between no time and a year, not {seconds} seconds"), seconds=seconds)
        return seconds

    def _revived(self, item: OutboxItem) -> Draft:
        """The draft of a send that did not go. What was typed under its name meanwhile stays beside it."""
        taken = item.draft in self._ledger.drafts
        return Draft(
            id=uuid.uuid4().hex if taken else item.draft,
            operator=item.operator,
            account=item.account,
            text=item.text,
            updated_at=self._clock.now(),
            in_reply_to=item.in_reply_to,
            conversation=item.conversation,
            visibility=item.visibility,
        )

    def _go_now(self, act: str, item: OutboxItem, name: str) -> OutboxItem:
        now = self._clock.now()
        going: OutboxItem = item.changed(
            state=OutboxState.COUNTDOWN, updated_at=now, seen_at=now, due_at=now, reason=None, looked=0
        )
        self._ledger.commit(act, name, item.id, put=[going], fields={"text": item.text_hash})
        self._carry(item.id, self._delivery.carry)
        return going

    def _is_there(self, item: OutboxItem, url: str, name: str) -> OutboxItem:
        url = clean_line(url, 2000).strip()
        if url and not url.startswith(("https://", "http://")):
            raise OutboxError(N_("this is not an address: {url}"), url=url)
        sent = Sent(id="", uri=url, url=url)
        self._ledger.commit(
            "said to be there", name, item.id, put=found_there(self._ledger, item.id, sent, self._clock)
        )
        self._drop_carrier(item.id)
        self._on_sent(self._item(item.id), sent)
        return self._item(item.id)

    def _drop_carrier(self, item_id: str) -> None:
        carrier = self._carriers.pop(item_id, None)
        if carrier is not None:
            carrier.cancel()


async def _all_ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)


def _is_news(post: Post, parent: Post, item: OutboxItem) -> bool:
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
