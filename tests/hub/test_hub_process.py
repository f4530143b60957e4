"""A real room process: terminals on it, its death and return, its end by every signal, and that there is only one."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import stat
import subprocess
import sys
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from support.hub_process import TOKEN, Hub, hub, in_thread, rehearsal, room_file, until

from socialroom.domain import requests as r
from socialroom.domain.draft import Draft, OutboxState
from socialroom.domain.errors import NotAllowed, RoomUnreachable
from socialroom.domain.events import Envelope, Event, Heard, OutboxChanged, Resync
from socialroom.domain.source import SourceStatus
from socialroom.hub import door
from socialroom.hub.client import RemoteRoom

pytestmark = pytest.mark.long

MENTIONS = r.Feed(name="Mentions", query="network:mastodon")


@contextlib.asynccontextmanager
async def terminals(room: Hub, *names: str) -> AsyncIterator[list[RemoteRoom]]:
    found = [RemoteRoom(room.place.socket, name) for name in names]
    try:
        yield found
    finally:
        for one in found:
            await one.aclose()


async def overview(room: RemoteRoom) -> r.RoomOverview:
    answer = await room.view(r.Overview())
    assert isinstance(answer, r.RoomOverview)
    return answer


async def until_live(room: RemoteRoom) -> r.RoomOverview:
    async with asyncio.timeout(60):
        while True:
            found = await overview(room)
            ready = all(a.ready for a in found.accounts) and found.accounts
            if ready and all(s.status is SourceStatus.LIVE for s in found.sources):
                return found
            await asyncio.sleep(0.02)


async def uris(room: RemoteRoom) -> set[str]:
    page = await room.view(r.FeedPage(feed=MENTIONS))
    assert isinstance(page, r.Page)
    return {p.uri for p in page.posts}


async def heard(line: AsyncIterator[list[Envelope]], accept: Any) -> Event:
    async with asyncio.timeout(60):
        async for batch in line:
            for envelope in batch:
                if accept(envelope.event):
                    return envelope.event
    raise AssertionError("the line ended")


def holds(text: str) -> Any:
    return lambda e: isinstance(e, Heard) and any(text in p.text for p in e.posts)


async def test_two_terminals_see_one_room_and_a_reply_lands_on_the_network(tmp_path: Path) -> None:
    async with rehearsal() as (network, url):
        with hub(room_file(tmp_path, url)) as room:
            async with terminals(room, "Léa", "Amadou", "Gil") as (lea, amadou, gil):
                seq = (await until_live(lea)).seq
                lines = [one.events([MENTIONS], seq) for one in (lea, amadou)]
                hearing = asyncio.gather(*(heard(line, holds("Aurelia, vous êtes là ?")) for line in lines))
                await asyncio.sleep(0)
                author = network.network.person("camille@plaza.example")
                network.network.write(author, "@aurelia Aurelia, vous êtes là ?", language="fr")
                first, second = await hearing
                assert first == second
                assert isinstance(first, Heard)
                post = next(p for p in first.posts if "vous êtes là" in p.text)
                draft = Draft(
                    id="d1", operator="", account="mastodon", text="Oui, nous y sommes.", updated_at=post.created_at,
                    in_reply_to=post.uri, conversation=post.conversation,
                )  # fmt: skip
                with pytest.raises(NotAllowed):
                    await gil.act(r.QueueSend(draft=draft))
                await lea.act(r.QueueSend(draft=draft))
                sent = await heard(
                    lines[1], lambda e: isinstance(e, OutboxChanged) and e.item.state is OutboxState.SENT
                )
                assert isinstance(sent, OutboxChanged)
                assert sent.item.operator == "Léa"
                (reply,) = network.network.report([])["replies"]
                assert reply["in_reply_to"] == post.id
                assert "Oui, nous y sommes." in reply["text"]
                for line in lines:
                    await line.aclose()
        assert room.end() == 0
        assert not room.place.socket.exists()


async def test_terminals_are_told_of_its_death_and_find_it_again(tmp_path: Path) -> None:
    async with rehearsal() as (network, url):
        with hub(room_file(tmp_path, url)) as room:
            async with terminals(room, "Léa", "Amadou") as (lea, amadou):
                seq = (await until_live(lea)).seq
                lines = [one.events([MENTIONS], seq) for one in (lea, amadou)]
                for line in lines:
                    await anext(line)
                room.kill()
                for line in lines:
                    with pytest.raises(RoomUnreachable):
                        await heard(line, lambda _: False)
                with pytest.raises(RoomUnreachable):
                    await lea.view(r.Overview())
                assert room.place.socket.exists()  # nobody tidied
                assert (await in_thread("status", "--config", str(room.file))).returncode == 3
                room.again()
                # The same terminal goes on; what it had heard is another room's, so it is told to read anew.
                line = lea.events([MENTIONS], seq)
                await heard(line, lambda e: isinstance(e, Resync))
                assert (await until_live(amadou)).seq > seq
                network.network.write(network.network.person("a@b.example"), "Aurelia encore", language="fr")
                await heard(line, holds("Aurelia encore"))
                await line.aclose()


def test_its_socket_its_folder_and_its_log_are_its_users_alone(tmp_path: Path) -> None:
    with hub(room_file(tmp_path)) as room:
        assert stat.S_IMODE(room.place.socket.stat().st_mode) == 0o600
        for folder in (room.place.socket.parent, room.place.state):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(room.place.log.stat().st_mode) == 0o600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_order(tmp_path: Path, number: signal.Signals) -> None:
    with hub(room_file(tmp_path)) as room:
        assert room.end(number) == 0
        assert not room.place.socket.exists()
        assert "the room has ended" in room.place.log.read_text()


async def test_it_leaves_no_process_behind_when_it_is_killed(tmp_path: Path) -> None:
    async with rehearsal(play=True) as (_, url):
        with hub(room_file(tmp_path, url)) as room:
            async with terminals(room, "Léa") as (lea,):
                await until_live(lea)
                async with asyncio.timeout(60):  # the child that scores is there
                    while not (children := _children(room.process.pid)):
                        await asyncio.sleep(0.02)
            room.kill()
            async with asyncio.timeout(30):
                while any(_alive(child) for child in children):
                    await asyncio.sleep(0.02)


def _children(pid: int) -> list[int]:
    return [int(p) for p in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_what_it_said_was_saved_survives_a_kill(tmp_path: Path) -> None:
    """On the store that a room has by default."""
    async with rehearsal() as (network, url):
        file = room_file(tmp_path, url)
        file.write_text(file.read_text(encoding="utf-8").replace('store = "memory"\n', ""), encoding="utf-8")
        with hub(file) as room:
            async with terminals(room, "Léa", "Amadou") as (lea, amadou):
                seq = (await until_live(lea)).seq
                line = lea.events([MENTIONS], seq)
                await anext(line)
                network.network.write(
                    network.network.person("a@b.example"), "@aurelia Aurelia, au secours", language="fr"
                )
                found = await heard(line, holds("au secours"))
                assert isinstance(found, Heard)
                post = next(p for p in found.posts if "au secours" in p.text)
                draft = Draft(
                    id="d1", operator="", account="mastodon", text="Nous arrivons", updated_at=post.created_at,
                    in_reply_to=post.uri, conversation=post.conversation,
                )  # fmt: skip
                await lea.act(r.SaveDraft(draft=draft))
                await amadou.act(r.ClaimCase(conversation=post.conversation, take=True))
                room.kill()
                room.again()
                after = await overview(amadou)
                assert [d.text for d in after.drafts] == ["Nous arrivons"]
                assert [c.claimed_by for c in after.cases if c.id == post.conversation] == ["Amadou"]
                await until_live(lea)
                async with asyncio.timeout(60):  # the post is there again: from disk, or read anew
                    while post.uri not in await uris(lea):
                        await asyncio.sleep(0.02)
                await lea.act(r.QueueSend(draft=draft, anyway=True))
                async with asyncio.timeout(60):
                    while not network.network.report([])["replies"]:
                        await asyncio.sleep(0.02)


def test_there_is_one_room_for_one_file(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    with hub(file) as first:
        second = Hub(file)
        assert second.process.wait(30) == 1
        assert second.process.stdout is not None
        assert "already running" in second.process.stdout.read()
        second._close()
        assert door.answers(first.place.socket)


def test_of_two_that_start_at_once_one_is_the_room(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    both = [Hub(file), Hub(file)]
    try:
        until(lambda: any(h.process.poll() is not None for h in both))
        loser = next(h for h in both if h.process.returncode is not None)
        winner = next(h for h in both if h is not loser)
        assert loser.process.returncode == 1
        winner.until_it_answers()
    finally:
        for each in both:
            each.end()


def test_a_room_that_comes_while_another_is_ending_waits_for_it(tmp_path: Path) -> None:
    file = room_file(tmp_path)
    with hub(file) as first:
        first.process.send_signal(signal.SIGTERM)
        with hub(file) as second:
            assert door.answers(second.place.socket)
        assert first.end() == 0


async def test_no_secret_is_in_its_arguments_its_environment_or_its_log(tmp_path: Path) -> None:
    async with rehearsal() as (_, url):
        with hub(room_file(tmp_path, url)) as room:
            async with terminals(room, "Léa") as (lea,):
                await until_live(lea)
            pid = room.process.pid
            assert TOKEN not in Path(f"/proc/{pid}/cmdline").read_text()
            assert TOKEN not in Path(f"/proc/{pid}/environ").read_text()
            assert TOKEN not in room.place.log.read_text()


FOLLOWS = textwrap.dedent("""
    import subprocess, sys, threading, os
    words = [sys.executable, "-m", "socialroom", "hub", "--config", sys.argv[1], "--root", sys.argv[2]]
    process = subprocess.Popen([*words, "--with-parent", str(os.getpid())], start_new_session=True)
    print(process.pid, flush=True)
    threading.Event().wait()
