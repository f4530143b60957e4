"""A reply in a real room, over its real store and a real network, that is killed with SIGKILL until it is there.

The room is killed up to four times: at a named step, or at a random moment, while the network answers, stalls, closes,
or posts and then fails. Whoever sits there decides where the room asks.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter

from support.kill_stage import (
    APPROVED,
    APPROVER,
    Ended,
    KillStage,
    draft_for,
    item_of,
    overview,
    settled,
    until,
)

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import RoomError
from socialroom.domain.post import Post
from socialroom.domain.requests import ApproveSend, QueueSend, ReleaseHeld, ResolveUnknown, SaveDraft
from socialroom.hub.client import RemoteRoom

STEPS = (
    "before commit of send queued",
    "after commit of send queued",
    "before freeze",
    "after freeze",
    "before commit of armed",
    "after commit of armed",
    "before commit of sending",
    "after commit of sending",
    "before the request",
    "after the answer",
    "before commit of sent",
    "after commit of sent",
)
APPROVAL_STEPS = (
    "before commit of approval asked for",
    "after commit of approval asked for",
    "before commit of approved",
    "after commit of approved",
)
EFFECTS = ("none", "stall", "close", "commit_then_500", "commit_then_close", "half", "drip", "html", "status")


class Wrong(Exception):
    """What must never happen."""


class Run:
    """One reply, from the question to the one answer on the network; every other one needs an approval."""

    def __init__(self, stage: KillStage, dice: random.Random, number: int, totals: Counter[str]) -> None:
        self.stage, self.dice, self.totals = stage, dice, totals
        self.approved = number % 2 == 0
        self.yes = False  # whether the room answered that it is approved
        self.steps = dice.sample((*STEPS, *(APPROVAL_STEPS if self.approved else ())), dice.choice([0, 1, 1, 2]))
        self.moments = [dice.uniform(0, 0.25) for _ in range(dice.choice([0, 1, 2]) if self.steps else 1)]
        self.effect = dice.choice(EFFECTS)
        word = f"{APPROVED} " if self.approved else ""
        self.text = f"Answer {number} {word}é 🙂 [{', '.join(self.steps)}]"

    def __str__(self) -> str:
        return f"{self.text} killed after {self.moments} s, network: {self.effect}"

    async def live(self, room: RemoteRoom) -> RemoteRoom:
        """Lives, dies and lives again until the reply is there; gives the room that is left."""
        asked = self.stage.ask()
        post = await self.stage.hears(room, asked)
        if self.effect == "status":
            self.stage.plan("status", status=429, headers={"Retry-After": "1"})
        elif self.effect != "none":
            self.stage.plan(self.effect, seconds=self.dice.uniform(0.2, 2))
        await room.act(SaveDraft(draft=draft_for(post, self.text)))
        for _ in range(20):
            killing = asyncio.create_task(self._kill_at_a_moment())
            try:
                await self._towards_sent(room, post, asked)
            except AssertionError as problem:
                raise Wrong(str(problem)) from problem
            except (RoomError, OSError) as problem:
                if not await self._dies():
                    raise Wrong(f"{type(problem).__name__}: {problem}") from problem
            await killing
            if self._dead():
                room = await self._again(room)
            elif not self.moments:
                item = await item_of(room, self.text)
                if item is not None and item.state is OutboxState.SENT:
                    return room
        raise Wrong("it never came to an end")

    async def _again(self, room: RemoteRoom) -> RemoteRoom:
        """Counts the kill and starts the room, which may be killed while it starts."""
        await room.aclose()
        while True:
            assert self.stage.process
            if self.stage.process.wait(10) != -9:
                raise Wrong("the room ended by itself")
            self.totals["kills"] += 1
            with contextlib.suppress(Ended):
                return await self.stage.start()

    async def _towards_sent(self, room: RemoteRoom, post: Post, asked: str) -> None:
        """What whoever sits there does: queue what is a draft, release what is held, decide what is unknown."""
        await self.stage.hears(room, asked)
        item = await item_of(room, self.text)
        if item is None:
            if not [d for d in (await overview(room)).drafts if d.text == self.text]:
                raise Wrong("a draft that was said to be saved is gone")
            if self.yes:
                raise Wrong("an approved reply is lost")
            await room.act(QueueSend(draft=draft_for(post, self.text), delay=self.dice.choice([0, 0, 0.1])))
        item = await settled(self.stage, room, self.text, asked)
        if item is not None and item.state is OutboxState.AWAITING_APPROVAL:
            if self.yes:
                raise Wrong("a yes is lost")
            await self._approve(item)
            item = await settled(self.stage, room, self.text, asked)
        elif item is not None and self.approved and not item.approved:
            raise Wrong(f"it is {item.state.value} without a yes")
        if item is not None and item.state is OutboxState.HELD:
            self.totals["decisions"] += 1
            await room.act(ReleaseHeld(item=item.id))
            item = await settled(self.stage, room, self.text, asked)
        if item is not None and item.state is OutboxState.UNKNOWN:
            await until(lambda: self._looked(room), "it was looked for", patience=200)
            self.totals["decisions"] += 1
            there = bool(self.stage.replies(asked))
            await room.act(ResolveUnknown(item=item.id, verdict="there" if there else "absent"))
        if item is not None and item.state is OutboxState.REJECTED:
            raise Wrong(f"refused: {item.reason}")

    async def _approve(self, item: OutboxItem) -> None:
        approver = self.stage.seat(APPROVER)
        try:
            await approver.act(ApproveSend(item=item.id, text_hash=item.text_hash))
            self.yes = True
        finally:
            await approver.aclose()

    async def _looked(self, room: RemoteRoom) -> bool:
        item = await item_of(room, self.text)
        return item is None or item.state is not OutboxState.UNKNOWN or item.looked >= 3

    async def _kill_at_a_moment(self) -> None:
        if self.moments:
            await asyncio.sleep(self.moments.pop())
            self.stage.kill()

    async def _dies(self) -> bool:
        """Whether the process is gone, or just going."""
        with contextlib.suppress(TimeoutError):
            await until(self._dead, "it dies", patience=3)
        return self._dead()

    def _dead(self) -> bool:
        return self.stage.process is None or self.stage.process.poll() is not None
