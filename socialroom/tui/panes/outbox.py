"""What is on its way out and what became of it, in one of three words: sent, not sent, or unknown; and the drafts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar, Final

from textual.actions import SkipAction
from textual.binding import BindingType

from socialroom.domain.draft import ANSWERS, WRITES, Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import RoomError
from socialroom.domain.events import AccountChanged, DraftChanged, DraftGone, Event, OutboxChanged
from socialroom.domain.requests import (
    CancelSend,
    DeleteSent,
    DiscardDraft,
    Done,
    ReleaseHeld,
    RescheduleSend,
    ResolveUnknown,
)
from socialroom.locale import N_, _, date, ngettext, number
from socialroom.tui.bindings import OUTBOX_BINDINGS
from socialroom.tui.lines import Line, Row, Span
from socialroom.tui.list_pane import ListPane
from socialroom.tui.outbox_lines import draft_row, item_row, opening
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.revising import again, correction, revision
from socialroom.tui.speaking import network_name

SETTLED_SHOWN: Final = 20
_ORDER: Final = (  # what needs a person comes first, then what leaves first
    OutboxState.UNKNOWN,
    OutboxState.HELD,
    OutboxState.AWAITING_APPROVAL,
    OutboxState.COUNTDOWN,
    OutboxState.SENDING,
    OutboxState.ARMED,
    OutboxState.SCHEDULED,
)
_GOING: Final = (OutboxState.COUNTDOWN, OutboxState.SENDING, OutboxState.ARMED)
_UNDECIDED: Final = (OutboxState.UNKNOWN, OutboxState.HELD)
_SETTLED: Final = (OutboxState.SENT, OutboxState.REJECTED)
_BEFORE_THE_WIRE: Final = (
    OutboxState.AWAITING_APPROVAL,
    OutboxState.SCHEDULED,
    OutboxState.COUNTDOWN,
    OutboxState.HELD,
)


_MOVED: Final = (OutboxState.SCHEDULED, OutboxState.COUNTDOWN, OutboxState.HELD, OutboxState.AWAITING_APPROVAL)


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
        said = [_("Outbox")]
        if count := sum(state in _UNDECIDED for state in states):
            said.append(ngettext("{count} to decide", "{count} to decide", count).format(count=number(count)))
        if count := states.count(OutboxState.AWAITING_APPROVAL):
            said.append(ngettext("{count} to approve", "{count} to approve", count).format(count=number(count)))
        if count := sum(state in _GOING for state in states):
            said.append(ngettext("{count} going out", "{count} going out", count).format(count=number(count)))
        if count := states.count(OutboxState.SCHEDULED):
            said.append(ngettext("{count} scheduled", "{count} scheduled", count).format(count=number(count)))
        return " · ".join(said)

    # What is shown.

    def rows(self, width: int) -> list[Row]:
        """What a person must decide, what goes out, schedules by day, what is settled, drafts; each with its heading."""
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
        settled = sorted((i for i in items if _is_worth_a_line(i)), key=lambda i: i.updated_at, reverse=True)
        me = self.host.settings.operator
        drafts = sorted(state.drafts.values(), key=lambda d: (d.operator != me, -d.updated_at.timestamp()))

        def item_rows(some: list[OutboxItem]) -> list[Row]:
            return [item_row(i, state.accounts.get(i.account), width, now, self.keys) for i in some]

        parts = {
            _("Needs a decision"): item_rows([i for i in opened if i.state in _UNDECIDED]),
            _("Waits for approval"): item_rows([i for i in opened if i.state is OutboxState.AWAITING_APPROVAL]),
            _("On its way"): item_rows([i for i in opened if i.state in _GOING]),
            **{
                day: item_rows([i for i in opened if i.state is OutboxState.SCHEDULED and _day(i, now) == day])
                for day in dict.fromkeys(_day(i, now) for i in opened if i.state is OutboxState.SCHEDULED)
            },
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
        me, now = self.host.settings.operator, self.host.clock.now()
        if item.state is OutboxState.UNKNOWN:
            self._decide(item)
        elif item.state is OutboxState.SENT or item.kind not in WRITES:
            uri = item.in_reply_to or item.sent_uri or (item.target.uri if item.target is not None else "")
            self.host.open_thread_of(uri)
        elif item.state is OutboxState.AWAITING_APPROVAL:  # it keeps its place in the queue until the new one is there
            self._write(revision(item, me, now))
        elif item.state in _BEFORE_THE_WIRE:
            self._cancel(item, self._write)
        elif item.state is OutboxState.REJECTED:
            self._write(self.host.state.drafts.get(item.draft) or again(item, me, now))
        else:
            self.host.say(_("It is being sent: wait for what the network says."))

    def _write(self, draft: Draft) -> None:
        """Opens the composer, beside the post that is answered."""
        self.host.open_composer(account=draft.account, draft=draft)

    def _cancel(self, item: OutboxItem, then: Callable[[Draft], None] | None) -> None:
        def done(answer: Done) -> None:
            if then is not None and answer.draft is not None:
                then(answer.draft)
            elif answer.draft is None and item.kind not in WRITES:
                self.host.say(_("Taken back: nothing was done."))
            else:
                self.host.say(_("Not sent; its text is a draft again."))

        self.host.do(CancelSend(item=item.id), done)

    def _decide(self, item: OutboxItem) -> None:
        from socialroom.tui.screens.unknown import UnknownScreen  # most sessions never open it

        self.app.push_screen(UnknownScreen(self.host, item))

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

    def action_look_again(self) -> None:
        """The room searches the network once more."""
        if item := self._undecided():
            said = _("The room looks again.")
            self.host.do(ResolveUnknown(item=item.id, verdict="look"), lambda _done: self.host.say(said))

    def action_reschedule(self) -> None:
        """Another moment, as it is typed: shown as it is understood before it counts."""
        item = self.selected_item()
        if item is None or item.state not in _MOVED or item.kind not in WRITES:
            self.host.say(_("Only a text that waits or is held can go at another time."))
            return
        from socialroom.domain.moments import parse_moment  # many patterns, for those who schedule
        from socialroom.tui.snoozing import Snoozing, moment_said

        def typed(line: str) -> None:
            now = self.host.clock.now()
            try:
                at = parse_moment(line, now)
            except RoomError as error:  # its moment passed while the line stood there
                self.host.say(str(error), 2)
                return
            told = _("It goes {time}.").format(time=moment_said(at, now))
            zone = at.astimezone().tzname() or ""
            command = RescheduleSend(item=item.id, at=at, zone=zone)
            self.host.do(command, lambda _done: self.host.say(told))

        reads = Snoozing(self.host, choose=lambda *_a: None, prompt=lambda *_a, **_k: None).read
        self.prompt(_("It goes at"), "", typed, reads=reads)

    def _there(self, kind: SendKind) -> OutboxItem | None:
        """What is under the cursor, if it is on its network and that lets this account do this; else that is said."""
        item = self.selected_item()
        if item is None or item.state is not OutboxState.SENT or item.kind not in ANSWERS:
            self.host.say(_("Only a text that was sent can be corrected or deleted there."))
            return None
        if item.gone_at is not None:
            self.host.say(_("It is not there any more: it was deleted."))
            return None
        account = self.host.state.accounts.get(item.account)
        if account is None or kind not in account.acts:
            said = (
                _("{network} lets nobody correct from here what was sent; deleting it and answering anew may be a way.")
                if kind is SendKind.EDIT
                else _("{network} lets nobody delete from here what was sent: do it there.")
            )
            self.host.say(said.format(network=network_name(item.network)), 2)
            return None
        return item

    def action_correct(self) -> None:
        """Other words in the place of those that are there."""
        if item := self._there(SendKind.EDIT):
            self._write(correction(item, self.host.settings.operator, self.host.clock.now()))

    def action_delete_sent(self) -> None:
        """It goes from its network, after a question."""
        item = self._there(SendKind.DELETE)
        if item is None:
            return
        network = network_name(item.network)
        options = [(_("Leave it there"), False), (_("Delete it from {network}").format(network=network), True)]
        text = _("The copy on {network} goes; who has read it has read it, and our log keeps that it was there.")

        def chosen(sure: bool) -> None:
            if sure:
                told = _("It is deleted after the countdown; {key} on its line stops that.")
                key = self.host.key_of("outbox.cancel")
                self.host.do(DeleteSent(item=item.id), lambda _done: self.host.say(told.format(key=key)))

        self.choose(
            _("Delete what was sent?"), options, chosen, text.format(network=network) + "\n\n" + opening(item.typed)
        )

    def action_drop(self) -> None:
        """A draft is thrown away, and can be brought back; about an undecided send everything is shown first."""
        draft = self.selected_draft()
        if draft is None:
            if item := self._undecided():
                self._decide(item)
            return
        key = self.host.key_of("room.undo")
        said = _("Thrown away · {key} brings it back").format(key=key)
        self.host.do(DiscardDraft(draft=draft.id), lambda _done: self.host.say(said))


def _is_worth_a_line(item: OutboxItem) -> bool:
    """What was said, and what failed; likes that went well are many."""
    if item.state is OutboxState.SENT:
        return item.kind in WRITES or item.kind is SendKind.DELETE
    return item.state is OutboxState.REJECTED


def _day(item: OutboxItem, now: datetime) -> str:
    """The heading of the day on which it goes, where the reader sits."""
    if item.due_at is None:
        return _("Scheduled")
    day = (item.due_at.astimezone().date() - now.astimezone().date()).days
    if day <= 0:
        return _("Scheduled for today")
    if day == 1:
        return _("Scheduled for tomorrow, {date}").format(date=date(item.due_at))
    return _("Scheduled for {date}").format(date=date(item.due_at))


PANE = PaneSpec(title=N_("Outbox"), build=OutboxPane, order=40)
