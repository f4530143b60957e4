"""Approval at a second seat, with the real room: what the approver reads is what is sent, and nothing else is."""

from __future__ import annotations

import pytest
from support.local_room import TestRoom
from support.seats import act, calm, console, hear, seat, seated, sends, shown
from textual.pilot import Pilot
from textual.widgets import Input

from socialroom.domain import requests as r
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.draft import OutboxItem, OutboxState, text_hash
from socialroom.domain.operator import Role
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.approvals import ApprovalsPane

pytestmark = pytest.mark.long

ONE_YES = (ApprovalRule(name="community", roles=(Role.COMMUNITY,)),)
TWO_YESES = (ApprovalRule(name="press", count=2),)


async def proposed(room: TestRoom, name: str = "Léa", text: str = "Nous regardons.", **fields: object) -> OutboxItem:
    draft = room.draft(text, **({"id": f"of {name}", "operator": name} | fields))
    done = await act(room, name, r.ProposeSend(draft=draft))
    assert done.item is not None
    return done.item


async def asked(room: TestRoom, pilot: Pilot[int] | None = None) -> None:
    await hear(room, pilot, room.post(1, "Aurelia, ma box est morte"))


async def at_approvals(pilot: Pilot[int]) -> ApprovalsPane:
    await pilot.press("g", "q")
    await calm(pilot)
    app = pilot.app
    assert isinstance(app, RoomApp)
    pane = app.room_screen.tiles.pane("approvals")
    assert isinstance(pane, ApprovalsPane)
    return pane


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_a_yes_at_a_second_seat_sends_exactly_what_was_read(size: tuple[int, int]) -> None:
    text = "Bonjour,\n\nnous  regardons ce soir.\u202e"
    async with seated(approval_rules=ONE_YES) as room:
        await asked(room)
        done = await act(room, "Léa", r.QueueSend(draft=room.draft(text)))
        assert done.item is not None
        assert done.item.state is OutboxState.AWAITING_APPROVAL
        async with console(room, "Marc", size) as (app, pilot):
            pane = await at_approvals(pilot)
            assert pane.called == "Approvals · 1 waits · 1 for you"
            said = shown(app)
            assert "Bonjour, nous regardons ce soir.␦" in said
            assert "U+202E RIGHT-TO-LEFT OVERRIDE" in said
            assert "ma box est morte" in said
            lines = [pane.reader.render_line(y).text for y in range(pane.reader.size.height)]
            assert any("nous  regardons" in line for line in lines)  # both spaces
            await pilot.press("y")
            await calm(pilot)
            await room.clock.advance(6)
            await calm(pilot)
            (item,) = sends(room)
            assert item.state is OutboxState.SENT
            assert item.approvals[0].by == "Marc"
            assert item.approvals[0].text_hash == item.text_hash == text_hash(text)
            assert [p.text for p in room.network.posts] == [text]
            assert pane.called == "Approvals"


async def test_a_no_needs_a_reason_and_the_writer_is_told_it_and_has_the_text() -> None:
    async with seated() as room:
        await asked(room)
        item = await proposed(room)
        async with console(room, "Marc") as (app, pilot):
            await at_approvals(pilot)
            await pilot.press("n")
            assert isinstance(app.screen.focused, Input)
            await pilot.press("enter")  # no reason, no answer
            await calm(pilot)
            assert room.room.ledger.items[item.id].state is OutboxState.AWAITING_APPROVAL
            await pilot.press("n", *"trop froid", "enter")
            await calm(pilot)
            assert "Turned down; Léa has the text back" in app.room_screen.status.text
        ended = room.room.ledger.items[item.id]
        assert (ended.state, ended.rejected_by, ended.turned_down) == (OutboxState.CANCELLED, "Marc", "trop froid")
        overview = await seat(room, "Léa").view(r.Overview())
        assert isinstance(overview, r.RoomOverview)
        assert [d.text for d in overview.drafts if d.operator == "Léa"] == ["Nous regardons."]
        assert room.network.posts == []


