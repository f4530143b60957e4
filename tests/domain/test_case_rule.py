"""Rules that sort cases in: which one matches, and what it leaves of a case."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.posts import post

from socialroom.domain.case import Case, CaseState, Priority
from socialroom.domain.case_rule import CaseRule, CaseRules, Then, When, applied, told
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import Facts
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel

NOW = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)  # a Tuesday, noon in Paris
PARIS = "Europe/Paris"
ZONE = ZoneInfo(PARIS)
PRESS = Facts(audience="journalist", country="FR")


def said(text: str = "Aurelia, la fibre est en panne", **fields: object) -> Post:
    values: dict[str, object] = {
        "network": "mastodon",
        "kind": PostKind.MENTION,
        "text": SafeText(text),
        "title": SafeText(""),
        "warning": SafeText(""),
        "tone": Tone(label=ToneLabel.NEGATIVE, engine="test"),
        "stance": "criticism",
        "language": Language(code="fr", confidence=1.0),
        "author": Author(id="1", handle=SafeText("claire@presse.example"), followers=60_000),
        "at": NOW,
    }
    return post(1, **(values | fields))  # type: ignore[arg-type]


def matches(when: When, message: Post | None = None, facts: Facts = PRESS) -> bool:
    rules = CaseRules([CaseRule(name="r", when=when, then=Then(tags=("t",)))], PARIS)
    return rules.first(message or said(), facts) is not None


@pytest.mark.parametrize(
    ("holds", "fails"),
    [
        (When(network=("bluesky", "mastodon")), When(network=("bluesky",))),
        (When(words="panne NOT box"), When(words="panne AND box")),
        (When(words="lang:fr (fibra OR fibre)"), When(words="lang:es")),
        (When(tone=("negative",)), When(tone=("positive", "unscored"))),
        (When(stance=("criticism", "abuse")), When(stance=("love", "none"))),
        (When(audience=("journalist",)), When(audience=("influencer",))),
        (When(country=("BE", "FR")), When(country=("BE",))),
        (When(followers=60_000), When(followers=60_001)),
        (When(language=("fr",)), When(language=("en",))),
        (When(hours=(12 * 60, 12 * 60 + 1)), When(hours=(10 * 60, 12 * 60))),  # the wall clock of Paris
        (When(days=(1,)), When(days=(0, 2, 3, 4, 5, 6))),
        (When(), When(network=("mastodon",), tone=("positive",))),
    ],
)
def test_all_conditions_must_hold_and_of_several_values_one(holds: When, fails: When) -> None:
    assert matches(holds)
    assert not matches(fails)


def test_followers_that_nobody_knows_are_not_enough() -> None:
    assert not matches(When(followers=0), said(author=Author(id="1")))
    assert not matches(When(followers=0), said(author=None))
    assert matches(When(), said(author=None))


def test_a_text_that_nobody_scored_is_unscored() -> None:
    assert matches(When(tone=("unscored",)), said(tone=None))


@pytest.mark.parametrize(
    ("at", "in_the_night_of_friday"),
    [
        (datetime(2026, 9, 4, 21, 59, tzinfo=ZONE), False),
        (datetime(2026, 9, 4, 22, 0, tzinfo=ZONE), True),
        (datetime(2026, 9, 5, 6, 59, tzinfo=ZONE), True),  # Saturday, and still the night of Friday
        (datetime(2026, 9, 5, 7, 0, tzinfo=ZONE), False),
        (datetime(2026, 9, 5, 22, 0, tzinfo=ZONE), False),
        (datetime(2026, 9, 4, 6, 0, tzinfo=ZONE), False),  # the night of Thursday
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_begins(at: datetime, in_the_night_of_friday: bool) -> None:
    when = When(hours=(22 * 60, 7 * 60), days=(4,))
    assert matches(when, said(at=at.astimezone(UTC))) is in_the_night_of_friday


def test_the_first_that_matches_wins() -> None:
    rules = CaseRules(
        [
            CaseRule(name="bluesky", when=When(network=("bluesky",)), then=Then(done="no")),
            CaseRule(name="words", when=When(words="panne"), then=Then(tags=("outage",))),
            CaseRule(name="everything", when=When(), then=Then(tags=("rest",))),
        ]
    )
    found = rules.first(said(), Facts())
    assert found is not None
    assert found.name == "words"
    rest = rules.first(said("Bonjour"), Facts())
    assert rest is not None
    assert rest.name == "everything"


RULE = CaseRule(
    name="press",
    when=When(),
    then=Then(tags=("press", "vip"), assign="Léa", priority=Priority.HIGH, rings=True, done="nothing to answer"),
)


def test_a_rule_does_to_a_new_case_all_that_it_says() -> None:
    case = applied(Case(id="c", tags=("vip",)), RULE, NOW, room="room", new=True)
    assert case.tags == ("vip", "press")
    assert (case.assigned_to, case.assigned_by, case.priority, case.rule) == ("Léa", "room", Priority.HIGH, "press")
    assert case.state_at(NOW) is CaseState.NO_ANSWER
    assert (case.done_by, case.no_answer_why) == ("room", "nothing to answer")


def test_an_open_case_is_not_taken_from_anybody_nor_closed_nor_made_less_pressing() -> None:
    open_case = Case(id="c", assigned_to="Amadou", assigned_by="Marc", priority=Priority.URGENT)
    case = applied(open_case, RULE, NOW, room="room", new=False)
    assert (case.assigned_to, case.assigned_by, case.priority) == ("Amadou", "Marc", Priority.URGENT)
    assert case.is_open
    assert case.tags == ("press", "vip")


def test_what_a_rule_does_is_said() -> None:
    assert [str(m) for m in told(RULE.then)] == [
        "tags it press, vip",
        "assigns it to Léa",
        "priority: high",
        "rings",
        "closes it without an answer: nothing to answer",
    ]
    assert told(Then()) == ()


@given(st.text(max_size=60), st.integers(0, 6), st.integers(0, 1439), st.integers(0, 1440))
def test_any_message_is_matched_or_not(text: str, day: int, begin: int, end: int) -> None:
    when = When(words="panne OR 停電", hours=(begin, end), days=(day,))
    assert matches(when, said(text)) in {True, False}


def test_of_five_hundred_rules_the_first_is_found() -> None:
    rules = CaseRules(
        [
            CaseRule(name=f"r{n}", when=When(words=f'"mot{n} fin" OR autre{n}'), then=Then(tags=("t",)))
            for n in range(500)
        ]
    )
    found = rules.first(said("autre499 et mot7 fin, autre300"), PRESS)
    assert found is not None
    assert found.name == "r7"
    assert rules.first(said("mot7"), PRESS) is None
