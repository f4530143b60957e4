"""The demo: a rehearsal network of its own, and a folder that holds a whole room and is gone afterwards."""

from __future__ import annotations

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from socialroom.config.secrets import SecretFolder
from socialroom.domain.errors import RoomUnreachable
from socialroom.locale import N_
from socialroom.rehearsal.room import SOURCE, demo_files, demo_room

PREFIX = "socialroom-demo-"  # of the folder's name: only such a folder is ever removed
READY_WITHIN = 20.0  # seconds; a cold machine needs two
ADDRESS_VARIABLE = "SOCIALROOM_REHEARSAL_URL"


class Ready(msgspec.Struct):
    """What the server prints."""

    url: str
    token: str
    pid: int


class Stage(msgspec.Struct, frozen=True):
    """Where the demo's room is: everything lies under `root` (mode 0700), which goes when the demo ends."""

    root: Path
    file: Path
    url: str
    token: str
    environment: dict[str, str]  # for the player: where the network is; never the token


class Demo:
    """Starts the network and writes the room; ends both. Use it as a context manager.

    `still`: the scenario waits for POST /rehearsal/begin, so that a room has time to read what there is.
    The network ends by itself when this process is gone, so that even SIGKILL leaves no process behind.
    """

    def __init__(
        self,
        *,
        scenario: str = "first_minute",
        speed: float = 1.0,
        language: str | None = None,
        theme: str = "house",
        still: bool = False,
    ) -> None:
        self._scenario, self._speed, self._still = scenario, speed, still
        self._language, self._theme = language, theme
        self._process: subprocess.Popen[bytes] | None = None
        self._root: Path | None = None
        self._before: dict[int, Any] = {}

    def start(self, folder: Path | None = None) -> Stage:
        """Starts. `folder`: where the room's folder is made; else the system's temporary folder.

        Raises:
            RoomUnreachable: the network did not start.
        """
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGHUP)}
        root = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        self._root = root
        try:
            ready = self._start_network()
            file = root / "room.toml"
            file.write_text(demo_room(ready.url, language=self._language, theme=self._theme), encoding="utf-8")
            for name, text in demo_files().items():
                (root / name).write_text(text, encoding="utf-8")
            SecretFolder(root / "secrets", keyring=False).put(f"{SOURCE}.token", ready.token)
        except BaseException:
            self.stop()
            raise
        return Stage(root=root, file=file, url=ready.url, token=ready.token, environment={ADDRESS_VARIABLE: ready.url})

    def _start_network(self) -> Ready:
        words = ["--scenario", self._scenario, "--speed", str(self._speed), "--with-parent", str(os.getpid())]
        words += ["--still"] if self._still else []
        self._process = subprocess.Popen(  # noqa: S603 - our own module
            [sys.executable, "-m", "socialroom.rehearsal.server", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl+C is the terminal program's, not the network's
        )
        assert self._process.stdout is not None
        readable, _, _ = select.select([self._process.stdout], [], [], READY_WITHIN)
        line = self._process.stdout.readline() if readable else b""
        try:
            return msgspec.json.decode(line, type=Ready)
        except msgspec.DecodeError:
            raise RoomUnreachable(N_("the rehearsal network did not start")) from None

    def stop(self) -> None:
        """Ends the network and removes the folder. Twice is once."""
        process, self._process = self._process, None
        if process is not None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(3)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stdout:
                process.stdout.close()
        root, self._root = self._root, None
        if root is not None:
            shutil.rmtree(root, ignore_errors=True)
        before, self._before = self._before, {}
        for number, handler in before.items():
            signal.signal(number, handler)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _leave(number: int, _frame: object) -> None:
    """Ends the program by an exception, so that the folder goes on the way out; once, whoever else asks meanwhile."""
    for each in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise SystemExit(128 + number)
