"""`socialroom` with one more network, `firehose`, found as every other is: `hub.py --config FILE hub`."""

from __future__ import annotations

import sys
from pathlib import Path

import socialroom.connectors
from socialroom.cli import main

socialroom.connectors.__path__.append(str(Path(__file__).parent / "connectors"))

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
