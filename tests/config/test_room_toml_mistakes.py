"""A broken room.toml names file, line, key and the fix, whatever is wrong with it; never a traceback."""

from __future__ import annotations

import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from socialroom import locale
from socialroom.bootstrap.building import build_room
from socialroom.config.paths import place
from socialroom.config.reading import Document
from socialroom.config.sample import sample
from socialroom.config.settings import build, load
from socialroom.domain.errors import ConfigError

BRAND = '[brand]\nname = "Aurelia"\n'
SOURCE = '[[source]]\nnetwork = "mastodon"\nurl = "https://mastodon.example"\n'

# text of the file, line of the mistake, its key, what the fix names
MISTAKES = {
    "not TOML": ('[room\nname = "x"', 1, "", "quotes"),
    "a text without quotes": (f"{BRAND}words = [aurelia]", 3, "", "quotes"),
    "the same table twice": ("[brand]\nname = 'a'\n[brand]\n", 3, "", "Correct that line"),
    "a number beyond all bounds": (f"[room]\ncountdown = {'9' * 5000}\n", 0, "", "Correct that line"),
    "lists without end": (f"{BRAND}words = {'[' * 3000}", 0, "", ""),
    "no brand": ('[[feed]]\nname = "x"\n', 0, "brand", "name = …"),
    "an unknown table": (f'{BRAND}\n[fed]\nname = "x"\n', 4, "fed", "Did you mean feed?"),
    "an unknown table like none": (f"{BRAND}\n[zzz]\n", 4, "zzz", "retention"),
    "a table that is a list": ('[[brand]]\nname = "x"\n', 1, "brand", "[brand]"),
    "a list that is a table": (f'{BRAND}[feed]\nname = "x"\n', 3, "feed", "[[feed]]"),
    "a list of texts": (f'feed = ["x"]\n{BRAND}', 1, "feed", "[[feed]]"),
    "a misspelt key": (f"[room]\ncuntdown = 3\n{BRAND}", 2, "room.cuntdown", "Did you mean countdown?"),
    "an unknown key like none": (f"{BRAND}zzz = 3\n", 3, "brand.zzz", "words"),
    "a missing key": ('[brand]\nwords = ["x"]\n', 1, "brand", "name = …"),
    "a missing key in the second table": (
        f"{BRAND}[[operator]]\nname = 'Léa'\n[[operator]]\nrole = 'head'\n", 5, "operator", "name = …"),
    "a number for a text": ("# é\n[brand]\nname = 3\n", 3, "brand.name", 'name = "…"'),
    "a text for a number": (f"[room]\ncountdown = '3'\n{BRAND}", 2, "room.countdown", "without quotes"),
    "a text for a list": (f'{BRAND}words = "x"\n', 3, "brand.words", '["…"]'),
    "a number in a list of texts": (f'{BRAND}words = [\n  "x",\n  3,\n]\n', 3, "brand.words", "quotes"),
    "a text for a truth": (f'[room]\ndemo = "no"\n{BRAND}', 2, "room.demo", "true"),
    "a number out of bounds": (f"[room]\ncountdown = 301\n{BRAND}", 2, "room.countdown", "<= 300"),
    "a number that is none": (f"[room]\ncountdown = nan\n{BRAND}", 2, "room.countdown", ""),
    "an age without end": (f"{BRAND}[retention.mastodon]\ndays = inf\n", 4, "retention.mastodon.days", "36500"),
    "an unknown role": (f"{BRAND}[[operator]]\nname = 'Léa'\nrole = 'boss'\n", 5, "operator.role", "head, manager"),
    "a role of another case": (f"{BRAND}[[operator]]\nname = 'Léa'\nrole = 'heads'\n", 5, "operator.role", "head?"),
    "an unknown keyboard": (f"{BRAND}[keys]\nlayout = 'bépo'\n", 4, "keys.layout", "azerty"),
    "an unknown language of the console": (f"[room]\nlanguage = 'de'\n{BRAND}", 2, "room.language", "fr"),
    "no language": (f"[room]\nlanguages = ['Deutsch']\n{BRAND}", 2, "room.languages", '"fr"'),
    "a retention that is no table": (f"{BRAND}[retention]\nmastodon = 3\n", 4, "retention.mastodon", "[mastodon]"),
    "a layout that is no table": (f"{BRAND}[layout]\nwall = 3\n", 4, "layout.wall", "[layout.wall]"),
    "two operators of one name": (
        f"{BRAND}[[operator]]\nname = 'Léa'\n[[operator]]\nname = 'LÉA'\n", 6, "operator.name", "own name"),
    "a word that is none": (f"{BRAND}not = ['a', '!!']\n", 3, "brand.not", "a letter or a digit"),
    "an empty name": (f"{BRAND}[[feed]]\nname = ' '\n", 4, "feed.name", 'name = "…"'),
    "a name of invisible letters": (f'{BRAND}[[feed]]\nname = "\\u200b"\n', 4, "feed.name", 'name = "…"'),
    "two feeds of one name": (
        f'{BRAND}[[feed]]\nname = "a"\n[[feed]]\nname = "a\\u200b"\n', 6, "feed.name", "own name"),
    "a query that is none": (
        f"{BRAND}[[feed]]\nname = 'x'\nquery = 'aurelia AND'\n", 5, "feed.query", "query explain"),
    "two filters of one name": (
        f"{BRAND}[[filter]]\nname = 'a'\n[[filter]]\nname = 'A'\n", 6, "filter.name", "own name"),
    "a filter without a name": (f"{BRAND}[[filter]]\nview = 'mine'\n", 3, "filter", "name = …"),
    "a view that there is not": (f"{BRAND}[[filter]]\nname = 'x'\nview = 'minee'\n", 5, "filter.view", "mine"),
    "a filter's misspelt key": (f"{BRAND}[[filter]]\nname = 'x'\ntags = 'vip'\n", 5, "filter.tags", "tag?"),
    "a filter's words that are none": (
        f"{BRAND}[[filter]]\nname = 'x'\nwords = 'a AND'\n", 5, "filter.words", "query explain"),
    "a source without a network": (f"{BRAND}[[source]]\nname = 'x'\n", 3, "source", "network = …"),
    "a network that is no text": (f"{BRAND}[[source]]\nnetwork = 3\n", 3, "source", "network = …"),
    "a source's name that is no text": (f"{BRAND}{SOURCE}name = 3\n", 6, "source.name", 'name = "…"'),
    "two sources of one name": (f"{BRAND}{SOURCE}{SOURCE}", 6, "source.name", "own name"),
}  # fmt: skip

