"""What a post does with the brand, over its tone."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from socialroom.domain.value import Value
from socialroom.locale import N_


class StanceLabel(StrEnum):
    """What a stance engine may say; a post that is none of these has an empty stance."""

    LOVE = "love"
    THANKS = "thanks"
    CRITICISM = "criticism"
    ABUSE = "abuse"
    QUESTION = "question"


STANCES: Final[dict[str, str]] = {
    StanceLabel.LOVE.value: N_("love"),
    StanceLabel.THANKS.value: N_("thanks"),
    StanceLabel.CRITICISM.value: N_("criticism"),
    StanceLabel.ABUSE.value: N_("abuse"),
    StanceLabel.QUESTION.value: N_("question"),
}
"""What each is called where people read it."""

NO_STANCE: Final = "none"
"""How rules and files write that a post has no stance."""


class Stance(Value, frozen=True):
    """A stance and why: `words` are the post's own ones that speak for it. An empty label is none of the five."""

    label: str = ""
    words: tuple[str, ...] = ()
    engine: str = ""  # "stance fr 1"
