"""Rings when a counter rises far above what is usual for it.

Two paths: a *spike* is an hour at z ≥ 4.41, a *flood* a quarter of an hour at z ≥ 10, which rings at once. How well they
ring was measured (`_detectors`). While there is no baseline, an absolute count rings.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

import msgspec

from socialroom.alerts._detectors import DAY, FLOOD, HOUR, SLOT, SPIKE, WARM, Average, Track, is_unusual, second_opinion
from socialroom.alerts._lately import Lately, count, first_slot, headline, lately, slot_of
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding, Planned
from socialroom.domain.ports import Window
from socialroom.domain.specs import RuleSpec
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_, _

SPIKE_AGAIN: Final = 86_400.0  # seconds without another ring: what moved the measured quality most
FLOOD_AGAIN: Final = 21_600.0
_AFTER: Final = timedelta(hours=1)
_GROUPS: Final = {"brand": "brand", "entities": "entity:", "topics": "topic:", "feeds": "feed:"}
_LEARNING: Final = N_("volume · learning until {until_at} ({rest_in}), rings at {count} an hour until then")
_NO_COUNTER: Final = N_("volume · this room has no counter {key}, so it never rings")
_ALWAYS: Final = ("all", "brand", "source:", "network:", "language:")  # counted in every room
_NOTHING_YET: Final = N_("volume · learns as soon as a source answers, rings at {count} an hour until then")


class VolumeSpikeSettings(RuleSettings, frozen=True):
    """`rule = "volume_spike"`: more is said than usual.

    Attributes:
        of: what is counted: "brand", "entities" (competitors too), "topics", "feeds", or a counter by its key
            ("feed:Press").
        least: posts an hour; below, the count itself must be unlikely too.
        authors: people who must have written them, where authors are known: one who shouts is no crisis.
        spike: how many standard deviations above the usual hour ring.
        flood: how many above the usual quarter of an hour ring at once.
        learning: hours until there is a baseline.
        until_then: posts an hour that ring meanwhile.
    """

    of: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("brand", "entities", "topics")
    least: Annotated[int, msgspec.Meta(ge=1)] = 40
    authors: Annotated[int, msgspec.Meta(ge=0)] = 8
    spike: Annotated[float, msgspec.Meta(gt=1)] = SPIKE
    flood: Annotated[float, msgspec.Meta(gt=1)] = FLOOD
    learning: Annotated[float, msgspec.Meta(ge=5, le=672)] = 24.0
    until_then: Annotated[int, msgspec.Meta(ge=1)] = 200

    def __post_init__(self) -> None:
        """Refuses names of nothing that is counted."""
        for name in self.of:
            if name not in _GROUPS and name != "all" and not name.partition(":")[2]:
                raise ValueError(
                    _("{name} is not counted; write brand, entities, topics, feeds, or feed:NAME").format(name=name)
                )


class VolumeSpike:
    """Follows each counter's averages; what it finds depends on the window alone."""

    kind = "volume_spike"

    def __init__(self, settings: VolumeSpikeSettings) -> None:
        self._settings = settings
        self._tracks: dict[str, Track] = {}

    def look(self, window: Window) -> list[Finding]:
        """One finding a counter that stands out; one more that says until when the rule learns."""
        found: list[Finding] = []
        ready_at: list[int | None] = []
        for key in self._keys(window):
            if not key.startswith(_ALWAYS) and key not in set(window.counts):
                found.append(_nothing_counts(key))
                continue
            first = first_slot(window, key)
            ready = None if first is None else first + max(WARM, round(self._settings.learning * HOUR))
            if first is None or ready is None or slot_of(window.now) < ready:
                ready_at.append(ready)
                finding = self._absolute(key, window)
            else:
                finding = self._against_baseline(key, window, first)
            if finding is not None:
                found.append(finding)
        if ready_at:
            found.append(self._learning(ready_at, window))
        found += [_planned(one) for one in window.planned if one.runs(window.now)]
        return _one_incident(found)

    def _keys(self, window: Window) -> list[str]:
        wanted: list[str] = []
        for name in self._settings.of:
            prefix = _GROUPS.get(name)
            if prefix is None or prefix == "brand":
                wanted.append(name)
            else:
                wanted += [key for key in window.counts if key.startswith(prefix)]
        return list(dict.fromkeys(wanted))

    def _against_baseline(self, key: str, window: Window, first: int) -> Finding | None:
        own, counts = self._settings, window.counts.get(key, {})
        track = self._tracks.setdefault(key, Track())
        last = slot_of(window.now) - 1
        # What was meant to be talked about is held against as much as was meant, and is never taken for usual. The sums
        # of an hour hold it for an hour more.
        track.follow(counts, first, last, tuple((slot_of(p.since), slot_of(p.until) + HOUR) for p in window.planned))
        hour, quarter = track.hour, track.quarter
        still = [p for p in window.planned if p.since <= window.now < p.until + _AFTER]
        planned = max(still, key=lambda p: p.times, default=None)
        times = planned.times if planned is not None else 1.0
        hour_z = _as_planned(hour, times)
        flood_z = quarter.distance(count(window, key, 15) / times)
        goes_on = (hour_z or 0.0) >= own.spike / 2 or flood_z >= own.flood / 2
        if not goes_on:
            return None
        now = lately(window, key, 60)
        latest = lately(window, key, 15)
        # The hour is judged in whole slots, as it was measured; a flood does not wait for the end of one.
        spikes = is_unusual(hour_z, hour.total, hour.usual * times, threshold=own.spike, least=own.least)
        spikes = spikes and now.of_many(own.authors)
        floods = flood_z >= own.flood and latest.count >= own.least / 2 and latest.of_many(own.authors)
        said, minutes, often = (latest, 15, quarter.mean) if floods else (now, 60, hour.usual)
        finding = self._finding(key, window, said, minutes, often, planned)
        figures = {
            "count": float(now.count),
            "usual": round(hour.usual, 1),
            "z": round(hour_z or 0.0, 1),
            "count_15": float(latest.count),
            "usual_15": round(quarter.mean, 1),
            "z_15": round(flood_z, 1),
        }
        if (week := second_opinion(counts, first, last)) is not None:
            figures["z_week"] = round(week, 1)
        if planned is not None:
            figures["planned_times"] = times
        changed: Finding = finding.changed(
            severity=3 if floods else 2,
            figures=figures,
            rings=spikes or floods,
            cool_down=FLOOD_AGAIN if floods else SPIKE_AGAIN,
        )
        return changed

    def _absolute(self, key: str, window: Window) -> Finding | None:
        if count(window, key, 60) < self._settings.until_then / 2:
            return None
        now = lately(window, key, 60)
        finding = self._finding(key, window, now, 60, None)
        rings = now.count >= self._settings.until_then and now.of_many(self._settings.authors)
        changed: Finding = finding.changed(figures={"count": float(now.count)}, rings=rings, cool_down=SPIKE_AGAIN)
        return changed

    def _finding(
        self,
        key: str,
        window: Window,
        said: Lately,
        minutes: int,
        often: float | None,
        planned: Planned | None = None,
    ) -> Finding:
        since = _rise(window, key, said, (often or 0.0) * SLOT / 60 / minutes)
        name = clean_line(window.brand if key == "brand" and window.brand else key.partition(":")[2] or key, 80)
        return Finding(
            key=f"spike:{key}",
            headline=headline(name, said, minutes, often, since, planned),
            severity=2,
            posts=said.posts,
            authors=said.authors,
            since=since,
            again_after=self._settings.again_after,
            counter=key,
            incident=key,
        )

    def _learning(self, ready_at: list[int | None], window: Window) -> Finding:
        rings_at = self._settings.until_then
        known = [slot for slot in ready_at if slot is not None]
        message = Message(template=_NOTHING_YET, values={"count": rings_at})
        if known:
            until = float(max(known) * SLOT)
            rest = until - window.now.timestamp()
            # In steps: a line that changed every second would be told every second.
            step = 3600 if rest > 3600 else SLOT
            values: dict[str, str | int | float] = {
                "until_at": until,
                "rest_in": -(-rest // step) * step,
                "count": rings_at,
            }
            message = Message(template=_LEARNING, values=values)
        return Finding(key="learning:volume", headline=message, severity=1, rings=False, learning=True)


def _as_planned(hour: Average, times: float) -> float | None:
    """The z of the last hour where so many times as much as usual is meant to be."""
    if hour.z is None or times == 1.0 or hour.total <= hour.usual:
        return hour.z
    return hour.z * (hour.total / times - hour.usual) / (hour.total - hour.usual)


def _planned(event: Planned) -> Finding:
    """A threshold that is raised is said, so that its silence is not taken for calm."""
    message = Message(
        template=N_("volume · {event} is planned until {until_at}: {times} times as much as usual rings nothing"),
        values={"event": event.name, "until_at": event.until.timestamp(), "times": event.times},
    )
    return Finding(key=f"learning:planned {event.name}", headline=message, severity=1, rings=False, learning=True)


def _nothing_counts(key: str) -> Finding:
    """A name that was mistyped must not look like a counter that never rises."""
    message = Message(template=_NO_COUNTER, values={"key": clean_line(key, 80)})
    return Finding(key=f"learning:{key}", headline=message, severity=2, rings=False, learning=True)


def _rise(window: Window, key: str, said: Lately, often: float) -> datetime:
    """When it began: the first of the slots up to now that each hold more than chance would bring."""
    counts = window.counts.get(key, {})
    slot = now = slot_of(window.now)
    chance = often + 3 * math.sqrt(often) + 1
    while now - slot < DAY and counts.get(slot - 1, 0) > chance:
        slot -= 1
    began = datetime.fromtimestamp(slot * SLOT, UTC)
    if now - slot >= HOUR:
        return began
    posts = window.recent_of.get(key, ())
    first = bisect_left(posts, began, key=lambda p: p.created_at)
    return posts[first].created_at if first < len(posts) else said.first_at or began


def _one_incident(found: list[Finding]) -> list[Finding]:
    """Where the brand itself rings, its parts do not ring besides; a topic says what the brand's alert is about."""
    if not any(f.key == "spike:brand" and f.rings for f in found):
        return found
    alone = [f.changed(rings=False) if f.key.startswith(("spike:entity:", "spike:feed:")) else f for f in found]
    return [f.changed(incident="brand") if f.key.startswith("spike:topic:") else f for f in alone]


RULE = RuleSpec(title="Volume spike", settings=VolumeSpikeSettings, build=VolumeSpike)
