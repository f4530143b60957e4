"""The feed as its reader sees it, at several sizes: keys in, cells out."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.clock import HeldClock
from support.posts import NOON, post
from textual.app import App, ComposeResult
from textual.events import MouseScrollDown

from socialroom.domain.case import Case
from socialroom.domain.post import Post
from socialroom.domain.requests import Feed
from socialroom.domain.text import SafeText
from socialroom.tui.feed_view import FeedView
from socialroom.tui.theming import load_named, to_textual

SIZES = [(80, 24), (120, 40), (200, 60), (40, 8)]


class Screen(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, posts: list[Post], *, unanswered: bool = False) -> None:
        super().__init__()
        self.clock = HeldClock(NOON)
        self.feed = FeedView(Feed(name="Mentions", unanswered=unanswered), clock=self.clock, id="feed")
        self.posts = posts
        self.said: list[object] = []

    def compose(self) -> ComposeResult:
        yield self.feed

    def on_mount(self) -> None:
        self.feed.show(self.posts)
        self.feed.focus()

    def on_feed_view_chosen(self, message: FeedView.Chosen) -> None:
        self.said.append(("chosen", message.post and message.post.id))

    def on_feed_view_opened(self, message: FeedView.Opened) -> None:
        self.said.append(("opened", message.post.id))

    def on_feed_view_held(self, message: FeedView.Held) -> None:
        self.said.append(("held", message.count))

    def on_feed_view_wants_older(self, message: FeedView.WantsOlder) -> None:
        self.said.append(("older", message.before_uri))

    def cells(self) -> list[str]:
        return [self.feed.render_line(y).text for y in range(self.feed.size.height)]

    def row_of(self, text: str) -> int:
        return next(y for y, line in enumerate(self.cells()) if text in line)


def numbered(first: int, count: int, **fields: object) -> list[Post]:
    """Posts with their number in their text, newest (highest number) first."""
    return [
        post(
            n,
            at=NOON - timedelta(minutes=10_000 - n),
            **({"text": SafeText(f"post-{n}. " + "word " * (n % 40))} | {"warning": SafeText("")} | fields),
        )
        for n in range(first + count - 1, first - 1, -1)
    ]


@pytest.mark.parametrize("size", SIZES)
async def test_at_the_top_posts_flow_in(size: tuple[int, int]) -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert app.row_of("post-49.") <= 3
        app.feed.hear(numbered(100, 1))
        app.feed.flush()
        await pilot.pause()
        assert app.feed.current is not None
        assert app.feed.current.id == "100"
        assert app.feed.held == 0
        assert app.row_of("post-100.") <= 3


@pytest.mark.parametrize("size", SIZES)
async def test_once_the_reader_moved_posts_wait_and_nothing_moves(size: tuple[int, int]) -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=size) as pilot:
        await pilot.press("j", "j", "j")
        before = app.cells()
        current = app.feed.current
        app.feed.hear(list(reversed(numbered(100, 14))))
        app.feed.flush()
        await pilot.pause()
        assert app.feed.held == 14
        assert ("held", 14) in app.said
        assert app.cells()[1:] == before[1:]
        assert "▲ 14 new" in app.cells()[0]
        assert app.feed.current is current
        await pilot.press("full_stop")
        assert app.feed.held == 0
        assert app.feed.current is not None
        assert app.feed.current.id == "113"
        assert "new" not in app.cells()[0]


async def test_frozen_posts_wait_even_at_the_top() -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("space")
        assert "frozen" in app.cells()[0]
        app.feed.hear(numbered(100, 1))
        app.feed.flush()
        assert app.feed.held == 1
        assert app.feed.current is not None
        assert app.feed.current.id == "49"
        await pilot.press("space")
        assert app.feed.held == 0
        assert app.feed.current.id == "100"


async def test_back_at_the_first_post_one_more_step_up_takes_in() -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j")
        app.feed.hear(numbered(100, 1))
        app.feed.flush()
        await pilot.press("k")
        assert app.feed.current is not None
        assert app.feed.current.id == "49"
        assert app.feed.held == 1
        await pilot.press("k")
        assert app.feed.current.id == "100"
        app.feed.hear(numbered(101, 1))
        app.feed.flush()
        assert app.feed.current.id == "101"


@pytest.mark.parametrize("size", SIZES)
async def test_keys_walk_the_whole_feed(size: tuple[int, int]) -> None:
    app = Screen(numbered(0, 30))
    async with app.run_test(size=size) as pilot:
        await pilot.press("end")
        feed = app.feed
        assert feed.current is not None
        assert feed.current.id == "0"
        assert any("post-0." in line for line in app.cells())
        await pilot.press("home")
        assert feed.current.id == "29"
        await pilot.press("j", "down")
        assert feed.current.id in ("27", "28", "29")  # in a low view a long post takes several steps
        ids = []
        for _ in range(200):
            ids.append(int(feed.current.id))
            feed.action_cursor_down()
        assert list(dict.fromkeys(ids))[-1] == 0
        assert ids == sorted(ids, reverse=True)
        assert set(range(27)) <= set(ids)
        for _ in range(200):
            feed.action_cursor_up()
        assert feed.current.id == "29"
        await pilot.press("pagedown")
        for _ in range(80):
            feed.action_page_down()
        assert feed.current.id == "0"
        await pilot.press("K")
        for _ in range(80):
            feed.action_page_up()
        assert feed.current.id == "29"


async def test_an_edit_and_a_tone_repaint_in_place() -> None:
    app = Screen(numbered(0, 50, words=3))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "j")
        current = app.feed.current
        assert current is not None
        row = app.row_of(f"post-{current.id}.")
        above = app.posts[1]
        app.feed.hear([above.changed(text=SafeText("changed " * 60), revision="2", edited_at=NOON)])
        app.feed.flush()
        assert app.row_of(f"post-{current.id}.") == row
        app.feed.hear([current.changed(text=SafeText(f"post-{current.id}. new words"), revision="2")])
        app.feed.flush()
        assert "new words" in app.cells()[row]
        assert app.feed.held == 0
        assert app.feed.count == 50


async def test_a_withdrawn_post_goes_without_moving_the_reader() -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=(80, 40)) as pilot:
        await pilot.press("j", "j", "j")
        current = app.feed.current
        assert current is not None
        row = app.row_of(f"post-{current.id}.")
        app.feed.withdraw([app.posts[1].uri, app.posts[4].uri])
        assert app.row_of(f"post-{current.id}.") == row
        assert app.feed.count == 48
        app.feed.hear([current.changed(deleted_at=NOON)])
        app.feed.flush()
        assert "withdrawn" in app.cells()[row - 1 - (1 if current.title else 0)]
        assert not any(f"post-{current.id}." in line for line in app.cells())
        await pilot.press("j")
        assert not any("withdrawn" in line for line in app.cells())
        assert app.feed.count == 47


async def test_ages_tick_without_moving_anything() -> None:
    app = Screen([post(1, at=NOON - timedelta(seconds=3), text=SafeText("hello"), warning=SafeText(""))])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        assert app.cells()[0].rstrip().endswith("3s")
        app.clock.jump(60)
        app.feed._update()
        await pilot.pause()
        assert app.cells()[0].rstrip().endswith("1m")


@pytest.mark.parametrize("width", [40, 61, 160])
async def test_a_new_size_keeps_the_post_at_the_top(width: int) -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("pagedown", "pagedown")
        top = app.feed._frame.numbers[0]
        await pilot.resize_terminal(width, 30)
        await pilot.pause()
        assert app.feed._frame.numbers[0] == top
        assert all(len(strip) for strip in app.cells())


async def test_who_answers_is_shown_and_a_claim_runs_out() -> None:
    app = Screen(numbered(0, 5))
    async with app.run_test(size=(80, 40)) as pilot:
        item = app.posts[0]
        case = Case(id=item.conversation, claimed_by="Léa", claimed_until=NOON + timedelta(minutes=10))
        app.feed.set_cases({item.conversation: case}, "Marc")
        await pilot.pause()
        assert any("↩ Léa is answering" in line for line in app.cells())
        app.clock.jump(601)
        app.feed._update()
        assert not any("answering" in line for line in app.cells())


async def test_an_unanswered_feed_lets_go_of_what_is_answered() -> None:
    app = Screen(numbered(0, 5), unanswered=True)
    async with app.run_test(size=(80, 40)):
        answered, under_cursor = app.posts[2], app.posts[0]
        app.feed.set_cases(
            {
                item.conversation: Case(id=item.conversation, answered=(item.uri,), answered_by="Léa")
                for item in (answered, under_cursor)
            },
            "Marc",
        )
        assert app.feed.count == 4
        assert app.feed.current is under_cursor


async def test_marks_gather_what_a_verb_acts_on() -> None:
    app = Screen(numbered(0, 5))
    async with app.run_test(size=(80, 40)) as pilot:
        assert [p.id for p in app.feed.posts] == ["4"]
        await pilot.press("x", "j", "x")
        assert [p.id for p in app.feed.posts] == ["4", "2"]
        app.feed.unmark()
        assert [p.id for p in app.feed.posts] == ["1"]


async def test_older_posts_are_asked_for_once_and_come_in_below() -> None:
    app = Screen(numbered(100, 60))
    async with app.run_test(size=(80, 24)) as pilot:
        assert not [s for s in app.said if s[0] == "older"]
        await pilot.press("end", "k", "k")
        asked = [s for s in app.said if s[0] == "older"]
        assert asked == [("older", app.posts[-1].uri)]
        before = app.cells()
        app.feed.older(numbered(40, 60), more=False)
        await pilot.pause()
        assert [line[:-1] for line in app.cells()] == [line[:-1] for line in before]  # but for the scroll bar
        assert app.feed.count == 120
        await pilot.press("end")
        assert len([s for s in app.said if s[0] == "older"]) == 1


async def test_the_mouse_scrolls_chooses_opens_and_takes_in() -> None:
    app = Screen(numbered(0, 50))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot._post_mouse_events([MouseScrollDown], "#feed", (5, 5))
        assert app.feed._frame.numbers[0] != app.feed._rows.newest or app.feed._place.hidden > 0
        app.feed.hear(numbered(100, 1))
        app.feed.flush()
        assert app.feed.held == 1
        number = app.feed._frame.numbers[15]
        await pilot.click("#feed", offset=(10, 15))
        assert app.feed.current is app.feed._rows[number]
        await pilot.click("#feed", offset=(10, app.feed._frame.numbers.index(number)), times=2)
        assert ("opened", app.feed.current.id) in app.said
        await pilot.click("#feed", offset=(76, 0))
        assert app.feed.held == 0


async def test_a_theme_changed_live_repaints() -> None:
    app = Screen(numbered(0, 5))
    for name in ("house", "light"):
        app.register_theme(to_textual(load_named(name)))
    async with app.run_test(size=(80, 24)) as pilot:
        colours = []
        for name in ("house", "light"):
            app.theme = name
            await pilot.pause()
            await pilot.pause()
            colours.append({segment.style.bgcolor for segment in app.feed.render_line(20) if segment.style})
        assert colours[0] != colours[1]


async def test_an_empty_feed_says_so_and_takes_any_key() -> None:
    app = Screen([])
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("j", "k", "J", "K", "home", "end", "enter", "x", "space", "full_stop", "space")
        assert "Nothing here yet" in app.cells()[0]
        app.feed.hear(numbered(1, 1))
        app.feed.flush()
        assert app.feed.count == 1
        app.feed.withdraw([app.feed.current.uri])
        await pilot.press("j")
        app.feed.withdraw([numbered(1, 1)[0].uri])


async def test_a_burst_is_painted_in_batches() -> None:
    app = Screen(numbered(0, 5))
    async with app.run_test(size=(80, 24)) as pilot:
        paints = []
        refresh = app.feed.refresh
        app.feed.refresh = lambda *regions, **more: (paints.append(1), refresh(*regions, **more))[1]
        for n in range(300):
            app.feed.hear(numbered(1000 + n, 1))
        assert len(paints) <= 2
        await pilot.pause(0.25)
        assert app.feed.count == 305
        assert app.feed.current.id == "1299"
