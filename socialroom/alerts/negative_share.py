"""Rings when far more of what is said is negative than usual, whether more is said or not.

Posts without a tone are left out of the share, and the alert says how many were scored. The share of the last hour is
held against that of the seven days before it: the difference must be larger than chance (two proportions), and large
enough to matter.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec

from socialroom.alerts._detectors import HOUR, TRAILING
from socialroom.alerts._lately import first_slot, slot_of, summed
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding
from socialroom.domain.ports import Window
from socialroom.domain.post import Post
from socialroom.domain.specs import RuleSpec
from socialroom.domain.text import clean_line
from socialroom.domain.tone import ToneLabel
from socialroom.domain.value import Message
from socialroom.locale import N_

_KNOWN: Final = 100  # scored posts that a baseline needs
_AGAIN: Final = 21_600.0  # seconds
_HEADLINES: Final = {
    2: N_("{name} · {share} % negative of {scored} scored in 60 min, usual {usual} % · {authors} authors · {unscored} unscored"),
    1: N_("{name} · {share} % negative of {scored} scored in 60 min, usual {usual} % · one author · {unscored} unscored"),
    0: N_("{name} · {share} % negative of {scored} scored in 60 min, usual {usual} % · {unscored} unscored"),
}  # fmt: skip


class NegativeShareSettings(RuleSettings, frozen=True):
    """`rule = "negative_share"`: the tone turns.

    Attributes:
        of: what is counted: "brand", "topics", "entity:NAME", "topic:NAME".
        least: scored posts of the last hour, below which a share says nothing.
        authors: people who must have written the negative ones.
        z: how far beyond chance the share must be, in standard deviations.
        more: points of a share (0.15: from 20 % to 35 %) that it must have grown at least.
    """

    of: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("brand", "topics")
    least: Annotated[int, msgspec.Meta(ge=10)] = 30
    authors: Annotated[int, msgspec.Meta(ge=0)] = 8
    z: Annotated[float, msgspec.Meta(gt=1)] = 4.0
    more: Annotated[float, msgspec.Meta(ge=0, le=1)] = 0.15


class NegativeShare:
    """Compares two shares of each counter."""

    kind = "negative_share"

    def __init__(self, settings: NegativeShareSettings) -> None:
        self._settings = settings

    def look(self, window: Window) -> list[Finding]:
        """One finding a counter whose share is well above the usual one."""
        keys: list[str] = []
        for name in self._settings.of:
            keys += [key for key in window.counts if key.startswith("topic:")] if name == "topics" else [name]
        return [f for key in dict.fromkeys(keys) if (f := self._look(key, window)) is not None]

    def _look(self, key: str, window: Window) -> Finding | None:
        own = self._settings
        posts = window.recent_of.get(key, ())
        scored = [p for p in posts if p.tone is not None and p.tone.label is not None]
        negative = [p for p in scored if p.tone is not None and p.tone.label is ToneLabel.NEGATIVE]
        usual = _usual(key, window)
        if usual is None or len(scored) < own.least:
            return None
        before, known = usual
        share = len(negative) / len(scored)
        z = two_shares(len(negative), len(scored), round(before * known), known)
        if z < own.z / 2 or share - before < own.more / 2:
            return None
        heard = summed(negative)
        return Finding(
            key=f"negative:{key}",
            headline=_headline(key, window, scored, posts, share, before, heard.authors),
            severity=2,
            figures={
                "count": float(len(negative)),
                "scored": float(len(scored)),
                "unscored": float(len(posts) - len(scored)),
                "share": round(share, 3),
                "usual_share": round(before, 3),
                "z": round(z, 1),
            },
            posts=heard.posts,
            authors=heard.authors,
            since=heard.first_at,
            rings=z >= own.z and share - before >= own.more and heard.of_many(own.authors),
            cool_down=_AGAIN,
            again_after=own.again_after,
            counter=key,
            incident=key,
        )


def _headline(
    key: str, window: Window, scored: Sequence[Post], posts: Sequence[Post], share: float, before: float, authors: int
) -> Message:
    name = window.brand if key == "brand" and window.brand else key.partition(":")[2] or key
    values: dict[str, str | int | float] = {
        "name": clean_line(name, 80),
        "share": round(100 * share),
        "scored": len(scored),
        "usual": round(100 * before),
        "authors": authors,
        "unscored": len(posts) - len(scored),
    }
    return Message(template=_HEADLINES[min(authors, 2)], values=values)


def _usual(key: str, window: Window) -> tuple[float, int] | None:
    """The share of the seven days before the last hour, and of how many; None while too few are known."""
    first, last = first_slot(window, key), slot_of(window.now) - HOUR
    if first is None:
        return None
    first = max(first, last - TRAILING)

    def said(counter: str) -> int:
        return sum(count for slot, count in window.counts.get(counter, {}).items() if first <= slot < last)

    known = said(f"scored:{key}")
    return (said(f"negative:{key}") / known, known) if known >= _KNOWN else None


def two_shares(hits: int, of: int, hits_before: int, of_before: int) -> float:
    """How far one share lies above another, in standard deviations of their difference by chance (pooled)."""
    # Half a hit more on each side: a share of nothing is no certainty.
    pooled = (hits + hits_before + 1) / (of + of_before + 2)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / of + 1 / of_before))
    return (hits / of - hits_before / of_before) / deviation


RULE = RuleSpec(title="Negative share", settings=NegativeShareSettings, build=NegativeShare)
