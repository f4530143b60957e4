"""What a rise comes to within the next hour: plain numbers in, plain numbers out.

Method: what exceeds the usual fades, by 0.7 with each quarter of an hour; growth is not carried on, which forecast worse.
The band holds four in five of the hours that followed a rise in the labelled counts of five brands (`socialroom measure
alerts` says how many): from 0.39 times to 1.92 times what is likely. It was fitted on the same counts, so that it is a
measure of how little is known and no promise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from socialroom.alerts._detectors import at_least

QUARTERS: Final = 96  # a day: what is usual
_FADES: Final = 0.7  # what is left of an excess after a quarter of an hour
_BAND: Final = (0.39, 1.92)
_RARE: Final = 1e-5  # many words are looked at, so that each must be rare
_LEAST: Final = 6  # in half an hour
_TIMES: Final = 3.0  # as much as usual


class Forecast(NamedTuple):
    """Counts of the next hour."""

    low: float
    likely: float
    high: float


def rises(now: int, before: int, usual: float, share: float = 1.0) -> bool:
    """Whether a count grows beyond chance, and has not begun to fall.

    Args:
        now: of the quarter of an hour that runs.
        before: of the one before it.
        usual: of a quarter of an hour.
        share: how much of the quarter that runs has passed.
    """
    count, mean = now + before, max(usual, 0.02) * (1.0 + share)
    if count < _LEAST or count < _TIMES * mean or now < before / 2 * share:
        return False
    return at_least(count, mean) <= _RARE


def forecast(now: int, before: int, usual: float, share: float = 1.0) -> Forecast:
    """The next hour after such a rise (arguments as above)."""
    level = (2 * now + before) / (2 * share + 1)
    excess, likely = max(level - usual, 0.0), 0.0
    for _ in range(4):
        excess *= _FADES
        likely += usual + excess
    return Forecast(_BAND[0] * likely, likely, _BAND[1] * likely)


def tried(counts: Sequence[int]) -> Iterator[bool]:
    """Of each rise in counts per 5 minutes: whether the hour after it lay in the band."""
    quarters = [sum(counts[n : n + 3]) for n in range(0, len(counts) - 2, 3)]
    for n in range(QUARTERS + 1, len(quarters) - 4):
        usual = sum(quarters[n - 1 - QUARTERS : n - 1]) / QUARTERS
        if rises(quarters[n], quarters[n - 1], usual):
            said = forecast(quarters[n], quarters[n - 1], usual)
            yield said.low <= sum(quarters[n + 1 : n + 5]) <= said.high
