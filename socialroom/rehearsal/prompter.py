"""Whispers the next key of the script to a terminal, and tells the network which cues were reached.

The network is told of nothing until the operator has acted: until then its scenario goes by the clock, so that who
only watches sees the whole minute.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from socialroom.domain.requests import RoomOverview
from socialroom.locale import _
from socialroom.rehearsal.script import FIRST_MINUTE, Cue, Sight

Report = Callable[[], Awaitable[Mapping[str, Any] | None]]
Tell = Callable[[str], Awaitable[bool]]


class ScriptPrompter:
    """Follows a script by the keys pressed and by what room and network say (implements `domain.ports.Prompter`).

    Args:
        report: the network's own; None while it never answered.
        tell: tells the network that a cue of its scenario was reached; False when it did not hear.
        cues: the script.
    """

    def __init__(self, report: Report, tell: Tell, cues: Sequence[Cue] = FIRST_MINUTE) -> None:
        self._report, self._tell, self._cues = report, tell, tuple(cues)
        self._next = 0  # place of the first cue that is not past
        self._keys: list[str] = []  # pressed, of the next cue that asks for keys
        self._reached: list[Cue] = []
        self._told: set[str] = set()

    def pressed(self, key: str) -> None:
        """Counts a key of the next cue that asks for keys; all others are the operator's own business."""
        asking = next((c for c in self._cues[self._next :] if c.keys), None)
        if asking is not None and key in asking.keys:
            self._keys.append(key)

    async def __call__(self, room: RoomOverview, *, typing: bool = False) -> str:
        """What the header says now; empty while the network has not answered."""
        report = await self._report()
        if report is None:
            return ""
        sight = Sight(room, report)
        self._follow(sight)
        if any(cue.keys for cue in self._reached):
            await self._pass_on()
        return self._said(sight, typing=typing)

    def _follow(self, sight: Sight) -> None:
        """Moves on past every cue that is reached, and past all that a milestone left behind."""
        for place in range(len(self._cues) - 1, self._next, -1):
            cue = self._cues[place]
            if cue.milestone and (cue.enough or cue.sees)(sight):
                self._pass(place)
                break
        while self._next < len(self._cues) and self._is_reached(self._cues[self._next], sight):
            self._reached.append(self._cues[self._next])
            self._pass(self._next + 1)

    def _pass(self, place: int) -> None:
        if any(cue.keys for cue in self._cues[self._next : place]):
            self._keys = []
        self._next = place

    def _is_reached(self, cue: Cue, sight: Sight) -> bool:
        if cue.keys and not cue.seen:
            return len(self._keys) >= len(cue.keys)
        return (cue.enough or cue.sees)(sight)

    async def _pass_on(self) -> None:
        for cue in self._reached:
            if cue.tells and cue.tells not in self._told and await self._tell(cue.tells):
                self._told.add(cue.tells)

    def _said(self, sight: Sight, *, typing: bool) -> str:
        """The next key where one can be pressed now, else what has just come true."""
        following = self._cues[self._next] if self._next < len(self._cues) else None
        if following is not None and following.keys:
            if not following.needs(sight):
                return ""
            writes = any(len(key) == 1 for key in following.keys)
            if typing and writes:  # in a text these keys are letters
                return _("type your answer") if following.text else ""
            if not typing and following.typed:  # the text was left: back to it first
                return next((cue.hinted() for cue in self._cues if cue.text), "")
            return following.hinted()
        last = self._reached[-1] if self._reached else None
        return last.hinted() if last is not None and not last.keys else ""
