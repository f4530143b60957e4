"""Keeps the garbage collector out of the way of keys.

A full collection walks every container in the process: with a loaded screen that is 50 to 100 ms in which no key is
answered. What is alive once the screen stands will stay alive, so it is taken out of the collector's sight.
"""

from __future__ import annotations

import gc


def quiet() -> None:
    """Stops collecting during start-up; `wake` ends it."""
    gc.disable()


def wake() -> None:
    """Ends `quiet`: takes what start-up made out of sight and collects again from here.

    Without a collection first: it would take 20 ms at the very moment the room is asked, for a few thousand objects.
    """
    gc.freeze()
    gc.enable()
