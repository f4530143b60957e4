"""What says the same is folded into its first, with a count; a flood is marked; what may want an answer stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.local_room import EVERYTHING, SEATS, TestRoom, served
from support.posts import NOON
from support.posts import post as invented

from socialroom.domain import requests as r
from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.engine.noise import FLOOD_ACCOUNTS, Noise
from socialroom.stores.memory import MemoryCache

TEXT = "Panne générale chez Aurelia depuis ce matin, plus de réseau ni de fibre"
TEXTS = (
    TEXT,
    TEXT + " !!",
    TEXT.replace("matin", "midi"),
    "Aurelia ouvre une boutique de plus dans le centre de Lyon",
    "ok",
    "",
)


def said(number: int, text: str = TEXT, **fields: Any) -> Post:
    at = NOON + timedelta(minutes=number)
    plain: dict[str, Any] = {
        "kind": PostKind.POST,
        "network": "n",
        "title": SafeText(""),
        "author": Author(id=str(number), handle=SafeText(f"u{number}")),
    }
    return invented(number, text=SafeText(text), at=at, **(plain | fields))


class Ear:
    """Noise in front of a store, as the pipeline has it."""

    def __init__(self) -> None:
        self.cache = MemoryCache()
        self.noise = Noise(self.cache)

    def hear(self, *posts: Post) -> list[Post]:
        return self.cache.upsert("s", self.noise.mark(posts), None, lambda _post: ())

    def duplicates(self) -> dict[str, int]:
        return {p.id: p.duplicates for p in self.cache.newest(1000)}

    def shown(self) -> list[str]:
        return sorted(p.id for p in self.cache.newest(1000) if self.noise.first_of(p) is None)


def test_repeats_fold_into_the_first_which_counts_them() -> None:
    ear = Ear()
    ear.hear(said(1), said(2, f"RT @u1 {TEXT}"))
    assert (ear.shown(), ear.duplicates()["1"]) == (["1"], 1)
    told = ear.hear(
        said(3, TEXT.replace("matin", "midi")), said(4, "Rien à voir avec la panne, je cherche une boutique")
    )
    assert [p.id for p in told] == ["3", "4", "1"]  # the first is told anew, with its count
    assert (ear.shown(), ear.duplicates()) == (["1", "4"], {"1": 2, "2": 0, "3": 0, "4": 0})
    assert ear.hear(said(2, f"RT @u1 {TEXT}"), said(1)) == []  # what is read again is no repeat


def test_what_speaks_to_us_is_counted_and_stays_and_what_is_private_or_ours_is_left_out() -> None:
    ear = Ear()
    ear.hear(said(1), said(2, kind=PostKind.MENTION), said(3, by_us=True), said(4, kind=PostKind.MESSAGE))
    assert (ear.shown(), ear.duplicates()["1"]) == (["1", "2", "3", "4"], 1)


def test_when_the_first_is_gone_or_says_something_else_now_the_next_one_stands_for_the_rest() -> None:
    ear = Ear()
    ear.hear(said(1), said(2), said(3))
    ear.cache.withdraw([said(1).uri], NOON, "deleted")
    assert ear.shown() == ["2"]
    ear.hear(said(2, "Tout est rentré dans l'ordre chez nous, merci", revision="2"))
    assert ear.shown() == ["2", "3"]


def test_a_group_ends_after_a_day_and_a_room_that_starts_again_knows_the_last_ones() -> None:
    ear = Ear()
    ear.hear(said(1), said(2))
    ear.noise = Noise(ear.cache)
    ear.hear(said(3))
    assert (ear.shown(), ear.duplicates()["1"]) == (["1"], 2)
    ear.hear(said(60 * 24 + 30))
    assert ear.shown() == ["1", str(60 * 24 + 30)]


def test_many_accounts_with_one_text_within_minutes_are_a_flood_and_one_account_or_a_whole_day_is_none() -> None:
    def flood(minutes: float, accounts: int) -> bool:
        ear = Ear()
        for n in range(FLOOD_ACCOUNTS):
            at = NOON + timedelta(minutes=n * minutes)
            author = Author(id=str(n % accounts), handle=SafeText("x"))
            ear.hear(said(n, author=author, created_at=at))
        return any(p.flood for p in ear.cache.newest(100))

    assert flood(1, FLOOD_ACCOUNTS)
    assert not flood(1, FLOOD_ACCOUNTS - 1)
    assert not flood(2, FLOOD_ACCOUNTS)


@given(st.permutations(range(12)), st.lists(st.integers(0, 3), min_size=12, max_size=12))
def test_equal_texts_come_into_one_group_in_whatever_order_and_batches_they_arrive(
    order: list[int], cuts: list[int]
) -> None:
    ear = Ear()
    posts = [said(n, (TEXT, TEXTS[3])[n % 2]) for n in order]
    while posts:
        size = cuts.pop() + 1 if cuts else len(posts)
        ear.hear(*posts[:size])
        posts = posts[size:]
    assert len(ear.shown()) == 2
    assert sorted(ear.duplicates().values())[-2:] == [5, 5]
    assert any(p.flood for p in ear.cache.newest(100)) is False


MORE = st.builds(
    said,
    st.integers(0, 9),
    st.sampled_from(TEXTS) | st.text(max_size=60),
    kind=st.sampled_from([PostKind.POST, PostKind.MENTION, PostKind.NEWS]),
    revision=st.sampled_from(["1", "2"]),
    author=st.none() | st.builds(lambda n: Author(id=str(n), handle=SafeText("x")), st.integers(0, 3)),
)


@given(st.lists(st.lists(MORE, max_size=4), max_size=8), st.sets(st.integers(0, 9)))
def test_whatever_comes_each_repeat_has_a_first_that_stands_for_itself(
    batches: list[list[Post]], gone: set[int]
) -> None:
    ear = Ear()
    for place, batch in enumerate(batches):
        ear.hear(*batch)
        if place == 2:
            ear.cache.withdraw([said(n).uri for n in gone], NOON, "deleted")
    for post in ear.cache.newest(100):
        first = ear.noise.first_of(post)
        if first is not None:
            assert ear.cache.get(first.uri) == first
            assert ear.noise.first_of(first) is None


async def test_a_feed_shows_the_first_with_its_count_and_a_repeat_where_the_first_is_not_shown() -> None:
    async with served(operators=tuple(SEATS.values())) as (room, _path):
        posts = [room.post(n, text=SafeText(TEXT), kind=PostKind.POST, network="n" + str(n)) for n in (1, 2, 3)]
        await room.room._pipeline.deliver("small", "small", Batch(posts=tuple(posts)))
        seat = room.seat()

        async def shown(feed: r.Feed) -> list[tuple[str, int]]:
            page = await seat.view(r.FeedPage(feed=feed))
            assert isinstance(page, r.Page)
            return [(p.id, p.duplicates) for p in page.posts]

        assert await shown(EVERYTHING) == [("1", 2)]
        assert await shown(r.Feed(name="n3", query="network:n3")) == [("3", 0)]
        assert await shown(r.Feed(name="twice", query="is:repeated")) == [("1", 2)]
        assert isinstance(room, TestRoom)
