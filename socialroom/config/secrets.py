"""Credentials: systemd's, else the desktop's keyring (extra), else a file of mode 0600 in a folder of mode 0700.

A value never reaches argv, a log, an error or an export. Order and modes: systemd.exec(5) "Credentials",
CWE-732.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
from pathlib import Path
from typing import Any

from socialroom.config.paths import private_folder
from socialroom.config.private_file import write_private
from socialroom.domain.errors import StoreError
from socialroom.locale import N_

_SERVICE = "socialroom"
_NAME = re.compile(r"[^A-Za-z0-9._@-]")


def _file_name(name: str) -> str:
    return _NAME.sub("_", name)


def _bytes(name: str, value: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:  # its text would show the value
        raise StoreError(N_("the secret {name} could not be stored: {reason}"), name=name, reason="UTF-8") from None


class SecretFolder:
    """Secrets of one room (implements `domain.ports.Secrets`). `keyring=False` keeps everything under `folder`."""

    def __init__(self, folder: Path, *, keyring: bool = True) -> None:
        self._folder = folder
        self._keyring: Any = _keyring() if keyring else None
        self.values: set[str] = set()  # what a log must never show

    @property
    def where(self) -> str:
        """Where `put` stores: "keyring" or the folder."""
        return "keyring" if self._keyring else str(self._folder)

    def get(self, name: str) -> str | None:
        """The secret, or None. Raises StoreError when its file can be read by others."""
        value = self._from_systemd(name) or self._from_keyring(name) or self._from_file(name)
        if value:
            self.values.add(value)
        return value

    def put(self, name: str, value: str) -> None:
        """Stores it, readable by this user alone."""
        self.values.add(value)
        if self._keyring:
            try:
                self._keyring.set_password(_SERVICE, name, value)
            except Exception as error:  # noqa: BLE001 - every keyring has its own errors
                raise StoreError(
                    N_("the keyring refused {name}: {reason}"), name=name, reason=type(error).__name__
                ) from None
            return
        data = _bytes(name, value)
        private_folder(self._folder)
        try:
            write_private(self._folder / _file_name(name), data)
        except OSError as error:
            raise StoreError(
                N_("the secret {name} could not be stored: {reason}"), name=name, reason=error.strerror or ""
            ) from None

    def forget(self, name: str) -> None:
        """Removes it from wherever it is; systemd's stay."""
        if self._keyring:
            with contextlib.suppress(Exception):  # "not there" has a different class in every keyring
                self._keyring.delete_password(_SERVICE, name)
        (self._folder / _file_name(name)).unlink(missing_ok=True)

    def _from_systemd(self, name: str) -> str | None:
        folder = os.environ.get("CREDENTIALS_DIRECTORY")
        if not folder:
            return None
        path = Path(folder) / _file_name(name)
        return path.read_text(encoding="utf-8").strip() if path.is_file() else None

    def _from_keyring(self, name: str) -> str | None:
        if not self._keyring:
            return None
        try:
            found = self._keyring.get_password(_SERVICE, name)
        except Exception:  # noqa: BLE001 - a locked keyring is like an empty one: the file is asked next
            return None
        return str(found) if found else None

    def _from_file(self, name: str) -> str | None:
        path = self._folder / _file_name(name)
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(
                N_("the secret file {path} cannot be read: {reason}"), path=str(path), reason=error.strerror or ""
            ) from None
        with os.fdopen(handle, encoding="utf-8") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
                raise StoreError(
                    N_("others can read the secret file {path}"), path=str(path), remedy=N_("Run: chmod 600 {path}")
                )
            return file.read().strip() or None


def _keyring() -> Any:
    """The desktop's keyring when the extra is installed and a real one answers; never a plain-text stand-in."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return None
    try:
        backend = keyring.get_keyring()
    except Exception:  # noqa: BLE001 - no session bus, no keyring
        return None
    plain = isinstance(backend, fail.Keyring) or backend.__class__.__module__.startswith("keyrings.alt")
    return None if plain or backend.priority < 1 else backend
