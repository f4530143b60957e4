"""A room.toml as it should be: what it declares, who sits there, and the file that `init` writes."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from socialroom import locale
from socialroom.config.case_rules import read_rules
from socialroom.config.reading import Document
from socialroom.config.sample import sample
from socialroom.config.settings import RoomSettings, build, load, system_user
from socialroom.domain.errors import Missing
from socialroom.domain.operator import Role
from socialroom.domain.roles import Right

BRAND = '[brand]\nname = "Aurelia"\n'
TWO = f"{BRAND}[[operator]]\nname = 'Léa'\n[[operator]]\nname = 'Amadou'\nrole = 'head'\n"


def room(text: str) -> RoomSettings:
    return build(Document(text, "room.toml"))


@pytest.mark.parametrize("code", ["en", "fr"])
def test_the_sample_loads_as_it_stands_in_every_language(code: str, tmp_path: Path) -> None:
    locale.use(code)
    file = tmp_path / "room.toml"
    file.write_text(sample(), encoding="utf-8")
    found = load(file)
    assert found.brand.name == "Aurelia"
    assert len(found.feeds) == 3
    assert [a.kind for a in found.alerts] == ["keyword", "volume_spike", "silent_source"]


def test_the_samples_remarks_are_tables_that_load_too() -> None:
    """What a person gets who removes the #."""
    lines = [line.removeprefix("# ") if _is_toml(line) else line for line in sample().splitlines()]
    opened = room("\n".join(lines))
    assert {s.kind for s in opened.sources} == {"hackernews", "mastodon", "bluesky", "feeds"}
    assert opened.operators[0].name == "Léa"
    assert opened.keys.layout == "azerty"
    assert opened.retention["mastodon"].posts == 50_000
    assert opened.notify[0].kind == "webhook"
    assert [a.name for a in opened.audiences] == ["journalist", "influencer"]
    assert opened.duties.roster("SN").zone == "Africa/Dakar"
    assert [(d.audience, d.first, d.resolution) for d in opened.deadlines] == [
        ("journalist", 1800.0, 28_800.0),
        ("", 14_400.0, None),
    ]
    assert opened.rights[Right.PUBLISH] == (Role.HEAD,)
    assert (opened.operators[1].country, opened.operators[1].expires) == ("SN", "2027-01-31")
    assert opened.desk.rules == "rules.toml"
    assert opened.room.countries == ("FR", "BE", "SN")


def test_what_the_readme_says_of_rules_deadlines_and_lists_loads() -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    section = readme.partition("### Rules, deadlines and lists\n")[2].partition("\n### ")[0]
    declared, rules = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    opened = room(BRAND + declared)
    assert opened.deadlines[0].first == 1800.0
    assert opened.rights[Right.PUBLISH] == (Role.HEAD,)
    assert [rule.name for rule in read_rules(Document(rules, opened.desk.rules))] == ["press at night", "thanks"]


def _is_toml(line: str) -> bool:
    try:
        tomllib.loads(line.removeprefix("# "))
    except tomllib.TOMLDecodeError:
        return False
    return line.startswith("# ")


def test_a_brand_alone_is_a_room_with_one_feed() -> None:
    found = room(BRAND)
    assert found.room.name == "Aurelia"
    assert [(f.name, f.query) for f in found.feeds] == [("Aurelia", "")]
    assert found.room.countdown == 20


def test_the_room_may_have_a_name_of_its_own() -> None:
    assert room(f"[room]\nname = 'Newsroom'\n{BRAND}").room.name == "Newsroom"
    assert room("[room]\nname = 'Newsroom'\n").brand.name == "Newsroom"


def test_without_operators_whoever_comes_is_head() -> None:
    assert room(BRAND).operator(None).name == system_user()
    assert room(BRAND).operator("Zoé").role is Role.HEAD


def test_the_only_operator_needs_no_name() -> None:
    assert room(f"{BRAND}[[operator]]\nname = 'Léa'\n").operator(None).name == "Léa"


def test_of_several_one_must_be_named_in_any_case_of_letters() -> None:
    assert room(TWO).operator("AMADOU").role is Role.HEAD
    assert room(TWO).operator("léa").role is Role.COMMUNITY
    for name in (None, "Zoé", "L"):
        with pytest.raises(Missing, match="Léa, Amadou"):
            room(TWO).operator(name)


def test_the_systems_user_is_taken_where_it_is_declared() -> None:
    assert room(f"{TWO}[[operator]]\nname = '{system_user()}'\n").operator(None).name == system_user()
