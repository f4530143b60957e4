"""Section 6 of the design: what a screen takes that shows a room of 100,000 posts, of which it keeps the last 20,000."""

from __future__ import annotations

from collections.abc import Iterator

from benchmark.goals import Goal, Run, ratio
from benchmark.keys import Typing, type_into


def measure(run: Run) -> Iterator[Goal]:
    """Peak resident memory of the screen's process, and its longest pause for garbage once it lives."""
    del run
    few, many = Typing(), Typing()
    type_into(few, "feeds", "--posts", "100", keys=2)
    type_into(many, "feeds", "--posts", "20000", "--rate", "1000", keys=20)
    yield Goal(
        "memory of a screen: six panes with the last 20,000 posts ÷ with 100 posts (peak)",
        ratio(many.memory, few.memory), 2.0, seen=f"{many.memory:.0f} MB ÷ {few.memory:.0f} MB",
    )  # fmt: skip
    yield Goal("longest garbage collection while 1,000/s arrive", many.collected, 25, unit="ms")
