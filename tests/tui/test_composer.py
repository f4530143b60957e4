"""The composer on a real desk and outbox: what is typed is never lost, and what is said of a send is true."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.desk_room import question
from support.host import Beside, ComposerHost, passes, quiet
from support.posts import post
from support.writing import queued, reply, typed
from support.writing_room import BRAND, OTHER, SKY, WritingRoom

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import OutcomeUnknown
from socialroom.domain.events import Heard, OutboxChanged, Withdrawn
from socialroom.domain.operator import Role
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText, is_clean
from socialroom.tui.draft_area import paintable
from socialroom.tui.sending import take_back_newest

SIZES = [(80, 24), (120, 40), (200, 60), (44, 12)]


@pytest.fixture
def room() -> WritingRoom:
    return WritingRoom(HeldClock())


@pytest.fixture
def state(tmp_path: Path) -> str:
    return str(tmp_path)


def copies(state: str) -> list[str]:
    """Texts that lie on this machine."""
    return [json.loads(p.read_bytes())["text"] for p in Path(state).rglob("*.json")]


# --- typing ----------------------------------------------------------------------------------------------------------


async def test_every_printable_character_types_itself_and_is_no_act(room: WritingRoom) -> None:
    text = "rRcmeEuvyAzhlq123/?.:;xsw gd é è à ç œ € [ ] { } @ # | ~ \\ ^ ` & \" ' ( - _ ) = ñ ß ø ł 日本 مرحبا 🎉"
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot, text)
        assert pane.area.text == text
        assert app.acts == []
        await passes(pilot, 1)
        assert room.drafts() == [text]


@pytest.mark.parametrize("size", SIZES)
async def test_as_whom_to_whom_and_how_much_is_left_always_stand_there(
    room: WritingRoom, size: tuple[int, int]
) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=size) as pilot:
        await reply(pilot, "Bonjour")
        assert app.border() == "as @aurelia · Mastodon · public"
        assert "↳ José García" in app.text()
        assert "Que se passe-t-il" in app.text()
        assert "93 left" in app.text()
        assert app.pane.area.size.height >= 2
        assert app.pane.shown_foot.region.bottom <= app.pane.region.bottom - 1


async def test_what_the_room_has_is_called_saved_and_nothing_else(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot)
        assert app.state_words() == "nothing typed yet"
        room.gate = asyncio.Event()
        await typed(pilot, "Nous")
        assert app.state_words() == "typing…"
        assert copies(state) == ["Nous"], "this machine has it at once"
        await passes(pilot, 1)
        assert app.state_words() == "typing…"
        await typed(pilot, " regardons")
        room.gate.set()
        await quiet(pilot)
        assert (room.drafts(), app.state_words()) == (["Nous"], "typing…"), "the answer was for an older text"
        await passes(pilot, 1)
        assert (room.drafts(), app.state_words()) == (["Nous regardons"], "draft saved")
        assert copies(state) == [], "the room has it safely"


async def test_a_burst_that_never_pauses_reaches_the_room_within_a_second(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot)
        for letter in "abcdefgh":
            await pilot.press(letter)
            await room.clock.advance(0.12)
            await quiet(pilot)
        assert room.drafts()
        assert "abcd".startswith(room.drafts()[0]) or room.drafts()[0].startswith("abcd")


async def test_typing_says_that_somebody_answers_and_opening_does_not(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot)
        await passes(pilot, 2)
        assert app.state.cases == {}
        await typed(pilot, "a")
        await passes(pilot, 1)
        assert app.state.cases[app.question.conversation].claimed_by == "Léa"
        assert "answering" not in app.text(), "nobody needs to be told of themselves"


async def test_somebody_else_who_answers_is_named_as_soon_as_it_is_known(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot)
        await room.seat("Marc").act(r.ClaimCase(conversation=app.question.conversation))
        await quiet(pilot)
        assert "● Marc is answering this" in app.text()


async def test_the_count_is_the_accounts_own_and_says_what_is_too_much(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot)
        pane.area.insert("é" * 101)
        await quiet(pilot)
        assert "▲ 1 too many" in app.text()
        await pilot.press("ctrl+s")
        await passes(pilot, 10)
        assert "Too long by 1: shorten it." in app.text()
        assert room.network.posts == []
        await pilot.press("backspace")
        await quiet(pilot)
        assert "Too long" not in app.text()
        assert "0 left" in app.text()


async def test_hostile_text_is_painted_visibly_and_kept_as_it_was(room: WritingRoom) -> None:
    evil = "a\x1b]0;owned\x07b\u202ec" + "e" + "\u0301" * 40 + "[@click=app.quit]x[/] \x9b31m"
    room.desk.parent = question(room.clock, text=SafeText(evil), title=SafeText(evil))
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot)
        pane.area.insert(evil)
        await passes(pilot, 1)
        painted = "".join(
            segment.text for widget in app.screen.walk_children() for y in range(widget.size.height)
            for segment in widget.render_line(y)
        )  # fmt: skip
        assert "[@click=app.quit]x[/]" in painted
        assert all(is_clean(line) for line in painted.split("\n"))
        assert "␦" in painted
        assert "Invisible signs stand in this text" in app.text()
        assert "U+202E RIGHT-TO-LEFT OVERRIDE" in app.text()
        assert room.drafts() == [pane.area.text]
        assert "\x1b]0;owned" in room.drafts()[0]


def test_what_is_painted_is_as_long_as_what_was_typed() -> None:
    for line in (
        "plain",
        "é à ç\tœ",
        "👩🏽‍🚒 ok",
        "x\u202ey\u200bz",
        "e" + "\u0301" * 30,
        "\x1b[31m",
        "\U000e0041" * 3,
        "👩‍" * 30,
    ):
        shown = paintable(line)
        assert len(shown) == len(line)
        assert is_clean(shown.replace("\t", " "))
    assert paintable("👩🏽‍🚒 é") == "👩🏽‍🚒 é"


# --- leaving and coming back -------------------------------------------------------------------------------------------


async def test_leaving_keeps_the_draft_and_says_so_and_the_cursor_comes_back(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot, "Nous regardons")
        await pilot.press("home", "right", "right")
        await pilot.press("escape")
        await quiet(pilot)
        assert (app.left, room.drafts()) == (1, ["Nous regardons"])
        assert app.said == ["Draft kept."]
        assert isinstance(app.focused, Beside)
        assert "Nothing is being written" in app.text()
        await reply(pilot)
        assert (pane.area.text, pane.area.cursor_location) == ("Nous regardons", (0, 2))
        assert app.focused is pane.area
        assert app.state_words() == "draft saved"


async def test_a_text_of_nothing_leaves_no_draft_behind(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot, "oops")
        await passes(pilot, 1)
        assert room.drafts() == ["oops"]
        await pilot.press("ctrl+u")
        await pilot.press("escape")
        await passes(pilot, 1)
        assert (room.drafts(), copies(state), app.left) == ([], [], 1)


async def test_opening_another_text_saves_the_one_before(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot, "to the customer")
        app.open_composer()
        await quiet(pilot)
        assert pane.area.text == ""
        assert "a new post" in app.text()
        await typed(pilot, "to all")
        app.open_composer(parent=app.question)
        await quiet(pilot)
        assert pane.area.text == "to the customer"
        assert set(room.drafts()) == {"to the customer", "to all"}


async def test_the_newest_draft_of_this_operator_for_that_conversation_is_restored(room: WritingRoom) -> None:
    seat, marc = room.seat(), room.seat("Marc")
    for number, (who, text) in enumerate([(seat, "old"), (seat, "new"), (marc, "of Marc")]):
        await who.act(r.SaveDraft(draft=room.desk.draft(text, id=f"d{number}", operator=who.operator.name)))
        await room.clock.advance(10)
    app = ComposerHost(seat)
    async with app.run_test() as pilot:
        pane = await reply(pilot)
        assert pane.area.text == "new"
        assert app.state_words() == "draft saved"


async def test_a_draft_begun_under_another_message_answers_the_message_in_front(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot, "half a th")
        later = question(room.clock, uri="small:later", id="8", text=SafeText("Et maintenant ?"))
        room.desk.posts[later.uri] = later
        app.open_composer(parent=later)
        await passes(pilot, 1)
        assert app.pane.area.text == "half a th"
        assert "Et maintenant" in app.text()
        assert [d.in_reply_to for d in room.desk.drafts.all()] == ["small:later"]


async def test_a_pane_that_is_closed_saves_what_was_typed(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        pane = await reply(pilot, "half a th")
        await pane.remove()
        await quiet(pilot)
        assert room.drafts() == ["half a th"]


async def test_a_terminal_that_is_closed_saves_what_was_typed(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot, "half a th")
        await app.pane.leaving()
        assert room.drafts() == ["half a th"]


# --- when the room is away -----------------------------------------------------------------------------------------------


async def test_without_the_room_the_text_is_kept_here_and_brought_there_when_it_is_back(
    room: WritingRoom, state: str
) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot, "Nous")
        app.lose()
        await typed(pilot, " regardons")
        await passes(pilot, 3)
        assert app.state_words() == "kept here only: the room does not answer"
        assert copies(state) == ["Nous regardons"]
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "nothing was sent" in app.text()
        app.back()
        await passes(pilot, 1)
        assert (room.drafts(), app.state_words(), copies(state)) == (["Nous regardons"], "draft saved", [])
        assert room.network.posts == []


async def test_where_nothing_can_keep_the_text_that_is_said(room: WritingRoom) -> None:
    app = ComposerHost(room.seat(), folder="")
    async with app.run_test() as pilot:
        await reply(pilot, "Nous")
        app.lose()
        await typed(pilot, " regardons")
        await passes(pilot, 2)
        assert app.state_words() == "NOT KEPT: the room does not answer"


async def test_a_room_whose_disk_is_full_is_asked_again_and_the_text_is_here_meanwhile(
    room: WritingRoom, state: str
) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot)
        room.desk.store.full = True
        await typed(pilot, "Nous")
        await passes(pilot, 3)
        assert app.state_words() == "kept here only: the disk is full"
        assert copies(state) == ["Nous"]
        room.desk.store.full = False
        await passes(pilot, 2)
        assert (app.state_words(), room.drafts(), copies(state)) == ("draft saved", ["Nous"], [])


async def test_leaving_without_the_room_says_where_the_draft_is(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await reply(pilot, "Nous")
        app.lose()
        await typed(pilot, "!")
        await pilot.press("escape")
        await quiet(pilot)
        assert app.said == ["Draft kept on this machine only: the room does not answer"]
        app.open_composer(parent=app.question)
        await quiet(pilot)
        assert app.pane.area.text == "Nous!"


async def test_what_a_killed_terminal_left_is_a_draft_again(room: WritingRoom, state: str) -> None:
    room.cut = True
    first = ComposerHost(room.seat(), folder=state, attached=False)
    async with first.run_test() as pilot:
        await reply(pilot, "typed before the kill")
        assert copies(state) == ["typed before the kill"]
    room.cut = False
    second = ComposerHost(room.seat(), folder=state)
    async with second.run_test() as pilot:
        await quiet(pilot)
        assert (room.drafts(), copies(state)) == (["typed before the kill"], [])
        assert second.said == [
            "1 text typed here had not reached the room: it is a draft now, beside what the room has."
        ]
        pane = await reply(pilot)
        assert pane.area.text == "typed before the kill"
        assert second.border() == "as @aurelia · Mastodon · public"


async def test_both_are_kept_where_this_machine_and_the_room_differ(room: WritingRoom, state: str) -> None:
    first = ComposerHost(room.seat(), folder=state)
    async with first.run_test() as pilot:
        await reply(pilot, "the room has this")
        await passes(pilot, 1)
        first.lose()
        await typed(pilot, ", and not that")
    room.cut = False
    second = ComposerHost(room.seat(), folder=state)
    async with second.run_test() as pilot:
        await quiet(pilot)
        assert set(room.drafts()) == {"the room has this", "the room has this, and not that"}
        assert len(second.said) == 1
        assert copies(state) == []
        pane = await reply(pilot)
        assert pane.area.text == "the room has this, and not that"


async def test_a_left_text_can_be_written_on_while_the_room_is_still_away(room: WritingRoom, state: str) -> None:
    first = ComposerHost(room.seat(), folder=state)
    async with first.run_test() as pilot:
        await reply(pilot, "the room has this")
        await passes(pilot, 1)
        first.lose()
        await typed(pilot, "!")
    second = ComposerHost(room.seat(), folder=state, attached=False)
    async with second.run_test() as pilot:
        pane = await reply(pilot, "?")
        assert pane.area.text == "the room has this!?"
        assert second.border() == "as nobody: no account is chosen", "nothing is known of the room yet"
        second.back()
        await passes(pilot, 1)
        assert second.border() == "as @aurelia · Mastodon · public"
        assert set(room.drafts()) == {"the room has this", "the room has this!?"}
        assert "draft of its own" in second.said[0]


async def test_what_the_room_has_already_is_taken_up_without_a_word(room: WritingRoom, state: str) -> None:
    first = ComposerHost(room.seat(), folder=state)
    async with first.run_test() as pilot:
        room.answers_lost = True
        await reply(pilot, "it reached the room")
        await passes(pilot, 1)
        first.typed.keep(room.desk.drafts.all()[0])  # killed before the copy was erased
        await quiet(pilot)
    room.answers_lost = False
    second = ComposerHost(room.seat(), folder=state)
    async with second.run_test() as pilot:
        await quiet(pilot)
        assert (room.drafts(), second.said, copies(state)) == (["it reached the room"], [], [])


# --- one draft, two terminals ----------------------------------------------------------------------------------------------


async def test_a_draft_changed_at_another_terminal_shows_here_until_both_type(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot, "one")
        await passes(pilot, 1)
        draft = room.desk.drafts.all()[0]
        await room.seat().act(r.SaveDraft(draft=draft.changed(text="one and two")))
        await quiet(pilot)
        assert pane.area.text == "one and two"
        assert app.state_words() == "draft saved"
        await typed(pilot, " mine")
        await room.seat().act(r.SaveDraft(draft=draft.changed(text="theirs")))
        await passes(pilot, 1)
        assert pane.area.text == "one and two mine"
        assert set(room.drafts()) == {"theirs", "one and two mine"}
        assert "draft of its own" in app.said[0]


async def test_a_draft_sent_at_another_terminal_is_a_send_here(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot, "one")
        await passes(pilot, 1)
        await room.seat().act(r.QueueSend(draft=room.desk.drafts.all()[0]))
        await quiet(pilot)
        assert "sends in 5" in app.text()
        await passes(pilot, 6)
        assert "SENT" in app.text()
        assert len(room.network.posts) == 1


async def test_a_draft_discarded_at_another_terminal_stays_while_it_is_open_here(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot, "one")
        await passes(pilot, 1)
        await room.seat().act(r.DiscardDraft(draft=room.desk.drafts.all()[0].id))
        await passes(pilot, 1)
        assert (room.drafts(), app.state_words()) == (["one"], "draft saved")


async def test_somebody_elses_draft_becomes_a_copy_of_ones_own(room: WritingRoom) -> None:
    marc = room.seat("Marc")
    done = await marc.act(r.SaveDraft(draft=room.desk.draft("of Marc", operator="Marc")))
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        app.open_composer(parent=app.question, draft=done.draft)
        await typed(pilot, " and Léa")
        await passes(pilot, 2)
        assert {(d.operator, d.text) for d in room.desk.drafts.all()} == {
            ("Marc", "of Marc"),
            ("Léa", "of Marc and Léa"),
        }


# --- sending -------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (44, 12)])
async def test_a_send_counts_down_and_u_brings_text_and_cursor_back(room: WritingRoom, size: tuple[int, int]) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=size) as pilot:
        pane = await reply(pilot, "Nous regardons.")
        await pilot.press("left", "left")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "sends in 5 · u takes it back" in app.text()
        assert app.focused is pane
        await passes(pilot, 2)
        assert "sends in 3 · u takes it back" in app.text()
        await pilot.press("u")
        await quiet(pilot)
        assert app.undone == [True]
        assert app.focused is pane.area
        assert (pane.area.text, pane.area.cursor_location) == ("Nous regardons.", (0, 13))
        assert "Taken back: nothing was sent." in app.text()
        assert app.state_words() == "draft saved"
        await passes(pilot, 20)
        assert room.network.calls == []
        await typed(pilot, "u")
        assert pane.area.text == "Nous regardonus.", "letters are text again"


async def test_sent_again_after_undo_it_is_there_once_with_id_and_link(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), folder=state)
    async with app.run_test() as pilot:
        await queued(pilot)
        await pilot.press("u")
        await quiet(pilot)
        await pilot.press("ctrl+s")
        await quiet(pilot)
        await passes(pilot, 6)
        assert "✓ SENT · Small · id 1" in app.text()
        assert "https://small.example/1" in app.text()
        assert [p.text for p in room.network.posts] == ["Nous regardons."]
        assert (room.drafts(), copies(state)) == ([], [])
        assert app.pane.undo() is False
        await reply(pilot)
        assert app.pane.area.text == "", "what was sent is over"
        assert "you have answered this post" in app.text()


async def test_a_refusal_says_why_and_the_text_is_back(room: WritingRoom) -> None:
    room.network.plan = ["rejected"]
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await queued(pilot)
        await passes(pilot, 6)
        assert "NOT SENT: the text is back in the editor." in app.text()
        assert "the network refused it: not this" in app.text()
        assert app.focused is pane.area
        assert pane.area.text == "Nous regardons."
        await passes(pilot, 1)
        assert room.drafts() == ["Nous regardons."]
        await pilot.press("ctrl+s")
        await quiet(pilot)
        await passes(pilot, 6)
        assert "SENT" in app.text()
        assert len(room.network.posts) == 1


async def test_an_unknown_outcome_is_called_that(room: WritingRoom) -> None:
    room.network.remembers = 0
    room.network.plan = ["posted, then lost"]
    room.network.searchable = False
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await queued(pilot)
        await passes(pilot, 6)
        assert "UNKNOWN: the line was cut after the request may have left." in app.text()
        assert pane.area.disabled
        await pilot.press("ctrl+s", "u")
        await quiet(pilot)
        assert "UNKNOWN" in app.text()
        room.network.searchable = True
        await passes(pilot, 900)
        assert "✓ SENT · Small · id 1" in app.text()


async def test_a_send_that_waits_for_another_try_says_so_and_can_be_taken_back(room: WritingRoom) -> None:
    room.network.plan = ["refused"]
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        await passes(pilot, 5.1)
        assert "tries again in 2 · u takes it back" in app.text()
        assert "the network refused the connection" in app.text()
        await pilot.press("u")
        await quiet(pilot)
        await passes(pilot, 60)
        assert room.network.posts == []
        assert app.focused is app.pane.area


async def test_a_room_that_ends_during_the_countdown_holds_the_send_and_that_is_said(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        app.lose()
        await room.desk.outbox.aclose()
        await passes(pilot, 20)
        await room.starts_again()
        app.back()
        await quiet(pilot)
        assert "HELD: nothing was sent." in app.text()
        await pilot.press("u")
        await quiet(pilot)
        assert app.pane.area.text == "Nous regardons."
        assert app.focused is app.pane.area
        assert room.network.posts == []


async def test_a_line_that_breaks_while_queueing_never_makes_two_sends(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot, "Nous regardons.")
        await passes(pilot, 1)
        room.answers_lost, app.late = True, []
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "nobody knows yet whether it took the text" in app.text()
        assert app.focused is app.pane.area
        room.answers_lost = False
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "sends in 5" in app.text()
        app.deliver()
        await passes(pilot, 6)
        assert "SENT" in app.text()
        assert len(room.network.posts) == 1


async def test_a_send_that_the_room_took_before_the_line_broke_is_found_when_it_is_back(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot, "Nous regardons.")
        await passes(pilot, 1)
        room.answers_lost, app.late = True, []
        await pilot.press("ctrl+s")
        await quiet(pilot)
        app.lose()
        app.late = None
        room.answers_lost = False
        app.back()
        await quiet(pilot)
        assert "sends in 5 · u takes it back" in app.text()
        assert app.focused is app.pane
        await pilot.press("u")
        await quiet(pilot)
        assert app.pane.area.text == "Nous regardons."


async def test_news_that_come_late_change_nothing(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot, "Nous regardons.")
        await passes(pilot, 1)
        app.late = []
        await pilot.press("ctrl+s")
        await quiet(pilot)
        await pilot.press("u")
        await quiet(pilot)
        assert app.focused is pane.area
        await typed(pilot, "..")
        app.deliver()
        await passes(pilot, 1)
        assert pane.area.text == "Nous regardons..."
        assert app.focused is pane.area
        assert (room.drafts(), app.state_words()) == (["Nous regardons..."], "draft saved")
        assert app.said == []


async def test_a_save_that_is_under_way_is_waited_for_before_queueing(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await reply(pilot)
        room.gate = asyncio.Event()
        await typed(pilot, "Nous")
        await passes(pilot, 1)
        await typed(pilot, " regardons.")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert app.state_words() == "handing it to the room…"
        room.gate.set()
        await quiet(pilot)
        assert "sends in 5" in app.text()
        await passes(pilot, 6)
        assert [p.text for p in room.network.posts] == ["Nous regardons."]
        assert room.drafts() == [], "no save came after"


async def test_undo_works_after_leaving_and_from_another_text(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await queued(pilot)
        await pilot.press("escape")
        await quiet(pilot)
        assert app.left == 1
        app.open_composer()
        await typed(pilot, "something else")
        app.screen.query_one(Beside).focus()
        await pilot.press("u")
        await quiet(pilot)
        assert pane.area.text == "Nous regardons."
        assert app.focused is pane.area
        await passes(pilot, 20)
        assert room.network.posts == []
        assert set(room.drafts()) == {"Nous regardons.", "something else"}


async def test_undo_without_a_composer_opens_one(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        await pilot.press("escape")
        assert take_back_newest(app) is True
        await quiet(pilot)
        assert [d.text for _p, _a, d in app.composed if d] == ["Nous regardons."]
        assert take_back_newest(app) is False


async def test_undo_whose_answer_is_lost_is_known_by_the_news(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await queued(pilot)
        room.answers_lost = True
        await pilot.press("u")
        await quiet(pilot)
        assert pane.area.text == "Nous regardons."
        assert app.focused is pane.area
        await passes(pilot, 20)
        assert room.network.posts == []


async def test_undo_that_comes_too_late_says_so(room: WritingRoom) -> None:
    room.network.plan = ["posted, then silence"]
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        await passes(pilot, 5.1)
        assert "sending…" in app.text()
        assert app.pane.undo() is False


async def test_a_send_taken_back_elsewhere_gives_the_text_back(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await queued(pilot)
        await room.seat().act(r.CancelSend(item=room.desk.item().id))
        await quiet(pilot)
        assert "Taken back: nothing was sent." in app.text()
        assert not pane.area.disabled
        assert app.state_words() == "draft saved"


async def test_a_doubtful_send_asks_first(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        pane = await reply(pilot)
        await room.seat("Marc").act(r.ClaimCase(conversation=app.question.conversation))
        await typed(pilot, "Nous regardons.")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "▲ Marc is answering this" in app.text()
        assert "y sends anyway · Esc goes back to the text" in app.text()
        await pilot.press("escape")
        await quiet(pilot)
        assert app.focused is pane.area
        assert app.left == 0
        await typed(pilot, "y")
        assert pane.area.text == "Nous regardons.y", "outside the question y is a letter"
        await pilot.press("backspace", "ctrl+s")
        await quiet(pilot)
        await pilot.press("y")
        await quiet(pilot)
        assert "sends in 5" in app.text()
        assert app.acts == []
        await passes(pilot, 6)
        assert [p.text for p in room.network.posts] == ["Nous regardons."]


async def test_a_second_answer_asks_first(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        await passes(pilot, 6)
        await pilot.press("escape")
        await reply(pilot, "encore")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "has answered this post" in app.text()
        assert len(room.network.posts) == 1


async def test_what_the_customer_wrote_meanwhile_is_shown_and_asked_about(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot, "Nous regardons.")
        later = app.question.changed(
            uri="small:later", id="8", created_at=room.clock.now(), text=SafeText("C'est revenu !")
        )
        elsewhere = later.changed(uri="small:other", root="small:other", text=SafeText("another conversation"))
        app._hear(Heard(posts=(later, elsewhere), feeds=((), ())))
        await quiet(pilot)
        assert "▲ José García 🌻 wrote again: C'est revenu !" in app.text()
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "y sends anyway" in app.text()
        assert room.desk.outbox.items() == []
        await pilot.press("escape")
        await quiet(pilot)
        assert app.focused is pane.area
        await pilot.press("ctrl+s", "y")
        await quiet(pilot)
        assert "sends in 5" in app.text()


async def test_both_questions_are_asked_where_both_are_doubtful(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot)
        await room.seat("Marc").act(r.ClaimCase(conversation=app.question.conversation))
        await typed(pilot, "Nous regardons.")
        changed = app.question.changed(text=SafeText("Ça marche ?"), revision="2")
        app._hear(Heard(posts=(changed,), feeds=((),)))
        await quiet(pilot)
        assert "has changed the post: Ça marche ?" in app.text()
        await pilot.press("ctrl+s", "y")
        await quiet(pilot)
        assert "▲ Marc is answering this" in app.text()
        assert room.desk.outbox.items() == []
        await pilot.press("y")
        await quiet(pilot)
        assert "sends in 5" in app.text()


async def test_a_post_that_was_deleted_is_not_answered(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        app._hear(Withdrawn(uris=(app.question.uri,)))
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "Que se passe-t-il" not in app.text(), "deleted posts leave the screen"
        assert "was deleted: nothing was sent." in app.text()
        assert room.desk.outbox.items() == []


async def test_a_newer_message_stops_the_send_and_that_is_said(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test() as pilot:
        await queued(pilot)
        await room.clock.advance(1)
        later = question(
            room.clock, uri="small:later", id="8", created_at=room.clock.now(), first_seen_at=room.clock.now()
        )
        room.desk.outbox.heard([later])
        await quiet(pilot)
        assert "HELD: nothing was sent." in app.text()
        assert "wrote again while this reply waited" in app.text()


# --- who may, and as whom ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", [Role.GUEST, Role.ANALYST, Role.CREATIVE])
async def test_a_role_that_may_not_send_asks_those_who_may(room: WritingRoom, role: Role) -> None:
    app = ComposerHost(room.seat(role=role))
    async with app.run_test() as pilot:
        await reply(pilot, "Nous regardons.")
        assert app.state.cases == {}, "who may not answer does not look as if they did"
        await pilot.press("ctrl+s")
        await passes(pilot, 10)
        assert f"waits for approval: a text by somebody who sits here as {role.value}" in app.text()
        assert room.network.posts == []
        assert room.desk.item().state is OutboxState.AWAITING_APPROVAL


async def test_a_wall_has_no_composer(room: WritingRoom, state: str) -> None:
    app = ComposerHost(room.seat(), read_only=True, folder=state)
    async with app.run_test() as pilot:
        await reply(pilot, "x")
        assert app.said == ["This screen only shows."]
        assert app.pane.area.text == ""
        await passes(pilot, 2)
        assert (room.asked, copies(state)) == ([], [])


async def test_accounts_and_audiences_are_chosen_by_key_and_always_shown(room: WritingRoom) -> None:
    room.accounts = (BRAND, OTHER, SKY)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Bonjour")
        await pilot.press("f2")
        assert app.border() == "as @aurelia_help · Mastodon · public"
        assert "33 left" in app.text(), "each account counts in its own way"
        await pilot.press("f2")
        assert app.border() == "as @aurelia · Mastodon · public"
        seen = []
        for _ in range(4):
            await pilot.press("f4")
            seen.append(app.border().rpartition(" · ")[2])
        assert seen == ["unlisted", "private", "direct", "public"]
        await pilot.press("f4")
        await passes(pilot, 1)
        assert [(d.account, d.visibility) for d in room.desk.drafts.all()] == [("small", "unlisted")]
        app.open_composer()
        await quiet(pilot)
        seen = []
        for _ in range(3):
            await pilot.press("f2")
            seen.append(app.border().split(" · ")[0])
        assert seen == ["as @aurelia_help", "as @aurelia.example", "as @aurelia"], "a new post may go anywhere"


async def test_an_answer_is_never_offered_to_more_people_than_what_it_answers(room: WritingRoom) -> None:
    room.desk.parent = question(room.clock, visibility="private", network="mastodon")
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot)
        assert app.border().endswith("private")
        await pilot.press("f4")
        assert app.border().endswith("direct")
        await pilot.press("f4")
        assert app.border().endswith("private")


async def test_without_an_account_one_may_draft_and_is_told_what_to_do(room: WritingRoom) -> None:
    room.accounts = (SKY,)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_composer(parent=post(1, network="mastodon", uri="m:1"))
        await typed(pilot, "Bonjour")
        assert app.border() == "as nobody: no account is chosen"
        await pilot.press("ctrl+s")
        await passes(pilot, 1)
        assert "No account may speak here. Run: socialroom login" in app.text()
        assert room.drafts() == ["Bonjour"]


async def test_an_account_that_cannot_speak_yet_says_why(room: WritingRoom) -> None:
    room.accounts = (BRAND.changed(ready=False),)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Bonjour")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "small cannot speak now: it is signing in" in app.text()
        assert app.border() == "as small · Mastodon · public"


async def test_a_post_that_takes_no_replies_is_told(room: WritingRoom) -> None:
    parent: Post = room.desk.parent.changed(can_reply=False)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        app.open_composer(parent=parent)
        await typed(pilot, "Bonjour")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "This post takes no replies." in app.text()


async def test_nobody_is_asked_to_look_while_the_room_looks_and_tries_itself(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await queued(pilot)
        cut = OutcomeUnknown("the line was cut", remedy="Look on the network.")
        later = room.clock.now() + timedelta(seconds=1)
        item = room.desk.item().changed(state=OutboxState.SENDING, reason=cut.problem(), updated_at=later)
        app._hear(OutboxChanged(item=item))
        await quiet(pilot)
        assert "the line was cut" in app.text()
        assert "Look on the network." not in app.text()


async def test_every_state_of_a_send_has_its_words(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await queued(pilot)
        item = room.desk.item()
        for number, (state, said) in enumerate(
            {
                OutboxState.AWAITING_APPROVAL: "waits for approval · u takes it back",
                OutboxState.SCHEDULED: "goes at 10:30",
                OutboxState.ARMED: "sending…",
                OutboxState.SENDING: "sending…",
                OutboxState.HELD: "HELD: nothing was sent. The outbox (g o) can send it now · u takes it back",
                OutboxState.UNKNOWN: "UNKNOWN:",
                OutboxState.SENT: "✓ SENT",
            }.items(),
            start=1,
        ):
            later = room.clock.now() + timedelta(seconds=number)
            due = room.clock.now().replace(hour=10, minute=30)
            app._hear(OutboxChanged(item=item.changed(state=state, updated_at=later, due_at=due)))
            await quiet(pilot)
            assert said in app.text()
