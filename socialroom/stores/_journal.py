"""An append-only file of checksummed records: what was appended whole is there, what was torn is not.

    file    = header record*
    header  = record of {"journal": 1, "holds": "cache", "version": 1}
    record  = crc32 of the payload in 8 hexadecimal digits, a space, the payload, a line feed
    payload = JSON in one line; `[]` says that the file was written anew up to here

A file ends at its first record that is not whole. One process writes; a lock file beside the journal sees to it.
"""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final
from zlib import crc32

import msgspec

from socialroom.domain.errors import StoreError
from socialroom.domain.value import Message, Value
from socialroom.locale import N_

JOURNAL_VERSION: Final = 1
COMPACTED: Final = b"[]"
_SLACK: Final = 1_000_000  # bytes a file may grow before it is worth writing anew
_LONGEST: Final = 256_000_000  # bytes of one record; more is no record of ours
_PREFIX: Final = 9  # bytes before the payload


class Header(Value, frozen=True):
    """What a file says of itself: the form of its records, what they hold, and in which version of that."""

    journal: int
    holds: str
    version: int


def record(payload: bytes) -> bytes:
    """A payload as it stands in the file."""
    return b"%08x %b\n" % (crc32(payload), payload)


def _payload(line: bytes) -> bytes | None:
    """The payload of a whole record, else None."""
    payload = line[_PREFIX:-1]
    whole = line.endswith(b"\n") and line[:_PREFIX] == b"%08x " % crc32(payload)
    return payload if whole else None


def failed(error: OSError, path: Path) -> StoreError:
    """What to say when the disk did not do what it was asked to."""
    remedy = N_("Look at that disk; what was not saved is still in the room's memory.")
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        remedy = N_("Make room on that disk; nothing of this was saved.")
    elif error.errno in (errno.EROFS, errno.EACCES, errno.EPERM):
        remedy = N_("Give yourself the right to write in that folder; nothing of this was saved.")
    return StoreError(
        N_("{file} could not be written: {reason}"),
        file=str(path),
        reason=error.strerror or type(error).__name__,
        remedy=remedy,
    )


