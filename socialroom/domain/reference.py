"""Short names for things whose identity is a long address: said over the phone, typed in a command."""

from __future__ import annotations

import hashlib
from typing import Final

_SIGNS: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # no i, l, o, u: nothing that is read as something else
_LENGTH: Final = 6


def reference(identity: str) -> str:
    """Six signs made of an identity, always the same ones; two things in a thousand million share theirs."""
    number = int.from_bytes(hashlib.blake2b(identity.encode("utf-8", "replace"), digest_size=4).digest(), "big")
    return "".join(_SIGNS[number >> 5 * place & 31] for place in range(_LENGTH))
