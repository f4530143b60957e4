from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.counting import CountRule
from socialroom.domain.entities import entities

BLUESKY = CountRule(counter="bluesky", limit=300, byte_limit=3000)
MASTODON = CountRule(counter="mastodon", limit=500, url_cost=23)
POSTS = CountRule(counter="code points")
LONG = "https://example.com/" + "a" * 40


def found(text: str, rule: CountRule) -> list[tuple[str, str, str, str]]:
    return [(str(e.kind), text[e.start : e.end], e.shown, e.target) for e in entities(text, rule)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", []),
        ("@lea hello", [("mention", "@lea", "@lea", "lea")]),
        ("hi @lea@far.example.", [("mention", "@lea@far.example", "@lea", "lea@far.example")]),
        ("mail lea@far.example", []),
        ("(#café, #2026 #x2)", [("tag", "#café", "#café", "café"), ("tag", "#x2", "#x2", "x2")]),
        ("https://www.example.com/#top", [("link", "https://www.example.com/#top", "example.com/#top", "https://www.example.com/#top")]),
        ("(see http://a.example/b).", [("link", "http://a.example/b", "a.example/b", "http://a.example/b")]),
        (LONG, [("link", LONG, "example.com/" + "a" * 18 + "…", LONG)]),
    ],
)  # fmt: skip
def test_what_mastodon_reads(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert found(text, MASTODON) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("🎉 @ann.bsky.example!", [("mention", "@ann.bsky.example", "@ann.bsky.example", "ann.bsky.example")]),
        ("@lea alone is text", []),
        ("#1 #café", [("tag", "#café", "#café", "café")]),
        ("(https://a.example/b_(c))!", [("link", "https://a.example/b_(c)", "https://a.example/b_(c)", "https://a.example/b_(c)")]),
        ("https://", []),
    ],
)  # fmt: skip
def test_what_bluesky_reads(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert found(text, BLUESKY) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@lea hello #café #1", [("mention", "@lea", "@lea", "lea"), ("tag", "#café", "#café", "café")]),
        ("see www.test.com/a!", [("link", "www.test.com/a", "test.com/a", "http://www.test.com/a")]),
        ("mail lea@test.com", []),
        ("“test.com”", [("link", "test.com", "test.com", "http://test.com")]),
    ],
)
def test_what_x_reads(text: str, expected: list[tuple[str, str, str, str]]) -> None:
    assert found(text, CountRule(counter="x weighted", limit=280)) == expected


def test_bytes_are_those_of_utf_8() -> None:
    text = "🎉é @ann.example #été"
    mention, tag = entities(text, BLUESKY)
    whole = text.encode()
    assert whole[mention.byte_start : mention.byte_end].decode() == "@ann.example"
    assert whole[tag.byte_start : tag.byte_end].decode() == "#été"
    assert (mention.byte_start, mention.start) == (7, 3)


@given(
    st.text(st.characters()) | st.text("@#:/.aé🎉 ht\ud800-_", max_size=80),
    st.sampled_from([BLUESKY, MASTODON, POSTS, CountRule(counter="x weighted")]),
)
def test_entities_stand_in_order_and_both_offsets_name_the_same_place(text: str, rule: CountRule) -> None:
    whole = text.encode("utf-8", "surrogatepass")
    at = 0
    for one in entities(text, rule):
        assert at <= one.start < one.end <= len(text)
        at = one.end
        assert whole[one.byte_start : one.byte_end] == text[one.start : one.end].encode("utf-8", "surrogatepass")
