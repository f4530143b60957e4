"""Everything the room has heard, searched by a query: the same language as feeds and alerts."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, Static

from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Feed, Page, SearchCache
from socialroom.domain.text import clean
from socialroom.locale import _, ngettext, number
from socialroom.tui.bindings import SEARCH_BINDINGS
from socialroom.tui.feed_view import FeedView
from socialroom.tui.pane import Host

_LIMIT = 500


class SearchScreen(Screen[tuple[str, Post] | None]):
    """Dismisses with ("open" or "reply", the post), or None."""

    DEFAULT_CSS = """
    SearchScreen { background: $background; }
    SearchScreen > Input {
        dock: top; height: 3; border: round $primary; background: $surface;
        border-title-color: $primary; border-title-style: bold; border-subtitle-color: $muted;
    }
    SearchScreen > Static { dock: bottom; height: auto; max-height: 4; background: $surface; color: $muted; padding: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [*SEARCH_BINDINGS]

    def __init__(self, host: Host, query: str = "") -> None:
        super().__init__()
        self._host, self._query = host, query
        self._view = FeedView(Feed(name="search"), clock=host.clock)
        self._asked = ""
        self._view.say_when_empty("")

    def compose(self) -> ComposeResult:
        """A line to ask, what was found, and what it means."""
        line = Input(value=self._query, select_on_focus=True)
        line.border_title = Content(_("Search"))
        line.border_subtitle = Content(_("Enter searches · Tab to the results · Esc leaves"))
        yield line
        yield self._view
        yield Static(Content(_('words, "a phrase", AND OR NOT, lang:fr network:mastodon from:name tone:negative')))

    def on_mount(self) -> None:
        """Ready to type."""
        self._view.set_cases(self._host.state.cases, self._host.settings.operator)
        self.query_one(Input).focus()
        if self._query:
            self._search(self._query)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Asks the room."""
        event.stop()
        self._search(event.value.strip())

    def _search(self, query: str) -> None:
        self._asked = query
        self._say(_("searching…"))

        def answered(answer: Answer) -> None:
            if isinstance(answer, Page) and query == self._asked and self.is_attached:
                self._view.show(answer.posts)
                count = len(answer.posts)
                said = ngettext("{n} post found", "{n} posts found", count).format(n=number(count))
                if answer.more:
                    said = _("the newest {n} posts; there are more: add a word").format(n=number(count))
                self._say(said)
                if count:
                    self._view.focus()

        def failed(error: Exception) -> None:
            if query == self._asked and self.is_attached:
                self._say(str(error))

        self._host.ask(SearchCache(query=query, limit=_LIMIT), answered, failed)

    def _say(self, text: str) -> None:
        self.query_one(Static).update(Content(clean(text)))

    def on_feed_view_opened(self, message: FeedView.Opened) -> None:
        """Its conversation, on the main screen."""
        message.stop()
        self.dismiss(("open", message.post))

    def on_feed_view_wants_older(self, message: FeedView.WantsOlder) -> None:
        """The search has its limit; a further word finds more."""
        message.stop()
        message.view.older([], more=False)

    def on_feed_view_held(self, message: FeedView.Held) -> None:
        """Results do not arrive by themselves."""
        message.stop()

    def action_reply(self) -> None:
        """Answers the post under the cursor."""
        if self._view.current is not None:
            self.dismiss(("reply", self._view.current))

    def action_again(self) -> None:
        """Back to the line."""
        self.query_one(Input).focus()

    def action_other(self) -> None:
        """From the line to the results and back."""
        (self.query_one(Input) if self._view.has_focus else self._view).focus()

    def action_leave(self) -> None:
        """From the results or the line back to the room."""
        self.dismiss(None)
