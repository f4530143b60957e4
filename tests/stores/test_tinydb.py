"""What only the lasting store does: files that stay short and clean, formats that move on, threads that share it."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clock import HeldClock
from support.posts import post

from socialroom.domain.draft import Draft
from socialroom.domain.errors import StoreError
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import Retention
from socialroom.domain.text import SafeText
from socialroom.stores._database import Database
from socialroom.stores._forms import Form, JsonForm
from socialroom.stores._storage import JournalStorage
from socialroom.stores.tinydb import TinyCache, TinyDesk, open_database

NOON = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
SECRET = "correct horse battery staple"


def keys(_post: Any) -> list[str]:
    return ["all"]


def draft(number: int, text: str = "bonjour") -> Draft:
    return Draft(id=f"d{number}", operator="Léa", account="mastodon", text=text, updated_at=NOON)


def desk_thread_done() -> None:
    for thread in threading.enumerate():
        if thread.name == "desk":
            thread.join()


# --- what goes leaves the disk too ----------------------------------------------------------------------------------


async def test_the_text_of_a_withdrawn_post_leaves_the_file_within_the_hour(tmp_path: Path) -> None:
    clock, path = HeldClock(), tmp_path / "cache.journal"
    cache = TinyCache(str(tmp_path), clock)
    secret = post(1, text=SafeText(SECRET))
    cache.upsert("mastodon", [secret, post(2)], "1", keys)
    cache.flush()
    cache.withdraw([secret.uri], NOON, "deleted on the network")
    cache.flush()
    assert SECRET in path.read_text()
    await clock.advance(3601)
    cache.flush()
    assert SECRET not in path.read_text()
    assert cache.upsert("mastodon", [secret], None, keys) == []
    cache.close()


def test_no_text_that_went_is_left_when_a_cache_is_closed(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    cache.upsert("mastodon", [post(1, text=SafeText(SECRET))], "1", keys)
    cache.flush()
    cache.prune(NOON + timedelta(days=99), {}, Retention())
    cache.close()
    assert SECRET not in (tmp_path / "cache.journal").read_text()


async def test_what_was_left_by_a_crash_is_wiped_too(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path / "a"), HeldClock())
    cache.upsert("mastodon", [post(1, text=SafeText(SECRET))], "1", keys)
    cache.withdraw([post(1).uri], NOON, "deleted on the network")
    cache.flush()
    path = tmp_path / "b" / "cache.journal"
    path.parent.mkdir()
    path.write_bytes((tmp_path / "a" / "cache.journal").read_bytes())
    cache.close()
    clock = HeldClock()
    cache = TinyCache(str(path.parent), clock)
    cache.flush()
    assert SECRET in path.read_text()
    await clock.advance(3601)
    cache.flush()
    assert SECRET not in path.read_text()
    cache.close()


async def test_a_text_that_is_erased_from_the_desk_leaves_its_file(tmp_path: Path) -> None:
    clock, path = HeldClock(), tmp_path / "desk.journal"
    desk = TinyDesk(str(tmp_path), clock)
    first = desk.commit(put=[("d1", draft(1, SECRET))], log=LogEntry(act="saved", actor="Léa", at=NOON))
    desk.commit(drop=[("d1", Draft)])
    assert SECRET in path.read_text()
    await clock.advance(3601)
    desk.commit(put=[("d2", draft(2))])
    desk_thread_done()
    assert SECRET not in path.read_text()
    desk.commit(put=[("d3", draft(3, SECRET))])
    desk.commit(drop=[("d3", Draft)])
    desk.close()
    assert SECRET not in path.read_text()
    desk = TinyDesk(str(tmp_path), clock)
    assert desk.load(Draft) == {"d2": draft(2)}
    assert desk.log() == [first]
    desk.close()


def test_a_file_stays_short_however_often_the_same_is_written(tmp_path: Path) -> None:
    cache, desk = TinyCache(str(tmp_path), HeldClock()), TinyDesk(str(tmp_path), HeldClock())
    longest = 0
    for n in range(60):
        text = SafeText(str(n) * 20_000)
        cache.upsert("mastodon", [post(k, text=text, revision=str(n)) for k in range(3)], None, keys)
        cache.flush()
        desk.commit(put=[("d1", draft(1, text * 2))])
        desk_thread_done()
        sizes = [(tmp_path / f"{name}.journal").stat().st_size for name in ("cache", "desk")]
        longest = max(longest, *sizes)
    assert longest < 1_500_000  # 7 MB were written
    assert cache.size() == 3
    cache.close()
    desk.close()


# --- threads --------------------------------------------------------------------------------------------------------


class Gate(JsonForm):
    """Stops whoever writes a file anew in the middle of it, until it is let through."""

    def __init__(self) -> None:
        super().__init__()
        self.reached, self.open = threading.Event(), threading.Event()
        self.stops: threading.Thread | None = None

    def text(self, cell: bytes) -> bytes:
        if threading.current_thread() is self.stops:
            self.reached.set()
            assert self.open.wait(30)
        return super().text(cell)


@pytest.mark.parametrize("sync", [True, False])
def test_writing_goes_on_while_a_file_is_written_anew_and_nothing_of_it_is_lost(sync: bool, tmp_path: Path) -> None:
    gate, path = Gate(), tmp_path / "db"
    db = Database(path, sync=sync, forms={"gated": gate})
    storage = db.storage
    assert isinstance(storage, JournalStorage)
    db.table("gated").insert_multiple({"n": n} for n in range(5))
    gate.stops = threading.Thread(target=storage.compact)
    gate.stops.start()
    assert gate.reached.wait(30)
    db.table("gated").update({"n": "changed"}, doc_ids=[1])
    db.table("gated").remove(doc_ids=[2])
    db.insert({"n": "new"})
    expected = db.storage.read()
    if sync:  # what a commit returned from is on disk, also at this moment
        copy = tmp_path / "copy"
        copy.write_bytes(path.read_bytes())
        with Database(copy) as other:
            assert other.storage.read() == expected
    gate.open.set()
    gate.stops.join()
    db.insert({"n": "after"})
    assert storage.removals
    expected = db.storage.read()
    db.close()
    with Database(path) as db:
        assert db.storage.read() == expected


def test_a_disk_that_is_slow_to_take_the_new_files_name_makes_nobody_wait_who_hears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    cache.upsert("mastodon", [post(1)], "1", keys)
    reached, heard, real = threading.Event(), threading.Event(), os.fsync
    in_time: list[bool] = []

    def slow(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            reached.set()
            in_time.append(heard.wait(5))
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    anew = threading.Thread(target=cache._storage.compact)
    anew.start()
    assert reached.wait(30)
    cache.upsert("mastodon", [post(2)], "2", keys)
    heard.set()
    anew.join()
    assert in_time == [True]
    cache.close()
    cache = TinyCache(str(tmp_path), HeldClock())
    assert (cache.size(), cache.cursor("mastodon")) == (2, "2")
    cache.close()


def test_one_thread_hears_while_another_flushes_and_writes_anew(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    done, failures = threading.Event(), list[BaseException]()

    def flush() -> None:
        try:
            while not done.is_set():
                cache.flush()
                cache._storage.compact()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=flush)
    thread.start()
    for n in range(150):
        cache.upsert("mastodon", [post(k, revision=str(n)) for k in range(n, n + 5)], str(n), keys)
        if n % 10 == 9:
            cache.withdraw([post(n - 5).uri], NOON, "deleted on the network")
    done.set()
    thread.join()
    assert not failures
    held, counted = cache.newest(999), cache.counts("all", NOON - timedelta(days=9))
    cache.close()
    cache = TinyCache(str(tmp_path), HeldClock())
    assert cache.notices() == []
    assert (cache.newest(999), cache.cursor("mastodon")) == (held, "149")
    assert cache.counts("all", NOON - timedelta(days=9)) == counted
    cache.close()


# --- formats --------------------------------------------------------------------------------------------------------


class Upper(JsonForm):
    """A form that version 1 could not have been read with."""

    def load(self, text: bytes) -> bytes:
        if b"NAME" not in text:
            raise ValueError("not of this version")
        return text


def opened(path: Path, migrations: Sequence[Any], forms: dict[str, Form[Any]]) -> tuple[Database, list[str]]:
    db, notices = open_database(path, "tinydb", migrations=migrations, forms=forms, sync=True, precious=True)
    return db, [str(n) for n in notices]


def rename(db: Database) -> None:
    for document in db.table("people"):
        db.table("people").update(lambda d: d.update(NAME=d.pop("name")), doc_ids=[document.doc_id])


def test_an_older_format_is_brought_to_the_newest_once_and_said(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.table("people").insert_multiple([{"name": "Léa"}, {"name": "Tom"}])
    db, said = opened(path, [rename], {"people": Upper()})
    assert said == ["db was brought from format 1 to format 2"]
    assert db.table("people").all() == [{"NAME": "Léa"}, {"NAME": "Tom"}]
    db.table("people").insert({"NAME": "Zoé"})
    db.close()
    db, said = opened(path, [rename], {"people": Upper()})
    assert said == []
    assert len(db.table("people")) == 3
    db.close()
    with pytest.raises(StoreError, match="newer version"):
        opened(path, [], {})


def test_a_format_that_cannot_be_brought_on_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.table("people").insert({"name": "Léa"})
    data = path.read_bytes()

    def fails(db: Database) -> None:
        rename(db)
        raise KeyError("no such field")

    with pytest.raises(KeyError):
        opened(path, [fails], {})
    assert path.read_bytes() == data
    opened(path, [rename], {})[0].close()


def test_what_cannot_be_read_in_the_newest_format_is_left_out_and_said_only_where_it_is_not_precious(
    tmp_path: Path,
) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.table("people").insert_multiple([{"name": "Léa"}, {"name": "Tom"}])
    data = path.read_bytes()

    def one_is_missed(db: Database) -> None:
        db.table("people").update(lambda d: d.update(NAME=d.pop("name")), doc_ids=[2])

    for _ in range(2):
        with pytest.raises(StoreError, match="people that this version cannot read"):
            opened(path, [one_is_missed], {"people": Upper()})
        assert path.read_bytes() == data
    db, notices = open_database(
        path, "tinydb", migrations=[one_is_missed], forms={"people": Upper()}, sync=True, precious=False
    )
    assert [str(n) for n in notices] == [
        "db: entries that could not be read were left out: 1",
        "db was brought from format 1 to format 2",
    ]
    assert db.table("people").all() == [{"NAME": "Tom"}]
    db.close()
    db, said = opened(path, [one_is_missed], {"people": Upper()})
    assert (said, len(db.table("people"))) == ([], 1)
    db.close()


def test_a_post_that_cannot_be_read_is_left_out_and_said(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    cache.upsert("mastodon", [post(1), post(2)], "1", keys)
    cache.close()
    with Database(tmp_path / "cache.journal", holds="cache") as db:
        db.table("posts").insert({"uri": "x", "kind": "from the future"})
    cache = TinyCache(str(tmp_path), HeldClock())
    assert cache.size() == 2
    assert [str(n) for n in cache.notices()] == ["cache.journal: entries that could not be read were left out: 1"]
    cache.close()


def test_a_value_of_the_desk_that_cannot_be_read_is_never_left_out(tmp_path: Path) -> None:
    desk = TinyDesk(str(tmp_path), HeldClock())
    desk.commit(put=[("d1", draft(1))])
    desk.close()
    with Database(tmp_path / "desk.journal", holds="desk") as db:
        db.table("Draft").insert({"id": "d2", "value": {"id": "d2"}})
    desk = TinyDesk(str(tmp_path), HeldClock())
    with pytest.raises(StoreError, match="Draft that this version cannot read"):
        desk.load(Draft)
    desk.close()


def test_an_entry_of_the_log_that_cannot_be_read_stops_the_opening(tmp_path: Path) -> None:
    desk = TinyDesk(str(tmp_path), HeldClock())
    desk.commit(log=LogEntry(act="saved", actor="Léa", at=NOON))
    desk.close()
    path = tmp_path / "desk.journal"
    with Database(path, holds="desk") as db:
        db.table("log").insert({"act": 7})
    data = path.read_bytes()
    for _ in range(2):
        with pytest.raises(StoreError, match="log that this version cannot read"):
            TinyDesk(str(tmp_path), HeldClock())
    assert path.read_bytes() == data


def test_tinydb_itself_reads_what_the_cache_holds(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    cache.upsert("mastodon", [post(1)], "c1", keys)
    cache.close()
    with Database(tmp_path / "cache.journal", holds="cache") as db:
        assert db.tables() == {"posts", "cursors", "hours"}
        (found,) = db.table("posts").all()
        assert (found["uri"], found["text"]) == (post(1).uri, post(1).text)
        assert [dict(d) for d in db.table("cursors")] == [{"source": "mastodon", "cursor": "c1"}]
