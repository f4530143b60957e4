"""A conversation, oldest first, every word of it; new replies come in at its foot."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.content import Content
from textual.widget import Widget

from socialroom.domain.events import (
    Attending,
    CaseChanged,
    Event,
    Heard,
    NoteChanged,
    NoteGone,
    OutboxChanged,
    Presence,
    Withdrawn,
)
from socialroom.domain.note import Note
from socialroom.domain.post import Post
from socialroom.domain.requests import (
    Answer,
    CaseFile,
    CaseView,
    Page,
    ReadNotes,
    ThreadView,
    Translated,
    TranslatePost,
)
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, language, ngettext, number
from socialroom.tui.lines import SEPARATOR, safe
from socialroom.tui.pane import Host, Pane, PaneSpec
from socialroom.tui.thread_view import ConversationView

_LOOK_EVERY = 3  # seconds between looks at the room while a thread is open
_ASK_NETWORK_EVERY = 30  # seconds between looks at the network


class ThreadPane(Pane):
    """Shows the conversation around one post. `show` opens another."""

    context: ClassVar[str] = "thread"
    wants: ClassVar[tuple[type[Event], ...]] = (
        Heard, CaseChanged, OutboxChanged, Withdrawn, NoteChanged, NoteGone, Attending, Presence,
    )  # fmt: skip

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "thread", argument)
        self.view = ConversationView(clock=host.clock)
        self.uri = ""
        self._seconds = 0
        self._kept: dict[str, Note] = {}  # notes of this conversation, a closed case's too
        self._fresh: set[str] = set()  # of those, what was unread when it came into view
        self._asked_notes_of = ""

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
            self._kept, self._fresh, self._asked_notes_of = {}, set(), ""
            self.border_subtitle = Content(_("reading…"))
        self._cases()
        self._look(refresh=False)
        self._look(refresh=True)

    def loaded(self) -> None:
        """The room was read anew."""
        if self.uri:
            self._asked_notes_of = ""
            self._cases()
            self._look(refresh=False)

    def hear(self, event: Event) -> None:
        """Anything about this conversation: look again."""
        match event:
            case Withdrawn(uris=uris):
                self.view.withdraw(uris)
            case CaseChanged():
                self._cases()
            case NoteChanged(note=note):
                if note.subject in self.view.conversations:
                    self._kept[note.id] = note
                    self._show_notes()
            case NoteGone(note=gone):
                if self._kept.pop(gone, None) is not None:
                    self._show_notes()
            case Attending() | Presence():
                self._entitle()
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
        if self.view.has_focus:
            self._have_read()

    def on_conversation_view_asked(self, message: ConversationView.Asked) -> None:
        """Asks the network now, not only at the next look."""
        message.stop()
        if self.uri:
            self.border_subtitle = Content(_("reading…"))
            self._look(refresh=True)

    def translate(self, post: Post) -> None:
        """Asks the room for a post in this terminal's language; shows it under the post, and keeps it nowhere."""
        to = language()
        self.host.say(_("translating…"))

        def answered(answer: Answer) -> None:
            if isinstance(answer, Translated):
                way = f"{safe(answer.source) or '?'} → {safe(answer.to)}"
                head = _("translated by a machine, {way}").format(way=way)
                self.view.set_translation(answer.uri, head, f"{answer.text} […]" if answer.cut else answer.text)
                self.host.say("")

        def failed(error: Exception) -> None:
            self.host.say(clean_line(str(error), 300), 2)

        self.host.ask(TranslatePost(uri=post.uri, to=to), answered, failed)

    def _look(self, *, refresh: bool) -> None:
        uri = self.uri

        def answered(answer: Answer) -> None:
            if isinstance(answer, Page) and uri == self.uri:
                self.view.merge(answer.posts)
                self._titled()
                self._ask_notes()

        def failed(error: Exception) -> None:
            if uri == self.uri:
                self.border_subtitle = Content(clean_line(str(error), 100))

        self.host.ask(ThreadView(uri=uri, refresh=refresh), answered, failed)

    def _titled(self) -> None:
        count = self.view.count
        self.border_subtitle = Content(ngettext("{n} post", "{n} posts", count).format(n=number(count)))

    # --- what colleagues say, and where they are -------------------------------------------------------------------

    def _ask_notes(self) -> None:
        """All notes of the conversation, once: those of closed cases are not in what a terminal knows anyway."""
        post = self.view.current
        if post is None or self._asked_notes_of == post.conversation:
            return
        conversation = self._asked_notes_of = post.conversation

        def answered(answer: Answer) -> None:
            if isinstance(answer, CaseFile) and conversation == self._asked_notes_of:
                self._kept = {n.id: n for n in answer.notes}
                self._show_notes()

        known = [n for n in self.host.state.notes.values() if n.subject in self.view.conversations]
        self._kept |= {n.id: n for n in known}
        self._show_notes()
        self._entitle()
        self.host.ask(CaseView(conversation=conversation), answered, _nobody_noted)

    def _show_notes(self) -> None:
        me = self.host.settings.operator
        self._fresh |= {n.id for n in self._kept.values() if me not in n.read_by}
        self.view.set_notes(list(self._kept.values()), self._fresh)

    def _have_read(self) -> None:
        """What stands before the reader's eyes is read; it stays marked as new until another conversation is opened."""
        me = self.host.settings.operator
        unread = tuple(n.id for n in self._kept.values() if me not in n.read_by)
        if unread and not self.host.settings.read_only and self.host.state.attached:
            for id_ in unread:
                note = self._kept[id_]
                self._kept[id_] = note.changed(read_by=(*note.read_by, me))
            self.host.do(ReadNotes(notes=unread), failed=_nobody_noted)

    def _entitle(self) -> None:
        """The border says who else looks at this conversation, and who types."""
        talks, me = self.view.conversations, self.host.settings.operator
        others = [a for a in self.host.state.attending.values() if a.conversation in talks and a.operator != me]
        typing = ", ".join(safe(a.operator) for a in others if a.typing)
        looking = ", ".join(safe(a.operator) for a in others if not a.typing)
        said = [_("Thread")]
        if typing:
            said.append(_("{name} types").format(name=typing))
        if looking:
            said.append(_("{name} reads").format(name=looking))
        if (title := SEPARATOR.join(said)) != self.called:
            self.entitle(clean_line(title, 200))

    def _cases(self) -> None:
        self.view.set_cases(self.host.state.cases, self.host.settings.operator)


def _nobody_noted(_error: Exception) -> None:
    """There is no case, or the room does not answer: then what is known is shown."""


PANE = PaneSpec(title=N_("Thread"), build=ThreadPane, order=20)
