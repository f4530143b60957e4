"""What a terminal knows of its room: the overview it read, kept up to date by the events it hears."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.alert import Alert, AlertQuality, AlertState, Mute, Rising
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.events import (
    AccountChanged,
    AlertChanged,
    Attending,
    CaseChanged,
    CaseGone,
    DraftChanged,
    DraftGone,
    Event,
    MuteChanged,
    NoteChanged,
    NoteGone,
    OutboxChanged,
    OutlookChanged,
    Presence,
    PublishingFrozen,
    Pulse,
    SourceChanged,
)
from socialroom.domain.note import SHIFT, Note
from socialroom.domain.operator import Operator
from socialroom.domain.requests import CaseFilter, Feed, RoomOverview
from socialroom.domain.roles import RIGHTS, Rights, from_the_wire
from socialroom.domain.source import Account, SourceState


class RoomState:
    """Everything but posts. Panes read it; only the app changes it, by `load` and `apply`.

    Attributes:
        attached: whether the room answers now; what else is here is as it was when it last did.
        problem: why it does not, in the language in use.
    """

    def __init__(self) -> None:
        self.attached = False
        self.problem = ""
        self.overview: RoomOverview | None = None
        self.feeds: tuple[Feed, ...] = ()
        self.accounts: dict[str, Account] = {}
        self.sources: dict[str, SourceState] = {}
        self.alerts: dict[str, Alert] = {}
        self.mutes: dict[str, Mute] = {}
        self.cases: dict[str, Case] = {}
        self.turn = 0  # grows with every change of a case or a send: whoever counts them looks whether it did
        self.drafts: dict[str, Draft] = {}
        self.outbox: dict[str, OutboxItem] = {}
        self.present: tuple[str, ...] = ()
        self.pulse: Pulse | None = None
        self.rights: Rights = RIGHTS
        self.operators: tuple[Operator, ...] = ()
        self.filters: tuple[CaseFilter, ...] = ()
        self.notes: dict[str, Note] = {}
        self.shift: Note | None = None
        self.attending: dict[str, Attending] = {}  # by operator
        self.publishing: PublishingFrozen | None = None  # set while all publishing is stopped
        self.quality = AlertQuality()
        self.rising: tuple[Rising, ...] = ()

    def load(self, overview: RoomOverview) -> None:
        """Takes the room's word for everything."""
        self.overview = overview
        self.turn += 1
        self.feeds = overview.feeds
        self.accounts = {a.name: a for a in overview.accounts}
        self.sources = {s.name: s for s in overview.sources}
        self.alerts = {a.id: a for a in overview.alerts}
        self.mutes = {m.key: m for m in overview.mutes}
        self.cases = {c.id: c for c in overview.cases}
        self.drafts = {d.id: d for d in overview.drafts}
        self.outbox = {i.id: i for i in overview.outbox}
        self.pulse = overview.pulse
        self.rights = from_the_wire(overview.rights)
        self.operators, self.filters = overview.operators, overview.filters
        self.notes = {n.id: n for n in overview.notes}
        self.shift = overview.shift
        self.attending = {a.operator: a for a in overview.attending}
        self.publishing = overview.publishing
        self.quality, self.rising = overview.quality, overview.rising

    def apply(self, event: Event) -> None:
        """Takes in one event; posts are the panes' own business."""
        match event:
            case SourceChanged(source=source):
                self.sources[source.name] = source
            case AccountChanged(account=account):
                self.accounts[account.name] = account
            case AlertChanged(alert=alert):
                self.alerts[alert.id] = alert
            case MuteChanged(mute=mute):
                self.mutes[mute.key] = mute
            case CaseChanged(case=case):
                self.cases[case.id] = case
                self.turn += 1
            case DraftChanged(draft=draft):
                self.drafts[draft.id] = draft
            case DraftGone(draft=gone):
                self.drafts.pop(gone, None)
            case OutboxChanged(item=item):
                self.outbox[item.id] = item
                self.turn += 1
            case Presence(operators=operators):
                self.present = operators
                self.attending = {n: a for n, a in self.attending.items() if n in operators}
            case CaseGone() | NoteChanged() | NoteGone() | Attending() | PublishingFrozen() | OutlookChanged():
                self._apply_desk(event)
            case Pulse():
                self.pulse = event
            case _:
                pass

    def _apply_desk(
        self, event: CaseGone | NoteChanged | NoteGone | Attending | PublishingFrozen | OutlookChanged
    ) -> None:
        match event:
            case OutlookChanged(rising=rising, quality=quality):
                self.rising, self.quality = rising, quality
            case CaseGone(case=gone):
                self.cases.pop(gone, None)
                self.turn += 1
            case NoteChanged(note=note):
                self.notes[note.id] = note
                if note.subject == SHIFT and (self.shift is None or note.at >= self.shift.at):
                    self.shift = note
            case NoteGone(note=gone):
                self.notes.pop(gone, None)
                if self.shift is not None and self.shift.id == gone:
                    self.shift = None
            case Attending(operator=operator):
                if event.conversation:
                    self.attending[operator] = event
                else:
                    self.attending.pop(operator, None)
            case PublishingFrozen(on=on):
                self.publishing = event if on else None

    def ringing(self, now: datetime) -> list[Alert]:
        """Alerts that nobody has acknowledged or muted, the most severe and then the one that began last first."""
        found = [a for a in self.alerts.values() if a.state is AlertState.RINGING and not self.muted(a.key, now)]
        return sorted(found, key=lambda a: (-a.severity, -a.first_at.timestamp()))

    def as_overview(self) -> RoomOverview | None:
        """The overview as it would be read now, made of what was heard since; None before the first."""
        if self.overview is None:
            return None
        found: RoomOverview = self.overview.changed(
            accounts=tuple(self.accounts.values()),
            sources=tuple(self.sources.values()),
            alerts=tuple(self.alerts.values()),
            cases=tuple(self.cases.values()),
            drafts=tuple(self.drafts.values()),
            outbox=tuple(self.outbox.values()),
            pulse=self.pulse,
            notes=tuple(self.notes.values()),
            shift=self.shift,
            attending=tuple(self.attending.values()),
            publishing=self.publishing,
            quality=self.quality,
            rising=self.rising,
        )
        return found

    def muted(self, key: str, now: datetime) -> bool:
        """Whether a key is quiet now."""
        mute = self.mutes.get(key)
        return mute is not None and now < mute.until
