"""Two terminals claim at the same moment, over the room's socket: one wins, and the other is told who has it."""

from __future__ import annotations

import asyncio

import pytest
from support.local_room import EVERYTHING, served

from socialroom.domain import requests as r
from socialroom.domain.errors import Conflict
from socialroom.domain.events import CaseChanged
from socialroom.hub.client import RemoteRoom

ROUNDS = 40


@pytest.mark.parametrize("first", ["head", "community"])
async def test_of_two_who_claim_at_the_same_moment_one_wins_and_the_other_is_told_who(first: str) -> None:
    async with served() as (test_room, path):
        seats = {name: RemoteRoom(path, name) for name in sorted(("head", "community"), key=lambda n: n != first)}
        test_room.source.say(*(test_room.post(n) for n in range(ROUNDS)))
        async with asyncio.timeout(20):
            while len(test_room.room.cases.all()) < ROUNDS:
                await asyncio.sleep(0)
        for number in range(ROUNDS):
            talk = f"small:{number}"
            outcomes = dict(
                zip(
                    seats,
                    await asyncio.gather(
                        *(room.act(r.ClaimCase(conversation=talk)) for room in seats.values()), return_exceptions=True
                    ),
                    strict=True,
                )
            )
            won = [name for name, outcome in outcomes.items() if isinstance(outcome, r.Done)]
            lost = [(name, outcome) for name, outcome in outcomes.items() if isinstance(outcome, Conflict)]
            assert (len(won), len(lost)) == (1, 1), outcomes
            holder = test_room.room.cases.all()[talk]
            assert holder.claimed_by == won[0].title()
            assert lost[0][1].values["who"] == holder.claimed_by
            assert f"{holder.claimed_by} is answering this since" in str(lost[0][1])
        for room in seats.values():
            await room.aclose()


async def test_a_takeover_is_told_to_whoever_had_it() -> None:
    async with served() as (test_room, path):
        head, community = RemoteRoom(path, "head"), RemoteRoom(path, "community")
        test_room.source.say(test_room.post(1))
        async with asyncio.timeout(20):
            while not test_room.room.cases.all():
                await asyncio.sleep(0)
            await community.act(r.ClaimCase(conversation="small:1"))
            opened = await community.view(r.Overview())
            assert isinstance(opened, r.RoomOverview)
            line = community.events([EVERYTHING], opened.seq)
            taking = asyncio.ensure_future(head.act(r.ClaimCase(conversation="small:1", take=True)))
            holder = "Community"
            while holder == "Community":
                for envelope in await anext(line):
                    if isinstance(envelope.event, CaseChanged):
                        holder = envelope.event.case.claimed_by
            assert holder == "Head"
            assert (await taking).case == test_room.case()
        await line.aclose()
        await head.aclose()
        await community.aclose()
