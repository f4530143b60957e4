"""Which of two versions of this program is the newer one."""

from __future__ import annotations

import re


def _parts(version: str) -> tuple[int, ...]:
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(n) for n in found[0].split(".")) if found else ()


def is_newer(one: str, other: str) -> bool:
    """Whether `one` is newer than `other`, by the numbers they begin with ("0.10.1" is newer than "0.9")."""
    a, b = _parts(one), _parts(other)
    longest = max(len(a), len(b))
    return a + (0,) * (longest - len(a)) > b + (0,) * (longest - len(b))
