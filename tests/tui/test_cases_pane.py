"""The cases pane by itself: what a row says, in which order, and what it asks the room for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.panes_host import PanesHost
from support.posts import post

from socialroom import discovery
from socialroom.domain.case import Case
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.events import Attending, CaseChanged, CaseGone, NoteChanged, OutboxChanged, Withdrawn
from socialroom.domain.note import Note
from socialroom.domain.requests import CaseFilter, Page, ThreadView
from socialroom.domain.text import SafeText
from socialroom.locale import moment
from socialroom.tui import case_words
from socialroom.tui.pane import PaneSpec
from socialroom.tui.panes.cases import CasesPane, in_place

MINUTE = timedelta(minutes=1)


def terminal(argument: str = "open", cases: Sequence[Case] = (), **overview: Any) -> PanesHost:
    return PanesHost(
        discovery.load("socialroom.tui.panes", "cases", PaneSpec), argument, cases=tuple(cases), **overview
    )


def made(app: PanesHost, number: int, **fields: Any) -> Case:
    now = app.clock.now()
    values: dict[str, Any] = {
        "id": f"c{number}", "network": "mastodon", "title": SafeText(f"@person{number}"), "version": 1,
        "opened_at": now - number * MINUTE, "asked_at": now - number * MINUTE, "asked_in": f"p{number}",
    }  # fmt: skip
    return Case(**(values | fields))


def order(app: PanesHost) -> list[str]:
    return [row.id for row in app.view.rows]


async def test_the_most_pressing_comes_first_and_says_why() -> None:
    app = terminal()
    now = app.clock.now()
    app.load(
        cases=(
            made(app, 1, respond_by=now + 12 * MINUTE),
            made(app, 2, priority=2, tags=("fibre",), audience="journalist"),
            made(app, 3, respond_by=now - 65 * MINUTE),
            made(app, 4, assigned_to="Léa", responded_at=now, resolve_by=now + 3 * 60 * MINUTE),
        )
    )
    async with app.run_test(size=(110, 20)):
        assert order(app) == ["c3", "c2", "c1", "c4"]
        said = app.text()
        for words in ("overdue 1 h 05", "respond in 12 min", "resolve in 3 h 00", "!! urgent", "#fibre", "journalist",
                      "assigned to you", "Mastodon", "@person3 · new"):  # fmt: skip
            assert words in said


async def test_the_clock_of_a_deadline_ticks_and_only_lines_that_changed_are_painted_again() -> None:
    app = terminal()
    now = app.clock.now()
    app.load(cases=(made(app, 1, respond_by=now + 90.5 * MINUTE), made(app, 2, respond_by=now + timedelta(seconds=30))))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.pause()
        before = list(app.view._shown)
        await app.passes(pilot, 1)
        after = list(app.view._shown)
        assert "respond in 29 s" in app.text()
        assert [n for n in range(len(after)) if after[n] is not before[n]] == [0]
        await app.passes(pilot, 29)
        assert "overdue 0 s" in app.text()


async def test_what_leaves_the_view_stays_under_the_cursor_dim_until_it_moves_on() -> None:
    app = terminal("unassigned")
    app.load(cases=tuple(made(app, n) for n in (3, 2, 1)))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("j")
        assert app.view.current == "c2"
        await app.happens(pilot, CaseChanged(case=made(app, 2, assigned_to="Marc")))
        assert order(app) == ["c3", "c2", "c1"]
        assert app.pane.called == "Cases · unassigned 2"
        assert "assigned to Marc" in app.text()
        await pilot.press("k")
        assert order(app) == ["c3", "c1"]
        await pilot.press("j")
        await app.happens(pilot, CaseChanged(case=made(app, 1, assigned_to="Marc")))
        assert order(app) == ["c3", "c1"]
        await pilot.click(app.view, offset=(5, 0))
        await app.passes(pilot, 1)
        assert order(app) == ["c3"]


async def test_the_case_under_the_cursor_keeps_its_place_while_others_press_more_or_come() -> None:
    app = terminal()
    app.load(cases=tuple(made(app, n) for n in (4, 3, 2, 1)))
    async with app.run_test(size=(80, 20)) as pilot:
        await pilot.press("j")
        await app.happens(pilot, CaseChanged(case=made(app, 3, priority=2)))
        assert order(app) == ["c4", "c3", "c2", "c1"]
        await app.happens(pilot, CaseChanged(case=made(app, 5, priority=1)))
        assert order(app) == ["c5", "c4", "c3", "c2", "c1"]
        await pilot.press("full_stop")
        assert order(app) == ["c3", "c5", "c4", "c2", "c1"]
        assert app.view.current == "c3"


async def test_nobody_who_only_looks_keeps_the_list_from_its_order() -> None:
    app = terminal()
    app.load(cases=(made(app, 2), made(app, 1)))
    async with app.run_test(size=(80, 20)) as pilot:
        app.set_focus(None)
        app.view.release()
        await app.happens(pilot, CaseChanged(case=made(app, 1, priority=2)))
        assert order(app) == ["c1", "c2"]


async def test_notes_approvals_and_colleagues_are_signs_on_the_case() -> None:
    app = terminal()
    app.load(cases=(made(app, 1),))
    now = app.clock.now()
    item = OutboxItem(
        id="i", draft="d", operator="Marc", account="a", network="n", text="x", text_hash="h", updated_at=now,
        state=OutboxState.AWAITING_APPROVAL, conversation="c1", in_reply_to="p1",
    )  # fmt: skip
    async with app.run_test(size=(150, 12)) as pilot:
        await app.happens(
            pilot,
            NoteChanged(note=Note(id="n", subject="c1", author="Marc", text="look", at=now)),
            OutboxChanged(item=item),
            Attending(operator="Inès", conversation="c1", typing=True),
            Attending(operator="Paul", conversation="c1"),
            Attending(operator="Léa", conversation="c1", typing=True),  # who sits here
        )
        said = app.text()
        assert "Inès types" in said
        assert "Paul looks" in said
        assert "Léa" not in said
        assert "1 new note" in said
        assert "a reply waits for approval" in said
        await app.happens(
            pilot,
            NoteChanged(note=Note(id="n", subject="c1", author="Marc", text="look", at=now, read_by=("Léa",))),
            OutboxChanged(item=item.changed(state=OutboxState.SENT)),
            Attending(operator="Inès"),
        )
        said = app.text()
        assert "1 note" in said
        assert "new note" not in said
        assert "waits for approval" not in said
        assert "types" not in said


async def test_the_words_of_what_is_in_view_are_asked_for_once_and_wiped_when_withdrawn() -> None:
    app = terminal()
    app.page = Page(posts=tuple(post(n, uri=f"p{n}", text=SafeText(f"words {n}")) for n in range(1, 60)))
    app.load(cases=tuple(made(app, n) for n in range(1, 60)))
    async with app.run_test(size=(80, 12)) as pilot:
        for _ in range(12):
            await app.passes(pilot, 1)
        asked = [view.uri for view in app.asked if isinstance(view, ThreadView)]
        assert len(asked) == len(set(asked))
        assert len(asked) < 59
        assert "“words 59”" in app.text()
        chosen = app.pane.selected()
        assert chosen is not None
        assert chosen.uri == "p59"
        await app.happens(pilot, Withdrawn(uris=("p59",)))
        assert "words 59" not in app.text()
        assert app.pane.selected() is None
        asked_before = len(app.asked)
        await app.happens(pilot, CaseChanged(case=made(app, 59, version=2)))  # they wrote again
        assert len(app.asked) == asked_before + 1


async def test_a_warning_hides_what_it_warns_of() -> None:
    app = terminal()
    app.page = Page(posts=(post(1, uri="p1", text=SafeText("secret words"), warning=SafeText("politics")),))
    app.load(cases=(made(app, 1),))
    async with app.run_test(size=(80, 12)) as pilot:
        await app.passes(pilot, 1)
        assert "politics" in app.text()
        assert "secret" not in app.text()


async def test_a_case_that_is_forgotten_is_gone_at_once() -> None:
    app = terminal()
    app.load(cases=(made(app, 2), made(app, 1)))
    async with app.run_test(size=(80, 12)) as pilot:
        await pilot.press("x", "k")
        await app.happens(pilot, CaseGone(case="c2"))
        assert order(app) == ["c1"]
        assert app.pane.conversations() == ["c1"]


async def test_of_five_thousand_cases_only_what_is_in_view_is_built_and_asked_for() -> None:
    app = terminal()
    app.load(cases=tuple(made(app, n) for n in range(5_000)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pane = app.pane
        assert isinstance(pane, CasesPane)
        assert len(app.view.rows) == 5_000
        assert len(pane._built) < 60
        assert len(app.asked) <= 8
        await pilot.press("end")
        assert app.view.current == "c0"
        assert "@person0 " in app.text()
        assert len(pane._built) < 120
        sorted_at = pane._sorted_at
        for number in range(20):
            await app.happens(pilot, CaseChanged(case=made(app, number, priority=1)))
        assert pane._sorted_at == sorted_at  # the clock stands: a room that is busy is sorted once a second
        assert "! high" in app.text()


@pytest.mark.parametrize(
    ("argument", "asked"),
    [
        ("", CaseFilter(view="unassigned")),
        ("overdue", CaseFilter(view="overdue")),
        ("@Marc", CaseFilter(view="open", assigned_to="Marc")),
        ("Fibre", CaseFilter(name="Fibre", view="open", tag="fibre")),
        ("no such view", CaseFilter(view="unassigned")),
    ],
)
async def test_an_argument_is_a_view_a_saved_filter_or_somebody(argument: str, asked: CaseFilter) -> None:
    app = terminal(argument, filters=(CaseFilter(name="Fibre", view="open", tag="fibre"),))
    async with app.run_test(size=(80, 12)):
        assert isinstance(app.pane, CasesPane)
        assert app.pane.asked == asked


@given(st.permutations(range(8)), st.data())
def test_the_kept_one_stands_where_the_fewest_changed_sides(before: list[int], data: st.DataObject) -> None:
    names = [str(n) for n in before]
    kept = data.draw(st.sampled_from(names))
    now = data.draw(st.lists(st.sampled_from([*names, "8", "9"]), unique=True))
    found = in_place(kept, names, now)
    rest = [n for n in now if n != kept]
    assert [n for n in found if n != kept] == rest
    above, below = names[: names.index(kept)], names[names.index(kept) + 1 :]

    def changed(place: int) -> int:
        return sum(n in above for n in rest[place:]) + sum(n in below for n in rest[:place])

    assert changed(found.index(kept)) == min(map(changed, range(len(rest) + 1)))
    if [n for n in rest if n in names] == [n for n in names if n in rest] and (last := [n for n in above if n in rest]):
        assert found[found.index(kept) - 1] == last[-1]  # nobody moved: right after what it stood after


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59, "59 s"), (720, "12 min"), (3600, "1 h 00"), (3900, "1 h 05"), (90000, "1 d 1 h")],
)
def test_a_clock_is_exact_where_it_matters(seconds: int, words: str) -> None:
    assert case_words.clock(seconds) == words


def test_a_neighbour_that_goes_far_away_does_not_take_the_cursor_along() -> None:
    before = ["press", "late to answer", "kept", "c", "d", "e"]
    assert in_place("kept", before, ["press", "c", "d", "e", "late to answer"]) == [
        "press", "kept", "c", "d", "e", "late to answer",
    ]  # fmt: skip
    assert in_place("kept", before, ["late to answer", "c", "new", "press", "d", "e"])[1] == "kept"


async def test_an_open_case_whose_customer_has_our_answer_says_who_gave_it_and_is_not_called_new() -> None:
    app = terminal()  # Léa sits here
    now = app.clock.now()
    gave: dict[str, Any] = {"answered_at": now, "responded_at": now, "claimed_until": now - MINUTE}
    app.load(
        cases=(
            made(app, 1, answered=("p1",), answered_by="Omar", claimed_by="Omar", **gave),
            made(app, 2, answered=("p2",), answered_by="Léa", claimed_by="Léa", **gave),
            made(app, 3, answered=("an earlier one",), answered_by="Omar", **gave),  # wrote again
        )
    )
    async with app.run_test(size=(100, 12)):
        said = app.text()
        assert "↩ @person1 · answered by Omar" in said
        assert "↩ @person2 · answered by you" in said
        assert "● @person3 · new" in said


async def test_where_little_fits_the_name_is_cut_before_until_when_it_sleeps() -> None:
    app = terminal()
    now = app.clock.now()
    asleep = {"title": SafeText("@a.long.name@social.example"), "snoozed_until": now + 30 * MINUTE}
    app.load(cases=(made(app, 1, respond_by=now + 61 * MINUTE, **asleep),))
    async with app.run_test(size=(58, 8)):
        assert f"snoozed until {moment(now + 30 * MINUTE, now)}" in app.text()
        assert "@a.long" in app.text()


async def test_an_escalated_case_says_whose_it_is_and_says_once_that_it_is_late() -> None:
    app = terminal()
    now = app.clock.now()
    late = {"escalated_to": "head", "escalated_at": now, "escalated_why": "overdue", "respond_by": now - MINUTE}
    held = {"claimed_by": "Omar", "claimed_since": now, "claimed_until": now + MINUTE}
    app.load(
        cases=(
            made(app, 1, **late, **held),
            made(app, 2, **(late | {"responded_at": now}), answered=("p2",), answered_by="Omar", answered_at=now),
        )
    )
    async with app.run_test(size=(80, 12)):
        said = app.text()
        assert "@person1 · escalated to head · Omar is answering" in said
        assert "@person2 · escalated to head: overdue · answered by Omar" in said
