"""A TinyDB storage whose writes cost what they change: tables in memory, changes in a journal."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

import msgspec
from tinydb.storages import Storage

from socialroom.domain.errors import StoreError
from socialroom.domain.value import Message
from socialroom.locale import N_
from socialroom.stores._changes import Cells, Changes, pairs, string
from socialroom.stores._forms import Form, JsonForm, json_text
from socialroom.stores._journal import Journal, failed, record

_log = logging.getLogger(__name__)
_PIECE: Final = 200  # documents in one record of a file that is written anew
_MOST_WAITING: Final = 64_000_000  # bytes; beyond, the file is written anew instead
_decode = msgspec.json.Decoder(list[tuple[str, dict[str, msgspec.Raw] | None]]).decode


class JournalStorage(Storage):
    """The storage (see the page "How to Extend TinyDB" of its documentation).

    As a plain storage (`read`, `write`) it serves any TinyDB, and costs what any other costs. `_database.Table` asks it
    for less: `cells` to read, `apply` to write just the changes. One transaction is one record, also across tables.

    Only the thread that owns the database may read and write it; `flush` and `compact` may run in another.

    Args:
        path: the journal.
        holds: what it is for; a journal of something else is refused.
        version: of the tables' contents; where `found` is an older one, `rebuilding` must come before anything else.
        forms: in which form a table lies in memory, by name; JSON where none is given.
        sync: a write is on disk when it returns; else only after `flush`.
        create_dirs: makes missing parent folders (mode 0700), as JSONStorage does on wish.
        precious: nothing but a torn end is ever dropped: what is behind damage is set aside, and a document that its
            form cannot read stops the opening, where it else is left out and told.
        tidies: the write that makes it due also writes the file anew; else its owner does, with `due` and `compact`.
        json_options: of `json.dumps`, as JSONStorage takes them.

    Raises:
        StoreError: in use by another process, not writable, not ours, or of a future version.

    Attributes:
        removals: something went since the file was last written anew, so its text still lies there.
        unreadable: documents left out because their form could not read them.
    """

    def __init__(
        self,
        path: str | Path,
        *,
        holds: str = "tinydb",
        version: int = 1,
        forms: Mapping[str, Form[Any]] | None = None,
        sync: bool = True,
        create_dirs: bool = False,
        precious: bool = True,
        tidies: bool = True,
        **json_options: Any,
    ) -> None:
        super().__init__()
        path = Path(path)
        if create_dirs:
            try:
                path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                raise failed(error, path.parent) from None
        self._wanted, self._json, self._sync = forms or {}, JsonForm(**json_options), sync
        self._forms: Mapping[str, Form[Any]] = {}
        self._version, self._precious, self._tidies = version, precious, tidies
        self._rebuilding = False
        self._tables: dict[str, Cells] = {}
        self._open: dict[str, Changes] | None = None
        self._waiting: list[bytes] = []
        self._since: list[bytes] | None = None
        # Taken in this order. Readers take none: what they see is replaced, never changed, but by their own thread.
        self._rewriting, self._file, self._memory = threading.RLock(), threading.RLock(), threading.RLock()
        self.removals = False
        self.unreadable = 0
        self._closed = False
        self._journal = Journal(path, holds, version, precious=precious)
        try:
            self._load()
        except BaseException:
            self._journal.close()
            raise

    # --- opening --------------------------------------------------------------------------------------------------

    @property
    def found(self) -> int:
        """The version of the contents that was there."""
        return self._journal.version

    def notices(self) -> list[Message]:
        """What opening found."""
        notices = list(self._journal.notices)
        if self.unreadable:
            notices.append(
                Message(
                    template=N_("{file}: entries that could not be read were left out: {count}"),
                    values={"file": self._journal.path.name, "count": self.unreadable},
                )
            )
        return notices

    def _load(self) -> None:
        unreadable: set[tuple[str, str]] = set()
        for payload in self._journal.payloads():
            if self.found == self._version:
                self._forms = self._wanted
            steps = _steps(payload)
            if not steps:
                self.removals = False
            for name, documents in steps:
                if documents is None:
                    self._tables.pop(name, None)
                    self.removals = True
                    continue
                table, load = self._tables.setdefault(name, {}), self.form(name).load
                for key, text in documents.items():
                    if text == b"null":
                        table.pop(key, None)
                        self.removals = True
                        continue
                    try:
                        table[key] = load(text)
                    except ValueError as error:
                        if self._precious:
                            raise self._unreadable(name, error) from None
                        table.pop(key, None)
                        unreadable.add((name, key))
        self.unreadable = len(unreadable)

    def _unreadable(self, name: str, error: ValueError) -> StoreError:
        return StoreError(
            N_("{file} holds a {kind} that this version cannot read: {reason}"),
            file=str(self._journal.path),
            kind=name,
            reason=str(error),
            remedy=N_("Install the version that wrote it."),
        )

    @contextmanager
    def rebuilding(self) -> Iterator[None]:
        """For a migration: all tables are plain JSON inside, and what is written becomes a new file when it ends.

        What the new forms cannot read then is left out and counted, or stops it all where it is precious.

        Raises:
            StoreError: something precious cannot be read, or the new file could not be written; the old one is as it
                was, and this storage must be closed.
        """
        self._rebuilding = True
        yield
        self._forms = self._wanted
        for name, cells in self._tables.items():
            self._tables[name] = self._read_anew(name, cells)
        self.compact()
        self._rebuilding = False

    def _read_anew(self, name: str, texts: Cells) -> Cells:
        load, cells = self.form(name).load, Cells()
        for key, text in texts.items():
            try:
                cells[key] = load(text)
            except ValueError as error:
                if self._precious:
                    raise self._unreadable(name, error) from None
                self.unreadable += 1
        return cells

    # --- as any storage -------------------------------------------------------------------------------------------

    def read(self) -> dict[str, dict[str, Any]] | None:
        """Everything, as dictionaries of the caller's own; None when there is no table."""
        found: dict[str, dict[str, Any]] = {}
        for name in self.names():
            cells, form = self.cells(name), self.form(name)
            found[name] = {key: form.document(cells[key]) for key in cells}
        return found or None

    def write(self, data: Mapping[str, Mapping[Any, Any]]) -> None:
        """Makes the tables what `data` says; what is the same is not written again.

        Raises:
            TypeError: something in it is not JSON, or a document is not a mapping.
            StoreError: it could not be kept, and nothing has changed.
        """
        with self.transaction():
            for name in self.names() - set(data):
                self.changes(name).drop()
            for name, documents in data.items():
                changes, form = self.changes(name), self.form(name)
                changes.keep_table()
                cells = {str(key): form.cell(_mapping(document)) for key, document in documents.items()}
                kept = [key for key in changes if key in cells]
                if kept != list(islice(cells, len(kept))):
                    changes.clear()
                for key in [key for key in changes if key not in cells]:
                    changes.remove(key)
                for key, cell in cells.items():
                    if key not in changes or changes[key] != cell:
                        changes.put(key, cell)

    def close(self) -> None:
        """Writes what waits and lets go, even when that fails. Raises StoreError."""
        with self._rewriting:
            if self._closed:
                return
            try:
                if self._journal.suspect:
                    self.compact()
                else:
                    self._write_waiting()
            finally:
                self._closed = True
                self._journal.close()

    # --- for tables -----------------------------------------------------------------------------------------------

    def form(self, name: str) -> Form[Any]:
        """The form of a table."""
        return self._forms.get(name, self._json)

    def names(self) -> set[str]:
        """The tables there are, as the open transaction sees it."""
        names = set(self._tables)
        for name, changes in (self._open or {}).items():
            (names.discard if changes.dropped else names.add)(name)
        return names

    def cells(self, name: str) -> Cells | Changes:
        """A table's cells by document id, as the open transaction sees them; empty when there is no such table."""
        if self._open is not None and name in self._open:
            return self._open[name]
        return self._tables.get(name, {})

    def layer(self, name: str) -> Changes:
        """Changes to be laid over a table as it is seen now; `apply` does them, forgetting them leaves no trace."""
        there = name in self.names()
        return Changes(name, self.cells(name) if there else None, self.form(name))

    def apply(self, layer: Changes) -> None:
        """Does the changes, on their own or as part of the open transaction.

        Raises:
            TypeError, ValueError: a document is not JSON, and nothing has changed.
            StoreError: it could not be kept, and nothing has changed.
        """
        if self._open is None:
            self._commit([layer])
        else:
            self.changes(layer.name).take(layer)

    def changes(self, name: str) -> Changes:
        """The open transaction's changes of a table."""
        assert self._open is not None
        if name not in self._open:
            self._open[name] = Changes(name, self._tables.get(name), self.form(name))
        return self._open[name]

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is applied inside is one record: kept whole, or not at all. Within another it is part of that."""
        if self._open is not None:
            yield
            return
        self._open = {}
        try:
            yield
            changes = list(self._open.values())
        finally:
            self._open = None
        self._commit(changes)

    # --- keeping --------------------------------------------------------------------------------------------------

    def _commit(self, changes: Sequence[Changes]) -> None:
        steps = [step for one in changes for step in one.steps()]
        if not steps:
            return
        data = record(b"[%b]" % b",".join(steps))
        if self._closed:
            raise StoreError(N_("{file} is closed"), file=str(self._journal.path))
        if not self._sync or self._rebuilding:
            with self._memory:
                self._do(changes)
                if not self._rebuilding:
                    self._waiting.append(data)
        else:
            self._append(data, changes)
        if self._tidies and self.due and not self._rebuilding:
            self.tidy()

    def _append(self, data: bytes, changes: Sequence[Changes]) -> None:
        if self._journal.suspect:
            self.compact()
        with self._file:
            self._journal.append(data, sync=True)
            with self._memory:
                self._do(changes)
                if self._since is not None:
                    self._since.append(data)

    def _do(self, changes: Sequence[Changes]) -> None:
        for one in changes:
            self.removals = self.removals or one.removes
            one.do(self._tables)

    def flush(self) -> None:
        """Everything committed is on disk when it returns. Raises StoreError: it waits in memory for the next time."""
        with self._rewriting:
            if self._closed:
                return
            if self._journal.suspect:
                self.compact()
            else:
                self._write_waiting()

    def _write_waiting(self) -> None:
        with self._file:
            with self._memory:
                waiting, self._waiting = self._waiting, []
            if not waiting:
                return
            data = b"".join(waiting)
            try:
                self._journal.append(data, sync=True)
            except StoreError:
                self._wait_again([data])
                raise

    def _wait_again(self, records: list[bytes]) -> None:
        with self._memory:
            self._waiting = [*records, *self._waiting]
            if sum(map(len, self._waiting)) > _MOST_WAITING:
                # A disk that stays full must not fill the memory too. All of it lies in the tables.
                self._waiting.clear()
                self._journal.suspect = True

    @property
    def due(self) -> bool:
        """Whether so much of the file is out of date that it should be written anew (`compact`)."""
        return self._journal.due

    def tidy(self) -> None:
        """Writes the file anew, or does it later: nothing is lost, the file is only longer than it need be."""
        try:
            self.compact()
        except StoreError as error:
            _log.warning("%s", error)
            # Not before it has grown again: a full disk is not helped by trying at each write.
            self._journal.compacted = self._journal.size

    def compact(self) -> None:
        """Writes the file anew with just what is there; the owning thread can go on meanwhile. Raises StoreError."""
        with self._rewriting:
            with self._file, self._memory:
                if self._closed:
                    return
                tables = {name: dict(cells) for name, cells in self._tables.items()}
                covered, self._waiting = self._waiting, []
                self._since = []
                removals, self.removals = self.removals, False
            try:
                handle = self._journal.write_anew(self._pieces(tables))
                # `_since` grows only under the lock of the file. A disk may be slow here, and memory must not wait for it.
                with self._file:
                    self._journal.replace(handle, b"".join(self._since))
            except BaseException:
                self._wait_again(covered)
                self.removals = self.removals or removals
                raise
            finally:
                self._since = None

    def wipe(self, names: Callable[[bytes], bool]) -> None:
        """Writes the file anew at once, and removes what was set aside as damaged where `names` says so of it.

        Raises:
            StoreError: what was erased may still lie on this disk.
        """
        self.compact()
        self._journal.remove_set_aside(names)

    def _pieces(self, tables: dict[str, Cells]) -> Iterator[bytes]:
        for name, cells in tables.items():
            form, items = self.form(name), iter(cells.items())
            if not cells:
                yield b"[[%b,{}]]" % string(name)
            while piece := list(islice(items, _PIECE)):
                yield b"[[%b,{%b}]]" % (string(name), b",".join(pairs(piece, form)))


def _steps(payload: bytes) -> list[tuple[str, dict[str, bytes] | None]]:
    """A record's steps, with each document as its own text."""
    try:
        steps: list[tuple[str, dict[str, Any] | None]] = list(_decode(payload))
    except msgspec.MsgspecError:
        # Python's own JSON knows more than others do: NaN, and surrogates that stand alone.
        steps = [
            (name, {k: json_text(d) for k, d in documents.items()} if documents is not None else None)
            for name, documents in json.loads(payload)
        ]
    return [(name, {k: bytes(d) for k, d in docs.items()} if docs is not None else None) for name, docs in steps]


def _mapping(document: object) -> dict[str, Any]:
    if not isinstance(document, Mapping):
        raise TypeError("Document is not a Mapping")
    return dict(document)
