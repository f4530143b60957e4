"""Writing on in the operator's own editor ($VISUAL, $EDITOR, else vi), the terminal lent to it meanwhile."""

from __future__ import annotations

import os
import shlex
import subprocess
from typing import Any

from textual.app import App, SuspendNotSupported

from socialroom.domain.draft import Draft
from socialroom.domain.errors import RoomError
from socialroom.domain.text import clean_line
from socialroom.locale import N_
from socialroom.tui.typed_text import TypedText, of_editor


def write_on(app: App[Any], typed: TypedText, draft: Draft) -> str:
    """The draft's text as the editor left it. What is saved there survives a killed terminal.

    Raises:
        RoomError: the terminal cannot be lent, the editor cannot be run, or it ended with an error.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    try:
        with typed.lend(draft) as path:
            with app.suspend():  # nothing may be raised in there: the terminal would not come back
                ended = _run(command, str(path))
            if isinstance(ended, Exception):
                raise ended
            written = of_editor(path.read_text("utf-8", "replace"))
    except SuspendNotSupported:
        raise RoomError(N_("this terminal cannot be lent to another program.")) from None
    except (OSError, ValueError) as error:
        raise RoomError(
            N_("the editor “{command}” cannot be run: {reason}."),
            command=clean_line(command, 80),
            reason=getattr(error, "strerror", None) or str(error),
            remedy=N_("Set VISUAL or EDITOR to the one you use."),
        ) from None
    if ended:
        raise RoomError(
            N_("the editor ended with an error ({code})."),
            code=ended,
            remedy=N_("The text is as it was before."),
        )
    return written


def _run(command: str, file: str) -> int | Exception:
    """What it ended with, or why it could not be run."""
    try:
        return subprocess.run([*shlex.split(command), file], check=False).returncode  # noqa: S603 - the operator's own
    except (OSError, ValueError) as error:
        return error