# what only the plug-in can know
PLUG_IN_MISTAKES = {
    "an unknown network": (f"{BRAND}[[source]]\nnetwork = 'mastodn'\n", 4, "source.network", "mastodon"),
    "an unknown rule": (f"{BRAND}[[alert]]\nrule = 'spike'\n", 4, "alert.rule", "volume_spike"),
    "an unknown way to ring": (f"{BRAND}[[notify]]\nvia = 'pigeon'\n", 4, "notify.via", "webhook"),
    "an unknown store": (f"[room]\nstore = 'sqlite'\n{BRAND}", 2, "room.store", "memory"),
    "a network's own key misspelt": (f"{BRAND}{SOURCE}tag = ['x']\n", 6, "source.tag", "Did you mean tags?"),
    "a network's own key missing": (f"{BRAND}[[source]]\nnetwork = 'mastodon'\n", 3, "source", "url = …"),
    "an address without a scheme": (
        f"{BRAND}[[source]]\nnetwork = 'mastodon'\nurl = 'mastodon.example'\n", 5, "source.url", "https://"),
    "an address of a file": (
        f"{BRAND}[[source]]\nnetwork = 'feeds'\nurl = 'file:///etc/passwd'\n", 5, "source.url", "https://"),
    "an address that is none": (
        f"{BRAND}[[source]]\nnetwork = 'feeds'\nurl = 'https://[::1/x'\n", 5, "source.url", "https://"),
    "a pause of nothing": (f"{BRAND}{SOURCE}every = 0\n", 6, "source.every", "every = 60"),
    "a pause backwards": (f"{BRAND}{SOURCE}every = -5\n", 6, "source.every", "every = 60"),
    "a pause that is no number": (f"{BRAND}{SOURCE}every = nan\n", 6, "source.every", "every = 60"),
    "a timeline that there is not": (f"{BRAND}{SOURCE}timeline = 'publik'\n", 6, "source.timeline", "public"),
    "a source's query that is none": (
        f"{BRAND}[[source]]\nnetwork = 'hackernews'\nquery = '(a'\n", 5, "source.query", "query explain"),
    "a certificate that is not there": (
        f"{BRAND}[network]\nca_file = '/nowhere/ca.pem'\n", 4, "network.ca_file", ""),
    "a proxy that is none": (f"{BRAND}[network]\nproxy = 'proxy'\n", 4, "network.proxy", "http://"),
    "a deadline for no network": (
        f"{BRAND}[[deadline]]\nnetwork = 'mastodont'\nfirst = '1h'\n", 4, "deadline.network", "mastodon"),
}  # fmt: skip


