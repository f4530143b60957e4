"""Killed at every step that is reached, for every class of network and everything a network does with a request.

The room lives on a disk in memory, on a held clock, so that every step of every case fits into seconds; the same with a
real process and a real network: `test_killed_at_every_step.py`, and thousands of both: `long.py`.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from support.desk_room import Machine
from support.killed_lives import CLASSES, Text, at_random
from support.small_network import ABSENT, POSTED

pytestmark = pytest.mark.long


@pytest.mark.parametrize("happens", [*POSTED, *ABSENT])
@pytest.mark.parametrize("kind", CLASSES)
async def test_wherever_it_dies_there_is_one_and_every_word_is_true(kind: str, happens: str) -> None:
    for variant in ("reply", "approved"):
        whole = Text(kind, variant, [happens])
        await whole.live()
        assert whole.totals["kills"] == 0
        seen: Counter[str] = Counter()
        for step in whole.steps:
            seen[step] += 1
            machines = iter([Machine(step, seen[step])])
            text = Text(kind, variant, [happens], lambda machines=machines: next(machines, Machine()))
            await text.live()
            assert text.totals["kills"] == 1, f"{step} was not reached again"
            assert text.totals["duplicates"] == 0


@pytest.mark.parametrize("kind", CLASSES)
async def test_threads_approvals_and_a_full_disk_by_the_dice(kind: str) -> None:
    dice, totals = random.Random(f"{kind} 1"), Counter[str]()
    for _ in range(60):
        await at_random(dice, kind, totals, (*POSTED, *ABSENT)).live()
    assert totals["kills"] > 30
    assert totals["duplicates"] == 0
