"""Which sends others must approve first: the rules of room.toml's [[approval]]."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from socialroom.domain.operator import Role
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import parse
from socialroom.domain.text import clean
from socialroom.domain.value import Message, Value
from socialroom.locale import N_


class Proposal(Value, frozen=True):
    """What rules look at: who would say what, where, to whom."""

    role: Role
    account: str
    network: str
    text: str
    audience: str = ""
    new_post: bool = False


class ApprovalRule(Value, frozen=True):
    """Every condition that is not empty must hold; then `count` others must say yes."""

    name: str = ""
    roles: tuple[Role, ...] = ()
    accounts: tuple[str, ...] = ()
    networks: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    words: str = ""  # a query that the text must match
    new_posts: bool = False  # only what answers nobody
    count: int = 1

    def matches(self, proposal: Proposal) -> bool:
        """Whether it asks for approval of this. Raises ConfigError when `words` cannot be read."""
        return (
            (not self.roles or proposal.role in self.roles)
            and (not self.accounts or proposal.account in self.accounts)
            and (not self.networks or proposal.network in self.networks)
            and (not self.audiences or proposal.audience in self.audiences)
            and (not self.new_posts or proposal.new_post)
            and (not self.words or parse(self.words).matches(_as_post(proposal)))
        )

    @property
    def why(self) -> Message:
        """Why a send waits, in words."""
        if self.name:
            return Message(template=N_("the rule “{name}” asks for approval"), values={"name": self.name})
        return Message(template=N_("a rule of this room asks for approval"))


def first_match(rules: Sequence[ApprovalRule], proposal: Proposal) -> ApprovalRule | None:
    """The rule that decides: the first that matches."""
    return next((rule for rule in rules if rule.matches(proposal)), None)


def _as_post(proposal: Proposal) -> Post:
    at = datetime(2000, 1, 1, tzinfo=UTC)
    return Post(
        uri="proposal", id="proposal", network=proposal.network, source=proposal.account, kind=PostKind.POST,
        text=clean(proposal.text), created_at=at, first_seen_at=at, by_us=True,
    )  # fmt: skip
