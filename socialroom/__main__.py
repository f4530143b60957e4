"""`python -m socialroom` is the command `socialroom`."""

from __future__ import annotations

import sys

from socialroom.cli import main

if __name__ == "__main__":
    sys.exit(main())
