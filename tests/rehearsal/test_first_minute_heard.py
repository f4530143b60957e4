"""The first minute, heard by a source as a room runs it: its figures are the server's, through the cut and after."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

from support.connecting import connecting

from socialroom.clock import SystemClock
from socialroom.connectors.mastodon.connector import MastodonConnector, MastodonSettings
from socialroom.domain.ports import Batch, Outgoing
from socialroom.domain.post import Post, PostKind
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import is_clean
from socialroom.engine.poller import Poller
from socialroom.rehearsal import scenario
from socialroom.rehearsal.room import SOURCE
from socialroom.rehearsal.server import Rehearsal

SPEED = 15.0  # a minute in four seconds


async def test_the_first_minute_is_heard_without_a_gap_and_answered_once() -> None:
    rehearsal = Rehearsal(scenario.load("first_minute"), token="t", clock=SystemClock(), speed=SPEED)
    network, stage = rehearsal.network, rehearsal.stage
    before = set(network.posts)
    heard: dict[str, Post] = {}
    gone: set[str] = set()
    states: list[SourceState] = []

    async def deliver(batch: Batch) -> None:
        heard.update({p.id: p for p in batch.posts})
        gone.update(batch.withdrawn)

    async with (
        rehearsal.serving(play=False) as url,
        connecting(url, source=SOURCE, secrets={"token": "t"}) as context,
    ):
        connector = MastodonConnector(MastodonSettings(url=url, account="aurelia", timeline="public"), context)
        poller = Poller(
            name=SOURCE,
            network="mastodon",
            title="Mastodon",
            connector=connector,
            every=60.0,
            cursor=None,
            clock=SystemClock(),
            deliver=deliver,
            report=states.append,
        )
        listening = asyncio.create_task(poller.run())
        while not network.listeners:
            await asyncio.sleep(0.01)
        playing = asyncio.create_task(stage.run())
        try:
            while not any("Que se passe-t-il" in p.text for p in heard.values()):
                await asyncio.sleep(0.01)
            question = next(p for p in heard.values() if "Que se passe-t-il" in p.text)
            assert question.kind is PostKind.MENTION

            frozen = await connector.freeze(
                Outgoing(id="1", text="@claire.montferrat@presse.example Nos équipes réparent déjà.", parent=question)
            )
            sent = await connector.send(frozen)
            assert (await connector.send(frozen)).id == sent.id  # the same handle again

            while not any(s.back_filled and s.status is SourceStatus.LIVE for s in states):
                await asyncio.sleep(0.01)
            playing.cancel()
            while missing := set(map(str, set(network.posts) - before)) - set(heard):
                await asyncio.sleep(0.01)
            assert not missing
        finally:
            for task in (playing, listening):
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(playing, listening)

    assert {"outage", "journalist", "cut"} <= {c["name"] for c in stage.cues}
    assert any(s.status is SourceStatus.WAITING and s.problem and s.next_try_at for s in states)
    assert states[-1].lost == 0
    truth = network.report(["panne fibre"])
    assert [(r["text"], r["in_reply_to"]) for r in truth["replies"]] == [
        ("@claire.montferrat@presse.example Nos équipes réparent déjà.", question.id)
    ]
    since = network.clock.now() - timedelta(minutes=15)
    ringing = [
        p
        for i, p in heard.items()
        if "panne fibre" in p.text.casefold() and p.created_at > since and int(i) in network.posts and not p.by_us
    ]
    assert truth["keywords"]["panne fibre"]["count"] == len(ringing)
    assert truth["keywords"]["panne fibre"]["authors"] == len({p.author.id for p in ringing})
    assert all(is_clean(p.text) and is_clean(p.author.name) for p in heard.values())
    assert any("[@click=app.quit]x[/]" in p.text for p in heard.values())
