"""The volume rule: learning, spikes, floods, gates, and what must not ring."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.windows import NOON, crowd, said, slot, steady, window

from socialroom.alerts.volume_spike import RULE, VolumeSpikeSettings
from socialroom.domain.alert import Finding, Planned
from socialroom.domain.ports import Window

WEEKS = NOON - timedelta(days=14)
USUAL = {"brand": steady(5, WEEKS, NOON)}  # sixty an hour


def look(seen: Window, **settings: object) -> dict[str, Finding]:
    rule = RULE.build(VolumeSpikeSettings(**settings))  # type: ignore[arg-type]
    return {f.key: f for f in rule.look(seen)}


def usual_and(posts: object = (), **more: object) -> Window:
    now = more.pop("now", NOON + timedelta(minutes=1))
    values: dict[str, object] = {"before": USUAL, "heard_since": WEEKS}
    return window(now, posts, **(values | more))  # type: ignore[arg-type]


def test_what_is_usual_is_not_told() -> None:
    assert look(usual_and()) == {}


def test_an_hour_far_above_the_usual_is_a_spike() -> None:
    # The last hour held three times as much, evenly: no quarter of it is a flood.
    posts = crowd("aurelia", 180, NOON, within=3599, people=60)
    before = {"brand": steady(5, WEEKS, NOON - timedelta(hours=1))}
    found = look(usual_and(posts, before=before, now=NOON), flood=50.0)
    assert list(found) == ["spike:brand"]
    spike = found["spike:brand"]
    assert (spike.rings, spike.severity, spike.cool_down) == (True, 2, 86_400)
    assert str(spike.headline) == "Aurelia · 180 in 60 min, usual 60 · 60 authors · first 11:00"
    assert spike.figures["z"] > 4.41


def test_a_quarter_of_an_hour_far_above_is_a_flood_and_does_not_wait_for_the_slot_to_end() -> None:
    now = NOON + timedelta(seconds=40)
    spike = look(usual_and(crowd("aurelia", 150, now, within=40, people=60), now=now))["spike:brand"]
    assert (spike.rings, spike.severity, spike.cool_down) == (True, 3, 21_600)
    assert str(spike.headline) == "Aurelia · 150 in 15 min, usual 15 · 60 authors · first 12:00"


def test_one_person_is_no_crisis() -> None:
    now = NOON + timedelta(minutes=4)
    found = look(usual_and(crowd("aurelia", 200, now, within=200, people=3), now=now))
    assert not found["spike:brand"].rings
    assert look(usual_and(crowd("aurelia", 200, now, within=200, people=3), now=now), authors=3)["spike:brand"].rings


def test_one_person_who_writes_all_hour_is_none_either() -> None:
    posts = crowd("aurelia", 180, NOON, within=3599, people=3)
    before = {"brand": steady(5, WEEKS, NOON - timedelta(hours=1))}
    assert not look(usual_and(posts, before=before, now=NOON), flood=50.0)["spike:brand"].rings


def test_a_flood_needs_more_than_a_handful() -> None:
    quiet = {"brand": {slot(NOON) - n: 1 for n in range(1, 14 * 288, 24)}}

    def rings(count: int) -> bool:
        posts = crowd("aurelia", count, NOON + timedelta(minutes=4), within=200)
        seen = usual_and(posts, before=quiet, now=NOON + timedelta(minutes=4))
        return look(seen, spike=1000.0)["spike:brand"].rings

    assert not rings(15)
    assert rings(25)


def test_where_authors_are_not_known_their_number_is_not_asked() -> None:
    now = NOON + timedelta(minutes=4)
    posts = [p.changed(author=None) for p in crowd("aurelia", 200, now, within=200)]
    assert look(usual_and(posts, now=now))["spike:brand"].rings


def test_a_few_posts_more_in_a_quiet_room_are_no_spike() -> None:
    quiet = {"brand": {slot(NOON) - n: 1 for n in range(1, 14 * 288, 24)}}  # one in two hours
    assert not any(f.rings for f in look(usual_and(crowd("aurelia", 4, NOON), before=quiet)).values())
    many = crowd("aurelia", 14, NOON, within=1500, people=12)
    assert look(usual_and(many, before=quiet))["spike:brand"].rings


def test_what_goes_on_above_the_usual_only_keeps_an_alert_alive() -> None:
    unsteady = {s: 4 + 2 * (s // 12 % 2) for s in range(slot(WEEKS), slot(NOON) - 12)}

    def after_an_hour_of(per_slot: int) -> list[bool]:
        posts = crowd("aurelia", 12 * per_slot, NOON, within=3599)
        return [f.rings for f in look(usual_and(posts, before={"brand": unsteady}, now=NOON)).values()]

    assert after_an_hour_of(5) == []
    assert after_an_hour_of(7) == [False]
    assert after_an_hour_of(12) == [True]


def test_without_a_baseline_it_says_until_when_it_learns_and_an_absolute_count_rings() -> None:
    since = NOON - timedelta(hours=5)
    few = look(window(NOON, crowd("aurelia", 30, NOON), heard_since=since))
    assert list(few) == ["learning:volume"]
    learning = few["learning:volume"]
    assert (learning.learning, learning.rings) == (True, False)
    assert str(learning.headline) == "volume · learning until 07:05 (20h), rings at 200 an hour until then"
    many = look(window(NOON, crowd("aurelia", 210, NOON, within=3000), heard_since=since))
    assert many["spike:brand"].rings
    assert str(many["spike:brand"].headline) == "Aurelia · 210 in 60 min · 20 authors · first 11:10"


def test_before_any_source_answered_it_says_so() -> None:
    assert "as soon as a source answers" in str(look(window(NOON))["learning:volume"].headline)


def test_the_line_about_learning_does_not_change_every_second() -> None:
    since = NOON - timedelta(hours=5)
    a, b = (look(window(NOON + timedelta(seconds=s), heard_since=since))["learning:volume"].headline for s in (10, 11))
    assert a == b


def test_it_is_ready_after_a_day_and_a_setting_changes_that() -> None:
    since = NOON - timedelta(hours=25)
    assert look(window(NOON, heard_since=since)) == {}
    assert "learning:volume" in look(window(NOON, heard_since=since), learning=48)


def test_a_counter_that_is_new_learns_alone_and_does_not_call_its_first_hour_a_spike() -> None:
    # Thirty days of zeros are no baseline when nobody counted.
    posts = crowd("fibre", 120, NOON, within=3000)
    seen = window(NOON, posts, before=USUAL, heard_since=WEEKS, since={"entity:Fibre": NOON - timedelta(hours=1)})
    found = look(seen)
    assert not any(f.rings for f in found.values())
    assert "learning:volume" in found


def test_a_counter_that_does_not_exist_is_said_and_a_name_of_nothing_refused() -> None:
    found = look(usual_and(), of=("feed:Nope",))
    assert [str(f.headline) for f in found.values()] == [
        "volume · this room has no counter feed:Nope, so it never rings"
    ]
    with pytest.raises(ValueError, match="brands is not counted"):
        VolumeSpikeSettings(of=("brands",))


def test_where_the_brand_rings_its_parts_do_not_ring_besides() -> None:
    now = NOON + timedelta(minutes=4)
    posts = crowd("aurelia fibre", 200, now, within=200)
    before = USUAL | {"entity:Fibre": steady(1, WEEKS, NOON)}
    found = look(usual_and(posts, before=before, now=now))
    assert (found["spike:brand"].rings, found["spike:entity:Fibre"].rings) == (True, False)
    alone = look(usual_and(posts, before=before, now=now), of=("entities",))
    assert alone["spike:entity:Fibre"].rings
    assert str(alone["spike:entity:Fibre"].headline).startswith("Fibre · 2")


def test_a_topic_rings_by_itself_and_beside_its_brand_says_what_it_is_about() -> None:
    now = NOON + timedelta(minutes=4)
    posts = crowd("aurelia fibre", 200, now, within=200)
    before = USUAL | {"topic:network": steady(1, WEEKS, NOON)}
    seen = usual_and(posts, before=before, now=now)
    topic = seen.changed(recent_of=dict(seen.recent_of) | {"topic:network": seen.recent_of["brand"]})
    found = look(topic)
    assert found["spike:topic:network"].rings
    assert found["spike:topic:network"].incident == found["spike:brand"].incident == "brand"
    alone = look(topic, of=("topics",))["spike:topic:network"]
    assert (alone.incident, alone.counter) == ("topic:network", "topic:network")
    assert str(alone.headline).startswith("network · 200 in 15 min")


def test_posts_of_long_ago_that_are_heard_now_are_no_rise_of_now() -> None:
    late = [said("aurelia", NOON - timedelta(hours=9, seconds=i), f"p{i}") for i in range(500)]
    before = {"brand": USUAL["brand"] | {slot(NOON - timedelta(hours=9, seconds=i)): 300 for i in range(600)}}
    assert look(usual_and(fresh=late, before=before)) == {}


def test_a_quiet_night_and_a_loud_day_are_usual() -> None:
    days = {s: (1 if (s // 12) % 24 < 7 else 9) for s in range(slot(WEEKS), slot(NOON))}
    for hour in range(24):
        now = NOON - timedelta(hours=hour)
        rows = {s: c for s, c in days.items() if s < slot(now)}
        assert not any(f.rings for f in look(window(now, before={"brand": rows}, heard_since=WEEKS)).values())


def test_the_same_rule_says_the_same_whatever_it_saw_before() -> None:
    rule = RULE.build(VolumeSpikeSettings())
    seen = [
        usual_and(crowd("aurelia", 150, NOON + timedelta(minutes=m), within=60), now=NOON + timedelta(minutes=m))
        for m in (1, 30, 2, 90, 1)
    ]
    assert [rule.look(w) for w in seen] == [RULE.build(VolumeSpikeSettings()).look(w) for w in seen]


def launch(times: float) -> Planned:
    return Planned(name="launch", since=NOON - timedelta(hours=2), until=NOON + timedelta(hours=8), times=times)


def test_a_planned_launch_rings_only_beyond_what_was_planned_and_says_so() -> None:
    posts = crowd("aurelia", 180, NOON, within=3599, people=60)
    before = {"brand": steady(5, WEEKS, NOON - timedelta(hours=1))}
    quiet = look(usual_and(posts, before=before, now=NOON, planned=[launch(3)]))
    assert not any(f.rings for f in quiet.values())
    (said_so,) = quiet.values()
    assert said_so.learning
    assert str(said_so.headline) == "volume · launch is planned until 20:00: 3 times as much as usual rings nothing"
    more = crowd("aurelia", 480, NOON, within=3599, people=60)
    rings = look(usual_and(more, before=before, now=NOON, planned=[launch(3)]))["spike:brand"]
    assert rings.rings
    assert "usual 60, 3 times as much planned: launch · 60 authors" in str(rings.headline)


def test_the_second_opinion_stands_beside_the_first() -> None:
    now = NOON + timedelta(minutes=4)
    figures = look(usual_and(crowd("aurelia", 150, now, within=200, people=60), now=now))["spike:brand"].figures
    assert {"z", "z_15", "z_week"} <= set(figures)
