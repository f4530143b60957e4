"""Whatever is done to it, TinyDB over the journal answers as TinyDB over its own storages, also when reopened."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import tinydb.operations as change
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tinydb import JSONStorage, TinyDB, where
from tinydb.storages import MemoryStorage
from tinydb.table import Document

from socialroom.stores._database import Database
from socialroom.stores._storage import JournalStorage

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=()), max_size=6),
)
VALUES = st.recursive(
    LEAVES, lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3), max_leaves=5
)
DOCUMENTS = st.dictionaries(st.sampled_from(["a", "b", "c", "é"]), VALUES, max_size=4)
NUMBERED = st.builds(lambda d, n: d | {"n": n}, DOCUMENTS, st.integers(0, 5))
IDS = st.integers(1, 12)
CONDITIONS = st.sampled_from(
    [
        where("n") == 1,
        where("n") > 2,
        where("a").exists(),
        where("nothing") == 1,
        (where("n") < 4) & ~(where("b").exists()),
        where("n").test(lambda n: n % 2 == 0),
    ]
)
CHANGES: st.SearchStrategy[Any] = st.one_of(
    NUMBERED,
    st.sampled_from([change.set("c", [1]), change.delete("n"), change.increment("n"), change.add("n", 2)]),
)
TABLES = st.sampled_from(["_default", "one", 'odd "name"\n'])


def outcome(act: Callable[[], Any]) -> Any:
    try:
        return act()
    except Exception as error:
        return type(error)


class Twins(RuleBasedStateMachine):
    """Every act is done to three databases, which must answer the same and hold the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "ours.journal"
        self.ours: TinyDB = Database(self.path, sync=False)
        self.file = TinyDB(self.folder / "theirs.json", storage=JSONStorage)
        self.memory = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        self.ours.close()
        self.file.close()
        shutil.rmtree(self.folder)

    def all_do(self, act: Callable[[TinyDB], Any]) -> None:
        results = [outcome(lambda db=db: act(db)) for db in (self.ours, self.file, self.memory)]  # type: ignore[misc]
        assert results[0] == results[1]
        assert results[0] == results[2]

    @rule(table=TABLES, document=NUMBERED)
    def insert(self, table: str, document: dict[str, Any]) -> None:
        self.all_do(lambda db: db.table(table).insert(document))

    @rule(table=TABLES, document=NUMBERED, doc_id=IDS)
    def insert_with_an_id(self, table: str, document: dict[str, Any], doc_id: int) -> None:
        self.all_do(lambda db: db.table(table).insert(Document(document, doc_id)))

    @rule(table=TABLES, documents=st.lists(NUMBERED, max_size=4))
    def insert_many(self, table: str, documents: list[dict[str, Any]]) -> None:
        self.all_do(lambda db: db.table(table).insert_multiple(documents))

    @rule(table=TABLES, change=NUMBERED, cond=CONDITIONS)
    def update_what_matches(self, table: str, change: Any, cond: Any) -> None:
        self.all_do(lambda db: db.table(table).update(change, cond))

    @rule(table=TABLES, change=NUMBERED, ids=st.lists(IDS, max_size=3))
    def update_by_ids(self, table: str, change: Any, ids: list[int]) -> None:
        self.all_do(lambda db: db.table(table).update(change, doc_ids=ids))

    @rule(table=TABLES)
    def increment_all(self, table: str) -> None:
        self.all_do(lambda db: db.table(table).update(change.increment("n")))

    @rule(table=TABLES, changes=st.lists(st.tuples(NUMBERED, CONDITIONS), max_size=3))
    def update_multiple(self, table: str, changes: Any) -> None:
        self.all_do(lambda db: db.table(table).update_multiple(changes))

    @rule(table=TABLES, document=NUMBERED, cond=CONDITIONS)
    def upsert(self, table: str, document: dict[str, Any], cond: Any) -> None:
        self.all_do(lambda db: db.table(table).upsert(document, cond))

    @rule(table=TABLES, document=NUMBERED, doc_id=IDS)
    def upsert_with_an_id(self, table: str, document: dict[str, Any], doc_id: int) -> None:
        self.all_do(lambda db: db.table(table).upsert(Document(document, doc_id)))

    @rule(table=TABLES, cond=CONDITIONS)
    def remove_what_matches(self, table: str, cond: Any) -> None:
        self.all_do(lambda db: db.table(table).remove(cond))

    @rule(table=TABLES, ids=st.lists(IDS | st.sampled_from([True, 2.0, "3"]), max_size=3))
    def remove_by_ids(self, table: str, ids: list[int]) -> None:
        self.all_do(lambda db: db.table(table).remove(doc_ids=ids))

    @rule(table=TABLES)
    def truncate(self, table: str) -> None:
        self.all_do(lambda db: db.table(table).truncate())

    @rule(table=TABLES)
    def drop_table(self, table: str) -> None:
        self.all_do(lambda db: db.drop_table(table))

    @rule()
    def drop_tables(self) -> None:
        self.all_do(lambda db: db.drop_tables())

    @rule(table=TABLES)
    def persist_empty(self, table: str) -> None:
        self.all_do(lambda db: len(db.table(table, persist_empty=True)))

    @rule(table=TABLES, cond=CONDITIONS, doc_id=IDS, ids=st.lists(IDS, max_size=4))
    def read(self, table: str, cond: Any, doc_id: int, ids: list[int]) -> None:
        self.all_do(lambda db: db.table(table).search(cond))
        self.all_do(lambda db: db.table(table).count(cond))
        self.all_do(lambda db: db.table(table).get(cond))
        self.all_do(lambda db: db.table(table).get(doc_id=doc_id))
        self.all_do(lambda db: db.table(table).get(doc_ids=ids))
        self.all_do(lambda db: db.table(table).contains(cond))
        self.all_do(lambda db: db.table(table).contains(doc_id=doc_id))

    @rule()
    def compact(self) -> None:
        assert isinstance(self.ours.storage, JournalStorage)
        self.ours.storage.compact()

    @rule()
    def reopen(self) -> None:
        self.ours.close()
        self.ours = Database(self.path, sync=False)
        self.file.close()
        self.file = TinyDB(self.folder / "theirs.json", storage=JSONStorage)
        held = self.memory.storage.read()
        self.memory = TinyDB(storage=MemoryStorage)
        self.memory.storage.write(held or {})

    @invariant()
    def same(self) -> None:
        self.all_do(lambda db: db.tables())
        for name in self.memory.tables():
            self.all_do(lambda db, name=name: [(d.doc_id, d) for d in db.table(name)])  # type: ignore[misc]
            self.all_do(lambda db, name=name: len(db.table(name)))  # type: ignore[misc]


