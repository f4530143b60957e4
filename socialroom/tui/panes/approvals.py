"""Texts that wait for somebody's yes: exactly what will be sent, with all that a yes rests on."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType

from socialroom.domain.draft import OutboxItem, OutboxState, text_hash
from socialroom.domain.events import AccountChanged, Event, OutboxChanged, Withdrawn
from socialroom.domain.post import Post
from socialroom.domain.requests import (
    Answer,
    ApproveSend,
    Done,
    Page,
    Playbook,
    RejectSend,
    SavedReplies,
    ThreadView,
    Together,
)
from socialroom.domain.roles import NEEDS, TITLES, may
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.text import clean_line
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui.approval_lines import Waiting, detail, queue_row
from socialroom.tui.bindings import APPROVALS_BINDINGS
from socialroom.tui.lines import Row
from socialroom.tui.lines_view import LinesView
from socialroom.tui.list_pane import ListPane
from socialroom.tui.outbox_lines import opening, yeses
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.revising import revision

_LEAST: Final = 3  # lines of the queue, where there is a text below it


class _Reader(LinesView, can_focus=False):
    """The text that is chosen, whole; the keys stay with the queue."""


class ApprovalsPane(ListPane):
    """The queue above, the text under its cursor below."""

    context: ClassVar[str] = "approvals"
    wants: ClassVar[tuple[type[Event], ...]] = (OutboxChanged, AccountChanged, Withdrawn)
    BINDING_GROUP_TITLE = N_("Approvals")
    BINDINGS: ClassVar[list[BindingType]] = [*APPROVALS_BINDINGS]
    DEFAULT_CSS = """
    ApprovalsPane _Reader { border-top: solid $track; }
    """

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "approvals", argument)
        self.reader = _Reader(self._read_rows, lambda: "")
        self._shown: OutboxItem | None = None  # exactly what the reader shows; a yes is a yes to this
        self._ended = 0  # the line of the reader at which the text has ended
        self._parents: dict[str, Post] = {}
        self._gone: dict[str, str] = {}  # why a post that is answered is not shown
        self._saved: tuple[SavedReply, ...] | None = None

    def compose(self) -> ComposeResult:
        """Queue and text."""
        yield self.view
        yield self.reader

    # What waits.

    def waiting(self) -> list[OutboxItem]:
        """Texts that wait: first those that this operator may decide, then the one that waits longest.

        Candidates for one post stand together.
        """
        outbox = self.host.state.outbox
        items = [i for i in outbox.values() if i.state is OutboxState.AWAITING_APPROVAL and i.after not in outbox]
        places: dict[str, tuple[bool, datetime]] = {}
        for item in items:
            place = item.in_reply_to or item.id
            known = places.get(place, (True, item.updated_at))
            places[place] = (known[0] and bool(self.obstacle(item)), min(known[1], item.updated_at))
        return sorted(
            items,
            key=lambda i: (*places[i.in_reply_to or i.id], i.in_reply_to or i.id, i.updated_at, i.id),
        )

    def _others(self, item: OutboxItem) -> list[OutboxItem]:
        if item.in_reply_to is None:
            return []
        return [i for i in self.waiting() if i.in_reply_to == item.in_reply_to and i.id != item.id]

    def _later(self, item: OutboxItem) -> list[OutboxItem]:
        """The other parts of its thread, in order."""
        following = {i.after: i for i in self.host.state.outbox.values() if i.after}
        found = [item]
        while (one := following.get(found[-1].id)) is not None and one not in found:
            found.append(one)
        return found[1:]

    @property
    def _me(self) -> str:
        return self.host.settings.operator

    # What is shown.

    def empty(self) -> str:
        """Said when nothing waits."""
        return _("Nothing waits for a yes.")

    def title(self) -> str:
        """How many wait, and how many of them this operator may decide."""
        items = self.waiting()
        said = [_("Approvals")]
        if items:
            said.append(ngettext("{n} waits", "{n} wait", len(items)).format(n=number(len(items))))
        if mine := sum(not self.obstacle(i) for i in items):
            said.append(ngettext("{n} for you", "{n} for you", mine).format(n=number(mine)))
        return " · ".join(said)

    def rows(self, width: int) -> list[Row]:
        """The queue."""
        now, accounts = self.host.clock.now(), self.host.state.accounts
        return [
            queue_row(i, accounts.get(i.account), len(self._others(i)), i.operator == self._me, width, now)
            for i in self.waiting()
        ]

    def _read_rows(self, width: int) -> list[Row]:
        item = self._shown
        if item is None:
            return []
        uri = item.in_reply_to or ""
        waiting = Waiting(
            item=item,
            later=self._later(item),
            account=self.host.state.accounts.get(item.account),
            parent=self._parents.get(uri),
            gone=self._gone.get(uri, ""),
            before=self.host.state.outbox.get(item.replaces) if item.replaces else None,
            saved=self._saved or (),
            others=self._others(item),
            obstacle=self.obstacle(item),
        )
        lines, self._ended = detail(waiting, width, self.host.clock.now(), self.keys)
        return [Row(f"text:{item.id}", tuple(lines))]

    def renew(self) -> None:
        """The queue as it is now, and the text under its cursor."""
        super().renew()
        self._read()

    def _read(self) -> None:
        """Shows the text under the cursor, from its beginning where it is another than before."""
        item = self.selected_item()
        another = (item.id if item else "") != (self._shown.id if self._shown else "")
        self._shown = item
        self.reader.display = item is not None
        self._share()
        if item is not None:
            self._ask(item)
        self.reader.rebuild()
        if another:
            self.reader.scroll_by(-1_000_000)

    def _share(self) -> None:
        """The queue takes what it needs, at most a third."""
        if self._shown is None:
            height = "1fr"
        else:
            lines = sum(len(row.lines) for row in self.view.rows)
            height = str(max(1, min(lines, max(_LEAST, self.content_size.height // 3))))
        if str(self.view.styles.height) != height:
            self.view.styles.height = height

    def _ask(self, item: OutboxItem) -> None:
        """Reads once what is answered, and the saved replies."""
        uri = item.in_reply_to
        if uri and uri not in self._parents and uri not in self._gone:
            self._gone[uri] = ""

            def answered(answer: Answer) -> None:
                found = next((p for p in answer.posts if p.uri == uri), None) if isinstance(answer, Page) else None
                if found is None:
                    self._gone[uri] = _("what it answers is not in the room any more")
                else:
                    self._parents[uri] = found
                self._again()

            def failed(error: Exception) -> None:
                self._gone[uri] = clean_line(str(error), 200)
                self._again()

            self.host.ask(ThreadView(uri=uri), answered, failed)
        if self._saved is None:
            self._saved = ()

            def read(answer: Answer) -> None:
                if isinstance(answer, SavedReplies):
                    self._saved = answer.replies
                    self._again()

            self.host.ask(Playbook(), read, lambda _error: None)

    def _again(self) -> None:
        if self.is_attached:
            self.reader.rebuild()

    def loaded(self) -> None:
        """The room was read anew: what was not to be had may be there now."""
        self._gone.clear()
        self._saved = None
        super().loaded()

    def hear(self, event: Event) -> None:
        """A post that is answered may go."""
        if isinstance(event, Withdrawn):
            for uri in event.uris:
                self._parents.pop(uri, None)
                self._gone[uri] = _("the post that this answers was deleted")
        super().hear(event)

    def on_resize(self) -> None:
        """More or less room for the queue, once its lines are broken anew."""
        self.call_after_refresh(self._share)

    def on_click(self, event: events.Click) -> None:
        """Another row may be chosen."""
        del event
        self._read()

    # What is chosen.

    def selected_item(self) -> OutboxItem | None:
        """The text under the cursor."""
        item = self.host.state.outbox.get((self.view.current or "").removeprefix("item:"))
        return item if item is not None and item.state is OutboxState.AWAITING_APPROVAL else None

    def selected(self) -> Post | None:
        """The post that is answered, as far as it was read."""
        return self._parents.get(self._shown.in_reply_to or "") if self._shown is not None else None

    def obstacle(self, item: OutboxItem) -> str:
        """Why this operator does not say yes to it; empty when they may."""
        state = self.host.state
        if self._me in (item.operator, *item.authors):
            return _("You wrote this text, or a version of it: somebody else must say yes.")
        if state.overview is not None and not may(state.overview.operator.role, ApproveSend, state.rights):
            roles = ", ".join(sorted(_(r.value) for r in state.rights.get(NEEDS[ApproveSend], ())))
            return _("{act} is for: {roles}").format(act=_(TITLES[NEEDS[ApproveSend]]), roles=roles)
        parts = (item, *self._later(item))
        if not any(self._open(i) for i in parts):
            return _("You have said yes to it; somebody else must, too.")
        if any(text_hash(i.text, i.media) != i.text_hash for i in parts):
            return _("Its text is not the one that was frozen: turn it down, and have it written anew.")
        return ""

    def _open(self, item: OutboxItem) -> bool:
        """Whether this operator's yes to it is still to be said."""
        return not any(a.by == self._me and a.text_hash == item.text_hash for a in item.approvals)

    # What is done.

    def action_cursor_down(self) -> None:
        """The next text."""
        super().action_cursor_down()
        self._read()

    def action_cursor_up(self) -> None:
        """The previous one."""
        super().action_cursor_up()
        self._read()

    def action_first(self) -> None:
        """The first one."""
        super().action_first()
        self._read()

    def action_last(self) -> None:
        """The last one."""
        super().action_last()
        self._read()

    def action_read_on(self) -> None:
        """One screen of the text down."""
        self.reader.scroll_by(max(1, self.reader.content_size.height - 1))

    def action_read_back(self) -> None:
        """One screen of the text up."""
        self.reader.scroll_by(-max(1, self.reader.content_size.height - 1))

    def act(self, row: str) -> None:
        """The conversation that is answered."""
        item = self.host.state.outbox.get(row.removeprefix("item:"))
        if item is not None and item.in_reply_to:
            self.host.open_thread_of(item.in_reply_to)
        elif item is not None:
            self.host.say(_("It answers nobody: it is a new post."))

    def _chosen(self) -> OutboxItem | None:
        """What the reader shows, if it still waits; else a sentence says so."""
        item = self._shown
        if item is None:
            self.host.say(_("Nothing waits for a yes."))
            return None
        if item != self.selected_item():  # it changed in this very moment: what was read is not what would be decided
            self.renew()
            self.host.say(_("It changed just now: read it again."), 2)
            return None
        return item

    def action_approve(self) -> None:
        """Yes to exactly what is shown; not before it was shown to its end."""
        item = self._chosen()
        if item is None:
            return
        if obstacle := self.obstacle(item):
            self.host.say(obstacle, 2)
        elif self.reader.bottom < self._ended:
            self.action_read_on()
            self.host.say(_("The text goes on: read it to its end, then say yes."), 2)
        else:
            self._sure(item)

    def _sure(self, item: OutboxItem) -> None:
        account = self.host.state.accounts.get(item.account)
        if account is None or not account.confirm:
            self._approve(item)
            return
        shown = clean_line(account.shown, 60)
        options = [(_("Not yet"), False), (_("Yes, publish it as {account}").format(account=shown), True)]

        def chosen(sure: bool) -> None:
            if sure:
                self._approve(item)

        self.choose(_("Publish as {account}?").format(account=shown), options, chosen, opening(item.text))

    def _approve(self, item: OutboxItem) -> None:
        def done(answer: Done) -> None:
            if answer.refused:
                self.host.say(str(answer.refused[0][1].what), 2)
                return
            now = answer.item or self.host.state.outbox.get(item.id)
            if now is not None and now.state is OutboxState.AWAITING_APPROVAL:
                self.host.say(_("Your yes counts: {yeses}.").format(yeses=yeses(now)))
            else:
                self.host.say(_("Approved. The outbox ({key}) shows it go.").format(key=self.host.key_of("go.outbox")))

        parts = [i for i in (item, *self._later(item)) if self._open(i)]
        yes = [ApproveSend(item=i.id, text_hash=i.text_hash) for i in parts]
        self.host.do(yes[0] if len(yes) == 1 else Together(commands=tuple(yes)), done)

    def action_reject(self) -> None:
        """No, and why."""
        item = self._chosen()
        if item is None:
            return
        state = self.host.state
        if state.overview is not None and not may(state.overview.operator.role, RejectSend, state.rights):
            roles = ", ".join(sorted(_(r.value) for r in state.rights.get(NEEDS[RejectSend], ())))
            self.host.say(_("{act} is for: {roles}").format(act=_(TITLES[NEEDS[RejectSend]]), roles=roles), 2)
            return
        who: str = clean_line(item.operator, 60)

        def said(reason: str) -> None:
            told = _("Turned down; {name} has the text back, and your reason.").format(name=who)
            self.host.do(RejectSend(item=item.id, reason=reason), lambda _done: self.host.say(told))

        self.prompt(_("Why not? {name} reads this").format(name=who), "", said)

    def action_edit(self) -> None:
        """Another version of it, written in the composer; nobody's yes goes over to it."""
        item = self._chosen()
        if item is None:
            return
        state = self.host.state
        writes = self._me in (item.operator, *item.authors)
        if (
            not writes
            and state.overview is not None
            and not may(state.overview.operator.role, ApproveSend, state.rights)
        ):
            self.host.say(_("Only its writer and those who approve may change this text."), 2)
            return
        draft = revision(item, self._me, self.host.clock.now())
        self.host.open_composer(account=item.account, draft=draft)


PANE = PaneSpec(title=N_("Approvals"), build=ApprovalsPane, order=35)
