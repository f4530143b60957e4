"""Files beside a text, as they lie on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.errors import RoomError
from socialroom.domain.source import MediaRule
from socialroom.tui.composer_files import begun_anew, completed, examine, size

ANYTHING = MediaRule()


def test_what_a_file_is_stands_in_it_and_not_in_its_name(tmp_path: Path) -> None:
    film = tmp_path / "photo.png"
    film.write_bytes(b"\0\0\0\x18ftypisom" + b"\0" * 40)
    found = examine(str(film), ANYTHING)
    assert (found.kind, found.mime, found.size, found.file) == ("video", "video/mp4", 52, str(film))


def test_a_pipe_is_no_file_and_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(RoomError, match="is no file"):
        examine(str(tmp_path / "pipe.png"), ANYTHING)
    with pytest.raises(RoomError):
        examine(str(tmp_path), ANYTHING)


@pytest.mark.parametrize("path", ["a\0b", "", "x" * 5000, "\ud800", "~nobody-here/x"])
def test_what_is_no_path_is_refused(path: str) -> None:
    with pytest.raises(RoomError):
        examine(path, ANYTHING)


def test_completion_goes_as_far_as_there_is_no_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("été-1.png", "été-2.png", ".hidden"):
        (tmp_path / name).touch()
    (tmp_path / "folder").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert completed("~/é") == "~/été-"
    assert completed(f"{tmp_path}/fo") == f"{tmp_path}/folder/"
    assert completed("~/") == "~/", "nothing is shared, and what is hidden is not spoken of"
    assert completed("~/.h") == "~/.hidden"
    assert completed("~/nothing") == "~/nothing"
    assert completed("/nowhere/x") == "/nowhere/x"


def test_a_path_typed_behind_another_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.gif").write_bytes(b"GIF89a and more")
    assert examine(f"~/{tmp_path}/a.gif", ANYTHING).file == str(tmp_path / "a.gif")
    assert completed(f"~/{tmp_path}/a") == f"{tmp_path}/a.gif"
    assert begun_anew("/srv/~/x") == "~/x"
    assert begun_anew("/srv/x") == "/srv/x"


@given(st.text() | st.text(alphabet="/~.a"))
def test_whatever_is_written_completion_only_adds(text: str) -> None:
    assert completed(text).startswith(begun_anew(text))


@pytest.mark.parametrize(
    ("count", "said"), [(0, "0 B"), (999, "999 B"), (1_200, "1.2 kB"), (200_000, "200 kB"), (3 * 10**9, "3.0 GB")]
)
def test_sizes_are_short(count: int, said: str) -> None:
    assert size(count) == said
