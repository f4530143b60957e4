"""Lines that leave nothing of a text out: what an approver reads is every sign that is sent."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.text import visible
from socialroom.tui._wrap import cells, whole

TEXTS = st.text(alphabet=st.sampled_from("ab é-\n 👍日本e\u0301\u00a0\u202e"), max_size=120)


@given(TEXTS, st.integers(1, 30))
def test_joined_again_the_lines_are_the_text_and_none_is_too_wide(text: str, width: int) -> None:
    shown = visible(text)
    lines = whole(shown, width)
    assert "".join(lines) == shown.replace("\n", "")
    assert len(lines) >= shown.count("\n") + 1
    assert all(cells(line) <= max(width, 2) for line in lines)


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("", 10, ("",)),
        ("one\n\n\ntwo", 10, ("one", "", "", "two")),
        ("two  spaces  stay", 20, ("two  spaces  stay",)),
        ("one two three", 8, ("one two ", "three")),
        ("  leading", 20, ("  leading",)),
        ("unbreakable", 4, ("unbr", "eaka", "ble")),
    ],
)
def test_it_breaks_at_words_and_keeps_every_space_and_empty_line(text: str, width: int, lines: tuple[str, ...]) -> None:
    assert whole(text, width) == lines
