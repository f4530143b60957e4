"""A journal under every fault we could think of: torn, damaged, foreign, full, read-only, shared."""

from __future__ import annotations

import errno
import os
import resource
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
from support.clock import HeldClock
from support.posts import post

from socialroom.domain.chain import broken_at
from socialroom.domain.draft import Draft
from socialroom.domain.errors import StoreError
from socialroom.domain.log import LogEntry
from socialroom.stores._database import Database
from socialroom.stores._storage import JournalStorage
from socialroom.stores.tinydb import TinyCache, TinyDesk

NOON = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)


def draft(number: int, text: str = "bonjour") -> Draft:
    return Draft(id=f"d{number}", operator="Léa", account="mastodon", text=text, updated_at=NOON)


def entry(act: str) -> LogEntry:
    return LogEntry(act=act, actor="Léa", at=NOON)


def storage(db: Database) -> JournalStorage:
    assert isinstance(db.storage, JournalStorage)
    return db.storage


def content(path: Path) -> Any:
    with Database(path) as db:
        return db.storage.read()


def small_journal(path: Path) -> list[tuple[int, Any]]:
    """Writes a few batches; returns how long the file was, and what was in it, after each."""
    states = []
    with Database(path) as db:

        def written() -> None:
            states.append((path.stat().st_size, db.storage.read()))

        written()
        db.insert_multiple([{"text": "é à ç"}, {"text": "two"}])
        written()
        storage(db).compact()
        states[:] = [(path.stat().st_size, db.storage.read())]
        with db.transaction():
            db.insert({"text": "line\nfeed"})
            db.table("cursors").insert({"cursor": "1"})
        written()
        db.update({"text": "other"}, doc_ids=[1])
        written()
        db.remove(doc_ids=[2])
        written()
        db.table("cursors").truncate()
        written()
        with db.transaction():
            db.drop_table("cursors")
            db.insert({"text": "last"})
        written()
    return states


# --- torn and damaged -----------------------------------------------------------------------------------------------


def test_cut_at_any_byte_it_opens_with_every_whole_batch_says_so_and_is_writable(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    states = small_journal(whole)
    data, path = whole.read_bytes(), tmp_path / "cut"
    ends = {size for size, _ in states}
    header = data.index(b"\n") + 1
    pieces = sum(data[:end].endswith(b"\n") for end in range(header, states[0][0] + 1))
    assert len(data) == states[-1][0]
    assert pieces == 3  # header, content, and the mark that it was written anew
    for cut in range(len(data)):
        path.write_bytes(data[:cut])
        expected = next((state for size, state in reversed(states) if size <= cut), None)
        if cut < states[0][0]:
            expected = states[0][1] if cut >= states[0][0] - len(b"00000000 []\n") else None
        torn = cut not in ends and not data[:cut].endswith(b"\n")
        with Database(path) as db:
            assert db.storage.read() == expected, cut
            assert bool(storage(db).notices()) == torn, cut
            db.table("new").insert({"cut": cut})
        with Database(path) as db:
            assert storage(db).notices() == []
            assert db.table("new").all() == [{"cut": cut}]
            db.drop_table("new")
            assert db.storage.read() == expected
    assert not list(tmp_path.glob("*.damaged*"))


def test_a_cache_cut_anywhere_never_has_a_cursor_without_its_posts(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path / "whole"), HeldClock())
    for n in range(4):
        cache.upsert("mastodon", [post(n, words=2)], str(n), lambda _: ["all"])
        cache.flush()
    cache.close()
    data = (tmp_path / "whole" / "cache.journal").read_bytes()
    for cut in (*range(0, len(data), 7), len(data)):
        path = tmp_path / "cut" / "cache.journal"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data[:cut])
        cache = TinyCache(str(path.parent), HeldClock())
        cursor = cache.cursor("mastodon")
        expected = int(cursor) + 1 if cursor else 0
        assert cache.size() == expected
        assert sum(cache.hourly("all", datetime(2026, 1, 1, tzinfo=UTC)).values()) == expected
        cache.close()
    assert expected == 4


def test_damage_in_the_middle_keeps_what_is_before_and_sets_aside_what_is_behind(tmp_path: Path) -> None:
    path = tmp_path / "db"
    states = small_journal(path)
    data = bytearray(path.read_bytes())
    place = states[2][0] + 30
    data[place] ^= 1
    path.write_bytes(data)
    with Database(path) as db:
        assert db.storage.read() == states[2][1]
        (notice,) = storage(db).notices()
        assert str(notice) == (
            "db is damaged: what came behind the damage was moved to db.damaged-1 (whole records: 2)"
        )
        db.insert({"text": "on"})
    aside = tmp_path / "db.damaged-1"
    assert aside.read_bytes() == data[states[2][0] :]
    assert stat.S_IMODE(aside.stat().st_mode) == 0o600
    assert content(path)["_default"]["4"] == {"text": "on"}


