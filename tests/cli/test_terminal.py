"""The console by its command, in a real terminal: it starts the room, leaves it listening, and finds it again."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.hub_process import ROOM, command, room_file, until
from support.pty import Terminal

from socialroom.config.paths import config_folder, place
from socialroom.hub import door

pytestmark = pytest.mark.long

ALONE = ROOM.split("[[operator]]", maxsplit=1)[0] + '\n[[feed]]\nname = "Mentions"\n'


def console(*words: str, **options: object) -> Terminal:
    return Terminal([sys.executable, "-m", "socialroom", *words], **options)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    made = room_file(tmp_path, text=ALONE)
    yield made
    command("stop", "--config", str(made))
    until(lambda: not door.answers(place(made).socket))


def room_pid(file: Path) -> int | None:
    """The room's process, where there is one."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"hub" in words and str(file).encode() in words:
            return int(process.name)
    return None


def test_it_starts_the_room_and_leaves_it_listening(file: Path, tmp_path: Path) -> None:
    socket = place(file).socket
    with console(folder=tmp_path) as terminal:
        terminal.wait_for("Mentions")
        until(lambda: terminal.read(0) is not None and door.answers(socket))
        terminal.press("ctrl+q")
        assert terminal.wait_for_end(30).code == 0
    assert door.answers(socket)
    room = room_pid(file)
    with console(folder=tmp_path) as first, console(folder=tmp_path) as second:
        for terminal in (first, second):
            terminal.wait_for("Mentions")
            terminal.press("ctrl+q")
            assert terminal.wait_for_end(30).code == 0
    assert room_pid(file) == room
    assert command("status", cwd=tmp_path).returncode == 0
    assert command("stop", cwd=tmp_path).returncode == 0
    until(lambda: not Path(f"/proc/{room}/stat").exists() or " Z " in Path(f"/proc/{room}/stat").read_text())


def test_a_terminal_that_is_torn_away_leaves_the_room_listening(file: Path, tmp_path: Path) -> None:
    with console(folder=tmp_path) as terminal:
        terminal.wait_for("Mentions")
        until(lambda: terminal.read(0) is not None and door.answers(place(file).socket))
        os.kill(terminal._process, signal.SIGKILL)
        terminal.wait_for_end(10)
    assert command("status", cwd=tmp_path).returncode == 0


def test_when_the_room_dies_the_terminal_says_so_and_starts_it_again(file: Path, tmp_path: Path) -> None:
    with console(folder=tmp_path) as terminal:
        terminal.wait_for("Mentions")
        until(lambda: terminal.read(0) is not None and door.answers(place(file).socket))
        before = room_pid(file)
        assert before is not None
        terminal.settle()
        os.kill(before, signal.SIGKILL)
        until(lambda: terminal.read(0) is not None and room_pid(file) not in (before, None))
        until(lambda: terminal.read(0) is not None and door.answers(place(file).socket))
        terminal.press("ctrl+q")
        assert terminal.wait_for_end(30).code == 0


def test_who_sits_there_must_be_declared(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    for words, said in (([], "--as NAME"), (["--as", "Zoé"], "Zoé is not an operator")):
        with console(*words, "--config", str(file)) as terminal:
            terminal.wait_for_end(30)
            assert said.encode() in terminal.output
            assert terminal.finished is not None
            assert terminal.finished.code == 2
    assert not door.answers(place(file).socket)


def test_a_broken_file_opens_no_console_and_starts_no_room(tmp_path: Path) -> None:
    file = room_file(tmp_path, text='[brand]\nname = "A"\nwrods = []\n')
    with console("--config", str(file)) as terminal:
        assert terminal.wait_for_end(30).code == 2
        assert b"Did you mean words?" in terminal.output
        assert b"\x1b[?1049h" not in terminal.output
    assert not door.answers(place(file).socket)


def test_a_room_that_refuses_to_start_ends_the_console_with_its_own_sentence(tmp_path: Path) -> None:
    """What only the plug-in knows to be wrong is found by the room."""
    file = room_file(tmp_path, text=f'{ALONE}[[source]]\nnetwork = "feeds"\nurl = "no address"\n')
    with console("--config", str(file)) as terminal:
        assert terminal.wait_for_end(30).code == 2
        told = terminal.output.rpartition(b"\x1b[?1049l")[2]
        assert b"the room could not start" in told
        assert f"{file}:".encode() in told
        assert b"source.url: no address is not an address" in told
    assert not door.answers(place(file).socket)


def test_login_asks_without_showing_what_is_typed() -> None:
    with console("login", "mastodon") as terminal:
        terminal.wait_for("not shown")
        terminal.press(*"s3cret-t0ken", "enter")
        assert terminal.wait_for_end(30).code == 0
        assert b"s3cret" not in terminal.output
        assert b"Stored for the source mastodon" in terminal.output
    assert (config_folder() / "secrets" / "mastodon.token").read_text() == "s3cret-t0ken"


def test_the_room_in_the_foreground_says_that_it_listens_and_ends_with_ctrl_c(tmp_path: Path) -> None:
    file = room_file(tmp_path, text=ALONE)
    with console("hub", "--config", str(file)) as terminal:
        terminal.wait_for("Aurelia listens; Ctrl+C ends it")
        assert door.answers(place(file).socket)
        terminal.press("ctrl+c")
        assert terminal.wait_for_end(30).code == 0
    assert not place(file).socket.exists()


def test_the_demo_by_hand_names_the_next_key_and_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(f"/tmp/sr-{os.getpid()}-{tmp_path_factory.mktemp('x').name}")
    folder.mkdir(mode=0o700)
    with console("demo", environment={"TMPDIR": str(folder)}) as terminal:
        terminal.wait_for("DEMO, nothing leaves this machine", 60)
        terminal.wait_for("next key: j j j", 60)
        terminal.press("j", "j", "j")
        terminal.wait_for(lambda text: "next key: j j j" not in text, 60)
        terminal.press("ctrl+q")
        assert terminal.wait_for_end(60).code == 0
    folder.rmdir()


def test_the_demo_whose_terminal_is_closed_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = Path(f"/tmp/sr-{os.getpid()}-{tmp_path_factory.mktemp('x').name}")
    folder.mkdir(mode=0o700)
    with console("demo", "--language", "fr", environment={"TMPDIR": str(folder)}) as terminal:
        terminal.wait_for("Aurelia", 60)
        terminal.settle()
        os.kill(terminal._process, signal.SIGHUP)
        terminal.wait_for_end(60)
    until(lambda: not list(folder.iterdir()))
    folder.rmdir()
