"""Who sits at a terminal."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


class Role(StrEnum):
    """Seats of the room."""

    HEAD = "head"
    MANAGER = "manager"
    ANALYST = "analyst"
    COMMUNITY = "community"
    CREATIVE = "creative"
    GUEST = "guest"


class Operator(Value, frozen=True):
    """A declared operator; over the local socket the name is claimed, and the log says so."""

    name: SafeText
    role: Role = Role.HEAD
    country: str = ""  # a guest sees that country's posts only; whoever is handed a case for it
    expires: str = ""  # ISO date after which the seat is closed

    def is_closed(self, today: date) -> bool:
        """Whether the seat's last day is past."""
        return bool(self.expires) and today > date.fromisoformat(self.expires)
