"""A conversation, oldest first, every word of it; new replies come in at its foot."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from socialroom.domain.events import CaseChanged, Event, Heard, OutboxChanged, Withdrawn
from socialroom.domain.post import Post
from socialroom.domain.requests import Answer, Page, ThreadView
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui.pane import Host, Pane, PaneSpec
from socialroom.tui.thread_view import ConversationView

_LOOK_EVERY = 3  # seconds between looks at the room while a thread is open
_ASK_NETWORK_EVERY = 30  # seconds between looks at the network


class ThreadPane(Pane):
    """Shows the conversation around one post. `show` opens another."""

    context: ClassVar[str] = "thread"
    wants: ClassVar[tuple[type[Event], ...]] = (Heard, CaseChanged, OutboxChanged, Withdrawn)

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "thread", argument)
        self.view = ConversationView(clock=host.clock)
        self.uri = ""
        self._seconds = 0

    def compose(self) -> ComposeResult:
        """The conversation is all."""
        yield self.view

    def on_mount(self) -> None:
        """A title before there is anything to show."""
        self.entitle(_("Thread"))

    @property
    def content(self) -> Widget:
        """The list takes the keys."""
        return self.view

    def selected(self) -> Post | None:
        """The post under the cursor."""
        return self.view.current

    def show(self, uri: str, post: Post | None = None) -> None:
        """Opens the conversation of a post; what is known is there at once, the network is asked for the rest."""
        if uri != self.uri:
            self.uri = uri
            self.view.show([post] if post else [], chosen=uri)
            self.border_subtitle = Content(_("reading…"))
        self._cases()
        self._look(refresh=False)
        self._look(refresh=True)

    def loaded(self) -> None:
        """The room was read anew."""
        if self.uri:
            self._cases()
            self._look(refresh=False)

    def hear(self, event: Event) -> None:
        """Anything about this conversation: look again."""
        match event:
            case Withdrawn(uris=uris):
                self.view.withdraw(uris)
            case CaseChanged():
                self._cases()
            case Heard(posts=posts):
                known = self.view.conversations
                found = [p for p in posts if p.conversation in known or p.uri in known]
                if found:
                    self.view.merge(found)
                    self._titled()
            case OutboxChanged(item=item) if item.sent_id:
                self._look(refresh=False)
            case _:
                pass

    def tick(self, now: datetime) -> None:
        """Looks again now and then: a reply may be in the room without being in a feed of this screen."""
        del now
        self._seconds += 1
        if self.uri and self.display and self._seconds % _LOOK_EVERY == 0:
            self._look(refresh=self._seconds % _ASK_NETWORK_EVERY == 0)

    def on_conversation_view_asked(self, message: ConversationView.Asked) -> None:
        """Asks the network now, not only at the next look."""
        message.stop()
        if self.uri:
            self.border_subtitle = Content(_("reading…"))
            self._look(refresh=True)

    def _look(self, *, refresh: bool) -> None:
        uri = self.uri

        def answered(answer: Answer) -> None:
            if isinstance(answer, Page) and uri == self.uri:
                self.view.merge(answer.posts)
                self._titled()

        def failed(error: Exception) -> None:
            if uri == self.uri:
                self.border_subtitle = Content(clean_line(str(error), 100))

        self.host.ask(ThreadView(uri=uri, refresh=refresh), answered, failed)

    def _titled(self) -> None:
        count = self.view.count
        self.border_subtitle = Content(ngettext("{n} post", "{n} posts", count).format(n=number(count)))

    def _cases(self) -> None:
        self.view.set_cases(self.host.state.cases, self.host.settings.operator)


PANE = PaneSpec(title=N_("Thread"), build=ThreadPane, order=20)
