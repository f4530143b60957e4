"""Posts as cells: what is said, and that no text whatever breaks the grid or reaches the terminal raw."""

from __future__ import annotations

from datetime import timedelta

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from support.posts import NOON, post

from socialroom.domain.case import Case
from socialroom.domain.person import Author
from socialroom.domain.post import Counts, Media, Post, PostKind
from socialroom.domain.text import SafeText, is_clean
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.tui import _wrap, feed_paint
from socialroom.tui._wrap import ELLIPSIS, cells, fit, wrap
from socialroom.tui.feed_paint import paint, palette

THEME = palette({}, "#000000")


def lines(item: Post, width: int = 60, **more: object) -> list[str]:
    strips = paint(item, width, now=NOON, theme=THEME, **more)  # type: ignore[arg-type]
    assert all(strip.cell_length == cell_len(strip.text) == width for strip in strips)
    return [strip.text.rstrip() for strip in strips]


def one(**fields: object) -> Post:
    plain: dict[str, object] = {
        "network": "mastodon",
        "kind": PostKind.MENTION,
        "text": SafeText("The network is down since this morning"),
        "author": Author(id="1", handle=SafeText("camille@m.example"), name=SafeText("Camille Roux"), verified=True),
        "tone": Tone(label=ToneLabel.NEGATIVE, score=-0.6),
        "language": Language(code="en"),
        "counts": Counts(replies=1, reposts=12, likes=1234),
        "at": NOON - timedelta(minutes=5),
        "title": SafeText(""),
        "media": (),
        "warning": SafeText(""),
    }
    return post(1, **(plain | fields))  # type: ignore[arg-type]


def test_a_post_says_who_where_when_what_and_how() -> None:
    assert lines(one(), 70) == [
        "  MAS ✓ Camille Roux @camille@m.example                             5m",
        "  The network is down since this morning",
        "  ▼ negative · en · mention · 1 reply · 12 reposts · 1,234 likes",
    ]


def test_counts_that_do_not_fit_are_left_out_whole() -> None:
    assert lines(one(), 40)[-1] == "  ▼ negative · en · mention · 1 reply"


def test_unscored_is_said_and_is_not_neutral() -> None:
    assert "□ unscored" in lines(one(tone=Tone(reason="no engine")))[-1]
    assert "■ neutral" in lines(one(tone=Tone(label=ToneLabel.NEUTRAL)))[-1]
    assert "▲ positive" in lines(one(tone=Tone(label=ToneLabel.POSITIVE)))[-1]
    assert "□ unscored" in lines(one(tone=None))[-1]


def test_what_many_say_is_shown_with_their_number_and_a_flood_by_its_name() -> None:
    assert any("×12 · flood" in line for line in lines(one(duplicates=11, flood=True)))
    assert not any("×" in line or "flood" in line for line in lines(one()))


def test_who_answers_and_who_answered() -> None:
    item = one()
    claimed = Case(id=item.conversation, claimed_by="Léa", claimed_until=NOON + timedelta(minutes=10))
    assert lines(item, case=claimed, operator="Marc")[-1].startswith("  ↩ Léa is answering · ")
    assert lines(item, case=claimed, operator="Léa")[-1].startswith("  ↩ you are answering · ")
    late = claimed.changed(claimed_until=NOON)
    assert "answering" not in lines(item, case=late)[-1]
    assert lines(item, case=claimed.changed(answered=(item.uri,), answered_by="Léa"))[-1].startswith(
        "  ✓ answered by Léa"
    )
    assert lines(item, case=Case(id="c", done_by="Marc", done_at=NOON))[-1].startswith("  ✓ done by Marc")


def test_attachments_are_named_with_their_alt_text_or_without() -> None:
    said = lines(
        one(
            media=(
                Media(kind="image", alt=SafeText("A red light")),
                Media(kind="video"),
                Media(kind="link", url="https://a.example/"),
            )
        )
    )
    assert said[2:5] == ["  ▣ image: A red light", "  ▣ video, no alt text", "  ▣ link: https://a.example/"]
    many = lines(one(media=tuple(Media(kind="image") for _ in range(5))))
    assert many[4] == "  ▣ 3 more attachments"


def test_a_warning_folds_the_text_until_it_is_opened() -> None:
    item = one(warning=SafeText("politics"))
    folded = lines(item)
    assert folded[1] == "  ▸ warning: politics · open to read"
    assert not any("network is down" in line for line in folded)
    assert any("network is down" in line for line in lines(item, whole=True))


def test_a_press_title_stands_first_and_bold() -> None:
    strips = paint(one(title=SafeText("Outage in Lyon"), network="feeds"), 60, now=NOON, theme=THEME)
    assert strips[1].text.strip() == "Outage in Lyon"
    assert next(s for s in strips[1] if "Outage" in s.text).style.bold


def test_selection_marks_and_news_are_signs_and_not_only_colours() -> None:
    assert all(line.startswith("▌") for line in lines(one(), selected=True))
    assert lines(one(), marked=True)[0].startswith(" ◆")
    assert lines(one(), unread=True)[0].startswith(" •")
    assert lines(one(), selected=True, marked=True)[0].startswith("▌◆")