class Lock:
    """That only one process writes a journal. The lock file stays: to remove it would be a race."""

    def __init__(self, path: Path) -> None:
        """Raises StoreError: somebody has it, or the folder cannot be written."""
        beside = path.with_name(path.name + ".lock")
        try:
            self._handle = os.open(beside, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise failed(error, beside) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(self._handle, 20).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise StoreError(
                N_("{file} is in use by another room (process {process})"),
                file=str(path),
                process=holder or "?",
                remedy=N_("Attach to that room with: socialroom. Or end it with: socialroom stop."),
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, b"%d\n" % os.getpid(), 0)

    def release(self) -> None:
        """Lets the next one write."""
        os.close(self._handle)


class Journal:
    """One journal, opened for writing. Read `payloads` to the end before the first append.

    Not thread-safe: its storage holds a lock around each call, but for `write_anew`, which touches only its own file.

    Attributes:
        size: bytes of the file.
        compacted: bytes it had when it was last written anew; 0 when that is not known.
        suspect: an append failed so badly that the file itself is in doubt: it must be written anew before the next.
        version: of what it holds, as found; `holds` of the header names that.
        notices: what opening found.
    """

    def __init__(self, path: Path, holds: str, version: int, *, precious: bool = True) -> None:
        """Of what is `precious` nothing is dropped but a torn end.

        Raises:
            StoreError: in use, not writable, not ours, or of a future version.
        """
        self.path, self._header = path, Header(journal=JOURNAL_VERSION, holds=holds, version=version)
        self._precious = precious
        self.size = self.compacted = 0
        self.suspect = False
        self.notices: list[Message] = []
        self._lock = Lock(path)
        self._new = path.with_name(path.name + ".new")
        try:
            self._new.unlink(missing_ok=True)
            if not path.exists():
                self._handle = -1
                self.replace(self.write_anew(()), b"")
            else:
                self._handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError as error:
            self._lock.release()
            raise failed(error, path) from None
        except StoreError:
            self._lock.release()
            raise
        self.version = version

    # --- reading --------------------------------------------------------------------------------------------------

    def payloads(self) -> Iterator[bytes]:
        """Every whole record's payload, oldest first; then cuts off what is not whole.

        Raises:
            StoreError: this is no journal of ours, or of a future version, or it cannot be read.
        """
        try:
            with open(self._handle, "rb", buffering=1 << 20, closefd=False) as file:
                file.seek(0)
                line = file.readline(_LONGEST)
                place = self._read_header(line)
                while place and (line := file.readline(_LONGEST)):
                    payload = _payload(line)
                    if payload is None:
                        break
                    place += len(line)
                    if payload == COMPACTED:
                        self.compacted = place
                    yield payload
                if line and (rest := _rest(file, place)):
                    self._cut(file, place, *rest)
                elif not place:
                    self.notices.append(
                        Message(template=N_("{file} was empty; it was begun anew"), values={"file": self.path.name})
                    )
            self.size = place
            if not place:
                self.replace(self.write_anew(()), b"")
        except OSError as error:
            raise failed(error, self.path) from None

    def _read_header(self, line: bytes) -> int:
        """Its length, or 0 when the file was torn before the header was whole."""
        payload = _payload(line)
        if payload is None:
            if line and not _like_a_record(line):
                raise self._foreign()
            return 0
        try:
            found = msgspec.json.decode(payload, type=Header)
        except msgspec.MsgspecError:
            raise self._foreign() from None
        if found.holds != self._header.holds:
            raise self._foreign()
        if found.journal > JOURNAL_VERSION or found.version > self._header.version:
            raise StoreError(
                N_(
                    "{file} was written by a newer version of this program (its format is {found}, here {known} is known)"
                ),
                file=str(self.path),
                found=f"{found.journal}.{found.version}",
                known=f"{JOURNAL_VERSION}.{self._header.version}",
                remedy=N_("Install that version, or move the file away and begin anew."),
            )
        self.version = found.version
        return len(line)

    def _foreign(self) -> StoreError:
        return StoreError(
            N_("{file} is not this room's {kind}"),
            file=str(self.path),
            kind=self._header.holds,
            remedy=N_("Move the file away: the room then begins anew."),
        )

    def _cut(self, file: BinaryIO, place: int, length: int, whole: int) -> None:
        """Cuts the file at a place where `length` bytes follow that hold so many whole records."""
        values: dict[str, str | int | float] = {"file": self.path.name, "count": length, "records": whole}
        template = N_(
            "{file} was torn at its end: {count} bytes of an unfinished write were dropped, the rest is whole"
        )
        if whole:
            template = N_("{file} is damaged: what came behind the damage was dropped (whole records: {records})")
            if self._precious:
                file.seek(place)
                values["kept"] = self._set_aside(file).name
                template = N_(
                    "{file} is damaged: what came behind the damage was moved to {kept} (whole records: {records})"
                )
        os.ftruncate(self._handle, place)
        os.fsync(self._handle)
        self.notices.append(Message(template=template, values=values))

    def _set_aside(self, file: BinaryIO) -> Path:
        number = 1
        while (path := self.path.with_name(f"{self.path.name}.damaged-{number}")).exists():
            number += 1
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            while block := file.read(1 << 20):
                _write(handle, block)
            os.fsync(handle)
        finally:
            os.close(handle)
        return path

    def remove_set_aside(self, names: Callable[[bytes], bool]) -> None:
        """Removes the files in which damage was set aside that `names` says hold what was erased. Raises StoreError."""
        for path in self.path.parent.glob(f"{self.path.name}.damaged-*"):
            try:
                if names(path.read_bytes()):
                    path.unlink()
            except OSError as error:
                raise failed(error, path) from None

    # --- writing --------------------------------------------------------------------------------------------------

    @property
    def due(self) -> bool:
        """Whether so much of the file is out of date that it should be written anew."""
        return self.size > 2 * self.compacted + _SLACK

    def append(self, records: bytes, *, sync: bool) -> None:
        """Adds records; with `sync` they are on disk when it returns.

        Raises:
            StoreError: none of them is in the file.
        """
        try:
            _write(self._handle, records)
        except OSError as error:
            self._take_back()
            raise failed(error, self.path) from None
        if sync:
            try:
                os.fsync(self._handle)
            except OSError as error:
                # What a disk that failed once has of the file nobody knows: the kernel does not try again.
                self._take_back()
                self.suspect = True
                raise failed(error, self.path) from None
        self.size += len(records)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._handle, self.size)
        except OSError:
            self.suspect = True

    def write_anew(self, payloads: Iterable[bytes]) -> int:
        """Writes a new file beside the journal, on disk when it returns; gives its descriptor to `replace`.

        Raises:
            StoreError: and then there is no new file.
        """
        try:
            handle = os.open(
                self._new, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
            )
        except OSError as error:
            raise failed(error, self._new) from None
        try:
            _write(handle, record(msgspec.json.encode(self._header)))
            for payload in payloads:
                _write(handle, record(payload))
            _write(handle, record(COMPACTED))
            os.fsync(handle)
        except BaseException as error:
            os.close(handle)
            self._new.unlink(missing_ok=True)
            if isinstance(error, OSError):
                raise failed(error, self._new) from None
            raise
        return handle

    def replace(self, handle: int, since: bytes) -> None:
        """Puts the new file in the journal's place, with the records that were appended `since` it was begun.

        Raises:
            StoreError: the journal is what it was.
        """
        try:
            compacted = os.fstat(handle).st_size
            if since:
                _write(handle, since)
                os.fsync(handle)
            self._new.replace(self.path)
        except OSError as error:
            os.close(handle)
            self._new.unlink(missing_ok=True)
            raise failed(error, self.path) from None
        if self._handle >= 0:
            os.close(self._handle)
        self._handle, self.compacted, self.size, self.suspect = handle, compacted, compacted + len(since), False
        try:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        except OSError as error:
            # Both files are whole, but which of them a crash would leave is not known.
            self.suspect = True
            raise failed(error, self.path) from None

    def close(self) -> None:
        """Lets go of file and lock."""
        os.close(self._handle)
        self._lock.release()


def _write(handle: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(handle, view) :]


def _like_a_record(line: bytes) -> bool:
    start = line[: _PREFIX - 1]
    return all(c in b"0123456789abcdef" for c in start) and line[_PREFIX - 1 : _PREFIX] in (b"", b" ")


def _rest(file: BinaryIO, place: int) -> tuple[int, int] | None:
    """How many bytes follow a place, and how many whole records are among them; None for nothing."""
    length = file.seek(0, os.SEEK_END) - place
    file.seek(place)
    return (
        (length, sum(_payload(line) is not None for line in iter(lambda: file.readline(_LONGEST), b"")))
        if length
        else None
    )
