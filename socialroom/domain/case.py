"""A case: what the team does about one conversation."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.value import Value


class Case(Value, frozen=True):
    """What the team does about one conversation; `id` is the conversation (`Post.conversation`)."""

    id: str
    claimed_by: str = ""
    claimed_until: datetime | None = None
    done_by: str = ""
    done_at: datetime | None = None
    answered: tuple[str, ...] = ()  # uris of the posts that have our reply
    answered_by: str = ""
    answered_at: datetime | None = None

    def claimed_at(self, now: datetime) -> str:
        """Who answers at this moment, or an empty string."""
        return self.claimed_by if self.claimed_until and now < self.claimed_until else ""