class TwinsThatFail(Twins):
    """Some acts fail half-way: then nothing is done, as with JSONStorage (MemoryStorage keeps the first half)."""

    def all_do(self, act: Callable[[TinyDB], Any]) -> None:
        assert outcome(lambda: act(self.ours)) == outcome(lambda: act(self.file))

    @invariant()
    def same(self) -> None:
        self.all_do(lambda db: db.tables())
        for name in self.file.tables():
            self.all_do(lambda db, name=name: [(d.doc_id, d) for d in db.table(name)])  # type: ignore[misc]

    @rule(table=TABLES, change=CHANGES, cond=CONDITIONS)
    def change_what_matches(self, table: str, change: Any, cond: Any) -> None:
        self.all_do(lambda db: db.table(table).update(change, cond))

    @rule(table=TABLES, bad=st.sampled_from([{1, 2}, object(), b"bytes", 1j]), cond=CONDITIONS)
    def write_what_is_not_json(self, table: str, bad: Any, cond: Any) -> None:
        self.all_do(lambda db: db.table(table).insert({"n": 1, "bad": bad}))
        self.all_do(lambda db: db.table(table).insert_multiple([{"n": 1}, {"deep": [bad]}]))
        self.all_do(lambda db: db.table(table).update({"bad": bad}, cond))

    @rule(table=TABLES, documents=st.lists(NUMBERED, min_size=1, max_size=3), bad=st.sampled_from([1, "text", None]))
    def insert_what_is_no_document(self, table: str, documents: list[Any], bad: Any) -> None:
        self.all_do(lambda db: db.table(table).insert_multiple([*documents, bad]))


steps = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)
TestTwins = Twins.TestCase
TestTwins.settings = steps
TestTwinsThatFail = TwinsThatFail.TestCase
TestTwinsThatFail.settings = steps
