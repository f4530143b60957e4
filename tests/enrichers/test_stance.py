"""Stances: how well rules tell them on posts that were written apart from the rules, and that no text breaks them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.cli import main
from socialroom.commands import measure_stance
from socialroom.domain.ports import Utterance
from socialroom.domain.stance import StanceLabel
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.enrichers._stance_rules import StanceRules, available
from socialroom.enrichers.stance import STANCE

POSTS = Path(__file__).parent / "stance_posts.tsv"
ENRICHER = STANCE.build(())


def stance(
    text: str, language: str = "en", *, tone: float | None = None, to_us: bool = True
) -> tuple[str, tuple[str, ...]]:
    given_tone = Tone(label=ToneLabel.NEUTRAL, score=tone) if tone is not None else None
    seen = Utterance(text=text, language=Language(code=language, confidence=1.0), tone=given_tone, to_us=to_us)
    (found,) = ENRICHER.enrich([seen])
    return (found.stance.label, found.stance.words) if found.stance is not None else ("unknown", ())


FLOORS = {  # of the posts written before the rules, and of those written after them in other words: precision, recall
    "test": {"love": (85, 85), "thanks": (90, 90), "criticism": (90, 88), "abuse": (95, 92), "question": (90, 90)},
}


def test_stances_of_posts_written_apart_from_the_rules_are_told_as_well_as_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["measure", "stance", str(POSTS), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)["languages"]
    assert told["half test"]["n"] >= 300
    for label, (precision, recall) in FLOORS["test"].items():
        figures = told["half test"]["stances"][label]
        assert figures["precision"] >= precision, label
        assert figures["recall"] >= recall, label
    assert told["half after"]["macro_f1"] >= AFTER
    assert told["fr"]["macro_f1"] >= 80
    assert told["en"]["macro_f1"] >= 80


AFTER = 22  # written to avoid the usual words: what rules with word lists cannot know


def test_the_table_says_what_it_is_measured_against(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["measure", "stance", str(POSTS)]) == 0
    shown = capsys.readouterr().out
    assert "precision" in shown
    assert "control" in shown


def test_a_file_that_cannot_be_graded_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "posts.tsv"
    file.write_text("language\tstance\ttext\nen\tlove\tgreat\nen\trage\tgrr\n", encoding="utf-8")
    assert main(["measure", "stance", str(file)]) != 0
    assert "3" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "language", "label", "word"),
    [
        ("I love Aurelia", "en", "love", "love"),
        ("Bravo Aurelia, 4 jours sans réseau 👏", "fr", "criticism", "sans réseau"),
        ("vous êtes des escrocs", "fr", "abuse", "escrocs"),
        ("c o n n a r d s", "fr", "abuse", "connards"),
        ("f*** you", "en", "abuse", "f"),
        ("looooove you guys", "en", "love", "love"),
        ("Comment activer le wifi ?", "fr", "question", "Comment"),
        ("c'est réparé, merci", "fr", "thanks", "merci"),
    ],
)
def test_a_stance_names_the_words_that_say_so(text: str, language: str, label: str, word: str) -> None:
    found, words = stance(text, language)
    assert found == label
    assert any(word in w.replace("o" * 5, "o") for w in words)


@pytest.mark.parametrize(
    ("language", "label", "text"),
    [
        (language, label, text)
        for language, texts in {
            "es": ("Me encanta Aurelia", "Muchas gracias por la ayuda", "Llevo tres días sin internet", "Sois unos ladrones",
                   "Hola, ¿cuánto cuesta llamar a Chile?", "Aurelia abre una tienda en Vigo"),
            "pt": ("Adoro a Aurelia", "Muito obrigada pela ajuda", "Três dias sem internet", "Vocês são uns ladrões",
                   "Olá, quanto custa ligar para Angola?", "A Aurelia abre uma loja em Bissau"),
            "de": ("Ich liebe Aurelia", "Vielen Dank für die Hilfe", "Seit drei Tagen kein Internet", "Ihr seid Betrüger",
                   "Hallo, was kostet ein Anruf nach Chile?", "Aurelia eröffnet einen Laden in Luxemburg"),
            "it": ("Adoro Aurelia", "Grazie mille per l’aiuto", "Tre giorni senza internet", "Siete dei ladri",
                   "Ciao, quanto costa chiamare il Cile?", "Aurelia apre un negozio a Roma"),
        }.items()
        for label, text in zip(("love", "thanks", "criticism", "abuse", "question", ""), texts, strict=True)
    ],
)  # fmt: skip
def test_other_languages_know_the_plain_cases(language: str, label: str, text: str) -> None:
    assert stance(text, language)[0] == label


def test_an_insult_of_somebody_else_is_no_abuse_of_the_brand() -> None:
    assert stance("the referee is a moron", to_us=False)[0] == ""
    assert stance("you are a moron", to_us=False)[0] == "abuse"


def test_where_no_word_tells_a_sure_tone_does_but_only_of_what_is_said_to_us() -> None:
    assert stance("Vous pouvez dire ce que vous voulez", "fr", tone=-0.9) == ("criticism", ("-0.90",))
    assert stance("the weather in Leeds", tone=-0.9, to_us=False)[0] == ""


def test_a_language_without_rules_has_no_stance_at_all() -> None:
    assert stance("Η σύνδεση δεν λειτουργεί", "el") == ("unknown", ())


@given(st.text(max_size=300), st.sampled_from(available()), st.none() | st.floats(-1, 1), st.booleans())
def test_any_text_has_one_of_five_stances_or_none(text: str, language: str, tone: float | None, to_us: bool) -> None:
    label, words = stance(text, language, tone=tone, to_us=to_us)
    assert label in {"", "unknown", *StanceLabel}
    assert bool(words) == bool(label not in {"", "unknown"})


@pytest.mark.parametrize(
    "piece",
    [
        "ne pas ",
        "f*",
        "merci ~ ",
        "😡",
        "a ",
        "\u202e",
        "?",
        "\ud800x".encode("utf-16", "surrogatepass").decode("utf-16", "replace"),
    ],
)
@pytest.mark.parametrize("language", available())
def test_a_long_hostile_text_is_told_like_any_other(piece: str, language: str) -> None:
    label, _words = stance(piece * 50_000, language)
    assert label in {"", *StanceLabel}


def test_measuring_knows_the_rows_that_rules_were_written_by() -> None:
    assert {p.half for p in measure_stance.read(POSTS)} == {"test", "after"}


@pytest.mark.parametrize(
    "text",
    [
        "@aurelia panne fibre à Lyon, c'est scandaleux, aucun message !",
        "panne fibre à Lyon #aurelia, plus rien à midi 😡",
    ],
)
def test_a_word_of_the_next_clause_or_before_a_face_does_not_turn_a_complaint(text: str) -> None:
    assert StanceRules("fr").stance(text, tone=-0.5, to_us=True)[0] == "criticism"
