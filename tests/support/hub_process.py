"""A real `socialroom hub` on a room.toml of the test's own, and commands run beside it as a person runs them."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from socialroom.clock import SystemClock
from socialroom.config.paths import Place, find_file, place
from socialroom.config.secrets import SecretFolder
from socialroom.hub import door
from socialroom.rehearsal import scenario
from socialroom.rehearsal.server import Rehearsal

TOKEN = "t0k3n-of-the-rehearsal"

ROOM = """
[room]
countdown = 1
store = "memory"

[brand]
name = "Aurelia"
words = ["aurelia"]

[[operator]]
name = "Léa"
role = "community"

[[operator]]
name = "Amadou"
role = "head"

[[operator]]
name = "Gil"
role = "guest"

[[feed]]
name = "Mentions"
query = "network:mastodon"
"""

SOURCE = """
[[source]]
network = "mastodon"
url = "{url}"
account = "aurelia"
timeline = "public"
"""


def command(
    *words: str, stdin: str | None = None, cwd: Path | None = None, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """`socialroom …`, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "socialroom", *words],
        input=stdin,
        stdin=None if stdin is not None else subprocess.DEVNULL,
        capture_output=True,
        text=True,
        cwd=cwd,
        env={**os.environ, **(environment or {})},
        timeout=90,
        check=False,
    )


def until(true: Callable[[], bool], seconds: float = 60.0) -> None:
    """Blocks until it is true; fails when that takes longer than any machine needs."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never came true"
        threading.Event().wait(0.01)


class Hub:
    """A room process. `kill` is SIGKILL; `again` is the next one on the same file."""

    def __init__(self, file: Path, *, root: Path | None = None, name: str = "") -> None:
        self.file, self.root, self.name = file, root, name
        self.place: Place = place(find_file(str(file)), root=root, name=name)
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        words = ["hub", "--config", str(self.file)]
        words += ["--root", str(self.root)] if self.root else []
        words += ["--room-name", self.name] if self.name else []
        return subprocess.Popen(
            [sys.executable, "-m", "socialroom", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until_it_answers(self) -> None:
        until(lambda: door.answers(self.place.socket) or self.process.poll() is not None)
        if self.process.poll() is not None:
            assert self.process.stdout is not None
            raise AssertionError(f"the room ended: {self.process.stdout.read()}")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(30)
        self._close()

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(number)
        code = self.process.wait(30)
        self._close()
        return code

    def again(self) -> None:
        self.process = self._start()
        self.until_it_answers()

    def _close(self) -> None:
        if self.process.stdout:
            self.process.stdout.close()


@contextlib.contextmanager
def hub(file: Path, *, root: Path | None = None, name: str = "") -> Iterator[Hub]:
    """A room process that answers, and is gone afterwards."""
    found = Hub(file, root=root, name=name)
    try:
        found.until_it_answers()
        yield found
    finally:
        if found.process.returncode is None:
            found.end()
        found._close()


@contextlib.asynccontextmanager
async def rehearsal(*, play: bool = False) -> AsyncIterator[tuple[Rehearsal, str]]:
    """The rehearsal network in this process, over a real socket; nothing happens by itself unless it plays."""
    network = Rehearsal(scenario.load("first_minute"), token=TOKEN, clock=SystemClock())
    async with network.serving(play=play) as url:
        yield network, url


def room_file(folder: Path, url: str = "", text: str = ROOM, *, secrets: Path | None = None) -> Path:
    """A room.toml that reads the network at `url`, with its token where the room looks for it."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "room.toml"
    file.write_text(text + (SOURCE.format(url=url) if url else ""), encoding="utf-8")
    if url:
        where = secrets or place(file).secrets
        SecretFolder(where, keyring=False).put("mastodon.token", TOKEN)
    return file


async def in_thread(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
    """`command`, while this process goes on serving."""
    return await asyncio.to_thread(command, *words, **options)  # type: ignore[arg-type]