def assert_named(error: ConfigError, line: int, key: str, fix: str) -> None:
    assert error.file.endswith("room.toml")
    assert error.line == line
    assert error.key == key
    told = str(error)
    place_named = f"room.toml:{line}: " if line else "room.toml: "
    assert place_named in told
    assert fix in told
    assert error.remedy, told
    assert "{" not in told, "every value of the sentence is filled in"


@pytest.mark.parametrize(("text", "line", "key", "fix"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_names_its_line_its_key_and_the_fix(tmp_path: Path, text: str, line: int, key: str, fix: str) -> None:
    file = tmp_path / "room.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert_named(caught.value, line, key, fix)


@pytest.mark.parametrize(("text", "line", "key", "fix"), PLUG_IN_MISTAKES.values(), ids=PLUG_IN_MISTAKES)
def test_a_plug_ins_mistake_does_too_and_nothing_starts(
    tmp_path: Path, text: str, line: int, key: str, fix: str
) -> None:
    file = tmp_path / "room.toml"
    file.write_text(text, encoding="utf-8")
    here = place(file, root=tmp_path / "root")
    with pytest.raises(ConfigError) as caught:
        build_room(load(file), here)
    assert_named(caught.value, line, key, fix)
    assert not (tmp_path / "root").exists()


@pytest.mark.parametrize("code", ["en", "fr"])
def test_the_sentence_is_whole_in_every_language(code: str) -> None:
    locale.use(code)
    for text, *_rest in MISTAKES.values():
        with pytest.raises(ConfigError) as caught:
            build(Document(text, "room.toml"))
        assert "{" not in str(caught.value)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="No such file"):
        load(tmp_path / "room.toml")
    with pytest.raises(ConfigError, match="socialroom init"):
        load(tmp_path)


def test_a_file_in_another_encoding_names_the_line(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_bytes('[brand]\nname = "Aurélia"\n'.encode("latin-1"))
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.line == 2
    file.write_bytes(b"\xef\xbb\xbf" + BRAND.encode())
    assert load(file).brand.name == "Aurelia"  # what some editors write before the first letter is no mistake


PIECES = st.sampled_from(
    ["[", "]", "=", '"', "'", "#", "\n", "nan", "1e999", "-1", "[[source]]", "\x85", "\u2028", "é", "''' "]
)


def told(document: Callable[[], Document]) -> ConfigError | None:
    """What is wrong with it; any other error is the test's."""
    try:
        build(document())
    except ConfigError as error:
        return error
    return None


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_no_change_of_the_file_is_a_traceback(data: st.DataObject) -> None:
    text = sample()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        until = data.draw(st.integers(at, min(len(text), at + 30)))
        text = text[:at] + data.draw(PIECES | st.text(string.printable, max_size=5)) + text[until:]
    error = told(lambda: Document(text, "room.toml"))
    if error is not None:
        assert 0 <= error.line <= text.count("\n") + 1
        assert str(error).startswith("room.toml:")


VALUES = st.recursive(
    st.one_of(st.integers(), st.floats(), st.booleans(), st.text(max_size=8), st.dates()),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(string.ascii_letters, min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
KEYS = ["name", "words", "not", "role", "network", "rule", "via", "query", "days", "posts", "countdown", "layout", "x"]
TABLES = [
    "room", "brand", "entity", "competitor", "operator", "source", "feed", "alert", "notify", "network", "retention",
    "layout", "keys",
]  # fmt: skip
TABLE = st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.sampled_from(TABLES), VALUES | TABLE | st.lists(TABLE, max_size=2), max_size=4))
@example({"retention": {"x": {"days": float("nan")}}})
def test_no_value_of_any_key_is_a_traceback(tables: dict[str, object]) -> None:
    document = Document(BRAND, "room.toml")
    document.tables = {"brand": {"name": "Aurelia"}} | tables
    error = told(lambda: document)
    assert error is None or (error.remedy and str(error))
