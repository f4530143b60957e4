"""What people decide about a send that was made: back, now, later, or what became of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Final

from socialroom.domain.draft import WRITES, Draft, OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, Missing, OutboxError
from socialroom.domain.ports import Clock, Sent
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.engine import chains, reasons
from socialroom.engine.conditions import Conditions
from socialroom.engine.ledger import Kept, Ledger
from socialroom.engine.queueing import Queueing
from socialroom.engine.search import LOOKS, Search
from socialroom.engine.settling import found_there
from socialroom.locale import N_

_MAY_BE_TAKEN_BACK: Final = chains.WAITING | {
    OutboxState.HELD,
    OutboxState.AWAITING_APPROVAL,
    OutboxState.REJECTED,
}
_MAY_BE_MOVED: Final = chains.WAITING | {OutboxState.HELD, OutboxState.AWAITING_APPROVAL}


class Deciding:
    """A person's decisions. Acts are on disk when they return; RoomError kinds mean that nothing was done."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        queueing: Queueing,
        conditions: Conditions,
        search: Search,
        clock: Clock,
        carry: Callable[[str, Callable[[str], Awaitable[None]] | None], None],
        drop_carrier: Callable[[str], None],
        on_sent: Callable[[OutboxItem, Sent], None],
    ) -> None:
        """`carry` gives an item to that work, or to its way out; `drop_carrier` ends what carries one."""
        self._ledger, self._queueing, self._conditions = ledger, queueing, conditions
        self._search, self._clock, self._on_sent = search, clock, on_sent
        self._carry, self._drop_carrier = carry, drop_carrier

    def cancel(self, item_id: str, name: str) -> Draft | None:
        """Takes a send back before the wire (or after the network refused it); its draft lives again.

        Of a thread all parts that have not left come back, as one draft. A reaction has none.

        Raises:
            Missing: no such send.
            Conflict: it is too late, and why.
            StoreError: it was not taken back.
        """
        item = self.item(item_id)
        if item.state is OutboxState.CANCELLED and item.draft in self._ledger.drafts:
            return self._ledger.drafts[item.draft]
        if item.state not in _MAY_BE_TAKEN_BACK:
            raise reasons.too_late(item)
        parts = [i for i in chains.thread_of(self._ledger, item) if i.state in _MAY_BE_TAKEN_BACK]
        draft = self._queueing.revived(parts) if item.kind in WRITES else None
        now = self._clock.now()
        taken: list[Kept] = [
            i.changed(state=OutboxState.CANCELLED, updated_at=now, due_at=None, reason=None) for i in parts
        ]
        fields = {"draft": draft.id} if draft else {}
        # A version that was sent off with others' yes has settled whose text it is.
        others = self._queueing.replaced(parts[0]) if item.state is OutboxState.AWAITING_APPROVAL else []
        put: list[Kept] = [*taken, *([draft] if draft else []), *others]
        self._ledger.commit("taken back", name, item_id, put=put, fields=fields)
        for part in parts:
            self._drop_carrier(part.id)
        return draft

    def release(self, item_id: str, name: str) -> OutboxItem:
        """A person says: send it now, with the later parts of its thread. What they see now is what they have seen.

        Raises Missing, Conflict (it is not held, or something still stands in the way), StoreError.
        """
        item = self.item(item_id)
        if item.state is not OutboxState.HELD:
            raise Conflict(
                N_("only what is held can be released; this one is: {state_word}"),
                state_word=item.state.value,
                remedy=N_("Nothing was changed."),
            )
        self._may_go(item)
        return self._go_now("send released", item, name, Message(template=N_("released a held send")))

    def reschedule(self, item_id: str, at: datetime, zone: str, name: str) -> tuple[OutboxItem, str]:
        """Another moment for what waits or is held. What waits for approval goes on waiting for it.

        Gives the item and the step that undoes it. Raises Missing, Conflict, OutboxError, StoreError.
        """
        item = self.item(item_id)
        if item.state not in _MAY_BE_MOVED:
            raise Conflict(
                N_("only what waits or is held can have another moment; this one is: {state_word}"),
                state_word=item.state.value,
                remedy=N_("Nothing was changed."),
            )
        at = self._queueing.schedule(at)
        if item.state is OutboxState.HELD:
            self._may_go(item)
        now = self._clock.now()
        moved: list[Kept] = []
        for one in chains.thread_of(self._ledger, item):
            if one.state not in _MAY_BE_MOVED or one.part < item.part:
                continue
            seen = self._seen_now(one) if one.state is OutboxState.HELD else {}
            state = one.state if one.state is OutboxState.AWAITING_APPROVAL else OutboxState.SCHEDULED
            moved.append(one.changed(state=state, due_at=at, zone=zone, reason=None, updated_at=now, **seen))
        what = Message(template=N_("a send put off to {moment_at}"), values={"moment_at": at.timestamp()})
        step = self._ledger.commit("rescheduled", name, item.id, put=moved, fields={"at": at.isoformat()}, undo=what)
        moved_item = self.item(item_id)
        if moved_item.state is OutboxState.SCHEDULED:
            self._carry(item_id, None)
        return moved_item, step

    def resolve(self, item_id: str, verdict: str, url: str, name: str) -> OutboxItem:
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
        item = self.item(item_id)
        if item.state is not OutboxState.UNKNOWN:
            raise Conflict(N_("this send is not unknown any more, it is: {state_word}"), state_word=item.state.value)
        match verdict:
            case "there":
                return self._is_there(item, url, name)
            case "absent":
                if item.looked < len(LOOKS) and item.kind in WRITES:
                    raise Conflict(
                        N_("the room has not finished looking for it ({n} of {all} times), so it is not sent again"),
                        n=item.looked,
                        all=len(LOOKS),
                        remedy=N_("Wait for it, or let this send go and write a new one."),
                    )
                self._may_go(item)
                return self._go_now("absent, sent again", item, name)
            case "look":
                again = item.changed(looked=0, updated_at=self._clock.now())
                self._ledger.commit("looks again", name, item_id, put=[again])
                self._carry(item_id, self._search.look)
                return self.item(item_id)
            case "drop":
                return self._let_go(item, name)
            case _:
                raise OutboxError(
                    N_("{verdict} decides nothing"), verdict=verdict, remedy=N_("Say: there, absent, look or drop.")
                )

    def item(self, item_id: str) -> OutboxItem:
        """A send. Raises Missing."""
        item = self._ledger.items.get(item_id)
        if item is None:
            raise Missing(N_("there is no such send"))
        return item

    # --- the parts of it ------------------------------------------------------------------------------------------

    def _may_go(self, item: OutboxItem) -> None:
        """Raises Conflict for what no person's word at this send can change."""
        frozen = self._conditions.frozen(item)
        if frozen is not None:
            raise frozen
        if not item.approved:
            raise reasons.not_approved(item)
        before = chains.waits_for(self._ledger, item)
        if before is not None:
            raise reasons.part_before(before)

    def _seen_now(self, item: OutboxItem) -> dict[str, object]:
        """A person has looked at the case as it is: the version they saw, and who has it."""
        version = self._conditions.version(item)
        return {
            "seen_at": self._clock.now(),
            "seen": item.seen if version is None else version,
            "despite": self._conditions.holder(item),
        }

    def _go_now(self, act: str, item: OutboxItem, name: str, undo: Message | None = None) -> OutboxItem:
        """This send goes, and the later parts of its thread, each once the one before it is there."""
        now = self._clock.now()
        parts = [item, *(i for i in chains.later(self._ledger, item) if i.state is OutboxState.HELD)]
        going: list[Kept] = [
            i.changed(
                state=OutboxState.COUNTDOWN, updated_at=now, due_at=now, reason=None, looked=0, **self._seen_now(i)
            )
            for i in parts
        ]
        self._ledger.commit(
            act, name, item.id, put=going, fields={"text": item.text_hash}, undo=undo, send=item.id if undo else ""
        )
        self._carry(item.id, None)
        return self.item(item.id)

    def _let_go(self, item: OutboxItem, name: str) -> OutboxItem:
        """Nobody will know; what has not left of its thread goes back with it."""
        now = self._clock.now()
        later = [i for i in chains.later(self._ledger, item) if i.state in _MAY_BE_TAKEN_BACK]
        dropped: list[Kept] = [
            item.changed(state=OutboxState.CANCELLED, updated_at=now, due_at=None, let_go=True),
            *(i.changed(state=OutboxState.CANCELLED, updated_at=now, due_at=None, reason=None) for i in later),
        ]
        draft = self._queueing.revived([item, *later]) if item.kind in WRITES else None
        self._ledger.commit(
            "let go unknown", name, item.id, put=[*dropped, *([draft] if draft else [])],
            fields={"draft": draft.id} if draft else {},
        )  # fmt: skip
        self._drop_carrier(item.id)
        return self.item(item.id)

    def _is_there(self, item: OutboxItem, url: str, name: str) -> OutboxItem:
        url = clean_line(url, 2000).strip()
        if url and not url.startswith(("https://", "http://")):
            raise OutboxError(N_("this is not an address: {url}"), url=url)
        sent = Sent(id="", uri=url, url=url)
        self._ledger.commit(
            "said to be there", name, item.id, put=found_there(self._ledger, item.id, sent, self._clock)
        )
        self._drop_carrier(item.id)
        self._on_sent(self.item(item.id), sent)
        return self.item(item.id)
