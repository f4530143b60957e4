"""The terminal's own copy of what is being typed, in the state folder, so that a text outlives terminal and room.

Each terminal has a folder of its own under `typed`, locked for as long as its process lives. What lies in a folder that
nobody locks was left by a terminal that was killed: the next one takes it over. Nothing here waits for a disk but
`wait`, `close`, `take_over` and `lend`: a thread writes, the newest text of each draft only.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import hashlib
import os
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import msgspec

from socialroom.config.private_file import PART, write_private
from socialroom.domain.draft import Draft

_PAUSE: Final = 0.15  # seconds between two writes while somebody types: less than can be missed, kinder to the disk
_ALIVE: Final = "alive"
_LOCK: Final = "lock"

Written = Callable[[str], None]
"""Called in the writing thread when a text is on disk (empty) or could not be put there (the reason)."""


class TypedText:
    """Texts of one terminal that the room may not have yet.

    Args:
        state_folder: of the room, private to the user. Empty: nothing is kept, and `keeps` says so.

    Attributes:
        found: drafts that a killed terminal left, by id, until somebody takes them out.
    """

    def __init__(self, state_folder: str) -> None:
        self.keeps = bool(state_folder)
        self.found: dict[str, Draft] = {}
        self._root = Path(state_folder) / "typed"
        self._own: Path | None = None
        self._alive = -1
        self._wishes: dict[str, tuple[Draft | None, Written | None]] = {}
        self._changed = threading.Condition()
        self._busy = self._hurry = self._closed = False
        self._thread: threading.Thread | None = None

    def keep(self, draft: Draft, written: Written | None = None) -> None:
        """Puts the text on disk, in a moment; a newer text of the same draft takes its place."""
        self._wish(draft.id, draft, written)

    def erase(self, draft: str) -> None:
        """The room has it: this copy goes."""
        self._wish(draft, None, None)

    def wait(self, seconds: float = 5.0) -> bool:
        """Waits until everything asked for is on disk; False when it took longer."""
        with self._changed:
            self._hurry = True
            self._changed.notify_all()
            try:
                return self._changed.wait_for(lambda: not self._wishes and not self._busy, seconds)
            finally:
                self._hurry = False

    def close(self) -> None:
        """Writes what is left and lets go of the folder: what still lies there is for the next terminal."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(5.0)
        if self._own is not None and self._alive >= 0:
            with contextlib.suppress(OSError):
                if {p.name for p in self._own.iterdir()} == {_ALIVE}:
                    (self._own / _ALIVE).unlink()
                    self._own.rmdir()
            os.close(self._alive)
            self._alive = -1

    def take_over(self, operator: str) -> dict[str, Draft]:
        """What killed terminals left of this operator's texts; they are this terminal's now, and in `found`."""
        if not self.keeps or not self._root.is_dir():
            return self.found
        with contextlib.suppress(OSError), self._alone():
            for folder in sorted(p for p in self._root.iterdir() if p.is_dir() and p != self._own):
                if _is_alive(folder):
                    continue
                for file in sorted(folder.glob("*.json")):
                    draft = _read(file)
                    if draft is not None and draft.operator == operator:
                        write_private(self._claimed() / file.name, msgspec.json.encode(draft))
                        file.unlink()
                        file.with_suffix(".txt").unlink(missing_ok=True)
                        self.found[draft.id] = draft
                _remove_empty(folder)
        return self.found

    @contextlib.contextmanager
    def lend(self, draft: Draft) -> Iterator[Path]:
        """A file of mode 0600 with the draft's text, for another program to write in; it goes afterwards.

        A terminal killed meanwhile leaves it, and what was saved there counts as typed. Waits for the disk.

        Raises:
            OSError: it cannot be made.
        """
        if self.keeps:
            self.keep(draft)
            self.wait()
            with self._alone():
                folder = self._claimed()
        else:
            import tempfile

            folder = Path(tempfile.mkdtemp(prefix="socialroom-"))
        path = folder / f"{_name(draft.id)}.txt"
        write_private(path, draft.text.encode("utf-8", "replace"))
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
            if not self.keeps:
                folder.rmdir()

    # --- the thread -------------------------------------------------------------------------------------------------

    def _wish(self, name: str, draft: Draft | None, written: Written | None) -> None:
        if not self.keeps:
            return
        with self._changed:
            if self._closed:
                return
            self._wishes[name] = (draft, written)
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="typed text", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._wishes or self._closed)
                if not self._wishes:
                    return
                wishes, self._wishes = self._wishes, {}
                self._busy = True
            for name, (draft, written) in wishes.items():
                problem = self._do(name, draft)
                if written is not None:
                    written(problem)
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._hurry or self._closed, _PAUSE)

    def _do(self, name: str, draft: Draft | None) -> str:
        try:
            if draft is None:
                if self._own is not None:
                    for suffix in (".json", ".txt"):
                        (self._own / f"{_name(name)}{suffix}").unlink(missing_ok=True)
                return ""
            if self._own is None:
                with self._alone():
                    self._claimed()
            assert self._own is not None
            write_private(self._own / f"{_name(name)}.json", msgspec.json.encode(draft))
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)
        return ""

    # --- folders ----------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Only one terminal makes, takes over or removes folders at a time."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self._root / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _claimed(self) -> Path:
        """This terminal's own folder, made when it is first needed; only under `_alone`."""
        if self._own is None:
            own = self._root / uuid.uuid4().hex[:12]
            own.mkdir(mode=0o700)
            self._alive = os.open(own / _ALIVE, os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX)
            self._own = own
        return self._own


_opened: dict[str, TypedText] = {}


def opened(state_folder: str) -> TypedText:
    """The one copy that all composers of this process share; it is closed when the process ends."""
    if state_folder not in _opened:
        _opened[state_folder] = TypedText(state_folder)
        atexit.register(_opened[state_folder].close)
    return _opened[state_folder]


def of_editor(text: str) -> str:
    """What another program left in a file, without the line end that programs add."""
    return text.replace("\r\n", "\n").removesuffix("\n")


def _name(draft: str) -> str:
    """A file name for an id that may hold anything."""
    return hashlib.blake2b(draft.encode("utf-8", "replace"), digest_size=12).hexdigest()


def _is_alive(folder: Path) -> bool:
    try:
        alive = os.open(folder / _ALIVE, os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(alive)
    return False


def _read(file: Path) -> Draft | None:
    """A draft as it was left; what was written in another program since counts. None: unreadable, left where it is."""
    try:
        draft = msgspec.json.decode(file.read_bytes(), type=Draft)
    except (OSError, ValueError):
        return None
    lent = file.with_suffix(".txt")
    with contextlib.suppress(OSError, ValueError):
        if lent.stat().st_mtime_ns >= file.stat().st_mtime_ns:
            changed: Draft = draft.changed(text=of_editor(lent.read_text("utf-8")))
            return changed
    return draft


def _remove_empty(folder: Path) -> None:
    """Removes a dead terminal's folder, unless texts of somebody else, or unreadable ones, lie there."""
    rest = list(folder.iterdir())
    if all(p.name == _ALIVE or p.suffix == PART for p in rest):
        for path in rest:
            path.unlink()
        folder.rmdir()
