"""What live panes cost whoever types: nothing is left for the garbage collector, and keys go first."""

from __future__ import annotations

import gc

from support.clock import HeldClock
from support.posts import NOON, post
from textual.app import App, ComposeResult
from textual.strip import Strip

from socialroom.domain.requests import Feed
from socialroom.tui._keys_first import ON_ITS_WAY, PATIENCE, Keys
from socialroom.tui.feed_view import FeedView


class Screen(App[None]):
    def compose(self) -> ComposeResult:
        yield FeedView(Feed(name="all"), clock=HeldClock(NOON))


async def test_lines_that_are_replaced_are_let_go_without_a_garbage_collection() -> None:
    app = Screen()
    async with app.run_test(size=(80, 24)) as pilot:
        feed = app.query_one(FeedView)

        async def repaint(first: int, times: int) -> int:
            for number in range(first, first + times):
                feed.hear([post(1000 * number + n, words=30) for n in range(20)])
                feed.flush()
                await pilot.pause()
            return sum(isinstance(thing, Strip) for thing in gc.get_objects())

        gc.collect()
        gc.disable()
        try:
            await repaint(0, 10)  # what is kept of painted posts is full
            before = await repaint(10, 1)
            assert await repaint(20, 10) < before + 24
        finally:
            gc.enable()


def test_a_repaint_gives_way_to_a_key_until_it_is_painted_but_not_for_ever() -> None:
    now = [100.0]
    keys = Keys(lambda: now[0])
    assert keys.give_way(0) == 0
    keys.pressed()
    now[0] += ON_ITS_WAY / 2
    assert 0 < keys.give_way(0) < ON_ITS_WAY
    assert keys.give_way(PATIENCE) == 0
    now[0] += ON_ITS_WAY
    assert keys.give_way(0) == 0
