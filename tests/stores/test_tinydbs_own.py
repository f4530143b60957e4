"""TinyDB's own tests, from its source distribution, with our database and storage in the place of its own."""

from __future__ import annotations

import subprocess
import sys
import tarfile
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
        done = subprocess.run(
        [sys.executable, "-c", RUN, *OF_THE_FILE], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(OF_THE_FILE)} deselected" in done.stdout
