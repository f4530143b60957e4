"""The demo's own folder and process: what it makes, and that nothing stays."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import textwrap
import tomllib
from pathlib import Path

import httpx
import pytest

from socialroom.config.settings import load
from socialroom.rehearsal.demo import Demo

pytestmark = pytest.mark.long

HOLDS = textwrap.dedent("""
    import pathlib, sys, threading
    from socialroom.rehearsal.demo import Demo
    with Demo() as demo:
        print(demo.start(pathlib.Path(sys.argv[1])).url, flush=True)
        threading.Event().wait()
""")


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/api/v2/instance", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def test_it_writes_a_whole_room_and_leaves_nothing(tmp_path: Path) -> None:
    with Demo(language="fr") as demo:
        stage = demo.start(tmp_path)
        room = tomllib.loads(stage.file.read_text(encoding="utf-8"))
        assert room["room"]["demo"] is True
        assert room["room"]["countdown"] == 5
        assert {s["network"] for s in room["source"]} == {"mastodon", "feeds"}
        assert len(load(stage.file).feeds) == 4  # the queries can be read
        assert all(s["url"].startswith(stage.url) for s in room["source"])
        secret = stage.root / "secrets" / "mastodon.token"
        assert secret.read_text() == stage.token
        assert stat.S_IMODE(secret.stat().st_mode) == 0o600
        assert stat.S_IMODE(stage.root.stat().st_mode) == 0o700
        assert stage.token not in stage.file.read_text()
        assert answers(stage.url)
    assert not answers(stage.url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGKILL])
def test_a_signal_leaves_no_process_and_no_folder(tmp_path: Path, number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as held:
        assert held.stdout is not None
        url = held.stdout.readline().strip()
        assert answers(url)
        os.kill(held.pid, number)
        held.wait(20)
    left = list(tmp_path.iterdir())
    for _ in range(500):
        if not answers(url):
            break
    else:
        pytest.fail("the network outlived the demo")
    # Nothing can tidy after SIGKILL but the system's temporary folder itself.
    assert left == [] or number is signal.SIGKILL
