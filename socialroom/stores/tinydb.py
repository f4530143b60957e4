"""What a room keeps on one machine: two TinyDB databases over journals, `cache` and `desk`, in the room's folder."""

from __future__ import annotations

import functools
import json
import threading
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import msgspec

from socialroom.domain.chain import chained
from socialroom.domain.errors import StoreError
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post, document_id
from socialroom.domain.specs import StoreSpec
from socialroom.domain.value import Message, Value
from socialroom.locale import N_
from socialroom.stores._database import Database, Table
from socialroom.stores._forms import Form, ValueForm, json_text
from socialroom.stores._heard import Change, HeardCache, Tombstone
from socialroom.stores._shelf import Shelf
from socialroom.stores._storage import JournalStorage
from socialroom.stores._tally import DayCount, HourCount, Tally
from socialroom.stores._tidying import Tidying

T = TypeVar("T", bound=Value)
Migration = Callable[[Database], None]

# A list's length is the version of its database; entry n turns version n + 1 into version n + 2.
CACHE_MIGRATIONS: Final[Sequence[Migration]] = ()
DESK_MIGRATIONS: Final[Sequence[Migration]] = ()


def open_database(
    path: Path,
    holds: str,
    *,
    migrations: Sequence[Migration],
    forms: Mapping[str, Form[Any]],
    sync: bool,
    precious: bool,
) -> tuple[Database, list[Message]]:
    """Opens a database in its newest version, and says what was found.

    Raises:
        StoreError: in use, not writable, not ours, or of a future version.
    """
    version = len(migrations) + 1
    database = Database(path, holds=holds, version=version, forms=forms, sync=sync, precious=precious, create_dirs=True)
    storage = cast("JournalStorage", database.storage)
    brought: list[Message] = []
    if storage.found < version:
        try:
            older = migrations[storage.found - 1 :]
            with storage.rebuilding():
                for migrate in older:
                    migrate(database)
        except BaseException:
            storage.close()
            raise
        brought.append(
            Message(
                template=N_("{file} was brought from format {found} to format {version}"),
                values={"file": path.name, "found": storage.found, "version": version},
            )
        )
    return database, [*storage.notices(), *brought]


# --- what was heard -----------------------------------------------------------------------------------------------

CACHE_FORMS: Final[Mapping[str, Form[Any]]] = {
    "posts": ValueForm(Post),
    "tombstones": ValueForm(Tombstone),
    "hours": ValueForm(HourCount),
    "days": ValueForm(DayCount),
}


class TinyCache(HeardCache):
    """A `domain.ports.CacheStore` in TinyDB. Its loss is a nuisance: posts are read again from their networks.

    Every change is one record. It is written by `flush`; until then it waits in memory, also while the disk is full.
    """

    def __init__(self, folder: str, clock: Clock) -> None:
        self._database, self._notices = open_database(
            Path(folder) / "cache.journal",
            "cache",
            migrations=CACHE_MIGRATIONS,
            forms=CACHE_FORMS,
            sync=False,
            precious=False,
        )
        self._tidying = Tidying(self._storage, clock)
        table = self._table
        super().__init__(
            Shelf(table("posts").cells()),
            Tally(table("hours").cells(), table("days").cells()),
            {c["source"]: c["cursor"] for c in table("cursors")},
            (t.uri for t in table("tombstones").cells()),
        )

    @property
    def _storage(self) -> JournalStorage:
        return cast("JournalStorage", self._database.storage)

    def _table(self, name: str) -> Table:
        return cast("Table", self._database.table(name))

    def _keep(self, change: Change) -> None:
        with self._database.transaction():
            if change.gone:
                self._table("posts").remove(doc_ids=[document_id(uri) for uri in change.gone])
            if change.posts:
                self._table("posts").put({document_id(p.uri): p for p in change.posts})
            if change.cursor:
                source, cursor = change.cursor
                text = json_text({"source": source, "cursor": cursor})
                self._table("cursors").put({document_id(source): text})
            if change.tombstones:
                self._table("tombstones").put({document_id(t.uri): t for t in change.tombstones})
            if change.tombstones_gone:
                self._table("tombstones").remove(doc_ids=[document_id(uri) for uri in change.tombstones_gone])
            if change.hours_gone:
                self._table("hours").remove(doc_ids=[_of_time(h.key, h.hour) for h in change.hours_gone])
            if change.hours:
                self._table("hours").put({_of_time(h.key, h.hour): h for h in change.hours})
            if change.days:
                self._table("days").put({_of_time(d.key, d.day): d for d in change.days})

    def notices(self) -> list[Message]:
        """What opening found: a torn tail dropped, a format migrated."""
        return list(self._notices)

    def flush(self) -> None:
        """Everything is on disk when it returns; now and then the file is written anew. For a thread.

        Raises:
            StoreError: it is not; it waits in memory and is written when the disk lets it.
        """
        self._storage.flush()
        if self._tidying.due:
            self._tidying.tidy()

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """Nothing that was erased lies in any file when it returns (see `domain.ports.CacheStore.wipe`). For a thread."""
        self._storage.wipe(names)

    def close(self) -> None:
        """Flushes and lets go, with no text left in the file that went from the room. Raises StoreError."""
        self._tidying.close()


