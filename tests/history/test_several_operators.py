"""Several operators at once, while their room is killed, their lines are cut and its clock is wrong; long: `long.py`."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from support.history import run

pytestmark = pytest.mark.long


@pytest.mark.timeout(300)
async def test_nothing_twice_nothing_lost_and_one_holder_at_a_time(tmp_path: Path) -> None:
    totals: Counter[str] = Counter()
    await run(tmp_path, "1", acts=60, kills=1, totals=totals, patience=3.0)
    assert totals["kills"] == 1
    assert totals["sent"] > 0
    assert totals["answered"] > 10  # "done", not refused
