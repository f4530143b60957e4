"""What operators do to alerts can be taken back as every act of the desk, by the room's own log."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from support.clock import HeldClock
from support.posts import NOON, post
from support.rooms import SpokenRoom

from socialroom.alerts.keyword import Keyword, KeywordSettings
from socialroom.domain.alert import Alert, AlertState, Verdict
from socialroom.domain.errors import Conflict, Missing
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import PostKind
from socialroom.domain.requests import (
    AcknowledgeAlert,
    AlertExplained,
    ExplainAlert,
    JudgeAlert,
    MuteAlert,
    Overview,
    RoomOverview,
    UndoList,
    UndoOffers,
    UndoStep,
)
from socialroom.domain.text import SafeText

MARC = Operator(name=SafeText("Marc"), role=Role.HEAD)
LEA = Operator(name=SafeText("Léa"), role=Role.HEAD)


@pytest.fixture
async def room() -> AsyncIterator[SpokenRoom]:
    clock = HeldClock(NOON)
    rules = {"words": Keyword(KeywordSettings(words=("panne",), least=1))}
    async with SpokenRoom(clock, rules=rules, counters={"word:panne": "panne"}) as room:
        at = clock.now()
        room.say(post(1, at=at, network="mastodon", source="mastodon", kind=PostKind.MENTION, text=SafeText("panne")))
        for _ in range(30):
            await clock.advance(0.2)
        assert alert(room).state is AlertState.RINGING
        yield room


def alert(room: SpokenRoom) -> Alert:
    (found,) = room.room.alerting.alerts()
    return found


async def offers(room: SpokenRoom, operator: Operator = LEA) -> list[str]:
    answer = await room.room.seat(operator).view(UndoList())
    assert isinstance(answer, UndoOffers)
    return [str(offer.what).partition(":")[0] for offer in answer.offers]


async def test_an_acknowledgement_is_taken_back_and_it_rings_on_without_a_bell(room: SpokenRoom) -> None:
    rang_at = alert(room).rang_at
    done = await room.room.seat(LEA).act(AcknowledgeAlert(alert=alert(room).id))
    assert alert(room).acknowledged_by == "Léa"
    assert await offers(room) == ["acknowledged"]
    await room.room.seat(LEA).act(UndoStep(step=done.step))
    assert (alert(room).state, alert(room).acknowledged_by, alert(room).rang_at) == (AlertState.RINGING, "", rang_at)
    assert await offers(room) == []  # and the way back is no act of its own


async def test_who_comes_second_acknowledges_nothing_and_can_undo_nothing(room: SpokenRoom) -> None:
    await room.room.seat(LEA).act(AcknowledgeAlert(alert=alert(room).id))
    done = await room.room.seat(MARC).act(AcknowledgeAlert(alert=alert(room).id))
    assert done.step == ""
    assert await offers(room, MARC) == []
    with pytest.raises(Conflict, match="Léa has acknowledged it"):
        await room.room.seat(MARC).act(AcknowledgeAlert(alert=alert(room).id, seen=False))


async def test_an_alert_that_is_not_there_is_said(room: SpokenRoom) -> None:
    with pytest.raises(Missing):
        await room.room.seat(LEA).act(AcknowledgeAlert(alert="gone", seen=False))


async def test_a_mute_is_taken_back_to_what_was_before(room: SpokenRoom) -> None:
    seat, now, key = room.room.seat(LEA), room.clock.now(), alert(room).key
    first = now + timedelta(hours=1)
    await seat.act(MuteAlert(key=key, until=first))
    longer = await seat.act(MuteAlert(key=key, until=now + timedelta(hours=4)))
    await seat.act(UndoStep(step=longer.step))
    assert [m.until for m in room.room.alerting.mutes()] == [first]
    await seat.act(UndoStep())
    assert room.room.alerting.mutes() == []


async def test_a_lifted_mute_comes_back(room: SpokenRoom) -> None:
    seat, now, key = room.room.seat(LEA), room.clock.now(), alert(room).key
    until = now + timedelta(hours=1)
    await seat.act(MuteAlert(key=key, until=until))
    await seat.act(MuteAlert(key=key, until=now))
    assert room.room.alerting.mutes() == []
    assert await offers(room) == ["lets ring again", "muted"]
    await seat.act(UndoStep())
    assert [m.until for m in room.room.alerting.mutes()] == [until]


async def test_lifting_what_is_not_muted_is_no_act(room: SpokenRoom) -> None:
    done = await room.room.seat(LEA).act(MuteAlert(key=alert(room).key, until=room.clock.now()))
    assert done.step == ""
    assert await offers(room) == []


@pytest.mark.parametrize("verdict", [Verdict.REAL, Verdict.NOISE])
async def test_a_judgement_is_taken_back_whole_and_the_alert_rings_on(room: SpokenRoom, verdict: Verdict) -> None:
    done = await room.room.seat(LEA).act(JudgeAlert(alert=alert(room).id, verdict=verdict))
    assert (alert(room).verdict, alert(room).acknowledged_by) == (verdict, "Léa")
    assert await offers(room) == [verdict.value]
    assert not (await room.room.seat(LEA).act(JudgeAlert(alert=alert(room).id, verdict=verdict))).step
    await room.room.seat(LEA).act(UndoStep(step=done.step))
    assert (alert(room).verdict, alert(room).state, alert(room).acknowledged_by) == (
        Verdict.UNJUDGED,
        AlertState.RINGING,
        "",
    )


async def test_an_escalation_is_taken_back_and_whoever_had_seen_it_has_seen_it(room: SpokenRoom) -> None:
    await room.room.seat(LEA).act(AcknowledgeAlert(alert=alert(room).id))
    before = alert(room).severity
    done = await room.room.seat(LEA).act(JudgeAlert(alert=alert(room).id, verdict=Verdict.ESCALATED))
    assert (alert(room).severity, alert(room).state) == (3, AlertState.RINGING)
    await room.room.seat(LEA).act(UndoStep(step=done.step))
    assert (alert(room).severity, alert(room).state, alert(room).acknowledged_by) == (
        before,
        AlertState.ACKNOWLEDGED,
        "Léa",
    )


async def test_a_seat_asks_why_it_rang_and_how_good_the_alerts_are(room: SpokenRoom) -> None:
    await room.room.seat(LEA).act(JudgeAlert(alert=alert(room).id, verdict=Verdict.REAL))
    told = await room.room.seat(MARC).view(ExplainAlert(alert=alert(room).id))
    assert isinstance(told, AlertExplained)
    assert [p.text for p in told.posts] == ["panne"]
    await room.clock.advance(6)
    overview = await room.room.seat(MARC).view(Overview())
    assert isinstance(overview, RoomOverview)
    assert (overview.quality.real, overview.quality.judged) == (1, 1)
    with pytest.raises(Missing):
        await room.room.seat(MARC).view(ExplainAlert(alert="nothing"))