async def test_the_writer_is_told_at_once_what_others_decided_and_they_what_they_are_asked() -> None:
    async with seated() as room:
        await asked(room)
        async with console(room, "Léa") as (writer, pilot):
            item = await proposed(room)
            await calm(pilot)
            await act(room, "Marc", r.RejectSend(item=item.id, reason="trop froid\x1b[2J"))
            await calm(pilot)
            assert "Marc turned your text down: trop froid" in writer.room_screen.status.text
            assert "g d" in writer.room_screen.status.text
            item = await proposed(room, text="Nous regardons, Claire.", id="second")
            await calm(pilot)
            await act(room, "Marc", r.ApproveSend(item=item.id, text_hash=item.text_hash))
            await calm(pilot)
            assert "Approved by Marc: your text is on its way (g o)." in writer.room_screen.status.text
            await act(room, "Léa", r.CancelSend(item=item.id))
        async with console(room, "Marc") as (approver, pilot):
            await proposed(room, "Ana", "On s'en occupe !")
            await calm(pilot)
            assert "Ana asks for a yes: g q shows the text." in approver.room_screen.status.text
        async with console(room, "Yan") as (analyst, pilot):
            await proposed(room, "Ana", "Encore.", id="another")
            await calm(pilot)
            assert "asks for a yes" not in analyst.room_screen.status.text


async def test_an_edited_version_starts_anew_and_shows_what_changed_and_its_editor_cannot_approve_it() -> None:
    async with seated(approval_rules=TWO_YESES) as room:
        await asked(room)
        item = await proposed(room, text="Nous regardons demain.")
        await act(room, "Zoé", r.ApproveSend(item=item.id, text_hash=item.text_hash))
        async with console(room, "Marc") as (_app, pilot):
            await at_approvals(pilot)
            await pilot.press("e")
            await calm(pilot)
            await pilot.press(*["backspace"] * 7, *"ce soir.", "ctrl+s")
            await calm(pilot, 8)
        new = next(i for i in sends(room) if i.replaces == item.id)
        assert (new.text, new.version, new.approvals) == ("Nous regardons ce soir.", 2, ())
        assert room.room.ledger.items[item.id].state is OutboxState.CANCELLED
        async with console(room, "Marc") as (app, pilot):
            pane = await at_approvals(pilot)
            assert pane.called == "Approvals · 1 waits"
            await pilot.press("y")
            await calm(pilot)
            assert "You wrote this text, or a version of it" in app.room_screen.status.text
        async with console(room, "Zoé") as (app, pilot):
            await at_approvals(pilot)
            said = shown(app)
            await pilot.press("pagedown")
            said += shown(app)
            assert "WHAT CHANGED SINCE VERSION 1, BY Léa" in said
            assert "− demain." in said
            assert "+ ce soir." in said
            assert "0 of 2 yeses" in said
            await pilot.press("y")
            await calm(pilot)
            assert "Your yes counts: 1 of 2 yeses: Zoé." in app.room_screen.status.text
            await pilot.press("y")
            await calm(pilot)
            assert "You have said yes to it; somebody else must, too." in app.room_screen.status.text
        assert room.network.posts == []


async def test_a_yes_is_taken_back_while_the_text_counts_down() -> None:
    async with seated() as room:
        await asked(room)
        item = await proposed(room)
        async with console(room, "Marc") as (app, pilot):
            await at_approvals(pilot)
            await pilot.press("y")
            await calm(pilot)
            assert sends(room)[0].state is OutboxState.COUNTDOWN
            await pilot.press("u")
            await calm(pilot)
            assert "approved Léa's text" in app.room_screen.status.text  # what the key, pressed again, will undo
            await pilot.press("u")
            await calm(pilot)
            again = room.room.ledger.items[item.id]
            assert (again.state, again.approvals) == (OutboxState.AWAITING_APPROVAL, ())
            await room.clock.advance(30)
            assert room.network.posts == []


async def test_nobody_approves_a_text_of_their_own_and_it_is_said_why() -> None:
    async with seated() as room:
        await asked(room)
        await proposed(room, "Marc")
        async with console(room, "Marc") as (app, pilot):
            await at_approvals(pilot)
            assert "You wrote this text, or a version of it: somebody else must say yes." in shown(app)
            assert "y yes, send it" not in shown(app)
            await pilot.press("y")
            await calm(pilot)
            (item,) = sends(room)
            assert item.approvals == ()


