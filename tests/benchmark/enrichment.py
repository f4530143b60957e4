"""Enrichment: posts a second of one core, against what one writes first; and whether typing feels it."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator

from benchmark.goals import Goal, Run, ratio
from benchmark.keys import Typing, type_into
from benchmark.processes import Script


def measure(run: Run) -> Iterator[Goal]:
    """Section 4 of the design."""
    posts = run.rounds(4000, 2000)
    costs: dict[str, list[float]] = {"ours": [], "obvious": []}
    with Script("enrichment_worker.py") as worker:
        for round_ in range(run.rounds(4, 2)):
            for way, seen in costs.items():
                worker.tell(json.dumps({"way": way, "posts": posts}))
                cost = worker.hear(120)
                if round_:  # the first round fills what both remember
                    seen.append(cost)
    ours, obvious = (posts / statistics.median(seen) for seen in costs.values())
    yield Goal(
        "posts a second of one core: page read, text, language, tone, 500 watched words",
        ours, 5000, unit="posts/s", at_least=True,
    )  # fmt: skip
    yield Goal(
        "the same ÷ the obvious pipeline (json, html.parser, vaderSentiment, py3langid, re)",
        ratio(ours, obvious), 2.5, at_least=True, seen=f"{ours:,.0f}/s ÷ {obvious:,.0f}/s",
    )  # fmt: skip
    enriched, plain = Typing(), Typing()
    keys = run.rounds(100, 60)
    for _ in range(run.rounds(2, 1)):
        type_into(plain, "feeds", "--posts", "1000", "--rate", "3000", keys=keys)
        with Script("enrichment_load.py", "3000") as room:
            room.hear()
            type_into(enriched, "feeds", "--posts", "1000", "--rate", "3000", keys=keys)
    yield Goal(
        "key → paint p90 with 3,000/s arriving and enriched ÷ arriving only",
        ratio(enriched.at(0.9), plain.at(0.9)), 1.5, seen=f"{enriched.at(0.9):.1f} ms ÷ {plain.at(0.9):.1f} ms",
    )  # fmt: skip
    yield Goal("longest stall of the screen's loop meanwhile", enriched.longest, 25, unit="ms")
