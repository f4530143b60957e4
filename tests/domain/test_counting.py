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


X = CountRule(counter="x weighted", limit=280)


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("", 0),
        ("Good morning.", 13),
        ("Ça va\u202f?", 8),  # a narrow no-break space is heavy
        ("e\u0301te\u0301", 3),  # composed before it is counted
        ("Добрый день", 11),
        ("你好", 4),
        ("안녕", 4),
        ("ｆｕｌｌ", 8),
        ("“quoted” – so…", 15),  # the ellipsis is beyond the light signs
        ("\U00010000\U0010fffd", 4),
        ("🐱", 2),
        ("H🐱☺", 5),
        ("👩‍👩‍👧‍👦", 2),
        ("👍🏽 👍🏿", 5),
        ("🇫🇷🇧🇪", 4),
        ("1️⃣", 2),
        ("❤️", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("http://test.com", 23),
        ("HTTPS://www.Aurelia.EXAMPLE.COM/Index.html", 23),
        ("test.com", 23),
        ("t.co", 23),
        ("shop.example.co.uk/a?b=c#d", 23),
        ("Look https://test.com and test.com/path now", 14 + 23 + 23),
        ("(see https://en.test.com/wiki/Paris_(France)).", 5 + 23 + 2),
        ("That was it.Then we left", 24),  # no such top level
        ("test.com.Then", 23 + 5),
        ("https://no-such-top-level.invalidx/", 35),
        ("lea@example.com", 15),
        ("ftp://example.com", 17),
        ("@lea_b hello", 12),
    ],
)
def test_x_counts_by_weight(text: str, used: int) -> None:
    assert measure(text, X).used == used


def test_x_takes_280_of_the_light_and_140_of_the_heavy() -> None:
    for sign, most in (("é", 280), ("の", 140), ("🐱", 140), ("👩‍👩‍👧‍👦", 140)):
        assert not measure(sign * most, X).over
        assert measure(sign * (most + 1), X).over
    assert measure("a\n" * 140, X).used == 280


def test_mentions_that_begin_an_answer_are_free_where_the_rule_says_so() -> None:
    free = CountRule(counter="x weighted", limit=280, opening_free=True)
    assert measure("@lea @ann_b hello @bob", free).used == 10
    assert measure("hello @lea", free).used == 10
    assert measure("@lea, hello", free).used == 11


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
    st.text(st.characters()),
    st.sampled_from(["graphemes", "mastodon", "bluesky", "x weighted", "code points", "utf-16", "bytes"]),
)
def test_counting_never_fails_and_says_over_exactly_beyond_the_limit(text: str, counter: str) -> None:
    count = measure(text, CountRule(counter=counter, limit=5, url_cost=23))
    assert count.over == (count.used > 5)
