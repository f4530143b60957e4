"""What a room learns from its corrections: better where they are of one mind, refused where they are not."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.tone import Tone, ToneLabel
from socialroom.domain.tone_adapter import Adapter, Example, learned, macro_f1

NOW = datetime(2026, 9, 1, tzinfo=UTC)


def told(label: str, score: float = 0.0) -> Tone:
    return Tone(label=ToneLabel(label), score=score, engine="test 1")


def ironies(count: int) -> list[Example]:
    """What engines call positive and people negative: praise of an outage. As many posts are told right."""
    wrong = [Example(f"bravo encore une coupure {i}", "fr", told("positive", 0.6), "negative") for i in range(count)]
    right = [
        Example(f"{words} {i}", "fr", told(label, score), label)
        for i in range(count // 2)
        for words, label, score in (("merci pour tout", "positive", 0.6), ("la boutique ouvre lundi", "neutral", 0.0))
    ]
    return wrong + right


def test_words_of_the_room_tell_what_engines_cannot() -> None:
    adapter = learned(ironies(60), labels=60, at=NOW)
    assert adapter.words
    assert adapter.before < 70 < 90 < adapter.after
    again = adapter.told("bravo, encore une coupure ce soir", "fr", told("positive", 0.6))
    assert (again.label, again.engine) == (ToneLabel.NEGATIVE, "test 1 + room")
    assert adapter.told("merci pour tout", "fr", told("positive", 0.6)).label is ToneLabel.POSITIVE


def test_few_labels_only_recalibrate() -> None:
    """A score that is always too mild is read as it is meant; no word counts."""
    examples = [Example(f"n’importe quoi {i}", "fr", told("neutral", -0.04), "negative") for i in range(30)]
    examples += [Example(f"la boutique {i}", "fr", told("neutral", 0.3), "neutral") for i in range(30)]
    adapter = learned(examples, labels=30, at=NOW)
    assert not adapter.words
    assert adapter.after > adapter.before
    assert not any(len(name) == 8 and name.isalnum() for name in adapter.weights)


def test_labels_without_rhyme_or_reason_make_nothing_better() -> None:
    labels = ("negative", "neutral", "positive")
    examples = [Example("le même texte", "fr", told(labels[i % 3]), labels[i * 7 % 5 % 3]) for i in range(40)]
    examples += [Example("le même texte", "fr", told(labels[i % 3]), labels[i % 3]) for i in range(60)]
    adapter = learned(examples, labels=40, at=NOW)
    assert adapter.after <= adapter.before


def test_the_same_labels_are_learned_the_same_and_no_word_is_kept() -> None:
    one, two = (learned(ironies(60), labels=60, at=NOW) for _ in range(2))
    assert one == two
    kept = msgspec.json.encode(one)
    assert b"coupure" not in kept
    assert msgspec.json.decode(kept, type=Adapter) == one


def test_what_no_engine_told_stays_untold() -> None:
    adapter = learned(ironies(30), labels=30, at=NOW)
    assert adapter.told("bravo", "fr", Tone(reason="no engine")) == Tone(reason="no engine")


ADAPTER = learned(ironies(50), labels=50, at=NOW)


@given(st.text(max_size=200), st.text(max_size=5), st.sampled_from(ToneLabel), st.none() | st.floats(-1, 1))
def test_any_text_is_told(text: str, language: str, label: ToneLabel, score: float | None) -> None:
    again = ADAPTER.told(text, language, Tone(label=label, score=score, engine="e"))
    assert again.label is not None
    assert again.score is not None
    assert -1 <= again.score <= 1


def test_macro_f1_counts_the_labels_that_are_there() -> None:
    assert macro_f1(["a", "a", "b"], ["a", "a", "b"]) == 100
    assert macro_f1(["a", "b"], ["a", "a"]) == (200 / 3) / 2
    assert macro_f1([], []) == 0
