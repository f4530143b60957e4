"""Sends of every kind in the room: what is checked when they leave, schedules, reactions, threads, attachments."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from support.approving_room import ApprovingRoom, approving
from support.clock import settle
from support.local_room import running

from socialroom.domain import requests as r
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.draft import Afterwards, Attachment, OutboxItem, OutboxState, SendKind, text_hash
from socialroom.domain.errors import Conflict, Missing, NotAllowed, OutboxError
from socialroom.domain.operator import Role
from socialroom.domain.ports import SendClass
from socialroom.stores.memory import MemoryDesk

AWAITING, COUNTDOWN, HELD = OutboxState.AWAITING_APPROVAL, OutboxState.COUNTDOWN, OutboxState.HELD
SENT, CANCELLED, SCHEDULED = OutboxState.SENT, OutboxState.CANCELLED, OutboxState.SCHEDULED
UNKNOWN, REJECTED = OutboxState.UNKNOWN, OutboxState.REJECTED
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
NEW = {"in_reply_to": None, "conversation": None}


def why(item: OutboxItem) -> str:
    return str(item.reason.what) if item.reason else ""


# --- the conditional send -------------------------------------------------------------------------------------------


async def test_a_message_that_comes_while_it_waits_for_approval_holds_it_and_is_named() -> None:
    async with approving() as room:
        item = await room.propose()
        await room.clock.advance(5)
        asked = room.test.room.ledger.cases.get("small:1")
        news = room.test.post(2, "Toujours rien ?", root="small:1", reply_to="small:1", author=_author(room))
        room.test.source.say(news)
        await settle()
        await room.approve(item)
        await room.clock.advance(5)
        held = room.item(item.id)
        assert (held.state, room.network.posts) == (HELD, []), asked
        assert held.reason
        assert held.reason.what.values["post"] == "small:2"
        await room.act(r.ReleaseHeld(item=item.id))
        assert room.item(item.id).state is SENT


def _author(room: ApprovingRoom) -> object:
    post = room.test.room._cache.get("small:1")
    assert post
    return post.author


async def test_somebody_who_has_the_case_when_it_leaves_holds_it() -> None:
    async with approving() as room:
        item = await room.propose(role=Role.CREATIVE)
        await room.act(r.ClaimCase(conversation="small:1", take=True), Role.COMMUNITY)
        await room.approve(item)
        await room.clock.advance(5)
        assert (room.item(item.id).state, "Community" in why(room.item(item.id))) == (HELD, True)
        await room.act(r.ReleaseHeld(item=item.id))  # the head has read who answers
        assert room.item(item.id).state is SENT


async def test_a_writer_whose_text_was_not_chosen_does_not_hold_the_one_that_was() -> None:
    async with approving() as room:
        await room.act(r.ClaimCase(conversation="small:1"), Role.COMMUNITY)
        await room.propose("Le mien", id="d1")
        other = await room.propose("Un autre", role=Role.CREATIVE, id="d2")
        await room.approve(other)
        await room.clock.advance(5)
        assert room.texts() == ["Un autre"]


async def test_send_anyway_is_a_word_about_whoever_answered_then() -> None:
    async with approving() as room:
        await room.act(r.ClaimCase(conversation="small:1"), Role.MANAGER)
        with pytest.raises(Conflict, match="Manager"):
            await room.send()
        item = await room.send(anyway=True, delay=5)
        await room.clock.advance(5)
        assert room.item(item.id).state is SENT


async def test_a_text_that_its_writer_read_an_older_case_for_asks_first() -> None:
    async with approving() as room:
        ledger = room.test.room.ledger
        case = ledger.case("small:1").changed(version=4, asked_in="small:1")
        ledger.commit(None, "room", case.id, put=[case])
        with pytest.raises(Conflict, match="wrote again"):
            await room.send(room.draft(seen=3))
        item = await room.send(room.draft(seen=3), anyway=True)
        assert (item.seen, room.item(item.id).state) == (4, SENT)


@pytest.mark.parametrize("what", ["text", "approval"])
async def test_what_is_not_what_was_approved_never_leaves(what: str) -> None:
    async with approving(approval_rules=(ApprovalRule(),)) as room:
        item = await room.send(delay=5)
        await room.approve(item)
        ledger, now = room.test.room.ledger, room.item(item.id)
        changed = now.changed(text="Autre chose") if what == "text" else now.changed(approvals=())
        ledger.commit(None, "room", item.id, put=[changed])
        await room.clock.advance(5)
        assert (room.item(item.id).state, room.network.posts) == (HELD, [])


# --- a stop of all publishing ---------------------------------------------------------------------------------------


async def test_what_is_due_while_publishing_is_stopped_is_held_and_nothing_goes_by_itself_afterwards() -> None:
    disk = MemoryDesk()
    async with approving(desk=disk) as room:
        item = await room.send(delay=5)
        done = await room.act(r.FreezePublishing(on=True, reason="crise"), Role.COMMUNITY)
        with pytest.raises(NotAllowed):
            await room.act(r.FreezePublishing(on=False), Role.CREATIVE)
        await room.clock.advance(5)
        held = room.item(item.id)
        assert (held.state, "Community" in why(held), "crise" in why(held)) == (HELD, True, True)
        with pytest.raises(Conflict, match="stopped all publishing"):
            await room.act(r.ReleaseHeld(item=item.id))
    async with running(clock=room.clock, desk=disk, cache=room.test.room._cache) as again:
        seen = await again.seat().view(r.Overview())
        assert isinstance(seen, r.RoomOverview)
        assert seen.publishing
        assert (seen.publishing.on, seen.publishing.by, seen.publishing.reason) == (True, "Community", "crise")
        await again.seat(Role.COMMUNITY).act(r.UndoStep(step=done.step))
        await settle()
        assert again.room.publishing.stopped is None
        assert again.room.ledger.items[item.id].state is HELD
        await again.seat().act(r.ReleaseHeld(item=item.id))
        await settle()
        assert again.room.ledger.items[item.id].state is SENT


async def test_what_takes_something_out_of_sight_goes_even_then() -> None:
    async with approving() as room:
        item = await room.send()
        await room.act(r.FreezePublishing(on=True))
        await room.act(r.DeleteSent(item=item.id, delay=0))
        assert room.network.posts == []
        done = await room.act(r.React(kind=SendKind.LIKE, uri="small:1", account="small"))
        assert done.item
        assert room.item(done.item.id).state is HELD


# --- moments --------------------------------------------------------------------------------------------------------


async def test_a_schedule_waits_moves_and_goes() -> None:
    async with approving() as room:
        at = room.clock.now() + timedelta(minutes=10)
        item = await room.send(delay=None, at=at, zone="Europe/Paris")
        assert (item.state, item.due_at, item.zone) == (SCHEDULED, at, "Europe/Paris")
        done = await room.act(r.RescheduleSend(item=item.id, at=at + timedelta(minutes=10)), Role.COMMUNITY)
        await room.clock.advance(900)
        assert room.network.posts == []
        await room.undo(done.step, Role.COMMUNITY)
        assert room.item(item.id).due_at == at
        await room.clock.advance(30)  # five minutes late by now, and the room ran: within its grace
        assert room.item(item.id).state is SENT


@pytest.mark.parametrize(("slept", "state"), [(300, SENT), (1200, HELD)])
async def test_a_schedule_that_a_sleeping_machine_missed_goes_within_its_grace_else_asks(
    slept: int, state: OutboxState
) -> None:
    async with approving() as room:
        item = await room.send(delay=None, at=room.clock.now() + timedelta(seconds=60))
        room.clock.jump(slept)
        await room.clock.advance(60)
        assert room.item(item.id).state is state


@pytest.mark.parametrize("minutes", [-1, 0, 527_100])
async def test_a_moment_that_is_past_or_too_far_is_no_schedule(minutes: int) -> None:
    async with approving() as room:
        at = room.clock.now() + timedelta(minutes=minutes)
        with pytest.raises(OutboxError):
            await room.send(delay=None, at=at)
        item = await room.send(delay=60)
        with pytest.raises(OutboxError):
            await room.act(r.RescheduleSend(item=item.id, at=at), Role.COMMUNITY)


async def test_a_held_send_can_be_given_another_moment() -> None:
    async with approving() as room:
        item = await room.send(delay=60)
        await room.act(r.ClaimCase(conversation="small:1", take=True), Role.MANAGER)
        assert room.item(item.id).state is HELD
        await room.act(r.RescheduleSend(item=item.id, at=room.clock.now() + timedelta(minutes=2)), Role.MANAGER)
        await room.clock.advance(150)
        assert room.item(item.id).state is SENT


# --- reactions, deletions, corrections, messages ----------------------------------------------------------------------


async def test_a_reaction_goes_at_once_and_is_undone_by_its_opposite() -> None:
    async with approving() as room:
        done = await room.act(r.React(kind=SendKind.LIKE, uri="small:1", account="small"), Role.COMMUNITY)
        assert room.network.reactions == {("like", "1")}
        await room.undo(done.step, Role.COMMUNITY)
        assert room.network.reactions == set()
        kinds = [i.kind for i in room.test.room.ledger.items.values()]
        assert kinds == [SendKind.LIKE, SendKind.UNLIKE]


@pytest.mark.parametrize("send_class", SendClass)
async def test_a_reaction_of_which_nobody_knows_is_simply_repeated(send_class: SendClass) -> None:
    async with approving() as room:
        room.network.send_class = send_class
        room.network.plan = ["lost", "posted, then lost"]
        done = await room.act(r.React(kind=SendKind.REPOST, uri="small:1", account="small"))
        await room.clock.advance(60)
        assert done.item
        assert (room.item(done.item.id).state, room.network.reactions) == (SENT, {("repost", "1")})


async def test_what_a_network_cannot_do_is_said_with_its_name() -> None:
    async with approving() as room:
        room.network.acts = (SendKind.POST,)
        for command in (
            r.React(kind=SendKind.LIKE, uri="small:1", account="small"),
            r.QueueSend(draft=room.draft(kind=SendKind.MESSAGE)),
        ):
            with pytest.raises(Missing, match="small"):
                await room.act(command)
        with pytest.raises(OutboxError):
            await room.act(r.React(kind=SendKind.POST, uri="small:1", account="small"))
        with pytest.raises(Missing):
            await room.act(r.QueueSend(draft=room.draft(kind=SendKind.LIKE)))


async def test_a_deleted_reply_is_gone_and_its_case_waits_again() -> None:
    async with approving() as room:
        item = await room.send()
        assert room.test.case() is not None
        done = await room.act(r.DeleteSent(item=item.id), Role.COMMUNITY)
        again = await room.act(r.DeleteSent(item=item.id), Role.COMMUNITY)
        assert done.item
        assert again.item == done.item
        await room.clock.advance(5)
        case = room.test.case()
        assert case
        assert (room.network.posts, case.answered, room.item(item.id).gone_at) == ([], (), room.clock.now())
        assert room.item(item.id).state is SENT
        with pytest.raises(Conflict):
            await room.act(r.DeleteSent(item=item.id))
        fresh = await room.send(room.draft("Mieux", id="d2"))  # not "has answered this post"
        assert room.item(fresh.id).state is SENT


async def test_a_deletion_can_be_taken_back_before_it_leaves() -> None:
    async with approving() as room:
        item = await room.send()
        done = await room.act(r.DeleteSent(item=item.id), Role.COMMUNITY)
        await room.undo(done.step, Role.COMMUNITY)
        await room.clock.advance(60)
        assert (room.texts(), room.item(item.id).gone_at, room.drafts()) == (["Nous regardons."], None, [])


async def test_a_correction_keeps_both_texts() -> None:
    async with approving() as room:
        item = await room.send()
        edit = room.draft("Nous regardons cela.", id="d2", kind=SendKind.EDIT, corrects=item.id, **NEW)
        corrected = await room.send(edit)
        assert room.texts() == ["Nous regardons cela."]
        assert (room.item(item.id).text, room.item(item.id).corrected_by) == ("Nous regardons.", corrected.id)
        again = room.draft("Nous avons vu.", id="d3", kind=SendKind.EDIT, corrects=corrected.id, **NEW)
        last = await room.send(again)
        assert (room.texts(), room.item(item.id).corrected_by) == (["Nous avons vu."], last.id)


@pytest.mark.parametrize(("happens", "state"), [("posted, then lost", SENT), ("lost", UNKNOWN)])
async def test_a_correction_of_which_nobody_knows_is_looked_for(happens: str, state: OutboxState) -> None:
    async with approving() as room:
        room.network.send_class = SendClass.RECONCILE
        item = await room.send()
        room.network.plan = [happens]
        edit = await room.send(room.draft("Mieux", id="d2", kind=SendKind.EDIT, corrects=item.id, **NEW))
        await room.clock.advance(200)
        assert room.item(edit.id).state is state


async def test_a_private_reply_is_for_those_who_read_private_messages() -> None:
    async with approving() as room:
        with pytest.raises(NotAllowed):
            await room.propose(role=Role.CREATIVE, kind=SendKind.MESSAGE)
        item = await room.send(room.draft(kind=SendKind.MESSAGE))
        assert (room.item(item.id).state, room.item(item.id).visibility) == (SENT, "direct")
        seen = await room.test.seat(Role.CREATIVE).view(r.Overview())
        assert isinstance(seen, r.RoomOverview)
        assert seen.outbox == ()


# --- threads --------------------------------------------------------------------------------------------------------

LONG = "Une phrase entière de quarante lettres. " * 5


async def test_a_long_text_goes_part_by_part_each_answering_the_one_before() -> None:
    async with approving() as room:
        with pytest.raises(OutboxError):
            await room.send(room.draft(LONG))
        first = await room.send(room.draft(LONG, split=True))
        posts = room.network.posts
        assert len(posts) > 1
        assert [p.parent for p in posts] == ["1", *(p.id for p in posts[:-1])]
        assert posts[0].text.endswith(f"1/{len(posts)}")
        case = room.test.case()
        assert case
        assert case.answered == ("small:1",)
        assert (await room.send(room.draft(LONG, split=True))).id == first.id


@pytest.mark.parametrize(
    ("happens", "state"), [("rejected", REJECTED), ("login", HELD), ("posted, then silence", UNKNOWN)]
)
async def test_a_part_that_does_not_get_there_holds_the_rest(happens: str, state: OutboxState) -> None:
    async with approving() as room:
        room.network.send_class = SendClass.NEVER
        room.network.plan = ["posted", happens]
        await room.send(room.draft(LONG, split=True))
        await room.clock.advance(60)
        parts = sorted(room.test.room.ledger.items.values(), key=lambda i: i.part)
        assert [p.state for p in parts[:2]] == [SENT, state]
        assert {p.state for p in parts[2:]} == {HELD}
        assert "part 2" in why(parts[2])
        with pytest.raises(Conflict):
            await room.act(r.ReleaseHeld(item=parts[2].id))
        if state is HELD:
            await room.act(r.ReleaseHeld(item=parts[1].id))
            assert len(room.network.posts) == len(parts)


async def test_taking_any_part_back_takes_all_that_have_not_left() -> None:
    async with approving() as room:
        item = await room.send(room.draft(LONG, split=True), delay=5)
        parts = sorted(room.test.room.ledger.items.values(), key=lambda i: i.part)
        done = await room.act(r.CancelSend(item=parts[1].id), Role.COMMUNITY)
        assert done.draft
        assert (done.draft.text, done.draft.id, done.draft.split) == (LONG, item.draft, True)
        assert {i.state for i in room.test.room.ledger.items.values()} == {CANCELLED}
        room.network.plan = ["posted", "login"]
        await room.send(done.draft)
        last = max(room.test.room.ledger.items.values(), key=lambda i: (i.state is HELD, i.part))
        left = await room.act(r.CancelSend(item=last.id), Role.COMMUNITY)
        assert left.draft
        assert len(left.draft.text) < len(LONG)
        assert "2/" in left.draft.text


async def test_each_part_of_a_private_thread_names_whom_it_reaches() -> None:
    async with approving() as room:
        room.network.names_whom = True
        room.test.source.say(room.test.post(3, "En privé", visibility="direct"))
        await settle()
        text = "@camille @chef " + LONG
        await room.send(room.draft(text, split=True, in_reply_to="small:3", conversation="small:3"))
        assert len(room.texts()) > 1
        assert all(t.startswith("@camille @chef ") for t in room.texts())
        await room.send(room.draft("@camille " + LONG, id="d2", split=True))
        assert not room.texts()[-1].startswith("@camille")  # what everybody may read reaches them all the same


async def test_a_thread_waits_until_each_of_its_parts_is_approved() -> None:
    async with approving(approval_rules=(ApprovalRule(),)) as room:
        await room.send(room.draft(LONG, split=True))
        parts = sorted(room.test.room.ledger.items.values(), key=lambda i: i.part)
        for part in parts[:-1]:
            assert (await room.approve(part)).state is AWAITING
        await room.approve(parts[-1])
        await room.clock.advance(6)
        assert len(room.network.posts) == len(parts)


# --- attachments ----------------------------------------------------------------------------------------------------


def _picture(folder: Path, name: str = "a.png", content: bytes = PNG, **fields: object) -> Attachment:
    file = folder / name
    file.write_bytes(content)
    return Attachment(file=str(file), **fields)  # type: ignore[arg-type]


async def test_the_rooms_own_copy_is_what_is_sent_and_goes_when_nothing_needs_it(tmp_path: Path) -> None:
    media = tmp_path / "state" / "media"
    async with approving(media_folder=str(media)) as room:
        picture = _picture(tmp_path, alt="Une box")
        item = await room.send(room.draft(media=(picture,)), delay=5)
        kept = item.media[0]
        digest = hashlib.sha256(PNG).hexdigest()
        assert (kept.digest, kept.mime, kept.size, kept.alt) == (digest, "image/png", len(PNG), "Une box")
        assert item.text_hash == text_hash(item.text, item.media) != text_hash(item.text)
        Path(picture.file).write_bytes(b"something else")
        assert (media / digest).stat().st_mode & 0o777 == 0o600
        done = await room.act(r.CancelSend(item=item.id), Role.COMMUNITY)
        assert done.draft
        assert done.draft.media == (kept,)
        again = await room.send(done.draft)
        await _until(lambda: room.item(again.id).state is SENT)
        assert room.network.posts[0].media == [digest]
        assert list(media.iterdir()) == []


@pytest.mark.parametrize(
    ("content", "fields"),
    [
        (b"#!/bin/sh", {}),  # what it is, not how it is called
        (b"GIF89a...", {}),  # a kind that this network does not take
        (PNG + b"x" * 1000, {}),  # too large
        (b"", {}),
        (PNG, {"alt": "x" * 21}),
    ],
)
async def test_what_the_network_does_not_take_is_refused_by_name(tmp_path: Path, content: bytes, fields: dict) -> None:
    async with approving(media_folder=str(tmp_path / "media")) as room:
        picture = _picture(tmp_path, content=content, **fields)
        with pytest.raises(OutboxError, match=r"a\.png"):
            await room.send(room.draft(media=(picture,)))
        assert list((tmp_path / "media").iterdir()) == []
        with pytest.raises(OutboxError):
            await room.send(room.draft(media=(_picture(tmp_path),) * 3))
        assert room.test.room.ledger.items == {}


@pytest.mark.parametrize("kind", ["missing", "folder", "pipe", "nul"])
async def test_a_file_that_cannot_be_read_is_named_and_nothing_waits_for_it(tmp_path: Path, kind: str) -> None:
    async with approving(media_folder=str(tmp_path / "media")) as room:
        file = tmp_path / "a.png"
        if kind == "folder":
            file.mkdir()
        elif kind == "pipe":
            os.mkfifo(file)
        name = f"{file}\0" if kind == "nul" else str(file)
        with pytest.raises(OutboxError, match=r"a\.png"):
            await room.send(room.draft(media=(Attachment(file=name),)))


async def test_a_copy_that_was_changed_is_not_sent(tmp_path: Path) -> None:
    async with approving(media_folder=str(tmp_path / "media")) as room:
        item = await room.send(room.draft(media=(_picture(tmp_path),)), delay=5)
        Path(item.media[0].file).write_bytes(PNG + b"!")
        await room.clock.advance(5)
        await _until(lambda: room.item(item.id).state is not COUNTDOWN)
        assert (room.item(item.id).state, room.network.posts) == (HELD, [])


async def _until(so: Callable[[], bool]) -> None:
    """Lets work in threads come back until it is so; the suite's time limit ends what never is."""
    while not so():
        await asyncio.to_thread(lambda: None)
        await settle()


