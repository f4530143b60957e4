"""`socialroom service`: a systemd user unit, so that the room listens after a reboot or a logout (systemd.unit(5))."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

from socialroom.bootstrap import require_file
from socialroom.config.paths import Place
from socialroom.domain.errors import StoreError
from socialroom.locale import N_, _


def _unit_path(place: Place) -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    name = "socialroom" if place.name == "default" else f"socialroom-{place.name}"
    return Path(base) / "systemd" / "user" / f"{name}.service"


def _quoted(text: str) -> str:
    """A word of ExecStart=: systemd reads quotes like a shell, and doubles % and $."""
    return shlex.quote(text).replace("%", "%%").replace("$", "$$")


def unit(place: Place) -> str:
    """The text of the unit."""
    command = " ".join(
        _quoted(w) for w in (sys.executable, "-m", "socialroom", "hub", "--config", str(require_file(place)))
    )
    return f"""[Unit]
Description=socialroom: the room of {require_file(place).name}
After=network-online.target

[Service]
Type=exec
ExecStart={command}
Restart=on-failure
RestartSec=5
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def install(place: Place) -> Iterator[str]:
    """Writes the unit and says what to run next. Raises Missing, StoreError."""
    path = _unit_path(place)
    text = unit(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or ""
        ) from None
    yield _("Wrote {path}.").format(path=path)
    yield _("Start it now and at every login:")
    yield f"  systemctl --user daemon-reload && systemctl --user enable --now {path.stem}"
    yield _("And bring it back after a reboot or a logout:")
    yield "  loginctl enable-linger"


def remove(place: Place) -> Iterator[str]:
    """Removes the unit and says what to run first."""
    path = _unit_path(place)
    yield f"  systemctl --user disable --now {path.stem}"
    path.unlink(missing_ok=True)
    yield _("Removed {path}.").format(path=path)
