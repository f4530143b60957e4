"""A command in a real terminal: keys go in by bytes, cells come out as a terminal would show them.

The recorder only stamps what it reads; the emulation (pyte) happens when somebody looks, so that measuring does not
disturb what is measured. Queries that a terminal answers are answered, so that programs do not wait for a time-out.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import pyte
from pyte.screens import Char

_KEYS = {
    "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D", "home": "\x1b[H", "end": "\x1b[F",
    "pageup": "\x1b[5~", "pagedown": "\x1b[6~", "delete": "\x1b[3~", "insert": "\x1b[2~", "f1": "\x1bOP", "f2": "\x1bOQ",
    "f3": "\x1bOR", "f4": "\x1bOS", "enter": "\r", "escape": "\x1b", "tab": "\t", "shift+tab": "\x1b[Z", "space": " ",
    "backspace": "\x7f", "full_stop": ".", "comma": ",",
}  # fmt: skip
_SYNC_END = b"\x1b[?2026l"
_QUERY = re.compile(
    rb"\x1b\[(?:>0?|0?)c|\x1b\[[56]n|\x1b\[\?(?P<mode>\d+)\$p|\x1b\](?P<colour>1[01]);\?(?:\x07|\x1b\\)|\x1b\[1[468]t"
)
# What pyte would print instead of ignoring: private CSI (but for the modes it knows), requests, and string sequences.
_FOREIGN = re.compile(
    rb"\x1b\[[<>=][0-9;:]*[@-~]|\x1b\[\?[0-9;]*(?:\$[@-~]|[^0-9;hl$])|\x1b\[[0-9;]*[$ '][@-~]"
    rb"|\x1b\[\?(?!(?:25|7|6|5|1049|47|1047)[hl])[0-9;]*[hl]|\x1b[P_^X][^\x1b]*\x1b\\"
)
_UNFINISHED = re.compile(rb"\x1b(?:\[[0-9;:<>=? $']*|[P_^X\]][^\x1b\x07]*\x1b?)?$")


def key_bytes(key: str) -> bytes:
    """The bytes a terminal sends for a key: a name of Textual's, "ctrl+x", or the characters themselves."""
    if key in _KEYS:
        return _KEYS[key].encode()
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[5].upper()) & 31])
    return key.encode()


@dataclass(frozen=True)
class Finished:
    """How a command ended and what it took."""

    code: int
    cpu: float  # seconds, user and system
    memory: int  # peak resident bytes


