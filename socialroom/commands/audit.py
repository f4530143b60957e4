"""`socialroom audit`: the trail checked, and written out for somebody who was not there."""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from socialroom.commands.room import ask, say, say_json
from socialroom.config.paths import Place
from socialroom.config.private_file import write_private
from socialroom.domain import requests as r
from socialroom.domain.chain import broken_at
from socialroom.domain.errors import ConfigError, StoreError
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import Room
from socialroom.locale import N_, _, ngettext, number

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would calculate what begins so


def run(options: argparse.Namespace, place: Place) -> int:
    """`socialroom audit ACTION`."""
    return verify(options, place) if options.action == "verify" else export(options, place)


def verify(options: argparse.Namespace, place: Place) -> int:
    """`socialroom audit verify [FILE]`: the room's own trail, or one that was exported. 1 when it is broken."""
    entries = list(read(Path(options.file))) if options.file else ask(place, options.as_name or "", _entries)
    wrong = broken_at(entries)
    head = entries[-1].hash if entries else ""
    if options.head and not wrong and options.head not in {e.hash for e in entries}:
        wrong = len(entries) + 1  # somebody cut off the end: the entry that was the last is not there
    if options.json:
        say_json({"entries": len(entries), "broken_at": wrong, "head": head})
    elif wrong is None:
        count = ngettext("{n} entry", "{n} entries", len(entries)).format(n=number(len(entries)))
        say(_("{count}, whole from the first to the last. The last is {hash}.").format(count=count, hash=head or "–"))
    else:
        say(_("BROKEN at entry {n}: it does not follow from the one before.").format(n=number(wrong)))
    return 0 if wrong is None else 1


async def _entries(room: Room) -> list[LogEntry]:
    return [e async for e in _pages(room)]


async def _pages(room: Room) -> AsyncIterator[LogEntry]:
    after = 0
    while True:
        page = await room.view(r.LogPage(after=after, limit=2000))
        assert isinstance(page, r.Log)
        for entry in page.entries:
            yield entry
        if not page.more:
            return
        after = page.entries[-1].seq


def read(path: Path) -> Iterator[LogEntry]:
    """The entries of an exported file. Raises ConfigError: it cannot be read, or a line is no entry."""
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise ConfigError(
            N_("the file cannot be read: {reason}"), file=str(path), reason=error.strerror or str(error)
        ) from None
    decode = msgspec.json.Decoder(LogEntry).decode
    for place, line in enumerate(lines, start=1):
        if line.strip():
            try:
                yield decode(line)
            except msgspec.DecodeError as error:
                raise ConfigError(
                    N_("this is not a line of an audit trail: {reason}"), file=str(path), line=place, reason=str(error)
                ) from None


def export(options: argparse.Namespace, place: Place) -> int:
    """`socialroom audit export`: JSONL, an entry a line as it stands in the chain; or CSV, a conversation a row."""
    if options.format == "csv":
        rows = ask(place, options.as_name or "", _rows)
        text = _csv(rows)
        count = len(rows)
    else:
        entries = ask(place, options.as_name or "", _entries)
        text = "".join(msgspec.json.encode(e).decode() + "\n" for e in entries)
        count = len(entries)
    if options.out:
        path = Path(options.out)
        try:
            write_private(path, text.encode())
        except OSError as error:
            raise StoreError(
                N_("the file {path} cannot be written: {reason}"), path=str(path), reason=error.strerror or str(error),
                remedy=N_("Nothing of it was written."),
            ) from None  # fmt: skip
        said = ngettext("{n} line written to {path}", "{n} lines written to {path}", count)
        say(said.format(n=number(count), path=path))
    else:
        sys.stdout.write(text)
    return 0


async def _rows(room: Room) -> list[r.ConversationRow]:
    found: list[r.ConversationRow] = []
    while True:
        page = await room.view(r.AuditConversations(after=found[-1].conversation if found else ""))
        assert isinstance(page, r.ConversationRows)
        found += page.rows
        if not page.more:
            return found


def _csv(rows: list[r.ConversationRow]) -> str:
    columns = r.ConversationRow.__struct_fields__
    lines = io.StringIO()
    writer = csv.writer(lines)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(getattr(row, name)) for name in columns])
    return lines.getvalue()


def _cell(value: Any) -> str:
    """A value as a spreadsheet reads it, and never as a formula."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat()
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text
