"""A program of one feed, for the tests in a real terminal: `show_feed.py hostile | wide`."""

from __future__ import annotations

import sys
from datetime import timedelta

from support.clock import HeldClock
from support.posts import NOON, post
from textual.app import App, ComposeResult

from socialroom.domain.person import Author
from socialroom.domain.post import Media, Post
from socialroom.domain.requests import Feed
from socialroom.domain.text import SafeText
from socialroom.tui.feed_view import FeedView

EVIL = [chr(code) for code in (*range(9), *range(11, 32), *range(127, 160), 0x202E, 0x2066, 0x200B, 0xFEFF, 0x061C)]


def hostile() -> list[Post]:
    texts = [
        "\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[2J\x1b[31m\x9b31m\x9d0;owned\x9c",
        "[@click=app.quit]x[/] [/] [link=https://evil.example]x",
        "".join(f"a{sign}b " for sign in EVIL),
        "e" + "\u0301" * 10_000,
        "the end of hostility",
    ]
    return [
        post(
            number,
            text=SafeText(text),
            title=SafeText(text[:90]),
            author=Author(id="x", name=SafeText(text[:90]), handle=SafeText(text[:90])),
            media=(Media(kind="image", alt=SafeText(text[:200])),),
            warning=SafeText(""),
            network="mastodon",
        )
        for number, text in enumerate(reversed(texts))
    ]


def wide() -> list[Post]:
    texts = ["日本語のテキスト" * 9, "مرحبا " * 30, "🎉🎉 漢字 " * 12]
    plain = {"network": "mastodon", "title": SafeText(""), "warning": SafeText(""), "media": ()}
    return [post(n, text=SafeText(text), at=NOON - timedelta(seconds=n + 3), **plain) for n, text in enumerate(texts)]


class Show(App[None]):
    def compose(self) -> ComposeResult:
        yield FeedView(Feed(name="all"), clock=HeldClock(NOON))

    def on_mount(self) -> None:
        view = self.query_one(FeedView)
        view.show({"hostile": hostile, "wide": wide}[sys.argv[1]]())
        view.focus()


Show().run()
