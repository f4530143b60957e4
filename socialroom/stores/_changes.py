"""What one transaction does to one table: seen by its readers at once, done to the table only when it is on disk."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from socialroom.stores._forms import Form

Cells = dict[str, Any]  # document id → cell, in the order of insertion, as TinyDB's storages order them


class Changes:
    """A table with changes laid over it. The table (`base`, None when there is none yet) stays as it is.

    Attributes:
        dropped: the table itself goes.
    """

    def __init__(self, name: str, base: Cells | Changes | None, form: Form[Any]) -> None:
        self.name, self.form = name, form
        self.dropped = False
        self._made = base is None
        self._cleared = False
        self._base: Cells | Changes = base if base is not None else {}
        self._removed: dict[str, None] = {}
        self._put: Cells = {}
        self._length = len(self._base)

    # --- reading, as if it were done --------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self._length

    def __contains__(self, key: str) -> bool:
        return key in self._put or self._in_base(key)

    def __iter__(self) -> Iterator[str]:
        yield from (k for k in self._base if self._in_base(k))
        yield from (k for k in self._put if not self._in_base(k))

    def __getitem__(self, key: str) -> Any:
        if key in self._put:
            return self._put[key]
        if self._in_base(key):
            return self._base[key]
        raise KeyError(key)

    def _in_base(self, key: str) -> bool:
        return not self._cleared and key in self._base and key not in self._removed

    # --- changing ---------------------------------------------------------------------------------------------------

    def put(self, key: str, cell: Any) -> None:
        """Takes a document in, in the place of what had its id."""
        self.dropped = False
        put = self._put
        if key not in put and (self._cleared or key not in self._base or key in self._removed):
            self._length += 1
        put[key] = cell

    def remove(self, key: str) -> None:
        """Takes one out that is there."""
        self._length -= 1
        self._put.pop(key, None)
        if self._in_base(key):
            self._removed[key] = None

    def clear(self) -> None:
        """Takes all out."""
        if not self._length:
            return
        self._cleared = True
        self._removed.clear()
        self._put.clear()
        self._length = 0

    def drop(self) -> None:
        """Takes all out, and the table."""
        self.clear()
        self.dropped = True

    def take(self, layer: Changes) -> None:
        """Takes in changes that were laid over these."""
        self.keep_table()
        if layer._cleared:
            self.clear()
        for key in layer._removed:
            self.remove(key)
        for key, cell in layer._put.items():
            self.put(key, cell)

    def keep_table(self) -> None:
        """The table is there from now on, if only empty."""
        self.dropped = False

    # --- doing ------------------------------------------------------------------------------------------------------

    def steps(self) -> list[bytes]:
        """The changes as parts of a record: `[table, null]` drops it, `[table, {id: document or null, …}]` the rest.

        Raises:
            TypeError, ValueError: a document cannot be written as JSON.
        """
        name = string(self.name)
        if self.dropped:
            return [] if self._made else [b"[%b,null]" % name]
        steps: list[bytes] = []
        if self._cleared and not self._made:
            steps.append(b"[%b,null]" % name)
        # A document that was removed and came again stands at the end: its removal is told first.
        again = [k for k in self._removed if k in self._put]
        if again:
            steps.append(b"[%b,{%b}]" % (name, b",".join(string(k) + b":null" for k in again)))
        parts = [string(k) + b":null" for k in self._removed if k not in self._put]
        parts += pairs(self._put.items(), self.form)
        if parts or self._made or self._cleared:
            steps.append(b"[%b,{%b}]" % (name, b",".join(parts)))
        return steps

    @property
    def removes(self) -> bool:
        """Whether something goes that should not lie in the file for long."""
        return bool(self._removed) or (self._cleared and not self._made)

    def do(self, tables: dict[str, Cells]) -> None:
        """Does the changes to the tables."""
        if self.dropped:
            tables.pop(self.name, None)
            return
        table = tables.setdefault(self.name, {})
        if self._cleared:
            table.clear()
        for key in self._removed:
            del table[key]
        table.update(self._put)


def pairs(cells: Iterable[tuple[str, Any]], form: Form[Any]) -> list[bytes]:
    """Documents as members of a JSON object."""
    text = form.text
    return [
        b'"%b":%b' % (key.encode(), text(cell))
        if key.isdecimal() and key.isascii()
        else b"%b:%b" % (string(key), text(cell))
        for key, cell in cells
    ]


def string(text: str) -> bytes:
    """A JSON string."""
    return json.dumps(text).encode()
