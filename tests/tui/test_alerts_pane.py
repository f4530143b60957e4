"""The alert pane as its operator sees it: what rings first, who looks after it, what is quiet until when."""

from __future__ import annotations

from datetime import datetime, timedelta

from support.clock import HeldClock
from support.panes_host import PanesHost
from textual.widgets import OptionList

from socialroom.domain.alert import Alert, AlertState, Mute
from socialroom.domain.events import AlertChanged, MuteChanged
from socialroom.domain.requests import AcknowledgeAlert, MuteAlert
from socialroom.domain.value import Message
from socialroom.tui.panes.alerts import PANE

NOW = HeldClock().now()


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def alert(name: str, severity: int = 1, state: AlertState = AlertState.RINGING, **fields: object) -> Alert:
    values: dict[str, object] = {
        "id": name,
        "rule": "keyword",
        "key": f"keyword:{name}",
        "headline": Message(template="{name} in the news", values={"name": name}),
        "state": state,
        "severity": severity,
        "first_at": ago(90),
        "updated_at": ago(5),
    }
    return Alert(**(values | fields))  # type: ignore[arg-type]


def spike(count: int) -> Alert:
    headline = Message(
        template="panne fibre · {count} in {minutes} min, usual {usual} · {authors} authors · first {first_at}",
        values={"count": count, "minutes": 15, "usual": 3.0, "authors": 31, "first_at": ago(90).timestamp()},
    )
    return alert("spike", 3, headline=headline, posts=("https://x/first", "https://x/newest"))


async def test_nothing_rings() -> None:
    app = PanesHost(PANE, alerts=())
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.text() == "Nothing rings."
        assert app.pane.border_title == "Alerts"
        await pilot.press("j", "k", "enter", "z")
        assert app.done == []
        assert app.opened == []


async def test_what_rings_comes_first_by_severity_and_then_the_newest() -> None:
    app = PanesHost(
        PANE,
        alerts=(
            alert("over", 3, AlertState.OVER),
            alert("old", 2, first_at=ago(900)),
            alert("taken", 3, AlertState.ACKNOWLEDGED, acknowledged_by="Marc", acknowledged_at=ago(60)),
            alert("new", 2, first_at=ago(9)),
            alert("worst", 3, first_at=ago(5000)),
            alert("least", 1, first_at=ago(1)),
        ),
    )
    async with app.run_test(size=(80, 24)):
        places = [app.text().index(f"{name} in the news") for name in ("worst", "new", "old", "least", "taken", "over")]
        assert places == sorted(places)
        assert app.pane.border_title == "Alerts · 4 ring"


async def test_an_alert_says_severity_figures_and_age_and_both_move() -> None:
    app = PanesHost(PANE, alerts=(spike(84),))
    async with app.run_test(size=(100, 10)) as pilot:
        assert "panne fibre · 84 in 15 min, usual 3 · 31 authors · first 09:58" in app.text()
        assert "urgent · rings for 1 min" in app.text()
        await app.happens(pilot, AlertChanged(alert=spike(97)))
        await app.passes(pilot, 60)
        assert "97 in 15 min" in app.text()
        assert "rings for 2 min" in app.text()
        assert app.pane.border_title == "Alerts · 1 rings"


async def test_the_most_severe_is_a_red_line_until_somebody_takes_it() -> None:
    app = PanesHost(PANE, alerts=(spike(84),))

    def grounds() -> set[str]:
        return {s.style.bgcolor.name for s in app.view.render_line(0) if "panne" in s.text}

    async with app.run_test(size=(100, 10)) as pilot:
        assert grounds() == {"#ff7a70"}
        taken = spike(84).changed(state=AlertState.ACKNOWLEDGED, acknowledged_by="Léa", acknowledged_at=ago(3))
        await app.happens(pilot, AlertChanged(alert=taken))
        assert grounds() != {"#ff7a70"}
        assert "acknowledged by Léa 3 s ago · began 1 min ago" in app.text()
        assert app.pane.border_title == "Alerts"


async def test_figures_that_change_change_no_places() -> None:
    app = PanesHost(PANE, alerts=(alert("a", 2, first_at=ago(10)), alert("b", 2, first_at=ago(20))))
    async with app.run_test(size=(80, 10)) as pilot:
        before = app.text()
        await app.happens(pilot, AlertChanged(alert=alert("b", 2, first_at=ago(20), updated_at=NOW)))
        assert app.text() == before


async def test_a_new_alert_stands_on_top_and_the_cursor_stays_where_it_was() -> None:
    app = PanesHost(PANE, alerts=(alert("a", 2), alert("b", 1)))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("j")
        await app.happens(pilot, AlertChanged(alert=alert("worst", 3), rang=True))
        assert "worst" in app.cells()[0]
        await pilot.press("A")
        assert app.done == [AcknowledgeAlert(alert="b")]


