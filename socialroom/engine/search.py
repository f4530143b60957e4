"""Looks on the networks for sends of which nobody knows whether they were posted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

from socialroom.domain.draft import ANSWERS, OutboxItem, OutboxState
from socialroom.domain.errors import RoomError, StoreError
from socialroom.domain.ports import Clock, Frozen, Publisher, SendClass, Sent
from socialroom.domain.specs import Capabilities
from socialroom.engine import reasons
from socialroom.engine.ledger import ROOM, Ledger
from socialroom.engine.settling import found_there

_log = logging.getLogger("socialroom.outbox")

LOOKS: Final = (5.0, 45.0, 75.0)  # pauses before each search; lists of posts lag, so "absent" takes two minutes
_CLOCKS_DIFFER: Final = timedelta(days=1)
_LOOK_AGAIN_MOST: Final = 600.0  # seconds, while the network cannot be searched


class Search:
    """Three looks over two minutes. It only finds; what is not there is a person's decision."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        publishers: Mapping[str, Publisher],
        capabilities: Mapping[str, Capabilities],
        clock: Clock,
        on_sent: Callable[[OutboxItem, Sent], None],
    ) -> None:
        self._ledger, self._clock, self._on_sent = ledger, clock, on_sent
        self._publishers, self._capabilities = publishers, capabilities

    async def look(self, item_id: str) -> None:
        """Searches the network until it is found, or was looked for three times over two minutes without a trace."""
        failed = 0
        while (item := self._ledger.items[item_id]).state is OutboxState.UNKNOWN and item.looked < len(LOOKS):
            if failed:
                await self._clock.sleep(min(15.0 * 2 ** min(failed, 9), _LOOK_AGAIN_MOST))
            try:
                if not self.possible(item):
                    return
                if not failed:
                    await self._clock.sleep(LOOKS[item.looked])
                failed = 0 if await self._look_once(item_id) else failed + 1
            except Exception:  # noqa: BLE001 - a connector's own fault: it is asked again later
                _log.exception("looking for %s failed", item_id)
                failed += 1

    async def _look_once(self, item_id: str) -> bool:
        """Whether the network could be searched, and what was seen is on disk."""
        item = self._ledger.items[item_id]
        assert item.armed_at
        frozen = Frozen(handle=item.handle, payload=item.payload)
        # The same words under the same post are this send whenever they were written: a clock of ours that was wrong
        # (summer time, a zone taken for UTC) must not hide them. What answers nothing is told apart by time only.
        since = item.armed_at - _CLOCKS_DIFFER if item.in_reply_to else item.armed_at
        try:
            sent = await self._publishers[item.account].find(frozen, since)
        except RoomError as error:
            if self._ledger.items[item_id].state is OutboxState.UNKNOWN and item.reason != error.problem():
                self._ledger.say(self._ledger.items[item_id].changed(reason=error.problem()))
            return False
        item, now = self._ledger.items[item_id], self._clock.now()
        if item.state is not OutboxState.UNKNOWN:
            return True
        if sent is not None and item.kind in ANSWERS and self._is_anothers(sent, item):
            self._ledger.say(item.changed(looked=0, reason=reasons.anothers(sent).problem()))
            return False
        try:
            if sent is not None:
                put = found_there(self._ledger, item_id, sent, self._clock)
                self._ledger.commit("found", ROOM, item_id, put=put, fields={"sent_id": sent.id})
                self._on_sent(self._ledger.items[item_id], sent)
            else:
                seen = item.changed(
                    looked=item.looked + 1,
                    updated_at=now,
                    reason=reasons.absent(item.looked + 1, len(LOOKS), now).problem(),
                )
                self._ledger.commit("looked, not there", ROOM, item_id, put=[seen], fields={"n": str(seen.looked)})
        except StoreError as error:  # it does not count as a look
            self._ledger.say(item.changed(reason=error.problem()))
            return False
        return True

    def _is_anothers(self, sent: Sent, item: OutboxItem) -> bool:
        """Whether what was found is known to be another send of ours: the same words to the same post, twice."""
        return any(
            i.id != item.id and i.account == item.account and i.sent_id == sent.id
            for i in self._ledger.items.values()
            if i.sent_id and i.kind in ANSWERS
        )

    def possible(self, item: OutboxItem) -> bool:
        """Whether the room can look there at all."""
        offered = self._capabilities.get(item.account)
        return item.account in self._publishers and offered is not None and offered.send_class is not SendClass.NEVER
