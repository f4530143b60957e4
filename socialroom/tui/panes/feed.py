"""A feed: the posts of one query, newest at the top; it never moves under its reader."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from socialroom.domain.case import Case
from socialroom.domain.errors import RoomError
from socialroom.domain.events import CaseChanged, CaseGone, Event, Withdrawn
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Feed, FeedPage, Page
from socialroom.domain.text import clean_line
from socialroom.locale import N_, ngettext, number
from socialroom.tui.feed_view import FeedView
from socialroom.tui.pane import Host, Pane, PaneSpec

_PAGE = 200


class FeedPane(Pane):
    """Shows one feed of the room by its name, or, for a name that no feed has, that name as a query."""

    context: ClassVar[str] = "feed"
    wants: ClassVar[tuple[type[Event], ...]] = (Withdrawn, CaseChanged, CaseGone)

    def __init__(self, host: Host, argument: str) -> None:
        super().__init__(host, "feed", argument)
        self.feed = Feed(name=argument, query=argument)
        self.view = FeedView(self.feed, clock=host.clock, ticks=False)
        self._filled = False
        self._due = False  # cases changed, and that is not shown yet

    def compose(self) -> ComposeResult:
        """The view is all."""
        yield self.view

    def on_mount(self) -> None:
        """What is known already is shown at once."""
        self._titled()
        if self.host.state.overview is not None:
            self.loaded()

    def tick(self, now: datetime) -> None:  # noqa: ARG002 - the view reads the same clock
        """Ages, with those of all other panes: one repaint a second."""
        self.view.tick()

    @property
    def content(self) -> Widget:
        """The list takes the keys."""
        return self.view

    def selected(self) -> Post | None:
        """The post under the cursor."""
        return self.view.current

    def selection(self) -> list[Post]:
        """Marked posts, else the one under the cursor."""
        return self.view.posts

    def unmark(self) -> None:
        """Takes all marks away."""
        self.view.unmark()

    def next_one(self) -> None:
        """To the next, older post."""
        self.view.action_cursor_down()

    def known(self, feeds: tuple[Feed, ...]) -> Feed:
        """What this pane listens to, as the room names it."""
        return next((f for f in feeds if f.name == self.argument), Feed(name=self.argument, query=self.argument))

    def loaded(self) -> None:
        """Reads the newest posts; what is on screen stays under the reader's eye."""
        self.feed = self.view.feed = self.known(self.host.state.feeds)
        self._cases()
        self.host.ask(FeedPage(feed=self.feed, limit=_PAGE), self._read, self._failed)

    def preview(self, posts: list[Post]) -> None:
        """Posts of the last time, shown until the room answers."""
        if not self._filled:
            self.view.show(posts)

    def _read(self, answer: Answer) -> None:
        if not isinstance(answer, Page):
            return
        if not self._filled or not self.view.count:
            self._filled = True
            self.view.show(answer.posts)
        else:
            self.view.reconcile(answer.posts, whole=not answer.more)
        self._titled()

    def _failed(self, error: Exception) -> None:
        self.border_subtitle = Content(clean_line(str(error), 100))

    def heard(self, posts: list[Post]) -> None:
        """New or changed posts of this feed, oldest first."""
        self.view.hear(posts)

    def hear(self, event: Event) -> None:
        """Withdrawn posts go; cases show."""
        match event:
            case Withdrawn(uris=uris):
                self.view.withdraw(uris)
            case CaseChanged() | CaseGone():
                if not self._due:  # a batch of them is shown at once
                    self._due = True
                    self.call_later(self._cases)
            case _:
                pass

    def _cases(self) -> None:
        self._due = False
        cases: dict[str, Case] = self.host.state.cases
        self.view.set_cases(cases, self.host.settings.operator)

    def _titled(self) -> None:
        self.entitle(clean_line(self.argument, 60))

    def on_feed_view_wants_older(self, message: FeedView.WantsOlder) -> None:
        """The reader comes near the end: the next page."""
        message.stop()

        def read(answer: Answer) -> None:
            if isinstance(answer, Page):
                self.view.older(answer.posts, answer.more)

        def failed(error: Exception) -> None:
            if isinstance(error, RoomError):
                self.view.older([], more=True)

        self.host.ask(FeedPage(feed=self.feed, limit=_PAGE, before=message.before_uri), read, failed)

    def on_feed_view_held(self, message: FeedView.Held) -> None:
        """How many wait is in the border too, for a pane whose first line is hidden."""
        message.stop()
        count = message.count
        self.border_subtitle = Content(
            "▲ " + ngettext("{n} new", "{n} new", count).format(n=number(count)) if count else ""
        )

    def on_feed_view_opened(self, message: FeedView.Opened) -> None:
        """Its conversation, beside."""
        message.stop()
        self.host.open_thread(message.post)


PANE = PaneSpec(title=N_("Feed"), build=FeedPane, argument=True, order=10)
