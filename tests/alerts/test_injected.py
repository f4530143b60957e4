"""Things of known size, thrown into two weeks of usual traffic: each rings or stays quiet, and the table says when.

`pytest -s tests/alerts/test_injected.py` prints it. Delays are in minutes from the first post of the thing (or from the
last good answer of a source); the room looks once a minute here.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest
from support.ringing_room import WORD, RingingRoom
from support.windows import NOON, said, slot

from socialroom.alerts.keyword import RULE as KEYWORD
from socialroom.alerts.keyword import KeywordSettings
from socialroom.alerts.negative_share import RULE as NEGATIVE
from socialroom.alerts.negative_share import NegativeShareSettings
from socialroom.alerts.silent_source import RULE as SILENT
from socialroom.alerts.silent_source import SilentSourceSettings
from socialroom.alerts.volume_spike import RULE as SPIKE
from socialroom.alerts.volume_spike import VolumeSpikeSettings
from socialroom.domain.alert import Finding, Planned
from socialroom.domain.ports import AlertRule, Window
from socialroom.domain.post import Post
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Tone, ToneLabel

SINCE = NOON - timedelta(days=14)
USUAL = 60  # posts an hour, on average over a day
ROWS: list[tuple[str, str, str]] = []


@pytest.fixture(scope="module", autouse=True)
def table() -> Iterator[None]:
    yield
    print(f"\n{'thrown in':58}{'said':>8}{'after':>9}")
    for name, word, delay in ROWS:
        print(f"{name:58}{word:>8}{delay:>9}")


def usual_rows(hours_more: int = 14, chance: int = 7) -> dict[int, int]:
    """Usual traffic with the shape of a day, less even than chance alone would make it."""
    dice = random.Random(chance)
    rows: dict[int, int] = {}
    for one in range(slot(SINCE), slot(NOON) + 12 * hours_more):
        mean = USUAL / 12 * (1 + 0.4 * math.sin(one / 288 * 2 * math.pi))
        rows[one] = max(0, round(dice.gauss(mean, math.sqrt(1.5 * mean))))
    return rows


def spread(per_hour: Callable[[float], float], hours: float, people: int = 200, **fields: object) -> list[Post]:
    """Posts from noon on, at a rate by the hours that passed."""
    posts: list[Post] = []
    due = 0.0
    for second in range(0, round(hours * 3600), 10):
        due += per_hour(second / 3600) / 360
        while due >= 1:
            due -= 1
            number = len(posts)
            at = NOON + timedelta(seconds=second)
            posts.append(said("aurelia", at, f"p{number % people}", number, **fields))
    return posts


class Day:
    """Usual traffic, and what is thrown in; makes the window of any minute."""

    def __init__(self, posts: Sequence[Post], rows: dict[int, int] | None = None, *, late: float = 0) -> None:
        self.posts, self.rows, self.late = posts, rows if rows is not None else usual_rows(), timedelta(seconds=late)

    def window(self, minute: float, planned: Sequence[Planned] = (), sources: Sequence[SourceState] = ()) -> Window:
        now = NOON + timedelta(minutes=minute)
        here = [p for p in self.posts if p.created_at + self.late <= now]
        counts = Counter({s: c for s, c in self.rows.items() if s < slot(now) and c})
        counts.update(slot(p.created_at) for p in here)
        recent = tuple(p for p in here if p.created_at > now - timedelta(hours=1))
        toned = [p for p in here if p.tone is not None]
        background = {s: c for s, c in self.rows.items() if s < slot(now) and c}
        negative = Counter({s: c // 4 for s, c in background.items()})
        negative.update(slot(p.created_at) for p in toned if p.tone and p.tone.label is ToneLabel.NEGATIVE)
        return Window(
            now=now,
            counts={"brand": counts, "source:s": counts, "scored:brand": counts, "negative:brand": negative},
            recent=recent,
            recent_of={"brand": recent},
            sources=tuple(sources),
            heard_since=SINCE,
            awake_since=SINCE,
            brand="Aurelia",
            planned=tuple(p for p in planned if p.since <= now),
        )


def first(
    rule: AlertRule, day: Day, minutes: range, planned: Sequence[Planned] = (), key: str = ""
) -> tuple[int, Finding] | None:
    """The first minute at which it rings."""
    for minute in minutes:
        for finding in rule.look(day.window(minute, planned)):
            if finding.rings and finding.key.startswith(key):
                return minute, finding
    return None


def told(name: str, found: tuple[int, Finding] | None, *, since: int = 0) -> None:
    ROWS.append((name, "quiet", "–") if found is None else (name, "rings", f"{found[0] - since} min"))


def volume(**settings: object) -> AlertRule:
    return SPIKE.build(VolumeSpikeSettings(of=("brand",), **settings))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("times", "within"), [(1.3, None), (2, None), (3, 45), (5, 20), (10, 12), (30, 6)],
)  # fmt: skip
def test_a_spike_of_known_size(times: float, within: int | None) -> None:
    day = Day(spread(lambda _hour: (times - 1) * USUAL, 2))
    found = first(volume(), day, range(1, 120))
    told(f"a spike of {times:g} times the usual", found)
    assert (found is None) if within is None else (found is not None and found[0] <= within), found


def test_usual_traffic_for_fourteen_hours() -> None:
    found = first(volume(), Day([]), range(1, 14 * 60, 5))
    told("nothing, for fourteen hours", found)
    assert found is None


def test_one_loud_troll() -> None:
    found = first(volume(), Day(spread(lambda _hour: 600, 1, people=1)), range(1, 60))
    told("one loud troll: 600 posts in an hour", found)
    assert found is None


def test_eight_people_are_no_troll() -> None:
    found = first(volume(), Day(spread(lambda _hour: 600, 1, people=8)), range(1, 60))
    told("the same 600 posts by eight people", found)
    assert found is not None
    assert found[0] <= 12


def test_a_slow_burn() -> None:
    day = Day(spread(lambda hour: USUAL * (1.15**hour - 1), 13))
    found = first(volume(), day, range(1, 13 * 60, 2))
    told("a slow burn: 15 % more each hour, for 13 hours", found)
    assert found is not None
    assert 60 <= found[0] <= 9 * 60


@pytest.mark.parametrize(("times", "rings"), [(3, False), (12, True)])
def test_a_planned_launch(times: float, *, rings: bool) -> None:
    launch = Planned(name="launch", since=NOON, until=NOON + timedelta(hours=4), times=4)
    found = first(volume(), Day(spread(lambda _hour: (times - 1) * USUAL, 3)), range(1, 180), [launch])
    told(f"a launch planned at 4 times the usual comes to {times:g}", found)
    assert (found is not None) is rings


def test_after_a_launch_nothing_rings_for_it_and_the_next_rise_is_measured_by_the_usual() -> None:
    launch = Planned(name="launch", since=NOON, until=NOON + timedelta(hours=3), times=4)
    posts = spread(lambda hour: 3 * USUAL if hour < 3 else 5 * USUAL if hour >= 5 else 0, 7)
    assert first(volume(), Day(posts), range(1, 300, 2), [launch]) is None
    found = first(volume(), Day(posts), range(300, 420), [launch])
    told("6 times the usual, two hours after a launch of 4 times", found, since=300)
    assert found is not None
    assert found[0] <= 325


def test_a_gap_and_the_way_back() -> None:
    rows = {s: c for s, c in usual_rows().items() if not slot(NOON) - 48 <= s < slot(NOON)}
    found = first(volume(), Day([], rows), range(1, 240, 2))
    told("a gap of four hours, and the usual after it", found)
    assert found is None


def test_a_burst_of_late_posts() -> None:
    late = [p.changed(created_at=p.created_at - timedelta(hours=9)) for p in spread(lambda _hour: 2000, 1)]
    found = first(volume(), Day(late, late=9 * 3600), range(1, 120))
    told("2,000 posts of nine hours ago come now", found)
    assert found is None


def test_posts_that_come_ten_minutes_late_hide_nothing() -> None:
    found = first(volume(), Day(spread(lambda _hour: 9 * USUAL, 2), late=600), range(1, 120))
    told("a spike of 10 times the usual, ten minutes late", found)
    assert found is not None
    assert found[0] <= 25


def test_the_tone_turns_while_no_more_is_said() -> None:
    rows = {s: c for s, c in usual_rows().items() if s < slot(NOON)}
    posts = spread(lambda _hour: USUAL, 2, tone=Tone(label=ToneLabel.NEGATIVE))
    found = first(NEGATIVE.build(NegativeShareSettings()), Day(posts, rows), range(1, 120))
    told("as many posts as usual, all of them negative", found)
    assert found is not None
    assert found[0] <= 45


def source(minutes_ago: float, now_minute: float) -> SourceState:
    at = NOON + timedelta(minutes=now_minute - minutes_ago)
    return SourceState(
        name="s", network="test", title=SafeText("s"), status=SourceStatus.POLLING, last_good_at=at, interval=60.0
    )


def test_a_dead_feed() -> None:
    rule, day = SILENT.build(SilentSourceSettings()), Day([])
    minutes = [m for m in range(30) if any(f.rings for f in rule.look(day.window(m, sources=[source(m, m)])))]
    ROWS.append(("a dead feed: its source answers no more", "rings", f"{minutes[0]} min"))
    assert minutes[0] <= 6


def test_a_feed_that_answers_and_brings_nothing() -> None:
    rows = {s: c for s, c in usual_rows().items() if s < slot(NOON)}
    rule, day = SILENT.build(SilentSourceSettings()), Day([], rows)
    minutes = [m for m in range(240) if any(f.rings for f in rule.look(day.window(m, sources=[source(0, m)])))]
    ROWS.append(("a feed that answers, and brings nothing", "rings", f"{minutes[0]} min"))
    assert minutes[0] <= 90
    whole = Day([])
    assert not any(rule.look(whole.window(m, sources=[source(0, m)])) for m in range(0, 240, 5))


@pytest.mark.parametrize("jump", [6 * 3600, -6 * 3600])
async def test_a_clock_that_jumps(jump: float) -> None:
    room = RingingRoom({"volume": volume(), "silent": SILENT.build(SilentSourceSettings())})
    week = [room.post("aurelia", ago=150 * n, first_seen_at=NOON) for n in range(7 * 576)]
    async with room.running():
        room.hear(*week)
        await room.pass_(300)
        assert not room.alerting.alerts(), "the week is a baseline at once"
        room.clock.jump(jump)
        room.good("s")
        await room.pass_(600)
        ROWS.append((f"the clock jumps {jump / 3600:+.0f} hours", "quiet" if not room.rings else "rings", "–"))
        assert room.rings == []
        for _ in range(3):
            room.say(60, "aurelia")
            await room.pass_(60)
        assert [alert.rule for alert in room.rings][:1] == ["volume_spike"], "and a true one rings still"


async def test_what_is_delivered_again_rings_once() -> None:
    async with RingingRoom({"outage": KEYWORD.build(KeywordSettings(words=(WORD,)))}).running() as room:
        await room.clock.advance(1)
        posts = [room.post() for _ in range(4)]
        for _ in range(5):
            room.hear(*posts)
            await room.pass_(60)
        ROWS.append(("four posts, each delivered five times", f"{len(room.rings)} ring", "0 min"))
        assert len(room.rings) == 1
        assert room.alert.figures["count"] == 4
