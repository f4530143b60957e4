"""Where the servers that tests start are installed; `tests/servers/install` puts them there."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path

# Read at import: each test gets a home of its own afterwards.
FOLDER = Path(os.environ.get("SOCIALROOM_SERVERS") or Path.home() / ".cache/socialroom-servers")
INSTALL = "run: bash tests/servers/install"


def mastodon_mock() -> Path:
    return FOLDER / "mastodon_mock/bin/mastodon_mock"


def node() -> Path:
    return FOLDER / "node/bin/node"


def atproto() -> Path:
    return FOLDER / "atproto"


def postgres() -> Path | None:
    """The folder of PostgreSQL's own programs (Debian keeps them off the path)."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[4]))
    if found:
        return found[-1].parent
    path = shutil.which("initdb")
    return Path(path).resolve().parent if path else None


def no_mastodon() -> str:
    """Why there is no mastodon_mock here; empty when there is one."""
    return "" if mastodon_mock().exists() else f"mastodon_mock is not in {FOLDER}: {INSTALL}"


def no_atproto() -> str:
    """Why the AT Protocol network cannot be started here; empty when it can."""
    missing = [
        name
        for name, there in (
            ("Node", node().exists()),
            ("@atproto/dev-env", (atproto() / "node_modules/@atproto/dev-env").exists()),
            ("Debian's postgresql", postgres() is not None),
            ("Debian's redis-server", shutil.which("redis-server") is not None),
        )
        if not there
    ]
    return f"{', '.join(missing)} not found: {INSTALL}" if missing else ""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
