"""`socialroom status` says how good the alerts are, and what rises."""

from __future__ import annotations

from socialroom.commands.status import lines
from socialroom.domain.alert import AlertQuality, Rising
from socialroom.domain.operator import Operator
from socialroom.domain.requests import RoomOverview
from socialroom.domain.text import SafeText

ROOM = RoomOverview(version="1", room="r", brand="Aurelia", operator=Operator(name=SafeText("Léa")), seq=0)


def test_the_rooms_own_precision_is_said_where_alerts_were_judged() -> None:
    quality = AlertQuality(days=7, alerts=5, real=3, noise=1, false_per_week=2.0, acknowledged_in=125.0)
    said = "\n".join(lines(ROOM.changed(quality=quality)))
    assert "3 of 4 judged were real · 2.0 false a week, above 1 · seen in 2 min" in said
    assert "judged" not in "\n".join(lines(ROOM))


def test_what_rises_is_said_with_its_band() -> None:
    rising = Rising(term=SafeText("panne fibre"), count=14, usual=2.0, low=20, likely=40, high=60)
    said = "\n".join(lines(ROOM.changed(rising=(rising,))))
    assert "rising · panne fibre · 14 in 30 min, usual 2.0 · next hour 20 to 60" in said