async def test_acknowledging_acts_on_what_is_chosen_and_once() -> None:
    taken = alert("taken", 1, AlertState.ACKNOWLEDGED, acknowledged_by="Marc", acknowledged_at=ago(60))
    app = PanesHost(PANE, alerts=(alert("a", 2), taken, alert("gone", 1, AlertState.OVER)))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("A")
        assert app.done == [AcknowledgeAlert(alert="a")]
        await pilot.press("j", "A")
        assert app.said[-1] == "Marc has acknowledged it."
        await pilot.press("j", "A")
        assert app.said[-1] == "It does not ring."
        assert len(app.done) == 1


async def test_enter_opens_the_newest_post_that_rang() -> None:
    app = PanesHost(PANE, alerts=(spike(84), alert("silence")))
    async with app.run_test(size=(80, 10)) as pilot:
        await pilot.press("enter", "j", "enter")
        assert app.opened == ["https://x/newest"]
        assert app.said == ["No post is behind this alert."]
        await pilot.click(app.view, offset=(5, 0), times=2)
        assert app.opened == ["https://x/newest"] * 2


async def test_muting_asks_for_how_long_and_the_row_says_until_when() -> None:
    app = PanesHost(PANE, alerts=(alert("a", 3), alert("b", 1)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("z")
        assert app.screen.query_one(OptionList).option_count == 4
        await pilot.press("j", "enter")
        assert app.done == [MuteAlert(key="keyword:a", until=NOW + timedelta(hours=1))]
        await app.happens(pilot, MuteChanged(mute=Mute(key="keyword:a", until=NOW + timedelta(hours=1), by="Léa")))
        assert "urgent · began 1 min ago · muted until 11:00" in app.text()
        assert app.text().index("b in the news") < app.text().index("a in the news")
        assert app.pane.border_title == "Alerts · 1 rings"
        await app.passes(pilot, 3601)
        assert "muted" not in app.text()
        assert app.pane.border_title == "Alerts · 2 ring"


async def test_a_mute_without_an_alert_is_listed_and_lifted_by_the_same_key() -> None:
    mutes = (
        Mute(key="keyword:facture", until=NOW + timedelta(hours=23), by="Marc"),
        Mute(key="old", until=ago(1), by="Marc"),
    )
    app = PanesHost(PANE, alerts=(), mutes=mutes)
    async with app.run_test(size=(80, 24)) as pilot:
        assert "muted until 2026-09-02 09:00 · keyword:facture · by Marc" in app.text()
        assert "old" not in app.text()
        await pilot.press("z")
        assert app.done == [MuteAlert(key="keyword:facture", until=NOW)]
        assert app.said == ["It may ring again: keyword:facture"]
        await app.happens(pilot, MuteChanged(mute=Mute(key="keyword:facture", until=NOW, by="Léa")))
        assert app.text() == "Nothing rings."


async def test_a_rule_that_learns_says_until_when_and_that_nothing_rings() -> None:
    until = Message(
        template="volume · learning until {until_at} ({rest_in}), rings at {count} an hour until then",
        values={"until_at": (NOW + timedelta(hours=20)).timestamp(), "rest_in": 72000, "count": 200},
    )
    learning = alert("volume", 1, AlertState.LEARNING, headline=until)
    app = PanesHost(PANE, alerts=(learning, alert("over", 1, AlertState.OVER)))
    async with app.run_test(size=(100, 10)) as pilot:
        assert app.text().startswith(
            "Nothing rings. … volume · learning until 06:00 (20h), rings at 200 an hour until then"
        )
        await pilot.press("A")
        assert app.done == []
        assert app.said == ["It does not ring."]
        await app.happens(pilot, AlertChanged(alert=alert("a")))
        assert app.text().startswith("• a in the news")
        assert "Nothing rings." not in app.text()


async def test_alerts_long_over_make_room_for_later_ones() -> None:
    over = tuple(alert(f"over{n:02}", 1, AlertState.OVER, updated_at=ago(n * 60)) for n in range(40))
    app = PanesHost(PANE, alerts=over)
    async with app.run_test(size=(80, 60)):
        assert "over00 in the news" in app.text()
        assert "info · over for 1 min" in app.text()
        assert "over19" in app.text()
        assert "over20" not in app.text()


async def test_a_room_that_does_not_answer_is_said() -> None:
    app = PanesHost(PANE, alerts=(alert("a"),))
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.pane.border_subtitle
        app.state.attached = False
        await app.passes(pilot, 1)
        assert app.pane.border_subtitle == "as the room last said"
        app.load(alerts=(alert("b"),))
        app.pane.loaded()
        assert not app.pane.border_subtitle
        assert "b in the news" in app.text()
        assert "a in the news" not in app.text()
