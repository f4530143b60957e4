"""TinyDB's own tests, from its source distribution, with our database and storage in the place of its own."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

# What these ask of JSONStorage is about its file, not about TinyDB: another form of file, an encoding, access modes,
# IOError for a folder that is not there (ours is a StoreError), the name of its handle.
OF_THE_FILE = (
    "test_storages.py::test_json",
    "test_storages.py::test_json_kwargs",
    "test_storages.py::test_json_read",
    "test_storages.py::test_create_dirs",
    "test_storages.py::test_json_invalid_directory",
    "test_storages.py::test_encoding",
    "test_storages.py::test_json_invalid_mode_warning",
    "test_middlewares.py::test_caching_json_write",
)

RUN = """
import sys, pytest, tinydb, tinydb.database, tinydb.storages
from socialroom.stores._database import Database
from socialroom.stores._storage import JournalStorage

class JSONStorage(JournalStorage):
    __module__ = "tinydb.storages"  # one test compares the repr of a table, which names its storage

class TinyDB(Database):
    default_storage_class = JSONStorage

tinydb.TinyDB = tinydb.database.TinyDB = TinyDB
tinydb.JSONStorage = tinydb.storages.JSONStorage = JSONStorage

class Chosen:
    def pytest_collection_modifyitems(self, config, items):
        left_out = [i for i in items if i.nodeid.removeprefix("tests/") in sys.argv[1:]]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [i for i in items if i not in left_out]

options = ["-q", "-p", "no:cacheprovider", "-c", "/dev/null", "--rootdir=.", "tests"]
sys.exit(pytest.main(options, plugins=[Chosen()]))
"""


@pytest.mark.servers
def test_tinydbs_own_tests_pass_with_our_database_in_place(tmp_path: Path) -> None:
    ask = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", "tinydb", "-d", str(tmp_path)]
    got = subprocess.run([*ask, f"tinydb=={version('tinydb')}"], capture_output=True, text=True, check=False)
    if got.returncode:
        pytest.skip(f"TinyDB's source distribution cannot be had: {got.stderr.strip().splitlines()[-1]}")
    (archive,) = tmp_path.glob("tinydb-*.tar.gz")
    subprocess.run(["tar", "-xzf", str(archive), "-C", str(tmp_path)], check=True)
    (folder,) = (p for p in tmp_path.iterdir() if p.is_dir())
    done = subprocess.run(
        [sys.executable, "-c", RUN, *OF_THE_FILE], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(OF_THE_FILE)} deselected" in done.stdout
