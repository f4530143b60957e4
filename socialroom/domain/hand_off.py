"""A case that goes on at customer care: what is told there, and what the desk remembers of it."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from socialroom.domain.value import Value


class Handed(Value, frozen=True):
    """A hand-off as its case keeps it, from before the other side is called.

    While `known` is False nobody knows whether it arrived; `key` is what a repeat carries, so that a service that knows
    such keys makes no second ticket of it.
    """

    key: str
    via: str
    by: str
    at: datetime
    reference: str = ""  # the ticket number of our own that it goes out with
    known: bool = False


class CareRequest(Value, frozen=True):
    """What customer care is told: one post of one person, and why. Texts are clean."""

    key: str  # the same for the same hand-off, whenever it is repeated
    reference: str  # a ticket number of our own, for a way that is given none: "SR-20260901-001"
    case: str
    network: str
    handle: str
    text: str = ""  # of the post that asks
    link: str = ""
    note: str = ""  # the operator's
    by: str = ""
    brand: str = ""


class CareWay(Protocol):
    """A way to customer care."""

    async def hand_off(self, request: CareRequest) -> str:
        """Hands it over, once; the ticket it was given, or an empty text where none was named.

        Raises:
            Unreachable, RateLimited, LoginNeeded, Refused: it certainly did not arrive.
            OutcomeUnknown: nobody knows.
        """
        ...
