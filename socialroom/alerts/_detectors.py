"""What is unusual in rows of counts: plain numbers in, plain numbers out.

Measured on the labelled counts of realTweets (Numenta Anomaly Benchmark, MIT): a test repeats the measurement.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Final

SLOT: Final = 300  # seconds of one row
HOUR: Final = 12  # rows
QUARTER: Final = 3  # rows: fifteen minutes
DAY: Final = 288  # rows
HALF_LIFE: Final = 1008  # rows: three and a half days
WARM: Final = 51  # the first row that has a score
SPIKE: Final = 4.41  # z of an hour
FLOOD: Final = 10.0  # z of a quarter of an hour
NOISE: Final = 1.0  # the variance of a count by chance, in means
TRAILING: Final = 2016  # rows: seven days
SECOND: Final = 3.72  # z of an hour against the seven days before it
UNLIKELY: Final = 1e-6  # how rare a small count must be
_FIRST: Final = 12  # sums that the average begins with


class Average:
    """Mean and variance of the sum of the last `span` counts, where older rows weigh less (EWMA).

    `z` is the distance of the last row from what was usual before it, in standard deviations; None while there are too
    few rows. `usual` is the mean before the last row. `noise` times the mean is added to the variance that was seen: a
    count varies at least so much by chance (Poisson), however calm the days before were.
    """

    __slots__ = ("_alpha", "_begins", "_counts", "_noise", "_warm", "mean", "rows", "total", "usual", "variance", "z")

    def __init__(
        self, span: int = HOUR, *, half_life: float = HALF_LIFE, warm: int = WARM, noise: float = NOISE
    ) -> None:
        self._noise = noise
        self._alpha = 1.0 - 0.5 ** (1.0 / half_life)
        self._warm = max(warm, _FIRST)
        self._counts: deque[int] = deque([0] * span, maxlen=span)
        self._begins: list[int] = []
        self.rows = self.total = 0
        self.mean = self.usual = 0.0
        self.variance = 1.0
        self.z: float | None = None

    def push(self, count: int, *, learns: bool = True) -> float | None:
        """Takes one row and returns its z; what it must not learn changes nothing of what is usual."""
        self.total += count - self._counts[0]
        self._counts.append(count)
        if self.rows < _FIRST:
            self._begins.append(self.total)
            self.rows += 1
            if self.rows == _FIRST:
                self.mean = sum(self._begins) / _FIRST
                self.variance = max(self.mean, 1.0)
                for row, total in enumerate(self._begins):
                    self._learn(row, total)
            return None
        self.usual = self.mean
        self.z = self.distance(self.total) if self.rows >= self._warm else None
        if learns:
            self._learn(self.rows, self.total)
        self.rows += 1
        return self.z

    def distance(self, total: float) -> float:
        """The z that such a sum would have now."""
        return (total - self.mean) / math.sqrt(self.variance + self._noise * max(self.mean, 0.0) + 1.0)

    def _learn(self, row: int, total: float) -> None:
        weight = max(self._alpha, 1.0 / (row + 2))
        step = total - self.mean
        self.mean += weight * step
        self.variance = (1.0 - weight) * (self.variance + weight * step * step)

    def copy(self) -> Average:
        """One that goes on by itself."""
        twin = Average.__new__(Average)
        for name in self.__slots__:
            setattr(twin, name, getattr(self, name))
        twin._counts = self._counts.copy()  # noqa: SLF001 - its own class
        twin._begins = self._begins.copy()  # noqa: SLF001 - its own class
        return twin


class Trailing:
    """The second opinion: the sum of the last hour against all sums of the seven days that ended an hour before."""

    __slots__ = ("_counts", "_squares", "_sum", "_sums", "total")

    def __init__(self) -> None:
        self._counts: deque[int] = deque([0] * HOUR, maxlen=HOUR)
        self._sums: deque[int] = deque()
        self._sum = self._squares = self.total = 0

    def push(self, count: int) -> float | None:
        """Takes one row and returns its z; None while there are too few rows."""
        self.total += count - self._counts[0]
        self._counts.append(count)
        self._sums.append(self.total)
        known = len(self._sums) - HOUR
        if known > 0:
            entered = self._sums[known - 1]
            self._sum += entered
            self._squares += entered * entered
        if known > TRAILING:
            left = self._sums.popleft()
            self._sum -= left
            self._squares -= left * left
            known -= 1
        if known < WARM - HOUR:
            return None
        mean = self._sum / known
        return (self.total - mean) / math.sqrt(max(self._squares / known - mean * mean, 0.0) + 1.0)


def second_opinion(counts: Mapping[int, int], first: int, last: int) -> float | None:
    """The z of the hour that ends with `last`, by the seven days before it."""
    trailing, z = Trailing(), None
    for slot in range(max(first, last - TRAILING - 2 * HOUR + 1), last + 1):
        z = trailing.push(counts.get(slot, 0))
    return z


def at_least(count: int, mean: float) -> float:
    """The probability of `count` or more where `mean` is usual and each comes by itself (Poisson)."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count <= mean:
        return 1.0 - at_most(count - 1, mean)
    term = total = 1.0
    number = count
    while term > total * 1e-12:
        number += 1
        term *= mean / number
        total += term
    return min(1.0, math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)) * total)


