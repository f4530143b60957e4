"""Where things lie on this machine: the room's file, its state, its socket, its log."""

from __future__ import annotations

import hashlib
import os
import re
import stat
from pathlib import Path

import msgspec
import platformdirs

from socialroom.domain.errors import StoreError
from socialroom.locale import N_

APP = "socialroom"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """One room's places. `name` is "default", a quick room's, the demo's, or made from the file's path."""

    name: str
    file: Path | None
    state: Path  # journals, saved layouts, last views
    secrets: Path
    socket: Path
    log: Path


def config_folder() -> Path:
    """Where room.toml lies when it is not in the current folder."""
    return Path(platformdirs.user_config_path(APP))


def state_folder() -> Path:
    """Where rooms keep what they write."""
    return Path(platformdirs.user_state_path(APP))


def runtime_folder() -> Path:
    """Where sockets lie: $XDG_RUNTIME_DIR/socialroom, else socialroom-UID in the system's temporary folder."""
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / APP
    import tempfile

    return Path(tempfile.gettempdir()) / f"{APP}-{os.getuid()}"


def find_file(given: str | None) -> Path | None:
    """The room's file: the one given, else ./room.toml, else the one in the config folder, else None."""
    if given:
        return Path(given).expanduser().absolute()
    for candidate in (Path("room.toml").absolute(), config_folder() / "room.toml"):
        if candidate.is_file():
            return candidate
    return None


def place(file: Path | None, *, name: str = "", root: Path | None = None) -> Place:
    """The places of a room. With `root` (the demo) everything lies under it."""
    if root is not None:
        return Place(
            name=name or "demo",
            file=file,
            state=root / "state",
            secrets=root / "secrets",
            socket=root / "room.sock",
            log=root / "socialroom.log",
        )
    if not name:
        known = file is None or file == config_folder() / "room.toml"
        if known or file is None:
            name = "default"
        else:
            slug = re.sub(r"[^a-z0-9]+", "-", file.parent.name.lower()).strip("-")[:20] or "room"
            name = f"{slug}-{hashlib.blake2b(str(file).encode(), digest_size=4).hexdigest()}"
    state = state_folder() / name
    return Place(
        name=name,
        file=file,
        state=state,
        secrets=config_folder() / "secrets",
        socket=runtime_folder() / f"{name}.sock",
        log=state / "socialroom.log",
    )


def private_folder(path: Path) -> Path:
    """A folder of mode 0700 that belongs to us: made, or closed to others where it is only open to be looked into.

    Raises:
        StoreError: it belongs to somebody else, or others can write into it (then what is in it may be theirs).
    """
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except OSError as error:
        raise StoreError(
            N_("the folder {path} cannot be made: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise StoreError(
            N_("{path} is not a folder of yours"), path=str(path), remedy=N_("Remove it, or set XDG_RUNTIME_DIR.")
        )
    if found.st_mode & 0o022:
        raise StoreError(
            N_("others can write into the folder {path}"), path=str(path), remedy=N_("Run: chmod 700 {path}")
        )
    if found.st_mode & 0o055:
        path.chmod(0o700)
    return path
