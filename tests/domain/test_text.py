from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain import text as text_module
from socialroom.domain.text import clean, clean_line, is_clean, removed, visible

ALLOWED_FORMAT = {"\u200c", "\u200d"} | {chr(c) for c in (*range(0x600, 0x606), 0x6DD, 0x70F, 0x890, 0x891, 0x8E2)}
NASTY = st.sampled_from(
    [
        *list("\x00\x07\x1b\x9b\x9d\x7f\t\r\n\u202e\u2066\u200b\u200c\u200d︎️︀́҉\u2028ae👩👨❤کम्漢 \ue000�"),
        "\U000e0067",
        "\U000e007f",
        "🏴",
        "🏻",
        "󠄀",
        "👩\u200d🚀",
        "́" * 7,
        "ّ" * 3,
    ],
)
HOSTILE = st.one_of(st.text(st.characters()), st.lists(NASTY, max_size=60).map("".join))


def assert_safe(text: str) -> None:
    for character in text:
        kind = unicodedata.category(character)
        assert kind not in {"Cs", "Co"}, hex(ord(character))
        assert kind != "Cc" or character == "\n", hex(ord(character))
        flag = "\U0001f3f4" in text and 0xE0020 <= ord(character) <= 0xE007F
        drawn = ord(character) in {0x110BD, 0x110CD}
        assert kind != "Cf" or flag or drawn or character in ALLOWED_FORMAT, hex(ord(character))
    text.encode()


@given(HOSTILE)
def test_cleaned_text_holds_nothing_a_terminal_or_a_reader_could_be_tricked_with(text: str) -> None:
    assert_safe(clean(text))
    assert_safe(clean_line(text))
    assert_safe(visible(text))


@given(HOSTILE, st.integers(0, 40), st.integers(1, 5))
def test_cleaning_twice_is_cleaning_once(text: str, limit: int, lines: int) -> None:
    for once in (clean(text, limit, lines), clean(text)):
        assert is_clean(once)
    assert clean(clean(text)) == clean(text)
    short = clean(text, limit, lines)
    assert clean(short, limit, lines) == short
    assert len(short) <= limit
    line = clean_line(text, limit)
    assert clean_line(line, limit) == line
    assert len(line) <= limit
    assert "\n" not in line


@given(HOSTILE)
def test_is_clean_says_exactly_whether_cleaning_changes_something(text: str) -> None:
    assert is_clean(text) == (clean(text, 10**6, 10**6) == text)
    assert is_clean(visible(text))


@given(HOSTILE)
def test_nothing_is_named_as_removed_from_a_clean_text(text: str) -> None:
    assert removed(clean(text)) == []


@pytest.mark.parametrize(
    ("hostile", "safe"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("\x1b[2J", "␛[2J"),
        ("a\x9b31mb", "a�31mb"),
        ("a\x7fb", "a␡b"),
        ("pay \u202etxt.exe", "pay txt.exe"),
        ("a\u2066b\u2069\u061c\u200e\u200f", "ab"),
        ("zero\u200bwidth\u2060\ufeff\u00ad\u180e", "zerowidth"),
        ("a\r\nb\rc\u2028d\u2029e", "a\nb\nc\nd\ne"),
        ("a\tb", "a    b"),
        ("\ud83d", "�"),
        ("\ue000\U000f0000", "��"),
        ("\U000e0041\U000e0042 hidden", " hidden"),
        (
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
            "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",
        ),
        ("👩\u200d🚀 ❤\ufe0f 1\ufe0f\u20e3", "👩\u200d🚀 ❤\ufe0f 1\ufe0f\u20e3"),
        ("ad\u200dmin\ufe0f", "admin"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("क्\u200dष", "क्\u200dष"),
        ("e" + "\u0301" * 10_000, "e" + "\u0301" * 8),
        ("Ça coûte 12\u00a0€\u202f! ñ ü 日本語 مرحبا", "Ça coûte 12\u00a0€\u202f! ñ ü 日本語 مرحبا"),
        ("[@click=app.quit]x[/]", "[@click=app.quit]x[/]"),
        ("", ""),
    ],
)
def test_hand_written_cases(hostile: str, safe: str) -> None:
    assert clean(hostile) == safe
    assert is_clean(hostile) == (hostile == safe)


def test_caps_say_that_they_cut() -> None:
    assert clean("abcdef", 4) == "abc…"
    assert clean("a\nb\nc\nd", lines=3) == "a\nb\n…"
    assert clean("\u200b" * 200_000 + "x", 5) == "…"
    assert clean("ae\u0301e\u0301", 4) == "ae\u0301…"
    assert clean_line("a\nb\r\nc") == "a b c"


def test_a_long_chain_of_joined_emoji_is_broken_up() -> None:
    assert clean("👩" + "\u200d👩" * 500).count("\u200d") < 460


def test_our_own_draft_shows_what_would_go() -> None:
    assert visible("a\u202eb\x1b") == "a␦b␛"
    assert visible("e" + "\u0301" * 12) == "e" + "\u0301" * 8 + "␦"
    assert removed("a\u202eb\u200bc\u202e") == ["U+202E RIGHT-TO-LEFT OVERRIDE", "U+200B ZERO WIDTH SPACE"]
    assert removed("plain\ttext\r\n") == []


@given(
    st.text(st.characters(max_codepoint=0x20FF), max_size=40)
    | st.text(st.sampled_from("aé\u00a0\u00ad…“\u0301\u20dd\ufe0f\n"))
)
def test_what_is_taken_as_plain_at_a_glance_holds_nothing_that_cleaning_looks_for(text: str) -> None:
    for at_a_glance in (text_module._plain, text_module._without_marks):
        assert not at_a_glance(text) or text_module._SUSPICIOUS.search(text) is None
