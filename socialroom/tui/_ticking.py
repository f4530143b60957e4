"""What ticks on a screen ticks together: one waking and one repaint a second, however many panes show an age."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from textual.message_pump import MessagePump


def each_second(pump: MessagePump, tick: Callable[[], None]) -> None:
    """Calls `tick` on the whole seconds of the loop's clock, as long as `pump` lives."""

    def beat() -> None:
        wait()
        tick()

    def wait() -> None:
        # Anew each time: an interval that began in a busy moment would stay as late as that for ever.
        left = 1.0 - asyncio.get_running_loop().time() % 1.0
        pump.set_timer(left if left > 0.2 else left + 1.0, beat)

    wait()
