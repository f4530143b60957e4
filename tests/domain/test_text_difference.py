"""What changed between two texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.text_difference import Piece, changes, difference, likeness

TEXTS = st.text(alphabet=st.sampled_from("ab é\n\t\u202e👍日 "), max_size=60)


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("", "", []),
        ("the same", "the same", []),
        ("", "all of it", [("", "all of it")]),
        ("all of it", "", [("all of it", "")]),
        ("We look at it today.", "We looked at it today.", [("look", "looked")]),
        ("We look at it.", "We look closely at it.", [("", "closely ")]),
        ("We do not pay.", "We do pay.", [("not ", "")]),
        ("one two three four", "one 2 3 four", [("two three", "2 3")]),
        ("one two three four five", "1 two three four 5", [("one", "1"), ("five", "5")]),
        ("Bonjour\nà demain", "Bonjour\nà ce soir", [("demain", "ce soir")]),
        ("two  spaces", "two spaces", [("  ", " ")]),
    ],
)
def test_what_changed_is_named_by_whole_words(old: str, new: str, found: list[tuple[str, str]]) -> None:
    assert changes(old, new) == [Piece(*pair) for pair in found]


@given(TEXTS, TEXTS)
def test_the_stretches_are_both_texts_to_the_last_sign(old: str, new: str) -> None:
    pieces = difference(old, new)
    assert "".join(p.old for p in pieces) == old
    assert "".join(p.new for p in pieces) == new
    assert all(p.old or p.new for p in pieces)
    assert bool(changes(old, new)) == (old != new)


@given(TEXTS)
def test_a_text_is_wholly_like_itself(text: str) -> None:
    assert likeness(text, text) == 1.0
    assert difference(text, text) == ([Piece(text, text)] if text else [])


def test_texts_without_a_word_in_common_are_not_alike() -> None:
    assert likeness("one two", "three four") == 0.0
    assert 0.4 < likeness("one two three four", "one two five six") < 0.6


def test_a_text_of_hostile_size_is_one_change() -> None:
    old, new = "a " * 50_000, "b " * 50_000
    assert difference(old, new) == [Piece(old, new)]
