from __future__ import annotations

import pytest
import regex
from hypothesis import example, given
from hypothesis import strategies as st

from socialroom.domain.counting import CountRule, measure
from socialroom.domain.entities import entities
from socialroom.domain.splitting import split

PLAIN = CountRule(counter="graphemes", limit=40)
MASTODON = CountRule(counter="mastodon", limit=60, url_cost=23)
RULES = [
    PLAIN,
    MASTODON,
    CountRule(counter="bluesky", limit=50, byte_limit=120),
    CountRule(counter="utf-16", limit=40),
    CountRule(counter="x weighted", limit=40, opening_free=True),
    CountRule(counter="bytes", limit=64),
    CountRule(counter="code points", limit=40),
]
pieces = st.sampled_from(
    [
        " ", " ", "\n", "\n\n", "\r\n", "\u202f!", "\u00a0?", ". ", "… ", "word", "mot", "été",
        "e\u0301", "👩‍👩‍👧‍👦", "🇫🇷", "日本語。", "“yes.” ",
        "@lea", "@lea@mastodon.example", "@ann.bsky.example", "#tag", "https://example.com/" + "a" * 30, "http://a.b/?q=é",
        "x" * 70, "a" + "\u0301" * 50, "\ud83d", "\u200b", "\x00",
    ]
)  # fmt: skip
texts = st.one_of(st.text(st.characters()), st.lists(pieces, max_size=60).map("".join))


def bare(text: str) -> str:
    return "".join(text.split())


@given(texts, st.sampled_from(RULES), st.booleans(), st.sampled_from(["", "@lea ", "@lea@mastodon.example "]))
@example("@lea ", PLAIN, True, "@lea ")
@example(" " * 500, PLAIN, True, "@lea ")
@example("x" * 5_000, CountRule(counter="bytes", limit=30), True, "")
def test_parts_fit_and_are_the_text_again(text: str, rule: CountRule, numbered: bool, opening: str) -> None:
    parts = split(text, rule, numbered=numbered, opening=opening)
    assert parts
    assert not [p for p in parts if measure(p, rule).over]
    assert not [p for p in parts if not p.startswith(opening.strip()) and p is not parts[0]]
    if numbered and len(parts) > 1:
        assert [p.rpartition(" ")[2] for p in parts] == [f"{n}/{len(parts)}" for n in range(1, len(parts) + 1)]
        parts = [p.rpartition(" ")[0] for p in parts]
    rest = [p.removeprefix(opening) for p in parts[1:]]
    assert bare("".join([parts[0], *rest])) in (bare(text), bare(opening + text))


@given(st.lists(pieces, min_size=10, max_size=60).map("".join), st.sampled_from(RULES[:3]))
def test_nothing_that_would_fit_a_part_is_cut(text: str, rule: CountRule) -> None:
    parts = split(text, rule, numbered=False)
    places, at = set[int](), 0
    for part in parts:
        start = text.index(part, at)
        places |= {start, start + len(part)}
        at = start + len(part)
    units = [(m.start(), m.end()) for m in regex.finditer(r"\X", text)]
    units += [(e.start, e.end) for e in entities(text, rule)]
    for start, end in units:
        if not measure(text[start:end], rule).over:
            assert not [p for p in places if start < p < end], text[start:end]


def test_a_text_that_fits_is_one_part_as_typed() -> None:
    assert split("  two\n\nlines ", PLAIN) == ["  two\n\nlines "]
    assert split("Bonjour", PLAIN, opening="@lea ") == ["@lea Bonjour"]
    assert split("@Lea bonjour", PLAIN, opening="@lea ") == ["@Lea bonjour"]
    assert split("@leandra bonjour", PLAIN, opening="@lea ") == ["@lea @leandra bonjour"]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "The shop opens at nine.\n\nThe café opens at ten o’clock every day.",
            ["The shop opens at nine. 1/3", "The café opens at ten o’clock every 2/3", "day. 3/3"],
        ),
        (
            "One two three four. Five six seven eight nine ten.",
            ["One two three four. 1/2", "Five six seven eight nine ten. 2/2"],
        ),
        (
            "one two three four five six seven eight nine ten",
            ["one two three four five six seven 1/2", "eight nine ten 2/2"],
        ),
        (
            "Êtes-vous là, mais vraiment toujours là\u202f! Oui.",
            ["Êtes-vous là, mais vraiment toujours 1/2", "là\u202f! Oui. 2/2"],
        ),
        ("営業は九時からです。" * 5, ["営業は九時からです。" * 3 + " 1/2", "営業は九時からです。" * 2 + " 2/2"]),
    ],
)  # fmt: skip
def test_breaks_are_where_a_reader_breathes(text: str, parts: list[str]) -> None:
    assert split(text, PLAIN) == parts


def test_every_part_names_whom_and_pays_for_it() -> None:
    parts = split("@lea one two three four five six seven eight nine ten", PLAIN, opening="@lea ")
    assert parts == ["@lea one two three four five six 1/2", "@lea seven eight nine ten 2/2"]


def test_a_link_is_not_cut_and_costs_what_the_network_says() -> None:
    link = "https://example.com/" + "a" * 100
    parts = split(f"Read all about the opening of the new shop here, please: {link} and then come.", MASTODON)
    assert parts == ["Read all about the opening of the new shop here, please: 1/2", f"{link} and then come. 2/2"]


def test_more_than_nine_parts_are_numbered_by_two_digits() -> None:
    parts = split("word " * 100, PLAIN)
    assert len(parts) > 9
    assert parts[0].endswith(f" 1/{len(parts)}")
    assert not [p for p in parts if measure(p, PLAIN).over]


def test_a_limit_too_small_for_anything_still_ends() -> None:
    assert "".join(split("abc", CountRule(counter="graphemes", limit=1), numbered=False)) == "abc"
    assert len(split("abc", CountRule(counter="graphemes", limit=2))) == 3
