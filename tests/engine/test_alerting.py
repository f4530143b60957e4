"""Alerts as a room has them: what rings when, who has seen it, and what a restart, a sleep or a late post must not do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clock import HeldClock, settle
from support.ringing_room import WORD, Bell, RingingRoom
from support.windows import NOON

from socialroom.alerts import keyword, silent_source, volume_spike, watched_author
from socialroom.domain.alert import Alert, AlertState, Finding, Mute
from socialroom.domain.errors import Missing, StoreError, Unreachable
from socialroom.domain.log import LogEntry
from socialroom.domain.person import Author
from socialroom.domain.ports import AlertRule, Window
from socialroom.domain.post import Post, PostKind
from socialroom.domain.source import SourceStatus
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message, Value
from socialroom.stores import tinydb
from socialroom.stores.memory import MemoryCache, MemoryDesk

CLAIRE = "claire.montferrat@presse.example"


def words(**settings: Any) -> dict[str, AlertRule]:
    return {"outage": keyword.RULE.build(keyword.KeywordSettings(words=(WORD,), **settings))}


def authors() -> dict[str, AlertRule]:
    return {"journalists": watched_author.RULE.build(watched_author.WatchedAuthorSettings(authors=(CLAIRE,)))}


def spikes(**settings: Any) -> dict[str, AlertRule]:
    return {"volume": volume_spike.RULE.build(volume_spike.VolumeSpikeSettings(of=("brand",), **settings))}


def silence() -> dict[str, AlertRule]:
    return {"silence": silent_source.RULE.build(silent_source.SilentSourceSettings())}


def claire(room: RingingRoom, **fields: Any) -> Post:
    author = Author(id="7", handle=SafeText(CLAIRE), followers=48_200)
    return room.post("Que se passe-t-il ?", author=author, **({"kind": PostKind.MENTION} | fields))


class Told:
    """A rule that finds what the test says."""

    kind = "told"

    def __init__(self, *findings: Finding) -> None:
        self.findings = list(findings)

    def look(self, window: Window) -> list[Finding]:
        del window
        return self.findings

    def says(self, **fields: Any) -> None:
        values: dict[str, Any] = {"key": "k", "headline": Message(template="it"), "figures": {"count": 10.0}}
        self.findings = [Finding(**(values | fields))]


# --- the keyword of the demo, from the first post to the end ------------------------------------------------------


async def test_a_word_rings_once_and_its_figures_live_on_the_same_line() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        await room.clock.advance(1)
        assert [str(a.headline) for a in room.rings] == ["panne fibre · 3 in 15 min · 3 authors · first 12:00"]
        await room.clock.advance(20)
        room.say(40)
        await room.clock.advance(2)
        assert str(room.alert.headline) == "panne fibre · 43 in 15 min · 43 authors · first 12:00"
        assert (room.alert.rule, room.alert.name, room.alert.key) == ("keyword", "outage", f"keyword:{WORD}")
        assert (room.alert.state, room.alert.severity) == (AlertState.RINGING, 3)
        assert [a.severity for a in room.rings] == [2, 3], "the bell again for a step up, and only for that"


async def test_the_first_time_stays_that_of_the_whole_alert() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        for _ in range(3):
            await room.pass_(600)
            room.say(3)
        await room.pass_(10)
        assert str(room.alert.headline).endswith("first 12:00")
        assert room.alert.first_at == NOON


async def test_it_looks_at_once_after_a_quiet_moment_and_then_once_a_second() -> None:
    async with RingingRoom(words()).running() as room:
        await room.clock.advance(62)
        room.say(3)
        await settle()
        assert len(room.changes()) == 1
        for _ in range(10):
            await room.clock.advance(0.1)
            room.say(1)
        assert len(room.changes()) <= 2
        await room.clock.advance(1)
        assert room.alert.figures["count"] == 13


async def test_it_is_over_when_nobody_says_it_any_more_and_rings_anew_much_later() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        await room.pass_(14 * 60)
        assert room.alert.state is AlertState.RINGING
        await room.pass_(2 * 60)
        assert room.alert.state is AlertState.OVER
        await room.pass_(3600)
        room.say(3)
        await room.pass_(2)
        assert [a.state for a in room.alerting.alerts()] == [AlertState.RINGING, AlertState.OVER]
        assert len(room.rings) == 2
        assert room.log() == ["alert rang", "alert over", "alert rang"]


async def test_what_comes_back_soon_is_the_same_alert_and_does_not_ring() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        await room.pass_(5)
        room.alerting.acknowledge(room.alert.id, "Léa")
        await room.pass_(16 * 60)
        assert room.alert.state is AlertState.OVER
        room.say(3)
        await room.pass_(2)
        assert (room.alert.state, room.alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "Léa")
        assert len(room.rings) == 1


# --- who has seen it ------------------------------------------------------------------------------------------------


async def test_acknowledging_says_who_and_when_and_the_first_stands() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        await room.clock.advance(5)
        room.alerting.acknowledge(room.alert.id, "Léa")
        await room.clock.advance(5)
        room.alerting.acknowledge(room.alert.id, "Marc")
        assert (room.alert.acknowledged_by, room.alert.acknowledged_at) == ("Léa", NOON + timedelta(seconds=5))
        assert room.alert.state is AlertState.ACKNOWLEDGED
        assert room.changes()[-1].rang is False
        assert room.log().count("alert acknowledged") == 1
        with pytest.raises(Missing):
            room.alerting.acknowledge("nobody", "Léa")


async def test_nobody_acknowledges_so_it_rings_again_while_it_lasts() -> None:
    rule = Told()
    rule.says(again_after=1200.0)
    async with RingingRoom({"r": rule}).running() as room:
        await room.pass_(3000)
        room.alerting.acknowledge(room.alert.id, "Léa")
        await room.pass_(3000)
        assert [(a.rang_at - NOON).total_seconds() // 60 for a in room.rings if a.rang_at] == [0, 20, 40]


async def test_an_acknowledged_alert_rings_again_when_it_grows_graver() -> None:
    rule = Told()
    async with RingingRoom({"r": rule}).running() as room:
        rule.says(severity=2)
        await room.pass_(5)
        room.alerting.acknowledge(room.alert.id, "Léa")
        rule.says(severity=3)
        await room.pass_(5)
        assert [a.severity for a in room.rings] == [2, 3]
        assert (room.alert.state, room.alert.acknowledged_by) == (AlertState.RINGING, "")
        rule.says(severity=1)
        await room.pass_(5)
        assert room.alert.severity == 3, "it does not grow milder while it lasts"


async def test_twice_as_much_rings_again_but_not_every_minute() -> None:
    rule = Told()
    async with RingingRoom({"r": rule}).running() as room:
        for minutes, count in ((0, 10), (5, 25), (16, 19), (17, 21), (20, 100), (33, 100)):
            await room.clock.advance((NOON + timedelta(minutes=minutes) - room.now).total_seconds())
            room.good("s")
            rule.says(figures={"count": float(count)})
            await room.clock.advance(6)
        minutes_of = [(a.rang_at - NOON).total_seconds() // 60 for a in room.rings if a.rang_at]
        assert [a.figures["count"] for a in room.rings] == [10, 25, 100]
        assert minutes_of == [0, 15, 30]


# --- authors ----------------------------------------------------------------------------------------------------------


async def test_a_watched_author_rings_and_stays_until_somebody_has_seen_it() -> None:
    async with RingingRoom(authors()).running() as room:
        await room.clock.advance(1)
        post = claire(room)
        room.hear(post)
        await room.clock.advance(1)
        assert room.alert.rule == "watched_author"
        assert room.alert.posts == (post.uri,)
        await room.pass_(3 * 3600)
        assert room.alert.state is AlertState.RINGING
        room.alerting.acknowledge(room.alert.id, "Léa")
        await room.pass_(1800)
        assert room.alert.state is AlertState.ACKNOWLEDGED
        assert len(room.rings) == 1


async def test_a_second_question_of_theirs_rings_again_a_thread_of_ten_does_not() -> None:
    async with RingingRoom(authors()).running() as room:
        for _ in range(10):
            await room.clock.advance(12)
            room.hear(claire(room))
        await room.clock.advance(2)
        assert len(room.rings) == 1
        assert "10 posts in an hour" in str(room.alert.headline)
        room.alerting.acknowledge(room.alert.id, "Léa")
        await room.pass_(400)
        room.hear(claire(room))
        await room.clock.advance(2)
        assert len(room.rings) == 2
        assert room.alert.state is AlertState.RINGING


async def test_the_days_before_the_room_was_there_do_not_ring() -> None:
    async with RingingRoom(authors() | words()).running() as room:
        room.hear(*(claire(room, created_at=NOON - timedelta(hours=h)) for h in range(1, 20)))
        room.hear(*(room.post(ago=3600 * h) for h in range(1, 40)))
        await room.clock.advance(2)
        assert room.alerting.alerts() == []


async def test_what_they_wrote_while_the_room_was_off_rings_when_it_is_heard() -> None:
    room = RingingRoom(authors())
    async with room.running():
        room.hear(room.post("bonjour"))
        await room.pass_(70)
    room.clock.jump(8 * 3600)
    async with room.next_life().running() as again:
        again.hear(claire(again, created_at=again.now - timedelta(hours=5)))
        await again.clock.advance(2)
        assert [str(a.headline) for a in again.rings] == [f"{CLAIRE} wrote to us at 15:01 · 48,200 followers"]


async def test_an_edit_a_like_and_a_second_delivery_do_not_ring_again() -> None:
    async with RingingRoom(authors()).running() as room:
        await room.clock.advance(1)
        post = claire(room)
        room.hear(post)
        await room.pass_(600)
        assert room.hear(post) == []
        assert room.hear(post.changed(revision="2", text=SafeText("Que se passe-t-il donc ?")))
        await room.pass_(4000)
        assert room.hear(post.changed(revision="3"))
        await room.pass_(5)
        assert len(room.rings) == 1


# --- late, lost, asleep ---------------------------------------------------------------------------------------------


async def test_a_back_filled_outage_of_the_night_does_not_ring_as_if_it_were_now() -> None:
    room = RingingRoom(words() | spikes())
    async with room.running():
        room.hear(room.post("bonjour aurelia"))
        await room.pass_(70)
    room.clock.jump(9 * 3600)
    async with room.next_life().running() as again:
        again.say(400, f"{WORD} aurelia", ago=6 * 3600)
        await again.pass_(60)
        assert again.rings == []
        again.say(12)
        await again.pass_(5)
        assert "12 in 15 min" in str(again.rings[-1].headline), "what goes on now does ring"


async def test_our_own_posts_ring_nothing_and_count_nowhere() -> None:
    async with RingingRoom(words() | authors()).running() as room:
        await room.clock.advance(1)
        room.hear(*(room.post(by_us=True) for _ in range(20)))
        room.hear(claire(room, by_us=True))
        room.say(1)
        await room.clock.advance(2)
        assert room.alerting.alerts() == []
        assert sum(room.cache.counts(f"word:{WORD}", NOON - timedelta(days=1)).values()) == 1


async def test_what_is_deleted_counts_no_more_and_no_alert_points_at_it() -> None:
    async with RingingRoom(words()).running() as room:
        posts = room.say(5)
        await room.clock.advance(2)
        gone = room.cache.withdraw([posts[0].uri], room.now, "deleted")
        room.alerting.withdrawn(gone)
        await room.clock.advance(2)
        assert room.alert.figures["count"] == 4
        assert posts[0].uri not in room.alert.posts
        await room.pass_(70)
        assert posts[0].uri not in room.desk.load(Alert)[room.alert.id].posts


async def test_after_a_sleep_no_source_is_called_silent_before_it_could_answer() -> None:
    async with RingingRoom(silence()).running() as room:
        await room.pass_(600)
        room.clock.jump(8 * 3600)
        await room.clock.advance(120)
        assert room.rings == []
        await room.pass_(600)
        assert room.rings == []


async def test_a_source_that_stays_silent_after_the_sleep_rings() -> None:
    async with RingingRoom(silence()).running() as room:
        await room.pass_(600)
        room.clock.jump(8 * 3600)
        await room.clock.advance(310)
        assert [a.key for a in room.rings] == ["silent:s"]


async def test_a_cut_rings_after_five_minutes_and_is_over_when_the_source_answers() -> None:
    async with RingingRoom(silence()).running() as room:
        await room.pass_(600)
        room.good("s", status=SourceStatus.WAITING)
        await room.clock.advance(250)
        assert room.rings == []
        await room.clock.advance(60)
        assert [str(a.headline) for a in room.rings] == ["s is silent · last good at 12:10"]
        room.good("s")
        await room.clock.advance(6)
        assert room.alert.state is AlertState.OVER


@pytest.mark.parametrize("jump", [-7200, -40, 40, 7200])
async def test_a_clock_that_is_set_rings_nothing_and_ends_nothing(jump: float) -> None:
    async with RingingRoom(words() | silence()).running() as room:
        await room.pass_(300)
        room.say(3)
        await room.clock.advance(5)
        room.alerting.acknowledge(room.alert.id, "Léa")
        room.clock.jump(jump)
        await room.clock.advance(60)
        assert len(room.rings) == 1
        assert room.alert.state is AlertState.ACKNOWLEDGED
        room.say(12)
        await room.clock.advance(5)
        assert [a.severity for a in room.rings] == [2, 3], "and a true one rings still"


async def test_a_clock_that_was_set_back_silences_nobody() -> None:
    rule = Told()
    rule.says(again_after=1200.0)
    async with RingingRoom({"r": rule}).running() as room:
        room.clock.jump(-5 * 86_400)
        await room.pass_(1300)
        # Once too early, for how much time passed cannot be known, and then as it should.
        assert len(room.rings) == 3


async def test_a_rise_that_a_cut_kept_from_us_rings_when_it_is_heard_and_still_goes_on() -> None:
    async with RingingRoom(spikes(flood=1000.0)).running() as room:
        room.hear(*week_of(room, 20))
        await room.clock.advance(60)
        assert room.alerting.alerts() == []
        room.hear(*(room.post("aurelia", ago=60 + 40 * n) for n in range(80)))
        await room.clock.advance(5)
        assert [a.key for a in room.rings] == ["spike:brand"]


async def test_a_stuck_room_does_not_end_what_it_did_not_look_at() -> None:
    rule = Told()
    async with RingingRoom({"r": rule}).running() as room:
        await room.pass_(300)
        rule.says()
        await room.clock.advance(6)
        room.clock.jump(1000)
        rule.findings = []
        await room.clock.advance(60)
        assert room.alert.state is AlertState.RINGING
        await room.clock.advance(120)
        assert room.alert.state is AlertState.OVER


# --- baselines ----------------------------------------------------------------------------------------------------


def week_of(room: RingingRoom, per_hour: int, hours: int = 7 * 24) -> list[Post]:
    return [
        room.post(f"aurelia {n}", ago=h * 3600 + n * 3600 / per_hour + 1)
        for h in range(hours, 0, -1)
        for n in range(per_hour)
    ]


async def test_seven_days_that_a_source_brings_at_once_are_a_baseline_at_once() -> None:
    async with RingingRoom(spikes()).running() as room:
        for start in range(7):
            room.hear(*week_of(room, 10)[start * 240 : (start + 1) * 240])
        await room.clock.advance(10)
        assert room.changes() == [], "nothing to learn, nothing that rings"
        for _ in range(8):
            room.say(8, "panne aurelia")
            await room.clock.advance(1)
        (alert,) = room.alerting.alerts()
        assert alert.severity == 3
        assert str(alert.headline).startswith("Aurelia · ")
        assert "usual 2." in str(alert.headline)
        assert len(room.rings) == 1


async def test_a_first_page_of_two_hours_is_not_taken_for_two_weeks() -> None:
    async with RingingRoom(spikes()).running() as room:
        room.hear(*week_of(room, 20, hours=2))
        await room.clock.advance(11)
        assert room.alert.state is AlertState.LEARNING
        assert str(room.alert.headline) == "volume · learning until 09:10 (22h), rings at 200 an hour until then"
        assert room.rings == []


async def test_an_old_conversation_that_somebody_opens_is_no_history() -> None:
    async with RingingRoom(spikes()).running() as room:
        room.hear(*week_of(room, 20, hours=2))
        room.hear(*(room.post("aurelia", ago=d * 86_400) for d in range(1, 20)), by_source=False)
        await room.clock.advance(11)
        assert room.alert.state is AlertState.LEARNING


async def test_learning_ends_after_a_day_and_its_line_with_it() -> None:
    async with RingingRoom(spikes(learning=5)).running() as room:
        room.say(1, "aurelia")
        await room.pass_(4 * 3600)
        assert room.alert.state is AlertState.LEARNING
        room.alerting.acknowledge(room.alert.id, "Léa")
        assert room.alert.state is AlertState.LEARNING
        await room.pass_(2 * 3600)
        assert room.alerting.alerts() == []
        assert room.desk.load(Alert) == {}


async def test_while_it_learns_an_absolute_count_rings() -> None:
    async with RingingRoom(spikes(until_then=50)).running() as room:
        await room.clock.advance(1)
        room.say(60, "aurelia")
        await room.clock.advance(2)
        assert [a.key for a in room.rings] == ["spike:brand"]


async def test_a_restart_forgets_no_baseline() -> None:
    room = RingingRoom(spikes())
    async with room.running():
        room.hear(*week_of(room, 10))
        await room.pass_(65)
    async with room.next_life().running() as again:
        await again.clock.advance(10)
        assert again.alerting.alerts() == []


async def test_a_lost_cache_begins_anew_instead_of_taking_zeros_for_the_usual() -> None:
    room = RingingRoom(spikes())
    async with room.running():
        room.hear(*week_of(room, 10))
        await room.pass_(65)
    async with room.next_life(cache=MemoryCache()).running() as again:
        await again.clock.advance(10)
        again.say(40, "aurelia")
        await again.clock.advance(11)
        assert again.rings == []
        assert again.alert.state is AlertState.LEARNING


async def test_after_weeks_away_it_learns_again() -> None:
    room = RingingRoom(spikes())
    async with room.running():
        room.hear(*week_of(room, 60))
        await room.pass_(65)
    room.clock.jump(20 * 86_400)
    async with room.next_life().running() as again:
        for _ in range(4):
            again.say(20, "aurelia")
            await again.pass_(300)
        assert again.rings == []
        assert again.alert.state is AlertState.LEARNING


async def test_a_query_that_was_changed_is_counted_anew() -> None:
    room = RingingRoom(spikes())
    async with room.running():
        room.hear(*week_of(room, 10))
        await room.pass_(65)
    async with room.next_life(counters={"brand": '"aurelia" OR "boreal"'}).running() as again:
        again.say(60, "boreal")
        await again.clock.advance(11)
        assert again.rings == []
        assert again.alert.state is AlertState.LEARNING


async def test_a_new_source_that_brings_much_is_no_spike_of_the_brand() -> None:
    room = RingingRoom(spikes())
    async with room.running():
        room.hear(*week_of(room, 10))
        await room.pass_(65)
        room.good("loud")
        for _ in range(10):
            posts = [room.post("aurelia", source="loud") for _ in range(12)]
            room.alerting.heard(room.cache.upsert("loud", posts, None, room.keys))
            room.alerting.read("loud", posts)
            await room.pass_(50)
        assert AlertState.LEARNING in {a.state for a in room.alerting.alerts()}


# --- mutes ----------------------------------------------------------------------------------------------------------


async def test_a_muted_key_is_shown_but_does_not_ring_until_its_time_is_over() -> None:
    bell = Bell()
    async with RingingRoom(words(), notifiers=[bell]).running() as room:
        room.alerting.mute(f"keyword:{WORD}", NOON + timedelta(minutes=10), "Léa")
        room.say(3)
        await room.pass_(120)
        assert room.alert.state is AlertState.RINGING
        assert (room.rings, bell.rung) == ([], [])
        assert [m.by for m in room.alerting.mutes()] == ["Léa"]
        await room.pass_(8 * 60)
        assert len(room.rings) == len(bell.rung) == 1, "it goes on, so now it rings"
        assert room.alerting.mutes() == []
        assert len(room.muted()) == 2
        assert room.desk.load(Mute) == {}


async def test_a_mute_is_lifted_by_a_time_that_is_past() -> None:
    async with RingingRoom(words()).running() as room:
        room.alerting.mute(f"keyword:{WORD}", NOON + timedelta(hours=10), "Léa")
        room.say(3)
        await room.clock.advance(5)
        room.alerting.mute(f"keyword:{WORD}", room.now, "Léa")
        await room.clock.advance(5)
        assert len(room.rings) == 1
        assert [m.mute.until <= room.now for m in room.muted()] == [False, True]
        assert room.log() == ["alert muted", "alert began muted", "alert mute lifted", "alert rang"]


async def test_no_mute_is_for_ever() -> None:
    async with RingingRoom(words()).running() as room:
        room.alerting.mute("k", NOON + timedelta(days=4000), "Léa")
        assert room.alerting.mutes()[0].until <= NOON + timedelta(days=31)


# --- what is kept -----------------------------------------------------------------------------------------------------


async def test_alerts_and_mutes_outlive_a_restart_and_ring_once() -> None:
    room = RingingRoom(words())
    async with room.running():
        room.say(12)
        await room.clock.advance(2)
        room.alerting.acknowledge(room.alert.id, "Léa")
        room.alerting.mute("other", NOON + timedelta(hours=1), "Marc")
    async with room.next_life().running() as again:
        assert [m.key for m in again.alerting.mutes()] == ["other"]
        assert (again.alert.state, again.alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "Léa")
        await again.clock.advance(200)
        assert again.rings == []
        assert again.alert.figures["count"] == 12
        assert again.alert.state is AlertState.ACKNOWLEDGED, "the last hour was read from the cache"
        await again.pass_(900)
        assert again.alert.state is AlertState.OVER


async def test_what_is_kept_comes_back_from_the_disk(tmp_path: Path) -> None:
    clock = HeldClock(NOON)
    cache, desk = tinydb.STORE.open_cache(str(tmp_path), clock), tinydb.STORE.open_desk(str(tmp_path), clock)
    room = RingingRoom(words() | spikes() | authors(), clock=clock, cache=cache, desk=desk)
    async with room.running():
        room.hear(*week_of(room, 5))
        room.say(12)
        room.alerting.mute("other", NOON + timedelta(hours=1), "Marc")
        await room.clock.advance(2)
        room.hear(claire(room))
        await room.clock.advance(2)
        room.alerting.acknowledge(room.alerting.alerts()[0].id, "Léa")
    before = {a.id: a for a in room.alerting.alerts()}
    assert len(before) == 2
    cache.close()
    desk.close()
    cache, desk = tinydb.STORE.open_cache(str(tmp_path), clock), tinydb.STORE.open_desk(str(tmp_path), clock)
    try:
        async with room.next_life(cache=cache, desk=desk).running() as again:
            assert {a.id: a for a in again.alerting.alerts()} == before
            assert [m.key for m in again.alerting.mutes()] == ["other"]
            await again.clock.advance(20)
            assert again.rings == []
            assert len(again.alerting.alerts()) == 2, "no word about learning: the baseline is there"
    finally:
        cache.close()
        desk.close()


async def test_old_alerts_that_are_over_go() -> None:
    async with RingingRoom(words()).running() as room:
        room.say(3)
        await room.pass_(1200)
        assert room.alert.state is AlertState.OVER
        room.clock.jump(7 * 86_400)
        await room.clock.advance(10)
        assert room.alerting.alerts() == []
        assert room.desk.load(Alert) == {}


async def test_the_log_holds_no_word_and_no_name_of_a_person() -> None:
    async with RingingRoom(words() | authors()).running() as room:
        await room.clock.advance(1)
        room.hear(claire(room))
        room.say(3)
        await room.clock.advance(2)
        room.alerting.mute(f"author:{CLAIRE}", NOON + timedelta(hours=1), "Léa")
        said = repr(room.desk.log())
        assert len(room.desk.log()) == 3
        assert "claire" not in said
        assert "panne" not in said


class FullDisk(MemoryDesk):
    full = False

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        if self.full:
            raise StoreError("the disk is full")
        return super().commit(put, drop, log)


async def test_a_full_disk_keeps_no_bell_from_ringing_and_says_so_once() -> None:
    desk = FullDisk()
    async with RingingRoom(words(), desk=desk).running() as room:
        desk.full = True
        room.say(3)
        await room.pass_(300)
        assert len(room.rings) == 1
        assert room.notices() == ["alerts cannot be kept: the disk is full"]
        with pytest.raises(StoreError):
            room.alerting.acknowledge(room.alert.id, "Léa")
        assert room.alert.state is AlertState.RINGING
        desk.full = False
        await room.pass_(70)
        assert room.alert.id in desk.load(Alert)


class Looking:
    """A rule that says how many posts of the last hour it was shown."""

    kind = "looking"

    def __init__(self) -> None:
        self.seen: list[int] = []

    def look(self, window: Window) -> list[Finding]:
        self.seen.append(len(window.recent))
        return []


async def test_no_rule_looks_after_a_restart_before_the_whole_last_hour_is_there() -> None:
    before = RingingRoom({})
    before.hear(*(before.post("x", ago=n) for n in range(3000)))
    rule = Looking()
    async with before.next_life(rules={"r": rule}).running() as room:
        await room.clock.advance(30)
        assert rule.seen
        assert set(rule.seen) == {3000}


# --- rules and notifiers that fail ------------------------------------------------------------------------------------


class Broken:
    kind = "broken"

    def look(self, window: Window) -> list[Finding]:
        raise ZeroDivisionError(window.now)


async def test_a_rule_that_fails_keeps_no_other_from_looking_and_is_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with RingingRoom({"bad": Broken()} | words()).running() as room:
        room.say(3)
        await room.pass_(60)
        assert len(room.rings) == 1
        assert room.notices() == ["the alert rule bad failed and does not look: ZeroDivisionError (see the log)"]
        assert len(caplog.records) == 1


class Faulty:
    """A rule with a fault that a rule's author makes: what it says is made by the test."""

    kind = "faulty"

    def __init__(self, said: Callable[[], Any]) -> None:
        self.said = said

    def look(self, window: Window) -> Any:
        del window
        return self.said()


