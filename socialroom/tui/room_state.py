"""What a terminal knows of its room: the overview it read, kept up to date by the events it hears."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.alert import Alert, AlertState, Mute
from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.events import (
    AccountChanged,
    AlertChanged,
    CaseChanged,
    DraftChanged,
    DraftGone,
    Event,
    MuteChanged,
    OutboxChanged,
    Presence,
    Pulse,
    SourceChanged,
)
from socialroom.domain.requests import Feed, RoomOverview
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
        self.drafts: dict[str, Draft] = {}
        self.outbox: dict[str, OutboxItem] = {}
        self.present: tuple[str, ...] = ()
        self.pulse: Pulse | None = None

    def load(self, overview: RoomOverview) -> None:
        """Takes the room's word for everything."""
        self.overview = overview
        self.feeds = overview.feeds
        self.accounts = {a.name: a for a in overview.accounts}
        self.sources = {s.name: s for s in overview.sources}
        self.alerts = {a.id: a for a in overview.alerts}
        self.mutes = {m.key: m for m in overview.mutes}
        self.cases = {c.id: c for c in overview.cases}
        self.drafts = {d.id: d for d in overview.drafts}
        self.outbox = {i.id: i for i in overview.outbox}
        self.pulse = overview.pulse

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
            case DraftChanged(draft=draft):
                self.drafts[draft.id] = draft
            case DraftGone(draft=gone):
                self.drafts.pop(gone, None)
            case OutboxChanged(item=item):
                self.outbox[item.id] = item
            case Presence(operators=operators):
                self.present = operators
            case Pulse():
                self.pulse = event
            case _:
                pass

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
        )
        return found

    def muted(self, key: str, now: datetime) -> bool:
        """Whether a key is quiet now."""
        mute = self.mutes.get(key)
        return mute is not None and now < mute.until