""")


@pytest.mark.parametrize("name", ["socialroom-demo-x", "mine"])
def test_a_room_with_a_parent_ends_when_the_parent_is_killed(tmp_path: Path, name: str) -> None:
    """The folder of a demo goes too, for nobody else is left to remove it; no other folder ever does."""
    root = tmp_path / name
    root.mkdir(mode=0o700)
    file = room_file(root)
    with subprocess.Popen(
        [sys.executable, "-c", FOLLOWS, str(file), str(root)], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        room = int(parent.stdout.readline())
        until(lambda: door.answers(root / "room.sock") or not _alive(room))
        assert _alive(room)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait(30)
    until(lambda: not _alive(room))
    assert root.exists() is (name == "mine")
    assert not (root / "room.sock").exists()


def test_a_room_whose_plug_in_fails_does_not_start_half(tmp_path: Path) -> None:
    file = room_file(tmp_path, text='[room]\nstore = "memory"\n[brand]\nname = "A"\n[[source]]\nnetwork = "mastodn"\n')
    room = Hub(file)
    assert room.process.wait(30) == 2
    assert room.process.stdout is not None
    said = room.process.stdout.read()
    room._close()
    assert f"{file}:6: source.network: " in said
    assert "mastodon" in said
    assert "Traceback" not in said
    assert not room.place.socket.exists()
