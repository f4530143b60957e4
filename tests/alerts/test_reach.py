"""Whoever carries far rings at once; everybody else, and what is not about us, does not."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.windows import NOON, said

from socialroom.alerts.reach import RULE, ReachSettings
from socialroom.domain.alert import Finding
from socialroom.domain.person import Author
from socialroom.domain.ports import Window
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText


def post(followers: int | None, number: int = 0, ago: float = 5, **fields: object) -> Post:
    author = Author(id=f"a{number}", handle=SafeText(f"claire{number}@presse.example"), followers=followers)
    return said("aurelia", NOON - timedelta(seconds=ago), number=number, **({"author": author} | fields))


def look(
    *posts: Post, keys: tuple[str, ...] = ("all", "brand"), audience: str = "", **settings: object
) -> list[Finding]:
    seen = Window(
        now=NOON, fresh=posts, keys_of={p.uri: keys for p in posts}, audiences={p.uri: audience for p in posts}
    )
    return RULE.build(ReachSettings(**settings)).look(seen)  # type: ignore[arg-type]


def test_many_followers_ring_at_once() -> None:
    (found,) = look(post(60_000))
    assert (found.rings, found.event, found.severity) == (True, True, 2)
    assert str(found.headline) == "claire0@presse.example wrote about us at 11:59 · 60,000 followers"
    assert look(post(600_000))[0].severity == 3


def test_the_press_rings_with_few_followers_or_an_unknown_number() -> None:
    (found,) = look(post(None), audience="journalist")
    assert str(found.headline) == "journalist claire0@presse.example wrote about us at 11:59"
    assert look(post(12), audience="institution")[0].rings


def test_everybody_else_does_not() -> None:
    assert look(post(49_999), post(None, 1), audience="customer") == []


def test_what_is_not_about_us_does_not_unless_it_is_said_to_us() -> None:
    assert look(post(60_000), keys=("all",)) == []
    assert look(post(60_000, kind=PostKind.MENTION), keys=("all",))
    assert look(post(60_000), keys=("all",), of=("all",))


def test_a_post_that_comes_hours_late_rings_and_one_of_the_day_before_does_not() -> None:
    assert look(post(60_000, ago=5 * 3600))
    assert look(post(60_000, ago=25 * 3600)) == []


def test_each_author_is_an_alert_of_their_own() -> None:
    found = look(post(60_000, 1), post(60_000, 2), post(60_000, 1, ago=3))
    assert sorted(len(f.posts) for f in found) == [1, 2]
    assert len({f.key for f in found}) == 2


def test_a_rule_that_can_never_ring_is_refused() -> None:
    with pytest.raises(ValueError, match="must say who rings"):
        ReachSettings(followers=0, audiences=())
    with pytest.raises(ValueError, match="no audience called press"):
        ReachSettings(audiences=("press",))
