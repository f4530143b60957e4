"""Early warning: words that are said more and more often, before any line is crossed.

In every quarter of an hour the people are counted who say a word, so that one who shouts counts once. A word rises when
the last half hour is far beyond what a day of quarters makes usual (Poisson), and it does not fall already. What it comes
to within the next hour is said with a band (`alerts/_forecast`). Private messages and our own posts are not looked at.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from socialroom.alerts._forecast import QUARTERS, forecast, rises
from socialroom.domain.alert import Rising
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText, clean_line
from socialroom.engine.terms import terms

_QUARTER: Final = 900  # seconds
_KEPT: Final = 500  # words of a quarter that is over
_MOST: Final = 20_000  # words of the quarter that runs
_KNOWN: Final = 4  # quarters without which nothing is usual
_SHOWN: Final = 5


class RisingTerms:
    """Counts words as they come. `expert` names words of a declared field of expertise."""

    def __init__(self, expert: Callable[[str], bool] = lambda _term: False) -> None:
        self._expert = expert
        self._begin(None)

    def _begin(self, quarter: int | None) -> None:
        self._quarter = quarter
        self._over: deque[Counter[str]] = deque(maxlen=QUARTERS)
        self._total: Counter[str] = Counter()  # of the quarters that are over
        self._before: Counter[str] = Counter()
        self._now: Counter[str] = Counter()
        self._said_before: set[int] = set()  # who said what, as hashes
        self._said_now: set[int] = set()

    def forget(self) -> None:
        """Somebody was forgotten, and their words may be among these: it begins anew, which costs an hour of warning."""
        self._begin(None)

    def heard(self, posts: Sequence[Post], now: datetime) -> None:
        """Posts that are heard for the first time; what was written long ago is no rise of now."""
        quarter = self._turn(now)
        for post in posts:
            age = quarter - int(post.created_at.timestamp()) // _QUARTER
            if post.private or post.by_us or age not in (0, 1):
                continue
            counts, said = (self._before, self._said_before) if age else (self._now, self._said_now)
            who = f"{post.network}:{post.author.id}" if post.author is not None else post.uri
            for term in terms(post):
                mark = hash((term, who))
                if mark not in said and (term in counts or len(counts) < _MOST):
                    said.add(mark)
                    counts[term] += 1

    def look(self, now: datetime) -> tuple[Rising, ...]:
        """What rises, the fastest first."""
        self._turn(now)
        if len(self._over) < _KNOWN:
            return ()
        share = max(0.2, now.timestamp() % _QUARTER / _QUARTER)
        found: list[tuple[float, Rising]] = []
        for term in {*self._now, *self._before}:
            current, before, usual = self._now[term], self._before[term], self._total[term] / len(self._over)
            if not rises(current, before, usual, share):
                continue
            said = forecast(current, before, usual, share)
            rising = Rising(
                term=SafeText(clean_line(term, 80)),
                count=current + before,
                usual=round(2 * usual, 1),
                low=round(said.low),
                likely=round(said.likely),
                high=round(said.high),
                expert=self._expert(term),
            )
            found.append(((current + before) / (usual + 0.5), rising))
        return _distinct([r for _, r in sorted(found, key=lambda x: (-x[0], -len(x[1].term), x[1].term))])

    def _turn(self, now: datetime) -> int:
        """Closes the quarters that are over. A clock that jumps far, or back, begins anew."""
        quarter = int(now.timestamp()) // _QUARTER
        if self._quarter is None or not 0 <= quarter - self._quarter <= QUARTERS:
            self._begin(quarter)
        assert self._quarter is not None
        while self._quarter < quarter:
            if len(self._over) == QUARTERS:
                self._total -= self._over[0]
            kept = Counter({t: n for t, n in self._before.most_common(_KEPT) if n > 1})
            self._over.append(kept)
            self._total += kept
            self._before, self._now = self._now, Counter()
            self._said_before, self._said_now = self._said_now, set()
            self._quarter += 1
        return quarter


def _distinct(found: list[Rising]) -> tuple[Rising, ...]:
    """A pair and its words are one rise: what is part of another that is shown, or holds one, is left out."""
    shown: list[Rising] = []
    for rising in found:
        words = set(rising.term.split())
        if not any(words & set(other.term.split()) for other in shown):
            shown.append(rising)
        if len(shown) == _SHOWN:
            break
    return tuple(shown)
