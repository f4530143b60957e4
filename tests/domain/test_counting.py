from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.counting import CountRule, measure
from socialroom.domain.errors import RoomError

MASTODON = CountRule(counter="mastodon", limit=500, url_cost=23)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("", 0),
        ("été", 3),
        ("e\u0301te\u0301", 3),
        ("👩‍👩‍👧‍👦🇫🇷👍🏽", 3),
        ("see https://example.com/" + "a" * 300, 27),
        ("http://a.b", 23),
        ("(https://example.com/a).", 26),
        ("ftp://example.com/file", 22),
        ("@lea@mastodon.example hi", 7),
        ("@lea hi", 7),
        ("mail lea@example.com", 20),
    ],
)
def test_mastodon_counts(text: str, used: int) -> None:
    assert measure(text, MASTODON).used == used


def test_bluesky_is_over_by_graphemes_or_by_bytes() -> None:
    rule = CountRule(counter="bluesky", limit=300, byte_limit=3000)
    assert not measure("a" * 300, rule).over
    assert measure("a" * 301, rule).over
    family = measure("👩‍👩‍👧‍👦" * 150, rule)
    assert family.over
    assert (family.used, family.limit, family.unit) == (3750, 3000, "bytes")


def test_other_units() -> None:
    text = "e\u0301🎉"
    assert measure(text, CountRule(counter="graphemes")).used == 2
    assert measure(text, CountRule(counter="code points")).used == 3
    assert measure(text, CountRule(counter="utf-16")).used == 4
    assert measure(text, CountRule(counter="bytes")).used == 7


def test_an_unknown_counter_is_named() -> None:
    with pytest.raises(RoomError, match="vowels"):
        measure("a", CountRule(counter="vowels"))


@given(
    st.text(st.characters()), st.sampled_from(["graphemes", "mastodon", "bluesky", "code points", "utf-16", "bytes"])
)
def test_counting_never_fails_and_says_over_exactly_beyond_the_limit(text: str, counter: str) -> None:
    count = measure(text, CountRule(counter=counter, limit=5, url_cost=23))
    assert count.over == (count.used > 5)
