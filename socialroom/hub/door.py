"""The room's door on its own machine: a Unix socket that only its user can open, and a lock that lets one room in.

The lock is the kernel's (flock(2)), so that a room that was killed leaves none behind, and two that start at the same
moment never both believe that they are the one. Whether a room is there to talk to is asked at the socket.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from socialroom.config.paths import private_folder
from socialroom.domain.errors import Conflict, StoreError
from socialroom.locale import N_

ENDING = 15.0  # seconds that a room which no longer answers is given to let go of its lock


def answers(path: Path) -> bool:
    """Whether something accepts connections at a socket."""
    probe = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    probe.settimeout(2)
    try:
        probe.connect(str(path))
    except OSError:
        return False
    finally:
        probe.close()
    return True


@contextlib.contextmanager
def held(path: Path, *, patience: float = ENDING) -> Iterator[None]:
    """Holds the lock beside a socket's path; at the end the socket is gone, and then the lock is free.

    A room that is just ending is waited for (blocking: call it before there is a loop).

    Raises:
        Conflict: another room holds it.
        StoreError: the folder is not ours, or the lock cannot be made.
    """
    private_folder(path.parent)
    lock = path.with_suffix(".lock")
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _not_made(path, error) from None
    try:
        _take(handle, path, patience)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _take(handle: int, path: Path, patience: float) -> None:
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            if answers(path) or time.monotonic() > until:
                raise Conflict(
                    N_("a room is already running at {path}"),
                    path=str(path),
                    remedy=N_("Run socialroom to attach to it, or socialroom stop to end it."),
                ) from None
        else:
            return
        threading.Event().wait(0.05)


def bind(path: Path) -> socket.socket:
    """Binds the socket: mode 0600 in a folder of mode 0700. The caller holds the lock (`held`).

    Raises:
        StoreError: the folder is not ours, or the path is too long for a socket.
    """
    private_folder(path.parent)
    found = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.unlink(missing_ok=True)  # of a room that was killed: we hold its lock
        before = os.umask(0o177)
        try:
            found.bind(str(path))
        finally:
            os.umask(before)
        found.listen(128)
    except OSError as error:
        found.close()
        raise _not_made(path, error) from None
    return found


def _not_made(path: Path, error: OSError) -> StoreError:
    return StoreError(
        N_("the socket {path} cannot be made: {reason}"),
        path=str(path),
        reason=error.strerror or str(error),
        remedy=N_("Set XDG_RUNTIME_DIR to a short path that is yours."),
    )
