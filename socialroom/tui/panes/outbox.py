"""What is on its way out and what became of it, in one of three words: sent, not sent, or unknown; and the drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Final
from uuid import uuid4

from textual.actions import SkipAction
from textual.binding import BindingType

from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.events import AccountChanged, DraftChanged, DraftGone, Event, OutboxChanged
from socialroom.domain.requests import (
    CancelSend,
    DiscardDraft,
    Done,
    ReleaseHeld,
    ResolveUnknown,
)
from socialroom.locale import N_, _, ngettext, number
from socialroom.tui.bindings import OUTBOX_BINDINGS
from socialroom.tui.lines import Line, Row, Span
from socialroom.tui.list_pane import ListPane
from socialroom.tui.outbox_lines import draft_row, item_row, opening
from socialroom.tui.pane import Host, PaneSpec

SETTLED_SHOWN: Final = 20
_ORDER: Final = (  # what a person must decide comes first, then what leaves first
    OutboxState.UNKNOWN,
    OutboxState.HELD,
    OutboxState.COUNTDOWN,
    OutboxState.SENDING,
    OutboxState.ARMED,
    OutboxState.AWAITING_APPROVAL,
    OutboxState.SCHEDULED,
)
_UNDECIDED: Final = (OutboxState.UNKNOWN, OutboxState.HELD)
_SETTLED: Final = (OutboxState.SENT, OutboxState.REJECTED)
_BEFORE_THE_WIRE: Final = (
    OutboxState.AWAITING_APPROVAL,
    OutboxState.SCHEDULED,
    OutboxState.COUNTDOWN,
    OutboxState.HELD,
)


class OutboxPane(ListPane):
    """Sends that are open, those settled lately, and everybody's drafts."""

    context: ClassVar[str] = "outbox"
    wants: ClassVar[tuple[type[Event], ...]] = (OutboxChanged, DraftChanged, DraftGone, AccountChanged)
    BINDING_GROUP_TITLE = N_("Outbox")
    BINDINGS: ClassVar[list[BindingType]] = [*OUTBOX_BINDINGS]

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "outbox", argument)

    def empty(self) -> str:
        """Said when there is neither a send nor a draft."""
        return _("Nothing is on its way out, and there are no drafts.")

    def title(self) -> str:
        """How many are on their way, and how many a person must decide about."""
        states = [item.state for item in self.host.state.outbox.values() if item.state in _ORDER]
        undecided = sum(state in _UNDECIDED for state in states)
        said = [_("Outbox")]
        if undecided:
            said.append(ngettext("{count} to decide", "{count} to decide", undecided).format(count=number(undecided)))
        if moving := len(states) - undecided:
            said.append(ngettext("{count} going out", "{count} going out", moving).format(count=number(moving)))
        return " · ".join(said)

    # What is shown.

    def rows(self, width: int) -> list[Row]:
        """Open sends, settled ones, drafts; with a heading each where there is more than one kind."""
        now, state = self.host.clock.now(), self.host.state
        items = list(state.outbox.values())
        far = now.timestamp() * 2

        def due(item: OutboxItem) -> tuple[int, float, float]:
            return (
                _ORDER.index(item.state),
                item.due_at.timestamp() if item.due_at else far,
                item.updated_at.timestamp(),
            )

        opened = sorted((i for i in items if i.state in _ORDER), key=due)
        settled = sorted((i for i in items if i.state in _SETTLED), key=lambda i: i.updated_at, reverse=True)
        me = self.host.settings.operator
        drafts = sorted(state.drafts.values(), key=lambda d: (d.operator != me, -d.updated_at.timestamp()))

        def item_rows(some: list[OutboxItem]) -> list[Row]:
            return [item_row(i, state.accounts.get(i.account), width, now, self.keys) for i in some]

        parts = {
            _("Needs a decision"): item_rows([i for i in opened if i.state in _UNDECIDED]),
            _("On its way"): item_rows([i for i in opened if i.state not in _UNDECIDED]),
            _("Sent and refused"): item_rows(settled[:SETTLED_SHOWN]),
            _("Drafts"): [
                draft_row(d, state.accounts.get(d.account), mine=d.operator == me, width=width, now=now) for d in drafts
            ],
        }
        rows: list[Row] = []
        for heading, some in parts.items():
            if some:
                rows += [Row(f"heading:{heading}", (Line((Span(heading, "muted", bold=True),)),), heading=True), *some]
        return rows

    # What is chosen.

    def selected_item(self) -> OutboxItem | None:
        """The send under the cursor."""
        kind, _colon, which = (self.view.current or "").partition(":")
        return self.host.state.outbox.get(which) if kind == "item" else None

    def selected_draft(self) -> Draft | None:
        """The draft under the cursor."""
        kind, _colon, which = (self.view.current or "").partition(":")
        return self.host.state.drafts.get(which) if kind == "draft" else None

    # What is done.

    def act(self, row: str) -> None:
        """A draft goes on being written; a send that may still be stopped is edited; what was sent is shown."""
        kind, _colon, which = row.partition(":")
        if kind == "draft" and (draft := self.host.state.drafts.get(which)) is not None:
            self._write(draft)
        elif kind == "item" and (item := self.host.state.outbox.get(which)) is not None:
            self._open(item)

    def _open(self, item: OutboxItem) -> None:
        if item.state in _BEFORE_THE_WIRE:
            self._cancel(item, self._write)
        elif item.state is OutboxState.UNKNOWN:
            self._decide(item)
        elif item.state is OutboxState.SENT:
            self.host.open_thread_of(item.in_reply_to or item.sent_uri)
        elif item.state is OutboxState.REJECTED:
            self._write(self.host.state.drafts.get(item.draft) or self._again(item))
        else:
            self.host.say(_("It is being sent: wait for what the network says."))

    def _again(self, item: OutboxItem) -> Draft:
        """The text of a refused send as a new draft."""
        return Draft(
            id=uuid4().hex,
            operator=self.host.settings.operator,
            account=item.account,
            text=item.text,
            updated_at=self.host.clock.now(),
            in_reply_to=item.in_reply_to,
            conversation=item.conversation,
            visibility=item.visibility,
        )

    def _write(self, draft: Draft) -> None:
        """Opens the composer, beside the post that is answered."""
        self.host.open_composer(account=draft.account, draft=draft)

    def _cancel(self, item: OutboxItem, then: Callable[[Draft], None] | None) -> None:
        def done(answer: Done) -> None:
            if then is not None and answer.draft is not None:
                then(answer.draft)
            else:
                self.host.say(_("Not sent; its text is a draft again."))

        self.host.do(CancelSend(item=item.id), done)

    def _decide(self, item: OutboxItem) -> None:
        options: list[tuple[str, Callable[[], None]]] = [
            (_("It is there: it was sent"), lambda: self._resolve(item, "there")),
            (_("It is not there: send it again"), lambda: self._resolve(item, "absent")),
            (_("Look for it on the network again"), lambda: self._resolve(item, "look")),
            (_("Drop it: its text is a draft again"), lambda: self._resolve(item, "drop")),
        ]
        self.choose(_("Was it sent?"), options, lambda act: act(), opening(item.text))

    def _resolve(self, item: OutboxItem, verdict: str) -> None:
        self.host.do(ResolveUnknown(item=item.id, verdict=verdict))

    def _undecided(self) -> OutboxItem | None:
        """The send under the cursor if its outcome is unknown; else a sentence says that there is nothing to decide."""
        item = self.selected_item()
        if item is not None and item.state is OutboxState.UNKNOWN:
            return item
        self.host.say(_("Only a send whose outcome is unknown needs this decision."))
        return None

    def action_cancel(self) -> None:
        """Not sent after all; where there is nothing to stop, the key undoes the last act as everywhere."""
        item = self.selected_item()
        if item is None or item.state not in _BEFORE_THE_WIRE:
            raise SkipAction
        self._cancel(item, None)

    def action_release(self) -> None:
        """A person says: send it now."""
        item = self.selected_item()
        if item is not None and item.state is OutboxState.HELD:
            self.host.do(ReleaseHeld(item=item.id))
        else:
            self.host.say(_("Only a send that is held can be released."))

    def action_was_sent(self) -> None:
        """A person has seen it there."""
        if item := self._undecided():
            self._resolve(item, "there")

    def action_send_again(self) -> None:
        """A person says it is not there; the room refuses while it has not looked well enough itself."""
        if item := self._undecided():
            self._resolve(item, "absent")

    def action_look_again(self) -> None:
        """The room searches the network once more."""
        if item := self._undecided():
            self._resolve(item, "look")

    def action_drop(self) -> None:
        """An undecided send is given up; a draft is thrown away, after a question."""
        draft = self.selected_draft()
        if draft is None:
            if item := self._undecided():
                self._resolve(item, "drop")
            return
        options = [(_("Keep it"), False), (_("Throw it away for good"), True)]

        def chosen(sure: bool) -> None:
            if sure:
                self.host.do(DiscardDraft(draft=draft.id))

        self.choose(_("Throw this draft away?"), options, chosen, opening(draft.text))


PANE = PaneSpec(title=N_("Outbox"), build=OutboxPane, order=40)
