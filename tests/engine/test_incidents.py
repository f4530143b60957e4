"""Several rules speak of one thing: one alert, under the gravest, and it goes on under the same name."""

from __future__ import annotations

from datetime import timedelta

from support.windows import NOON

from socialroom.domain.alert import Alert, AlertState, Finding
from socialroom.domain.value import Message
from socialroom.engine.incidents import Found, grouped


def finding(key: str, severity: int = 2, **fields: object) -> Found:
    values: dict[str, object] = {
        "key": key, "headline": Message(template=key), "severity": severity, "incident": "brand", "posts": (key,),
    }  # fmt: skip
    return ("name of " + key, "kind of " + key, Finding(**(values | fields)))  # type: ignore[arg-type]


def alert(key: str, state: AlertState = AlertState.RINGING, ago: float = 60, incident: str = "brand") -> Alert:
    at = NOON - timedelta(seconds=ago)
    return Alert(
        id=key, rule="r", key=key, headline=Message(template=key), state=state, severity=2, first_at=at, updated_at=at,
        rang_at=at, incident=incident,
    )  # fmt: skip


def group(*found: Found, alerts: tuple[Alert, ...] = ()) -> dict[str, Found]:
    return grouped({f[2].key: f for f in found}, {a.key: a for a in alerts}, NOON)


def test_the_gravest_stands_for_all_and_names_the_others() -> None:
    result = group(finding("negative:brand"), finding("spike:brand", 3))
    assert list(result) == ["spike:brand"]
    name, kind, head = result["spike:brand"]
    assert (name, kind, head.severity) == ("name of spike:brand", "kind of spike:brand", 3)
    assert [str(also) for also in head.also] == ["negative:brand"]
    assert set(head.posts) == {"spike:brand", "negative:brand"}


def test_what_belongs_to_no_incident_or_another_stands_alone() -> None:
    several = (finding("a", incident=""), finding("b", incident=""), finding("c", incident="topic:x"), finding("d"))
    assert group(*several) == {f[2].key: f for f in several}


def test_what_does_not_ring_and_has_no_alert_joins_nothing() -> None:
    quiet, loud = finding("negative:brand", rings=False), finding("spike:brand")
    assert group(quiet, loud) == {"negative:brand": quiet, "spike:brand": loud}


def test_the_alert_that_is_there_goes_on_and_a_graver_finding_steps_it_up() -> None:
    result = group(finding("negative:brand"), finding("spike:brand", 3), alerts=(alert("negative:brand"),))
    assert list(result) == ["negative:brand"]
    head = result["negative:brand"][2]
    assert (head.severity, head.rings) == (3, True)


def test_what_goes_on_under_another_rule_is_the_same_alert() -> None:
    over = alert("spike:brand", AlertState.OVER)
    (head,) = group(finding("negative:brand", cool_down=3600.0), alerts=(over,)).values()
    assert (head[2].key, str(head[2].headline)) == ("spike:brand", "negative:brand")
    long_ago = alert("spike:brand", AlertState.OVER, ago=4000)
    assert list(group(finding("negative:brand", cool_down=3600.0), alerts=(long_ago,))) == ["negative:brand"]
