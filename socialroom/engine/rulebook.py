"""The rules file while the room runs: read at the start, and again whenever somebody has changed it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from socialroom.config.case_rules import read_rules
from socialroom.config.reading import Document
from socialroom.domain.case_rule import CaseRules
from socialroom.domain.errors import ConfigError, Problem
from socialroom.domain.events import Event, Notice
from socialroom.domain.ports import Clock
from socialroom.domain.value import Message
from socialroom.locale import N_

EVERY: Final = 2.0  # seconds between two looks at the file

_Stamp = tuple[int, int, int] | None  # when it was written, its size, its place on the disk; None: it is not there


class Rulebook:
    """The rules in force. A file that cannot be read changes nothing but `problem`, and is said.

    Args:
        file: its path; empty: the room has no rules.
        zone: in which hours and days are meant.
        operators: to whom a case can be assigned; none: to anybody.
        networks: those that exist; none: any.
        clock: for the pauses.
        emit: tells terminals.
    """

    def __init__(
        self,
        file: str,
        *,
        zone: str,
        operators: Sequence[str],
        networks: Sequence[str],
        clock: Clock,
        emit: Callable[[Event], None],
    ) -> None:
        self._file, self._zone = file, zone
        self._known = (tuple(operators), tuple(networks))
        self._clock, self._emit = clock, emit
        self._stamp: _Stamp = None
        self.rules = CaseRules((), zone)
        self.problem: Problem | None = None
        if file:
            self._stamp = _stamp(file)
            try:
                self.rules = self._read_file()
            except ConfigError as error:
                self.problem = _problem(N_("there are no rules: {reason}"), error)

    def read(self, text: str, file: str) -> CaseRules:
        """Rules of any text, compiled. Raises ConfigError."""
        return CaseRules(read_rules(Document(text, file), *self._known), self._zone)

    def _read_file(self) -> CaseRules:
        return CaseRules(read_rules(Document.read(Path(self._file)), *self._known), self._zone)

    async def run(self) -> None:
        """Looks until it is cancelled."""
        while self._file:
            await self._clock.sleep(EVERY)
            await self.look()

    async def look(self) -> None:
        """Takes the rules in anew when their file has changed; those in force stay when it cannot be read."""
        stamp = await asyncio.to_thread(_stamp, self._file)
        if stamp == self._stamp:
            return
        self._stamp = stamp
        try:
            self.rules = await asyncio.to_thread(self._read_file)
        except ConfigError as error:
            self.problem = _problem(N_("the rules stay as they were: {reason}"), error)
            self._emit(Notice(message=self.problem.what, severity=2))
            return
        self.problem = None
        said = Message(template=N_("rules in force now: {n}"), values={"n": len(self.rules)})
        self._emit(Notice(message=said))


def _problem(template: str, error: ConfigError) -> Problem:
    return Problem(code=error.code, what=Message(template=template, values={"reason": str(error)}))


def _stamp(file: str) -> _Stamp:
    try:
        found = Path(file).stat()
    except OSError:
        return None
    return (found.st_mtime_ns, found.st_size, found.st_ino)