class Nameless:
    @property
    def kind(self) -> str:
        raise AttributeError("no kind")

    def look(self, window: Window) -> list[Finding]:
        del window
        return [FOUND]


FOUND = Finding(key="k", headline=Message(template="it"))


def _half_way() -> Any:
    yield FOUND
    raise KeyError("half way")


FAULTS: dict[str, Callable[[], Any]] = {
    "returns nothing": lambda: None,
    "fails in its generator": _half_way,
    "says texts": lambda: ["it rings"],
    "says a key that is none": lambda: [FOUND.changed(key=None)],
    "says a sentence that lacks a value": lambda: [FOUND.changed(headline=Message(template="{what} rings"))],
    "says a figure that is no number": lambda: [FOUND.changed(figures={"count": float("nan")})],
    "says half a character": lambda: [FOUND.changed(key="\ud800")],
    "says a time without a zone": lambda: [FOUND.changed(since=NOON.replace(tzinfo=None))],
    "says a time beyond all time": lambda: [FOUND.changed(cool_down=1e300)],
}


@pytest.mark.parametrize("bad", [*(Faulty(said) for said in FAULTS.values()), Nameless()], ids=[*FAULTS, "nameless"])
async def test_a_faulty_rule_fails_alone_and_nothing_fresh_is_lost_to_the_others(
    bad: AlertRule, caplog: pytest.LogCaptureFixture
) -> None:
    async with RingingRoom({"bad": bad} | authors()).running() as room:
        room.hear(claire(room))  # an event: whoever misses it among what is fresh never rings
        await room.pass_(3600)
        room.hear(claire(room))
        await room.pass_(60)
        assert [a.name for a in room.rings if a.name != "bad"] == ["journalists"] * 2
        assert len(room.notices()) == 1
        assert room.notices()[0].startswith("the alert rule bad failed and does not look: ")
        assert len(caplog.records) == 1


