"""A send whose outcome nobody knows: what the screen says, and what each of its keys does to the real room."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.hostile import TEXTS, Maker
from support.local_room import TestRoom
from support.panes_host import PanesHost
from support.seats import act, calm, console, hear, seated, sends, shown
from textual.pilot import Pilot
from textual.widgets import Input

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Unreachable
from socialroom.domain.ports import SendClass
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.outbox import PANE
from socialroom.tui.screens.unknown import UnknownScreen

pytestmark = pytest.mark.long

TEXT = "Nous regardons."


@contextlib.asynccontextmanager
async def undecided(
    *plan: str, searchable: bool = True, lag: float = 0.0, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[TestRoom, RoomApp, Pilot[int]]]:
    """A terminal on the screen of a send that went through `plan` on a network without a guard against twins."""
    async with seated() as room:
        room.network.send_class = SendClass.RECONCILE
        room.network.plan = list(plan)
        room.network.searchable, room.network.lag = searchable, lag
        room.room._accounts["small"] = room.room._accounts["small"].changed(send_class="reconcile", idempotent_for=None)
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        await act(room, "Léa", r.QueueSend(draft=room.draft(TEXT)))
        await room.clock.advance(300)
        assert sends(room)[0].state is OutboxState.UNKNOWN
        async with console(room, "Léa", size) as (app, pilot):
            await pilot.press("g", "o")
            await calm(pilot)
            await pilot.press("enter")
            await calm(pilot)
            assert isinstance(app.screen, UnknownScreen)
            yield room, app, pilot


async def ticks(pilot: Pilot[int]) -> None:
    """What the screen does once a second."""
    await calm(pilot)
    for screen in pilot.app.screen_stack:
        if isinstance(screen, UnknownScreen):
            screen.again()
    await calm(pilot)


def ours(room: TestRoom, number: int = 9, text: str = TEXT, **fields: Any) -> None:
    """The network shows a post of ours under the question."""
    post = room.post(
        number, text, kind=PostKind.REPLY, by_us=True, root="small:1", url="https://small.example/9", **fields
    )
    room.source.threads["small:1"] = [room.post(1, "Aurelia, ma box est morte"), post]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_it_says_what_was_tried_what_the_network_shows_and_what_each_key_does(size: tuple[int, int]) -> None:
    async with undecided("lost", searchable=False, size=size) as (_room, app, _pilot):
        said = shown(app)
        assert "Was it sent? Nobody knows yet" in said
        assert TEXT in said
        assert "Tried once, at" in said
        assert "Small has no guard against twins: if it is there and is sent again, it stands there TWICE." in said
        assert "In the conversation Small shows nothing of ours since then." in said
        for key, does in (
            ("t", "It IS there: count it as sent"),
            ("a", "It is NOT there: send it again"),
            ("p", "Look again: nothing is sent"),
            ("d", "Let it go: nothing is sent, the text is a draft again"),
            ("Esc", "Decide later: nothing is sent"),
        ):
            assert f"{key} {does}" in said


async def test_our_own_words_in_the_conversation_are_pointed_at_and_their_address_is_offered() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):
        ours(room, text=f"@claire   {TEXT}")
        await pilot.press("escape", "enter")
        await calm(pilot)
        said = shown(app)
        assert "▶ THE SAME WORDS" in said
        assert "https://small.example/9" in said
        assert "send it again all the same – it seems to be there" in said
        await pilot.press("t")
        await calm(pilot)
        assert app.screen.query_one(Input).value == "https://small.example/9"
        await pilot.press("enter")
        await calm(pilot)
        (item,) = sends(room)
        assert (item.state, item.sent_url) == (OutboxState.SENT, "https://small.example/9")
        assert not isinstance(app.screen, UnknownScreen)
        assert room.network.posts == []


async def test_other_words_of_ours_are_not_taken_for_it_and_older_ones_are_left_out() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):
        ours(room, 8, created_at=room.clock.now().replace(year=2025))
        await pilot.press("escape", "enter")
        await calm(pilot)
        assert "shows nothing of ours since then" in shown(app)
        ours(room, 9, "Autre chose.")
        await pilot.press("escape", "enter")
        await calm(pilot)
        assert "other words" in shown(app)
        assert "THE SAME WORDS" not in shown(app)


async def test_it_is_there_may_be_said_without_an_address_and_leaving_the_question_decides_nothing() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):
        await pilot.press("t", "escape")
        await calm(pilot)
        assert sends(room)[0].state is OutboxState.UNKNOWN
        assert isinstance(app.screen, UnknownScreen)
        await pilot.press("t", *"nonsense", "enter")
        await calm(pilot)
        assert sends(room)[0].state is OutboxState.UNKNOWN
        assert "▲ this is not an address: nonsense" in shown(app)
        await pilot.press("t", "enter")
        await calm(pilot)
        assert sends(room)[0].state is OutboxState.SENT


async def test_it_is_sent_again_only_after_a_yes_and_only_once_the_room_has_looked() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):
        await pilot.press("a", "j", "enter")
        await calm(pilot)
        assert sends(room)[0].state is OutboxState.UNKNOWN
        assert "▲ the room has not finished looking for it" in shown(app)
        room.network.searchable = True
        await pilot.press("p")
        await calm(pilot)
        await room.clock.advance(300)
        await ticks(pilot)
        assert "The room looked for it 3 times on Small: not found." in shown(app)
        await pilot.press("a", "enter")  # the first answer is no
        await calm(pilot)
        assert room.network.posts == []
        await pilot.press("a", "j", "enter")
        await calm(pilot)
        await room.clock.advance(5)
        await calm(pilot)
        assert [p.text for p in room.network.posts] == [TEXT]
        assert sends(room)[0].state is OutboxState.SENT


async def test_looking_again_finds_it_and_the_screen_closes_by_itself() -> None:
    async with undecided("posted, then lost", searchable=False) as (room, app, pilot):
        room.network.searchable = True
        await pilot.press("p")
        await calm(pilot)
        await room.clock.advance(300)
        await ticks(pilot)
        assert sends(room)[0].state is OutboxState.SENT
        assert not isinstance(app.screen, UnknownScreen)
        assert len(room.network.posts) == 1


async def test_letting_go_gives_the_text_back_and_sends_nothing() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):
        await pilot.press("d")
        await calm(pilot)
        (item,) = sends(room)
        assert (item.state, item.let_go) == (OutboxState.CANCELLED, True)
        assert [d.text for d in room.room.drafts.all()] == [TEXT]
        assert not isinstance(app.screen, UnknownScreen)


async def test_a_network_that_cannot_be_asked_is_said_and_decides_nothing() -> None:
    async with undecided("lost", searchable=False) as (room, app, pilot):

        async def thread(_post: object) -> list:
            raise Unreachable("small.example does not answer\x1b[2J")

        room.source.thread = thread  # type: ignore[method-assign]
        await pilot.press("escape", "enter")
        await calm(pilot)
        said = shown(app)
        assert "Small could not be asked for the conversation: small.example does not answer" in said
        assert "\x1b" not in said


@pytest.mark.parametrize("size", [(80, 24), (30, 8)])
async def test_hostile_words_stay_words(size: tuple[int, int]) -> None:
    app = PanesHost(PANE)
    maker = Maker(7, app.clock.now())
    async with app.run_test(size=size) as pilot:
        for text in TEXTS:
            item: OutboxItem = maker.value(OutboxItem).changed(
                id="u", state=OutboxState.UNKNOWN, text=text, account=text, network=text, operator=text,
                in_reply_to="small:1",
            )  # fmt: skip
            app.load(outbox=(item,))
            post: Post = maker.value(Post)
            said = post.changed(by_us=True, deleted_at=None, created_at=app.clock.now(), text=SafeText(text))
            app.page = r.Page(posts=(said,))
            app.push_screen(UnknownScreen(app, item))
            await pilot.pause()
            for key in ("j", "k", "p", "t", "escape", "a", "escape"):
                await pilot.press(key)
            for strip in app.screen._compositor.render_strips(app.size):
                assert all("\x1b" not in s.text and "\u202e" not in s.text and "\n" not in s.text for s in strip)
            await pilot.press("escape")
            await pilot.pause()
