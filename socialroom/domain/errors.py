"""The one error tree of the project.

    RoomError
    ├── ConfigError(file, line, key)      what a person wrote in room.toml, a theme, a keymap, a scenario
    ├── SourceError                       a network or feed could not be read
    │   ├── Unreachable                   nothing was exchanged: refused, no such host, no answer in time
    │   ├── RateLimited(retry_at)         come back later
    │   ├── LoginNeeded                   the credential is missing, wrong or dead
    │   ├── Refused(reason)               the server said no, for good
    │   ├── BadReply                      what came is not what was asked for
    │   └── Gone                          the thing is deleted or the feed has ended
    ├── StoreError                        the disk
    ├── OutboxError                       a send
    │   ├── Rejected                      the network refused, nothing was posted
    │   └── OutcomeUnknown                cut off after the request may have left
    ├── NotAllowed(role, act)             the room's table of roles says no
    ├── Conflict(changed)                 somebody or something changed it first
    ├── Missing                           no such thing: a draft, an item, a pane, a file
    │   └── PersonForgotten               what was asked for, or written to, is somebody who was forgotten
    └── RoomUnreachable                   the room process is not there, or went away
        └── RoomEnded                     somebody stopped it
        └── OtherVersion                  it is there, and of an age that this terminal does not understand

Every one says what happened, to what, and what to do next. The sentence is a catalogue template with values; values
that came from outside are cleaned here, so that no error can carry hostile text to a screen or a log.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from socialroom.domain.text import clean_line
from socialroom.domain.value import Message, Value
from socialroom.locale import render

_ENDS = (".", "!", "?", "…")  # of a sentence that is whole already


class Problem(Value, frozen=True):
    """An error as it travels: its place in the tree, what happened, and what to do."""

    code: str
    what: Message
    remedy: Message | None = None
    retry_at: float | None = None  # seconds since the epoch


class RoomError(Exception):
    """Root of the tree.

    Args:
        template: what happened, to what; a catalogue entry (mark it with `N_`), `{names}` filled from `values`.
        remedy: what to do next, filled from the same values.
        values: texts are cleaned here.
    """

    code: ClassVar[str] = "room"

    def __init__(self, template: str, *, remedy: str = "", **values: str | float) -> None:
        self.values = {k: clean_line(v, 300) if isinstance(v, str) else v for k, v in values.items()}
        self.template = template
        self.remedy = remedy
        super().__init__(template)

    def __str__(self) -> str:
        said = render(self.template, self.values)
        if not self.remedy:
            return said
        return f"{said}{' ' if said.endswith(_ENDS) else '. '}{render(self.remedy, self.values)}"

    def problem(self) -> Problem:
        """The same, ready for the wire."""
        return Problem(
            code=self.code,
            what=Message(template=self.template, values=dict(self.values)),
            remedy=Message(template=self.remedy, values=dict(self.values)) if self.remedy else None,
        )


class ConfigError(RoomError):
    """A mistake in a file that a person wrote, with its place."""

    code = "config"

    def __init__(
        self,
        template: str,
        *,
        file: str,
        line: int = 0,
        key: str = "",
        remedy: str = "",
        **values: str | float,
    ) -> None:
        super().__init__(template, remedy=remedy, file=file, line=line, key=key, **values)
        self.file, self.line, self.key = file, line, key

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.key}: {super().__str__()}" if self.key else f"{where}: {super().__str__()}"


class SourceError(RoomError):
    """A network or feed could not be read; the source shows it and the room goes on."""

    code = "source"


class Unreachable(SourceError):
    """Nothing was exchanged, so nothing was done: refused, no such host, TLS failed, no answer in time (reads)."""

    code = "unreachable"


class RateLimited(SourceError):
    """The server asks for patience until `retry_at` (UTC, aware)."""

    code = "rate limited"

    def __init__(self, template: str, *, retry_at: datetime | None, remedy: str = "", **values: str | float) -> None:
        super().__init__(template, remedy=remedy, **values)
        self.retry_at = retry_at

    def problem(self) -> Problem:
        """The same, ready for the wire, with the time to come back."""
        plain = super().problem()
        at: Problem = plain.changed(retry_at=self.retry_at.timestamp() if self.retry_at else None)
        return at


class LoginNeeded(SourceError):
    """The credential is missing, wrong or dead: pause the account, never loop."""

    code = "login needed"


class Refused(SourceError):
    """The server said no for good; `reason` is its own word, cleaned."""

    code = "refused"


class BadReply(SourceError):
    """Not a feed, not JSON, too large, too slow, cut short, or not of the promised shape."""

    code = "bad reply"


class Gone(SourceError):
    """Deleted, or ended (HTTP 404 or 410)."""

    code = "gone"


class StoreError(RoomError):
    """The disk: full, read-only, locked by another room, damaged."""

    code = "store"


class OutboxError(RoomError):
    """A send."""

    code = "outbox"


class Rejected(OutboxError):
    """The network refused and nothing was posted."""

    code = "rejected"


class OutcomeUnknown(OutboxError):
    """Cut off after the request may have left: never repeat from here, look first."""

    code = "unknown"


class NotAllowed(RoomError):
    """The room's table of roles says no."""

    code = "not allowed"


class Conflict(RoomError):
    """Somebody or something changed it first; the values say what."""

    code = "conflict"


class Missing(RoomError):
    """No such thing."""

    code = "missing"


class PersonForgotten(Missing):
    """It is about somebody who was forgotten: nothing of it may be kept, here or on a terminal's machine."""

    code = "forgotten"


class RoomUnreachable(RoomError):
    """The room process is not there, or went away."""

    code = "no room"


class RoomEnded(RoomUnreachable):
    """The room said good-bye: somebody stopped it, so nobody but a person starts it again."""

    code = "room ended"


class OtherVersion(RoomUnreachable):
    """The room is of another version, and the two do not understand each other: it must be restarted."""

    code = "other version"


def _all(root: type[RoomError]) -> dict[str, type[RoomError]]:
    return {root.code: root} | {k: v for sub in root.__subclasses__() for k, v in _all(sub).items()}


def from_problem(problem: Problem) -> RoomError:
    """The error that `problem` was made of, for a client that must raise it again."""
    kind = _all(RoomError).get(problem.code, RoomError)
    error = kind.__new__(kind)
    # Not by kind's own arguments: they differ, and values from a wire may have any name.
    RoomError.__init__(error, problem.what.template, remedy=problem.remedy.template if problem.remedy else "")
    error.values = {k: clean_line(v, 300) if isinstance(v, str) else v for k, v in problem.what.values.items()}
    if isinstance(error, ConfigError):
        line = error.values.get("line", 0)
        error.file, error.key = str(error.values.get("file", "")), str(error.values.get("key", ""))
        error.line = int(line) if isinstance(line, int | float) else 0
    elif isinstance(error, RateLimited):
        error.retry_at = datetime.fromtimestamp(problem.retry_at, UTC) if problem.retry_at is not None else None
    return error