def test_withdrawn_is_one_line_without_the_words() -> None:
    said = lines(one(), withdrawn=True)
    assert len(said) == 1
    assert "withdrawn" in said[0]
    assert "Camille" not in said[0]


def test_a_long_text_ends_in_an_ellipsis_in_a_feed_and_is_whole_in_a_thread() -> None:
    item = one(text=SafeText("word " * 400))
    assert len(lines(item)) == 1 + feed_paint.TEXT_LINES + 1
    assert lines(item)[-2].endswith(ELLIPSIS)
    assert sum(line.count("word") for line in lines(item, whole=True)) == 400


def test_no_name_reaches_the_column_of_the_verified_mark() -> None:
    author = Author(id="1", handle=SafeText("x.example"), name=SafeText("✓ Aurelia ✓"), verified=False)
    assert lines(one(author=author))[0][5:8] == "   "[:3].replace("   ", "   ")
    assert lines(one())[0][6] == "✓"


def test_markup_is_shown_as_it_is_written() -> None:
    text = "[b]bold[/b] [/] [@click=app.quit]x[/] [link=x] \\[red]"
    assert lines(one(text=SafeText(text)))[1].strip() == text


@pytest.mark.parametrize("field", ["text", "title", "warning"])
def test_what_is_not_clean_is_cleaned_and_counted(field: str) -> None:
    before = feed_paint.unclean_seen
    evil = SafeText(f"a\x1b]0;owned\x1b\\b {field}")
    said = lines(one(**{field: evil}))
    assert all("\x1b" not in line for line in said)
    assert feed_paint.unclean_seen > before


words = st.text(st.characters(codec="utf-8"), max_size=60)
hostile = st.lists(
    st.one_of(
        words,
        st.sampled_from(
            [
                "\x1b[2J",
                "👨‍👩‍👧‍👦",
                "🇫🇷",
                "日本語",
                "مرحبا",
                "e" + "\u0301" * 50,
                "\u202e",
                "[/]",
                "a" * 300,
                "🖼️",
                "\n\n",
                "\u200d",
                "1️⃣",
            ]
        ),
    ),
    max_size=12,
).map("".join)


@settings(max_examples=200, deadline=None)
@example(text="", name="", alt="\u0600\u200d", width=16, whole=False)
@given(hostile, hostile, hostile, st.integers(16, 160), st.booleans())
@example("👨‍👩‍👧‍👦" * 30, "日" * 99, "\u0301", 17, False)
def test_every_line_is_clean_and_exactly_as_wide_as_asked(
    text: str, name: str, alt: str, width: int, whole: bool
) -> None:
    item = one(
        text=SafeText(text),
        author=Author(id="1", handle=SafeText(alt), name=SafeText(name)),
        title=SafeText(name),
        media=(Media(kind="image", alt=SafeText(alt)),),
        network=alt[:5] or "x",
    )
    for strip in paint(item, width, now=NOON, theme=THEME, whole=whole, case=Case(id="c", done_by=name, done_at=NOON)):
        assert strip.cell_length == width
        assert cell_len(strip.text) == width
        assert is_clean(strip.text)


class TestWrap:
    @settings(max_examples=200, deadline=None)
    @given(hostile, st.integers(2, 100), st.integers(0, 9))
    def test_lines_fit_and_nothing_is_lost(self, text: str, width: int, limit: int) -> None:
        wrapped = wrap(text, width, limit)
        assert all(cells(line) <= max(width, 2) for line in wrapped)
        if limit:
            assert len(wrapped) <= limit
        else:
            assert "".join("".join(wrapped).split()) == "".join(text.split())

    def test_words_stay_whole_where_they_fit(self) -> None:
        assert wrap("one two three four", 9) == ("one two", "three", "four")

    def test_no_line_ends_at_a_space_that_does_not_break(self) -> None:
        assert wrap("Et quoi\u202f? À 12\u00a0h", 7) == ("Et", "quoi\u202f?", "À 12\u00a0h")

    def test_scripts_without_spaces_fill_their_lines(self) -> None:
        assert wrap("ab 日本語のテキスト", 9) == ("ab 日本語", "のテキス", "ト")

    def test_a_family_is_never_torn_apart(self) -> None:
        family = "👨‍👩‍👧"
        assert wrap(family * 3, 4) == (family * 2, family)

    @given(st.text(st.characters(min_codepoint=0x3000, max_codepoint=0xA000)))
    def test_signs_of_chinese_and_japanese_are_told_apart_as_the_pattern_does(self, text: str) -> None:
        assert _wrap._graphemes(text) == regex.findall(r"\X", text)

    def test_paragraphs_are_kept_apart_only_in_a_thread(self) -> None:
        assert wrap("a\n\n\n\nb", 9) == ("a", "", "b")
        assert wrap("a\n\n\n\nb", 9, 5) == ("a", "b")

    def test_fit_ends_in_an_ellipsis(self) -> None:
        assert fit("abcdef", 4) == "abc…"
        assert fit("日本語", 4) == "日…"
        assert fit("abc", 3) == "abc"
        assert fit("abc", 0) == ""