def test_any_flipped_byte_is_found_and_nothing_made_up_is_read(tmp_path: Path) -> None:
    whole = tmp_path / "whole"
    states = small_journal(whole)
    known = [None, *(state for _, state in states)]
    data, path = whole.read_bytes(), tmp_path / "db"
    header = data.index(b"\n") + 1
    for place in range(len(data)):
        damaged = bytearray(data)
        damaged[place] ^= 0x20
        path.write_bytes(damaged)
        # Where the first line is no line of ours any more, the file is refused as a stranger's.
        with suppress(StoreError) if place < header else nullcontext(), Database(path) as db:
            assert db.storage.read() in known, place
            assert storage(db).notices(), place
    assert list(tmp_path.glob("db.damaged-*"))


def test_a_damaged_cache_leaves_no_file_of_posts_behind(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    for n in range(3):
        cache.upsert("mastodon", [post(n)], str(n), lambda _: [])
        cache.flush()
    cache.close()
    path = tmp_path / "cache.journal"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    cache = TinyCache(str(tmp_path), HeldClock())
    assert cache.size() < 3
    assert [str(n) for n in cache.notices()] == [
        "cache.journal is damaged: what came behind the damage was dropped (whole records: 1)"
    ]
    cache.close()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cache.journal", "cache.journal.lock"]


def test_an_empty_file_is_begun_anew_and_said(tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.touch()
    with Database(path) as db:
        assert len(storage(db).notices()) == 1
        db.insert({"n": 1})
    assert content(path) == {"_default": {"1": {"n": 1}}}


# --- not ours -------------------------------------------------------------------------------------------------------


def record(payload: bytes) -> bytes:
    return b"%08x %b\n" % (crc32(payload), payload)


@pytest.mark.parametrize(
    "data",
    [
        b'{"_default": {"1": {"n": 1}}}',
        b"some text of somebody\nin two lines\n",
        record(b'{"journal":1,"holds":"desk","version":1}'),
        record(b'["no header"]'),
        record(b"not json"),
    ],
)
def test_a_file_that_is_not_this_journal_is_refused_and_left_as_it_is(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "db"
    path.write_bytes(data)
    with pytest.raises(StoreError, match="is not this room's tinydb") as caught:
        Database(path)
    assert str(path) in str(caught.value)
    assert caught.value.remedy
    assert path.read_bytes() == data
    path.unlink()
    Database(path).close()  # the lock was let go


@pytest.mark.parametrize(("journal", "version"), [(2, 1), (1, 2), (7, 7)])
def test_a_future_version_is_refused_in_a_sentence(journal: int, version: int, tmp_path: Path) -> None:
    path = tmp_path / "db"
    data = record(b'{"journal":%d,"holds":"tinydb","version":%d,"later":[]}' % (journal, version))
    path.write_bytes(data + b"whatever the future brings\n")
    with pytest.raises(StoreError) as caught:
        Database(path)
    said = str(caught.value)
    assert str(path) in said
    assert "newer version" in said
    assert f"{journal}.{version}" in said
    assert path.read_bytes().startswith(data)


def test_a_link_in_the_place_of_a_journal_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"")
    (tmp_path / "db").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError):
        Database(tmp_path / "db")
    assert (tmp_path / "elsewhere").read_bytes() == b""


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        TinyDesk(str(tmp_path / "room" / "state"), HeldClock()).close()
    finally:
        os.umask(before)
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "room" / "state").iterdir()} == {0o600}
    assert stat.S_IMODE((tmp_path / "room" / "state").stat().st_mode) == 0o700


# --- a second writer ------------------------------------------------------------------------------------------------


def test_a_second_writer_is_refused_with_file_process_and_remedy(tmp_path: Path) -> None:
    first = TinyDesk(str(tmp_path), HeldClock())
    first.commit(put=[("d1", draft(1))])
    with pytest.raises(StoreError) as caught:
        TinyDesk(str(tmp_path), HeldClock())
    said = str(caught.value)
    assert str(tmp_path / "desk.journal") in said
    assert str(os.getpid()) in said
    assert "socialroom stop" in said
    first.commit(put=[("d2", draft(2))])
    first.close()
    again = TinyDesk(str(tmp_path), HeldClock())
    assert sorted(again.load(Draft)) == ["d1", "d2"]
    again.close()


def test_the_lock_still_holds_after_the_file_was_written_anew(tmp_path: Path) -> None:
    with Database(tmp_path / "db") as db:
        storage(db).compact()
        with pytest.raises(StoreError):
            Database(tmp_path / "db")


# --- the disk says no -----------------------------------------------------------------------------------------------


