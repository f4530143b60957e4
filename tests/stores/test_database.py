"""TinyDB over the journal behaves as TinyDB over its own storages, and writes only what changed."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import tinydb.operations as change
from tinydb import JSONStorage, TinyDB, where
from tinydb.middlewares import CachingMiddleware
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from socialroom.domain.errors import StoreError
from socialroom.stores._database import Database, Table
from socialroom.stores._forms import JsonForm
from socialroom.stores._storage import JournalStorage


@pytest.mark.parametrize(
    "document",
    [
        {"nan": float("nan"), "inf": float("-inf")},
        {"tuple": (1, (2, 3)), 1: "number", False: "boolean", None: "nothing", 1.5: "float"},
        {"alone": "\ud800", "\udfff": 1},
        {1e16: "as a key", 7: 7},
        {"big": 10**40, "float": 1e300, "zero": -0.0},
        {"line": "\n\r\u2028\u0000", "quote": '"\\'},
    ],
)
def test_odd_documents_come_back_as_from_jsonstorage(document: dict[Any, Any], tmp_path: Path) -> None:
    theirs = TinyDB(tmp_path / "theirs.json", storage=JSONStorage)
    theirs.insert(document)
    path = tmp_path / "ours.journal"
    with Database(path) as ours:
        ours.insert(document)
        assert repr(ours.all()) == repr(theirs.all())
    with Database(path) as ours:
        assert repr(ours.all()) == repr(theirs.all())
        storage = ours.storage
        assert isinstance(storage, JournalStorage)
        storage.compact()
    with Database(path) as ours:
        assert repr(ours.all()) == repr(theirs.all())
    theirs.close()


def test_what_is_read_is_the_callers_own(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        given = {"list": [1]}
        db.insert(given)
        given["list"].append(2)
        read = db.get(doc_id=1)
        assert isinstance(read, Document)
        read["list"].append(3)
        assert db.all() == [{"list": [1]}]


def test_a_table_may_be_written_while_it_is_iterated(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        db.insert_multiple({"n": n} for n in range(10))
        for document in db:
            db.remove(doc_ids=[document.doc_id])
            db.insert({"again": document["n"]})
        assert [d["again"] for d in db] == list(range(10))


def test_our_database_over_tinydbs_storages_is_tinydbs_own(tmp_path: Path) -> None:
    for storage in (MemoryStorage, CachingMiddleware(JournalStorage)):
        arguments = () if storage is MemoryStorage else (tmp_path / "db",)
        with Database(*arguments, storage=storage) as db:
            db.table("one").insert_multiple([{"n": 1}, {"n": 2}])
            db.update({"n": 3}, where("n") == 1)
            db.table("one").update({"n": 3}, where("n") == 1)
            assert db.tables() == {"_default", "one"}
            assert db.table("one").get(doc_ids=[1]) == [{"n": 3}]
            db.drop_table("_default")
            assert db.tables() == {"one"}
    with Database(tmp_path / "db") as db:
        assert db.table("one").all() == [{"n": 3}, {"n": 2}]
        db.drop_tables()


def test_what_is_written_in_another_order_is_read_in_that_order(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        db.insert_multiple([{"n": 1}, {"n": 2}, {"n": 3}])
        db.storage.write({"_default": {"3": {"n": 3}, "1": {"n": 1}, "9": {"n": 9}}})
        assert [d["n"] for d in db] == [3, 1, 9]
        with pytest.raises(TypeError):
            db.storage.write({"_default": {"1": None}})
    with Database(tmp_path / "db") as db:
        assert [d["n"] for d in db] == [3, 1, 9]


def test_tinydbs_own_database_over_our_storage_writes_only_what_changed(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with TinyDB(path, storage=JournalStorage) as db:
        db.insert_multiple({"n": n} for n in range(100))
        before = path.stat().st_size
        db.update({"n": -1}, doc_ids=[50])
        db.remove(doc_ids=[51])
        assert path.stat().st_size - before < 120
    with Database(path) as again:
        assert [d["n"] for d in again] == [*range(49), -1, *range(51, 100)]


@pytest.mark.parametrize("options", [{"indent": 4}, {"encoding": "utf-8"}])
def test_json_options_that_cannot_be_followed_are_refused(options: Mapping[str, Any], tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        Database(tmp_path / "db", **options)
    Database(tmp_path / "db", sort_keys=True).close()


# --- transactions ---------------------------------------------------------------------------------------------------


def test_a_transaction_over_tables_is_one_record_and_is_seen_inside(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.table("old").insert({"n": 0})
        before = path.read_bytes().count(b"\n")
        with db.transaction():
            db.table("one").insert_multiple([{"n": 1}, {"n": 2}])
            db.table("one").remove(doc_ids=[1])
            db.table("two").insert({"n": 3})
            db.drop_table("old")
            assert db.tables() == {"one", "two"}
            assert db.table("one").all() == [{"n": 2}]
            assert db.table("one").get(doc_id=1) is None
            assert len(db.table("two")) == 1
        assert path.read_bytes().count(b"\n") == before + 1
    with Database(path) as db:
        assert db.tables() == {"one", "two"}
        assert (db.table("one").all(), db.table("two").all()) == ([{"n": 2}], [{"n": 3}])


def test_a_document_that_went_and_came_again_stands_at_the_end_also_when_reopened(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        db.insert_multiple([{"n": 1}, {"n": 2}, {"n": 3}])
        with db.transaction():
            db.remove(doc_ids=[1, 2])
            db.insert(Document({"n": 9}, 1))
        assert [d["n"] for d in db] == [3, 9]
    with Database(tmp_path / "db") as db:
        assert [d["n"] for d in db] == [3, 9]


def test_a_transaction_that_raises_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.insert({"n": 1})
        assert db.count(where("n") == 2) == 0
        size = path.stat().st_size

        def fail() -> None:
            with db.transaction():
                db.insert({"n": 2})
                db.table("other").insert({"n": 2})
                with db.transaction():
                    db.remove(doc_ids=[1])
                assert db.count(where("n") == 2) == 1
                raise KeyError

        with pytest.raises(KeyError):
            fail()
        assert path.stat().st_size == size
        assert db.count(where("n") == 2) == 0
        assert (db.tables(), db.all()) == ({"_default"}, [{"n": 1}])
        assert db.insert({"n": 3}) == 2


def test_an_update_that_fails_inside_a_transaction_spoils_nothing_of_it(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        with db.transaction():
            db.insert_multiple([{"n": 1}, {"m": 1}])
            with pytest.raises(KeyError):
                db.update(change.increment("n"))
            with pytest.raises(TypeError):
                db.insert({"bad": object()})
        assert db.all() == [{"n": 1}, {"m": 1}]


# --- what a write costs ---------------------------------------------------------------------------------------------


class CountingForm(JsonForm):
    def __init__(self) -> None:
        super().__init__()
        self.made: list[str] = []

    def document(self, cell: bytes) -> dict[str, Any]:
        self.made.append("document")
        return super().document(cell)

    def cell(self, document: dict[str, Any]) -> bytes:
        self.made.append("cell")
        return super().cell(document)


def test_a_write_costs_what_it_changes_whatever_is_stored(tmp_path: Path) -> None:
    grown: dict[int, list[int]] = {}
    for stored in (0, 100, 3000):
        path, form = tmp_path / str(stored), CountingForm()
        with Database(path, forms={"_default": form}) as db:
            db.insert_multiple(Document({"n": n}, 10_000 + n) for n in range(stored))
            sizes = [path.stat().st_size]
            form.made.clear()
            db.insert_multiple(Document({"text": "x" * 500, "n": n}, 20_000 + n) for n in range(100))
            sizes.append(path.stat().st_size)
            assert form.made == ["cell"] * 100
            form.made.clear()
            db.update({"n": -1}, doc_ids=[20_000, 20_050])
            sizes.append(path.stat().st_size)
            db.remove(doc_ids=[20_001])
            sizes.append(path.stat().st_size)
            assert form.made == ["document", "document", "cell", "cell"]
            grown[stored] = [b - a for a, b in pairwise(sizes)]
    assert grown[0] == grown[100] == grown[3000]
    assert grown[0][0] < 100 * 540
    assert sum(grown[0][1:]) < 2 * 540 + 50


def test_a_file_is_written_anew_by_the_write_that_makes_it_due(tmp_path: Path) -> None:
    path, longest = tmp_path / "db", 0
    with Database(path) as db:
        for n in range(100):
            db.upsert(Document({"n": n, "text": "x" * 50_000}, 1))
            longest = max(longest, path.stat().st_size)
        assert longest < 1_200_000
    with Database(path) as db:
        assert [d["n"] for d in db] == [99]


def test_nothing_is_written_for_what_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.insert_multiple({"n": n} for n in range(10))
        size = path.stat().st_size
        db.update({"n": 3}, where("n") == 3)
        db.remove(doc_ids=[77])
        db.storage.write(db.storage.read() or {})
        db.drop_table("nothing")
        with db.transaction():
            pass
        assert path.stat().st_size == size


def test_a_closed_database_says_so(tmp_path: Path) -> None:
    db = Database(tmp_path / "db")
    db.insert({"n": 1})
    db.close()
    db.close()
    with pytest.raises(StoreError, match="closed"):
        db.insert({"n": 2})
    assert isinstance(db.table("_default"), Table)
