"""The console answers a stranger on servers that are not ours: a mention is painted, the reply stands in its thread once.

What came of it is asked from the servers themselves, as another account, never from the room.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import re
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from servers import places
from servers.atproto import AtProto, start_atproto
from servers.mastodon import Mastodon, start_mastodon
from textual.pilot import Pilot
from textual.widget import Widget

from socialroom import __version__, bootstrap
from socialroom.config import settings as room_settings
from socialroom.config.paths import place
from socialroom.config.secrets import SecretFolder
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.post import Post
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.tui.app import RoomApp
from socialroom.tui.settings import TerminalSettings

pytestmark = [pytest.mark.servers, pytest.mark.timeout(300)]

FEED = "feed:Everything"
REPLY = "We look, à très vite é ç"


class Console:
    """A terminal attached to a room, driven by its keys and read by what it paints."""

    def __init__(self, app: RoomApp, pilot: Pilot[int]) -> None:
        self.app, self._pilot = app, pilot

    async def until(self, true: Callable[[], bool], what: str, within: float = 60) -> None:
        """Returns when it is true; fails with what the screen shows when it does not come."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within):
                while not true():
                    await self._pilot.pause(0.05)
                return
        raise AssertionError(f"{what} did not come within {within:g} s\n{self._everything()}")

    async def press(self, *keys: str) -> None:
        await self._pilot.press(*keys)

    async def types(self, text: str) -> None:
        await self.press(*("space" if character == " " else character for character in text))

    @property
    def source(self) -> SourceState:
        return self.app.state.sources["net"]

    @property
    def sends(self) -> list[OutboxItem]:
        return list(self.app.state.outbox.values())

    def painted(self, pane: str) -> str:
        """The words in the cells of a pane, its line breaks and the rules of its replies taken out; "" without it."""
        found = self.app.room_screen.tiles.pane(pane)
        return "" if found is None else _words(found.content)

    def chosen(self, pane: str) -> Post | None:
        found = self.app.room_screen.tiles.pane(pane)
        return None if found is None else found.selected()

    def _everything(self) -> str:
        panes = {pane: self.painted(pane) for pane in (FEED, "thread")}
        return f"{panes}\n{self.app.state.sources}\n{[(i.state, i.reason) for i in self.sends]}"


def _words(view: Widget) -> str:
    cells = " ".join(view.render_line(y).text for y in range(view.size.height))
    return " ".join(cells.replace("│", " ").split())


@contextlib.asynccontextmanager
async def console(root: Path, source: str, secret: str, value: str) -> AsyncIterator[Console]:
    """A hub process on a room of this source, and a terminal attached to it over its socket."""
    file = root / "room.toml"
    file.write_text(
        '[room]\nname = "Aurelia"\ncountdown = 1\n[[operator]]\nname = "Léa"\nrole = "community"\n'
        f'[[feed]]\nname = "Everything"\n[[source]]\nname = "net"\n{source}',
        encoding="utf-8",
    )
    here = place(file, root=root)
    SecretFolder(here.secrets, keyring=False).put(f"net.{secret}", value)
    settings = room_settings.load(file)
    hub = bootstrap.start_room(here)
    try:
        await asyncio.to_thread(hub.wait)
        app = RoomApp(
            bootstrap.connector_to(here, "Léa", may_start=False),
            TerminalSettings(
                operator="Léa",
                version=__version__,
                room=settings.room.name,
                feeds=settings.feeds,
                state_folder=str(here.state),
            ),
        )
        async with app.run_test(size=(160, 45)) as pilot:
            shown = Console(app, pilot)
            # A network that does not know us yet takes no reply.
            await shown.until(lambda: any(a.ready for a in app.state.accounts.values()), "the account")
            yield shown
    finally:
        await asyncio.to_thread(bootstrap.stop_room, here)
        bootstrap.end(hub.process)


@pytest.fixture
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("room")


async def answer(shown: Console, mention: str) -> OutboxItem:
    """Replies from the composer to the post with those words, and waits for the network's word: the item, SENT."""
    await shown.until(lambda: mention in getattr(shown.chosen(FEED), "text", ""), "the cursor on the mention")
    await shown.press("r")
    await shown.until(lambda: shown.app.focused is _editor(shown), "the composer")
    await shown.types(REPLY)
    await shown.press("ctrl+s")
    await shown.until(lambda: [i.state for i in shown.sends] == [OutboxState.SENT], "SENT")
    return shown.sends[0]


def _editor(shown: Console) -> Widget | None:
    composer = shown.app.room_screen.composer
    return None if composer is None else composer.content


async def read_back(shown: Console) -> None:
    """The reply is in the thread pane, and nobody has liked it yet."""
    await shown.until(lambda: REPLY in shown.painted("thread"), "the reply in the thread pane")
    assert "1 like" not in shown.painted("thread")


async def reopened(shown: Console) -> None:
    """The mention's thread, opened again, is what the network has: a like that only the network knows of is on the reply."""
    await shown.press("escape")
    await shown.until(lambda: shown.app.focused is not _editor(shown), "out of the composer")
    tiles = shown.app.room_screen.tiles
    feed = tiles.pane(FEED)
    await shown.press(str(tiles.whole.keys.index(FEED) + 1))  # its place in the layout of the role
    await shown.until(lambda: feed is not None and shown.app.focused is feed.content, "the pane of the feed")
    await shown.press("enter")
    await shown.until(
        lambda: REPLY in shown.painted("thread") and "1 like" in shown.painted("thread"), "the like of the reply"
    )
    assert shown.painted("thread").count(REPLY) == 1


