"""`socialroom status`: what the room does now."""

from __future__ import annotations

from collections.abc import Iterator

from socialroom.domain.alert import AlertState
from socialroom.domain.alert_words import quality_words
from socialroom.domain.draft import OutboxState
from socialroom.domain.requests import RoomOverview
from socialroom.locale import _, ngettext, number, time_of_day

_OPEN = {
    OutboxState.COUNTDOWN,
    OutboxState.SCHEDULED,
    OutboxState.HELD,
    OutboxState.ARMED,
    OutboxState.SENDING,
    OutboxState.UNKNOWN,
}


def lines(overview: RoomOverview) -> Iterator[str]:
    """The room in a few lines."""
    posts = overview.pulse.posts if overview.pulse else 0
    yield _("{room} · {posts} posts · version {version}").format(
        room=overview.room, posts=number(posts), version=overview.version
    )
    for source in overview.sources:
        said = _("last good {time}").format(time=time_of_day(source.last_good_at)) if source.last_good_at else "—"
        problem = f" · {source.problem.what}" if source.problem else ""
        yield f"  {source.name:20} {_(source.status.value):10} {said}{problem}"
    for account in overview.accounts:
        ready = _("ready") if account.ready else _("not ready")
        problem = f" · {account.problem.what}" if account.problem else ""
        yield f"  {account.handle:20} {ready}{problem}"
    ringing = sum(a.state is AlertState.RINGING for a in overview.alerts)
    yield ngettext("{n} alert rings", "{n} alerts ring", ringing).format(n=ringing)
    if said := quality_words(overview.quality):
        yield f"  {said}"
    for rising in overview.rising:
        yield "  " + _("rising · {term} · {count} in 30 min, usual {usual} · next hour {low} to {high}").format(
            term=rising.term,
            count=number(rising.count),
            usual=number(rising.usual, 1),
            low=number(rising.low),
            high=number(rising.high),
        )
    waiting = [i for i in overview.outbox if i.state in _OPEN]
    yield ngettext("{n} send on its way", "{n} sends on their way", len(waiting)).format(n=len(waiting))
    for item in waiting:
        reason = f" · {item.reason.what}" if item.reason else ""
        yield f"  {item.id[:8]} {_(item.state.value)}{reason}"
