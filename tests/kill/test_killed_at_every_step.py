"""A real room, its real store and a real network: killed with SIGKILL at every step of a send, and started again."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from support.kill_stage import APPROVED, APPROVER, KillStage, draft_for, item_of, overview, settled, until

from socialroom.domain.errors import RoomUnreachable
from socialroom.domain.requests import ApproveSend, QueueSend, ReleaseHeld, SaveDraft

pytestmark = pytest.mark.long

# Where it is killed → what the disk knows then: the draft, a send that has not left, or one that may have.
BY_ITSELF = {
    "before commit of send queued": "draft",
    "after commit of send queued": "waits",
    "before freeze": "waits",
    "after freeze": "waits",
    "before commit of armed": "waits",
    "after commit of armed": "may have left",
    "before commit of sending": "may have left",
    "after commit of sending": "may have left",
    "before the request": "may have left",
    "after the answer": "may have left",
    "before commit of sent": "may have left",
    "after commit of sent": "may have left",
}
EXPECTED = {"draft": "draft", "waits": "held", "may have left": "sent"}
# What the network does meanwhile, so that the kill comes while the request is on the wire; and whether it then has it.
ON_THE_WIRE = {
    "the request has left": ("stall", False),
    "the network has it, the answer has not come": ("drip", True),
}


@pytest.mark.timeout(300)
async def test_one_reply_and_true_words_wherever_it_is_killed(tmp_path: Path) -> None:
    with KillStage(tmp_path) as stage:
        room = await stage.start()
        for step in (*BY_ITSELF, *ON_THE_WIRE):
            asked = stage.ask()
            post = await stage.hears(room, asked)
            text = f"Nous regardons [{step}]"
            draft = draft_for(post, text)
            await room.act(SaveDraft(draft=draft))
            if step in ON_THE_WIRE:
                effect, there = ON_THE_WIRE[step]
                before = len(stage.report()["faults"])
                stage.plan(effect, seconds=8.0)
                await room.act(QueueSend(draft=draft, delay=0))
                await until(lambda n=before: len(stage.report()["faults"]) > n, "the request arrives")
                if there:
                    await until(lambda to=asked: stage.replies(to), "the network has it")
                stage.kill()
            else:
                with contextlib.suppress(RoomUnreachable):
                    await room.act(QueueSend(draft=draft, delay=0))
            assert await stage.ended() == -9, step
            await room.aclose()
            on_network = stage.replies(asked)
            if step in ON_THE_WIRE:
                assert bool(on_network) is ON_THE_WIRE[step][1], step

            room = await stage.start()
            await stage.hears(room, asked)
            item = await settled(stage, room, text, asked)
            known = BY_ITSELF.get(step, "may have left")
            assert (item.state.value if item else "draft") == EXPECTED[known], step
            drafts = [d.text for d in (await overview(room)).drafts if d.id == draft.id]
            assert drafts == ([text] if known == "draft" else []), step
            if known != "may have left":
                assert on_network == stage.replies(asked) == [], step
                # One decision of the operator.
                await room.act(ReleaseHeld(item=item.id) if item else QueueSend(draft=draft, delay=0))
                item = await settled(stage, room, text, asked)
                assert item, step
                assert item.state.value == "sent", (step, item.reason)
            assert stage.replies(asked) == [text], step
            case = next(c for c in (await overview(room)).cases if c.id == post.conversation)
            assert case.answered == (post.uri,), step
        await room.aclose()
        assert len(stage.report()["replies"]) == len(BY_ITSELF) + len(ON_THE_WIRE)


# Where the room dies around an approval → what the disk knows then.
AROUND_A_YES = {
    "before commit of approval asked for": "draft",
    "after commit of approval asked for": "awaiting approval",
    "before commit of approved": "awaiting approval",
    "after commit of approved": "held",
    "after commit of armed": "sent",
    "after the answer": "sent",
}


@pytest.mark.timeout(300)
async def test_a_yes_that_is_on_disk_is_never_lost_and_none_is_made_up(tmp_path: Path) -> None:
    with KillStage(tmp_path) as stage:
        room = await stage.start()
        for step, expected in AROUND_A_YES.items():
            asked = stage.ask()
            post = await stage.hears(room, asked)
            text = f"Le {APPROVED} part demain [{step}]"
            draft = draft_for(post, text)
            await room.act(SaveDraft(draft=draft))
            with contextlib.suppress(RoomUnreachable):
                await room.act(QueueSend(draft=draft, delay=0))
                await _approve(stage, text)
            assert await stage.ended() == -9, step
            await room.aclose()
            room = await stage.start()
            await stage.hears(room, asked)
            item = await settled(stage, room, text, asked)
            assert (item.state.value if item else "draft") == expected, step
            if item is None:
                await room.act(QueueSend(draft=draft, delay=0))
                item = await item_of(room, text)
            assert item
            assert item.approved is (expected in {"held", "sent"}), step
            if expected in {"draft", "awaiting approval"}:
                assert stage.replies(asked) == [], step
                await _approve(stage, text)
            elif expected == "held":
                await room.act(ReleaseHeld(item=item.id))
            item = await settled(stage, room, text, asked)
            assert item
            assert (item.state.value, stage.replies(asked)) == ("sent", [text]), step
        await room.aclose()


async def _approve(stage: KillStage, text: str) -> None:
    approver = stage.seat(APPROVER)
    try:
        item = await item_of(approver, text)
        assert item
        await approver.act(ApproveSend(item=item.id, text_hash=item.text_hash))
    finally:
        await approver.aclose()
