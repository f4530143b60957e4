"""TinyDB over the journal storage: the documented extension points, `table_class` and `default_storage_class`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

import tinydb.table
from tinydb import TinyDB

from socialroom.stores._changes import Cells, Changes
from socialroom.stores._forms import Form
from socialroom.stores._storage import JournalStorage

D = TypeVar("D")


class View(Mapping[str, dict[str, Any]]):
    """A table as TinyDB reads it: documents by id, each made when it is looked at.

    Whoever goes through its documents sees the table as it was when that began, as with TinyDB's own storages.
    """

    def __init__(self, cells: Cells | Changes, form: Form[Any]) -> None:
        self._cells, self._form = cells, form

    def __getitem__(self, key: str) -> dict[str, Any]:
        return self._form.document(self._cells[key])

    def __contains__(self, key: object) -> bool:
        return key in self._cells

    def __iter__(self) -> Iterator[str]:
        return iter(self._cells)

    def __len__(self) -> int:
        return len(self._cells)

    def items(self) -> Any:
        """Pairs of id and document."""
        cells = self._cells
        return ((key, self._form.document(cell)) for key, cell in [(key, cells[key]) for key in cells])


class Recorder(MutableMapping[Any, dict[str, Any]], Generic[D]):
    """The mapping that TinyDB's updaters change: what they read is a copy, what they changed is found by comparing."""

    def __init__(self, layer: Changes, id_class: Callable[[Any], D]) -> None:
        self._layer, self._form, self._id_class = layer, layer.form, id_class
        self._put, self._cell = layer.put, layer.form.cell
        self._copies: dict[str, dict[str, Any]] = {}

    def _key(self, doc_id: object) -> str | None:
        if type(doc_id) is self._id_class:
            return str(doc_id)
        # TinyDB's plain dictionary finds what is equal: True and 1.0 are document 1.
        hash(doc_id)
        return next((key for key in self._layer if self._id_class(key) == doc_id), None)

    def __contains__(self, doc_id: object) -> bool:
        key = self._key(doc_id)
        return key is not None and key in self._layer

    def __getitem__(self, doc_id: object) -> dict[str, Any]:
        key = self._key(doc_id)
        if key is None or key not in self._layer:
            raise KeyError(doc_id)
        if key not in self._copies:
            self._copies[key] = self._form.document(self._layer[key])
        return self._copies[key]

    def __setitem__(self, doc_id: object, document: dict[str, Any]) -> None:
        key = str(doc_id) if type(doc_id) is self._id_class else self._key(doc_id) or str(doc_id)
        if self._copies:
            self._copies.pop(key, None)
        self._put(key, self._cell(document))

    def __delitem__(self, doc_id: object) -> None:
        key = self._key(doc_id)
        if key is None or key not in self._layer:
            raise KeyError(doc_id)
        self._copies.pop(key, None)
        self._layer.remove(key)

    def __iter__(self) -> Iterator[D]:
        return map(self._id_class, self._layer)

    def __len__(self) -> int:
        return len(self._layer)

    def clear(self) -> None:
        """All go at once."""
        self._copies.clear()
        self._layer.clear()

    def settle(self) -> None:
        """Takes in what was changed in the copies. Raises TypeError, ValueError: it is not JSON."""
        for key, copy in self._copies.items():
            cell = self._form.cell(copy)
            if cell != self._layer[key]:
                self._layer.put(key, cell)


class Table(tinydb.table.Table):
    """A table that writes what changed, whatever it holds. Over another storage it is TinyDB's own.

    `_read_table` and `_update_table` are what TinyDB names as the places to change how a table works; a contract test
    and TinyDB's own tests watch over them.
    """

    def _read_table(self) -> Any:
        storage = self._storage
        if not isinstance(storage, JournalStorage):
            return super()._read_table()
        return View(storage.cells(self.name), storage.form(self.name))

    def _update_table(self, updater: Callable[[Any], None]) -> None:
        storage = self._storage
        if not isinstance(storage, JournalStorage):
            super()._update_table(updater)
            return
        layer = storage.layer(self.name)
        recorder = Recorder(layer, self.document_id_class)
        updater(recorder)
        recorder.settle()
        storage.apply(layer)
        self.clear_cache()

    def get(self, cond: Any = None, doc_id: Any = None, doc_ids: Any = None) -> Any:
        """As TinyDB's; of several ids only those documents are made, not all."""
        storage = self._storage
        if doc_id is not None or doc_ids is None or not isinstance(storage, JournalStorage):
            return super().get(cond, doc_id, doc_ids)
        wanted = {str(one) for one in doc_ids}
        cells, form = storage.cells(self.name), storage.form(self.name)
        return [
            self.document_class(form.document(cells[key]), self.document_id_class(key))
            for key in cells
            if key in wanted
        ]

    # --- documents in the table's own form --------------------------------------------------------------------------

    def put(self, cells: Mapping[int, Any]) -> None:
        """Takes in documents, in the form of this table, in the place of those that had their ids."""
        storage = cast("JournalStorage", self._storage)
        layer = storage.layer(self.name)
        for doc_id, cell in cells.items():
            layer.put(str(doc_id), cell)
        storage.apply(layer)
        self._next_id = None
        self.clear_cache()

    def cells(self) -> list[Any]:
        """Every document, in the form of this table, oldest id first."""
        cells = cast("JournalStorage", self._storage).cells(self.name)
        return [cells[key] for key in cells]


class Database(TinyDB):
    """A TinyDB whose writes cost what they change. Over another storage it is TinyDB's own."""

    table_class = Table
    default_storage_class = JournalStorage  # type: ignore[assignment] # TinyDB means any Storage

    def tables(self) -> set[str]:
        """The names of its tables."""
        storage = self._storage
        return storage.names() if isinstance(storage, JournalStorage) else super().tables()

    def drop_tables(self) -> None:
        """Drops all tables."""
        storage = self._storage
        if not isinstance(storage, JournalStorage):
            super().drop_tables()
            return
        with storage.transaction():
            for name in storage.names():
                storage.changes(name).drop()
        self._tables.clear()

    def drop_table(self, name: str) -> None:
        """Drops a table, if it is there."""
        storage = self._storage
        if not isinstance(storage, JournalStorage):
            super().drop_table(name)
            return
        self._tables.pop(name, None)
        if name in storage.names():
            with storage.transaction():
                storage.changes(name).drop()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside is kept whole or, when an exception leaves it, not at all.

        Raises:
            StoreError: it could not be kept, and nothing has changed.
        """
        storage = cast("JournalStorage", self._storage)
        try:
            with storage.transaction():
                yield
        except BaseException:
            for table in self._tables.values():
                table.clear_cache()
                table._next_id = None  # noqa: SLF001 - the ids given inside are free again
            raise
