"""What the cache on disk costs: `store_costs.py FOLDER ROUNDS`; says its figures by name, in milliseconds.

Sides that are compared take turns, operation by operation. TinyDB's own operation is insert_multiple of 100 documents of
some 500 bytes; the room's is a batch of 100 posts taken into the cache.
"""

from __future__ import annotations

import gc
import itertools
import json
import random
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
from benchmark.processes import say
from support.posts import post
from tinydb import TinyDB
from tinydb.storages import MemoryStorage

from socialroom.clock import SystemClock
from socialroom.domain.post import Post, document_id
from socialroom.stores._database import Database
from socialroom.stores.tinydb import TinyCache

MANY, FEW, BATCH = 100_000, 1_000, 100
_WORDS = "réseau fibre panne depuis ce matin box support client merci attente facture débit outage thanks".split()  # noqa: SIM905


def documents(first: int, count: int) -> list[dict[str, Any]]:
    dice = random.Random(first)
    return [
        {
            "uri": f"https://mastodon.example/users/u{n}/statuses/{n}",
            "network": "mastodon",
            "author": {"id": str(n % 5000), "handle": f"user{n % 5000}@mastodon.example", "name": "Camille Roux"},
            "text": " ".join(dice.choice(_WORDS) for _ in range(40)),
            "created_at": f"2026-09-01T10:00:{n % 60:02d}Z",
            "counts": {"replies": 0, "reposts": 3, "likes": n % 100},
            "language": "fr",
            "tone": {"label": "negative", "score": -0.4},
        }
        for n in range(first, first + count)
    ]


def posts(first: int, count: int) -> list[Post]:
    return [
        PATTERNS[n % 1000].changed(uri=f"https://mastodon.example/{n}", id=str(n)) for n in range(first, first + count)
    ]


PATTERNS = [post(n) for n in range(1000)]


def in_turn(rounds: int, measured_by: Callable[[], float], **acts: Callable[[], object]) -> dict[str, float]:
    """Milliseconds of each act, the median; they take turns."""
    took: dict[str, list[float]] = {name: [] for name in acts}
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, act in acts.items():
            before = measured_by()
            act()
            took[name].append(measured_by() - before)
    gc.unfreeze()
    return {name: statistics.median(times) * 1000 for name, times in took.items()}


def fed(write: Callable[[list[Any]], object], make: Callable[[int, int], list[Any]]) -> Callable[[], object]:
    """An act that writes the next batch; the batches are made beforehand."""
    batches: Iterator[list[Any]] = iter([make(10_000_000 + n * BATCH, BATCH) for n in range(220)])
    return lambda: write(next(batches))


def tinydbs(folder: Path, rounds: int) -> dict[str, float]:
    """TinyDB's own operation over the journal, a few and many documents stored, and over MemoryStorage."""
    few = Database(folder / "few.journal", sync=False, tidies=False)
    many = Database(folder / "many.journal", sync=False, tidies=False)
    memory = TinyDB(storage=MemoryStorage)
    few.insert_multiple(documents(0, FEW))
    for database in (many, memory):
        database.insert_multiple(documents(0, MANY))
    found = in_turn(
        rounds,
        time.process_time,
        journal_few=fed(few.insert_multiple, documents),
        journal_many=fed(many.insert_multiple, documents),
    )
    found |= in_turn(max(5, rounds // 6), time.process_time, memory_many=fed(memory.insert_multiple, documents))
    for database in (few, many, memory):
        database.close()
    return found


def caches(folder: Path, rounds: int) -> dict[str, float]:
    """The room's own operation, a few and many posts stored."""

    def keys(one: Post) -> tuple[str, ...]:
        return "all", f"source:{one.source}", f"network:{one.network}"

    opened: dict[str, TinyCache] = {}
    for name, count in (("cache_few", FEW), ("cache_many", MANY)):
        (folder / name).mkdir()
        opened[name] = TinyCache(str(folder / name), SystemClock())
        for start in range(0, count, 1000):
            opened[name].upsert("source", posts(start, 1000), str(start), keys)
        opened[name].flush()
    acts = {
        name: fed(lambda batch, cache=cache: cache.upsert("source", batch, batch[-1].id, keys), posts)
        for name, cache in opened.items()
    }
    found = in_turn(rounds, time.process_time, **acts)
    for cache in opened.values():
        cache.close()
    return found


def fsynced(folder: Path, rounds: int) -> dict[str, float]:
    """The same by the wall clock, on disk when it returns, beside SQLite in its safest mode."""
    ours = Database(folder / "synced.journal", tidies=False)
    ours.insert_multiple(documents(0, MANY))
    theirs = sqlite3.connect(folder / "synced.sqlite")
    theirs.execute("PRAGMA journal_mode = WAL")
    theirs.execute("PRAGMA synchronous = FULL")
    theirs.execute("CREATE TABLE documents (id INTEGER PRIMARY KEY, document TEXT)")
    numbers = itertools.count(1)

    def insert(batch: list[dict[str, Any]]) -> None:
        with theirs:
            theirs.executemany("INSERT INTO documents VALUES (?, ?)", [(next(numbers), json.dumps(d)) for d in batch])

    insert(documents(0, MANY))
    found = in_turn(
        rounds, time.perf_counter, synced=fed(ours.insert_multiple, documents), sqlite_synced=fed(insert, documents)
    )
    ours.close()
    theirs.close()
    return found


def opening(folder: Path, rounds: int) -> dict[str, float]:
    """A cache of many posts, opened and ready, beside the same posts read from SQLite and made Python's."""
    connection = sqlite3.connect(folder / "posts.sqlite")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE posts (id INTEGER PRIMARY KEY, post BLOB)")
    with connection:
        rows = ((document_id(p.uri), msgspec.json.encode(p)) for p in posts(0, MANY))
        connection.executemany("INSERT INTO posts VALUES (?, ?)", rows)
    connection.close()

    def ours() -> None:
        cache = TinyCache(str(folder / "cache_many"), SystemClock())
        assert cache.size() >= MANY
        cache.close()

    def theirs() -> None:
        connection = sqlite3.connect(folder / "posts.sqlite")
        found = {id_: json.loads(text) for id_, text in connection.execute("SELECT id, post FROM posts")}
        assert len(found) == MANY
        connection.close()

    gc.disable()  # as a room that starts does
    found = in_turn(max(3, rounds // 12), time.process_time, opened=ours, sqlite_read=theirs)
    gc.enable()
    return found


def main(folder: Path, rounds: int) -> None:
    found = tinydbs(folder, rounds)
    found |= caches(folder, rounds)
    found |= fsynced(folder, rounds)
    found |= opening(folder, rounds)
    say(found)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