def at_most(count: int, mean: float) -> float:
    """The probability of `count` or fewer (Poisson)."""
    if count < 0:
        return 0.0
    if mean <= 0:
        return 1.0
    if count > mean:
        return 1.0 - at_least(count + 1, mean)
    term = total = 1.0
    for number in range(count, 0, -1):
        term *= number / mean
        total += term
        if term < total * 1e-12:
            break
    return min(1.0, math.exp(count * math.log(mean) - mean - math.lgamma(count + 1)) * total)


def first_unlikely(mean: float, probability: float) -> int:
    """The smallest count whose tail is rarer than `probability`."""
    step = max(1, int(math.sqrt(mean)))
    count = max(1, int(mean))
    while at_least(count, mean) > probability:
        count += step
    while count > 1 and at_least(count - 1, mean) <= probability:
        count -= 1
    return count


def is_unusual(z: float | None, total: float, usual: float, *, threshold: float, least: float) -> bool:
    """Whether a sum stands out. Below `least` a variance means little: there the count itself must be unlikely too."""
    if z is None or z < threshold:
        return False
    return total >= least or at_least(int(total), max(usual, 0.1)) <= UNLIKELY


def rung(unusual: Iterable[bool], cool_down: int = DAY) -> list[int]:
    """The rows that ring of those that are unusual: each the first for `cool_down` rows."""
    found: list[int] = []
    for row, is_so in enumerate(unusual):
        if is_so and (not found or row - found[-1] >= cool_down):
            found.append(row)
    return found


def flags(
    counts: Iterable[int],
    *,
    span: int = HOUR,
    threshold: float = SPIKE,
    least: float = 0.0,
    cool_down: int = DAY,
    noise: float = NOISE,
) -> list[int]:
    """The rows that ring, each the first for `cool_down` rows."""
    average = Average(span, noise=noise)

    def unusual(count: int) -> bool:
        usual = average.mean
        z = average.push(count)
        return is_unusual(z, average.total, usual, threshold=threshold, least=least)

    return rung(map(unusual, counts), cool_down)


Apart = tuple[tuple[int, int], ...]
"""Slots from which nothing usual is learnt: first ones, and those after the last ones."""


class _Pair:
    """Both averages after one slot, and how much they have counted."""

    __slots__ = ("counted", "hour", "quarter", "slot")

    def __init__(self, slot: int, counted: int, hour: Average, quarter: Average) -> None:
        self.slot, self.counted, self.hour, self.quarter = slot, counted, hour, quarter

    def until(self, counts: Mapping[int, int], last: int, apart: Apart) -> None:
        for slot in range(self.slot + 1, last + 1):
            count = counts.get(slot, 0)
            learns = not any(begin <= slot < end for begin, end in apart)
            self.hour.push(count, learns=learns)
            self.quarter.push(count, learns=learns)
            self.counted += count
        self.slot = max(self.slot, last)

    def copy(self) -> _Pair:
        return _Pair(self.slot, self.counted, self.hour.copy(), self.quarter.copy())


class Track:
    """The averages of one counter. What it says depends on the counts alone; that it remembers only saves time.

    Posts come late, so the newest slots are counted anew each time; what lies further back only when it changed.
    """

    __slots__ = ("_apart", "_at", "_counts", "_first", "_kept")

    LATE: Final = 24  # rows that are expected to grow still

    def __init__(self) -> None:
        self._first: int | None = None
        self._apart: Apart = ()
        self._counts: Mapping[int, int] | None = None
        self._kept = self._at = _Pair(-1, 0, Average(HOUR), Average(QUARTER))

    @property
    def hour(self) -> Average:
        """Of sums of sixty minutes, after the last slot."""
        return self._at.hour

    @property
    def quarter(self) -> Average:
        """Of sums of fifteen minutes, after the last slot."""
        return self._at.quarter

    def follow(self, counts: Mapping[int, int], first: int, last: int, apart: Apart = ()) -> None:
        """Counts the slots from `first` to `last`, both included. A mapping that was given is never changed later."""
        if counts is self._counts and (first, last, apart) == (self._first, self._at.slot, self._apart):
            return
        kept = self._kept
        same = first == self._first and kept.slot <= last and apart == self._apart
        if not same or kept.counted != sum(c for slot, c in counts.items() if first <= slot <= kept.slot):
            kept = _Pair(first - 1, 0, Average(HOUR), Average(QUARTER))
        if last - kept.slot > 2 * self.LATE:
            kept.until(counts, last - self.LATE, apart)
        self._first, self._counts, self._kept, self._apart = first, counts, kept, apart
        self._at = kept.copy()
        self._at.until(counts, last, apart)
