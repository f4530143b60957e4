"""The playbook in the room: read in a thread at its start and whenever its files change."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from socialroom.config import playbook
from socialroom.domain import requests as r
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock
from socialroom.engine.answering import Answerer

_log = logging.getLogger("socialroom.playbook")
LOOKS_EVERY: Final = 5.0  # seconds


class SavedReplyShelf:
    """The saved replies of one room.

    Args:
        folder: where their files lie; empty: there are none. It may appear later.
        clock: when it is looked at again.
    """

    def __init__(self, folder: str, clock: Clock) -> None:
        self._folder, self._clock = Path(folder) if folder else None, clock
        self._seen: playbook.Seen | None = None
        self._kept = r.SavedReplies(replies=())
        self._turn = asyncio.Lock()

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.Playbook: self._answer}

    async def run(self) -> None:
        """Looks for changed files for as long as the room is there."""
        while self._folder is not None:
            await self._look()
            await self._clock.sleep(LOOKS_EVERY)

    async def _answer(self, _view: r.Playbook, _operator: Operator) -> r.SavedReplies:
        if self._seen is None:
            await self._look()
        return self._kept

    async def _look(self) -> None:
        folder = self._folder
        if folder is None:
            return
        async with self._turn:
            seen = await asyncio.to_thread(playbook.look, folder)
            if seen == self._seen:
                return
            replies, problems = await asyncio.to_thread(playbook.read, folder)
            for problem in problems:
                _log.warning("a saved reply cannot be used: %s", problem)
            self._kept = r.SavedReplies(replies=tuple(replies), problems=tuple(p.problem() for p in problems))
            self._seen = seen
