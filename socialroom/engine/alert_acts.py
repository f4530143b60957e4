"""What operators do to alerts: acknowledge, judge, escalate and mute them, each with the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.alert import Verdict
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.alerting import Alerting
from socialroom.engine.ledger import Ledger
from socialroom.locale import N_

_JUDGED: Final = {
    Verdict.REAL: N_("real: {what}"),
    Verdict.NOISE: N_("noise: {what}"),
    Verdict.UNJUDGED: N_("not judged: {what}"),
    Verdict.ESCALATED: N_("escalated: {what}"),
    Verdict.CALMED: N_("no longer escalated: {what}"),
}


class AlertActs:
    """The acts on alerts of one room."""

    def __init__(self, alerting: Alerting, ledger: Ledger, clock: Clock) -> None:
        self._alerting, self._ledger, self._clock = alerting, ledger, clock

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.AcknowledgeAlert: self._acknowledge, r.JudgeAlert: self._judge, r.MuteAlert: self._mute}

    def _acknowledge(self, command: r.AcknowledgeAlert, operator: Operator) -> r.Done:
        if not command.seen:
            self._alerting.unacknowledge(command.alert, operator.name)
            return r.Done()
        alert = self._alerting.acknowledge(command.alert, operator.name)
        if alert is None:
            return r.Done()  # somebody had
        what = Message(template=N_("acknowledged: {what}"), values={"what": str(alert.headline)})
        return self._done(what, operator, command.changed(seen=False))

    def _judge(self, command: r.JudgeAlert, operator: Operator) -> r.Done:
        before = next((a for a in self._alerting.alerts() if a.id == command.alert), None)
        back = self._alerting.judge(command.alert, command.verdict, operator.name)
        if back is None or before is None:
            return r.Done()  # it was so
        commands: list[r.Command] = [command.changed(verdict=back)]
        after = next((a for a in self._alerting.alerts() if a.id == command.alert), before)
        if after.acknowledged_by and not before.acknowledged_by:
            commands.append(r.AcknowledgeAlert(alert=command.alert, seen=False))
        elif before.acknowledged_by == operator.name and not after.acknowledged_by:
            commands.append(r.AcknowledgeAlert(alert=command.alert))
        template = _JUDGED[command.verdict]
        return self._done(Message(template=template, values={"what": str(before.headline)}), operator, *commands)

    def _mute(self, command: r.MuteAlert, operator: Operator) -> r.Done:
        before = next((m for m in self._alerting.mutes() if m.key == command.key), None)
        now = self._clock.now()
        self._alerting.mute(command.key, command.until, operator.name)
        if before is None and command.until <= now:
            return r.Done()  # it rang already
        headline = next((str(a.headline) for a in self._alerting.alerts() if a.key == command.key), command.key)
        template = N_("muted: {what}") if command.until > now else N_("lets ring again: {what}")
        back = r.MuteAlert(key=command.key, until=before.until if before is not None else now)
        return self._done(Message(template=template, values={"what": headline}), operator, back)

    def _done(self, what: Message, operator: Operator, *back: r.Command) -> r.Done:
        commands = json.dumps([msgspec.to_builtins(one) for one in back])
        return r.Done(step=self._ledger.offer_undo(operator.name, what, commands))
