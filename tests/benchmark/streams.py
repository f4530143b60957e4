"""From the network to the screen: a real server writes a post, a real room reads, scores and tells it, a console paints it."""

from __future__ import annotations

import json
import re
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from contextlib import contextmanager

import pyte
from benchmark.goals import Goal, Run, ratio, share
from benchmark.processes import Script
from benchmark.rooms import BenchRoom, feeds
from support.pty import Terminal

from socialroom.engine.bus import Bus
from socialroom.tui.feed_view import REPAINT_EVERY

TOKEN = "b3nchmark"
SLOW, FAST = 4, 100  # posts a second
POLL = 1.0  # seconds between polls of the polled room
BATCH_EVERY = Bus.__init__.__kwdefaults__["pause"]
_NUMBER = re.compile(r"s(\d{5})z")

Times = list[float]


def measure(run: Run) -> Iterator[Goal]:
    """Sections 5 and 7 of the design: publish → painted."""
    with Script("streams_network.py", TOKEN, urgent=True) as network:
        url = network.hear()
        with console(url, streaming=True) as terminal:
            keys: Times = []
            slow: Times = []
            for _ in range(run.rounds(4, 2)):
                keys += key_to_paint(terminal, 24)
                slow += published(network, terminal, 25, SLOW)
            fast = published(network, terminal, run.rounds(800, 400), FAST)
        with console(url, streaming=False) as terminal:
            polled = published(network, terminal, run.rounds(60, 25), SLOW)
    key = share(keys, 0.5)
    yield Goal(
        "publish → painted p90, streamed, up to 5 posts a second ÷ key → paint p50",
        ratio(share(slow, 0.9), key), 3.0, seen=f"{share(slow, 0.9):.1f} ms (p50 {share(slow, 0.5):.1f}) ÷ {key:.1f} ms",
    )  # fmt: skip
    yield Goal(
        "publish → painted p90: streamed ÷ polled every second",
        ratio(share(slow, 0.9), share(polled, 0.9)), 0.02,
        seen=f"{share(slow, 0.9):.1f} ms ÷ {share(polled, 0.9):.0f} ms",
    )  # fmt: skip
    allowed = (BATCH_EVERY + REPAINT_EVERY) * 1000 + 20
    yield Goal(
        "publish → painted p90, streamed, 100 posts a second (batch + repaint interval + 20 ms)",
        share(fast, 0.9), allowed, unit="ms", seen=f"p50 {share(fast, 0.5):.0f} ms",
    )  # fmt: skip


@contextmanager
def console(url: str, *, streaming: bool) -> Iterator[Terminal]:
    """A console on a room that reads the network; it is quiet when this begins."""
    text = feeds("")
    text += f"""
[[source]]
name = "mastodon"
network = "mastodon"
url = "{url}"
account = "aurelia"
mentions = false
timeline = "public"
streaming = {str(streaming).lower()}
every = {POLL}
"""
    with (
        BenchRoom(text, urgent=True, secrets={"mastodon.token": TOKEN}, store="tinydb") as room,
        room.terminal() as terminal,
    ):
        state = "live" if streaming else "polling"
        terminal.wait_for(lambda shown: f"{state} ·" in shown and "Aurelia" in shown, 30)
        lived(terminal, 3)
        yield terminal
        terminal.press("ctrl+q")
        terminal.wait_for_end(10)


def published(network: Script, terminal: Terminal, count: int, rate: float) -> Times:
    """Milliseconds from the server's writing of each post to the first frame that shows it, or one after it."""
    network.tell(json.dumps({"count": count, "rate": rate}))
    began = time.perf_counter()
    lived(terminal, count / rate + 3)
    written = {int(number): at for number, at in network.hear(10).items()}
    painted = [(at, newest) for at, newest in terminal.frames(_newest) if at >= began and isinstance(newest, int)]
    shown = [newest for _at, newest in painted]
    for place in range(1, len(shown)):  # a feed that was scrolled shows no older one as new
        shown[place] = max(shown[place], shown[place - 1])
    times: Times = []
    for number, at in written.items():
        place = bisect_left(shown, number)
        times.append((painted[place][0] - at) * 1000 if place < len(painted) else float("inf"))
    return times


def _newest(screen: pyte.Screen) -> int:
    return max((int(number) for row in screen.display for number in _NUMBER.findall(row)), default=0)


def key_to_paint(terminal: Terminal, count: int) -> Times:
    """Milliseconds from a key to the frame in which the cursor stands on another post, nothing else going on.

    `count` is a multiple of six: the cursor ends where it began, at the newest post, and the feed flows on.
    """
    keys = [("j", "j", "j", "k", "k", "k")[n % 6] for n in range(count)]
    sent = terminal.type_steadily(keys, 0.08)
    frames = terminal.frames(lambda screen: tuple(row[1] == "▌" for row in screen.display))
    moments = [at for at, _ in frames]
    places = [bisect_right(moments, at) for at in sent]
    return [
        (moments[place] - at) * 1000 if place < len(moments) else float("inf")
        for place, at in zip(places, sent, strict=True)
    ]


def lived(terminal: Terminal, seconds: float) -> None:
    """Lets it live; what it writes is read."""
    end = time.perf_counter() + seconds
    while (left := end - time.perf_counter()) > 0:
        terminal.read(left)
