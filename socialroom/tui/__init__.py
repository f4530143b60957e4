"""The only code that knows Textual. It holds a Room and domain values."""

from __future__ import annotations

import os

# Textual reads these when it is imported. Its frame timer skips one or two slots after each paint, so a key pressed
# after a live repaint waits up to 33 ms at the stock 60 frames a second, and still 8 ms at 240; a high cap costs nothing
# while nothing changes, and nothing animates.
os.environ.setdefault("TEXTUAL_FPS", "1000")
os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
