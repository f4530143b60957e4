"""Keeps the garbage collector out of the way of keys.

A full collection walks every container in the process: with a loaded screen that is 50 to 100 ms in which no key is
answered. What is alive once the screen stands will stay alive, so it is taken out of the collector's sight.
"""

from __future__ import annotations

import gc


def settle() -> None:
    """Collects once and freezes what is alive; call it after the first screen is loaded and at idle moments."""
    gc.collect()
    gc.freeze()


def quiet() -> None:
    """Stops collecting during start-up; `wake` ends it."""
    gc.disable()


def wake() -> None:
    """Ends `quiet`: settles what start-up made and collects again from here."""
    settle()
    gc.enable()