class Terminal:
    """A command in a pty of `columns` × `rows`; use it as a context manager.

    Args:
        command: its words.
        environment: on top of this process's own; TERM and COLORTERM are those of a good terminal.
        folder: where it runs.
        urgent: at real-time priority (needs root; else ignored), so that other load does not count.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 40,
        environment: Mapping[str, str] | None = None,
        folder: str | os.PathLike[str] | None = None,
        urgent: bool = False,
    ) -> None:
        self.columns, self.rows = columns, rows
        self.recorded: list[tuple[float, bytes]] = []
        self.started = 0.0
        self.finished: Finished | None = None
        self._command = list(command)
        self._folder = folder
        self._urgent = urgent
        self._environment = {
            **{k: v for k, v in os.environ.items() if k not in ("TMUX", "NO_COLOR")},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LINES": str(rows),
            "COLUMNS": str(columns),
            **(environment or {}),
        }
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0
        self._pending = b""
        self._tail = b""
        self._process = 0
        self._master = -1

    def __enter__(self) -> Self:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        self.started = time.perf_counter()
        self._process = os.fork()
        if self._process == 0:
            self._become(slave)
        os.close(slave)
        os.set_blocking(self._master, False)
        if self._urgent:
            _prioritise(11)
        return self

    def _become(self, slave: int) -> None:
        try:
            os.close(self._master)
            os.setsid()
            fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
            for descriptor in (0, 1, 2):
                os.dup2(slave, descriptor)
            if self._urgent:
                _prioritise(10)
            if self._folder:
                os.chdir(self._folder)
            os.execvpe(self._command[0], self._command, self._environment)
        except OSError as problem:
            os.write(2, str(problem).encode())
        os._exit(127)

    def __exit__(self, *_: object) -> None:
        if self._urgent:
            _prioritise(0)
        self.stop()

    @property
    def pid(self) -> int:
        """The command's process."""
        return self._process

    def stop(self, patience: float = 3.0) -> Finished:
        """Ends the command if it still runs (HUP, as a closed terminal does; then KILL) and closes the terminal."""
        for number in (None, signal.SIGHUP, signal.SIGKILL):
            if self.finished is None and number is not None:
                os.kill(self._process, number)
            self._await_end(0.0 if number is None else patience)
        if self._master >= 0:
            os.close(self._master)
            self._master = -1
        assert self.finished is not None
        return self.finished

    def wait_for_end(self, seconds: float = 10.0) -> Finished:
        """Waits until the command ends by itself.

        Raises:
            TimeoutError: with the screen.
        """
        self._await_end(seconds)
        if self.finished is None:
            raise TimeoutError(f"still running:\n{self.text}")
        return self.finished

    def _await_end(self, seconds: float) -> None:
        end = time.perf_counter() + seconds
        while self.finished is None:
            process, status, usage = os.wait4(self._process, os.WNOHANG)
            if process:
                self.read(0.02)
                self.finished = Finished(
                    os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024
                )
            elif time.perf_counter() > end:
                return
            else:
                self.read(0.02)

    def read(self, seconds: float) -> bool:
        """Reads what comes within `seconds`, at most once; True if something came."""
        if self._master < 0:
            return False
        ready, _, _ = select.select([self._master], [], [], max(0.0, seconds))
        if not ready:
            return False
        try:
            data = os.read(self._master, 1 << 20)
        except OSError:  # the other side is closed
            time.sleep(min(seconds, 0.01))
            return False
        if data:
            self.recorded.append((time.perf_counter(), data))
            self._answer(data)
        return bool(data)

    def _answer(self, data: bytes) -> None:
        data = self._tail + data
        end = 0
        for match in _QUERY.finditer(data):
            end = match.end()
            query = match.group(0)
            if mode := match.group("mode"):
                answer = b"\x1b[?%s;%d$y" % (mode, 2 if mode == b"2026" else 0)
            elif colour := match.group("colour"):
                answer = b"\x1b]%s;rgb:0000/0000/0000\x07" % colour
            elif query.endswith(b"c"):
                answer = b"\x1b[>1;10;0c" if b">" in query else b"\x1b[?62;22c"
            elif query.endswith(b"n"):
                answer = b"\x1b[1;1R" if b"6" in query else b"\x1b[0n"
            elif query == b"\x1b[18t":
                answer = b"\x1b[8;%d;%dt" % (self.rows, self.columns)
            else:
                continue
            os.write(self._master, answer)
        unfinished = _UNFINISHED.search(data, end)
        self._tail = unfinished.group(0)[-64:] if unfinished else b""

    def press(self, *keys: str) -> None:
        """Sends keys, by name or as they are typed."""
        for key in keys:
            os.write(self._master, key_bytes(key))

    def resize(self, columns: int, rows: int) -> None:
        """Gives the terminal another size, as a person drags its corner."""
        self._replay()
        self.columns, self.rows = columns, rows
        self._screen.resize(rows, columns)
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.kill(self._process, signal.SIGWINCH)

    def wait_for(self, wanted: str | Callable[[str], bool], seconds: float = 15.0) -> str:
        """Reads until the text is on the screen (or the question about the screen's text is answered yes).

        Raises:
            TimeoutError: with the screen.
        """
        end = time.perf_counter() + seconds
        while True:
            text = self.text
            if wanted in text if isinstance(wanted, str) else wanted(text):
                return text
            if time.perf_counter() > end or (self.finished is not None and not self.read(0)):
                raise TimeoutError(f"waited for {wanted!r}; the screen shows:\n{text}")
            self.read(0.05)

    def settle(self, quiet: float = 0.3, seconds: float = 10.0) -> None:
        """Reads until nothing came for `quiet` seconds."""
        end = time.perf_counter() + seconds
        while self.read(quiet) and time.perf_counter() < end:
            pass

    @property
    def text(self) -> str:
        """The screen's text, a line per row."""
        self._replay()
        return "\n".join(self._screen.display)

    @property
    def title(self) -> str:
        """The window title."""
        self._replay()
        return str(self._screen.title)

    @property
    def output(self) -> bytes:
        """Everything the command has written."""
        return b"".join(data for _, data in self.recorded)

    def cell(self, x: int, y: int) -> Char:
        """One cell: `data`, `fg` and `bg` ("rrggbb"), `bold`, `reverse` …"""
        self._replay()
        return self._screen.buffer[y][x]

    def _replay(self) -> None:
        while self._fed < len(self.recorded):
            self._feed(self.recorded[self._fed][1])
            self._fed += 1

    def _feed(self, data: bytes) -> None:
        data = self._pending + data
        unfinished = _UNFINISHED.search(data)
        cut = unfinished.start() if unfinished and len(data) - unfinished.start() < 4096 else len(data)
        self._pending = data[cut:]
        self._stream.feed(_FOREIGN.sub(b"", data[:cut]))

    # Measuring.

    def frames(self, look: Callable[[pyte.Screen], object]) -> list[tuple[float, object]]:
        """What `look` sees after each frame that changed it, with its time: the recording replayed from its start.

        A frame ends where synchronised output ends; programs without it end one with every read.
        """
        screen = pyte.Screen(self.columns, self.rows)
        stream = pyte.ByteStream(screen)
        synchronised = any(_SYNC_END in data for _, data in self.recorded)
        seen: list[tuple[float, object]] = []
        pending = b""
        for at, data in self.recorded:
            pending += data
            parts = pending.split(_SYNC_END) if synchronised else [pending, b""]
            pending = parts.pop()
            for part in parts:
                stream.feed(_FOREIGN.sub(b"", part))
                view = look(screen)
                if not seen or view != seen[-1][1]:
                    seen.append((at, view))
        return seen

    def first_paint(self, least_cells: int = 300) -> float:
        """Seconds from the start to the first frame with so many cells that are not blank.

        Raises:
            TimeoutError: there is no such frame in the recording.
        """
        for at, count in self.frames(lambda screen: sum(not cell.isspace() for row in screen.display for cell in row)):
            if isinstance(count, int) and count >= least_cells:
                return at - self.started
        raise TimeoutError(f"never showed {least_cells} cells:\n{self.text}")

    def type_steadily(self, keys: Sequence[str], interval: float) -> list[float]:
        """Presses keys on a schedule that never waits for an answer; returns when each was sent.

        An open loop: a program that stalls gets the next keys all the same, as it would from a person.
        """
        sent: list[float] = []
        start = time.perf_counter()
        for number, key in enumerate(keys):
            # Keys must not keep step with the program's own timers: the golden ratio spreads them evenly.
            due = start + interval * (number + (number * 0.618033988749895) % 1)
            while (left := due - time.perf_counter()) > 0:
                self.read(left)
            sent.append(time.perf_counter())
            os.write(self._master, key_bytes(key))
        end = time.perf_counter() + 1.0
        while (left := end - time.perf_counter()) > 0:
            self.read(left)
        return sent


def _prioritise(priority: int) -> None:
    try:
        policy = os.SCHED_RR if priority else os.SCHED_OTHER
        os.sched_setscheduler(0, policy, os.sched_param(priority))
    except (OSError, AttributeError):  # not root: the figures are then noisier, not wrong
        pass
