"""`socialroom demo` as a whole: it plays, it prints, and whatever ends it, nothing of it stays."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from support.hub_process import until

from socialroom.config import paths
from socialroom.domain import requests as r
from socialroom.hub import door
from socialroom.hub.client import RemoteRoom
from socialroom.rehearsal.script import FIRST_MINUTE

pytestmark = pytest.mark.long


def world(folder: Path, **more: str) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder), **more}


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Short, for a socket lies in it."""
    made = Path(f"/tmp/sr-{os.getpid()}-{tmp_path_factory.mktemp('x').name}")
    made.mkdir(mode=0o700)
    yield made
    made.rmdir()  # empty again, or the test fails


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    found: set[int] = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found |= {child} | descendants(child)
    return found


class Directed:
    """The demo without a terminal and without keys."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "socialroom", "demo", "--director"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=world(folder),
        )
        assert self.process.stdout is not None
        self.said = json.loads(self.process.stdout.readline())
        self.root, self.socket = Path(self.said["root"]), Path(self.said["socket"])

    def ended(self) -> int:
        self.process.communicate(timeout=60)
        return self.process.returncode


def test_without_a_terminal_it_plays_its_first_minute_prints_it_and_answers_with_success(folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "socialroom", "demo"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        env=world(folder),
        timeout=115,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    cues = done.stdout.splitlines()[1:]
    assert len(cues) == len(FIRST_MINUTE)
    for cue, line in zip(FIRST_MINUTE, cues, strict=True):
        assert f"  {cue.name}" in line
        assert "NOT SEEN" not in line
    assert "1 sent, the server counted 1" in cues[-1]
    assert done.stderr == ""


async def test_it_has_a_full_room_of_its_own_beside_any_real_one(folder: Path) -> None:
    demo = await asyncio.to_thread(Directed, folder)
    try:
        assert demo.root.parent == folder
        room = RemoteRoom(demo.socket, "Amadou")
        found = await room.view(r.Overview())
        await room.aclose()
        assert isinstance(found, r.RoomOverview)
        assert found.demo
        assert found.countdown == 5
        assert found.pulse is not None
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.get(f"{demo.said['url']}/api/v2/instance")).status_code == 200
        assert found.pulse.posts > 3000
        assert {"fr", "en", "es", "pt", "ar"} <= set(found.pulse.languages)
        assert {f.name for f in found.feeds} >= {"Mentions", "Press"}
        for real in (paths.state_folder(), paths.config_folder(), paths.runtime_folder()):
            assert not real.exists()
    finally:
        demo.process.terminate()
        assert demo.ended() == 128 + signal.SIGTERM


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL])
def test_whatever_ends_it_no_process_and_no_folder_stays(folder: Path, number: signal.Signals) -> None:
    demo = Directed(folder)
    everybody = descendants(demo.process.pid)
    assert {demo.said["room"]} < everybody  # the room, and the network
    demo.process.send_signal(number)
    demo.ended()
    until(lambda: not any(alive(pid) for pid in everybody))
    assert list(folder.iterdir()) == []


def test_a_room_that_was_killed_and_started_again_by_a_terminal_ends_with_the_demo(folder: Path) -> None:
    demo = Directed(folder)
    os.kill(demo.said["room"], signal.SIGKILL)
    until(lambda: not door.answers(demo.socket))
    words = ["hub", "--config", demo.said["file"], "--root", str(demo.root)]
    with subprocess.Popen([sys.executable, "-m", "socialroom", *words], env=world(folder)) as again:
        until(lambda: door.answers(demo.socket))
        demo.process.terminate()
        assert demo.ended() == 128 + signal.SIGTERM
        assert again.wait(30) == 0


def test_its_processes_do_not_show_its_token(folder: Path) -> None:
    demo = Directed(folder)
    token = (demo.root / "secrets" / "mastodon.token").read_text()
    for pid in {demo.process.pid, *descendants(demo.process.pid)}:
        assert token not in Path(f"/proc/{pid}/cmdline").read_text()
    demo.process.terminate()
    demo.ended()
