"""A journal cut at every byte: `store_cuts.py FOLDER`; says at how many offsets it failed to open as it must.

It must open, hold every whole batch and nothing of a torn one, and be writable at once. A batch changes two tables.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from benchmark.processes import say

from socialroom.domain.errors import StoreError
from socialroom.stores._database import Database

Contents = dict[str, list[dict[str, Any]]]


def contents(database: Database) -> Contents:
    return {name: [dict(document) for document in database.table(name)] for name in ("posts", "cursors")}


def written(path: Path) -> list[tuple[int, Contents]]:
    """Writes batches; the size of the file and what it holds after each of them."""
    database = Database(path, sync=False)
    states: list[tuple[int, Contents]] = []
    for batch in range(8):
        with database.transaction():
            database.table("posts").insert_multiple({"n": batch, "text": "é" * 30} for _ in range(3))
            database.table("posts").update({"seen": batch}, doc_ids=[1])
            database.table("cursors").upsert({"source": "s", "cursor": batch}, lambda one: one["source"] == "s")
            if batch % 3 == 2:
                database.table("posts").remove(doc_ids=[batch])
        database.storage.flush()
        states.append((path.stat().st_size, contents(database)))
    database.close()
    return states


def failed(path: Path, expected: Contents) -> bool:
    try:
        database = Database(path, sync=False)
        try:
            if contents(database) != expected:
                return True
            database.table("after").insert({"cut": True})
        finally:
            database.close()
        again = Database(path, sync=False)
        try:
            return contents(again) != expected or len(again.table("after")) != 1
        finally:
            again.close()
    except StoreError:
        return True


def main(folder: Path) -> None:
    whole = folder / "whole.journal"
    states = written(whole)
    data = whole.read_bytes()
    failures = 0
    for cut in range(len(data)):
        path = folder / "cut.journal"
        path.write_bytes(data[:cut])
        expected = next((held for size, held in reversed(states) if size <= cut), {"posts": [], "cursors": []})
        failures += failed(path, expected)
    say({"offsets": len(data), "failures": failures})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
