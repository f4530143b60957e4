"""Why an alert rang: who wrote, which words are new, what came first; to each seat what it may see."""

from __future__ import annotations

from datetime import timedelta

import pytest
from support.windows import NOON, said

from socialroom.domain import requests as r
from socialroom.domain.alert import Alert, AlertState
from socialroom.domain.errors import Missing
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.engine.explaining import Explaining, new_terms
from socialroom.engine.listening import Counters
from socialroom.stores.memory import MemoryCache

LEA = Operator(name=SafeText("Léa"))
KEYS = Counters({"brand": '"aurelia"'}).keys
BEGAN = NOON - timedelta(minutes=20)
ALERT = Alert(
    id="a", rule="volume_spike", key="spike:brand", headline=Message(template="x"), state=AlertState.RINGING, severity=2,
    first_at=BEGAN, updated_at=NOON, counter="brand",
)  # fmt: skip


def before(count: int = 60) -> list[Post]:
    return [
        said("aurelia boutique ouverte", BEGAN - timedelta(minutes=10 + 5 * n), f"u{n % 9}", n) for n in range(count)
    ]


def outage(count: int = 30) -> list[Post]:
    return [
        said("aurelia panne fibre partout", BEGAN + timedelta(seconds=30 * n), f"p{0 if n < 9 else n}", n)
        for n in range(count)
    ]


async def explained(posts: list[Post], alert: Alert | None = ALERT, sees: object = None) -> r.AlertExplained:
    cache = MemoryCache()
    cache.upsert("s", posts, None, KEYS)
    part = Explaining(
        find=lambda _id, _who: alert, cache=cache, keys=KEYS,
        may_see=lambda _who, post: sees is None or post.uri != sees,
    )  # fmt: skip
    answered = part.views()[r.ExplainAlert](r.ExplainAlert(alert="a"), LEA)
    assert not isinstance(answered, r.AlertExplained)
    found = await answered  # type: ignore[misc]
    assert isinstance(found, r.AlertExplained)
    return found


async def test_it_says_who_wrote_what_is_new_and_what_came_first() -> None:
    rung = outage()
    found = await explained([*before(), *rung, said("quelque chose", BEGAN, "x", 99)])
    assert (found.count, found.authors, found.partial) == (30, 22, False)
    assert (found.loudest[0].handle, found.loudest[0].posts) == ("p0@one.example", 9)
    assert len(found.loudest) == 5
    assert found.posts[0].uri == rung[0].uri
    assert found.posts[-1].uri == rung[-1].uri
    words = " ".join(t.term for t in found.terms)
    assert "panne" in words
    assert "aurelia" not in [t.term for t in found.terms]
    assert "boutique" not in words


async def test_of_many_posts_the_first_and_the_newest_are_shown() -> None:
    rung = [said("aurelia panne", BEGAN + timedelta(seconds=n), f"p{n}", n) for n in range(300)]
    found = await explained(rung)
    assert (found.count, len(found.posts)) == (300, 30)
    assert (found.posts[0].uri, found.posts[-1].uri) == (rung[0].uri, rung[-1].uri)


async def test_what_a_seat_may_not_see_counts_nowhere() -> None:
    rung = outage(3)
    found = await explained(rung, sees=rung[0].uri)
    assert (found.count, found.posts[0].uri) == (2, rung[1].uri)


async def test_an_alert_about_no_counter_shows_the_posts_that_it_points_at() -> None:
    post = said("bonjour", BEGAN, "claire")
    found = await explained([post, *outage()], ALERT.changed(counter="", posts=(post.uri, "gone")))
    assert [p.uri for p in found.posts] == [post.uri]


async def test_what_came_after_an_alert_that_is_over_is_not_of_it() -> None:
    over = ALERT.changed(state=AlertState.OVER, updated_at=BEGAN + timedelta(minutes=5))
    assert (await explained(outage(), over)).count == 11


async def test_an_alert_that_is_gone_is_said() -> None:
    with pytest.raises(Missing):
        await explained([], None)


def test_without_any_time_before_words_are_told_by_how_often_they_are_said() -> None:
    assert new_terms([], []) == ()
    assert new_terms(outage(4), [])
