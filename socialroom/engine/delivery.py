"""Carries one send to its network: once, or nobody knows and that is said.

    countdown, scheduled ──moment──► freeze ──► armed (handle and payload on disk) ──► sending ──► sent
          ▲                            │                                                 │
          │    nothing was posted      │                                                 ├─► rejected
          ├──── wait and try again ◄───┴─────────────────────────────────────────────────┤
          └──── held: a person decides                                                   │ cut off
                                                                                         ▼
           idempotent, within its time: the same call again, a few times  ◄──────── maybe posted
           else, or when that does not help: unknown ──► looked for ──► sent, or a person decides

In the act that arms, and only there, it is looked at once more whether it may go (`conditions`). What is the later part
of a thread waits until the part before it is there (`chains`).

From the first call whose outcome is not known, no later failure proves anything: a refusal of the second call does not
say that the first did not post. After `armed` nothing is said that is not on disk; the room keeps trying to write it.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.draft import WRITES, OutboxItem, OutboxState, text_hash
from socialroom.domain.errors import (
    BadReply,
    LoginNeeded,
    OutboxError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RoomError,
    StoreError,
    Unreachable,
)
from socialroom.domain.ports import Clock, Frozen, Outgoing, Publisher, SendClass, Sent
from socialroom.domain.post import Post
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import clean_line
from socialroom.engine import chains, reasons
from socialroom.engine.attachments import Attachments
from socialroom.engine.chains import WAITING
from socialroom.engine.conditions import Conditions
from socialroom.engine.ledger import ROOM, Kept, Ledger
from socialroom.engine.search import Search
from socialroom.engine.settling import found_there
from socialroom.locale import N_

_log = logging.getLogger("socialroom.outbox")

LATE: Final = timedelta(minutes=1)  # a countdown that ended longer ago (the machine slept) is held for a person
RETRIES: Final = (2.0, 5.0, 15.0, 30.0, 60.0)  # seconds between tries while nothing was posted; then held
PATIENCE: Final = 3600.0  # seconds a network may ask us to wait; longer is a person's decision
REPEATS: Final = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0)  # pauses before the same call again with the same handle
_NOT_POSTED: Final = (Rejected, Unreachable, RateLimited, LoginNeeded)  # what a call may say for certain


class Delivery:
    """The way of every send of a room. One call at a time carries one item: the outbox sees to that."""

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        ledger: Ledger,
        publishers: Mapping[str, Publisher],
        capabilities: Mapping[str, Capabilities],
        find_post: Callable[[str], Post | None],
        clock: Clock,
        search: Search,
        on_sent: Callable[[OutboxItem, Sent], None],
        conditions: Conditions,
        attachments: Attachments,
        grace: timedelta,
    ) -> None:
        """`grace`: how late a schedule may still go, in a room that runs."""
        self._ledger, self._clock, self._search = ledger, clock, search
        self._publishers, self._capabilities = publishers, capabilities
        self._find_post, self._on_sent = find_post, on_sent
        self._conditions, self._attachments, self._grace = conditions, attachments, grace
        self.closing = False
        self.on_wire: set[str] = set()  # items whose request may be on its way right now

    # --- from the countdown to the wire ---------------------------------------------------------------------------

    async def carry(self, item_id: str) -> None:
        """Waits for the item's moment, sends it, and ends when it waits for nobody but a person."""
        tries = 0
        while not self.closing and await self._due(item_id):
            armed = await self._arm(item_id)
            if armed is None:
                return
            if isinstance(armed, OutboxItem):
                with self._wire(item_id):
                    outcome = await self._attempt(armed)
                    if isinstance(outcome, Sent):
                        await self._sent(item_id, outcome)
                        return
                    again = isinstance(outcome, _NOT_POSTED) and await self._not_posted(item_id, outcome, tries)
                if not isinstance(outcome, _NOT_POSTED):
                    await self._maybe_posted(item_id, outcome)
            else:
                again = await self._not_posted(item_id, armed, tries)
            if not again:
                return
            tries += 1

    async def _due(self, item_id: str) -> bool:
        """Whether its moment came; False when it was taken back, held, or missed its moment."""
        while (item := self._ledger.items[item_id]).state in WAITING:
            assert item.due_at
            if chains.waits_for(self._ledger, item) is not None:  # it is carried once the part before it is there
                return False
            left = (item.due_at - self._clock.now()).total_seconds()
            # A countdown is an interval: a clock that is put back does not lengthen it. A schedule is wall time.
            if left > 0:
                countdown = item.state is OutboxState.COUNTDOWN
                await self._clock.sleep(left if countdown else min(left, 30.0))
                if not countdown or self._ledger.items[item_id] is not item:
                    continue
            late = LATE if item.state is OutboxState.COUNTDOWN else self._grace
            if self._clock.now() - item.due_at > late:
                self.hold(item_id, reasons.missed())
                return False
            return True
        return False

    async def _arm(self, item_id: str) -> OutboxItem | RoomError | None:
        """The item with handle and payload on disk; or why nothing was sent; or None when it has been settled."""
        item = self._ledger.items[item_id]
        publisher = self._publishers.get(item.account)
        if publisher is None:
            return OutboxError(
                N_("the account {name} is not in this room, or has no credential"),
                name=item.account,
                remedy=N_("Declare it in room.toml, or run: socialroom login"),
            )
        try:
            await self._attachments.verify(item.media)
        except RoomError as error:
            return error
        item = self._ledger.items[item_id]
        if not item.handle:
            frozen = await self._freeze(item, publisher)
            if isinstance(frozen, RoomError):
                return frozen if self._ledger.items[item_id].state in WAITING else None
            item = self._ledger.items[item_id].changed(handle=frozen.handle, payload=frozen.payload)
        if item.state not in WAITING:  # taken back while it was being frozen
            return None
        obstacle = self._conditions.obstacle(item)
        if obstacle is not None:
            self.hold(item_id, obstacle)
            return None
        now = self._clock.now()
        armed: OutboxItem = item.changed(
            state=OutboxState.ARMED, armed_at=item.armed_at or now, updated_at=now, due_at=None, reason=None
        )
        fields = {"account": armed.account, "handle": armed.handle, "payload": text_hash(armed.payload)}
        try:
            self._ledger.commit("armed", ROOM, item_id, put=[armed], fields=fields | {"text": armed.text_hash})
        except StoreError as error:
            self.hold(item_id, error)
            return None
        return armed

    async def _freeze(self, item: OutboxItem, publisher: Publisher) -> Frozen | RoomError:
        # The cache may have lost it since (it trails the desk by a second): what a reply needs is on the desk too.
        parent = item.parent if item.after else (self._find_post(item.in_reply_to or "") or item.parent)
        if item.in_reply_to and parent is None:
            return OutboxError(N_("what this answers is not known any more"), remedy=N_("Nothing was sent."))
        outgoing = Outgoing(
            id=item.id,
            text=item.text,
            visibility=item.visibility,
            parent=parent,
            language=item.language or None,
            created_at=self._clock.now(),
            kind=item.kind,
            target=(self._find_post(item.target.uri) or item.target) if item.target else None,
            media=item.media,
        )
        try:
            return await publisher.freeze(outgoing)
        except RoomError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a connector's own fault: nothing was sent
            _log.exception("freezing %s failed", item.id)
            return OutboxError(N_("the connector failed before sending: {reason}"), reason=_fault(error))

    async def _attempt(self, item: OutboxItem, *, again: bool = False) -> Sent | RoomError | None:
        """Calls the network once, after the disk knows that it will be called.

        None: it was to be called `again`, and the disk took so long that its network may have forgotten the first call.
        """
        await self._settle(
            "sending",
            lambda: [
                item.changed(
                    state=OutboxState.SENDING, attempts=item.attempts + 1, updated_at=self._clock.now(),
                    due_at=None, reason=None,
                )
            ],
            item.id,
        )  # fmt: skip
        if again and not self._repeatable(item.id):
            return None
        try:
            return await self._publishers[item.account].send(Frozen(handle=item.handle, payload=item.payload))
        except RoomError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a connector's own fault: it may have sent
            _log.exception("sending %s failed", item.id)
            return OutcomeUnknown(N_("the connector failed while sending: {reason}"), reason=_fault(error))

    # --- what came of it ------------------------------------------------------------------------------------------

    async def _sent(self, item_id: str, sent: Sent) -> None:
        def there() -> list[Kept]:
            return found_there(self._ledger, item_id, sent, self._clock)

        await self._settle("sent", there, item_id, fields={"sent_id": sent.id})
        self._on_sent(self._ledger.items[item_id], sent)

    async def _not_posted(self, item_id: str, error: RoomError, tries: int) -> bool:
        """Refused, held, or (True) waiting for another try, in sight and with undo."""
        now, due = self._clock.now(), None
        state, act = OutboxState.HELD, "held"
        if isinstance(error, Rejected):
            state, act = OutboxState.REJECTED, "rejected"
        elif (wait := self._wait(error, tries)) is not None:
            state, act, due = OutboxState.COUNTDOWN, "waits for another try", now + timedelta(seconds=wait)

        def changed() -> list[Kept]:
            item = self._ledger.items[item_id].changed(state=state, updated_at=now, due_at=due, reason=error.problem())
            return [item, *(chains.halted(self._ledger, item, now) if due is None else ())]

        if self._ledger.items[item_id].state in WAITING:  # not armed: on disk it is held after its moment anyway
            try:
                self._ledger.commit(act, ROOM, item_id, put=changed(), fields={"reason": error.code})
            except StoreError as trouble:
                self.hold(item_id, trouble)
                return False
        else:
            await self._settle(act, changed, item_id, fields={"reason": error.code})
        return state is OutboxState.COUNTDOWN

    def _wait(self, error: RoomError, tries: int) -> float | None:
        """Seconds until nothing-was-posted is tried again; None where a person must act first."""
        if isinstance(error, RateLimited):
            wait = _until(error, self._clock)
            return wait if wait <= PATIENCE and tries < 2 * len(RETRIES) else None
        if isinstance(error, (Unreachable, BadReply)):
            return RETRIES[tries] if tries < len(RETRIES) else None
        return None

    async def _maybe_posted(self, item_id: str, error: RoomError | None) -> None:
        """The same call again with the same handle where that is safe; else, or at last, unknown and looked for.

        `error` is what the last call ended with; None after a restart, when there is nothing to wait for.
        """
        for least in REPEATS if error else (0.0, *REPEATS):
            if not self._repeatable(item_id):
                break
            if error is not None:
                pause = max(least, _until(error, self._clock)) if isinstance(error, RateLimited) else least
                await self._doubt(item_id, error, pause)
                await self._clock.sleep(pause)
            if self.closing:
                return
            with self._wire(item_id):
                outcome = await self._same_again(item_id)
                if isinstance(outcome, Sent):
                    await self._sent(item_id, outcome)
                    return
            if outcome is None:
                break
            error = outcome
            if isinstance(error, (Rejected, LoginNeeded)):
                break
        await self._unknown(item_id, error)
        await self._search.look(item_id)

    async def _same_again(self, item_id: str) -> Sent | RoomError | None:
        """One more call; None when the server, asked what it promises, turns out not to guard against twins."""
        item = self._ledger.items[item_id]
        try:
            await self._publishers[item.account].account()
        except RoomError as error:
            return error
        except Exception as error:  # noqa: BLE001 - a connector's own fault: nothing is known that was not before
            _log.exception("asking the account of %s failed", item_id)
            return OutcomeUnknown(N_("the connector failed while sending: {reason}"), reason=_fault(error))
        if not self._repeatable(item_id):
            return None
        return await self._attempt(item, again=True)

    def _repeatable(self, item_id: str) -> bool:
        item = self._ledger.items[item_id]
        offered = self._capabilities.get(item.account)
        if item.account not in self._publishers or offered is None:
            return False
        if item.kind not in WRITES:  # a second like, a second deletion changes nothing
            return True
        if offered.send_class is not SendClass.IDEMPOTENT:
            return False
        if offered.idempotent_for is None:
            return True
        assert item.armed_at
        gone = (self._clock.now() - item.armed_at).total_seconds()
        return -60 < gone < offered.idempotent_for  # a clock put back by more says nothing about the server's

    async def _doubt(self, item_id: str, error: RoomError, pause: float) -> None:
        now = self._clock.now()

        def changed() -> list[Kept]:
            item, due = self._ledger.items[item_id], now + timedelta(seconds=pause)
            return [item.changed(updated_at=now, armed_at=_armed(item, now), due_at=due, reason=error.problem())]

        await self._settle("outcome unknown, asked again", changed, item_id, fields={"reason": error.code})

    async def _unknown(self, item_id: str, error: RoomError | None) -> None:
        item = self._ledger.items[item_id]
        if not self._search.possible(item):
            error = reasons.not_searchable()
        elif error is None:
            error = reasons.interrupted()
        await self._settle_unknown(item_id, error)

    async def _settle_unknown(self, item_id: str, error: RoomError) -> None:
        reason = error.problem()

        def changed() -> list[Kept]:
            item, now = self._ledger.items[item_id], self._clock.now()
            item = item.changed(
                state=OutboxState.UNKNOWN, updated_at=now, armed_at=_armed(item, now), due_at=None, looked=0,
                reason=reason,
            )  # fmt: skip
            return [item, *chains.halted(self._ledger, item, now)]

        await self._settle("unknown", changed, item_id, fields={"reason": error.code})

    async def failed_on_the_wire(self, item_id: str, error: RoomError) -> None:
        """A fault where none should be: it may have been posted. Unknown, and looked for."""
        await self._settle_unknown(item_id, error)
        await self._search.look(item_id)

    # --- after a restart ------------------------------------------------------------------------------------------

    async def recover(self, item_id: str) -> None:
        """What was armed when the room ended: its request may have left."""
        await self._maybe_posted(item_id, None)

    # --- writing down -----------------------------------------------------------------------------------------------

    def hold(self, item_id: str, reason: RoomError) -> None:
        """Stops what has not left. Where the disk refuses even that, it is held all the same: so it is after a restart."""
        item, now = self._ledger.items[item_id], self._clock.now()
        held: OutboxItem = item.changed(state=OutboxState.HELD, updated_at=now, due_at=None, reason=reason.problem())
        try:
            put = [held, *chains.halted(self._ledger, held, now)]
            self._ledger.commit("held", ROOM, item_id, put=put, fields={"reason": reason.code})
        except StoreError as error:
            self._ledger.say(held.changed(reason=error.problem()))

    async def _settle(
        self, act: str, put: Callable[[], list[Kept]], item_id: str, fields: Mapping[str, str] | None = None
    ) -> None:
        """Writes down what is true, as long as it takes: the disk's trouble is shown, the state is not touched."""
        pause = 1.0
        while True:
            try:
                self._ledger.commit(act, ROOM, item_id, put=put(), fields=fields)
            except StoreError as error:
                self._ledger.say(self._ledger.items[item_id].changed(reason=error.problem()))
                await self._clock.sleep(pause)
                pause = min(pause * 2, 30.0)
            else:
                return

    @contextlib.contextmanager
    def _wire(self, item_id: str) -> Iterator[None]:
        self.on_wire.add(item_id)
        try:
            yield
        finally:
            self.on_wire.discard(item_id)


def _armed(item: OutboxItem, now: datetime) -> datetime:
    """Since when to look for it; a clock that was put back meanwhile must not hide the post from the search."""
    assert item.armed_at
    return min(item.armed_at, now)


def _until(error: RateLimited, clock: Clock) -> float:
    """Seconds to wait: what the server said, at least one; a minute where it said nothing."""
    if error.retry_at is None:
        return 60.0
    return max(1.0, (error.retry_at - clock.now()).total_seconds())


def _fault(error: Exception) -> str:
    return clean_line(f"{type(error).__name__}: {error}", 200)
