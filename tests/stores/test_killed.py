"""Rooms killed in the middle of their writing: what they said was kept is there, and nothing is there by half."""

from __future__ import annotations

import random
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from support.clock import HeldClock

from socialroom.domain.chain import broken_at
from socialroom.domain.draft import Draft
from socialroom.stores.tinydb import TinyCache, TinyDesk

DESK_CHILD = """
import itertools, sys
from datetime import datetime, timezone
from socialroom.clock import SystemClock
from socialroom.domain.draft import Draft
from socialroom.domain.log import LogEntry
from socialroom.stores.tinydb import TinyDesk

desk = TinyDesk(sys.argv[1], SystemClock())
at = datetime(2026, 9, 1, tzinfo=timezone.utc)
start = len(desk.log(limit=10**9))
for n in itertools.count(start + 1):
    twins = [(i, Draft(id=i, operator="x", account="m", text=str(n) * 50, updated_at=at)) for i in ("a", "b")]
    desk.commit(put=twins, log=LogEntry(act="saved", actor="x", at=at, fields={"n": str(n)}))
    if n % 10 == 0:
        desk._storage.compact()
    print(n, flush=True)
"""

CACHE_CHILD = """
import sys
from datetime import datetime, timedelta, timezone
from socialroom.clock import SystemClock
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.stores.tinydb import TinyCache

cache = TinyCache(sys.argv[1], SystemClock())
at = datetime(2026, 9, 1, tzinfo=timezone.utc)
n = int(cache.cursor("m") or 0)
while True:
    for _ in range(3):
        n += 1
        when = at + timedelta(seconds=n)
        posts = [Post(uri=f"u{n}.{k}", id=str(n), network="m", source="m", kind=PostKind.POST, text=SafeText("x" * 90),
                      created_at=when, first_seen_at=when) for k in range(4)]
        cache.upsert("m", posts, str(n), lambda _: ["all"])
    cache.flush()
    if n % 9 == 0:
        cache._storage.compact()
    print(n, flush=True)
"""


def killed(script: str, folder: Path, lines: int) -> int:
    """Runs a script, kills it once it has said so many lines, and returns the last number that it said."""
    with subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        said = [next(child.stdout) for _ in range(lines)]
        child.kill()
        said += list(child.stdout)
    return int([line for line in said if line.endswith("\n")][-1])


def test_killed_at_any_moment_a_desk_has_every_commit_that_returned_and_no_half_one(tmp_path: Path) -> None:
    dice = random.Random(2)
    for _ in range(6):
        said = killed(DESK_CHILD, tmp_path, dice.randint(1, 60))
        desk = TinyDesk(str(tmp_path), HeldClock())
        log, drafts = desk.log(limit=10**9), desk.load(Draft)
        desk.close()
        assert said <= len(log) <= said + 1
        assert broken_at(log) is None
        assert {d.text for d in drafts.values()} == {str(len(log)) * 50}
        assert sorted(drafts) == ["a", "b"]


def test_killed_at_any_moment_a_cache_has_what_it_flushed_and_posts_for_its_cursor(tmp_path: Path) -> None:
    dice = random.Random(3)
    for _ in range(5):
        said = killed(CACHE_CHILD, tmp_path, dice.randint(1, 40))
        cache = TinyCache(str(tmp_path), HeldClock())
        cursor = int(cache.cursor("m") or 0)
        assert said <= cursor <= said + 3
        assert cache.size() == 4 * cursor
        assert sum(cache.counts("all", datetime(2026, 1, 1, tzinfo=UTC)).values()) == 4 * cursor
        cache.close()
