"""The room's own copies of what goes beside a text: what was approved is what is sent, whatever becomes of the file."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from socialroom.domain.counting import CountRule, measure
from socialroom.domain.draft import Attachment
from socialroom.domain.errors import OutboxError
from socialroom.domain.source import MediaRule
from socialroom.locale import N_

_MOST: Final = 1 << 30  # bytes of one attachment, where the network names no limit
_BLOCK: Final = 1 << 20
_SIGNATURES: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (4, b"ftyp", "video/mp4"),
)


class Attachments:
    """Copies by the hash of their bytes, in one folder; those that nothing needs any more go.

    Args:
        folder: made when the first copy is; None keeps nothing, so nothing can be attached.
    """

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._in_hand: list[str] = []  # digests of copies that no item or draft on disk names yet

    async def keep(self, given: Sequence[Attachment], rule: MediaRule | None, network: str) -> tuple[Attachment, ...]:
        """Copies of these, hashed and on disk. Call `named` once an item or draft on disk names them.

        Raises:
            OutboxError: the network takes no media, or not these; a file is missing or cannot be read, and which.
        """
        if not given:
            return ()
        if rule is None or self._folder is None:
            raise OutboxError(N_("{network} takes no attachment with a text"), network=network)
        if len(given) > rule.count:
            raise OutboxError(
                N_("{network} takes no more attachments than {most}"),
                network=network,
                most=rule.count,
            )
        kept: list[Attachment] = []
        try:
            for one in given:
                copy = await asyncio.to_thread(self._copy, one, rule, network)
                kept.append(copy)
                self._in_hand.append(copy.digest)
        except BaseException:
            self.named(kept)
            raise
        return tuple(kept)

    def named(self, kept: Iterable[Attachment]) -> None:
        """These are named on disk now, or were given up."""
        for one in kept:
            with contextlib.suppress(ValueError):
                self._in_hand.remove(one.digest)

    async def verify(self, media: Sequence[Attachment]) -> None:
        """Raises OutboxError when a copy is not, byte for byte, what was queued."""
        for one in media:
            try:
                digest = await asyncio.to_thread(_digest, one.file)
            except OSError as error:
                raise _unreadable(one.file, error) from error
            if digest != one.digest:
                raise OutboxError(
                    N_("the attachment {file} is not the one that was queued, so nothing was sent"),
                    file=Path(one.file).name,
                    remedy=N_("Take it back, attach it again, and send it again."),
                )

    def tidy(self, needed: Iterable[Attachment]) -> None:
        """Deletes every copy that none of these needs."""
        keep = {one.digest for one in needed} | set(self._in_hand)
        if self._folder is None:
            return
        with contextlib.suppress(OSError):
            for file in list(self._folder.iterdir()):
                if file.name not in keep and not (file.name.startswith(".") and self._in_hand):
                    with contextlib.suppress(OSError):
                        file.unlink()

    def _copy(self, given: Attachment, rule: MediaRule, network: str) -> Attachment:
        assert self._folder is not None
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        most = rule.size or _MOST
        whole, size = hashlib.sha256(), 0
        try:
            source = os.open(given.file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except (OSError, ValueError) as error:
            raise _unreadable(given.file, error) from error
        if not stat.S_ISREG(os.fstat(source).st_mode):  # a folder, a pipe, a device
            os.close(source)
            raise _unreadable(given.file, OSError(errno.EINVAL, os.strerror(errno.EINVAL)))
        with os.fdopen(source, "rb") as reading:
            made, beside = tempfile.mkstemp(prefix=".", dir=self._folder)
            try:
                with os.fdopen(made, "wb") as writing:
                    mime = ""
                    while block := _read(reading, given.file):
                        mime = mime or self._mime(block, given.file, rule, network)
                        size += len(block)
                        _check_size(size, most, given.file, network)
                        whole.update(block)
                        writing.write(block)
                    _check_size(size, most, given.file, network)
                    _check_alt(given, rule)
                    writing.flush()
                    os.fsync(writing.fileno())
                kept = self._folder / whole.hexdigest()
                Path(beside).replace(kept)
                _sync(self._folder)
            except BaseException as error:
                with contextlib.suppress(OSError):
                    Path(beside).unlink()
                if isinstance(error, OSError):
                    raise OutboxError(
                        N_("{file} could not be kept with the room: {reason}"),
                        file=given.file,
                        reason=error.strerror or str(error),
                    ) from error
                raise
        kind = mime.partition("/")[0]
        copy: Attachment = given.changed(file=str(kept), kind=kind, mime=mime, size=size, digest=whole.hexdigest())
        return copy

    def _mime(self, head: bytes, file: str, rule: MediaRule, network: str) -> str:
        mime = next((m for at, sign, m in _SIGNATURES if head[at : at + len(sign)] == sign), "")
        if mime == "image/webp" and not head.startswith(b"RIFF"):
            mime = ""
        if not mime or (rule.mimes and mime not in rule.mimes):
            raise OutboxError(
                N_("{network} does not take {file}: its content is {found}"),
                file=file,
                network=network,
                found=mime or "?",
                remedy=N_("It takes: {known}."),
                known=", ".join(rule.mimes or sorted({m for _, _, m in _SIGNATURES})),
            )
        return mime


def _read(reading: object, file: str) -> bytes:
    try:
        block: bytes = reading.read(_BLOCK)  # type: ignore[attr-defined]
    except OSError as error:
        raise _unreadable(file, error) from error
    return block


def _check_size(size: int, most: int, file: str, network: str) -> None:
    if not size:
        raise OutboxError(N_("{file} is empty"), file=file)
    if size > most:
        raise OutboxError(
            N_("{file} is too large: {network} takes {most} bytes at most"), file=file, network=network, most=most
        )


def _check_alt(given: Attachment, rule: MediaRule) -> None:
    if rule.alt_limit and measure(given.alt, CountRule(limit=rule.alt_limit)).over:
        raise OutboxError(
            N_("what {file} shows is said in too many signs: {most} at most"), file=given.file, most=rule.alt_limit
        )


def _unreadable(file: str, error: OSError | ValueError) -> OutboxError:
    return OutboxError(
        N_("{file} cannot be read: {reason}"),
        file=file,
        reason=(error.strerror if isinstance(error, OSError) else None) or str(error),
        remedy=N_("Nothing was queued; attach it again or leave it out."),
    )


def _digest(file: str) -> str:
    with Path(file).open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
