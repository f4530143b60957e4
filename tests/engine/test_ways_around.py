"""Ways around what a role, an approval or a check should keep from happening, each put on the wire as it is."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from support.approving_room import ApprovingRoom, approving
from support.clock import settle

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.draft import Attachment, OutboxState, SendKind
from socialroom.domain.errors import Conflict, Missing, NotAllowed, OutboxError
from socialroom.domain.events import CaseGone
from socialroom.domain.hand_off import CareRequest
from socialroom.domain.operator import Role
from socialroom.domain.post import PostKind
from socialroom.engine.ledger import ROOM

CARD = "Votre carte 4111 1111 1111 1111 est débitée."
NEW = {"in_reply_to": None, "conversation": None}


async def _hear_a_private_message(room: ApprovingRoom) -> None:
    private = room.test.post(7, "Mon numéro ?", kind=PostKind.MESSAGE, visibility="direct")
    room.test.source.say(private)
    await settle()


@pytest.mark.parametrize("visibility", ["direct", ""])
async def test_a_correction_of_a_public_text_is_as_public_whatever_it_says_of_itself(visibility: str) -> None:
    async with approving() as room:
        await _hear_a_private_message(room)
        sent = await room.send()
        about = {"in_reply_to": "small:7", "conversation": "small:7"} if not visibility else NEW
        edit = room.draft(CARD, id="d2", kind=SendKind.EDIT, corrects=sent.id, visibility=visibility, **about)
        with pytest.raises(OutboxError):
            await room.send(edit)
        assert room.texts() == ["Nous regardons."]


async def test_an_audience_that_the_network_does_not_know_makes_no_text_private() -> None:
    async with approving() as room:
        assert "direct" not in room.network.capabilities.visibilities
        with pytest.raises(OutboxError):
            await room.send(room.draft(CARD, visibility="direct"))
        assert room.texts() == []


async def test_a_correction_goes_by_the_account_that_wrote() -> None:
    async with approving() as room:
        sent = await room.send()
        edit = room.draft("Mieux", id="d2", kind=SendKind.EDIT, corrects=sent.id, **NEW).changed(account="other")
        with pytest.raises((OutboxError, Missing)):
            await room.send(edit)


async def test_who_may_not_read_private_messages_corrects_none() -> None:
    async with approving() as room:
        await _hear_a_private_message(room)
        sent = await room.send(room.draft("Le voici.", in_reply_to="small:7", conversation="small:7"))
        assert sent.state is OutboxState.COUNTDOWN
        edit = room.draft("Autrement", id="d2", kind=SendKind.EDIT, corrects=sent.id, **NEW)
        with pytest.raises(NotAllowed):
            await room.act(r.ProposeSend(draft=edit), Role.ANALYST)


async def test_what_is_written_in_private_is_shown_to_those_who_may_read_it_only() -> None:
    async with approving() as room:
        await _hear_a_private_message(room)
        sent = await room.send(room.draft("Le voici.", in_reply_to="small:7", conversation="small:7"))
        await room.act(r.DeleteSent(item=sent.id))
        for number, more in enumerate(
            [
                {"kind": SendKind.MESSAGE},
                {"kind": SendKind.EDIT, "corrects": sent.id, **NEW},
                {"in_reply_to": None, "conversation": "small:7"},
            ]
        ):
            await room.act(r.SaveDraft(draft=room.draft("secret", id=f"p{number}", **more)), Role.COMMUNITY)
        for role in (Role.ANALYST, Role.CREATIVE, Role.GUEST):
            seen = await room.test.seat(role).view(r.Overview())
            assert isinstance(seen, r.RoomOverview)
            assert (role, seen.drafts, seen.outbox) == (role, (), ())


async def test_what_nobody_approved_is_not_released_by_who_publishes_where_it_is_approved() -> None:
    async with approving() as room:
        item = await room.send(room.draft("Une annonce", **NEW), Role.HEAD, delay=60)
        await room.act(r.FreezePublishing(on=True))
        await room.clock.advance(61)
        await room.act(r.FreezePublishing(on=False))
        assert room.item(item.id).state is OutboxState.HELD
        later = room.clock.now() + timedelta(hours=1)
        for command in (r.ReleaseHeld(item=item.id), r.RescheduleSend(item=item.id, at=later)):
            with pytest.raises(NotAllowed):
                await room.act(command, Role.CREATIVE)
        await room.act(r.ReleaseHeld(item=item.id), Role.MANAGER)
        assert room.item(item.id).state is OutboxState.SENT


async def test_another_moment_is_not_taken_back_from_what_was_approved_since() -> None:
    async with approving() as room:
        item = await room.propose()
        at = room.clock.now() + timedelta(hours=1)
        done = await room.act(r.RescheduleSend(item=item.id, at=at), Role.COMMUNITY)
        await room.approve(item)
        assert room.item(item.id).state is OutboxState.SCHEDULED
        with pytest.raises(Conflict):
            await room.undo(done.step, Role.COMMUNITY)
        assert (room.item(item.id).state, room.item(item.id).due_at) == (OutboxState.SCHEDULED, at)


@pytest.mark.parametrize("end", ["undone", "taken back", "turned down"])
async def test_a_writer_whose_text_was_replaced_has_it_again_when_the_new_one_does_not_go(end: str) -> None:
    async with approving() as room:
        item = await room.propose("Le texte de Community")
        draft = room.draft("Le texte de Manager", id="m1")
        done = await room.act(r.ReviseSend(item=item.id, draft=draft), Role.MANAGER)
        assert done.item
        match end:
            case "undone":
                await room.undo(done.step, Role.MANAGER)
            case "taken back":
                await room.act(r.CancelSend(item=done.item.id), Role.HEAD)
            case _:
                await room.act(r.RejectSend(item=done.item.id, reason="trop long"), Role.HEAD)
        assert room.drafts() == [("Community", "Le texte de Community"), ("Manager", "Le texte de Manager")]


async def test_who_reads_no_private_messages_is_not_told_which_conversations_are_private() -> None:
    async with approving() as room:
        seat = room.test.seat(Role.ANALYST)
        seen = await seat.view(r.Overview())
        assert isinstance(seen, r.RoomOverview)
        line = seat.events([], seen.seq)
        await _hear_a_private_message(room)
        await room.act(r.ClaimCase(conversation="small:7"), Role.COMMUNITY)
        await room.act(r.MoveToPrivate(conversation="small:1"), Role.COMMUNITY)
        told: list[str] = []
        while "small:1" not in told:
            told += [e.event.case for e in await anext(line) if isinstance(e.event, CaseGone)]
        assert told == ["small:1"]  # which was public until then
        await line.aclose()  # type: ignore[attr-defined]


async def test_nothing_that_was_never_heard_goes_to_customer_care() -> None:
    class Care:
        calls = 0

        async def hand_off(self, _request: CareRequest) -> str:
            self.calls += 1
            return "T-1"

    care = Care()
    async with approving(hand_offs={"care": care}) as room:
        with pytest.raises(Missing):
            await room.act(r.HandOff(conversation="nobody said this"))
        assert (care.calls, "nobody said this" in room.test.room.ledger.cases) == (0, False)
        await room.act(r.HandOff(conversation="small:1"))
        assert care.calls == 1


async def test_a_second_voice_is_asked_too_when_the_first_comes_while_its_picture_is_copied(tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(b"\x89PNG\r\n\x1a\npicture")
    async with approving(media_folder=str(tmp_path / "media")) as room:
        slow = room.draft("Avec une image", id="a", media=(Attachment(file=str(picture), alt="x"),))
        both = await asyncio.gather(
            room.act(r.QueueSend(draft=slow, delay=0), Role.COMMUNITY),
            room.act(r.QueueSend(draft=room.draft("Sans image", id="b"), delay=0), Role.MANAGER),
            return_exceptions=True,
        )
        assert [type(one) for one in both] == [Conflict, r.Done]
        assert room.texts() == ["Sans image"]


async def test_many_acts_done_together_are_undone_as_one_however_many_they_are() -> None:
    async with approving() as room:
        talks = [f"small:{n}" for n in range(100, 600)]
        room.test.room.ledger.commit("opened", ROOM, talks[0], put=[Case(id=t, network="small") for t in talks])
        tag = tuple(r.TagCase(conversation=t, add=("panne",)) for t in talks)
        done = await room.act(r.Together(commands=tag))
        await room.act(r.TagCase(conversation="small:1", add=("vip",)))
        await room.undo(done.step, Role.HEAD)
        assert [t for t in talks if room.test.room.ledger.cases[t].tags] == []


async def test_what_can_be_undone_is_so_many_acts_of_each_operator() -> None:
    async with approving() as room:
        for number in range(210):
            await room.act(
                r.TagCase(conversation="small:1", add=(f"t{number % 20}",), remove=(f"t{(number - 1) % 20}",))
            )
        await room.act(r.TagCase(conversation="small:1", add=("vip",)), Role.COMMUNITY)
        assert Counter(s.operator for s in room.test.room.ledger.steps.values()) == {"Head": 200, "Community": 1}