@contextmanager
def files_no_longer_than(size: int) -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_a_commit_fails_whole_and_the_desk_goes_on_when_there_is_room(tmp_path: Path) -> None:
    desk = TinyDesk(str(tmp_path), HeldClock())
    desk.commit(put=[("d1", draft(1))], log=entry("draft saved"))
    path = tmp_path / "desk.journal"
    size = path.stat().st_size
    with files_no_longer_than(size + 100):
        for _ in range(3):
            with pytest.raises(StoreError) as caught:
                desk.commit(put=[("d1", draft(1, "lost")), ("d2", draft(2))], drop=[("d1", Draft)], log=entry("never"))
            assert str(path) in str(caught.value)
            assert "Make room" in str(caught.value)
            assert path.stat().st_size == size
            assert desk.load(Draft) == {"d1": draft(1)}
            assert [e.act for e in desk.log()] == ["draft saved"]
    second = desk.commit(put=[("d2", draft(2))], log=entry("draft saved"))
    assert second is not None
    assert second.seq == 2
    desk.close()
    desk = TinyDesk(str(tmp_path), HeldClock())
    assert desk.notices() == []
    assert desk.load(Draft) == {"d1": draft(1), "d2": draft(2)}
    assert broken_at(desk.log()) is None
    desk.close()


def test_a_cache_hears_on_while_the_disk_is_full_and_writes_all_of_it_later(tmp_path: Path) -> None:
    cache = TinyCache(str(tmp_path), HeldClock())
    cache.flush()
    with files_no_longer_than((tmp_path / "cache.journal").stat().st_size + 100):
        for n in range(5):
            cache.upsert("mastodon", [post(n)], str(n), lambda _: ["all"])
            with pytest.raises(StoreError, match="could not be written"):
                cache.flush()
        assert cache.size() == 5
    cache.flush()
    held = cache.newest(9)
    data = (tmp_path / "cache.journal").read_bytes()
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy" / "cache.journal").write_bytes(data)
    copy = TinyCache(str(tmp_path / "copy"), HeldClock())
    assert (copy.newest(9), copy.cursor("mastodon"), copy.notices()) == (held, "4", [])
    copy.close()
    cache.close()


def test_what_a_disk_did_not_sync_is_not_said_to_be_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = TinyDesk(str(tmp_path), HeldClock())
    desk.commit(put=[("d1", draft(1))])

    def broken(_handle: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", broken)
        for _ in range(2):
            with pytest.raises(StoreError, match="Input/output error"):
                desk.commit(put=[("d1", draft(1, "lost"))], log=entry("never"))
            assert desk.load(Draft) == {"d1": draft(1)}
            assert desk.log() == []
    inode = (tmp_path / "desk.journal").stat().st_ino
    desk.commit(put=[("d2", draft(2))])
    assert (tmp_path / "desk.journal").stat().st_ino != inode  # a file in doubt is not appended to
    desk.close()
    desk = TinyDesk(str(tmp_path), HeldClock())
    assert desk.load(Draft) == {"d1": draft(1), "d2": draft(2)}
    desk.close()


def test_a_file_that_cannot_be_written_anew_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.insert_multiple({"n": n, "text": "x" * 100} for n in range(50))
        data = path.read_bytes()
        with files_no_longer_than(2000), pytest.raises(StoreError, match=r"db\.new could not be written"):
            storage(db).compact()
        assert path.read_bytes() == data
        assert sorted(p.name for p in tmp_path.iterdir()) == ["db", "db.lock"]
        db.insert({"n": 50})
    assert len(content(path)["_default"]) == 51


def test_what_waits_is_written_once_also_when_the_file_could_not_be_written_anew(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path, sync=False) as db:
        db.insert_multiple({"n": n, "text": "x" * 100} for n in range(50))
        with files_no_longer_than(2000), pytest.raises(StoreError):
            storage(db).compact()
        storage(db).flush()
        copy = tmp_path / "copy"
        copy.write_bytes(path.read_bytes())
        assert len(content(copy)["_default"]) == 50
        db.insert({"n": 50})
        storage(db).compact()
        size = path.stat().st_size
        storage(db).flush()
        assert path.stat().st_size == size
    assert len(content(path)["_default"]) == 51


@contextmanager
def as_somebody() -> Iterator[None]:
    """As a user for whom rights count: root writes where it likes."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def read_only() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp())  # not pytest's: somebody else must be able to look in
    try:
        folder.chmod(0o555)
        yield folder
    finally:
        folder.chmod(0o700)
        shutil.rmtree(folder)


def test_a_folder_that_cannot_be_written_is_named(read_only: Path) -> None:
    with as_somebody(), pytest.raises(StoreError) as caught:
        TinyDesk(str(read_only), HeldClock())
    said = str(caught.value)
    assert str(read_only) in said
    assert "Permission denied" in said
    assert "right to write" in said


def test_a_folder_that_cannot_be_made_is_named(read_only: Path) -> None:
    with as_somebody(), pytest.raises(StoreError, match="Permission denied"):
        TinyCache(str(read_only / "state"), HeldClock())


def test_what_a_killed_writing_anew_left_behind_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "db"
    with Database(path) as db:
        db.insert({"n": 1})
    (tmp_path / "db.new").write_bytes(path.read_bytes()[:-3])
    assert content(path) == {"_default": {"1": {"n": 1}}}
    assert not (tmp_path / "db.new").exists()
