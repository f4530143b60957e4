"""What every kind of pane keeps to: one that is added is found and tested here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

import pytest
from support.hostile import NAMES, TEXTS, Maker
from support.panes_host import PanesHost

from socialroom import discovery
from socialroom.domain.alert import Alert, Mute
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.errors import Missing, RoomUnreachable
from socialroom.domain.events import Event, Heard
from socialroom.domain.post import Post
from socialroom.domain.requests import Feed, Page
from socialroom.domain.source import Account, SourceState
from socialroom.domain.text import is_clean
from socialroom.locale import _
from socialroom.tui.bindings import CONTEXTS, by_id
from socialroom.tui.pane import Pane, PaneSpec
from socialroom.tui.panes.composer import ComposerPane
from socialroom.tui.panes.thread import ThreadPane

PACKAGE = "socialroom.tui.panes"
KINDS = discovery.names(PACKAGE)
SIZES = [(80, 24), (20, 3), (200, 60)]
ARGUMENT = "[/]\x1b]0;owned\x07 panne"


def spec_of(kind: str) -> PaneSpec:
    return discovery.load(PACKAGE, kind, PaneSpec)


def terminal(kind: str, **overview: Any) -> PanesHost:
    spec = spec_of(kind)
    return PanesHost(spec, ARGUMENT if spec.argument else "", **overview)


def overview(maker: Maker) -> dict[str, Any]:
    kinds = {
        "accounts": Account,
        "sources": SourceState,
        "alerts": Alert,
        "mutes": Mute,
        "cases": Case,
        "drafts": Draft,
        "outbox": OutboxItem,
    }
    return {name: maker.several(kind, 9) for name, kind in kinds.items()} | {"feeds": (Feed(name=ARGUMENT),)}


def opened(app: PanesHost, maker: Maker) -> None:
    """Panes that an act opens are given something to show, as the main screen does."""
    post: Post = maker.value(Post)
    if isinstance(app.pane, ThreadPane):
        app.pane.show(post.uri, post)
    elif isinstance(app.pane, ComposerPane):
        app.pane.open(post)
    app.pane.loaded()


def unclean(app: PanesHost) -> Iterator[str]:
    """What of the screen holds anything that a terminal could obey or misread."""
    for strip in app.screen._compositor.render_strips(app.size):
        yield from (segment.text for segment in strip if not is_clean(segment.text) or "\n" in segment.text)


async def tell(app: PanesHost, pilot: Any, *events: Event) -> None:
    heard = getattr(app.pane, "heard", None)
    for event in events:
        if isinstance(event, Heard) and heard is not None:  # a feed is given its posts
            heard(list(event.posts))
    await app.happens(pilot, *events)


@pytest.mark.parametrize("kind", KINDS)
def test_every_file_holds_one_kind_of_pane_with_a_title(kind: str) -> None:
    spec = spec_of(kind)
    assert _(spec.title)
    assert spec.order > 0


@pytest.mark.parametrize("kind", KINDS)
async def test_it_builds_and_knows_its_name_and_its_keys(kind: str) -> None:
    app = terminal(kind)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        pane = app.pane
        assert isinstance(pane, Pane)
        assert pane.kind == kind
        assert pane.argument == (ARGUMENT if spec_of(kind).argument else "")
        assert pane.called
        assert pane.context in CONTEXTS
        assert pane.content.focusable
        assert pane.selected() is None
        assert pane.selection() == []
        ids = {binding.id for bindings in pane._bindings.key_to_bindings.values() for binding in bindings}
        assert ids <= set(by_id())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
async def test_it_survives_everything_that_can_happen_and_shows_nothing_unclean(
    kind: str, size: tuple[int, int]
) -> None:
    app = terminal(kind)
    maker = Maker(sum(size), app.clock.now())
    app.load(**overview(maker))
    app.page = Page(posts=maker.several(Post, 9))
    async with app.run_test(size=size) as pilot:
        opened(app, maker)
        for event in get_args(Event):
            await tell(app, pilot, *(maker.value(event) for _again in range(3)))
            assert list(unclean(app)) == []
        await app.passes(pilot, 70)
        assert list(unclean(app)) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_it_takes_any_size_while_it_is_full(kind: str) -> None:
    app = terminal(kind)
    maker = Maker(1, app.clock.now())
    app.load(**overview(maker))
    app.page = Page(posts=maker.several(Post, 9))
    async with app.run_test(size=(80, 24)) as pilot:
        opened(app, maker)
        for size in ((5, 2), (1, 1), (41, 12), (3, 40), (120, 1), (80, 24)):
            await pilot.resize_terminal(*size)
            await tell(app, pilot, *(maker.value(event) for event in get_args(Event)))
            assert list(unclean(app)) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_it_takes_every_key_of_its_own_whatever_is_chosen(kind: str) -> None:
    app = terminal(kind)
    if CONTEXTS[spec_of(kind).build(app, "").context].typing:
        pytest.skip("its keys type, or leave the terminal: tested where they are bound")
    maker = Maker(3, app.clock.now())
    app.load(**overview(maker))
    app.page = Page(posts=maker.several(Post, 9))
    async with app.run_test(size=(80, 24)) as pilot:
        opened(app, maker)
        keys = [key for b in CONTEXTS[app.pane.context].bindings for key in b.key.split(",")]
        for _row in range(2):
            for key in keys:
                app.pane.content.focus()
                await pilot.press(key)
                while len(app.screen_stack) > 1:  # a question that it asks
                    await pilot.press("escape")
            assert list(unclean(app)) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_room_read_anew_may_hold_less_more_or_nothing(kind: str) -> None:
    app = terminal(kind)
    maker = Maker(5, app.clock.now())
    async with app.run_test(size=(60, 20)) as pilot:
        opened(app, maker)
        for _round in range(4):
            app.load(**overview(maker))
            app.page = Page(posts=maker.several(Post, 9))
            app.pane.loaded()
            await app.passes(pilot, 40)
            app.load()
            app.page = Page(posts=())
            app.pane.loaded()
            await app.passes(pilot, 40)
            assert list(unclean(app)) == []


@pytest.mark.parametrize("kind", KINDS)
async def test_a_room_that_does_not_answer_or_answers_with_an_error_is_borne(kind: str) -> None:
    app = terminal(kind)
    maker = Maker(9, app.clock.now())
    async with app.run_test(size=(60, 20)) as pilot:
        opened(app, maker)
        for text in (*TEXTS, *NAMES):
            for error in (Missing("{what} is gone", what=text), RoomUnreachable("no room: {why}", why=text)):
                app.failure = error
                app.load(**overview(maker))
                app.state.attached = False
                app.pane.loaded()
                await app.passes(pilot, 1)
        assert list(unclean(app)) == []
