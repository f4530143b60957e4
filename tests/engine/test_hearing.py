"""What rules are shown is what was heard, in order, however it came and went."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from support.windows import NOON, said, slot

from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.engine.hearing import Hearing
from socialroom.engine.listening import Counters
from socialroom.stores.memory import MemoryCache

NAMED = {"brand": '"aurelia"', "word:fibre": '"fibre"'}


class Ear:
    """A hearing over a store, fed as the pipeline feeds it."""

    def __init__(self, most: int = 50_000) -> None:
        self.cache = MemoryCache()
        self.now = NOON
        self.hearing = Hearing(
            cache=self.cache, counters=NAMED, brand="Aurelia", known={}, now=self.now - timedelta(days=1), most=most
        )
        self.hearing.read("s", [], self.now - timedelta(days=1))

    def hear(self, posts: Sequence[Post]) -> None:
        self.hearing.heard(self.cache.upsert("s", posts, None, Counters(NAMED).keys), self.now)

    def window(self) -> tuple[tuple[Post, ...], tuple[Post, ...], dict[int, int], tuple[Post, ...]]:
        seen = self.hearing.window([], self.now, NOON)
        return seen.recent, seen.recent_of["brand"], dict(seen.counts["brand"]), seen.fresh


steps = st.lists(
    st.one_of(
        st.tuples(st.just("hear"), st.integers(0, 20), st.integers(0, 4000), st.sampled_from(["aurelia", "fibre"])),
        st.tuples(st.just("withdraw"), st.integers(0, 20), st.just(0), st.just("")),
        st.tuples(st.just("wait"), st.integers(0, 0), st.integers(1, 2000), st.just("")),
        st.tuples(st.just("look"), st.integers(0, 0), st.just(0), st.just("")),
    ),
    max_size=40,
)


@given(steps)
def test_a_window_holds_what_a_plain_list_would_hold(acts: list[tuple[str, int, int, str]]) -> None:
    ear = Ear()
    there: dict[str, Post] = {}
    counted: dict[int, int] = {}
    gone: set[str] = set()
    for number, (act, who, seconds, text) in enumerate(acts):
        uri = f"test:{who}"
        if act == "hear":
            old = there.get(uri)
            at = old.created_at if old else ear.now - timedelta(seconds=seconds)
            post = said(text, at, str(who), uri=uri, first_seen_at=ear.now, revision=str(number))
            ear.hear([post])
            if uri not in gone:
                there[uri] = post
                if old is None and text == "aurelia":
                    counted[slot(at)] = counted.get(slot(at), 0) + 1
        elif act == "withdraw":
            ear.cache.withdraw([uri], ear.now, "deleted")
            ear.hearing.withdrawn([uri])
            gone.add(uri)
            there.pop(uri, None)
        elif act == "wait":
            ear.now += timedelta(seconds=seconds)
        recent, brand, counts, _fresh = ear.window()
        expected = sorted(
            (p for p in there.values() if p.created_at > ear.now - timedelta(hours=1)),
            key=lambda p: (p.created_at, p.uri),
        )
        assert [p.uri for p in recent] == [p.uri for p in expected]
        assert [p.uri for p in brand] == [p.uri for p in expected if "aurelia" in p.text]
        assert counts == counted


def test_each_post_is_fresh_once() -> None:
    ear = Ear()
    posts = [said("aurelia", NOON - timedelta(seconds=n), f"p{n}", n) for n in (5, 1, 3)]
    ear.hear(posts)
    assert [p.id for p in ear.window()[3]] == ["5", "3", "1"]
    assert ear.window()[3] == ()
    ear.hear([posts[0].changed(revision="2", text=SafeText("aurelia!"))])
    recent, _brand, _counts, fresh = ear.window()
    assert fresh == ()
    assert recent[0].text == "aurelia!"


def test_a_post_that_is_deleted_before_anybody_looked_is_not_fresh() -> None:
    ear = Ear()
    post = said("aurelia", NOON)
    ear.hear([post])
    ear.hearing.withdrawn([post.uri])
    assert ear.window()[3] == ()


def test_of_too_many_posts_the_newest_are_held_and_it_is_said_from_when_on() -> None:
    ear = Ear(most=50)
    ear.hear([said("aurelia", NOON - timedelta(seconds=200 - n), f"p{n}", n) for n in range(200)])
    seen = ear.hearing.window([], NOON, NOON)
    assert len(seen.recent) == 50
    assert seen.recent_since == NOON - timedelta(seconds=51)
    assert sum(seen.counts["brand"].values()) == 200


async def test_a_restart_reads_no_more_than_it_holds() -> None:
    ear = Ear()
    ear.hear([said("aurelia", NOON - timedelta(seconds=n), f"p{n}", n) for n in range(1200)])
    again = Hearing(cache=ear.cache, counters=NAMED, brand="", known={}, now=NOON, most=600)
    await again.load(NOON)
    seen = again.window([], NOON, NOON)
    assert seen.recent_since is not None
    assert 600 <= len(seen.recent) <= 1000
    assert seen.fresh == ()


async def test_a_restart_with_a_full_hour_lets_the_room_go_on_and_hear_meanwhile() -> None:
    ear = Ear()
    posts = [said("aurelia", NOON - timedelta(seconds=n), f"p{n}", n) for n in range(3000)]
    ear.hear(posts)
    ear.hearing = Hearing(cache=ear.cache, counters=NAMED, brand="", known={}, now=NOON)
    loading = asyncio.create_task(ear.hearing.load(NOON))
    meanwhile = 0
    while not loading.done():
        new = said("aurelia", NOON, f"new{meanwhile}", uri=f"test:new{meanwhile}", first_seen_at=NOON)
        ear.hear([new])
        gone = posts.pop(meanwhile * 97 % len(posts))
        ear.cache.withdraw([gone.uri], NOON, "deleted")
        ear.hearing.withdrawn([gone.uri])
        posts.append(new)
        meanwhile += 1
        await asyncio.sleep(0)
    assert meanwhile >= 10
    recent, brand, _counts, fresh = ear.window()
    assert recent == brand == tuple(sorted(posts, key=lambda p: (p.created_at, p.uri)))
    assert len(fresh) == sum(p.uri.startswith("test:new") for p in posts)


async def test_what_we_said_ourselves_is_not_heard_after_a_restart_either() -> None:
    ear = Ear()
    posts = [
        said("aurelia", NOON, "1"),
        said("aurelia", NOON, "2", by_us=True),
        said("aurelia", NOON, "3", deleted_at=NOON),
    ]
    ear.hear(posts)
    before = ear.window()[0]
    ear.hearing = Hearing(cache=ear.cache, counters=NAMED, brand="", known={}, now=NOON)
    await ear.hearing.load(NOON)
    assert ear.window()[0] == before == tuple(posts[:1])
