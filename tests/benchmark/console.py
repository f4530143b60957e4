"""`socialroom` as it is, with an eye on its garbage collector: `console.py FIGURES ARGUMENT …`.

At its end it writes the longest full collection and the longest of all, in milliseconds.
"""

from __future__ import annotations

import atexit
import gc
import json
import sys
import time
from pathlib import Path

from socialroom.cli import main

_begun = 0.0
_longest = {"full": 0.0, "any": 0.0, "count": 0.0}


def collecting(phase: str, info: dict[str, int]) -> None:
    global _begun
    if phase == "start":
        _begun = time.perf_counter()
        return
    took = (time.perf_counter() - _begun) * 1000
    _longest["any"] = max(_longest["any"], took)
    if info["generation"] == 2:
        _longest["full"] = max(_longest["full"], took)
        _longest["count"] += 1


if __name__ == "__main__":
    figures = Path(sys.argv[1])
    atexit.register(lambda: figures.write_text(json.dumps(_longest), "utf-8"))
    gc.callbacks.append(collecting)
    sys.exit(main(sys.argv[2:]))
