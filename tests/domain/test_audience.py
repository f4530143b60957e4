"""Audiences, each with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.audience import AudienceList, by_kind, by_profile, by_reach, on_list
from socialroom.domain.person import Audience, Author
from socialroom.domain.post import PostKind
from socialroom.domain.text import clean_line

PRESS = AudienceList(
    audience=Audience.JOURNALIST,
    people={("small", "claire"): "FR", ("", "anyone"): ""},
    name="journalists.csv",
    lines={("small", "claire"): 12, ("", "anyone"): 13},
)
MANY = AudienceList(audience=Audience.INFLUENCER, followers=50_000)


def author(handle: str = "", name: str = "", **fields: object) -> Author:
    return Author(id="1", handle=clean_line(handle), name=clean_line(name), **fields)  # type: ignore[arg-type]


def test_a_list_is_named_with_its_line() -> None:
    told = on_list([MANY, PRESS], author("claire"), "small")
    assert (told.audience, str(told.why)) == ("journalist", "list journalists.csv:12")
    assert on_list([PRESS], author("claire"), "large").audience == ""
    assert on_list([PRESS], author("anyone"), "large").audience == "journalist"


@pytest.mark.parametrize(
    ("who", "audience", "reason"),
    [
        (author("interieur@social.gouv.fr"), "institution", "social.gouv.fr"),
        (author("someone.gov.uk"), "institution", "someone.gov.uk"),
        (author("ville", "Mairie de Metz"), "institution", "Mairie"),
        (author("luc", "Luc Martin, journaliste"), "journalist", "journaliste"),
        (author("sara", "Sara | Youtubeuse"), "influencer", "Youtubeuse"),
        (author("camille", "Camille Roux"), "", ""),
        (author("governor.example"), "", ""),
        (author("fake@gouv.fr.evil.example"), "", ""),
    ],
)
def test_a_profile_says_it_by_host_or_word(who: Author, audience: str, reason: str) -> None:
    told = by_profile(who)
    assert told.audience == audience
    assert reason in str(told.why)


def test_reach_counts_from_the_rooms_own_number_on() -> None:
    assert by_reach([PRESS, MANY], author(followers=50_000)).audience == "influencer"
    assert by_reach([PRESS, MANY], author(followers=49_999)).audience == ""
    assert by_reach([PRESS, MANY], author()).audience == ""


def test_who_speaks_to_the_brand_is_a_customer_and_who_publishes_news_is_the_press() -> None:
    assert by_kind(author(), PostKind.MENTION).audience == "customer"
    assert by_kind(author(bot=True), PostKind.MENTION).audience == ""
    assert by_kind(author(), PostKind.NEWS).audience == "journalist"
    assert by_kind(author(), PostKind.POST).audience == ""


@given(st.text(max_size=60), st.text(max_size=60), st.text(max_size=60))
def test_no_profile_breaks_it(handle: str, name: str, url: str) -> None:
    assert by_profile(Author(id="1", handle=handle, name=name, url=url)).audience in {"", *Audience}  # type: ignore[arg-type]
