"""Tells the room what this terminal looks at, and whether somebody types there: colleagues see it on the case."""

from __future__ import annotations

from typing import Final

from socialroom.domain.requests import Attend
from socialroom.tui.pane import Host

_TYPES_FOR: Final = 8.0  # seconds after a letter in which somebody still types
_NOWHERE: Final = Attend()
_AGAIN: Final = 60.0  # seconds: the room believes it for two minutes


class Attention:
    """What was told last, and when it must be told again. `look` is called once a second and never waits."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._told = _NOWHERE
        self._told_at = float("-inf")
        self._text = ""
        self._typed_at = float("-inf")

    def again(self) -> None:
        """The room was read anew: it knows nothing of this terminal."""
        self._told = _NOWHERE

    def look(self, conversation: str, text: str | None) -> None:
        """What is open now.

        Args:
            conversation: the one that is shown, or answered; empty is none.
            text: what stands in the composer while it has the keys; None where nobody writes.
        """
        monotonic = self._host.clock.monotonic()
        if text is not None and text != self._text:
            self._text, self._typed_at = text, monotonic
        typing = text is not None and bool(text.strip()) and monotonic - self._typed_at < _TYPES_FOR
        now = Attend(conversation=conversation, typing=typing and bool(conversation))
        known = now == self._told and (not now.conversation or monotonic - self._told_at < _AGAIN)
        if known or not self._host.state.attached or self._host.settings.read_only:
            return
        self._told, self._told_at = now, monotonic
        self._host.do(now, failed=_unheard)


def _unheard(_error: Exception) -> None:
    """Nobody needs to know that a colleague was not told."""
