"""Files that go beside a text: what they are by their content, and whether a network takes them. Waits for the disk."""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from socialroom.domain.draft import Attachment
from socialroom.domain.errors import Missing, RoomError
from socialroom.domain.source import MediaRule
from socialroom.locale import N_

_HEAD: Final = 64
_CONTENTS: Final = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
)  # fmt: skip
_SUGGESTED: Final = 2_000  # entries of a folder that are looked through


def examine(written: str, rule: MediaRule) -> Attachment:
    """A file as it may go beside a text.

    Args:
        written: its path, absolute or from the home ("~").
        rule: what the network takes.

    Raises:
        RoomError: it is not there, is no file, cannot be read, is too large, or the network does not take its kind.
    """
    name = written.rpartition("/")[2] or written
    try:
        path = Path(begun_anew(written)).expanduser().absolute()
        with open(path, "rb", opener=_without_waiting) as file:
            facts = os.fstat(file.fileno())
            head = file.read(_HEAD) if stat.S_ISREG(facts.st_mode) else b""
    except FileNotFoundError:
        raise Missing(N_("there is no file {name}"), name=written) from None
    except (OSError, ValueError, RuntimeError) as error:  # the last of a home that nobody has ("~nobody/x")
        reason = getattr(error, "strerror", None) or str(error)
        raise RoomError(N_("{name} cannot be read: {reason}"), name=name, reason=reason) from None
    if not stat.S_ISREG(facts.st_mode):
        raise RoomError(N_("{name} is no file"), name=name)
    if not facts.st_size:
        raise RoomError(N_("{name} is empty"), name=name)
    mime = next((kind for at, sign, kind in _CONTENTS if head[at : at + len(sign)] == sign), "")
    if not mime:
        raise RoomError(N_("{name} is no picture, film or sound that is known here"), name=name)
    if rule.mimes and mime not in rule.mimes:
        raise RoomError(
            N_("{name} is {kind}, which the network does not take"),
            name=name,
            kind=mime,
            remedy=N_("It takes: {kinds}."),
            kinds=", ".join(rule.mimes),
        )
    if rule.size and facts.st_size > rule.size:
        raise RoomError(
            N_("{name} has {size}, the network takes {limit} at most"),
            name=name,
            size=size(facts.st_size),
            limit=size(rule.size),
        )
    return Attachment(file=str(path), kind=mime.partition("/")[0], mime=mime, size=facts.st_size)


def begun_anew(written: str) -> str:
    """A path that is typed behind another one ("~//srv/x", "/srv/~/x") takes its place."""
    at = max(written.rfind("//"), written.rfind("/~/"))
    return written[at + 1 :] if at >= 0 else written


def _without_waiting(path: str, flags: int) -> int:
    """A pipe or a device is told from a file without waiting for whoever writes into it."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)


def size(count: int) -> str:
    """How large, in at most seven signs: 12 kB, 1.2 MB."""
    amount, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            break
        amount /= 1000
    return f"{amount:.1f} {unit}" if unit != "B" and amount < 10 else f"{amount:.0f} {unit}"


def _shared(names: Sequence[str]) -> str:
    """The beginning that all of them have."""
    first, last = min(names, default=""), max(names, default="")
    at = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first[:at]


def completed(written: str) -> str:
    """The path as far as the folder leaves no doubt, with "/" after a folder; the same again where nothing fits."""
    written = begun_anew(written)
    head, _slash, begun = written.rpartition("/")
    names: list[str] = []
    try:
        folder = Path(f"{head}/" if _slash else ".").expanduser()
        with os.scandir(folder) as entries:
            for number, entry in enumerate(entries):
                if number >= _SUGGESTED:
                    break
                if entry.name.startswith(begun) and (begun.startswith(".") or not entry.name.startswith(".")):
                    names.append(entry.name + ("/" if entry.is_dir() else ""))
    except (OSError, ValueError, RuntimeError):
        return written
    shared = _shared(names)
    return f"{head}{_slash}{shared}" if len(shared) > len(begun) else written
