"""The desk's log as a chain: each entry holds the hash of the one before, so that no entry can change unseen."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

import msgspec

from socialroom.domain.log import LogEntry

START: Final = ""  # what the first entry calls the hash before it

_encode = msgspec.json.Encoder(order="deterministic").encode


def entry_hash(entry: LogEntry) -> str:
    """SHA-256, hexadecimal, over the entry's JSON (members sorted, defaults left out) without its own hash."""
    return hashlib.sha256(_encode(entry.changed(hash=""))).hexdigest()


def chained(entry: LogEntry, last: LogEntry | None) -> LogEntry:
    """The entry with its number and hashes, as the one that follows `last` (None: the first of all)."""
    placed: LogEntry = entry.changed(seq=last.seq + 1 if last else 1, previous=last.hash if last else START, hash="")
    whole: LogEntry = placed.changed(hash=entry_hash(placed))
    return whole


def broken_at(entries: Iterable[LogEntry], last: LogEntry | None = None) -> int | None:
    """The number of the first entry that does not follow from the one before it, or None when all do."""
    for entry in entries:
        if entry != chained(entry, last):
            return entry.seq
        last = entry
    return None
