"""What nobody foresaw: the person is told in a sentence, and the traceback lies in a log, cleaned and without secrets."""

from __future__ import annotations

import logging
import logging.handlers
import sys

from socialroom.config.paths import private_folder, state_folder
from socialroom.domain.errors import RoomError
from socialroom.locale import N_
from socialroom.net.redact import Redaction, line_of_log


def told(error: Exception) -> RoomError:
    """Logs the error that is being handled and returns what a person reads of it."""
    path = state_folder() / "commands.log"
    try:
        private_folder(path.parent)
        path.touch(0o600)
        handler = logging.handlers.RotatingFileHandler(path, maxBytes=1_000_000, backupCount=1, encoding="utf-8")
    except (OSError, RoomError):
        return RoomError(N_("something in this program failed: {reason}"), reason=_named(error))
    handler.addFilter(Redaction())
    handler.setFormatter(line_of_log())
    log = logging.getLogger("socialroom.commands")
    log.propagate = False
    log.handlers = [handler]
    # The command's name, never its arguments: they may hold what is nobody's business.
    log.error("socialroom %s failed", sys.argv[1] if len(sys.argv) > 1 else "", exc_info=error)
    handler.close()
    return RoomError(
        N_("something in this program failed: {reason}"),
        reason=_named(error),
        remedy=N_("The details are in {log}."),
        log=str(path),
    )


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
