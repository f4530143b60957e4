"""What every rule lets a room choose."""

from __future__ import annotations

from typing import Annotated

import msgspec

from socialroom.domain.specs import Settings


class RuleSettings(Settings, frozen=True):
    """Base of a rule's settings.

    Attributes:
        again: minutes after which an alert that nobody acknowledged rings again, while its cause goes on; 0 is never.
    """

    again: Annotated[float, msgspec.Meta(ge=0, le=1440)] = 30.0

    @property
    def again_after(self) -> float:
        """The same in seconds."""
        return self.again * 60.0