# --- what comes with it, and after it ---------------------------------------------------------------------------------


async def test_reply_tag_assign_and_done_are_one_act() -> None:
    async with approving() as room:
        then = Afterwards(tags=("facture",), assign="Manager", done=True, snooze=0)
        await room.send(room.draft(afterwards=then))
        case = room.test.case()
        assert case
        assert (case.tags, case.assigned_to, case.assigned_by, case.done_by) == (
            ("facture",), "Manager", "Community", "Community",
        )  # fmt: skip
        assert room.log().count("sent") == 1
        with pytest.raises(NotAllowed):
            await room.propose(role=Role.CREATIVE, id="d2", afterwards=Afterwards(done=True))


async def test_a_send_is_undone_from_its_step() -> None:
    async with approving() as room:
        done = await room.act(r.QueueSend(draft=room.draft(), delay=20), Role.COMMUNITY)
        await room.undo(done.step, Role.COMMUNITY)
        assert room.drafts() == [("Community", "Nous regardons.")]
        done = await room.act(r.QueueSend(draft=room.draft(), delay=0), Role.COMMUNITY)
        with pytest.raises(Conflict):
            await room.undo(done.step, Role.COMMUNITY)


async def test_words_that_the_network_calls_a_duplicate_are_looked_for() -> None:
    async with approving() as room:
        room.network.send_class, room.network.refuses_twins, room.network.lag = SendClass.RECONCILE, True, 1000.0
        room.network.plan = ["posted, then lost"]
        item = await room.send()
        await room.clock.advance(200)
        assert (room.item(item.id).state, room.item(item.id).looked) == (UNKNOWN, 3)
        await room.act(r.ResolveUnknown(item=item.id, verdict="absent"))  # a person who is wrong
        assert room.item(item.id).state is UNKNOWN
        room.network.lag = 0.0
        await room.clock.advance(200)
        assert (room.item(item.id).state, len(room.network.posts)) == (SENT, 1)
