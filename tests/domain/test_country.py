"""Countries that are guessed: from hosts, places, flags, numbers and languages; and unknown where they do not agree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.posts import post

from socialroom.domain.country import Located
from socialroom.domain.person import Author
from socialroom.domain.text import clean
from socialroom.domain.tone import Language
from socialroom.engine.places import countries, gazetteer

ROOM = gazetteer([c.code for c in countries()])


def located(
    text: str = "", handle: str = "camille", name: str = "", language: str = "und", *, room: object = ROOM
) -> Located:
    said = post(
        1,
        text=clean(text),
        title=clean(""),
        author=Author(id="1", handle=clean(handle), name=clean(name)),
        language=Language(code=language, confidence=0.9),
    )
    return room.guess(said)  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize(
    ("given_post", "code", "reason"),
    [
        ({"handle": "camille@social.example.fr"}, "FR", "social.example.fr"),
        ({"handle": "aiko.example.co.uk"}, "GB", "example.co.uk"),
        ({"name": "Awa (Dakar)"}, "SN", "dakar"),
        ({"name": "Piotr 🇵🇱"}, "PL", "🇵🇱"),
        ({"text": "Plus de réseau à Abidjan depuis ce matin"}, "CI", "abidjan"),
        ({"text": "panne en Côte d’Ivoire"}, "CI", "cote d ivoire"),
        ({"text": "لا توجد شبكة في بغداد"}, "IQ", "بغداد"),
        ({"text": "Rappelez-moi au +221 33 800 00 00"}, "SN", "+221"),
        ({"text": "llámame al +1 809 555 0100"}, "DO", "+1809"),
        ({"text": "Սա շատ լավ է", "language": "hy"}, "AM", "hy"),
    ],
)
def test_what_tells_a_country_is_its_reason(given_post: dict[str, str], code: str, reason: str) -> None:
    found = located(**given_post)
    assert found.code == code
    assert not found.declared
    assert 0.45 <= found.confidence < 1
    assert any(reason in str(why) for why in found.why)


@pytest.mark.parametrize(
    "given_post",
    [
        {"text": "bonjour", "language": "fr"},  # many countries speak it
        {"text": "the match between France and Poland"},  # two that are as likely
        {"handle": "bot@fun.example.ml"},  # anybody may have that top level
        {"handle": "someone@mastodon.social"},
        {"text": "🇫🇷"},  # a flag in a text is no address
        {"text": "+999 123 456 789"},
        {},
    ],
)
def test_what_tells_too_little_leaves_it_unknown(given_post: dict[str, str]) -> None:
    assert located(**given_post) == Located()


def test_several_signs_are_surer_than_one() -> None:
    one, both = located("à Lyon"), located("à Lyon", handle="camille@social.example.fr")
    assert (one.code, both.code) == ("FR", "FR")
    assert both.confidence > one.confidence
    assert len(both.why) == 2


def test_only_countries_of_the_room_are_guessed() -> None:
    room = gazetteer(["BE", "LU"])
    assert located("à Lyon", room=room) == Located()
    assert located("à Bruxelles", room=room).code == "BE"


def test_all_countries_of_the_sample_room_are_known() -> None:
    assert {c.code for c in countries()} == set(
        "FR BE ES LU MD PL RO SK GB AM DO EG JO IQ MA TN SN ML CI CM CD CF GN GW MG NE BW KE MU".split()  # noqa: SIM905
    )
    words = [word for c in countries() for word in c.words]
    assert len(words) == len(set(words))


@given(st.text(max_size=400), st.text(max_size=40), st.text(max_size=40))
def test_no_text_breaks_it(text: str, handle: str, name: str) -> None:
    found = located(text, handle, name)
    assert found.code == "" or found.code in ROOM.codes


@pytest.mark.parametrize("piece", ["+", "+1 ", "0", "🇫", "côte d'", "00 11 ", "à Lyon "])
def test_a_text_of_any_length_is_looked_at(piece: str) -> None:
    assert located(piece * 50_000).code in {"", "FR"}
