"""The outbox: what operators may do with a send. Its states are those of the architecture's "The way out".

What is waiting can be taken back; what is on its way cannot, and says so; what nobody knows is looked for, and sent
again only when the network was searched in vain *and* a person says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.draft import Attachment, Draft, OutboxItem, OutboxState
from socialroom.domain.events import PublishingFrozen
from socialroom.domain.ports import Clock, Publisher, Sent
from socialroom.domain.post import Post
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import clean_line
from socialroom.engine import chains, reasons
from socialroom.engine.approvals import Approvals
from socialroom.engine.attachments import Attachments
from socialroom.engine.chains import WAITING
from socialroom.engine.conditions import Conditions, is_news
from socialroom.engine.deciding import Deciding
from socialroom.engine.delivery import Delivery
from socialroom.engine.ledger import SETTLED, Ledger
from socialroom.engine.queueing import Demand, Moment, Queueing
from socialroom.engine.reacting import Reacting
from socialroom.engine.search import Search

_log = logging.getLogger("socialroom.outbox")

_ON_THE_WIRE: Final = frozenset({OutboxState.ARMED, OutboxState.SENDING})
_SHOWN: Final = 200  # settled sends that a terminal is given
_CLOSING: Final = 5.0  # seconds that a closing room gives to an answer that is on its way


class Outbox:
    """Every send of a room. Acts are on disk when they return; StoreError means nothing was done.

    `publishers`, `capabilities` and `networks` are by account, which is its source's name. `posts` gives the stored
    posts of a conversation, `stopped` who stopped all publishing; `grace` is how late a schedule may still go in a room
    that runs.
    """

    def __init__(  # noqa: PLR0913 - each is named
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
        posts: Callable[[str], Sequence[Post]] = lambda _conversation: (),
        stopped: Callable[[], PublishingFrozen | None] = lambda: None,
        attachments: Attachments | None = None,
        grace: timedelta = timedelta(minutes=10),
    ) -> None:
        self._ledger, self._clock = ledger, clock
        self._find_post, self._told = find_post, on_sent
        self._attachments = attachments or Attachments(None)
        self._carriers: dict[str, asyncio.Task[None]] = {}  # at most one for an item
        conditions = Conditions(ledger, clock, posts, stopped)
        self._search = Search(
            ledger=ledger, publishers=publishers, capabilities=capabilities, clock=clock, on_sent=self._on_sent
        )
        self._delivery = Delivery(
            ledger=ledger, publishers=publishers, capabilities=capabilities, find_post=find_post, clock=clock,
            search=self._search, on_sent=self._on_sent, conditions=conditions, attachments=self._attachments,
            grace=grace,
        )  # fmt: skip
        self._queueing = Queueing(
            ledger=ledger, capabilities=capabilities, networks=networks, find_post=find_post, clock=clock,
            countdown=countdown, attachments=self._attachments,
        )  # fmt: skip
        self.deciding = Deciding(
            ledger=ledger, queueing=self._queueing, conditions=conditions, search=self._search, clock=clock,
            carry=self._carry, drop_carrier=self._drop_carrier, on_sent=self._on_sent,
        )  # fmt: skip
        self.approvals = Approvals(
            ledger=ledger, queueing=self._queueing, attachments=self._attachments, capabilities=capabilities.__getitem__,
            networks=networks.__getitem__, clock=clock, countdown=countdown, carry=lambda item: self._carry(item.id),
        )  # fmt: skip
        self.reacting = Reacting(
            ledger=ledger, queueing=self._queueing, find_post=find_post, networks=networks, clock=clock,
            countdown=countdown, carry=self._carry,
        )  # fmt: skip

    def items(self) -> list[OutboxItem]:
        """All sends that are open, and the latest that are settled; the latest change first."""
        items = sorted(self._ledger.items.values(), key=lambda i: i.updated_at, reverse=True)
        settled = [i for i in items if i.state in SETTLED]
        hidden = {i.id for i in settled[_SHOWN:]}
        return [i for i in items if i.id not in hidden]

    # --- life ---------------------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Takes up what an earlier run left, as the table of states says; returns at once."""
        for item in list(self._ledger.items.values()):
            item = self._ledger.items[item.id]  # noqa: PLW2901 - a part before it may have held it
            if item.state in WAITING:
                if item.due_at is None or item.due_at <= self._clock.now():
                    self._delivery.hold(item.id, reasons.missed())
                elif chains.waits_for(self._ledger, item) is None:
                    self._carry(item.id)
            elif item.state in _ON_THE_WIRE:
                self._carry(item.id, self._delivery.recover)
            elif item.state is OutboxState.UNKNOWN:
                self._carry(item.id, self._search.look)
        self.tidy()

    async def aclose(self) -> None:
        """Stops. An answer that is on its way is waited for a little; what then is not known is found out next time."""
        self._delivery.closing = True
        for item_id, carrier in self._carriers.items():
            if item_id not in self._delivery.on_wire:
                carrier.cancel()
        carriers = list(self._carriers.values())
        grace = asyncio.ensure_future(self._clock.sleep(_CLOSING))
        ended = asyncio.ensure_future(_all_ended(carriers))
        await asyncio.wait({grace, ended}, return_when=asyncio.FIRST_COMPLETED)
        for task in (grace, *carriers):
            task.cancel()
        await asyncio.gather(grace, ended, return_exceptions=True)

    def _carry(self, item_id: str, work: Callable[[str], Awaitable[None]] | None = None) -> None:
        """Gives the item to a carrier; the one before it, which can only be waiting or looking, ends."""
        self._drop_carrier(item_id)
        carrier = asyncio.ensure_future(self._guarded(item_id, work or self._delivery.carry))
        self._carriers[item_id] = carrier
        carrier.add_done_callback(lambda t: self._carriers.pop(item_id) if self._carriers.get(item_id) is t else None)

    def _drop_carrier(self, item_id: str) -> None:
        carrier = self._carriers.pop(item_id, None)
        if carrier is not None:
            carrier.cancel()

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

    def _on_sent(self, item: OutboxItem, sent: Sent) -> None:
        """The next part of its thread goes; copies of what went with it are needed no more."""
        following = chains.next_part(self._ledger, item)
        if following is not None and following.state in WAITING and not self._delivery.closing:
            self._carry(following.id)
        if item.media:
            self.tidy()
        self._told(item, sent)

    def tidy(self) -> None:
        """Deletes copies of attachments that nothing needs any more."""
        open_items = (i.media for i in self._ledger.open_items.values())
        refused = (i.media for i in self._ledger.items.values() if i.state is OutboxState.REJECTED)
        needed: list[Attachment] = []
        for media in (*open_items, *refused, *(d.media for d in self._ledger.drafts.values())):
            needed += media
        self._attachments.tidy(needed)

    # --- what operators do ----------------------------------------------------------------------------------------

    async def queue(
        self,
        draft: Draft,
        name: str,
        delay: float | None = None,
        *,
        at: datetime | None = None,
        zone: str = "",
        anyway: bool = False,
        demand: Demand | None = None,
        asked: Callable[[], None] = lambda: None,
    ) -> OutboxItem:
        """Freezes a draft into a send that goes after `delay` seconds (None: the room's countdown), or at a moment.

        The draft ends, the send begins and its operator has the claim, in one act. Queueing the same draft with the
        same text again gives the same send back. Of a thread the first part is given.

        Args:
            draft: what is sent.
            name: who sends it.
            delay: seconds of countdown.
            at: a schedule, instead.
            zone: the time zone in which the schedule was said.
            anyway: the operator's word that it goes although somebody else answers.
            demand: how many others must approve it first.
            asked: raises what still stands in the way, in the very act that queues it.

        Raises:
            Missing: no account of that name may publish here, or what the draft answers is not in the room.
            OutboxError: the text is empty or longer than the network takes; an attachment cannot be used.
            Conflict: the draft became another send.
            StoreError: nothing was queued.
        """
        moment = Moment(delay=delay, at=at, zone=zone)
        items = await self._queueing.queue(draft, name, moment, demand or Demand(), anyway=anyway, asked=asked)
        item = items[0]
        if item.state in WAITING and item.id not in self._carriers:
            self._carry(item.id)
        return item

    async def cancel(self, item_id: str, name: str) -> Draft | None:
        """Takes a send back before the wire (see `Deciding.cancel`)."""
        return self.deciding.cancel(item_id, name)

    def heard(self, posts: Sequence[Post]) -> None:
        """Stops replies that wait while their reader writes again, or edits what is being answered."""
        waiting = [i for i in self._ledger.open_items.values() if i.state in WAITING and i.in_reply_to and i.seen_at]
        for item in waiting:
            assert item.in_reply_to
            parent = self._find_post(item.in_reply_to)
            if parent is None or self._ledger.items[item.id].state not in WAITING:
                continue
            for post in posts:
                if is_news(post, parent, item):
                    who = post.author.handle if post.author else ""
                    self._delivery.hold(item.id, reasons.wrote_again(who, post.uri))
                    break


async def _all_ended(tasks: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.gather(*tasks, return_exceptions=True)
