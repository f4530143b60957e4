"""Programs of the benchmark in processes of their own: what they say, what they cost."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Self

HERE = Path(__file__).parent
_TICK = os.sysconf("SC_CLK_TCK")


def cpu_seconds(pid: int) -> float:
    """What a living process has used so far, its threads included, its children not."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("ascii", "replace").rpartition(") ")[2].split()
    except FileNotFoundError:
        shown = subprocess.run(
            ["ps", "-o", "time=", "-p", str(pid)], capture_output=True, text=True, check=True
        ).stdout.strip()
        parts = [float(part) for part in shown.replace("-", ":").split(":")]
        return sum(part * scale for part, scale in zip(reversed(parts), (1, 60, 3600, 86400), strict=False))
    return (int(fields[11]) + int(fields[12])) / _TICK


def resident(pid: int) -> float:
    """Megabytes of memory a living process holds."""
    shown = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True)
    return int(shown.stdout) * 1024 / 1e6


def children(pid: int) -> list[int]:
    shown = subprocess.run(["ps", "-o", "pid=,ppid=", "-A"], capture_output=True, text=True, check=True).stdout
    return [int(child) for child, parent in (line.split() for line in shown.splitlines()) if int(parent) == pid]


def family(pid: int) -> list[int]:
    """A process and everything below it."""
    found = [pid]
    for one in found:
        found += children(one)
    return found


class Script:
    """A Python program that answers in lines of JSON, and hears lines on its input. Use it as a context manager."""

    def __init__(
        self,
        name: str,
        *arguments: str,
        python: str | Path = sys.executable,
        urgent: bool = False,
        environment: dict[str, str] | None = None,
    ) -> None:
        self._command = [str(python), str(HERE / name), *arguments]
        self._urgent = urgent
        self._environment = environment or {}
        self._own = str(python) == sys.executable

    def __enter__(self) -> Self:
        environment = {**os.environ, **self._environment}
        if self._own:
            environment["PYTHONPATH"] = str(HERE.parent)
        else:
            environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, bufsize=0
        )
        if self._urgent:
            prioritise(self._process.pid)
        self._pending = b""
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin
        assert self._process.stdout
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    def tell(self, line: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{line}\n".encode())

    def hear(self, seconds: float = 60.0) -> Any:
        """The next line it says.

        Raises:
            TimeoutError: it says nothing, or ended.
        """
        assert self._process.stdout
        end = time.monotonic() + seconds
        while b"\n" not in self._pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self._process.stdout], [], [], left)[0]:
                raise TimeoutError(f"{self._command[1:]} said nothing for {seconds} s")
            if not (piece := os.read(self._process.stdout.fileno(), 1 << 16)):
                raise TimeoutError(f"{self._command[1:]} ended with {self._process.wait()}")
            self._pending += piece
        line, _, self._pending = self._pending.partition(b"\n")
        return json.loads(line)


def prioritise(pid: int, priority: int = 9) -> None:
    """Real-time priority where it is allowed, so that other load on the machine does not count."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(pid, os.SCHED_RR, os.sched_param(priority))


@contextlib.contextmanager
def lines_of_input() -> Iterator[Iterator[str]]:
    """For scripts: what they are told, until their input ends."""
    yield (line.strip() for line in sys.stdin)


def say(value: Any) -> None:
    """For scripts: one line of JSON."""
    print(json.dumps(value), flush=True)


def spent(pids: Sequence[int]) -> dict[int, float]:
    """CPU seconds by process, of those that live."""
    found: dict[int, float] = {}
    for pid in pids:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            found[pid] = cpu_seconds(pid)
    return found
