"""From a stranger's mention to the reply in its thread, through the real room and the real console, on servers not ours."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from servers import places
from servers.atproto import start_atproto
from servers.mastodon import start_mastodon
from textual.pilot import Pilot

from socialroom import __version__, bootstrap
from socialroom.config import settings as room_settings
from socialroom.config.paths import place
from socialroom.config.secrets import SecretFolder
from socialroom.domain.draft import OutboxState
from socialroom.domain.source import SourceStatus
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.feed import FeedPane
from socialroom.tui.settings import TerminalSettings

pytestmark = [pytest.mark.servers, pytest.mark.timeout(240)]
REPLY = "Nous regardons, à très vite."


@contextlib.asynccontextmanager
async def console(source: str, secret: str, value: str) -> AsyncIterator[tuple[RoomApp, Pilot[int]]]:
    """A hub process on this source, and a terminal attached to it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        file = root / "room.toml"
        file.write_text(
            f'[room]\nname = "Aurelia"\ncountdown = 0\n[[source]]\nname = "net"\nevery = 1\n{source}\n'
            '[[feed]]\nname = "All"\n[[alert]]\nrule = "silent_source"\n',
            encoding="utf-8",
        )
        here = place(file, root=root)
        SecretFolder(here.secrets, keyring=False).put(f"net.{secret}", value)
        starting = bootstrap.start_room(here)
        try:
            await asyncio.to_thread(starting.wait)
            app = RoomApp(
                bootstrap.connector_to(here, "Léa", may_start=False),
                TerminalSettings(
                    operator="Léa",
                    version=__version__,
                    room="Aurelia",
                    feeds=room_settings.load(file).feeds,
                    state_folder=str(here.state),
                ),
            )
            async with app.run_test(size=(120, 40)) as pilot:
                yield app, pilot
        finally:
            await asyncio.to_thread(bootstrap.stop_room, here)
            bootstrap.end(starting.process)


async def comes(pilot: Pilot[int], true: Callable[[], bool], within: float = 60.0) -> None:
    async with asyncio.timeout(within):
        while not true():
            await pilot.pause(0.1)


def painted(app: RoomApp) -> str:
    pane = app.room_screen.tiles.pane("feed:All")
    assert isinstance(pane, FeedPane)
    return "\n".join(pane.view.render_line(y).text for y in range(pane.view.size.height))


async def answers(app: RoomApp, pilot: Pilot[int], text: str) -> None:
    """Chooses the post by its text, and replies to it from the composer."""
    pane = app.room_screen.tiles.pane("feed:All")
    assert isinstance(pane, FeedPane)
    wanted = next(p for p in pane.view.newest(50) if text in p.text)
    pane.view.choose(wanted.uri)
    await comes(pilot, lambda: all(a.ready for a in app.state.accounts.values()))
    await pilot.press("r")
    await comes(pilot, lambda: app.room_screen.composer is not None and app.room_screen.composer.content.has_focus)
    await pilot.press(*["space" if c == " " else c for c in REPLY])
    await pilot.press("ctrl+s")
    await comes(pilot, lambda: any(i.state is OutboxState.SENT for i in app.state.outbox.values()))
    thread = app.room_screen.tiles.pane("thread")
    assert thread is not None
    await comes(pilot, lambda: any(REPLY in p.text for p in thread.view._posts))  # type: ignore[attr-defined]


@pytest.mark.skipif(bool(places.no_mastodon()), reason=places.no_mastodon())
async def test_a_mention_comes_by_mastodons_stream_and_the_reply_stands_under_it_once() -> None:
    with start_mastodon() as server:
        source = f'network = "mastodon"\nurl = "{server.url}"\naccount = "brand"'
        async with console(source, "token", server.tokens["brand"]) as (app, pilot):
            live = SourceStatus.LIVE
            await comes(pilot, lambda: any(s.status is live for s in app.state.sources.values()))
            asked = server.post("ann", "@brand my line is down since noon")
            await comes(pilot, lambda: "my line is down" in painted(app))
            assert app.state.sources["net"].status is live
            await answers(app, pilot, "my line is down")
        there = server.replies(asked["id"])
        assert len(there) == 1
        assert REPLY in there[0]["content"]


@pytest.mark.skipif(bool(places.no_atproto()), reason=places.no_atproto())
async def test_a_mention_on_the_at_protocol_network_is_answered_in_its_thread_once() -> None:
    with start_atproto() as network:
        source = f'network = "bluesky"\nurl = "{network.url}"\naccount = "brand.test"'
        async with console(source, "password", network.password("brand")) as (app, pilot):
            await comes(pilot, lambda: app.state.attached)
            said: list[str] = []

            async def say() -> None:
                """The development AppView sometimes never notifies: it is said again until it does."""
                while True:
                    post = await asyncio.to_thread(
                        network.post, "ann", f"@brand.test no signal in Lyon {len(said)}", mentions="brand"
                    )
                    said.append(post["uri"])
                    await asyncio.sleep(6)

            saying = asyncio.ensure_future(say())
            await comes(pilot, lambda: "no signal in Lyon" in painted(app), within=120)
            saying.cancel()
            await answers(app, pilot, "no signal in Lyon")
            uri = next(i.in_reply_to for i in app.state.outbox.values() if i.in_reply_to)
        assert uri in said
        mine = [r for r in network.records("brand") if REPLY in str(r)]
        assert len(mine) == 1
        assert uri in str(mine[0])
