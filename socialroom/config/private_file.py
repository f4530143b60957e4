"""One way to write a small file of ours: whole or not at all, readable by nobody else, on disk when it returns."""

from __future__ import annotations

import os
import threading
from pathlib import Path

PART = ".part"  # how an unfinished file's name ends; it begins with a full stop


def write_private(path: Path, data: bytes) -> None:
    """Replaces a file by `data`, mode 0600. Blocking: on an interface's loop, call it in a thread.

    Raises:
        OSError: the disk refuses; what was there before is still there.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}{PART}")
    try:
        part.unlink(missing_ok=True)
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError:
        part.unlink(missing_ok=True)
        raise
