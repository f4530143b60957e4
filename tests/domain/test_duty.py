"""Duty hours: what is counted, over clocks that are put on and back, nights and holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.duty import DAYS, HORIZON, Duties, Duty, days, hours, week

PARIS = ZoneInfo("Europe/Paris")
OFFICE = ("mon-fri 08:00-20:00", "sat 09:00-13:00")
MICROSECOND = timedelta(microseconds=1)


def duty(*lines: str, zone: str = "Europe/Paris", holidays: tuple[date, ...] = ()) -> Duty:
    found = week(lines)
    assert not isinstance(found, int)
    return Duty(zone=zone, week=found, holidays=holidays)


def paris(*at: int) -> datetime:
    return datetime(*at, tzinfo=PARIS)  # type: ignore[misc,arg-type]


@pytest.mark.parametrize(
    ("begin", "passes", "ends"),
    [
        (paris(2026, 9, 1, 10, 0), 30, paris(2026, 9, 1, 10, 30)),
        (paris(2026, 9, 1, 19, 40), 30, paris(2026, 9, 2, 8, 10)),
        (paris(2026, 9, 1, 19, 30), 30, paris(2026, 9, 1, 20, 0)),  # the last minute of duty still counts
        (paris(2026, 9, 1, 6, 0), 30, paris(2026, 9, 1, 8, 30)),
        (paris(2026, 9, 4, 19, 0), 120, paris(2026, 9, 5, 10, 0)),  # Friday evening, Saturday morning
        (paris(2026, 9, 5, 12, 0), 120, paris(2026, 9, 7, 9, 0)),  # Saturday noon, Monday
        (paris(2026, 9, 1, 8, 0), 8 * 60, paris(2026, 9, 1, 16, 0)),
    ],
)
def test_a_duration_is_counted_in_duty_hours(begin: datetime, passes: int, ends: datetime) -> None:
    assert duty(*OFFICE).add(begin, timedelta(minutes=passes)) == ends
    assert duty(*OFFICE).between(begin, ends) == timedelta(minutes=passes)


def test_without_hours_somebody_is_always_there() -> None:
    begin = paris(2026, 12, 24, 23, 0)
    assert Duty().add(begin, timedelta(hours=8)) == begin + timedelta(hours=8)
    assert Duty().is_on(begin)


def test_nobody_is_there_on_a_holiday_from_midnight_to_midnight() -> None:
    roster = duty("mon-sun 22:00-06:00", holidays=(date(2026, 12, 25),))
    eve = paris(2026, 12, 24, 23, 0)
    assert roster.add(eve, timedelta(hours=1)) == paris(2026, 12, 25, 0, 0)
    assert roster.add(eve, timedelta(hours=2)) == paris(2026, 12, 26, 1, 0)
    assert not roster.is_on(paris(2026, 12, 25, 23, 0))


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    roster = duty("fri 22:00-06:00")
    assert roster.is_on(paris(2026, 9, 5, 5, 59))  # Saturday before dawn
    assert not roster.is_on(paris(2026, 9, 4, 5, 59))
    assert roster.add(paris(2026, 9, 4, 20, 0), timedelta(hours=8)) == paris(2026, 9, 5, 6, 0)


def test_a_clock_that_is_put_on_takes_an_hour_of_the_night_away() -> None:
    roster = duty("mon-sun 22:00-06:00")
    night = paris(2026, 3, 28, 22, 0)  # at 02:00 it is 03:00
    assert roster.between(night, paris(2026, 3, 29, 6, 0)) == timedelta(hours=7)
    assert roster.add(night, timedelta(hours=5)) == datetime(2026, 3, 29, 2, 0, tzinfo=UTC)  # 04:00 in Paris


def test_a_clock_that_is_put_back_gives_an_hour() -> None:
    roster = duty("mon-sun 22:00-06:00")
    night = paris(2026, 10, 24, 22, 0)
    assert roster.between(night, paris(2026, 10, 25, 6, 0)) == timedelta(hours=9)


def test_hours_inside_an_hour_that_comes_twice_are_duty_twice() -> None:
    roster = duty("sun 02:15-02:45")
    assert roster.between(paris(2026, 10, 25, 0, 0), paris(2026, 10, 26, 0, 0)) == timedelta(hours=1)
    assert roster.between(paris(2026, 3, 29, 0, 0), paris(2026, 3, 30, 0, 0)) == timedelta()  # they are skipped


def test_a_roster_that_never_fills_a_promise_ends_it_after_two_years() -> None:
    roster = duty("mon 08:00-08:01")
    begin = paris(2026, 9, 1, 10, 0)
    assert roster.add(begin, timedelta(hours=48)) == begin + HORIZON


def test_a_country_may_have_hours_of_its_own() -> None:
    duties = Duties(room=duty(*OFFICE), of={"JO": duty("sun-thu 09:00-17:00", zone="Asia/Amman")})
    assert duties.roster("JO").zone == "Asia/Amman"
    assert duties.roster("FR") == duties.roster("") == duties.room


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("08:00-20:00", (480, 1200)),
        (" 22:00 - 07:00 ", (1320, 420)),
        ("0:00-24:00", (0, 1440)),
        ("8-20", None),
        ("08:60-09:00", None),
        ("24:00-08:00", None),
        ("08:00-24:01", None),
        ("", None),
        ("٠٨:٠٠-٢٠:٠٠", None),
    ],
)
def test_hours_as_they_are_written(text: str, found: tuple[int, int] | None) -> None:
    assert hours(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [("mon", (0,)), ("Mon-Wed", (0, 1, 2)), ("sat-mon", (5, 6, 0)), ("lundi", None), ("mon-", None), ("", None)],
)
def test_days_as_they_are_written(text: str, found: tuple[int, ...] | None) -> None:
    assert days(text) == found


def test_the_first_line_that_is_none_is_named() -> None:
    assert week(("mon 08:00-12:00", "tue 8h-12h")) == 1
    assert week(("mon08:00-12:00",)) == 0


ROSTERS = st.builds(
    lambda zone, lines, off: duty(*lines, zone=zone, holidays=tuple(off)),
    st.sampled_from(["Europe/Paris", "Asia/Amman", "America/New_York", "Australia/Lord_Howe", "UTC", "Asia/Kathmandu"]),
    st.lists(
        st.builds(
            lambda day, a, b: f"{day} {a // 60:02}:{a % 60:02}-{b // 60:02}:{b % 60:02}",
            st.sampled_from([*DAYS, "mon-fri", "sat-sun", "fri-mon"]),
            st.integers(0, 1439),
            st.integers(0, 1440),
        ),
        max_size=4,
    ),
    st.lists(st.dates(date(2026, 1, 1), date(2026, 12, 31)), max_size=4),
)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - naive bounds
LENGTHS = st.timedeltas(timedelta(seconds=1), timedelta(hours=60))


@given(ROSTERS, MOMENTS, LENGTHS)
def test_what_was_added_lies_between_and_its_end_is_no_closed_hour(
    roster: Duty, begin: datetime, length: timedelta
) -> None:
    end = roster.add(begin, length)
    assert end >= begin + min(length, HORIZON)
    if end < begin + HORIZON:
        assert roster.between(begin, end) == length
        assert roster.is_on(end - MICROSECOND)


@given(ROSTERS, MOMENTS, LENGTHS, LENGTHS)
def test_adding_is_monotone_and_additive(roster: Duty, begin: datetime, one: timedelta, other: timedelta) -> None:
    end = roster.add(begin, one + other)
    assert roster.add(begin, one) <= end
    assert roster.add(begin + one, other) >= roster.add(begin, other)
    if end < begin + HORIZON:
        assert roster.add(roster.add(begin, one), other) == end


@given(ROSTERS, MOMENTS, st.lists(st.timedeltas(timedelta(), timedelta(days=3)), min_size=2, max_size=2))
def test_duty_between_moments_adds_up(roster: Duty, begin: datetime, steps: list[timedelta]) -> None:
    middle, end = begin + steps[0], begin + steps[0] + steps[1]
    assert roster.between(begin, middle) + roster.between(middle, end) == roster.between(begin, end)
    assert timedelta() <= roster.between(begin, end) <= end - begin


@given(ROSTERS, MOMENTS)
def test_a_moment_is_duty_when_the_next_microsecond_counts(roster: Duty, moment: datetime) -> None:
    assert roster.is_on(moment) == (roster.between(moment, moment + MICROSECOND) == MICROSECOND)


@given(st.text())
def test_any_text_is_hours_and_days_or_none(text: str) -> None:
    for found in (hours(text), days(text)):
        assert found is None or all(0 <= n <= 1440 for n in found)
