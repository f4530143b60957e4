"""The numeric detectors: their tails, and that late counts change nothing but the truth."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.alerts._detectors import (
    QUARTER,
    Average,
    Track,
    at_least,
    at_most,
    first_unlikely,
    flags,
    is_unusual,
    second_opinion,
)


def test_a_steady_row_never_rings() -> None:
    assert flags([7] * 3000) == []


def test_a_rise_rings_once_within_a_day() -> None:
    assert flags([20] * 2000 + [200] * 100 + [20] * 100) == [2000]


def test_no_row_has_a_score_before_the_fifty_first() -> None:
    average = Average()
    scores = [average.push(5) for _ in range(60)]
    assert [s is None for s in scores] == [True] * 51 + [False] * 9


@given(st.integers(0, 60), st.floats(0.01, 80))
def test_tails_are_sums_of_the_distribution(count: int, mean: float) -> None:
    below = math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count))
    assert at_least(count, mean) == pytest.approx(1 - below, abs=1e-9)
    assert at_most(count - 1, mean) == pytest.approx(below, abs=1e-9)


@given(st.floats(0, 5000), st.sampled_from([1e-2, 1e-3, 1e-6]))
def test_the_first_unlikely_count_is_the_first(mean: float, probability: float) -> None:
    count = first_unlikely(mean, probability)
    assert at_least(count, mean) <= probability
    assert count == 1 or at_least(count - 1, mean) > probability


def test_tails_of_large_counts_do_not_overflow() -> None:
    assert at_least(10**6, 5.0) == 0.0
    assert at_most(10**6, 5.0) == 1.0
    assert at_least(10_000, 10_000.0) == pytest.approx(0.5, abs=0.01)


def test_a_small_count_must_be_unlikely_itself() -> None:
    assert is_unusual(6.0, 9, 0.5, threshold=4.41, least=40)
    assert not is_unusual(6.0, 9, 4.0, threshold=4.41, least=40)
    assert is_unusual(6.0, 41, 30.0, threshold=4.41, least=40)
    assert not is_unusual(None, 1000, 1.0, threshold=4.41, least=40)


def _averages(counts: dict[int, int], first: int, last: int) -> tuple[float | None, float, float | None, float]:
    hour, quarter = Average(), Average(QUARTER)
    for slot in range(first, last + 1):
        hour.push(counts.get(slot, 0))
        quarter.push(counts.get(slot, 0))
    return hour.z, hour.mean, quarter.z, quarter.mean


@given(
    st.dictionaries(st.integers(0, 300), st.integers(1, 50), max_size=80),
    st.lists(
        st.tuples(
            st.integers(0, 60),
            st.dictionaries(st.integers(0, 300), st.integers(1, 9), max_size=4),
            st.sampled_from([0, 0, 0, 7]),
        ),
        max_size=12,
    ),
)
def test_a_track_says_what_counting_anew_would_say(
    counts: dict[int, int], steps: list[tuple[int, dict[int, int], int]]
) -> None:
    track, last, first = Track(), 100, 0
    for forward, late, later_first in steps:
        last += forward
        first = max(first, later_first)
        counts = counts | {slot: counts.get(slot, 0) + more for slot, more in late.items()}
        track.follow(counts, first, last)
        hour, quarter = track.hour, track.quarter
        assert (hour.z, hour.mean, quarter.z, quarter.mean) == _averages(counts, first, last)


def test_a_track_follows_a_clock_that_was_set_back() -> None:
    counts = dict.fromkeys(range(400), 3)
    track = Track()
    for last in (399, 300, 301):
        track.follow(counts, 0, last)
        assert (track.hour.z, track.hour.mean) == _averages(counts, 0, last)[:2]


def test_the_second_opinion_compares_an_hour_with_the_week_before_it() -> None:
    counts = {slot: 5 + slot // 12 % 2 for slot in range(4000)}
    assert abs(second_opinion(counts, 0, 3999) or 0.0) < 2
    assert (second_opinion(counts | dict.fromkeys(range(3988, 4000), 60), 0, 3999) or 0.0) > 10
    assert second_opinion(counts, 3995, 3999) is None
    # What is older than a week counts no more.
    assert second_opinion(counts | {100: 10**6}, 0, 3999) == second_opinion(counts, 0, 3999)


def test_a_calm_past_is_no_reason_to_ring_at_what_chance_brings() -> None:
    calm = [10] * 3000
    assert flags([*calm, *[13] * 12]) == []
    assert flags([*calm, *[13] * 12], noise=0.0) != []
