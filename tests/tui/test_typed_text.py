"""The terminal's own copy of what is typed: there within a moment, private, and taken over from the dead only."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from support.posts import NOON

from socialroom.domain.draft import Draft
from socialroom.tui.typed_text import TypedText, of_editor

TESTS = Path(__file__).parents[1]


def draft(text: str, number: int = 1, operator: str = "lea") -> Draft:
    return Draft(id=f"draft {number}", operator=operator, account="mastodon", text=text, updated_at=NOON)


@pytest.fixture
def copy(tmp_path: Path) -> Iterator[TypedText]:
    typed = TypedText(str(tmp_path))
    yield typed
    typed.close()


def killed(state: Path, *drafts: Draft, then: str = "") -> None:
    """A terminal that keeps these drafts and is killed."""
    program = f"""
import os, signal, sys
from socialroom.domain.draft import Draft
from socialroom.tui.typed_text import TypedText
import msgspec
typed = TypedText({str(state)!r})
for line in sys.stdin:
    typed.keep(msgspec.json.decode(line, type=Draft))
assert typed.wait(20)
{then}
os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=os.environ | {"PYTHONPATH": str(TESTS)},
        input="\n".join(msgspec.json.encode(d).decode() for d in drafts),
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL


def test_a_text_is_on_disk_when_it_says_so_and_only_its_owner_can_read_it(copy: TypedText, tmp_path: Path) -> None:
    said: list[str] = []
    copy.keep(draft("é à ç œ €"), said.append)
    assert copy.wait()
    assert said == [""]
    files = [p for p in (tmp_path / "typed").rglob("*") if p.is_file()]
    assert any("é à ç œ €" in p.read_text("utf-8") for p in files)
    assert {stat.S_IMODE(p.stat().st_mode) for p in files} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (tmp_path / "typed").rglob("*") if p.is_dir()} == {0o700}


def test_the_newest_text_wins_and_what_the_room_has_is_erased(copy: TypedText, tmp_path: Path) -> None:
    for length in range(1, 200):
        copy.keep(draft("x" * length))
    copy.keep(draft("another", 2))
    copy.erase("draft 2")
    assert copy.wait()
    texts = [p.read_text() for p in (tmp_path / "typed").rglob("*.json")]
    assert len(texts) == 1
    assert '"' + "x" * 199 + '"' in texts[0]
    copy.erase("draft 1")
    assert copy.wait()
    assert list((tmp_path / "typed").rglob("*.json")) == []


def test_what_a_killed_terminal_left_is_taken_over_once(copy: TypedText, tmp_path: Path) -> None:
    killed(tmp_path, draft("cut off in the mid"), draft("of another", 2))
    found = copy.take_over("lea")
    assert {d.text for d in found.values()} == {"cut off in the mid", "of another"}
    other = TypedText(str(tmp_path))
    assert other.take_over("lea") == {}, "two terminals would both save it"
    other.close()
    copy.erase("draft 1")
    copy.wait()
    copy.close()
    third = TypedText(str(tmp_path))
    assert [d.text for d in third.take_over("lea").values()] == ["of another"]
    third.erase("draft 2")
    third.close()
    assert [p.name for p in (tmp_path / "typed").iterdir()] == ["lock"], "the folders of the dead go"


def test_the_text_of_a_living_terminal_is_left_alone(copy: TypedText, tmp_path: Path) -> None:
    copy.keep(draft("still typing"))
    copy.wait()
    other = TypedText(str(tmp_path))
    assert other.take_over("lea") == {}
    other.close()


def test_a_text_waits_for_its_own_operator(copy: TypedText, tmp_path: Path) -> None:
    killed(tmp_path, draft("of Marc", 1, "marc"), draft("of Léa", 2, "lea"))
    assert [d.text for d in copy.take_over("lea").values()] == ["of Léa"]
    marc = TypedText(str(tmp_path))
    assert [d.text for d in marc.take_over("marc").values()] == ["of Marc"]
    marc.close()


def test_a_damaged_copy_harms_no_other(copy: TypedText, tmp_path: Path) -> None:
    killed(tmp_path, draft("good", 1), draft("bad", 2))
    bad = next(p for p in (tmp_path / "typed").rglob("*.json") if '"bad"' in p.read_text())
    bad.write_bytes(b'{"id": "draft 2", "te')
    assert [d.text for d in copy.take_over("lea").values()] == ["good"]
    assert bad.exists()


def test_what_was_saved_in_another_program_when_all_was_killed_counts(copy: TypedText, tmp_path: Path) -> None:
    lent = """
from support.posts import NOON
lent = typed.lend(Draft(id="draft 1", operator="lea", account="m", text="begun", updated_at=NOON))
path = lent.__enter__()
assert path.stat().st_mode & 0o777 == 0o600
path.write_text("begun and gone on\\n", "utf-8")
"""
    killed(tmp_path, then=lent)
    assert [d.text for d in copy.take_over("lea").values()] == ["begun and gone on"]


def test_a_lent_file_goes_when_it_is_given_back(copy: TypedText, tmp_path: Path) -> None:
    with copy.lend(draft("one\ntwo")) as path:
        assert path.read_text() == "one\ntwo"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert not path.exists()
    copy.erase("draft 1")
    copy.wait()
    with TypedText("").lend(draft("nowhere")) as path:
        assert path.read_text() == "nowhere"
    assert not path.parent.exists()


def test_without_a_folder_nothing_is_kept_and_nothing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    typed = TypedText("")
    typed.keep(draft("x"))
    assert typed.wait()
    assert not typed.keeps
    assert typed.take_over("lea") == {}
    typed.close()
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_refuses_says_why(tmp_path: Path) -> None:
    (tmp_path / "typed").write_text("a file where a folder should be")
    typed = TypedText(str(tmp_path))
    said: list[str] = []
    typed.keep(draft("x"), said.append)
    typed.wait()
    typed.close()
    assert said == [os.strerror(17)]


def test_closing_writes_what_is_left(tmp_path: Path) -> None:
    typed = TypedText(str(tmp_path))
    typed.keep(draft("a"))
    typed.keep(draft("ab"))
    typed.close()
    typed.keep(draft("too late"))
    other = TypedText(str(tmp_path))
    assert [d.text for d in other.take_over("lea").values()] == ["ab"]
    other.close()


def test_the_line_end_that_editors_add_is_not_text() -> None:
    assert of_editor("one\r\ntwo\n") == "one\ntwo"
    assert of_editor("one\n\n") == "one\n"
    assert of_editor("") == ""
