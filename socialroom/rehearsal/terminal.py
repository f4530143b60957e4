"""A program in a pty, played by another: keys go in, what it paints goes on to the real terminal, or nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import sys
import termios
import tty
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Self

_KEYS = {"enter": "\r", "escape": "\x1b", "tab": "\t", "space": " ", "up": "\x1b[A", "down": "\x1b[B"}
KEPT = 200_000  # bytes of what was painted last


def key_bytes(key: str) -> bytes:
    """The bytes that a terminal sends for a key's name, or for what is typed."""
    if key.startswith("ctrl+") and len(key) == 6:
        return bytes([ord(key[5].upper()) & 31])
    return _KEYS.get(key, key).encode()


class PlayedTerminal:
    """A command in a pty of its own; an async context manager.

    Args:
        command: its words.
        environment: on top of this process's own.
        through: paint on this process's terminal too (it must be one); else on nothing, at 120×40.
        interrupted: called when the person at the real terminal presses Ctrl+C.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        environment: Mapping[str, str] | None = None,
        through: bool = False,
        interrupted: Callable[[], None] = lambda: None,
    ) -> None:
        self._command, self._environment = list(command), dict(environment or {})
        self._through, self._interrupted = through, interrupted
        self._process, self._master = 0, -1
        self._before: list[Any] | None = None
        self.painted = bytearray()
        self.ended = asyncio.Event()

    async def __aenter__(self) -> Self:
        columns, rows = shutil.get_terminal_size((120, 40)) if self._through else (120, 40)
        self._process, self._master = pty.fork()
        if not self._process:
            self._become()
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.set_blocking(self._master, False)
        loop = asyncio.get_running_loop()
        loop.add_reader(self._master, self._read)
        if self._through:
            self._before = termios.tcgetattr(0)
            tty.setraw(0)
            loop.add_reader(0, self._typed)
        return self

    def _become(self) -> None:
        terminal = {"TERM": os.environ.get("TERM") if self._through else "xterm-256color", "COLORTERM": "truecolor"}
        try:
            os.execvpe(  # noqa: S606 - our own program
                self._command[0],
                self._command,
                {**os.environ, **{k: v for k, v in terminal.items() if v}, **self._environment},
            )
        except OSError as problem:
            os.write(2, f"{problem}\n".encode())
        os._exit(127)

    def _read(self) -> None:
        try:
            data = os.read(self._master, 1 << 16)
        except BlockingIOError:
            return
        except OSError:  # the program has ended
            data = b""
        if not data:
            asyncio.get_running_loop().remove_reader(self._master)
            self.ended.set()
            return
        self.painted += data
        del self.painted[:-KEPT]
        if self._through:
            with contextlib.suppress(OSError):
                sys.stdout.buffer.write(data)
                sys.stdout.buffer.flush()

    def _typed(self) -> None:
        """What the real terminal sends: Ctrl+C ends; its answers to queries are passed on; keys are the player's."""
        data = os.read(0, 1024)
        if b"\x03" in data:
            self._interrupted()
        elif data.startswith(b"\x1b") and len(data) > 1:
            self._write(data)

    def _write(self, data: bytes) -> None:
        with contextlib.suppress(OSError):
            os.write(self._master, data)

    def press(self, key: str) -> None:
        """One key, by name or as it is typed."""
        self._write(key_bytes(key))

    async def __aexit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        if self._before is not None:
            loop.remove_reader(0)
        await self._end()
        loop.remove_reader(self._master)
        os.close(self._master)
        if self._before is not None:
            termios.tcsetattr(0, termios.TCSADRAIN, self._before)

    async def _end(self) -> None:
        """HUP, as a closed terminal does; KILL when that is not heard within three seconds."""
        for number, patience in ((signal.SIGHUP, 60), (signal.SIGKILL, 60)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._process, number)
            for _ in range(patience):
                if os.waitpid(self._process, os.WNOHANG)[0]:  # noqa: ASYNC222 - it does not wait
                    return
                await asyncio.sleep(0.05)
