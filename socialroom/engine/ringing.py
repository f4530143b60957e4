"""When an alert rings, when it only says what it says, and when it is over. Pure: values in, values out."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from socialroom.domain.alert import Alert, AlertState, Finding, Verdict
from socialroom.domain.value import Message

STEP: Final = timedelta(minutes=15)  # between two rings because the count doubled
EVENT_SEEN: Final = timedelta(hours=1)  # how long an event that somebody has seen stays before it is over
EVENT_UNSEEN: Final = timedelta(hours=24)
_SHOWN: Final = 20  # posts of an alert: the first ten and the newest ten

RANG: Final = "alert rang"
BEGAN: Final = "alert began muted"
AGAIN: Final = "alert came back"
OVER: Final = "alert over"


class Turn(NamedTuple):
    """What becomes of an alert: `rang` when the bell must sound; `act` is its word in the log, empty for mere figures."""

    alert: Alert
    rang: bool = False
    act: str = ""


def advanced(
    alert: Alert | None, finding: Finding, *, kind: str, name: str, now: datetime, muted: bool, new_id: str
) -> Turn | None:
    """What a finding makes of the latest alert of its key; None when nothing changes.

    Args:
        alert: the latest one of this key, over or not.
        finding: what the rule says now.
        kind: the rule's own name.
        name: what room.toml calls it.
        now: UTC.
        muted: whether the key is muted now.
        new_id: what a new alert is called.
    """
    if alert is None or alert.state is AlertState.OVER:
        if finding.learning:
            return Turn(_new(finding, kind, name, now, new_id, AlertState.LEARNING))
        if not finding.rings:
            return None
        if alert is None or _is_new_cause(alert, finding, now):
            return _rung(_new(finding, kind, name, now, new_id, AlertState.RINGING), finding, now, muted=muted)
        return _back(alert, finding, now, muted=muted)
    if finding.rings and not muted and _is_due(alert, finding, now):
        return _rung(_updated(alert, finding, now), finding, now, muted=False)
    updated = _updated(alert, finding, now)
    return None if updated.changed(updated_at=alert.updated_at) == alert else Turn(updated)


def gone(alert: Alert, now: datetime) -> Turn | None:
    """What becomes of an open alert whose cause is not found any more; None while it stays."""
    if alert.event:
        stays = EVENT_UNSEEN if alert.state is AlertState.RINGING else EVENT_SEEN
        if _between(alert.acknowledged_at or alert.updated_at, now) < stays:
            return None
    return Turn(alert.changed(state=AlertState.OVER, updated_at=now), act=OVER)


def _new(finding: Finding, kind: str, name: str, now: datetime, new_id: str, state: AlertState) -> Alert:
    first_at = finding.since or now
    return Alert(
        id=new_id,
        rule=kind,
        name=name,
        key=finding.key,
        headline=_since(finding.headline, first_at),
        state=state,
        severity=finding.severity,
        first_at=first_at,
        updated_at=now,
        figures=finding.figures,
        posts=finding.posts,
        authors=finding.authors,
        event=finding.event,
        counter=finding.counter,
        incident=finding.incident,
        also=finding.also,
    )


def _updated(alert: Alert, finding: Finding, now: datetime) -> Alert:
    """The alert with the figures of now. It never becomes milder while it lasts."""
    first_at = min(alert.first_at, finding.since or alert.first_at)
    posts = tuple(dict.fromkeys((*alert.posts, *finding.posts)))
    updated: Alert = alert.changed(
        headline=_since(finding.headline, first_at),
        severity=max(alert.severity, finding.severity),
        first_at=first_at,
        updated_at=now,
        figures=finding.figures,
        posts=shown(posts),
        authors=finding.authors,
        also=finding.also or alert.also,
    )
    return updated


def shown(posts: tuple[str, ...]) -> tuple[str, ...]:
    """The posts that an alert points at: of many the first and the newest."""
    return posts if len(posts) <= _SHOWN else posts[: _SHOWN // 2] + posts[-_SHOWN // 2 :]


def _since(headline: Message, first_at: datetime) -> Message:
    if "first_at" not in headline.values:
        return headline
    said: Message = headline.changed(values=headline.values | {"first_at": first_at.timestamp()})
    return said


def _rung(alert: Alert, finding: Finding, now: datetime, *, muted: bool) -> Turn:
    if muted:
        return Turn(alert, act=BEGAN)
    rung = alert.changed(
        state=AlertState.RINGING,
        acknowledged_by="",
        acknowledged_at=None,
        rang_at=now,
        rang_severity=finding.severity,
        rang_count=finding.figures.get("count", 0.0),
    )
    return Turn(rung, rang=True, act=RANG)


def _back(alert: Alert, finding: Finding, now: datetime, *, muted: bool) -> Turn:
    """The same cause again, too soon to ring: it lives again, in the hands that it was in."""
    state = AlertState.ACKNOWLEDGED if alert.acknowledged_by else AlertState.RINGING
    lives: Alert = _updated(alert.changed(state=state, severity=finding.severity), finding, now)
    if not muted and _is_due(alert.changed(state=state), finding, now):
        return _rung(lives, finding, now, muted=False)
    return Turn(lives, act=AGAIN)


def _is_new_cause(alert: Alert, finding: Finding, now: datetime) -> bool:
    """Whether what is over and what begins are two things."""
    last = alert.rang_at or alert.updated_at
    return _between(last, now) >= timedelta(seconds=finding.cool_down)


def _is_due(alert: Alert, finding: Finding, now: datetime) -> bool:
    """Whether an alert that lasts must sound (again)."""
    rings = alert.state is AlertState.RINGING
    if alert.rang_at is None:
        return rings  # it was muted until now
    passed = _between(alert.rang_at, now)
    if finding.severity > alert.rang_severity:
        return True
    if alert.verdict is Verdict.NOISE:
        return False  # somebody looked; only what is graver is worth another look
    count = finding.figures.get("count", 0.0)
    if not finding.event and 0 < 2 * alert.rang_count <= count and passed >= STEP:
        return True
    if finding.event and set(finding.posts) - set(alert.posts) and passed >= timedelta(seconds=finding.cool_down):
        return True
    return rings and 0 < finding.again_after <= passed.total_seconds()


def _between(then: datetime, now: datetime) -> timedelta:
    """How much time passed; a clock that was set back has not stopped it."""
    return abs(now - then)
