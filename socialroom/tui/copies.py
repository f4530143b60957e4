"""What terminals keep on this machine: removed where it names somebody who is forgotten."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path


def remove(state_folder: str, names: Callable[[bytes], bool]) -> int:
    """Removes last views and typed texts that `names` says hold it; how many. Blocking: for a thread.

    A terminal that is attached has been told and writes its last view anew without it; what is gone here costs the next
    one only its first paint.
    """
    count = 0
    for path in _files(Path(state_folder)):
        with contextlib.suppress(OSError):
            if names(path.read_bytes()):
                path.unlink()
                count += 1
    return count


def _files(folder: Path) -> Iterator[Path]:
    yield from folder.glob("last-view-*.json*")
    yield from (p for p in folder.glob("typed/*/*") if p.suffix in (".json", ".txt") or ".json" in p.name)
