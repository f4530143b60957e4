"""What was promised about a case, by when, and whether it was kept. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from socialroom.domain.case import Case, CaseState
from socialroom.domain.duty import Duties
from socialroom.domain.value import Value


class Deadline(Value, frozen=True):
    """How long an answer may take, in seconds of duty; an empty condition is every case, None promises nothing."""

    audience: str = ""
    network: str = ""
    country: str = ""
    first: float | None = None  # until our first reply
    resolution: float | None = None  # until it is done

    def is_for(self, case: Case) -> bool:
        """Whether this is about such a case."""
        return (
            self.audience in {"", case.audience}
            and self.network in {"", case.network}
            and self.country in {"", case.country}
        )


class Promise(StrEnum):
    """What is promised."""

    FIRST = "first response"
    RESOLUTION = "resolution"


class Outcome(NamedTuple):
    """What became of a promise: whether it was kept, and since when that is decided (for good or, if late, so far)."""

    met: bool
    at: datetime


def promised(case: Case, deadlines: Sequence[Deadline], duties: Duties, since: datetime) -> Case:
    """The case with the promises of the first deadline that is for it; without one, with none."""
    found = next((d for d in deadlines if d.is_for(case)), Deadline())
    roster = duties.roster(case.country)
    first, resolution = (
        None if seconds is None else roster.add(since, timedelta(seconds=seconds))
        for seconds in (found.first, found.resolution)
    )
    dated: Case = case.changed(respond_by=first, resolve_by=resolution)
    return dated


def due(case: Case, promise: Promise) -> datetime | None:
    """When a promise ends; None where nothing was promised."""
    return case.respond_by if promise is Promise.FIRST else case.resolve_by


def outcome(case: Case, promise: Promise, now: datetime) -> Outcome | None:
    """What became of a promise of this case; None while it runs, and where no answer was needed.

    A case that was closed in time without a reply (a call, a shop) was not answered, late or not: its first response
    counts for nothing.
    """
    by = due(case, promise)
    if by is None or case.state_at(now) is CaseState.NO_ANSWER:
        return None
    kept_at = case.responded_at if promise is Promise.FIRST else case.done_at
    if kept_at is not None:
        return Outcome(met=kept_at <= by, at=kept_at)
    ended = case.done_at if case.done_at is not None else now
    return Outcome(met=False, at=by) if ended >= by else None
