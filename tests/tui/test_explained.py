"""An alert explains itself on 80×24, and is judged with one key from there and from the list."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from support.clock import HeldClock
from support.panes_host import PanesHost
from support.windows import said

from socialroom.domain.alert import Alert, AlertQuality, AlertState, LoudAuthor, NewTerm, Rising, Verdict
from socialroom.domain.errors import Missing
from socialroom.domain.events import AlertChanged, OutlookChanged
from socialroom.domain.requests import AlertExplained, Done, ExplainAlert, JudgeAlert
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.tui.panes.alerts import PANE
from socialroom.tui.screens.explained import ExplainedScreen

NOW = HeldClock().now()
SPIKE = Alert(
    id="a",
    rule="volume_spike",
    key="spike:brand",
    headline=Message(template="Aurelia · 84 in 15 min, usual 3 · 31 authors"),
    state=AlertState.RINGING,
    severity=3,
    first_at=NOW - timedelta(minutes=9),
    updated_at=NOW,
    figures={"count": 184.0, "usual": 12.5, "z": 9.2, "z_week": 7.0},
    posts=("https://x/1",),
    counter="brand",
    also=(Message(template="67 % negative"),),
)
EXPLAINED = AlertExplained(
    alert=SPIKE,
    posts=tuple(said(f"aurelia panne fibre numéro {n}", NOW - timedelta(minutes=9 - n), f"p{n}", n) for n in range(3)),
    count=184,
    authors=31,
    loudest=(LoudAuthor(handle=SafeText("anna@one.example"), network="mastodon", posts=9, followers=4200),),
    terms=(NewTerm(term=SafeText("panne fibre"), count=90, before=1),),
)


def host(answer: Any = EXPLAINED, **overview: Any) -> PanesHost:
    app = PanesHost(PANE, **({"alerts": (SPIKE,)} | overview))
    app.page = answer
    return app


def shown(app: PanesHost) -> str:
    screen = app.screen
    assert isinstance(screen, ExplainedScreen)
    return "\n".join(screen.body.render_line(y).text.rstrip() for y in range(screen.body.size.height))


async def test_enter_says_why_it_rings() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert app.asked == [ExplainAlert(alert="a")]
        text = shown(app)
        for words in (
            "Aurelia · 84 in 15 min, usual 3 · 31 authors", "also: 67 % negative", "184 posts", "usual 12.5", "z 9.2",
            "z by the last 7 days 7", "31 authors", "@anna@one.example 9 (4,200 followers)", "panne fibre 90 (before 1)",
            "first post", "aurelia panne fibre numéro 0", "aurelia panne fibre numéro 2",
        ):  # fmt: skip
            assert words in text, (words, text)


async def test_a_post_is_opened_from_there() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("j", "enter")
        await pilot.pause()
        assert app.opened == [EXPLAINED.posts[1].uri]
        assert not isinstance(app.screen, ExplainedScreen)


async def test_one_key_judges_there_and_in_the_list_and_again_takes_it_back() -> None:
    app = host()
    app.answer = Done(step="s")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("y")
        assert app.said[-1] == "Real: Aurelia · 84 in 15 min, usual 3 · 31 authors · u undoes"
        await pilot.press("n", "exclamation_mark", "enter")
        await pilot.pause()
        await pilot.press("y", "n", "exclamation_mark", "escape")
        await pilot.pause()
        judged = SPIKE.changed(verdict=Verdict.REAL, judged_by="Léa", escalated_by="Marc")
        await app.happens(pilot, AlertChanged(alert=judged))
        assert "escalated by Marc" in app.text()
        assert "real, says Léa" in app.text()
        await pilot.press("y", "exclamation_mark")
    three = [Verdict.REAL, Verdict.NOISE, Verdict.ESCALATED]
    assert app.done == [JudgeAlert(alert="a", verdict=v) for v in (*three, *three, Verdict.UNJUDGED, Verdict.CALMED)]


async def test_o_opens_the_conversation_at_once() -> None:
    app = host()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("o")
        assert app.opened == ["https://x/1"]


async def test_what_the_room_does_not_answer_is_said_where_it_was_asked() -> None:
    app = host()
    app.failure = Missing("there is no such alert any more")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        assert "there is no such alert any more" in shown(app)


async def test_hostile_names_and_a_narrow_screen_are_borne() -> None:
    bad = SafeText("[/]\\x1b]0;owned panne " * 9)
    answer = EXPLAINED.changed(
        loudest=(LoudAuthor(handle=bad, network="[b]", posts=1),), terms=(NewTerm(term=bad, count=1, before=0),)
    )
    app = host(answer)
    async with app.run_test(size=(24, 8)) as pilot:
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("J", "K", "end", "home", "q")
        await pilot.pause()
        assert not isinstance(app.screen, ExplainedScreen)


async def test_how_good_the_alerts_are_stands_in_the_border_and_what_rises_in_the_list() -> None:
    app = host(alerts=())
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.pane.border_subtitle
        rising = Rising(term=SafeText("panne fibre"), count=14, usual=2.0, low=20, likely=40, high=60)
        quality = AlertQuality(days=7, alerts=5, real=3, noise=1, false_per_week=1.0, acknowledged_in=125.0)
        await app.happens(pilot, OutlookChanged(rising=(rising,), quality=quality))
        assert str(app.pane.border_subtitle) == "3 of 4 judged were real · 1.0 false a week · seen in 2 min"
        assert "rising · panne fibre · 14 in 30 min, usual 2.0 · next hour 20 to 60" in " ".join(app.text().split())
        assert app.pane.border_title == "Alerts"