async def test_an_alert_of_a_rule_that_fails_is_not_over() -> None:
    rule = Told()
    rules: dict[str, AlertRule] = {"r": rule}
    async with RingingRoom(rules).running() as room:
        rule.says()
        await room.pass_(300)
        rules["r"] = Broken()
        await room.pass_(600)
        assert room.alert.state is AlertState.RINGING


class Failing(Bell):
    """Fails as often as it is told to."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)

    async def notify(self, finding: Finding, text: str) -> None:
        if self.errors:
            raise self.errors.pop(0)
        await super().notify(finding, text)


async def test_a_notifier_rings_once_for_each_ring_and_in_words() -> None:
    bell = Bell()
    async with RingingRoom(words(red=40), notifiers=[bell]).running() as room:
        for _ in range(10):
            room.say(3)
            await room.clock.advance(3)
        assert [text for _, text in bell.rung] == ["Aurelia: panne fibre · 3 in 15 min · 3 authors · first 12:00"]
        assert bell.rung[0][0].key == f"keyword:{WORD}"


async def test_what_certainly_did_not_ring_is_tried_again_and_both_are_told() -> None:
    bell = Failing(Unreachable("the chat refused the connection"), Unreachable("the chat refused the connection"))
    async with RingingRoom(words(), notifiers=[bell]).running() as room:
        room.say(3)
        await room.clock.advance(5.5)
        assert bell.rung == []
        await room.clock.advance(31)
        assert len(bell.rung) == 1
        assert room.notices() == [
            "a ring could not be sent yet, it is tried again: the chat refused the connection",
            "the ring was sent after all: Aurelia: panne fibre · 3 in 15 min · 3 authors · first 12:00",
        ]


@pytest.mark.parametrize(
    "fail", [lambda: StoreError("no"), lambda: ValueError("no")], ids=["a refusal", "a fault of ours"]
)
async def test_a_notifier_that_fails_for_good_is_told_and_the_next_ring_goes_out(
    fail: Callable[[], Exception], caplog: pytest.LogCaptureFixture
) -> None:
    bell, other, rule = Failing(fail()), Bell(), Told()
    async with RingingRoom({"r": rule}, notifiers=[bell, other]).running() as room:
        rule.says(severity=2)
        await room.pass_(5)
        rule.says(severity=3)
        await room.pass_(5)
        assert (len(bell.rung), len(other.rung)) == (1, 2)
        assert len(room.notices()) == 1
        assert room.notices()[0].startswith("a ring was not sent: ")
    assert caplog.records


async def test_a_notifier_that_hangs_holds_nobody() -> None:
    class Hanging:
        async def notify(self, finding: Finding, text: str) -> None:
            del finding, text
            await room.clock.sleep(10**9)

    other, rule = Bell(), Told()
    room = RingingRoom({"r": rule}, notifiers=[Hanging(), other])
    async with room.running():
        for severity in (1, 2, 3):
            rule.says(severity=severity)
            await room.pass_(5)
        assert (len(room.rings), len(other.rung)) == (3, 3)
