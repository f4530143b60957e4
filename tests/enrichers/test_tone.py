from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from vaderSentiment.vaderSentiment import BOOSTER_DICT, NEGATE, SentimentIntensityAnalyzer

from socialroom.discovery import load_all
from socialroom.domain.ports import Utterance
from socialroom.domain.specs import EnricherSpec
from socialroom.domain.tone import Language, ToneLabel
from socialroom.enrichers._vader import LinearVader
from socialroom.enrichers.packs import PackEnricher

UPSTREAM = SentimentIntensityAnalyzer()
OURS = LinearVader()
MODIFIERS = """
never so this without doubt least at very but BUT kind of no nor or the shit bomb bad ass yeah right GOOD Great love HATE good
good bad 😀 😡❤️ :) !!! ??? ! word WORD it's isn't, sort just enough to die for kiss of death
"""
WORDS = st.one_of(
    st.sampled_from([*sorted(NEGATE), *sorted(BOOSTER_DICT)]),
    st.sampled_from(sorted(UPSTREAM.lexicon)),
    st.sampled_from(MODIFIERS.split()),
)


@given(st.one_of(st.lists(WORDS, max_size=40).map(" ".join), st.text()))
def test_results_are_those_of_upstream(text: str) -> None:
    assert OURS.polarity_scores(text) == UPSTREAM.polarity_scores(text)


@pytest.mark.parametrize(
    "text", ["good but " * 60, "bad good but good bad bad " * 20, "😀" * 50 + " but 😡", "", "   ", "kind of kind"]
)
def test_repetition_is_weighed_as_upstream_does(text: str) -> None:
    assert OURS.polarity_scores(text) == UPSTREAM.polarity_scores(text)


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("J'adore ce service, merci !", ToneLabel.POSITIVE),
        ("Je n'aime pas ce service", ToneLabel.NEGATIVE),
        ("panne générale depuis ce matin", ToneLabel.NEGATIVE),
        ("PLUS DE RESEAU à Lyon", ToneLabel.NEGATIVE),
        ("votre service client est injoignable", ToneLabel.NEGATIVE),
        ("je résilie demain", ToneLabel.NEGATIVE),
        ("La boutique ouvre à dix heures", ToneLabel.NEUTRAL),
        ("C'était bien mais maintenant c'est horrible", ToneLabel.NEGATIVE),
        ("😡😡😡", ToneLabel.NEGATIVE),
    ],
)
def test_the_french_pack(text: str, label: ToneLabel) -> None:
    (found,) = PackEnricher(["fr"]).enrich([Utterance(text=text, language=Language(code="fr", confidence=1.0))])
    assert found.tone
    assert found.tone.label is label


def test_other_languages_are_left_alone() -> None:
    (found,) = PackEnricher(["fr"]).enrich([Utterance(text="merci", language=Language(code="de", confidence=1.0))])
    assert found.tone is None


@given(st.text(st.characters(), max_size=200))
def test_any_text_gets_a_score_in_range(text: str) -> None:
    (found,) = PACKS.enrich([Utterance(text=text, language=Language(code="fr", confidence=1.0))])
    assert found.tone is None or (found.tone.score is not None and -1 <= found.tone.score <= 1)


PACKS = PackEnricher([])


def test_every_plug_in_loads_and_language_comes_before_tone() -> None:
    specs, broken = load_all("socialroom.enrichers", EnricherSpec)
    assert broken == []
    assert min(specs, key=lambda name: specs[name].order) == "language"
