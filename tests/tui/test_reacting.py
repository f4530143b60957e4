"""Reactions by keys, with the real room: what is done there, what is asked first, and the way back."""

from __future__ import annotations

from typing import Any

import pytest
from support.local_room import TestRoom
from support.seats import calm, console, hear, seated, sends, shown
from textual.widgets import OptionList

from socialroom.domain.draft import SendKind
from socialroom.domain.post import PostKind
from socialroom.tui.app import RoomApp

pytestmark = pytest.mark.long


async def question(room: TestRoom, **fields: Any) -> None:
    await hear(room, None, room.post(1, "Aurelia, bravo", **fields))


def only(room: TestRoom, *acts: SendKind) -> None:
    """What the account can do there."""
    room.room._accounts["small"] = room.room._accounts["small"].changed(acts=acts)


def offered(app: RoomApp) -> list[str]:
    options = app.screen.query_one(OptionList)
    return [str(options.get_option_at_index(n).prompt) for n in range(options.option_count)]


@pytest.mark.parametrize(("key", "kind"), [("l", "like"), ("b", "repost")])
async def test_two_keys_do_it_and_u_takes_it_back(key: str, kind: str) -> None:
    async with seated() as room:
        await question(room)
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", key)
            await calm(pilot)
            assert [k for k, _id in room.network.reactions] == [kind]
            assert "As @brand: " in app.room_screen.status.text
            assert "u undoes" in app.room_screen.status.text
            await pilot.press("u")
            await calm(pilot)
            assert room.network.reactions == set()
            assert "Undone" in app.room_screen.status.text


async def test_the_same_keys_again_take_it_back() -> None:
    async with seated() as room:
        await question(room)
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "l")
            await calm(pilot)
            await pilot.press("g", "l")
            await calm(pilot)
            assert "take the like back" in app.room_screen.status.text
            assert room.network.reactions == set()
            assert [i.kind for i in sends(room)] == [SendKind.LIKE, SendKind.UNLIKE]


async def test_the_menu_offers_what_the_account_can_do_and_nothing_else() -> None:
    async with seated() as room:
        only(room, SendKind.POST, SendKind.LIKE, SendKind.UNLIKE, SendKind.BLOCK)
        await question(room)
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "plus")
            await calm(pilot)
            assert [o.removeprefix("1  ").removeprefix("2  ").split(" @")[0] for o in offered(app)] == [
                "like this post",
                "block",
            ]
            await pilot.press("enter")
            await calm(pilot)
            assert [k for k, _id in room.network.reactions] == ["like"]
            await pilot.press("plus")
            await calm(pilot)
            assert "take the like back" in offered(app)[0]


async def test_what_keeps_somebody_away_is_asked_about_first() -> None:
    async with seated() as room:
        only(room, SendKind.MUTE, SendKind.UNMUTE)
        await question(room)
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "plus", "enter")
            await calm(pilot)
            assert "complaints of theirs are not heard any more" in shown(app)
            await pilot.press("enter")  # leave it
            await calm(pilot)
            assert room.network.reactions == set()
            await pilot.press("plus", "enter", "j", "enter")
            await calm(pilot)
            assert [k for k, _id in room.network.reactions] == ["mute"]
            await pilot.press("plus", "enter")  # hearing them again is not asked about
            await calm(pilot)
            assert room.network.reactions == set()


async def test_what_an_account_cannot_do_is_said_with_the_network_s_name() -> None:
    async with seated() as room:
        only(room, SendKind.POST)
        await question(room)
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "l")
            await calm(pilot)
            assert "@brand cannot do that on Small: like this post" in app.room_screen.status.text
            await pilot.press("plus")
            await calm(pilot)
            assert "Small lets @brand neither like, repost, follow, hide, mute nor block" in app.room_screen.status.text
            assert sends(room) == []


async def test_a_private_message_is_not_passed_on() -> None:
    async with seated() as room:
        await question(room, kind=PostKind.MESSAGE, visibility="direct")
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "b")
            await calm(pilot)
            assert sends(room) == []
            assert "cannot be passed on" in app.room_screen.status.text


async def test_who_may_not_is_told_by_the_room() -> None:
    async with seated() as room:
        await question(room)
        async with console(room, "Yan", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "l")
            await calm(pilot)
            assert room.network.reactions == set()
            assert "may not" in app.room_screen.status.text
