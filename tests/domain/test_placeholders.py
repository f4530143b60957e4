"""Places to fill in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.placeholders import KNOWN, after, fill, unfilled

EVERYTHING = {"name": "José", "ticket": "A-12", "country": "fr", "agent": "Léa"}


def test_what_is_known_is_filled_and_the_rest_stays() -> None:
    assert (
        fill("Bonjour {name}, dossier {ticket}.", {"name": "José", "ticket": " "}) == "Bonjour José, dossier {ticket}."
    )
    assert [place.name for place in unfilled("Bonjour {name}, {Ticket} { agent } {name}")] == [
        "name", "ticket", "agent", "name",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["{", "}", "{}", "{nom}", "{{x}}", "{name", "name}", "{na me}", "{1}", "{name!r}", "{name.x}", "f(){ return }"],
)
def test_other_braces_are_text(text: str) -> None:
    assert unfilled(text) == []
    assert fill(text, EVERYTHING) == text


def test_places_inside_more_braces_are_found_where_they_stand() -> None:
    (place,) = unfilled("é{{name}}")
    assert (place.name, place.start, place.end) == ("name", 2, 8)


def test_a_name_that_looks_like_a_place_is_put_in_once() -> None:
    assert fill("{name} {agent}", {"name": "{agent}", "agent": "Léa"}) == "{agent} Léa"


def test_the_next_place_goes_round() -> None:
    places = unfilled("{name} … {ticket}")
    assert after(places, 0) is places[0]
    assert after(places, 1) is places[1]
    assert after(places, 99) is places[0]
    assert after([], 0) is None


@given(st.text(alphabet=st.sampled_from("{} \u00a0namecountryTICKET🎉\n")) | st.text(), st.text())
def test_whatever_is_written_offsets_are_true_and_filling_everything_leaves_no_place_of_its_own(
    text: str, value: str
) -> None:
    for place in unfilled(text):
        assert text[place.start] == "{"
        assert text[place.end - 1] == "}"
        assert text[place.start + 1 : place.end - 1].strip().lower() == place.name
        assert place.name in KNOWN
    assert unfilled(fill(text, dict.fromkeys(KNOWN, "x"))) == []
    assert fill(text, {}) == text
    fill(text, dict.fromkeys(KNOWN, value))
