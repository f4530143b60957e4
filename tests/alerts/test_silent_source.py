"""The rule for sources that say nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.windows import NOON, slot, steady, window

from socialroom.alerts.silent_source import RULE, SilentSourceSettings
from socialroom.domain.alert import Finding
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import SafeText

NOW = NOON + timedelta(minutes=1)
WEEK = NOON - timedelta(days=8)


def source(
    name: str = "press",
    status: SourceStatus = SourceStatus.POLLING,
    good: float | None = 30,
    interval: float | None = 60,
) -> SourceState:
    last = None if good is None else NOW - timedelta(seconds=good)
    return SourceState(
        name=name, network="feeds", title=SafeText("Feeds"), status=status, last_good_at=last, interval=interval
    )


def look(*sources: SourceState, awake: datetime = NOW - timedelta(days=1), **more: object) -> dict[str, Finding]:
    rule = RULE.build(SilentSourceSettings())
    return {f.key: f for f in rule.look(window(NOW, sources=sources, awake_since=awake, **more))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("state", "silent"),
    [
        (source(good=30), False),
        (source(good=299), False),
        (source(good=301), True),
        (source(good=301, interval=600), False),
        (source(good=3001, interval=600), True),
        (source(status=SourceStatus.WAITING, good=20), False),
        (source(status=SourceStatus.WAITING, good=400), True),
        (source(status=SourceStatus.LIVE, good=40_000, interval=None), False),
        (source(status=SourceStatus.STARTING, good=None), True),
        (source(status=SourceStatus.STOPPED, good=5), True),
        (source(status=SourceStatus.STOPPED, good=None), True),
    ],
)
def test_a_source_is_silent_when_its_last_good_answer_is_five_intervals_old_or_it_stopped(
    state: SourceState, silent: bool
) -> None:
    assert bool(look(state)) is silent


def test_the_line_says_since_when() -> None:
    assert str(look(source(good=601))["silent:press"].headline) == "press is silent · last good at 11:50"
    stopped = look(source(status=SourceStatus.STOPPED, good=None))["silent:press"]
    assert str(stopped.headline) == "press stopped, a person must act · it never answered"


def test_after_a_sleep_or_a_start_sources_get_their_time_first() -> None:
    assert not look(source(good=8 * 3600), awake=NOW - timedelta(seconds=20))
    assert look(source(good=8 * 3600), awake=NOW - timedelta(seconds=301))
    assert not look(source(status=SourceStatus.STARTING, good=None), awake=NOW - timedelta(seconds=20))


def test_when_most_are_silent_at_once_it_is_one_incident() -> None:
    found = look(*(source(f"s{i}", good=900) for i in range(4)), source("alive"))
    assert [k for k, f in found.items() if f.rings] == ["silent:*"]
    assert str(found["silent:*"].headline) == "4 of 5 sources are silent: s0, s1, s2, s3"
    assert found["silent:*"].severity == 3


def test_far_fewer_posts_than_on_other_days_are_silence_too() -> None:
    stops = {"source:press": steady(4, WEEK, NOON - timedelta(minutes=90))}
    found = look(source(), before=stops, heard_since=WEEK)["silent:press"]
    assert str(found.headline) == "press · 0 posts in 1 h, at least 48 on other days"
    live = look(source(status=SourceStatus.LIVE, interval=None, good=4000), before=stops, heard_since=WEEK)
    assert live["silent:press"].rings


def test_an_ordinary_night_is_no_silence() -> None:
    shape = {s: (0 if (s // 12) % 24 in (11, 12) else 6) for s in range(slot(WEEK), slot(NOON))}
    assert look(source(), before={"source:press": shape}, heard_since=WEEK) == {}


def test_a_source_that_brings_little_is_not_judged_by_its_counts() -> None:
    rare = {"source:press": dict.fromkeys(range(slot(WEEK), slot(NOON) - 30, 100), 1)}
    assert look(source(), before=rare, heard_since=WEEK) == {}


def test_a_source_that_is_read_once_an_hour_is_not_silent_in_between() -> None:
    read = {"source:press": steady(4, WEEK, NOON - timedelta(minutes=70))}
    assert look(source(good=3500, interval=3600), before=read, heard_since=WEEK) == {}


def test_three_days_must_be_known_first() -> None:
    stops = {"source:press": steady(4, WEEK, NOON - timedelta(minutes=90))}
    assert look(source(), before=stops, heard_since=NOON - timedelta(days=3)) == {}


def test_what_was_lost_in_a_sleep_is_not_the_sources_silence() -> None:
    stops = {"source:press": steady(4, WEEK, NOON - timedelta(minutes=90))}
    assert look(source(), before=stops, heard_since=WEEK, awake=NOW - timedelta(minutes=30)) == {}
