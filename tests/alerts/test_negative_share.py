"""The tone turns: what is large enough and no chance rings, what was not scored is left out and said."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.windows import NOON, said, slot, window

from socialroom.alerts.negative_share import RULE, NegativeShareSettings, two_shares
from socialroom.domain.alert import Finding
from socialroom.domain.ports import Window
from socialroom.domain.post import Post
from socialroom.domain.tone import Tone, ToneLabel

WEEKS = NOON - timedelta(days=14)
SCORED = dict.fromkeys(range(slot(WEEKS), slot(NOON) - 12), 5)
BEFORE = {"scored:brand": SCORED, "negative:brand": dict.fromkeys(SCORED, 1)}  # one in five


def toned(negative: int, other: int, unscored: int = 0, people: int = 60) -> list[Post]:
    labels = [ToneLabel.NEGATIVE] * negative + [ToneLabel.NEUTRAL] * other + [None] * unscored
    return [
        said("aurelia", NOON - timedelta(seconds=3000 - n), f"p{n % people}", n, tone=Tone(label=label))
        for n, label in enumerate(labels)
    ]


def seen(posts: list[Post], **more: object) -> Window:
    values: dict[str, object] = {"before": BEFORE, "heard_since": WEEKS}
    return window(NOON, posts, **(values | more))  # type: ignore[arg-type]


def look(at: Window, **settings: object) -> list[Finding]:
    return RULE.build(NegativeShareSettings(**settings)).look(at)  # type: ignore[arg-type]


def test_many_more_negative_ones_ring_though_no_more_is_said() -> None:
    (found,) = look(seen(toned(40, 20, 7)))
    assert (found.rings, found.severity, found.incident, found.counter) == (True, 2, "brand", "brand")
    assert str(found.headline) == (
        "Aurelia · 67 % negative of 60 scored in 60 min, usual 20 % · 40 authors · 7 unscored"
    )
    assert found.figures["unscored"] == 7


def test_the_usual_share_rings_nothing_however_much_is_said() -> None:
    assert look(seen(toned(80, 320))) == []


def test_a_handful_says_nothing() -> None:
    assert look(seen(toned(25, 4))) == []


def test_what_nobody_scored_is_no_neutral_post() -> None:
    assert look(seen(toned(20, 9, 500))) == []
    assert look(seen(toned(30, 5, 500)))[0].rings


def test_one_person_who_rages_is_no_turn_of_the_tone() -> None:
    assert not look(seen(toned(40, 20, people=3)))[0].rings


def test_a_difference_that_matters_to_nobody_does_not_ring() -> None:
    assert not any(f.rings for f in look(seen(toned(1500, 4500))))


def test_without_a_baseline_it_says_nothing() -> None:
    assert look(seen(toned(40, 20), before={})) == []
    assert look(seen(toned(40, 20), heard_since=None)) == []


@given(st.integers(1, 500), st.integers(1, 500), st.data())
def test_two_shares_are_compared_for_all_numbers(of: int, of_before: int, data: st.DataObject) -> None:
    hits, hits_before = data.draw(st.integers(0, of)), data.draw(st.integers(0, of_before))
    z = two_shares(hits, of, hits_before, of_before)
    assert (z > 0) == (hits / of > hits_before / of_before)
    assert two_shares(hits_before, of_before, hits, of) == pytest.approx(-z)
