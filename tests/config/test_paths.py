"""Where a room's things lie: its file is looked for in order, its state is its own, its folders are nobody else's."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from socialroom.config import paths
from socialroom.config.paths import find_file, place, private_folder
from socialroom.domain.errors import StoreError


def test_the_named_file_comes_before_the_folders_and_that_before_the_configurations(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert find_file(None) is None
    own = paths.config_folder() / "room.toml"
    own.parent.mkdir(parents=True)
    own.touch()
    assert find_file(None) == own
    (tmp_path / "room.toml").touch()
    assert find_file(None) == tmp_path / "room.toml"
    assert find_file("other.toml") == tmp_path / "other.toml"  # also when it is not there: that is said when it is read


def test_two_files_are_two_rooms_and_one_file_is_one(tmp_path: Path) -> None:
    first, second = tmp_path / "a" / "room.toml", tmp_path / "b" / "a" / "room.toml"
    one, other = place(first), place(second)
    assert place(first) == one
    assert one.socket != other.socket
    assert one.state != other.state
    assert place(paths.config_folder() / "room.toml").name == "default"


def test_everything_of_the_demo_lies_under_its_root(tmp_path: Path) -> None:
    here = place(tmp_path / "room.toml", root=tmp_path)
    assert all(p.is_relative_to(tmp_path) for p in (here.state, here.secrets, here.socket, here.log))
    assert here.name == "demo"


def test_without_a_runtime_folder_sockets_lie_in_the_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "gone"))
    assert paths.runtime_folder().name == f"socialroom-{os.getuid()}"


def test_a_folder_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = private_folder(tmp_path / "x" / "y")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.stat().st_mode) == 0o700


def test_a_folder_that_others_can_look_into_is_closed(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert stat.S_IMODE(private_folder(tmp_path).stat().st_mode) == 0o700


def test_a_folder_that_others_can_write_into_is_refused_and_left_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o1777)
    with pytest.raises(StoreError, match="chmod 700"):
        private_folder(tmp_path)
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
    tmp_path.chmod(0o700)


def test_a_link_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(StoreError, match="not a folder of yours"):
        private_folder(tmp_path / "link")


def test_a_file_in_its_place_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be made"):
        private_folder(tmp_path / "file")
