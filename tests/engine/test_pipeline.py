"""The way in: only what is new or changed goes on, scored once; the store has it, cursor and all, before anybody hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from support.clock import HeldClock
from support.posts import post as invented

from socialroom.domain.events import Event, Heard, Withdrawn
from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.engine.pipeline import Pipeline
from socialroom.stores.memory import MemoryCache


class CountingScorer:
    """Everything is positive and English; how often a text was scored is known."""

    def __init__(self) -> None:
        self.scored: list[str] = []
        self.away = ""  # why nothing is scored
        self.poison = ""  # a text that takes a batch with it
        self.meanwhile: Callable[[], object] = lambda: None

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        self.scored += [p.text for p in posts]
        self.meanwhile()
        if self.away or self.poison in [p.text for p in posts]:
            return [p.changed(tone=Tone(reason=self.away or "over budget")) for p in posts]
        return [
            p.changed(tone=Tone(label=ToneLabel.POSITIVE, engine="test"), language=Language(code="en", confidence=1))
            for p in posts
        ]

    async def aclose(self) -> None:
        pass


def post(number: int, **fields: Any) -> Post:
    made: Post = invented(number, **({"tone": None, "language": None, "source": "s", "network": "n"} | fields))
    return made


class Way:
    def __init__(self, excluded: str = "") -> None:
        self.cache, self.scorer, self.events = MemoryCache(), CountingScorer(), list[Event]()
        self.heard: list[Post] = []
        self.said: list[tuple[str, bool]] = []  # uris, and whether they are edits
        self.pipeline = Pipeline(
            cache=self.cache,
            scorer=self.scorer,
            clock=HeldClock(),
            keys=lambda p: ["all", f"source:{p.source}"],
            emit=self._emit,
            heard=self.heard.extend,
            excluded=lambda p: bool(excluded) and excluded in p.text,
            said=lambda posts, edited: self.said.extend((p.id, p.uri in edited) for p in posts),
        )

    def _emit(self, event: Event) -> None:
        if isinstance(event, Heard):  # whoever hears of a post can read it
            assert all(self.cache.get(p.uri) == p for p in event.posts)
        self.events.append(event)

    async def __call__(self, *posts: Post, **more: Any) -> list[Post]:
        return await self.pipeline.deliver("s", "n", Batch(posts=posts, **more))


@pytest.fixture
def way() -> Way:
    return Way()


async def test_what_is_new_is_scored_stored_counted_and_told(way: Way) -> None:
    fresh = await way(post(1), post(2), cursor="c")
    assert [p.id for p in fresh] == ["1", "2"]
    assert {p.tone.label for p in fresh if p.tone} == {ToneLabel.POSITIVE}
    assert way.cache.cursor("s") == "c"
    assert sum(way.cache.counts("all", post(1).created_at.replace(year=2000)).values()) == 2
    assert [type(e) for e in way.events] == [Heard]
    assert way.heard == fresh


async def test_what_is_known_is_neither_scored_nor_told_again_but_the_cursor_moves(way: Way) -> None:
    await way(post(1), cursor="c")
    assert await way(post(1), cursor="d") == []
    assert way.scorer.scored == [post(1).text]
    assert len(way.events) == 1
    assert way.cache.cursor("s") == "d"


async def test_new_counts_are_told_with_the_old_score(way: Way) -> None:
    await way(post(1))
    changed = post(1).counts
    assert changed is not None
    (fresh,) = await way(post(1, counts=changed.changed(likes=7)))
    assert fresh.tone is not None
    assert fresh.tone.label is ToneLabel.POSITIVE
    assert len(way.scorer.scored) == 1


@pytest.mark.parametrize("away", ["engine lost", "over budget"])
async def test_what_came_while_the_scorer_was_away_is_scored_when_it_is_read_again_and_then_told(
    way: Way, away: str
) -> None:
    way.scorer.away = away
    (first,) = await way(post(1))
    assert first.tone == Tone(reason=away)
    assert await way(post(1)) == [], "still away: nothing new to tell"
    way.scorer.away = ""
    (scored,) = await way(post(1))
    assert scored.tone is not None
    assert (scored.tone.label, scored.first_seen_at) == (ToneLabel.POSITIVE, first.first_seen_at)
    assert scored.language is not None
    assert way.cache.get(scored.uri) == scored == way.heard[-1]
    assert await way(post(1)) == []
    assert len(way.scorer.scored) == 3
    assert sum(way.cache.counts("all", post(1).created_at.replace(year=2000)).values()) == 1


async def test_what_is_never_read_again_is_scored_when_the_scorer_is_back(way: Way) -> None:
    """A stream brings each post once."""
    way.scorer.away = "engine lost"
    await way(post(1))
    await way(post(2), cursor="c")
    way.scorer.away = ""
    assert [p.id for p in await way(post(3))] == ["3"]
    assert [p.id for p in way.heard] == ["1", "2", "3", "1", "2"]
    assert {p.tone.label for p in way.heard[-2:] if p.tone} == {ToneLabel.POSITIVE}
    assert [way.cache.get(p.uri) for p in way.heard[-2:]] == way.heard[-2:]
    assert way.cache.cursor("s") == "c"
    assert sum(way.cache.counts("all", post(1).created_at.replace(year=2000)).values()) == 3
    await way(post(4))
    assert len(way.scorer.scored) == 6


async def test_what_came_from_before_the_room_listened_is_scored_late_without_a_word(way: Way) -> None:
    way.scorer.away = "engine lost"
    await way.pipeline.deliver("s", "n", Batch(posts=(post(1),)), past=True)
    way.scorer.away = ""
    await way(post(2))
    late = way.cache.get(post(1).uri)
    assert late is not None
    assert late.tone == Tone(label=ToneLabel.POSITIVE, engine="test")
    assert [p.id for p in way.heard] == ["2"]


async def test_what_was_edited_or_withdrawn_while_it_was_scored_late_stays_so(way: Way) -> None:
    way.scorer.away = "engine lost"
    await way(post(1), post(2))
    way.scorer.away = ""
    edited = post(2, text=SafeText("otherwise"), revision="2", tone=Tone(label=ToneLabel.NEGATIVE))

    def meanwhile() -> None:
        if post(1).text in way.scorer.scored[2:]:
            way.cache.withdraw([post(1).uri], post(1).created_at, "deleted")
            way.cache.upsert("s", [edited], None, lambda p: [])

    way.scorer.meanwhile = meanwhile
    await way(post(3))
    assert way.cache.get(post(1).uri) is None
    assert way.cache.get(edited.uri) == edited


async def test_a_text_that_no_scorer_can_bear_is_not_tried_for_ever(way: Way) -> None:
    way.scorer.poison = "poison"
    await way(post(1, text=SafeText("poison")))
    for n in range(2, 9):
        await way(post(n))
    assert way.scorer.scored.count("poison") == 3


async def test_a_reason_that_stays_so_is_not_asked_for_again(way: Way) -> None:
    way.scorer.away = "no language"
    await way(post(1))
    assert await way(post(1)) == []
    assert len(way.scorer.scored) == 1


async def test_an_edited_text_is_scored_again_and_keeps_when_it_was_first_seen(way: Way) -> None:
    await way(post(1))
    (fresh,) = await way(post(1, text=SafeText("otherwise"), revision="2"))
    assert way.scorer.scored[-1] == "otherwise"
    assert fresh.first_seen_at == post(1).first_seen_at
    assert sum(way.cache.counts("all", post(1).created_at.replace(year=2000)).values()) == 1


async def test_excluded_words_never_come_in_and_the_cursor_moves_all_the_same() -> None:
    way = Way(excluded="opera")
    assert await way(post(1, text=SafeText("an opera")), cursor="c") == []
    assert way.cache.size() == 0
    assert way.scorer.scored == []
    assert way.cache.cursor("s") == "c"


async def test_what_was_withdrawn_is_wiped_told_and_stays_away(way: Way) -> None:
    await way(post(1), post(2))
    await way(withdrawn=(post(1).uri,))
    assert way.cache.get(post(1).uri) is None
    assert way.events[-1] == Withdrawn(uris=(post(1).uri,))
    assert await way(post(1)) == []
    assert way.cache.size() == 1


async def test_written_and_withdrawn_in_one_batch_is_withdrawn(way: Way) -> None:
    assert await way(post(1), withdrawn=(post(1).uri,)) == []
    assert way.cache.size() == 0


async def test_an_author_who_is_gone_takes_every_post_along(way: Way) -> None:
    ann = Author(id="ann")
    await way(post(1, author=ann), post(2, author=ann), post(3, author=Author(id="bob")))
    assert await way(post(4, author=ann), withdrawn_authors=("ann",)) == []
    assert [p.id for p in way.cache.newest(10)] == ["3"]


async def test_a_withdrawal_is_kept_before_the_cursor_moves(way: Way) -> None:
    """Else a room that dies between the two would never hear of it again."""
    await way(post(1), cursor="c")
    order: list[str] = []
    cache = way.cache
    withdraw, upsert = cache.withdraw, cache.upsert
    way.cache.withdraw = lambda *a: (order.append("withdraw"), withdraw(*a))[1]  # type: ignore[method-assign]
    way.cache.upsert = lambda *a: (order.append("cursor"), upsert(*a))[1]  # type: ignore[method-assign]
    await way(withdrawn=(post(1).uri,), cursor="d")
    assert order == ["withdraw", "cursor"]


async def test_an_empty_batch_is_nothing(way: Way) -> None:
    assert await way() == []
    assert way.events == []


async def test_what_was_said_is_what_is_new_or_reads_otherwise_and_no_figure_of_it(way: Way) -> None:
    await way(post(1), post(2))
    await way(post(1, counts=None), post(2, revision="2", text=SafeText("edited")), post(3))
    await way.pipeline.deliver("s", "n", Batch(posts=(post(4),)), past=True)
    assert way.said == [("1", False), ("2", False), ("2", True), ("3", False)]


async def test_what_is_scored_late_is_not_said_again(way: Way) -> None:
    way.scorer.away = "engine lost"
    await way(post(1))
    way.scorer.away = ""
    await way(post(2))
    assert [p.id for p in way.heard] == ["1", "2", "1"]
    assert way.said == [("1", False), ("2", False)]
