"""One incident, one alert: what is said of one thing by several rules stands together, under the gravest. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from socialroom.domain.alert import Alert, AlertState, Finding
from socialroom.engine.ringing import shown

Found = tuple[str, str, Finding]
"""A rule's name, its kind, and what it found."""


def grouped(found: Mapping[str, Found], latest: Mapping[str, Alert], now: datetime) -> dict[str, Found]:
    """What was found, with one finding an incident.

    The alert that an incident has already (open, or over for less than its cool-down) goes on; else the gravest finding
    that rings makes one. The others are its `also`. A finding that does not ring and has no alert is left as it is.
    """
    result = dict(found)
    members: dict[str, list[str]] = {}
    for key, (_, _, finding) in found.items():
        if finding.incident:
            members.setdefault(finding.incident, []).append(key)
    for incident, keys in members.items():
        ringing = [key for key in keys if found[key][2].rings or _is_open(latest.get(key))]
        if not ringing:
            continue
        head = _standing(incident, keys, found, latest, now) or max(ringing, key=lambda key: _gravity(found[key][2]))
        stands = head if head in ringing else max(ringing, key=lambda key: _gravity(found[key][2]))
        others = [key for key in ringing if key != stands and not _is_open(latest.get(key))]
        if stands == head and not others:
            continue
        name, kind, finding = found[stands]
        both = [finding, *(found[key][2] for key in others)]
        for key in (stands, *others):
            del result[key]
        result[head] = (
            name,
            kind,
            finding.changed(
                key=head,
                severity=max(f.severity for f in both),
                rings=any(f.rings for f in both),
                posts=shown(tuple(dict.fromkeys(uri for f in both for uri in f.posts))),
                authors=max(f.authors for f in both),
                also=tuple(f.headline for f in both[1:]),
            ),
        )
    return result


def _standing(
    incident: str, keys: list[str], found: Mapping[str, Found], latest: Mapping[str, Alert], now: datetime
) -> str:
    """The key of the alert that the incident has already; empty: it has none."""
    alerts = [a for a in latest.values() if a.incident == incident]
    still = [a for a in alerts if _is_open(a)]
    if still:
        return max(still, key=lambda a: (a.severity, -a.first_at.timestamp())).key
    cool_down = timedelta(seconds=max(found[key][2].cool_down for key in keys))
    lately = [a for a in alerts if a.state is AlertState.OVER and abs(now - (a.rang_at or a.updated_at)) < cool_down]
    return max(lately, key=lambda a: a.updated_at).key if lately else ""


def _is_open(alert: Alert | None) -> bool:
    return alert is not None and alert.state in (AlertState.RINGING, AlertState.ACKNOWLEDGED)


def _gravity(finding: Finding) -> tuple[bool, int, float]:
    return (finding.rings, finding.severity, finding.figures.get("z", 0.0))
