"""Which texts say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.near_duplicate import ALIKE, alike, sketch

TEXT = "Panne générale chez Aurelia depuis ce matin, plus de réseau ni de fibre dans tout le quartier"


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (TEXT, True),
        (f"RT @lea@mastodon.example {TEXT.upper()} https://press.example/1?x=y", True),
        (TEXT.replace("matin", "midi"), True),
        (f"{TEXT} !!! 😡", True),
        ("Panne de métro ce matin dans tout le quartier, le réseau est saturé chez Aurelia", False),
        ("Aurelia répond enfin à ma question sur la facture du mois de mai, merci beaucoup à son équipe", False),
        (TEXT[:40], False),
    ],
)
def test_a_text_and_another(other: str, same: bool) -> None:
    one, two = sketch(TEXT), sketch(other)
    assert one is not None
    assert two is not None
    assert (alike(one, two) >= ALIKE) is same


def test_what_is_short_repeats_nothing_and_a_script_without_edges_is_compared_by_its_letters() -> None:
    assert sketch("Merci beaucoup Aurelia !") is None
    assert sketch("") is None
    assert sketch("https://a.example/b @lea 😡") is None
    one, two = sketch("今日も通信障害で電話が使えない"), sketch("今日も通信障害で電話が使えません")
    assert one is not None
    assert two is not None
    assert alike(one, two) >= ALIKE


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_two_texts_are_compared_alike_from_both_sides(one: str, two: str) -> None:
    a, b = sketch(one), sketch(two)
    if a is None or b is None:
        assert sketch(one) == a
        return
    assert 0.0 <= alike(a, b) == alike(b, a) <= 1.0
    assert alike(a, a) == 1.0


def test_a_text_of_any_length_is_sketched_in_bounds() -> None:
    for text in ("mot " * 30_000, "a" * 100_000, " ".join(str(n) for n in range(30_000))):
        found = sketch(text)
        assert found is None or len(found.hashes) <= 64