async def test_who_may_not_approve_reads_who_may() -> None:
    async with seated() as room:
        await asked(room)
        await proposed(room)
        async with console(room, "Yan") as (app, pilot):
            await at_approvals(pilot)
            assert "approve is for: head, manager" in shown(app)
            await pilot.press("y", "n", "e")
            await calm(pilot)
            assert len(app.screen_stack) == 1
            assert app.room_screen.composer is None
            assert "Only its writer and those who approve" in app.room_screen.status.text
            assert sends(room)[0].state is OutboxState.AWAITING_APPROVAL


async def test_of_two_candidates_the_one_that_is_chosen_goes_and_the_other_comes_back() -> None:
    async with seated() as room:
        await asked(room)
        first = await proposed(room, "Léa", "Nous regardons.")
        await room.clock.advance(1)
        second = await proposed(room, "Ana", "On s'en occupe !")
        async with console(room, "Marc") as (app, pilot):
            await at_approvals(pilot)
            said = shown(app)
            await pilot.press("pagedown")
            said += shown(app)
            assert "2 candidates" in said
            assert "a last yes to this one turns the others down" in said
            assert "the one of Ana: " in said
            await pilot.press("j")
            await calm(pilot)
            await pilot.press("pagedown")
            assert "the one of Léa: " in shown(app)
            await pilot.press("y")
            await calm(pilot)
            await room.clock.advance(6)
            await calm(pilot)
        items = room.room.ledger.items
        assert items[second.id].state is OutboxState.SENT
        assert items[first.id].state is OutboxState.CANCELLED
        assert items[first.id].rejected_by == "Marc"
        assert [d.text for d in room.room.drafts.all()] == ["Nous regardons."]


async def test_a_long_text_is_read_to_its_end_before_a_yes_counts() -> None:
    long = "\n".join(f"l. {n}" for n in range(14)) + "\nfin"
    async with seated() as room:
        await asked(room)
        await proposed(room, text=long)
        async with console(room, "Marc", (80, 16)) as (app, pilot):
            await at_approvals(pilot)
            assert "fin" not in shown(app)
            await pilot.press("y")
            await calm(pilot)
            assert sends(room)[0].approvals == ()
            assert "read it to its end" in app.room_screen.status.text
            for _page in range(6):
                await pilot.press("y")
                await calm(pilot)
            assert sends(room)[0].approvals[0].by == "Marc"


async def test_what_changed_in_the_very_moment_is_not_approved_unread() -> None:
    async with seated() as room:
        await asked(room)
        item = await proposed(room)
        async with console(room, "Marc") as (app, pilot):
            pane = await at_approvals(pilot)
            pane._shown = item.changed(text="Something else that was on the screen.")
            await pilot.press("y")
            await calm(pilot)
            assert "It changed just now: read it again." in app.room_screen.status.text
            assert sends(room)[0].approvals == ()


async def test_an_account_of_the_press_office_asks_once_more() -> None:
    async with seated() as room:
        room.room._accounts["small"] = room.room._accounts["small"].changed(confirm=True)
        await asked(room)
        await proposed(room)
        async with console(room, "Marc") as (app, pilot):
            await at_approvals(pilot)
            await pilot.press("y")
            await calm(pilot)
            assert len(app.screen_stack) == 2
            await pilot.press("enter")  # not yet
            await calm(pilot)
            assert sends(room)[0].approvals == ()
            await pilot.press("y", "j", "enter")
            await calm(pilot)
            assert sends(room)[0].approvals[0].by == "Marc"


async def test_g_o_goes_to_the_outbox_and_shows_the_yeses() -> None:
    async with seated(approval_rules=TWO_YESES) as room:
        await asked(room)
        item = await proposed(room)
        await act(room, "Zoé", r.ApproveSend(item=item.id, text_hash=item.text_hash))
        async with console(room, "Léa") as (app, pilot):
            await pilot.press("g", "o")
            await calm(pilot)
            assert app.room_screen.tiles.focused == "outbox"
            assert "1 of 2 yeses: Zoé" in shown(app)
