"""The sources pane: honest ages, trouble first, and what a person can do about it."""

from __future__ import annotations

from datetime import datetime, timedelta

from support.clock import HeldClock
from support.panes_host import PanesHost

from socialroom.domain.counting import CountRule
from socialroom.domain.errors import LoginNeeded, Unreachable
from socialroom.domain.events import AccountChanged, SourceChanged
from socialroom.domain.requests import PollNow
from socialroom.domain.source import Account, SourceState, SourceStatus
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.tui.panes.sources import PANE

NOW = HeldClock().now()
REFUSED = Unreachable("{host} refused the connection", host="social.example").problem()
LOGIN = LoginNeeded("{host} wants a login", remedy="Run: socialroom login mastodon", host="social.example").problem()


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def source(name: str, status: SourceStatus = SourceStatus.POLLING, **fields: object) -> SourceState:
    values: dict[str, object] = {
        "name": name,
        "network": "mastodon",
        "title": SafeText("Mastodon"),
        "status": status,
        "last_good_at": at(-12),
        "next_try_at": at(18),
        "heard": 1284,
    }
    return SourceState(**(values | fields))  # type: ignore[arg-type]


def account(name: str, **fields: object) -> Account:
    values: dict[str, object] = {"name": name, "network": "mastodon", "handle": SafeText("brand"), "count": CountRule()}
    return Account(**(values | fields))  # type: ignore[arg-type]


async def test_ages_and_next_tries_tick() -> None:
    app = PanesHost(PANE, sources=(source("mentions"), source("live", SourceStatus.LIVE, next_try_at=None)))
    async with app.run_test(size=(100, 24)) as pilot:
        assert "mentions Mastodon polling · feed 12 s ago, next 18 s 1,284 heard" in app.text()
        assert "live Mastodon live · feed 12 s ago 1,284 heard" in app.text()
        await app.passes(pilot, 5)
        assert "polling · feed 17 s ago, next 13 s" in app.text()
        await app.passes(pilot, 60)
        assert "polling · feed 1 min ago, next 0 s" in app.text()


async def test_a_cut_says_why_since_when_and_when_next_and_what_came_back() -> None:
    app = PanesHost(PANE, sources=(source("mentions"),))
    async with app.run_test(size=(100, 24)) as pilot:
        cut = source(
            "mentions", SourceStatus.WAITING, last_good_at=at(-2), next_try_at=at(3.2), problem=REFUSED, heard=9
        )
        await app.happens(pilot, SourceChanged(source=cut))
        assert "waiting · social.example refused the connection" in app.text()
        assert "last good 2 s ago · next try 4 s" in app.text()
        assert app.pane.border_title == "Sources · 1 in trouble"
        note = Message(template="back-filled {count}, lost {lost}", values={"count": 23, "lost": 0})
        await app.happens(pilot, SourceChanged(source=source("mentions", note=note, back_filled=23)))
        assert "polling · feed 12 s ago, next 18 s · back-filled 23, lost 0" in app.text()
        assert app.pane.border_title == "Sources · 1"


async def test_trouble_comes_first_and_says_what_to_do() -> None:
    app = PanesHost(
        PANE,
        sources=(
            source("well"),
            source("starting", SourceStatus.STARTING, last_good_at=None, next_try_at=None),
            source("waiting", SourceStatus.WAITING, problem=REFUSED),
            source("stopped", SourceStatus.STOPPED, problem=LOGIN, next_try_at=None),
            source("ended", SourceStatus.STOPPED, problem=REFUSED, last_good_at=None, next_try_at=None),
        ),
    )
    async with app.run_test(size=(100, 30)):
        lines = [line.strip(" ▌■▲•…").split(" ")[0] for line in app.cells()]
        order = [name for name in lines if name in {"well", "starting", "waiting", "stopped", "ended"}]
        assert order == ["stopped", "ended", "waiting", "starting", "well"]
        assert "→ Run: socialroom login mastodon" in app.text()
        assert "→ Put it right, then ask it again." in app.text()
        assert "nothing read yet" in app.text()
        assert app.pane.border_title == "Sources · 3 in trouble"


