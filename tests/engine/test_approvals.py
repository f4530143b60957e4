"""Approval in the room: which sends wait, who may say yes, to what exactly, and what follows."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.approving_room import ApprovingRoom, approving
from support.local_room import SEATS, running

from socialroom.domain import requests as r
from socialroom.domain.approval_rule import ApprovalRule
from socialroom.domain.draft import OutboxState, SendKind
from socialroom.domain.errors import Conflict, Missing, NotAllowed, OutboxError, StoreError
from socialroom.domain.operator import Role
from socialroom.stores.memory import MemoryDesk

AWAITING, COUNTDOWN, HELD = OutboxState.AWAITING_APPROVAL, OutboxState.COUNTDOWN, OutboxState.HELD
SENT, CANCELLED, SCHEDULED = OutboxState.SENT, OutboxState.CANCELLED, OutboxState.SCHEDULED
NEW = {"in_reply_to": None, "conversation": None}


# --- which sends wait ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "role", "fields", "waits"),
    [
        (ApprovalRule(), Role.HEAD, {}, True),
        (ApprovalRule(roles=(Role.COMMUNITY,)), Role.COMMUNITY, {}, True),
        (ApprovalRule(roles=(Role.COMMUNITY,)), Role.HEAD, {}, False),
        (ApprovalRule(accounts=("small",)), Role.HEAD, {}, True),
        (ApprovalRule(accounts=("other",)), Role.HEAD, {}, False),
        (ApprovalRule(networks=("small",)), Role.HEAD, {}, True),
        (ApprovalRule(networks=("large",)), Role.HEAD, {}, False),
        (ApprovalRule(audiences=("journalist",)), Role.HEAD, {}, False),
        (ApprovalRule(words="remboursement OR refund"), Role.HEAD, {"text": "Votre remboursement part."}, True),
        (ApprovalRule(words="remboursement OR refund"), Role.HEAD, {}, False),
        (ApprovalRule(new_posts=True), Role.HEAD, {}, False),
        (ApprovalRule(new_posts=True), Role.HEAD, NEW, True),
    ],
)
async def test_a_rule_decides_by_all_its_conditions(rule: ApprovalRule, role: Role, fields: dict, waits: bool) -> None:
    async with approving(approval_rules=(rule,)) as room:
        item = await room.send(room.draft(**fields), role, delay=5)
        assert (item.state is AWAITING) is waits
        assert (item.why_approval is not None) is waits


async def test_the_first_rule_that_matches_decides_how_many_and_says_which() -> None:
    rules = (ApprovalRule(name="presse", words="presse", count=2), ApprovalRule(name="tout"))
    async with approving(approval_rules=rules) as room:
        item = await room.send(room.draft("Pour la presse"))
        assert item.approvals_needed == 2
        assert "presse" in str(item.why_approval)


async def test_an_audience_is_that_of_the_case() -> None:
    async with approving(approval_rules=(ApprovalRule(audiences=("journalist",)),)) as room:
        ledger = room.test.room.ledger
        case = ledger.case("small:1").changed(audience="journalist")
        ledger.commit(None, "room", case.id, put=[case])
        assert (await room.send()).state is AWAITING


@pytest.mark.parametrize(("role", "waits"), [(Role.HEAD, False), (Role.COMMUNITY, True), (Role.CREATIVE, True)])
async def test_a_new_post_waits_for_those_who_may_publish(role: Role, waits: bool) -> None:
    async with approving() as room:
        item = await room.send(room.draft(**NEW), role, delay=5)
        assert (item.state is AWAITING) is waits


async def test_somebody_who_may_not_reply_proposes_and_it_always_waits() -> None:
    async with approving() as room:
        with pytest.raises(NotAllowed):
            await room.send(role=Role.CREATIVE)
        item = await room.propose(role=Role.CREATIVE)
        assert (item.state, item.approvals_needed) == (AWAITING, 1)
        proposed = await room.propose("De la tête", role=Role.HEAD, id="d2")
        assert proposed.state is AWAITING
        await room.clock.advance(900)
        assert room.item(item.id).state is AWAITING
        assert room.network.posts == []


# --- who says yes, and to what --------------------------------------------------------------------------------------


async def test_a_yes_sends_it_after_the_countdown_and_nobody_says_yes_to_their_own() -> None:
    async with approving() as room:
        item = await room.propose(role=Role.MANAGER)
        with pytest.raises(NotAllowed):
            await room.approve(item, Role.MANAGER)
        with pytest.raises(NotAllowed):
            await room.approve(item, Role.COMMUNITY)
        assert (await room.approve(item)).state is COUNTDOWN
        assert room.network.posts == []
        await room.clock.advance(5)
        sent = room.item(item.id)
        assert (sent.state, sent.approvals[0].by, sent.approvals[0].text_hash) == (SENT, "Head", sent.text_hash)
        assert room.texts() == ["Nous regardons."]


async def test_two_yeses_come_from_two_people() -> None:
    async with approving(approval_rules=(ApprovalRule(count=2),)) as room:
        item = await room.send()
        assert (await room.approve(item, Role.HEAD)).state is AWAITING
        with pytest.raises(Conflict):
            await room.approve(item, Role.HEAD)
        assert room.item(item.id).state is AWAITING
        assert (await room.approve(item, Role.MANAGER)).state is COUNTDOWN


async def test_a_yes_is_to_one_text_only() -> None:
    async with approving() as room:
        item = await room.propose()
        with pytest.raises(Conflict, match="changed"):
            await room.act(r.ApproveSend(item=item.id, text_hash="0" * 64))
        assert room.item(item.id).approvals == ()
        with pytest.raises(Missing):
            await room.act(r.ApproveSend(item="nothing", text_hash=item.text_hash))


async def test_a_no_needs_a_reason_and_gives_the_draft_back_to_its_writer() -> None:
    async with approving() as room:
        item = await room.propose()
        with pytest.raises(OutboxError):
            await room.act(r.RejectSend(item=item.id, reason=" \n"))
        done = await room.act(r.RejectSend(item=item.id, reason="Trop sec"))
        ended = room.item(item.id)
        assert (ended.state, ended.rejected_by, ended.turned_down, ended.let_go) == (
            CANCELLED,
            "Head",
            "Trop sec",
            False,
        )
        assert room.drafts() == [("Community", "Nous regardons.")]
        with pytest.raises(Conflict):
            await room.approve(item)
        await room.undo(done.step, Role.HEAD)
        assert (room.item(item.id).state, room.drafts()) == (AWAITING, [])


async def test_choosing_one_candidate_turns_the_others_down() -> None:
    async with approving() as room:
        one = await room.propose("Le premier", id="d1")
        two = await room.propose("Le deuxième", role=Role.CREATIVE, id="d2")
        elsewhere = await room.propose("Ailleurs", id="d3", in_reply_to=None, conversation=None)
        done = await room.act(r.ApproveSend(item=two.id, text_hash=two.text_hash))
        assert [room.item(i.id).state for i in (one, two, elsewhere)] == [CANCELLED, COUNTDOWN, AWAITING]
        assert room.item(one.id).rejected_by == "Head"
        assert room.drafts() == [("Community", "Le premier")]
        await room.undo(done.step, Role.HEAD)
        assert [room.item(i.id).state for i in (one, two)] == [AWAITING, AWAITING]
        assert room.drafts() == []
        await room.clock.advance(600)
        assert room.network.posts == []
        await room.approve(room.item(one.id))
        await room.clock.advance(5)
        assert room.texts() == ["Le premier"]


async def test_a_candidate_that_was_turned_down_is_never_said_to_be_maybe_there() -> None:
    async with approving() as room:
        one = await room.propose("Le premier", id="d1")
        await room.act(r.RejectSend(item=one.id, reason="Non"))
        again = await room.send(room.draft("Le premier, mieux", id="d2"))  # not: "may be there already"
        assert room.item(again.id).state is SENT


async def test_a_yes_after_another_reply_went_out_is_refused() -> None:
    async with approving() as room:
        candidate = await room.propose()
        with pytest.raises(Conflict):
            await room.send(room.draft("Tout de suite", id="d2"), Role.HEAD)
        await room.send(room.draft("Tout de suite", id="d2"), Role.HEAD, anyway=True)
        with pytest.raises(Conflict, match="may be there"):
            await room.approve(candidate)
        assert room.texts() == ["Tout de suite"]


async def test_a_reply_that_its_writer_knew_of_does_not_stand_in_the_way_whatever_the_clock_says() -> None:
    async with approving(approval_rules=(ApprovalRule(words="remboursement"),)) as room:
        await room.send(room.draft("Tout de suite", id="d2"), Role.HEAD)
        room.clock.jump(-3600)
        second = await room.send(room.draft("Et le remboursement", id="d3"), anyway=True)
        await room.approve(second)
        await room.clock.advance(5)
        assert room.texts() == ["Tout de suite", "Et le remboursement"]


# --- versions -------------------------------------------------------------------------------------------------------


async def test_a_revision_is_a_new_version_that_neither_writer_may_approve() -> None:
    async with approving(approval_rules=(ApprovalRule(count=2),)) as room:
        first = await room.send()
        await room.approve(first, Role.HEAD)
        done = await room.act(r.ReviseSend(item=first.id, draft=room.draft("Nous voyons.", id="d9")), Role.MANAGER)
        second = done.item
        assert second
        assert (second.version, second.replaces, second.approvals) == (2, first.id, ())
        assert second.authors == ("Community", "Manager")
        assert room.item(first.id).state is CANCELLED
        with pytest.raises(Conflict, match="another text"):
            await room.approve(first)
        with pytest.raises(NotAllowed):
            await room.approve(second, Role.MANAGER)
        assert (await room.approve(second, Role.HEAD)).state is AWAITING


async def test_the_writer_revises_their_own_and_somebody_elses_only_who_approves() -> None:
    async with approving() as room:
        item = await room.propose(role=Role.CREATIVE)
        with pytest.raises(NotAllowed):
            await room.act(r.ReviseSend(item=item.id, draft=room.draft("Autre", id="d9")), Role.GUEST)
        done = await room.act(r.ReviseSend(item=item.id, draft=room.draft("Mieux", id="d9")), Role.CREATIVE)
        assert done.item
        with pytest.raises(NotAllowed):
            await room.approve(done.item, Role.CREATIVE)
        await room.approve(done.item)
        await room.clock.advance(5)
        assert room.texts() == ["Mieux"]


# --- ways around it -------------------------------------------------------------------------------------------------


async def test_a_correction_of_what_was_approved_needs_as_many_yeses() -> None:
    async with approving() as room:
        post = await room.propose("Nouveau", role=Role.COMMUNITY, **NEW)
        await room.approve(post)
        await room.clock.advance(5)
        edit = room.draft("Tout autre chose", id="d2", kind=SendKind.EDIT, corrects=post.id, **NEW)
        corrected = await room.send(edit)
        assert (corrected.state, corrected.approvals_needed) == (AWAITING, 1)
        own = await room.send(room.draft("De la tête", id="d3", **NEW), Role.HEAD)
        edit = room.draft("Autrement", id="d4", kind=SendKind.EDIT, corrects=own.id, **NEW)
        assert (await room.send(edit)).state is AWAITING  # a new post is nothing that this seat publishes alone


async def test_an_audience_is_that_of_the_post_that_is_answered_whatever_the_draft_says() -> None:
    async with approving(approval_rules=(ApprovalRule(audiences=("journalist",)),)) as room:
        ledger = room.test.room.ledger
        case = ledger.case("small:1").changed(audience="journalist")
        ledger.commit(None, "room", case.id, put=[case])
        assert (await room.send(room.draft(conversation=None))).state is AWAITING


async def test_whoever_wrote_the_draft_is_a_writer_whoever_sends_it_off() -> None:
    async with approving(approval_rules=(ApprovalRule(),)) as room:
        await room.act(r.SaveDraft(draft=room.draft()), Role.MANAGER)
        item = await room.send()
        with pytest.raises(NotAllowed):
            await room.approve(item, Role.MANAGER)
        done = await room.act(r.CancelSend(item=item.id), Role.COMMUNITY)
        assert done.draft
        again = await room.send(done.draft)
        with pytest.raises(NotAllowed):
            await room.approve(again, Role.MANAGER)
        assert (await room.approve(again)).state is COUNTDOWN


# --- moments --------------------------------------------------------------------------------------------------------


async def test_an_approved_schedule_goes_at_its_moment_and_one_that_passed_is_held() -> None:
    async with approving(approval_rules=(ApprovalRule(),)) as room:
        soon, later = room.clock.now() + timedelta(minutes=10), room.clock.now() + timedelta(minutes=30)
        missed = await room.send(room.draft("Tôt", id="d1"), delay=None, at=soon, zone="Europe/Paris")
        kept = await room.send(room.draft("Tard", id="d2", **NEW), delay=None, at=later, zone="Europe/Paris")
        await room.clock.advance(1200)
        assert (await room.approve(missed)).state is HELD
        assert (await room.approve(kept)).state is SCHEDULED
        await room.clock.advance(600)
        assert room.texts() == ["Tard"]
        assert room.item(missed.id).reason


async def test_what_waits_survives_a_restart_with_its_yeses() -> None:
    disk = MemoryDesk()
    async with approving(approval_rules=(ApprovalRule(count=2),), desk=disk) as room:
        item = await room.send()
        await room.approve(item, Role.HEAD)
    async with running(clock=room.clock, desk=disk, cache=room.test.room._cache) as again:
        kept = again.room.ledger.items[item.id]
        assert (kept.state, [a.by for a in kept.approvals]) == (AWAITING, ["Head"])
        await again.room.act(r.ApproveSend(item=item.id, text_hash=item.text_hash), SEATS["manager"])
        assert again.room.ledger.items[item.id].state is COUNTDOWN


async def test_its_writer_takes_it_back_and_others_need_the_right() -> None:
    async with approving() as room:
        item = await room.propose(role=Role.CREATIVE)
        with pytest.raises(NotAllowed):
            await room.act(r.CancelSend(item=item.id), Role.GUEST)
        done = await room.act(r.CancelSend(item=item.id), Role.CREATIVE)
        assert done.draft
        assert done.draft.text == "Nous regardons."


async def test_a_full_disk_approves_nothing() -> None:
    async with approving() as room:
        item = await room.propose()
        _fill(room)
        with pytest.raises(StoreError):
            await room.approve(item)
        assert room.item(item.id).approvals == ()
        with pytest.raises(StoreError):
            await room.act(r.RejectSend(item=item.id, reason="Non"))
        with pytest.raises(StoreError):
            await room.act(r.ReviseSend(item=item.id, draft=room.draft("Autre", id="d9")), Role.MANAGER)
        assert (room.item(item.id).state, room.drafts()) == (AWAITING, [])


def _fill(room: ApprovingRoom) -> None:
    store = room.test.room.ledger._store

    def refuses(*_args: object, **_named: object) -> None:
        raise StoreError("the disk is full")

    store.commit = refuses  # type: ignore[method-assign]
