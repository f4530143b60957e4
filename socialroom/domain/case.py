"""A case: what the team does about one conversation."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from socialroom.domain.hand_off import Handed
from socialroom.domain.text import SafeText
from socialroom.domain.value import Value

LEASE: Final = timedelta(minutes=10)  # how long a claim lasts that nobody renews by typing


class CaseState(StrEnum):
    """Where a case stands. Whom it is assigned to is an attribute, and who types is a presence."""

    NEW = "new"
    CLAIMED = "claimed"  # somebody says "I answer": a lease that typing renews
    SNOOZED = "snoozed"  # comes back at its time
    ESCALATED = "escalated"  # somebody above must look
    HANDED_OVER = "handed over"  # another country has it
    DONE = "done"
    NO_ANSWER = "no answer needed"  # closed without a reply, for a reason


class Priority:
    """How much a case presses: a number, so that rules and sorting need no table."""

    NORMAL = 0
    HIGH = 1
    URGENT = 2


class Case(Value, frozen=True):
    """What the team does about one conversation; `id` is the conversation (`Post.conversation`).

    A case opens when a post that speaks to us is heard, and again when its customer writes after it was closed.
    `version` grows with each message of the customer and each edit of one: what an operator saw is a version.
    Deadlines are set by the room; None means that none was promised.
    """

    id: str
    claimed_by: str = ""
    claimed_until: datetime | None = None
    claimed_since: datetime | None = None
    done_by: str = ""
    done_at: datetime | None = None
    answered: tuple[str, ...] = ()  # uris of the posts that have our reply
    answered_by: str = ""
    answered_at: datetime | None = None
    network: str = ""
    source: str = ""
    person: str = ""  # the customer's account: `person.account_key`
    title: SafeText = SafeText("")  # whose it is, as lists show it: "@claire"
    opened_at: datetime | None = (
        None  # when the message that has waited longest was first heard; its clock runs from here
    )
    asked_at: datetime | None = None  # when the customer wrote last
    asked_in: str = ""  # uri of that message
    version: int = 0
    audience: str = ""
    country: str = ""
    country_guessed: bool = False  # nobody declared it: it decides nothing of what a guest sees
    language: str = ""
    tags: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()  # of all that its customer said since it opened
    priority: int = Priority.NORMAL
    assigned_to: str = ""
    assigned_by: str = ""
    snoozed_until: datetime | None = None
    snoozed_by: str = ""
    escalated_to: str = ""  # an operator or a role
    escalated_by: str = ""
    escalated_at: datetime | None = None
    escalated_why: str = ""  # as typed, or the room's own word ("overdue")
    handed_to: str = ""  # a country
    handed_by: str = ""
    handed_at: datetime | None = None
    no_answer_why: str = ""  # why it needs none; only while it is closed so
    private: bool = False  # goes on in private messages
    ticket: str = ""  # customer care's, once it was handed off there
    handed: Handed | None = None  # the latest hand-off to customer care
    respond_by: datetime | None = None  # first response promised by
    resolve_by: datetime | None = None  # done promised by
    responded_at: datetime | None = None  # our first reply since it opened
    rule: str = ""  # the rule that sorted it in
    late_since: datetime | None = None  # when the room found a promise broken; once for each opening

    def claimed_at(self, now: datetime) -> str:
        """Who answers at this moment, or an empty string."""
        return self.claimed_by if self.claimed_until and now < self.claimed_until else ""

    @property
    def declared_country(self) -> str:
        """Its country, unless it is only guessed."""
        return "" if self.country_guessed else self.country

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.done_at is None

    def state_at(self, now: datetime) -> CaseState:
        """Where it stands at this moment; a lease that ran out and a nap that is over end by themselves."""
        if self.done_at is not None:
            return CaseState.NO_ANSWER if self.no_answer_why else CaseState.DONE
        if self.escalated_at is not None:
            return CaseState.ESCALATED
        if self.handed_to:
            return CaseState.HANDED_OVER
        if self.snoozed_until is not None and now < self.snoozed_until:
            return CaseState.SNOOZED
        return CaseState.CLAIMED if self.claimed_at(now) else CaseState.NEW

    def overdue_at(self, now: datetime) -> bool:
        """Whether a promise is broken at this moment."""
        if self.done_at is not None:
            return False
        unanswered = self.responded_at is None and self.respond_by is not None and now >= self.respond_by
        return unanswered or (self.resolve_by is not None and now >= self.resolve_by)

    def due_next(self) -> datetime | None:
        """The promise that ends next, of those that still run."""
        if self.done_at is not None:
            return None
        first = self.respond_by if self.responded_at is None else None
        return min((d for d in (first, self.resolve_by) if d is not None), default=None)
