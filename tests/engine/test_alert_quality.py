"""What operators say of alerts, with the way back, and how good the room's alerts are by it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.ringing_room import WORD, Bell, RingingRoom

from socialroom.alerts.keyword import RULE, KeywordSettings
from socialroom.domain.alert import AlertQuality, AlertState, Verdict
from socialroom.domain.alert_words import quality_words
from socialroom.domain.errors import Conflict, Missing
from socialroom.domain.events import OutlookChanged

RULES = {"outage": RULE.build(KeywordSettings(words=(WORD,)))}


def quality(room: RingingRoom) -> AlertQuality:
    return room.alerting.outlook.quality


async def rung(room: RingingRoom) -> str:
    await room.clock.advance(1)
    room.say(4)
    await room.clock.advance(1)
    return room.alert.id


@pytest.mark.parametrize(("verdict", "real", "noise"), [(Verdict.REAL, 1, 0), (Verdict.NOISE, 0, 1)])
async def test_a_judged_alert_is_seen_and_counts(verdict: Verdict, real: int, noise: int) -> None:
    async with RingingRoom(RULES).running() as room:
        alert = await rung(room)
        await room.clock.advance(40)
        assert room.alerting.judge(alert, verdict, "Léa") is Verdict.UNJUDGED
        assert (room.alert.state, room.alert.acknowledged_by) == (AlertState.ACKNOWLEDGED, "Léa")
        assert (room.alert.verdict, room.alert.judged_by) == (verdict, "Léa")
        assert room.alerting.judge(alert, verdict, "Marc") is None
        await room.clock.advance(6)
        assert (quality(room).alerts, quality(room).real, quality(room).noise) == (1, real, noise)
        assert quality(room).acknowledged_in == pytest.approx(40, abs=2)
        assert quality(room).precision == real
        assert any(isinstance(e, OutlookChanged) and e.quality.judged == 1 for e in room.events)


async def test_false_rings_a_week_are_the_rings_of_noise() -> None:
    async with RingingRoom(RULES).running() as room:
        alert = await rung(room)
        room.clock.jump(2 * 86_400)
        await room.clock.advance(6)
        room.alerting.judge(alert, Verdict.NOISE, "Léa")
        await room.clock.advance(6)
        assert quality(room).false_per_week == pytest.approx(3.5, abs=0.1)
        assert quality_words(quality(room)).startswith("0 of 1 judged were real · 3.5 false a week, above 1 · seen in ")


async def test_figures_outlive_a_restart_and_the_alerts() -> None:
    room = RingingRoom(RULES)
    async with room.running():
        room.alerting.judge(await rung(room), Verdict.REAL, "Léa")
    await room.clock.advance(9 * 86_400)
    async with room.next_life().running() as next_life:
        await next_life.clock.advance(6)
        assert (quality(next_life).real, quality(next_life).alerts) == (1, 1)
        next_life.clock.jump(timedelta(days=30).total_seconds())
        await next_life.clock.advance(60)
        assert quality(next_life).alerts == 0


async def test_noise_does_not_ring_again_for_more_of_the_same_but_for_worse() -> None:
    async with RingingRoom({"outage": RULE.build(KeywordSettings(words=(WORD,), red=30))}).running() as room:
        room.alerting.judge(await rung(room), Verdict.NOISE, "Léa")
        await room.pass_(901)
        room.say(10)
        await room.clock.advance(3)
        assert len(room.rings) == 1
        room.say(40)
        await room.clock.advance(3)
        assert len(room.rings) == 2


async def test_an_escalated_alert_is_red_rings_everywhere_and_calms_down() -> None:
    bell = Bell()
    async with RingingRoom(RULES, notifiers=[bell]).running() as room:
        alert = await rung(room)
        room.alerting.acknowledge(alert, "Léa")
        assert room.alerting.judge(alert, Verdict.ESCALATED, "Léa") is Verdict.CALMED
        await room.clock.advance(1)
        assert (room.alert.severity, room.alert.state, room.alert.escalated_by) == (3, AlertState.RINGING, "Léa")
        assert [finding.severity for finding, _ in bell.rung] == [2, 3]
        assert len(room.rings) == 2
        assert room.alerting.judge(alert, Verdict.ESCALATED, "Léa") is None
        assert room.alerting.judge(alert, Verdict.CALMED, "Léa") is Verdict.ESCALATED
        assert (room.alert.severity, room.alert.escalated_by) == (2, "")


async def test_what_never_rang_is_not_judged() -> None:
    async with RingingRoom(RULES).running() as room:
        with pytest.raises(Missing):
            room.alerting.judge("nothing", Verdict.REAL, "Léa")
        from socialroom.alerts.volume_spike import RULE as VOLUME
        from socialroom.alerts.volume_spike import VolumeSpikeSettings

    async with RingingRoom({"volume": VOLUME.build(VolumeSpikeSettings())}).running() as room:
        await room.clock.advance(20)
        with pytest.raises(Conflict):
            room.alerting.judge(room.alert.id, Verdict.REAL, "Léa")


def test_nothing_is_said_of_what_nobody_judged() -> None:
    assert quality_words(AlertQuality()) == ""
