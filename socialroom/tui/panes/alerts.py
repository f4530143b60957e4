"""What rings: the most severe and newest first, then what somebody looks after, what is muted, and what is over."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar, Final

from textual.actions import SkipAction
from textual.binding import BindingType
from textual.content import Content

from socialroom.domain.alert import Alert, AlertState, Mute, Rising, Verdict
from socialroom.domain.alert_words import quality_words
from socialroom.domain.events import AlertChanged, Event, MuteChanged, OutlookChanged
from socialroom.domain.requests import Done, MuteAlert
from socialroom.locale import N_, _, duration, moment, ngettext, number
from socialroom.tui.bindings import ALERT_BINDINGS
from socialroom.tui.lines import SEPARATOR, Line, Row, Span, flow, paragraph, safe
from socialroom.tui.list_pane import ListPane
from socialroom.tui.pane import Host, PaneSpec
from socialroom.tui.verdicts import judge

OVER_SHOWN: Final = 20
_HEADLINE_LINES: Final = 3
_SEVERITIES: Final = {
    1: ("•", N_("info"), "foreground"),
    2: ("▲", N_("warning"), "alert-amber"),
    3: ("■", N_("urgent"), "alert-red"),
}


class AlertsPane(ListPane):
    """The alerts of the room and what was done about them."""

    context: ClassVar[str] = "alerts"
    wants: ClassVar[tuple[type[Event], ...]] = (AlertChanged, MuteChanged, OutlookChanged)
    BINDING_GROUP_TITLE = N_("Alerts")
    BINDINGS: ClassVar[list[BindingType]] = [*ALERT_BINDINGS]

    def __init__(self, host: Host, argument: str = "") -> None:
        super().__init__(host, "alerts", argument)
        self._quality = ""

    def empty(self) -> str:
        """Said when there is not one alert."""
        return _("Nothing rings.")

    def title(self) -> str:
        """How many ring."""
        now = self.host.clock.now()
        count = len(self.host.state.ringing(now))
        said = _("Alerts")
        if count:
            said += " · " + ngettext("{count} rings", "{count} ring", count).format(count=number(count))
        return said

    def renew(self) -> None:
        """The list, and in the lower border how good the room's alerts are."""
        super().renew()
        if self.host.state.attached:
            said = quality_words(self.host.state.quality)
            if said != self._quality:
                self._quality = said
                self.border_subtitle = Content(said)
        else:
            self._quality = ""  # another thing stands there

    # What is shown.

    def rows(self, width: int) -> list[Row]:
        """One row an alert, then mutes of keys that have none."""
        now = self.host.clock.now()
        alerts = self._in_order(now)
        keys = {alert.key for alert in alerts}
        mutes = [mute for mute in self.host.state.mutes.values() if now < mute.until]
        rows = [self._row(alert, width, now) for alert in alerts if alert.state is not AlertState.OVER]
        rows += [self._mute_row(m, width, now) for m in sorted(mutes, key=lambda m: m.until) if m.key not in keys]
        rows += [_rising_row(rising, width) for rising in self.host.state.rising]
        rows += [self._row(alert, width, now) for alert in alerts if alert.state is AlertState.OVER]
        if rows and not any(self._rings(alert, now) for alert in alerts):
            rows.insert(0, Row("quiet", (Line((Span(self.empty(), "muted"),)),), heading=True))
        return rows

    def _rings(self, alert: Alert, now: datetime) -> bool:
        return alert.state is AlertState.RINGING and not self.host.state.muted(alert.key, now)

    def _in_order(self, now: datetime) -> list[Alert]:
        """By what must be done, severity and beginning: figures that change every second change no places."""

        def place(alert: Alert) -> tuple[int, int, float]:
            group = 2 if alert.state is AlertState.LEARNING else 0 if self._rings(alert, now) else 1
            return (group, -alert.severity, -alert.first_at.timestamp())

        there = self.host.state.alerts.values()
        over = sorted((a for a in there if a.state is AlertState.OVER), key=lambda a: a.updated_at, reverse=True)
        return [*sorted((a for a in there if a.state is not AlertState.OVER), key=place), *over[:OVER_SHOWN]]

    def _row(self, alert: Alert, width: int, now: datetime) -> Row:
        sign, word, ink = _SEVERITIES[max(1, min(3, alert.severity))]
        rings = self._rings(alert, now)
        if alert.state is AlertState.LEARNING:
            # A rule without a baseline says all in its headline; one that can never ring warns.
            sign, shown = ("…", "muted") if alert.severity < 2 else (sign, ink)
            only = paragraph(str(alert.headline), width, ink="muted", limit=_HEADLINE_LINES)
            return Row(f"alert:{alert.id}", tuple(only), Span(sign, shown))
        calm = alert.state is AlertState.OVER
        loud = ink if rings else "muted" if calm else "foreground"
        parts = str(alert.headline).split(SEPARATOR)
        headline = flow([Span(part, loud, rings) for part in parts], width, _HEADLINE_LINES)
        if rings and alert.severity >= 3:
            headline = [line._replace(fill=ink) for line in headline]
        shown = "muted" if calm else ink
        said = self._said(alert, now, muted=self.host.state.muted(alert.key, now))
        items = [Span(_(word), shown, bold=rings), *said]
        return Row(f"alert:{alert.id}", (*headline, *flow(items, width)), Span(sign, shown, bold=rings))

    def _said(self, alert: Alert, now: datetime, *, muted: bool) -> list[Span]:
        """State, who saw it, and how long ago."""
        said: list[Span] = []
        age = duration((now - alert.first_at).total_seconds())
        if alert.state is AlertState.OVER:
            said.append(Span(_("over for {age}").format(age=_since(alert.updated_at, now)), "muted"))
        elif alert.state is AlertState.RINGING and not muted:
            rung = duration((now - (alert.rang_at or alert.first_at)).total_seconds())  # its cause may be older
            said.append(Span(_("rings for {age}").format(age=rung), "foreground"))
        if alert.acknowledged_by:
            name = safe(alert.acknowledged_by)
            if alert.acknowledged_at is not None and alert.state is AlertState.ACKNOWLEDGED:
                words = _("acknowledged by {name} {age} ago").format(name=name, age=_since(alert.acknowledged_at, now))
            else:
                words = _("acknowledged by {name}").format(name=name)
            said.append(Span(words, "muted" if alert.state is AlertState.OVER else "answered"))
        if alert.state is AlertState.ACKNOWLEDGED or (muted and alert.state is AlertState.RINGING):
            said.append(Span(_("began {age} ago").format(age=age), "muted"))
        if alert.escalated_by:
            said.append(Span(_("escalated by {name}").format(name=safe(alert.escalated_by)), "alert-red"))
        if alert.verdict is not Verdict.UNJUDGED:
            words = _("real, says {name}") if alert.verdict is Verdict.REAL else _("noise, says {name}")
            said.append(Span(words.format(name=safe(alert.judged_by)), "muted"))
        if alert.also:
            also = ngettext("and {count} more finding", "and {count} more findings", len(alert.also))
            said.append(Span(also.format(count=number(len(alert.also))), "foreground"))
        if muted:
            end = self.host.state.mutes[alert.key].until
            said.append(Span(_("muted until {time}").format(time=moment(end, now)), "marked"))
        return said

    def _mute_row(self, mute: Mute, width: int, now: datetime) -> Row:
        items = [
            Span(_("muted until {time}").format(time=moment(mute.until, now)), "marked"),
            Span(safe(mute.key)),
            Span(_("by {name}").format(name=safe(mute.by)), "muted"),
        ]
        return Row(f"mute:{mute.key}", tuple(flow(items, width)), Span("–", "muted"))

    # What is done.

    def selected_alert(self) -> Alert | None:
        """The alert under the cursor."""
        kind, _colon, which = (self.view.current or "").partition(":")
        return self.host.state.alerts.get(which) if kind == "alert" else None

    def choose_newest(self) -> None:
        """Puts the cursor on the alert that began to ring last: what somebody who comes here has just heard."""
        ringing = self.host.state.ringing(self.host.clock.now())
        if ringing:
            self.view.choose(f"alert:{max(ringing, key=lambda a: a.first_at).id}")

    def act(self, row: str) -> None:
        """Why it rang; what is one post's, or a few posts' alone, opens their conversation."""
        kind, _colon, which = row.partition(":")
        alert = self.host.state.alerts.get(which) if kind == "alert" else None
        if alert is not None and alert.counter:
            from socialroom.tui.screens.explained import ExplainedScreen  # most sessions never open it

            self.app.push_screen(ExplainedScreen(self.host, alert))
        else:
            self._converse(alert)

    def action_conversation(self) -> None:
        """The conversation of the newest post that rang."""
        self._converse(self.selected_alert())

    def action_real(self) -> None:
        """It was worth it."""
        judge(self.host, self.selected_alert(), Verdict.REAL)

    def action_noise(self) -> None:
        """It was not."""
        judge(self.host, self.selected_alert(), Verdict.NOISE)

    def action_raise_alert(self) -> None:
        """Somebody above must look."""
        judge(self.host, self.selected_alert(), Verdict.ESCALATED)

    def _converse(self, alert: Alert | None) -> None:
        if alert is None:
            return
        if alert.posts:
            self.host.open_thread_of(alert.posts[-1])
        else:
            self.host.say(_("No post is behind this alert."))

    def action_acknowledge(self) -> None:
        """The screen acknowledges what is chosen here, so that it can be undone as any act; nothing is said twice."""
        alert = self.selected_alert()
        if self.view.current is None or (alert is not None and alert.state is AlertState.RINGING):
            raise SkipAction
        if alert is not None and alert.acknowledged_by:
            self.host.say(_("{name} has acknowledged it.").format(name=safe(alert.acknowledged_by)))
        else:
            self.host.say(_("It does not ring."))

    def action_mute_alert(self) -> None:
        """The screen mutes what is chosen here; a mute without an alert is lifted."""
        kind, _colon, key = (self.view.current or "").partition(":")
        if kind != "mute":
            raise SkipAction

        def done(_done: Done) -> None:
            self.host.say(_("It may ring again: {what}").format(what=safe(key)))

        self.host.do(MuteAlert(key=key, until=self.host.clock.now()), done)


def _rising_row(rising: Rising, width: int) -> Row:
    """Quietly: nothing has crossed a line yet."""
    said = _("rising · {term} · {count} in 30 min, usual {usual} · next hour {low} to {high}").format(
        term=safe(rising.term),
        count=number(rising.count),
        usual=number(rising.usual, 0 if rising.usual >= 10 else 1),
        low=number(rising.low),
        high=number(rising.high),
    )
    if rising.expert:
        said = _("{said} · yours to speak of").format(said=said)
    ink = "answered" if rising.expert else "muted"
    lines = flow([Span(part, ink) for part in said.split(SEPARATOR)], width, 2)
    return Row(f"rising:{rising.term}", tuple(lines), Span("↗", ink))


def _since(at: datetime, now: datetime) -> str:
    return duration((now - at).total_seconds())


PANE = PaneSpec(title=N_("Alerts"), build=AlertsPane, order=20)
