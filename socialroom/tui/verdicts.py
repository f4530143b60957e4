"""What an operator says of an alert, from wherever it is in front."""

from __future__ import annotations

from typing import Final

from socialroom.domain.alert import Alert, AlertState, Verdict
from socialroom.domain.requests import Done, JudgeAlert
from socialroom.locale import N_, _
from socialroom.tui.pane import Host

_SAID: Final = {
    Verdict.REAL: N_("Real: {what}"),
    Verdict.NOISE: N_("Noise: {what}"),
    Verdict.UNJUDGED: N_("Not judged any more: {what}"),
    Verdict.ESCALATED: N_("Escalated: {what}"),
    Verdict.CALMED: N_("No longer escalated: {what}"),
}


def judge(host: Host, alert: Alert | None, verdict: Verdict) -> None:
    """Says it; said again it is taken back."""
    if alert is None or alert.state is AlertState.LEARNING:
        host.say(_("Nothing here rang."))
        return
    if verdict is Verdict.ESCALATED and alert.escalated_by:
        verdict = Verdict.CALMED
    elif verdict is alert.verdict:
        verdict = Verdict.UNJUDGED
    said = _(_SAID[verdict]).format(what=str(alert.headline))

    def done(answer: Done) -> None:
        key = host.key_of("room.undo")
        host.say(_("{what} · {key} undoes").format(what=said, key=key) if answer.step else said)

    host.do(JudgeAlert(alert=alert.id, verdict=verdict), done)
