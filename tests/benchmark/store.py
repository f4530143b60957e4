"""The cache on disk: what a write costs whatever is stored, what opening costs, and that nothing whole is ever lost."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator

from benchmark.goals import Goal, Run, ratio
from benchmark.peers import FOLDER
from benchmark.processes import Script
from stores.test_tinydbs_own import OF_THE_FILE
from stores.test_tinydbs_own import RUN as TINYDBS_TESTS

TINYDB = "tinydb==4.9.0"


def measure(run: Run) -> Iterator[Goal]:
    """Section 3 of the design."""
    FOLDER.mkdir(exist_ok=True)
    # Beside the clone, not in the temporary folder: that may be memory, where "on disk" costs nothing.
    with tempfile.TemporaryDirectory(dir=FOLDER) as folder:
        with Script("store_costs.py", folder, str(run.rounds(100, 30))) as costs:
            took: dict[str, float] = costs.hear(300)
        with Script("store_cuts.py", folder) as cuts:
            cut = cuts.hear(120)

    def compared(name: str, above: str, below: str, limit: float) -> Goal:
        seen = f"{took[above]:.2f} ms ÷ {took[below]:.2f} ms"
        return Goal(name, ratio(took[above], took[below]), limit, seen=seen)

    yield compared("insert 100 documents: 100,000 stored ÷ 1,000 stored (CPU)", "journal_many", "journal_few", 1.5)
    yield compared("take in 100 posts: 100,000 stored ÷ 1,000 stored (CPU)", "cache_many", "cache_few", 1.5)
    yield compared(
        "insert 100 documents, 100,000 stored: ours ÷ MemoryStorage (CPU)", "journal_many", "memory_many", 0.02
    )
    yield compared(
        "the same, on disk when it returns: ours ÷ SQLite WAL, synchronous FULL (wall)", "synced", "sqlite_synced", 1.0
    )
    yield compared(
        "open 100,000 posts: the cache, ready ÷ SQLite's rows as dictionaries (CPU)", "opened", "sqlite_read", 1.2
    )
    yield Goal(
        "a journal cut at every byte: offsets at which it loses more than the torn batch",
        cut["failures"], 0, unit="", seen=f"{cut['offsets']:,} offsets",
    )  # fmt: skip
    yield _tinydbs_own(run)


def _tinydbs_own(run: Run) -> Goal:
    name = "TinyDB's own tests over our database: failures"
    source = run.peers.source(TINYDB)
    if source is None:
        return Goal(name, None, 0, unit="", seen=run.peers.why(TINYDB))
    done = subprocess.run(
        [sys.executable, "-c", TINYDBS_TESTS, *OF_THE_FILE],
        cwd=source, capture_output=True, text=True, timeout=180, check=False,
    )  # fmt: skip
    counts = {word: int(count) for count, word in re.findall(r"(\d+) (passed|failed|errors?)", done.stdout)}
    failures = sum(count for word, count in counts.items() if word != "passed")
    if done.returncode and not failures:
        failures = 1
    return Goal(name, failures, 0, unit="", seen=f"{counts.get('passed', 0)} passed")