# --- mastodon_mock ------------------------------------------------------------------------------------------------


@pytest.fixture
def mastodon() -> Iterator[Mastodon]:
    with start_mastodon() as server:
        yield server


@pytest.mark.skipif(bool(places.no_mastodon()), reason=places.no_mastodon())
async def test_on_mastodon_a_mention_comes_by_the_stream_and_its_reply_stands_under_it_once(mastodon, root):
    # A poll every ten minutes brings nothing in time: what is painted came by the stream.
    source = f'network = "mastodon"\nurl = "{mastodon.url}"\naccount = "brand"\nevery = 600\n'
    async with console(root, source, "token", mastodon.tokens["brand"]) as shown:
        await shown.until(lambda: shown.source.status is SourceStatus.LIVE, "the stream")
        assert shown.source.interval is None
        asked = await asyncio.to_thread(mastodon.post, "ann", "@brand the line is down since nine")
        await shown.until(lambda: "the line is down since nine" in shown.painted(FEED), "the mention")
        assert shown.source.status is SourceStatus.LIVE
        assert (chosen := shown.chosen(FEED)) is not None
        assert (chosen.id, chosen.by_us) == (asked["id"], False)

        item = await answer(shown, "the line is down since nine")
        await read_back(shown)
        [reply] = await asyncio.to_thread(mastodon.replies, asked["id"])
        assert (reply["id"], reply["in_reply_to_id"]) == (item.sent_id, asked["id"])
        assert reply["account"]["username"] == "brand"
        # The composer itself begins with whom it answers; on one server, without the server.
        assert _plain(reply["content"]) == f"@ann {REPLY}"
        assert [s["id"] for s in await asyncio.to_thread(mastodon.statuses, "brand")] == [reply["id"]]

        liked = await asyncio.to_thread(mastodon.call, "POST", f"/api/v1/statuses/{reply['id']}/favourite", "ann")
        liked.raise_for_status()
        await reopened(shown)
    assert [r["id"] for r in await asyncio.to_thread(mastodon.replies, asked["id"])] == [item.sent_id]


def _plain(content: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", content))


# --- the AT Protocol network --------------------------------------------------------------------------------------


@pytest.fixture
def atproto() -> Iterator[AtProto]:
    with start_atproto() as network:
        yield network


async def mentioned(shown: Console, network: AtProto, text: str) -> dict[str, Any]:
    """The mention of Ann's that is painted and under the cursor, as her PDS answered when she wrote it.

    The development AppView now and then indexes a post without ever notifying of it: then she says it again.
    """
    said: dict[str, dict[str, Any]] = {}

    def under_the_cursor() -> bool:
        chosen = shown.chosen(FEED)
        return text in shown.painted(FEED) and chosen is not None and chosen.uri in said

    for _ in range(9):
        post = await asyncio.to_thread(network.post, "ann", f"@brand.test {text}", mentions="brand")
        said[post["uri"]] = post
        with contextlib.suppress(AssertionError):
            await shown.until(under_the_cursor, "the mention", within=10)
            break
    await shown.until(under_the_cursor, "the mention", within=10)
    chosen = shown.chosen(FEED)
    assert chosen is not None
    assert not chosen.by_us
    return said[chosen.uri]


async def indexed(read: Callable[[], list[dict[str, Any]]], wanted: Callable[[dict[str, Any]], bool]) -> None:
    """Waits until the AppView, which follows the PDS, shows it."""
    async with asyncio.timeout(60):
        while not any(wanted(post) for post in await asyncio.to_thread(read)):
            await asyncio.sleep(0.2)


@pytest.mark.skipif(bool(places.no_atproto()), reason=places.no_atproto())
async def test_on_the_at_protocol_network_a_mention_appears_and_its_reply_is_in_the_thread_once(atproto, root):
    source = f'network = "bluesky"\nurl = "{atproto.url}"\naccount = "brand.test"\nevery = 1\n'
    async with console(root, source, "password", atproto.password("brand")) as shown:
        await shown.until(lambda: shown.source.status is SourceStatus.POLLING, "the first poll")
        asked = await mentioned(shown, atproto, "no signal in Lyon")

        item = await answer(shown, "no signal in Lyon")
        await read_back(shown)

        def below() -> list[dict[str, Any]]:
            return atproto.replies(asked["uri"], "ann")

        await indexed(below, lambda post: bool(post["uri"] == item.sent_uri))
        [reply] = await asyncio.to_thread(below)
        assert reply["author"]["did"] == atproto.accounts["brand"]
        assert reply["record"]["text"] == REPLY
        parent = {"uri": asked["uri"], "cid": asked["cid"]}
        assert reply["record"]["reply"] == {"root": parent, "parent": parent}
        assert [r["uri"] for r in await asyncio.to_thread(atproto.records, "brand")] == [reply["uri"]]

        like = {
            "$type": "app.bsky.feed.like",
            "subject": {"uri": reply["uri"], "cid": reply["cid"]},
            "createdAt": reply["record"]["createdAt"],
        }
        body = {"repo": atproto.accounts["ann"], "collection": "app.bsky.feed.like", "record": like}
        await asyncio.to_thread(atproto.call, "com.atproto.repo.createRecord", "ann", post=body)
        await indexed(below, lambda post: post.get("likeCount") == 1)
        await reopened(shown)
    assert [r["uri"] for r in await asyncio.to_thread(below)] == [item.sent_uri]
