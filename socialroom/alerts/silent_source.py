"""Rings when a source says nothing: it fails, it stopped, or far fewer posts come than ever at this hour.

Without it, "no spike" would be a lie.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final

import msgspec

from socialroom.alerts._detectors import DAY, HOUR, SLOT, at_most
from socialroom.alerts._lately import first_slot, slot_of
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding
from socialroom.domain.ports import Window
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.specs import RuleSpec
from socialroom.domain.value import Message
from socialroom.locale import N_

_PATIENCE: Final = timedelta(minutes=5)  # a shorter cut is mended before anybody could do something about it
_HOURS: Final = (1, 3, 6, 12, 24)
_DAYS: Final = 3  # of the same hours that must be known before few are too few
_WEEK: Final = 7
_ENOUGH: Final = 10  # posts that the poorest of these days brought
_RARE: Final = 0.001
_TOGETHER: Final = 3  # sources that make one incident, when they are half of all


class SilentSourceSettings(RuleSettings, frozen=True):
    """`rule = "silent_source"`: a source that is not heard any more.

    Attributes:
        intervals: a source is silent when its last good answer is so many of its intervals old (and five minutes).
        fewer: also ring when far fewer posts come than at the same hours of the last days.
    """

    intervals: Annotated[float, msgspec.Meta(ge=1)] = 5.0
    fewer: bool = True


class SilentSource:
    """Looks at the age of each source's last good answer, and at its counts."""

    kind = "silent_source"

    def __init__(self, settings: SilentSourceSettings) -> None:
        self._settings = settings

    def look(self, window: Window) -> list[Finding]:
        """One finding a silent source; one for all of them when most are silent at once."""
        found: list[Finding] = []
        dead: list[SourceState] = []
        for source in window.sources:
            if (message := self._dead(source, window)) is not None:
                dead.append(source)
                found.append(self._finding(f"silent:{source.name}", message, source.last_good_at))
            elif self._settings.fewer and (fewer := _fewer(source, window)) is not None:
                count, often, hours = fewer
                message = Message(
                    template=N_("{source} · {count} posts in {hours} h, at least {usual} on other days"),
                    values={"source": source.name, "count": count, "hours": hours, "usual": often},
                )
                finding = self._finding(f"silent:{source.name}", message, None)
                found.append(finding.changed(figures={"usual": float(often)}))
        if len(dead) >= _TOGETHER and len(dead) * 2 >= len(window.sources):
            message = Message(
                template=N_("{count} of {total} sources are silent: {names}"),
                values={
                    "count": len(dead),
                    "total": len(window.sources),
                    "names": ", ".join(s.name for s in dead[:5]) + (" …" if len(dead) > 5 else ""),
                },
            )
            found = [f.changed(rings=False) for f in found]
            found.append(self._finding("silent:*", message, None).changed(severity=3))
        return found

    def _finding(self, key: str, message: Message, since: datetime | None) -> Finding:
        return Finding(
            key=key, headline=message, severity=2, since=since, again_after=self._settings.again_after, cool_down=1800.0
        )

    def _dead(self, source: SourceState, window: Window) -> Message | None:
        """Why the source counts as silent, or None."""
        if source.status is SourceStatus.STOPPED:
            return _said(source, N_("{source} stopped, a person must act · last good at {last_at}"),
                         N_("{source} stopped, a person must act · it never answered"))  # fmt: skip
        if source.status is SourceStatus.LIVE:
            return None  # an open stream owes nobody a post
        awake = window.awake_since or window.now
        limit = max(timedelta(seconds=(source.interval or 60.0) * self._settings.intervals), _PATIENCE)
        if window.now - max(source.last_good_at or awake, awake) < limit:
            return None
        return _said(source, N_("{source} is silent · last good at {last_at}"),
                     N_("{source} is silent · it never answered"))  # fmt: skip


def _said(source: SourceState, since: str, never: str) -> Message:
    if source.last_good_at is None:
        return Message(template=never, values={"source": source.name})
    return Message(template=since, values={"source": source.name, "last_at": source.last_good_at.timestamp()})


def _fewer(source: SourceState, window: Window) -> tuple[int, int, int] | None:
    """(posts, fewest at the same hours of other days, hours), where these are too few to be chance."""
    key = f"source:{source.name}"
    first = first_slot(window, key)
    counts = window.counts.get(key, {})
    # What was written just now may not have been read yet.
    lag = max(HOUR // 4, int(2 * (source.interval or 0) // SLOT) + 1)
    end = slot_of(window.now) - lag
    if first is None or window.awake_since is None:
        return None
    awake = slot_of(window.awake_since)
    for hours in _HOURS:
        rows = hours * HOUR
        days = min(_WEEK, (end - rows - first) // DAY)
        if days < _DAYS or awake > end - rows:
            return None

        def said(back: int, rows: int = rows) -> int:
            return sum(counts.get(slot, 0) for slot in range(end - back * DAY - rows + 1, end - back * DAY + 1))

        fewest = min(said(day) for day in range(1, days + 1))
        if fewest >= _ENOUGH:
            count = said(0)
            return (count, fewest, hours) if at_most(count, fewest) < _RARE else None
    return None


RULE = RuleSpec(title="Silent source", settings=SilentSourceSettings, build=SilentSource)
