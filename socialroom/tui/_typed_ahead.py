"""Keys are taken one after the other, each where the one before has led: what is typed ahead on a slow line is no other act.

Over a bad line keys come in bursts: "/" and a word, or "r" and a sentence, in one packet. Textual hands each key to
whatever has the focus when it arrives, and what "/" opens has it a moment later: the word's letters would be acts of the
list behind. So a key that comes close after another waits until that one has been dealt with and what it opened is there.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Final

from textual import events
from textual.app import App
from textual.message import Message

CLOSE: Final = 0.15  # seconds; a key this far after another finds it dealt with, and waits for nothing
_PATIENCE: Final = 3.0  # seconds until keys go on although what was opened has never come


class KeyPassed(Message, bubble=True):
    """Follows a key on its way from what has the focus to the application, and arrives when the key was dealt with."""


class TypedAhead:
    """The keys of one application that wait for their turn.

    Args:
        app: whose keys they are.
        deliver: hands a key on, as Textual does.
        now: monotonic seconds.
    """

    def __init__(
        self,
        app: App[int],
        deliver: Callable[[events.Key], Awaitable[None]],
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._app, self._deliver, self._now = app, deliver, now
        self._waiting: deque[events.Key] = deque()
        self._opening = 0
        self._asked = False  # a `KeyPassed` is on its way
        self._last = -1.0

    async def press(self, key: events.Key) -> None:
        """A key came in: it goes on at once where nothing before it is on its way, else in its turn."""
        close = self._now() - self._last < CLOSE
        self._last = self._now()
        if not (close or self._waiting or self._opening or self._asked):
            await self._deliver(key)
            return
        self._waiting.append(key)
        self._ask()

    def opens(self) -> None:
        """Something that takes keys is being opened: they wait for it."""
        self._opening += 1
        self._app.set_timer(_PATIENCE, self.opened)

    def opened(self) -> None:
        """It has the focus, or it never came."""
        if self._opening:
            self._opening -= 1
            self._app.call_later(self.go_on)

    def passed(self) -> None:
        """The key before was dealt with."""
        self._asked = False
        self._app.call_later(self.go_on)

    async def go_on(self) -> None:
        """The next key, if nothing stands in its way."""
        if self._waiting and not self._opening and not self._asked:
            await self._deliver(self._waiting.popleft())
            if self._waiting:
                self._ask()

    def _ask(self) -> None:
        if self._asked:
            return
        target = self._app.focused or self._app.screen
        self._asked = target.post_message(KeyPassed())
        if not self._asked:  # it is being closed, so nothing follows it any more
            self._app.call_later(self.go_on)
