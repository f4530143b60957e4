from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from socialroom.domain.ports import Utterance
from socialroom.enrichers.language import LanguageEnricher

LIBRARY = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
LIBRARY.set_languages(["ar", "de", "en", "es", "fr"])
ENRICHER = LanguageEnricher(["fr", "en", "es", "de", "ar", "xx"])


def language(text: str, claimed: str | None = None) -> str:
    (found,) = ENRICHER.enrich([Utterance(text=text, claimed_language=claimed)])
    assert found.language
    return found.language.code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Bonjour, plus de réseau depuis ce matin à Lyon", "fr"),
        ("There is no signal in our street since yesterday", "en"),
        ("La señal es muy lenta hoy en mi casa", "es"),
        ("الشبكة بطيئة جدا اليوم", "ar"),
        ("https://example.com/the/whole/world @somebody", "und"),
        ("EL GOBIERNO NO DICE NADA DE LA AVERÍA", "es"),
        ("ok", "und"),
        ("🎉🎉🎉", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, code: str) -> None:
    assert language(text) == code


def test_the_claim_of_the_network_does_not_overrule_the_text() -> None:
    assert language("There is no signal in our street since yesterday", "fr") == "en"


@given(st.text(st.characters(), max_size=300))
def test_any_text_has_a_language_of_the_room_or_none(text: str) -> None:
    assert language(text) in {"fr", "en", "es", "de", "ar", "und"}


@given(
    st.lists(
        st.text(max_size=80) | st.sampled_from(["SHOUTED IN ENGLISH", "ok ok ok", "e\u0301t\u00e9 à Lyon", "abc\ud800"])
    )
)
def test_a_batch_says_what_the_library_says_text_by_text(texts: list[str]) -> None:
    for (code, confidence), text in zip(ENRICHER._guessed(texts), texts, strict=True):
        expected, share = LIBRARY.classify(text)
        if code == "und":  # nothing in it that the model knows: the library then names its first language
            assert share == pytest.approx(0.2)
        else:
            assert confidence == pytest.approx(share, abs=1e-3)
            assert code == expected or dict(LIBRARY.rank(text))[code] == pytest.approx(share, abs=1e-4)
