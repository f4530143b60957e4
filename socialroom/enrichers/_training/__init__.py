"""How the weights beside the engines were made. Nothing of it is imported by a running room.

`python -m socialroom.enrichers._training --help` says what it needs.
"""

from __future__ import annotations
