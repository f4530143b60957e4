"""A real room for the benchmark: its own folders, `socialroom hub` in a process, terminals of it in a pty."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from benchmark.processes import HERE, family, prioritise
from support.pty import Terminal

from socialroom.config.secrets import SecretFolder

HEAD = """[room]
name = "Aurelia"
languages = ["fr", "en", "es", "pt", "ar"]
store = "{store}"

[brand]
name = "Aurelia"
words = ["aurelia", "#aurelia", "@aurelia"]

[[operator]]
name = "Bench"
role = "head"
"""
COLUMNS, ROWS = 120, 40


def feeds(*queries: str) -> str:
    return "".join(f"\n[[feed]]\nname = \"Feed {n}\"\nquery = '{q}'\n" for n, q in enumerate(queries, 1))


class BenchRoom:
    """A room of this text; use it as a context manager. `urgent`: at real-time priority, with its scoring child.

    Its networks are those of the program and, besides, `firehose` (see connectors/firehose.py).
    """

    def __init__(
        self, text: str, *, urgent: bool = False, store: str = "memory", secrets: Mapping[str, str] | None = None
    ) -> None:
        self._text, self._urgent, self._secrets = HEAD.format(store=store) + text, urgent, secrets or {}

    def __enter__(self) -> Self:
        self.folder = Path(tempfile.mkdtemp(prefix="srb-"))
        self.file = self.folder / "room.toml"
        self.file.write_text(self._text, encoding="utf-8")
        (self.folder / "run").mkdir(mode=0o700)
        self.environment = {
            "PYTHONPATH": str(HERE.parent),
            **{f"XDG_{name}_HOME": str(self.folder / name.lower()) for name in ("STATE", "CONFIG")},
            "XDG_RUNTIME_DIR": str(self.folder / "run"),
        }
        for name, secret in self._secrets.items():
            SecretFolder(self.folder / "config" / "socialroom" / "secrets", keyring=False).put(name, secret)
        self._said = (self.folder / "hub.out").open("wb")
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / "hub.py"), "--config", str(self.file), "hub"],
            env={**os.environ, **self.environment},
            stdin=subprocess.DEVNULL,
            stdout=self._said,
            stderr=self._said,
        )
        if self._urgent:
            prioritise(self._process.pid)
        end = time.monotonic() + 60
        while not list((self.folder / "run").rglob("*.sock")):
            if self._process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "hub.out").read_text("utf-8", "replace")
                self.__exit__()
                raise TimeoutError(f"the room did not start: {said[-500:]}")
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._said.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def pids(self) -> list[int]:
        """The room and its scoring child."""
        return family(self._process.pid)

    def command(self, *arguments: str) -> list[str]:
        """What a person types to open a terminal on it."""
        installed = Path(sys.executable).with_name("socialroom")
        program = [str(installed)] if installed.exists() else [sys.executable, "-m", "socialroom"]
        return [*program, "--config", str(self.file), *arguments]

    def status(self) -> dict[str, Any]:
        """What `socialroom status` says."""
        done = subprocess.run(
            self.command("status", "--json"),
            env={**os.environ, **self.environment},
            capture_output=True,
            timeout=60,
            check=True,
        )
        said: dict[str, Any] = json.loads(done.stdout)
        return said

    def terminal(self, *arguments: str, command: Sequence[str] = (), urgent: bool = True) -> Terminal:
        return Terminal(
            command or self.command(*arguments), columns=COLUMNS, rows=ROWS, environment=self.environment, urgent=urgent
        )
