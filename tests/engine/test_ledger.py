"""What the ledger knows without looking through every send that there ever was."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from support.clock import HeldClock

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.engine.ledger import ROOM, Ledger
from socialroom.stores.memory import MemoryDesk

ACTS = st.tuples(st.integers(0, 4), st.integers(0, 2), st.sampled_from([*OutboxState, None]), st.booleans())


@given(acts=st.lists(ACTS, max_size=40))
def test_open_sends_and_those_of_a_draft_are_found_whatever_happens_to_them(
    acts: list[tuple[int, int, OutboxState | None, bool]],
) -> None:
    clock, store = HeldClock(), MemoryDesk()
    ledger = Ledger(store, clock, lambda _event: None)
    for number, draft, state, said in acts:
        known = ledger.items.get(str(number))
        if state is None:
            ledger.commit("gone", ROOM, str(number), drop=[known] if known else [])
            continue
        item = OutboxItem(
            id=str(number), draft=known.draft if known else f"d{draft}", operator="Léa", account="a", network="n",
            text="t", text_hash="", state=state, updated_at=clock.now(), part=number + 1,
        )  # fmt: skip
        if said and known is not None:
            ledger.say(item)
        else:
            ledger.commit("kept", ROOM, item.id, put=[item])
    settled = {OutboxState.SENT, OutboxState.CANCELLED, OutboxState.REJECTED}
    assert dict(ledger.open_items) == {n: i for n, i in ledger.items.items() if i.state not in settled}
    for name in ("d0", "d1", "d2", "d3"):
        sends = [i for i in ledger.items.values() if i.draft == name]
        there = [i for i in sends if i.state not in {OutboxState.CANCELLED, OutboxState.REJECTED}]
        assert ledger.send_of(name) == min(there, key=lambda i: i.part, default=None)
