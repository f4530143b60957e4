"""The rules file: what is read, and how a mistake is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.config.case_rules import read_rules
from socialroom.config.reading import Document
from socialroom.domain.case import Priority
from socialroom.domain.case_rule import CaseRule, Then, When
from socialroom.domain.errors import ConfigError

WHOLE = """
[[rule]]
name = "press at night"
[rule.when]
network = ["mastodon", "bluesky"]
words = 'panne OR "plus de réseau"'
tone = "negative"
audience = "journalist"
country = ["fr"]
followers = 1000
language = "FR"
hours = "22:00-07:00"
days = ["mon-wed", "sat"]
[rule.then]
tag = ["press", "night"]
assign = "léa"
priority = "high"
alert = "a journalist writes"
done = "on the site"

[[rule]]
name = "rest"
[rule.then]
tag = "rest"
alert = true
"""


def read(text: str) -> tuple[CaseRule, ...]:
    return read_rules(Document(text, "rules.toml"), ("Léa", "Amadou"))


def test_a_whole_file() -> None:
    press, rest = read(WHOLE)
    assert press == CaseRule(
        name="press at night",
        when=When(
            network=("mastodon", "bluesky"),
            words='panne OR "plus de réseau"',
            tone=("negative",),
            audience=("journalist",),
            country=("FR",),
            followers=1000,
            language=("fr",),
            hours=(1320, 420),
            days=(0, 1, 2, 5),
        ),
        then=Then(
            tags=("press", "night"),
            assign="Léa",
            priority=Priority.HIGH,
            rings=True,
            alert="a journalist writes",
            done="on the site",
        ),
    )
    assert rest == CaseRule(name="rest", when=When(), then=Then(tags=("rest",), rings=True))


def test_a_network_that_there_is_not_is_named() -> None:
    text = "[[rule]]\nname = 'a'\n[rule.when]\nnetwork = ['mastodont']\n[rule.then]\ntag = 'x'"
    with pytest.raises(ConfigError, match="Did you mean mastodon") as caught:
        read_rules(Document(text, "rules.toml"), networks=("bluesky", "mastodon"))
    assert caught.value.line == 4


def test_an_empty_file_has_no_rules() -> None:
    assert read("") == ()


@pytest.mark.parametrize(
    ("wrong", "line", "says"),
    [
        ("rules = 1", 1, "no such table"),
        ("[rule]\nname = 'a'", 1, "[[rule]]"),
        ("[[rule]]\n[rule.then]\ntag = 'a'", 1, "name is missing"),
        ("[[rule]]\nname = ''\n[rule.then]\ntag = 'a'", 2, "name is empty"),
        ("[[rule]]\nname = 'a'", 1, "does nothing"),
        ("[[rule]]\nname = 'a'\n[rule.then]\nalert = false", 3, "does nothing"),
        ("[[rule]]\nname = 'a'\nthem = 1", 3, "Did you mean then?"),
        ("[[rule]]\nname = 'a'\n[rule.when]\nword = 'x'", 4, "Did you mean words?"),
        ("[[rule]]\nname = 'a'\n[rule.when]\nwords = '(x'", 4, "character 1"),
        ("[[rule]]\nname = 'a'\n[rule.when]\ntone = ['negativ']", 4, "Did you mean negative?"),
        ("[[rule]]\nname = 'a'\n[rule.when]\naudience = 'press'", 4, "journalist"),
        ("[[rule]]\nname = 'a'\n[rule.when]\ncountry = 'France'", 4, "two letters"),
        ("[[rule]]\nname = 'a'\n[rule.when]\nhours = '22-7'", 4, "22:00-07:00"),
        ("[[rule]]\nname = 'a'\n[rule.when]\ndays = ['lundi']", 4, "lundi"),
        ("[[rule]]\nname = 'a'\n[rule.when]\nfollowers = -1", 4, ">= 0"),
        ("[[rule]]\nname = 'a'\n[rule.then]\nassign = 'Zoé'", 4, "Amadou"),
        ("[[rule]]\nname = 'a'\n[rule.then]\npriority = 'hi'", 4, "high"),
        ("[[rule]]\nname = 'a'\n[rule.then]\nalert = 3", 4, "true or false"),
        ("[[rule]]\nname = 'a'\n[rule.then]\ntag = 'x'\n[[rule]]\nname = 'a'\n[rule.then]\ntag = 'y'", 6, "two rules"),
        ("[[rule]\n", 1, "not TOML"),
        ("[[rule]]\nname = 'a'\nwhen = 3", 3, "a table"),
    ],
)
def test_a_mistake_names_its_line_and_what_to_do(wrong: str, line: int, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(wrong)
    assert caught.value.file == "rules.toml"
    assert caught.value.line == line
    assert says in str(caught.value)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from(["", WHOLE, "[[rule]]\nname = "]))
def test_any_text_is_rules_or_a_mistake(text: str, before: str) -> None:
    file = "rules.toml"
    try:
        read(before + text)
    except ConfigError as error:
        file = error.file
    assert file == "rules.toml"