async def test_polling_that_stands_in_for_a_stream_says_so() -> None:
    app = PanesHost(PANE, sources=(source("mentions", problem=REFUSED),))
    async with app.run_test(size=(100, 24)):
        assert "polling · feed 12 s ago, next 18 s" in app.text()
        assert "no stream: social.example refused the connection" in app.text()


async def test_lost_posts_are_never_hidden() -> None:
    app = PanesHost(PANE, sources=(source("mentions", lost=4),))
    async with app.run_test(size=(100, 24)):
        assert "lost 4 so far" in app.text()


async def test_accounts_that_cannot_speak_are_trouble_even_where_reading_works() -> None:
    app = PanesHost(
        PANE,
        sources=(source("fine"), source("dumb"), source("both", SourceStatus.STOPPED, problem=LOGIN)),
        accounts=(
            account("fine"),
            account("dumb", ready=False, problem=LOGIN),
            account("both", ready=False, problem=LOGIN),
            account("alone", ready=False, problem=REFUSED),
        ),
    )
    async with app.run_test(size=(100, 30)) as pilot:
        assert "cannot speak: social.example wants a login" in app.text()
        assert "stopped · social.example wants a login · cannot speak" in app.text()
        assert "cannot speak: social.example refused the connection" in app.text()
        assert app.text().index("dumb") < app.text().index("fine")
        assert app.pane.border_title == "Sources · 3 in trouble"
        await app.happens(pilot, AccountChanged(account=account("dumb")), AccountChanged(account=account("alone")))
        assert "cannot speak: " not in app.text()
        assert "alone" not in app.text()


async def test_p_asks_the_chosen_source_now_and_only_that_one() -> None:
    app = PanesHost(
        PANE,
        sources=(source("a"), source("b")),
        accounts=(account("alone", ready=False, problem=REFUSED),),
    )
    async with app.run_test(size=(60, 24)) as pilot:
        await pilot.press("j", "j", "p")
        assert app.done == [PollNow(source="b")]
        assert app.said == ["b is asked for news."]
        await pilot.press("k", "k", "p")  # an account without a source
        assert len(app.done) == 1


async def test_the_cursor_stays_on_its_source_when_another_falls_into_trouble() -> None:
    app = PanesHost(PANE, sources=(source("a"), source("b")))
    async with app.run_test(size=(60, 24)) as pilot:
        await app.happens(pilot, SourceChanged(source=source("b", SourceStatus.WAITING, problem=REFUSED)))
        assert "b" in app.cells()[0]
        await pilot.press("p")
        assert app.done == [PollNow(source="a")]


async def test_nothing_is_cut_where_the_pane_is_narrow() -> None:
    app = PanesHost(PANE, sources=(source("mentions", SourceStatus.STOPPED, problem=LOGIN, next_try_at=None),))
    async with app.run_test(size=(28, 24)):
        for said in ("mentions Mastodon", "stopped", "social.example wants a", "last good 12 s ago", "login mastodon"):
            assert said in app.text()


async def test_a_room_without_sources_says_why_it_hears_nothing() -> None:
    app = PanesHost(PANE, sources=())
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.text() == "The room listens to nothing: its room.toml names no source."
        assert app.pane.border_title == "Sources"
        await pilot.press("p", "j")
        assert app.done == []


async def test_what_was_out_of_view_comes_into_it_with_the_age_it_has_now() -> None:
    app = PanesHost(PANE, sources=tuple(source(f"s{n}") for n in range(60)))
    async with app.run_test(size=(100, 12)) as pilot:
        await app.passes(pilot, 5)
        await app.happens(pilot, SourceChanged(source=source("s59", heard=7, last_good_at=at(4))))
        app.pane.action_last()
        await pilot.pause()
        assert "s59 Mastodon polling · feed 1 s ago, next 13 s 7 heard" in app.text()
        assert "s58 Mastodon polling · feed 17 s ago, next 13 s" in app.text()


async def test_trouble_out_of_view_comes_first_at_once() -> None:
    app = PanesHost(PANE, sources=tuple(source(f"s{n}") for n in range(60)))
    async with app.run_test(size=(100, 12)) as pilot:
        await app.happens(pilot, SourceChanged(source=source("s59", SourceStatus.WAITING, problem=REFUSED)))
        assert app.text().index("s59") < app.text().index("s0 ")
