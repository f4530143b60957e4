"""`socialroom service`: a systemd user unit, so that the room listens after a reboot or a logout (systemd.unit(5))."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from socialroom.bootstrap import require_file, room_answers
from socialroom.bootstrap.attaching import place_arguments
from socialroom.config.paths import Place
from socialroom.domain.errors import ConfigError, StoreError
from socialroom.locale import N_, _


def _unit_path(place: Place) -> Path:
    base = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    name = "socialroom" if place.name == "default" else f"socialroom-{place.name}"
    return Path(base) / "systemd" / "user" / f"{name}.service"


def _quoted(word: str) -> str:
    """A word of ExecStart=, in quotes: systemd reads backslashes as C does, and has meanings for % and $ (systemd.service(5))."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def unit(place: Place) -> str:
    """The text of the unit. Raises Missing, ConfigError."""
    file = require_file(place)
    words = [sys.executable, "-m", "socialroom", "hub", "--config", str(file), *place_arguments(place)]
    if any(c < " " for word in words for c in word):
        raise ConfigError(N_("a unit cannot hold this path"), file=str(file), remedy=N_("Rename the folder."))
    title = file.parent.name.replace("%", "%%")
    return f"""[Unit]
Description=socialroom: the room of {title}
After=network-online.target

[Service]
Type=exec
ExecStart={" ".join(_quoted(w) for w in words)}
Restart=on-failure
RestartSec=5
RestartPreventExitStatus=2
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=default.target
"""


def install(place: Place) -> Iterator[str]:
    """Writes the unit and says what to run next. Raises Missing, ConfigError, StoreError."""
    path = _unit_path(place)
    text = unit(place)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be written: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
    yield _("Wrote {path}.").format(path=path)
    if room_answers(place):
        yield _("A room is running already; end it first, so that the service can have it:")
        yield "  socialroom stop"
    yield _("Start it now and at every login:")
    yield f"  systemctl --user daemon-reload && systemctl --user enable --now {path.name}"
    yield _("And bring it back after a reboot or a logout:")
    yield "  loginctl enable-linger"


def remove(place: Place) -> Iterator[str]:
    """Removes the unit and says what ends the service, which goes on until then. Raises StoreError."""
    path = _unit_path(place)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            N_("{path} cannot be removed: {reason}"), path=str(path), reason=error.strerror or str(error)
        ) from None
    yield _("Removed {path}.").format(path=path)
    yield _("If it is running, end it:")
    yield f"  systemctl --user disable --now {path.name}; systemctl --user daemon-reload"
