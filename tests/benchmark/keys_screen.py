"""The screens that keys.py measures: six live panes and a line to type in; the same of stock widgets; an empty one.

`keys_screen.py KIND [--posts N] [--rate N] [--figures FILE]`, KIND being feeds, options or empty. It loads N posts into
each pane, then hears so many a second in batches as a room sends them, and at its end writes what the loop felt.
"""

from __future__ import annotations

import gc

gc.disable()  # until the first screen is loaded, as the program itself does

import socialroom.tui  # noqa: E402, F401, I001 - first: it sets what Textual reads when it is imported

import argparse  # noqa: E402
import asyncio  # noqa: E402
import json  # noqa: E402
import time  # noqa: E402
from pathlib import Path  # noqa: E402

from textual import events  # noqa: E402
from textual.app import App, ComposeResult  # noqa: E402
from textual.containers import Grid, Vertical  # noqa: E402
from textual.widgets import Input, Static  # noqa: E402

from socialroom.tui._keys_first import KEYS, let_frames_leave  # noqa: E402

PANES = 6
BATCH = 0.05  # seconds: a room sends at most 20 batches a second


class Empty(App[None]):
    """Six panes with nothing in them: the floor of every first paint."""

    CSS = "Grid { grid-size: 3 2; } Static { border: round gray; height: 1fr; } Input { dock: bottom; }"
    ENABLE_COMMAND_PALETTE = False

    def compose(self) -> ComposeResult:
        with Grid():
            for number in range(PANES):
                pane = Static("nothing " * 20)
                pane.border_title = f"Pane {number}"
                yield pane
        yield Input()


class Frame(Vertical):
    """A pane of the room: a border around its content."""


class Busy(App[None]):
    """Panes that hear posts while somebody types; subclasses say what a pane is."""

    CSS = "Grid { grid-size: 3 2; } Frame { border: round gray; } .pane { height: 1fr; } Input { dock: bottom; }"
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__()
        self.options = options
        self.longest = 0.0
        self.over = 0
        self.heard = 0
        self.mounted = 0.0
        self.collected = 0.0
        self.begun = 0.0
        gc.callbacks.append(self.collecting)

    def collecting(self, phase: str, _info: object) -> None:
        """The longest pause of the garbage collector once the screen lives."""
        if phase == "start":
            self.begun = time.perf_counter()
        elif self.heard:
            self.collected = max(self.collected, time.perf_counter() - self.begun)

    def compose(self) -> ComposeResult:
        with Grid():
            for number in range(PANES):
                pane = self.pane()
                pane.add_class("pane")
                with Frame() as frame:
                    frame.border_title = f"Pane {number}"
                    yield pane
        yield Input(id="typed")

    async def on_event(self, event: events.Event) -> None:
        """As the program does."""
        if isinstance(event, events.Key):
            KEYS.pressed()
        await super().on_event(event)

    def pane(self):
        raise NotImplementedError

    def load(self, pane, posts) -> None:
        raise NotImplementedError

    def tell(self, pane, posts) -> None:
        raise NotImplementedError

    async def on_mount(self) -> None:
        self.query_one(Input).focus()
        self.call_after_refresh(self.start)

    def start(self) -> None:
        from support.posts import post

        from socialroom.tui import _garbage

        self.patterns = [post(number) for number in range(400)]
        loaded = [self.patterns[n % 400].changed(uri=f"seed:{n}") for n in range(self.options.posts)]
        begun = time.perf_counter()
        for pane in self.query(".pane"):
            self.load(pane, loaded)

        def painted() -> None:
            self.mounted = time.perf_counter() - begun
            loaded.clear()  # not before: what the panes do not keep takes its time to be freed
            _garbage.wake()
            self.query_one(Input).placeholder = "ready"
            self.run_worker(self.feel(), name="feel")
            if self.options.rate:
                self.run_worker(self.arrivals(), name="arrivals")

        self.call_after_refresh(painted)

    async def feel(self) -> None:
        """How late the loop wakes this: the longest is the longest stall."""
        await asyncio.sleep(2)  # the load itself is over
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            late = time.perf_counter() - due
            self.longest = max(self.longest, late)
            self.over += late > 0.05

    async def arrivals(self) -> None:
        count = 0
        begun = time.perf_counter()
        while True:
            await asyncio.sleep(BATCH)
            due = int((time.perf_counter() - begun) * self.options.rate)
            batch = [self.patterns[n % 400].changed(uri=f"new:{n}") for n in range(count, due)]
            count = due
            self.heard = count
            for pane in self.query(".pane"):
                self.tell(pane, batch)

    def action_quit(self) -> None:
        if self.options.figures:
            figures = {
                "longest": self.longest,
                "over": self.over,
                "heard": self.heard,
                "mounted": self.mounted,
                "collected": self.collected,
            }
            Path(self.options.figures).write_text(json.dumps(figures), "utf-8")
        self.exit()


def feeds(options: argparse.Namespace) -> App[None]:
    from socialroom.clock import SystemClock
    from socialroom.domain.requests import Feed
    from socialroom.tui.feed_view import FeedView

    clock = SystemClock()

    class Feeds(Busy):
        def pane(self):
            return FeedView(Feed(name="all"), clock=clock)

        def load(self, pane, posts) -> None:
            pane.show(posts)

        def tell(self, pane, posts) -> None:
            pane.hear(posts)

    return Feeds(options)


def stock(options: argparse.Namespace) -> App[None]:
    from textual.content import Content
    from textual.widgets import OptionList

    class Stock(Busy):
        def pane(self):
            return OptionList()

        def load(self, pane, posts) -> None:
            pane.add_options([Content(f"{p.author.name} {p.text}") for p in posts])

        def tell(self, pane, posts) -> None:
            pane.add_options([Content(f"{p.author.name} {p.text}") for p in posts])
            pane.scroll_end(animate=False)

    return Stock(options)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=["feeds", "options", "empty"])
    parser.add_argument("--posts", type=int, default=100)
    parser.add_argument("--rate", type=int, default=0)
    parser.add_argument("--figures")
    options = parser.parse_args()
    if options.kind == "empty":
        Empty().run()
    else:
        let_frames_leave()
        (feeds if options.kind == "feeds" else stock)(options).run()


if __name__ == "__main__":
    main()
