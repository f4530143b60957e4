"""Moments as people type them, in French and English, where the clocks change and where they do not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from socialroom.domain.errors import Missing, RoomError
from socialroom.domain.moments import FURTHEST, parse_moment

PARIS = ZoneInfo("Europe/Paris")
NEW_YORK = ZoneInfo("America/New_York")
TUESDAY = datetime(2026, 9, 1, 14, 20, tzinfo=PARIS)  # the first of September 2026


def said(text: str, now: datetime = TUESDAY) -> str:
    """What it means where `now` is, as a local date and time."""
    assert isinstance(now.tzinfo, ZoneInfo)
    found = parse_moment(text, now.astimezone(UTC), now.tzinfo)
    assert found.utcoffset() == timedelta(0)
    return found.astimezone(now.tzinfo).strftime("%a %Y-%m-%d %H:%M")


@pytest.mark.parametrize(
    ("texts", "means"),
    [
        (["tonight", "ce soir", "Ce Soir", " this  evening "], "Tue 2026-09-01 19:00"),
        (["tonight 21:30", "tonight 9:30", "ce soir 21h30", "ce soir à 21h30"], "Tue 2026-09-01 21:30"),
        (["tomorrow", "demain", "tomorrow 9", "demain 9h", "demain à 9h", "demain 9h00"], "Wed 2026-09-02 09:00"),
        (["tomorrow at 9 am", "tomorrow 9am", "tomorrow morning", "demain matin"], "Wed 2026-09-02 09:00"),
        (["tomorrow evening", "demain soir", "tomorrow 7pm", "demain, 19h"], "Wed 2026-09-02 19:00"),
        (["tomorrow noon", "tomorrow 12pm", "demain midi", "demain à midi"], "Wed 2026-09-02 12:00"),
        (["tomorrow 12am", "demain minuit"], "Wed 2026-09-02 00:00"),
        (["day after tomorrow 8", "après-demain 8h", "apres demain 8 h"], "Thu 2026-09-03 08:00"),
        (["today 17:00", "aujourd’hui 17h", "aujourd'hui à 17h", "today 5pm"], "Tue 2026-09-01 17:00"),
        (["today 3pm", "today 15:00"], "Tue 2026-09-01 15:00"),
        (["monday 9", "lundi 9h", "Monday", "lundi", "mon 9", "lun. 9h", "next monday", "lundi prochain 9h"],
         "Mon 2026-09-07 09:00"),
        (["monday 9:30", "lundi 9h30", "lundi à 9h30", "on monday at 9:30", "le lundi 9h30"], "Mon 2026-09-07 09:30"),
        (["tuesday 18", "mardi 18h"], "Tue 2026-09-01 18:00"),
        (["tuesday 9", "mardi 9h", "next tuesday", "mardi prochain"], "Tue 2026-09-08 09:00"),
        (["mercredi 7:05", "wed 7:05"], "Wed 2026-09-02 07:05"),
        (["dimanche midi", "sunday noon"], "Sun 2026-09-06 12:00"),
        (["in 3d", "dans 3 j", "3d", "3 jours", "in 3 days"], "Fri 2026-09-04 14:20"),
        (["1w", "in 1 week", "dans 1 semaine"], "Tue 2026-09-08 14:20"),
        (["1h", "in 1h", "dans 1 heure", "60 min", "60m", "60 minutes"], "Tue 2026-09-01 15:20"),
        (["30 min", "30min", "dans 30 mn", "0.5 h", "0,5 h"], "Tue 2026-09-01 14:50"),
        (["dans 2h30", "2 h 30 min", "2h et 30 min", "in 2 hours and 30 minutes"], "Tue 2026-09-01 16:50"),
        (["1d 2h", "1 jour et 2 heures"], "Wed 2026-09-02 16:20"),
        (["18:30", "18h30", "à 18h30", "at 18:30", "6:30pm", "6:30 pm"], "Tue 2026-09-01 18:30"),
        (["14:20"], "Wed 2026-09-02 14:20"),
        (["9:00", "at 9", "à 9h", "9am"], "Wed 2026-09-02 09:00"),
        (["noon", "midi"], "Wed 2026-09-02 12:00"),
        (["2026-12-01 14:00", "2026-12-01T14:00", "2026-12-01 14h", "2026-12-01 2pm", "2026-12-01T14:00:30"],
         "Tue 2026-12-01 14:00"),
        (["2026-12-01T13:00Z", "2026-12-01 14:00+01:00", "2026-12-01 08:00 -0500"], "Tue 2026-12-01 14:00"),
        (["2026-12-01"], "Tue 2026-12-01 09:00"),
    ],
)  # fmt: skip
def test_what_people_type_is_understood(texts: list[str], means: str) -> None:
    assert {text: said(text) for text in texts} == dict.fromkeys(texts, means)


def test_tonight_is_tomorrows_once_it_is_late() -> None:
    late = TUESDAY.replace(hour=22)
    assert said("tonight", late) == "Wed 2026-09-02 19:00"
    assert said("ce soir", late) == "Wed 2026-09-02 19:00"


def test_days_keep_their_time_and_hours_their_length_when_clocks_change() -> None:
    spring = datetime(2026, 3, 28, 12, 0, tzinfo=PARIS)  # the night has 23 hours
    assert said("in 1d", spring) == "Sun 2026-03-29 12:00"
    assert said("24h", spring) == "Sun 2026-03-29 13:00"
    assert said("tomorrow 2:30", spring) == "Sun 2026-03-29 03:30"  # there is no half past two
    autumn = datetime(2026, 10, 24, 12, 0, tzinfo=PARIS)  # and 25
    assert said("in 1d", autumn) == "Sun 2026-10-25 12:00"
    assert said("24h", autumn) == "Sun 2026-10-25 11:00"
    assert said("demain 9h", autumn) == "Sun 2026-10-25 09:00"


def test_an_hour_that_comes_twice_is_the_one_that_is_still_to_come() -> None:
    first = datetime(2026, 10, 25, 0, 10, tzinfo=UTC)
    assert parse_moment("2:30", first, PARIS) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    between = datetime(2026, 10, 25, 0, 40, tzinfo=UTC)
    assert parse_moment("2:30", between, PARIS) == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


def test_the_same_words_are_another_moment_elsewhere() -> None:
    now = datetime(2026, 9, 1, 23, 30, tzinfo=UTC)
    assert parse_moment("tomorrow 9", now, PARIS) == datetime(2026, 9, 3, 7, 0, tzinfo=UTC)
    assert parse_moment("tomorrow 9", now, NEW_YORK) == datetime(2026, 9, 2, 13, 0, tzinfo=UTC)


def test_without_a_zone_it_is_the_systems() -> None:
    now = datetime(2026, 9, 1, 12, 0, tzinfo=UTC)
    local = parse_moment("tomorrow 9", now).astimezone()
    assert (local.hour, local.minute) == (9, 0)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "9", "tomorow", "monday 25", "monday 9:75", "tonight whenever", "2026-13-01", "2026-02-30 9",
        "in 3", "in", "3 moons", "13pm", "0am", "at", "demain demain", "1h" * 80, "٣ min", "-1h",
    ],
)  # fmt: skip
def test_what_is_not_understood_is_answered_with_what_is(text: str) -> None:
    with pytest.raises(Missing, match=r"no moment that is understood.*tomorrow 9"):
        parse_moment(text, TUESDAY, PARIS)


@pytest.mark.parametrize("text", ["2026-08-31 9:00", "today 9:00", "2026-09-01 14:20", "0 min", "0d"])
def test_the_past_is_no_moment(text: str) -> None:
    with pytest.raises(Missing, match="is past"):
        parse_moment(text, TUESDAY, PARIS)


@pytest.mark.parametrize("text", ["2027-09-10 9:00", "400d", "9999-12-31", "999999h", "99999w"])
def test_a_year_is_the_most(text: str) -> None:
    with pytest.raises(Missing):
        parse_moment(text, TUESDAY, PARIS)


_SAID = """
tonight ce soir tomorrow demain monday lundi mardi next prochain in dans at à 9 9h 9h30 18:30 25:00 3d 3 j h min 1h 30
2026-12-01 0000-00-00 9999-12-31 T Z +99:99 noon minuit am pm et and , . ½ 99999999
"""
_WORDS = st.sampled_from(_SAID.split())


@given(
    text=st.one_of(st.text(max_size=60), st.lists(_WORDS, max_size=5).map(" ".join)),
    now=st.datetimes(timezones=st.just(UTC)),
    zone=st.sampled_from([None, PARIS, NEW_YORK, ZoneInfo("Pacific/Apia"), ZoneInfo("Australia/Lord_Howe")]),
)
@example(text="tomorrow", now=datetime(9999, 12, 30, 23, 59, tzinfo=UTC), zone=PARIS)
@example(
    text="9:00", now=datetime(2011, 12, 30, 9, 0, tzinfo=UTC), zone=ZoneInfo("Pacific/Apia")
)  # a day that Samoa left out
def test_whatever_is_typed_is_a_moment_to_come_or_an_error_that_says_so(
    text: str, now: datetime, zone: ZoneInfo | None
) -> None:
    try:
        found = parse_moment(text, now, zone)
    except RoomError:
        return
    assert now < found <= now + FURTHEST
