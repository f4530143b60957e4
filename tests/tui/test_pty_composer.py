"""The composer in a real terminal: bytes in, drafts on the disk out, whatever is killed meanwhile."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from support.pty import Terminal

from socialroom.clock import SystemClock
from socialroom.domain.draft import Draft
from socialroom.stores.tinydb import TinyDesk

pytestmark = pytest.mark.long

TESTS = Path(__file__).parents[1]
# An AZERTY keyboard: its unshifted digit row, then what AltGr gives, then accents with and without dead keys.
ROW = "&é\"'(-è_çà)="
ALT_GR = "~#{[|`\\^@]}€¤"
ACCENTS = "é à ç œ € ê ï ù É À Ç Œ « »"


def composer(folder: Path, *more: str, environment: Mapping[str, str] | None = None) -> Terminal:
    command = [sys.executable, "-m", "support.show_composer", str(folder), *more]
    return Terminal(command, columns=100, rows=24, environment={"PYTHONPATH": str(TESTS), **(environment or {})})


def send(terminal: Terminal, *parts: bytes) -> None:
    for part in parts:
        os.write(terminal._master, part)
        terminal.read(0.01)


def shows(terminal: Terminal, *parts: str, seconds: float = 15.0) -> None:
    """Waits for a whole frame with all of these: half of one may show a new letter above an old word."""
    end = time.perf_counter() + seconds
    while True:
        frames = terminal.frames(lambda screen: "\n".join(screen.display))
        text = str(frames[-1][1]) if frames else ""
        if all(part in text for part in parts):
            return
        assert time.perf_counter() < end, f"waited for {parts}; the screen shows:\n{text}"
        terminal.read(0.05)


def drafts(folder: Path) -> list[str]:
    desk = TinyDesk(str(folder / "desk"), SystemClock())
    try:
        return [draft.text for draft in desk.load(Draft).values()]
    finally:
        desk.close()


def kill(terminal: Terminal) -> None:
    os.kill(terminal._process, signal.SIGKILL)
    assert terminal.wait_for_end().code == -signal.SIGKILL


def test_accents_and_altgr_type_themselves_byte_by_byte(tmp_path: Path) -> None:
    with composer(tmp_path) as terminal:
        terminal.wait_for("nothing typed yet")
        for character in f"{ROW} {ALT_GR}":
            send(terminal, character.encode())
        send(terminal, b"\r")
        for byte in ACCENTS.encode():  # a slow line cuts a character in two
            send(terminal, bytes([byte]))
        shows(terminal, "Œ « »", "draft saved")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end().code == 0
    assert drafts(tmp_path) == [f"{ROW} {ALT_GR}\n{ACCENTS}"]


def test_what_other_terminals_send_for_a_character_types_it_too(tmp_path: Path) -> None:
    with composer(tmp_path) as terminal:
        terminal.wait_for("nothing typed yet")
        send(
            terminal, b"\x1b[233;;233u", b"\x1b[101;1;8364u", b"\x1b[224;;64u"
        )  # kitty's protocol: é, AltGr+e, AltGr+à
        send(terminal, b"\x1b[231u", b"\x1b[8364u", b"\x1b[91u")  # the same without saying which text it makes
        send(terminal, b"\x1b[48;7;64u")  # where AltGr is said to be Ctrl+Alt
        send(terminal, b" ", "e\u0301".encode(), b" ")  # a dead key that composes by itself
        send(terminal, b"\x1b[200~", "collé : €\r\n[ok]".encode(), b"\x1b[201~")  # a bracketed paste
        shows(terminal, "[ok]", "draft saved")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end().code == 0
    assert drafts(tmp_path) == ["é€@ç€[@ e\u0301 collé : €\n[ok]"]


def test_semicolons_and_colons_type_themselves_until_a_name_is_whole(tmp_path: Path) -> None:
    (tmp_path / "playbook").mkdir()
    (tmp_path / "playbook" / "merci.md").write_text("---\nname: mérci\n---\nMerci ; à bientôt :: {agent}", "utf-8")
    with composer(tmp_path) as terminal:
        terminal.wait_for("nothing typed yet")
        for character in "a;b :: c::d :;: é::m ;":  # ";" opens the list outside, and types itself here
            send(terminal, character.encode())
        shows(terminal, "é::m ;", "draft saved")
        for byte in " ::MÉRCI ".encode():
            send(terminal, bytes([byte]))
        shows(terminal, "à bientôt :: Léa", "draft saved")
        send(terminal, b"; ::me\t!")  # Tab takes the first
        shows(terminal, "Léa; Merci ; à bientôt :: Léa!", "draft saved")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end().code == 0
    merci = "Merci ; à bientôt :: Léa"
    assert drafts(tmp_path) == [f"a;b :: c::d :;: é::m ; {merci}; {merci}!"]


def test_a_killed_terminal_whose_room_was_away_loses_nothing(tmp_path: Path) -> None:
    with composer(tmp_path, "away") as terminal:
        terminal.wait_for("nothing typed yet")
        send(terminal, "Nos équipes réparent".encode())
        terminal.wait_for("kept here only: the room does not answer")
        kill(terminal)
    assert drafts(tmp_path) == []
    with composer(tmp_path) as terminal:
        shows(terminal, "Nos équipes réparent", "draft saved")
        send(terminal, " déjà".encode())
        shows(terminal, "réparent déjà", "draft saved")
        kill(terminal)
    assert drafts(tmp_path) == ["Nos équipes réparent déjà"]


def test_terminal_and_room_killed_together_lose_nothing_that_was_called_saved(tmp_path: Path) -> None:
    with composer(tmp_path) as terminal:
        terminal.wait_for("nothing typed yet")
        send(terminal, "ça revient".encode())
        shows(terminal, "draft saved")
        kill(terminal)
    assert drafts(tmp_path) == ["ça revient"]
    with composer(tmp_path) as terminal:
        terminal.wait_for("ça revient")
        terminal.press("ctrl+q")
        terminal.wait_for_end()
    assert drafts(tmp_path) == ["ça revient"]


def test_a_send_counts_down_and_is_taken_back_by_the_keys_that_are_written_there(tmp_path: Path) -> None:
    with composer(tmp_path) as terminal:
        terminal.wait_for("nothing typed yet")
        send(terminal, b"oui")
        shows(terminal, "draft saved")
        terminal.press("ctrl+s")
        terminal.wait_for("u takes it back")
        terminal.press("u")
        terminal.wait_for("Taken back: nothing was sent.")
        send(terminal, b"u")
        shows(terminal, "ouiu", "draft saved")
        terminal.press("ctrl+q")
        terminal.wait_for_end()
    assert drafts(tmp_path) == ["ouiu"]


@pytest.mark.parametrize("variable", ["EDITOR", "VISUAL"])
def test_ones_own_editor_writes_on_in_a_private_file(tmp_path: Path, variable: str) -> None:
    editor = tmp_path / "my editor.py"
    editor.write_text(
        "import os, pathlib, sys\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        "print('EDITING', oct(path.stat().st_mode & 0o777), flush=True)\n"
        "assert sys.argv[1] == '--wait'\n"
        "path.write_text(path.read_text('utf-8') + ' et œuvré\\n', 'utf-8')\n"
        "input()\n",
        "utf-8",
    )
    command = f"{sys.executable} '{editor}' --wait"
    with composer(tmp_path, environment={variable: command}) as terminal:
        terminal.wait_for("nothing typed yet")
        send(terminal, "réparé".encode())
        shows(terminal, "draft saved")
        terminal.press("ctrl+o")
        terminal.wait_for("EDITING 0o600")
        send(terminal, b"\r")
        shows(terminal, "réparé et œuvré", "draft saved")
        terminal.press("ctrl+q")
        assert terminal.wait_for_end().code == 0
    assert drafts(tmp_path) == ["réparé et œuvré"]
    assert list(tmp_path.rglob("*.txt")) == []


def test_an_editor_that_cannot_be_run_is_named(tmp_path: Path) -> None:
    with composer(tmp_path, environment={"EDITOR": "no-such-editor"}) as terminal:
        terminal.wait_for("nothing typed yet")
        send(terminal, b"kept")
        terminal.press("ctrl+o")
        shows(terminal, "no-such-editor", "draft saved")
        terminal.press("ctrl+q")
        terminal.wait_for_end()
    assert drafts(tmp_path) == ["kept"]