# --- what the team does -------------------------------------------------------------------------------------------


class TinyDesk:
    """A `domain.ports.DeskStore` in TinyDB: truth. What `commit` has returned from is on disk."""

    def __init__(self, folder: str, clock: Clock) -> None:
        self._path = Path(folder) / "desk.journal"
        self._database, self._notices = open_database(
            self._path,
            "desk",
            migrations=DESK_MIGRATIONS,
            forms={"log": ValueForm(LogEntry)},
            sync=True,
            precious=True,
        )
        self._tidying = Tidying(self._storage, clock)
        self._beside: threading.Thread | None = None
        self._log: list[LogEntry] = sorted(self._table("log").cells(), key=lambda e: e.seq)

    @property
    def _storage(self) -> JournalStorage:
        return cast("JournalStorage", self._database.storage)

    def _table(self, name: str) -> Table:
        return cast("Table", self._database.table(name))

    def load(self, kind: type[T]) -> dict[str, T]:
        """All values of a kind by id.

        Raises:
            StoreError: one of them is not what this version calls by that name.
        """
        found: dict[str, T] = {}
        for text in self._table(kind.__name__).cells():
            try:
                id_, value = _kept(text)
                found[id_] = _form(kind).load(value)
            except msgspec.MsgspecError as error:
                raise StoreError(
                    N_("{file} holds a {kind} that this version cannot read: {reason}"),
                    file=str(self._path),
                    kind=kind.__name__,
                    reason=str(error),
                    remedy=N_("Install the version that wrote it."),
                ) from None
        return found

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        """Puts, drops and logs as one record; on disk when it returns. Raises StoreError: and nothing was done."""
        entry = chained(log, self._log[-1] if self._log else None) if log else None
        with self._database.transaction():
            for id_, kind in drop:
                self._table(kind.__name__).remove(doc_ids=[document_id(id_)])
            for id_, value in put:
                text = b'{"id":%b,"value":%b}' % (json_text(id_), _form(type(value)).text(value))
                self._table(type(value).__name__).put({document_id(id_): text})
            if entry:
                self._table("log").put({entry.seq: entry})
        if entry:
            self._log.append(entry)
        self._tidy_when_due()
        return entry

    def log(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        """Entries with seq > after, oldest first."""
        start = bisect_right(self._log, after, key=lambda e: e.seq)
        return self._log[start : start + limit]

    def notices(self) -> list[Message]:
        """What opening found: a torn tail dropped, damage set aside, a format migrated."""
        return list(self._notices)

    def _tidy_when_due(self) -> None:
        """Writes the file anew beside the loop: commits go on meanwhile."""
        if (self._beside is None or not self._beside.is_alive()) and self._tidying.due:
            self._beside = threading.Thread(target=self._tidying.tidy, name="desk", daemon=True)
            self._beside.start()

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """Nothing that was erased lies in any file when it returns (see `domain.ports.DeskStore.wipe`). For a thread."""
        self._storage.wipe(names)

    def close(self) -> None:
        """Lets go, with no text left in the file that was erased from the desk. Raises StoreError."""
        if self._beside is not None:
            self._beside.join()
        self._tidying.close()


class _Kept(msgspec.Struct):
    id: str
    value: msgspec.Raw


def _of_time(key: str, number: int) -> int:
    return document_id(f"{number} {key}")


@functools.cache
def _form(kind: type[T]) -> ValueForm[T]:
    return ValueForm(kind)


def _kept(text: bytes) -> tuple[str, bytes]:
    """Id and value of a desk's document."""
    try:
        kept = _decode_kept(text)
        return kept.id, bytes(kept.value)
    except msgspec.DecodeError:  # a surrogate that stands alone
        document = json.loads(text)
        return document["id"], json_text(document["value"])


_decode_kept = msgspec.json.Decoder(_Kept).decode

STORE = StoreSpec(title="TinyDB", open_cache=TinyCache, open_desk=TinyDesk)
