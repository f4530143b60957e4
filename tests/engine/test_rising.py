"""What rises before it crosses a line: grows beyond chance, said by several, now."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.windows import NOON, said

from socialroom.alerts._forecast import forecast, rises, tried
from socialroom.domain.alert import Rising
from socialroom.domain.post import Post
from socialroom.engine.rising import RisingTerms


def usual(terms: RisingTerms, until: datetime, hours: float = 6) -> None:
    at = until - timedelta(hours=hours)
    number = 0
    while at < until:
        number += 1
        terms.heard([said("aurelia boutique ouverte", at, f"u{number % 9}", number)], at)
        at += timedelta(minutes=3)


def burst(count: int, now: datetime, people: int = 9, text: str = "panne fibre chez aurelia") -> list[Post]:
    return [said(text, now - timedelta(seconds=20 * n), f"b{n % people}", n) for n in range(count)]


def look(posts: list[Post], *, now: datetime = NOON + timedelta(minutes=10), known: float = 6) -> tuple[Rising, ...]:
    terms = RisingTerms(lambda term: "fibre" in term)
    usual(terms, NOON, known)
    terms.heard(posts, now)
    return terms.look(now)


def test_a_word_that_several_people_begin_to_say_rises_with_a_band() -> None:
    now = NOON + timedelta(minutes=10)
    (rising,) = [r for r in look(burst(14, now, people=14)) if r.expert]
    assert "fibre" in rising.term
    assert (rising.count, rising.usual, rising.expert) == (14, 0.0, True)
    assert 0 < rising.low < rising.likely < rising.high


def test_what_is_said_as_usual_does_not_rise() -> None:
    assert look(burst(5, NOON + timedelta(minutes=10), text="aurelia boutique ouverte")) == ()


def test_one_loud_person_is_no_rise() -> None:
    assert look(burst(20, NOON + timedelta(minutes=10), people=2)) == ()


def test_posts_of_hours_ago_that_come_now_are_none() -> None:
    assert look(burst(20, NOON - timedelta(hours=3))) == ()


def test_within_the_first_hour_nothing_is_usual_yet() -> None:
    assert look(burst(20, NOON + timedelta(minutes=10)), known=0.2) == ()


def test_a_private_message_is_not_looked_at() -> None:
    now = NOON + timedelta(minutes=10)
    assert look([p.changed(visibility="direct") for p in burst(14, now)]) == ()


def test_who_is_forgotten_is_in_no_word_that_rises() -> None:
    terms = RisingTerms()
    usual(terms, NOON)
    now = NOON + timedelta(minutes=10)
    terms.heard(burst(14, now, people=14), now)
    assert terms.look(now)
    terms.forget()
    assert terms.look(now) == ()
    assert not any("fibre" in str(value) for value in vars(terms).values())


@pytest.mark.parametrize("jump", [-7200, 5 * 86_400])
def test_a_clock_that_jumps_begins_anew(jump: float) -> None:
    terms = RisingTerms()
    usual(terms, NOON)
    now = NOON + timedelta(seconds=jump)
    terms.heard(burst(20, now), now)
    assert terms.look(now) == ()


def test_what_falls_already_does_not_rise() -> None:
    assert rises(20, 10, 1.0)
    assert not rises(3, 27, 1.0)
    assert not rises(4, 1, 0.1)


def test_a_forecast_fades_to_the_usual() -> None:
    said_so = forecast(40, 10, 2.0)
    assert said_so.low < said_so.likely < said_so.high
    assert 8 < said_so.likely < 4 * 40
    assert forecast(2, 2, 2.0).likely == pytest.approx(8.0)


def test_a_steady_row_has_no_rise() -> None:
    assert list(tried([5] * 2000)) == []
    assert list(tried([1] * 1000 + [40] * 12 + [1] * 200))
