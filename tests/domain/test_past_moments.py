"""Moments that are past, as people type them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialroom.domain.errors import Missing
from socialroom.domain.past_moments import LONGEST_AGO, parse_past

PARIS = ZoneInfo("Europe/Paris")
NOW = datetime(2026, 11, 25, 15, 30, tzinfo=UTC)  # 16:30 in Paris, a Wednesday


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("", "2026-11-25 16:30"),
        ("now", "2026-11-25 16:30"),
        ("Maintenant", "2026-11-25 16:30"),
        ("14:30", "2026-11-25 14:30"),
        ("à 9h", "2026-11-25 09:00"),
        ("18:00", "2026-11-24 18:00"),
        ("hier", "2026-11-24 12:00"),
        ("Hier 9h30", "2026-11-24 09:30"),
        ("hier à 9h30", "2026-11-24 09:30"),
        ("yesterday at 18:05", "2026-11-24 18:05"),
        ("avant-hier 8h", "2026-11-23 08:00"),
        ("today 08:00", "2026-11-25 08:00"),
        ("3 h ago", "2026-11-25 13:30"),
        ("il y a 3 h", "2026-11-25 13:30"),
        ("20 min", "2026-11-25 16:10"),
        ("2d", "2026-11-23 16:30"),
        ("2026-11-20", "2026-11-20 12:00"),
        ("2026-11-20 7:15", "2026-11-20 07:15"),
    ],
)
def test_what_is_typed_is_understood(text: str, local: str) -> None:
    assert parse_past(text, NOW, PARIS).astimezone(PARIS).strftime("%Y-%m-%d %H:%M") == local


@pytest.mark.parametrize(
    "text",
    [
        "tomorrow",
        "2026-11-26",
        "today 18:00",
        "25:00",
        "2026-02-31",
        "2020-01-01",
        "soon",
        "3",
        "x" * 100,
        "3 parsecs ago",
    ],
)
def test_what_is_to_come_or_no_moment_is_refused(text: str) -> None:
    with pytest.raises(Missing):
        parse_past(text, NOW, PARIS)


@given(st.text() | st.from_regex(r"[0-9]{1,4}[ :h-][0-9a-z]{0,4}( ago)?", fullmatch=True))
def test_whatever_is_typed_it_is_past_or_refused(text: str) -> None:
    try:
        at = parse_past(text, NOW, PARIS)
    except Missing:
        return
    assert NOW - LONGEST_AGO <= at <= NOW
    assert at.utcoffset() == timedelta(0)
