"""The desk by keyboard, on a real room: acts on cases and their undo, the header, layouts of roles, presence."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.local_room import EVERYTHING, MENTIONS, TestRoom
from support.seats import PEOPLE, act, calm, console, hear, seated, shown
from textual.pilot import Pilot

from socialroom.domain.case import Case, CaseState
from socialroom.domain.person import Author
from socialroom.domain.requests import (
    AssignCase,
    Attend,
    CaseFilter,
    ClaimCase,
    CloseCase,
    FreezePublishing,
    ReopenCase,
    SnoozeCase,
    WriteNote,
)
from socialroom.domain.text import SafeText
from socialroom.tui import layouts
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.cases import CasesPane
from socialroom.tui.panes.thread import ThreadPane
from socialroom.tui.settings import TerminalSettings

pytestmark = pytest.mark.long

UNASSIGNED = {"layout": "desk", "layouts": {"desk": {"columns": [["cases:unassigned"], ["cases:mine"]]}}}
OPEN = {"layout": "desk", "layouts": {"desk": {"columns": [["cases:open"]]}}}


def cases_pane(app: RoomApp, view: str = "unassigned") -> CasesPane:
    pane = app.room_screen.tiles.pane(f"cases:{view}")
    assert isinstance(pane, CasesPane)
    return pane


async def asked(room: TestRoom, pilot: Pilot[int] | None, count: int = 3, first: int = 1) -> None:
    """So many customers ask, a minute apart."""
    for number in range(first, first + count):
        await hear(room, pilot, room.post(number, f"Aurelia, question {number}"))
        await room.clock.advance(60)  # type: ignore[attr-defined]


def case(room: TestRoom, number: int = 1) -> Case:
    found = room.case(f"small:{number}")
    assert found is not None
    return found


def said(app: RoomApp) -> str:
    return app.room_screen.status.text


async def keys(pilot: Pilot[int], *pressed: str) -> None:
    for key in pressed:
        await pilot.press(key)
        await calm(pilot, 2)


# --- acts, each undone by one key -------------------------------------------------------------------------------------


async def test_what_is_done_stays_dim_under_the_cursor_and_u_takes_it_back_at_once() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot)
        pane = cases_pane(app)
        await keys(pilot, "j")
        chosen = pane.view.current
        await keys(pilot, "e")
        assert case(room, 2).done_by == "Léa"
        assert pane.view.current == chosen == "small:2"
        assert "done by Léa" in shown(app)
        assert "Cases · unassigned 2" in shown(app)
        assert said(app).endswith("u undoes")
        await keys(pilot, "u")
        assert not case(room, 2).done_by
        assert "Undone" in said(app)


async def test_done_and_next_goes_on_and_what_was_done_is_gone() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot)
        await keys(pilot, "E")
        assert cases_pane(app).view.current == "small:2"
        await keys(pilot, "E", "E")
        await keys(pilot, "full_stop")
        assert all(not case(room, n).is_open for n in (1, 2, 3))
        assert "No case here: unassigned." in shown(app)


async def test_marked_cases_are_done_as_one_and_undone_as_one() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot)
        await keys(pilot, "x", "x")
        assert "2 marked" in shown(app)
        await keys(pilot, "e")
        assert [case(room, n).is_open for n in (1, 2, 3)] == [False, False, True]
        assert "Done: 2 cases" in said(app)
        assert "marked" not in shown(app)
        await keys(pilot, "u")
        assert all(case(room, n).is_open for n in (1, 2, 3))


async def test_of_marked_cases_those_that_somebody_has_are_left_and_it_is_said() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot)
        await act(room, "Marc", ClaimCase(conversation="small:2"))
        await calm(pilot)
        await keys(pilot, "home", "x", "x", "x", "e")
        assert [case(room, n).is_open for n in (1, 2, 3)] == [False, True, False]
        assert "Done: 2 cases" in said(app)
        assert "1 not: Marc is answering this" in said(app)
        await keys(pilot, "u")
        assert all(case(room, n).is_open for n in (1, 2, 3))


async def test_a_claim_of_somebody_else_is_asked_about_and_can_be_taken_over() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await act(room, "Marc", ClaimCase(conversation="small:1"))
        await calm(pilot)
        await keys(pilot, "m")
        assert "Marc is answering this" in shown(app)
        await keys(pilot, "j", "enter")
        assert case(room).claimed_by == "Léa"
        await keys(pilot, "m")
        assert not case(room).claimed_by


async def test_a_case_is_assigned_with_two_keys_and_the_list_says_who_has_how_much() -> None:
    async with seated() as room, console(room, "Marc", **OPEN) as (app, pilot):
        await asked(room, pilot, 2)
        await act(room, "Marc", AssignCase(conversation="small:2", to="Léa"))
        await calm(pilot)
        await keys(pilot, "home", "a")
        assert "3 Léa · not here · 1 assigned" in shown(app)
        await keys(pilot, "3")
        assert case(room).assigned_to == "Léa"
        assert "Assigned to Léa" in said(app)
        await keys(pilot, "u")
        assert not case(room).assigned_to


async def test_where_digits_need_shift_the_key_without_shift_chooses_too() -> None:
    async with seated() as room, console(room, "Marc", key_layout="azerty", **OPEN) as (_app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "a", "quotation_mark")
        assert case(room).assigned_to == "Léa"


async def test_a_case_sleeps_until_a_moment_that_is_typed_shown_and_confirmed() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "s")
        assert "for an hour → today" in shown(app)
        await keys(pilot, "5", *"nonsense")
        assert "is no moment that is understood" in shown(app)
        await keys(pilot, "enter")
        assert case(room).snoozed_until is None
        await keys(pilot, "ctrl+u", *"in", "space", *"2h")
        assert "= today" in shown(app)
        await keys(pilot, "enter")
        until = case(room).snoozed_until
        assert until is not None
        assert abs((until - room.clock.now()).total_seconds() - 7200) < 60
        assert "Snoozed until today" in said(app)
        await keys(pilot, "u")
        assert case(room).snoozed_until is None


async def test_who_types_a_moment_at_once_types_it_and_chooses_nothing_by_mistake() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "s", *"in", "space", *"2h")
        assert "= today" in shown(app)
        await keys(pilot, "enter")
        until = case(room).snoozed_until
        assert until is not None
        assert abs((until - room.clock.now()).total_seconds() - 7200) < 60
        await keys(pilot, "u", "g", "n", *"spammy", "enter")
        assert case(room).no_answer_why == "spammy"


async def test_what_sleeps_can_be_woken_from_the_same_list() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (_app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "s", "1")
        assert case(room).state_at(room.clock.now()) is CaseState.SNOOZED
        await keys(pilot, "s", "1")
        assert case(room).state_at(room.clock.now()) is not CaseState.SNOOZED


async def test_escalated_with_a_reason_and_no_more_by_the_same_key() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "exclamation_mark", *"menace", "enter")
        assert case(room).escalated_why == "menace"
        assert "escalated to head: menace" in shown(app)
        await keys(pilot, "exclamation_mark")
        assert case(room).escalated_at is None


async def test_tags_are_put_on_and_taken_off_by_a_few_letters() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 2)
        await keys(pilot, "t", *"fibre", "tab", *"lyon", "enter")
        assert set(case(room, 1).tags) == {"fibre", "lyon"}
        await keys(pilot, "j", "t", *"fi", "enter")
        assert set(case(room, 2).tags) == {"fibre"}
        assert "#fibre" in shown(app)
        await keys(pilot, "t", *"fib", "enter")
        assert not case(room, 2).tags
        await keys(pilot, "u", "t", "escape")
        assert set(case(room, 2).tags) == {"fibre"}


@pytest.mark.parametrize(("pressed", "why"), [(("1",), "spam"), (("5", *"doublon", "enter"), "doublon")])
async def test_no_answer_needed_says_why(pressed: tuple[str, ...], why: str) -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "g", "n", *pressed)
        assert case(room).no_answer_why == why
        assert case(room).state_at(room.clock.now()) is CaseState.NO_ANSWER
        await keys(pilot, "g", "e")
        assert case(room).is_open
        assert "Taken up again" in said(app)


async def test_priority_goes_round_and_a_country_gets_the_case_and_private_is_one_key() -> None:
    async with seated(countries=("FR", "ES", "BE")) as room, console(room, "Marc", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "P")
        assert case(room).priority == 1
        await keys(pilot, "P", "P")
        assert case(room).priority == 0
        await keys(pilot, "H", "2")
        assert case(room).handed_to == "ES"
        assert "handed over to ES" in shown(app)
        await keys(pilot, "H", "1")
        assert not case(room).handed_to
        await keys(pilot, "D")
        assert case(room).private
        assert "in private" in shown(app)


async def test_a_note_is_written_and_seen_by_the_other() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "n", *"vu", "enter")
        assert [n.text for n in room.room.ledger.notes.values()] == ["vu"]
        assert "1 note" in shown(app)
        await act(room, "Marc", WriteNote(subject="small:1", text="@Léa et toi ?"))
        await calm(pilot)
        assert "1 new note" in shown(app)


async def test_a_role_that_may_not_is_told_who_may_and_nothing_is_asked() -> None:
    async with seated() as room, console(room, "Ana", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        for pressed in (("e",), ("s",), ("a",), ("P",), ("g", "n"), ("g", "F")):
            await keys(pilot, *pressed)
            assert "You sit here as creative." in said(app), pressed
            assert len(app.screen_stack) == 1
        assert case(room).is_open


async def test_keys_on_nothing_say_so() -> None:
    async with seated() as room, console(room, "Zoé", **OPEN) as (app, pilot):
        for pressed in (("e",), ("m",), ("s",), ("a",), ("t",), ("n",), ("H",), ("D",), ("P",), ("g", "n"), ("g", "e")):
            app.say("")
            await keys(pilot, *pressed)
            assert said(app) == "No case is chosen here.", pressed
        await keys(pilot, "i")
        assert said(app) == "Nobody is chosen here."
        assert room.room.ledger.cases == {}


# --- undo, said first -------------------------------------------------------------------------------------------------


async def test_u_without_an_offer_says_first_what_it_will_do() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot)
        await keys(pilot, "e")
        app.say("something else")
        await keys(pilot, "u")
        assert said(app).startswith("u again undoes: ")
        assert not case(room).is_open
        await keys(pilot, "u")
        assert case(room).is_open


async def test_an_older_act_is_chosen_from_the_list_which_says_why_one_cannot_be_undone() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 2)
        await keys(pilot, "P", "j", "e")
        await act(room, "Marc", ReopenCase(conversation="small:2"))
        await keys(pilot, "g", "z")
        assert "Undo which act?" in shown(app)
        assert "not possible: it was changed since" in shown(app)
        await keys(pilot, "enter")
        assert "it was changed since" in said(app)
        await keys(pilot, "g", "z", "j", "enter")
        assert case(room, 1).priority == 0


async def test_nothing_to_undo_is_said() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        for pressed in (("u",), ("g", "z")):
            app.say("")
            await keys(pilot, *pressed)
            assert said(app) == "Nothing to undo."


# --- the header -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "words"), [((80, 24), ("3 free", "0 mine", "0 late")),
                                             ((120, 40), ("3 unassigned", "0 mine", "0 overdue")),
                                             ((200, 60), ("3 unassigned", "0 mine", "0 overdue"))])  # fmt: skip
async def test_the_header_counts_and_nothing_in_it_jumps(size: tuple[int, int], words: tuple[str, ...]) -> None:
    async with seated() as room, console(room, "Marc", size, **OPEN) as (app, pilot):
        await asked(room, pilot)
        header = app.room_screen.header
        before = header.render_line(0).text
        for word in (*words, "0 to approve"):
            assert word in before
        await keys(pilot, "m")
        after = header.render_line(0).text
        assert "1 mine" in after
        assert after.index("to approve") == before.index("to approve")


async def test_those_who_may_not_approve_are_not_told_how_many_wait() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        assert "approve" not in app.room_screen.header.render_line(0).text


async def test_a_freeze_is_confirmed_by_its_reason_and_stands_in_the_header_with_who() -> None:
    async with seated() as room, console(room, "Zoé", (80, 24), **OPEN) as (app, pilot):
        await keys(pilot, "g", "F", "enter")
        assert "Nothing is frozen: it takes a reason." in said(app)
        assert room.room.publishing.stopped is None
        await keys(pilot, "g", "F", *"crise", "enter")
        assert room.room.publishing.stopped is not None
        assert "FROZEN by Zoé" in app.room_screen.header.render_line(0).text
        await keys(pilot, "g", "F")
        assert "crise" in shown(app)
        await keys(pilot, "escape")
        await act(room, "Marc", FreezePublishing(on=False))
        await calm(pilot)
        assert "FROZEN" not in app.room_screen.header.render_line(0).text


# --- what is opened ---------------------------------------------------------------------------------------------------


async def test_enter_opens_the_thread_and_r_answers_from_the_case() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot, 1)
        await keys(pilot, "enter")
        thread = app.room_screen.tiles.pane("thread")
        assert isinstance(thread, ThreadPane)
        assert thread.view.current is not None
        assert thread.view.current.uri == "small:1"
        await keys(pilot, "escape", "r")
        await calm(pilot)
        composer = app.room_screen.composer
        assert composer is not None
        assert composer.now is not None
        assert composer.now.draft.in_reply_to == "small:1"


async def test_the_switcher_goes_through_views_and_saved_filters() -> None:
    filters = (CaseFilter(name="Fibre", view="open", tag="fibre"),)
    async with seated(filters=filters) as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 2)
        pane = cases_pane(app, "open")
        await keys(pilot, "t", *"fibre", "enter", "F")
        assert pane.showing == "Fibre"
        assert "Cases · Fibre 1" in shown(app)
        await keys(pilot, "f", "f")
        assert pane.showing == "unassigned"
        assert "Cases · unassigned 2" in shown(app)


async def test_the_load_pane_shows_somebodys_cases_and_reassigns_the_one_that_waits_longest() -> None:
    table = {"layout": "desk", "layouts": {"desk": {"columns": [["load", "cases:overdue"]]}}}
    async with seated() as room, console(room, "Marc", **table) as (app, pilot):
        await asked(room, pilot, 3)
        for number in (3, 2):
            await act(room, "Marc", AssignCase(conversation=f"small:{number}", to="Léa"))
        await calm(pilot)
        await room.clock.advance(6)  # type: ignore[attr-defined]
        await keys(pilot, "home", "j", "j", "j")
        assert "2 assigned" in shown(app)
        await keys(pilot, "a")
        assert "Ana" not in shown(app)[shown(app).index("Assign to") : shown(app).index("nobody")]  # she may not answer
        await keys(pilot, "1")
        assert (case(room, 2).assigned_to, case(room, 3).assigned_to) == ("Zoé", "Léa")
        await keys(pilot, "enter")
        await calm(pilot)
        assert cases_pane(app, "overdue").showing == "@Léa"
        assert "Cases · of Léa 1" in shown(app)


async def test_who_types_is_seen_on_the_case_and_this_terminal_says_what_it_shows() -> None:
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await asked(room, pilot, 1)
        await act(room, "Marc", Attend(conversation="small:1", typing=True))
        await calm(pilot)
        assert "Marc types" in shown(app)
        await act(room, "Marc", Attend(conversation="small:1"))
        await calm(pilot)
        assert "Marc looks" in shown(app)
        await keys(pilot, "enter")
        app._tick()
        await calm(pilot)
        assert attends(room, "Léa") == Attend(conversation="small:1")
        await keys(pilot, "r", *"Bon")
        app._tick()
        await calm(pilot)
        assert attends(room, "Léa") == Attend(conversation="small:1", typing=True)
        await room.clock.advance(20)  # type: ignore[attr-defined]
        app._tick()
        await calm(pilot)
        assert attends(room, "Léa") == Attend(conversation="small:1")
        await keys(pilot, "escape", "escape")
        app._tick()
        await calm(pilot)
        assert attends(room, "Léa") is None


def attends(room: TestRoom, name: str) -> Attend | None:
    overview = room.room._overview(PEOPLE["Marc"])
    found = next((a for a in overview.attending if a.operator == name), None)
    return Attend(conversation=found.conversation, typing=found.typing) if found is not None else None


async def test_a_case_that_a_colleague_closes_leaves_the_list_but_not_from_under_the_cursor() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot, 3)
        pane = cases_pane(app)
        await keys(pilot, "j")
        for number in (1, 2):
            await act(room, "Marc", CloseCase(conversation=f"small:{number}"))
        await calm(pilot)
        assert pane.view.current == "small:2"
        assert [row.id for row in pane.view.rows] == ["small:2", "small:3"]
        assert "done by Marc" in shown(app)
        await keys(pilot, "j")
        assert [row.id for row in pane.view.rows] == ["small:3"]


async def test_a_nap_that_ends_brings_the_case_back_by_itself() -> None:
    async with seated() as room, console(room, "Léa", **UNASSIGNED) as (app, pilot):
        await asked(room, pilot, 2)
        await act(room, "Marc", SnoozeCase(conversation="small:1", until=room.clock.now() + timedelta(minutes=5)))
        await calm(pilot)
        await keys(pilot, "end", "full_stop")
        assert "Cases · unassigned 1" in shown(app)
        await room.clock.advance(301)  # type: ignore[attr-defined]
        app._tick()
        await calm(pilot)
        assert "Cases · unassigned 2" in shown(app)


# --- layouts ----------------------------------------------------------------------------------------------------------

ROLES = {
    "head": ["load", "cases:overdue", "alerts", "sources"],
    "manager": ["approvals", "cases:open", "alerts"],
    "analyst": ["feed:Mentions", "feed:Everything", "alerts", "feed:tone:negative"],
    "community": ["cases:unassigned", "cases:mine", "feed:Mentions", "alerts"],
    "creative": ["outbox", "feed:Mentions", "feed:Everything"],
    "guest": ["feed:Mentions", "feed:Everything"],
}


@pytest.mark.parametrize("role", ROLES)
def test_each_role_has_a_layout_that_room_toml_and_the_operator_may_replace(role: str) -> None:
    known = TerminalSettings(operator="x", version="0", room="r", role=role)
    feeds = (MENTIONS, EVERYTHING)
    assert layouts.choose(known, feeds).keys == ROLES[role]
    table = {role: {"columns": [["alerts"]]}}
    assert layouts.choose(known.changed(layouts=table), feeds).keys == ["alerts"]
    assert layouts.choose(known.changed(layouts={"own": {"columns": [["outbox"]]}}), feeds).keys == ["outbox"]
    assert layouts.choose(known.changed(layout="guest"), feeds).keys == ROLES["guest"]


@pytest.mark.parametrize(("name", "role"), [(name, o.role.value) for name, o in PEOPLE.items()])
async def test_a_terminal_that_only_the_room_tells_its_role_opens_with_that_layout(name: str, role: str) -> None:
    async with seated() as room, console(room, name) as (app, pilot):
        await calm(pilot)
        assert app.room_screen.tiles.arrangement.keys == ROLES[role]


async def test_hostile_names_and_words_reach_the_screen_clean() -> None:
    evil = SafeText("[b]Aurelia\x1b]0;owned\x07[/] [@click=app.quit]x")
    async with seated() as room, console(room, "Léa", **OPEN) as (app, pilot):
        await hear(room, pilot, room.post(1, evil))
        await keys(pilot, "t", *"[/]", "enter")
        await keys(pilot, "exclamation_mark", *"[@click=app.quit]", "enter")
        painted = app.export_screenshot()
        assert "\x1b" not in painted
        assert "\x07" not in painted
        assert "[@click=app.quit]" in shown(app)


async def test_i_opens_the_card_of_the_person_and_another_one_takes_its_place() -> None:
    async with seated() as room, console(room, "Léa", (160, 50), **UNASSIGNED) as (app, pilot):
        for number, who in ((1, "one"), (2, "two")):
            author = Author(id=who, handle=SafeText(f"{who}@toot.example"))
            await hear(room, pilot, room.post(number, f"Aurelia, question {number}", author=author))
            await room.clock.advance(60)  # type: ignore[attr-defined]
        await keys(pilot, "i")
        assert app.room_screen.tiles.beside == ("person:small:one",)
        assert app.room_screen.tiles.focused == "person:small:one"
        await keys(pilot, "escape")
        assert app.room_screen.tiles.beside == ()
        await keys(pilot, "enter", "i")
        assert app.room_screen.tiles.beside == ("thread", "person:small:one")
        app.room_screen.front("cases:unassigned")
        await keys(pilot, "j", "i")
        assert app.room_screen.tiles.beside == ("thread", "person:small:two")
        assert "@two@toot.example" in shown(app)


async def test_a_saved_filter_with_words_shows_what_the_room_finds() -> None:
    filters = (CaseFilter(name="Fibre", view="open", words="fibre"),)
    table = {"layout": "desk", "layouts": {"desk": {"columns": [["cases:Fibre"]]}}}
    async with seated(filters=filters) as room, console(room, "Léa", **table) as (app, pilot):
        await hear(room, pilot, room.post(1, "Aurelia, la fibre ?"), room.post(2, "Aurelia, bonjour"))
        await room.clock.advance(6)  # type: ignore[attr-defined]
        app._tick()
        await calm(pilot)
        assert "Cases · Fibre 1" in shown(app)
        assert [row.id for row in cases_pane(app, "Fibre").view.rows] == ["small:1"]
