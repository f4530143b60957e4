"""The way in: known revisions out, score, store, count, tell; the cursor moves with the posts, in one record."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from socialroom.domain.events import Event, Heard, Withdrawn
from socialroom.domain.ports import Batch, CacheStore, Clock, Scorer
from socialroom.domain.post import Post

_LATE_AT_ONCE: Final = 300  # posts scored late with one delivery: one batch of the scorer
_MOST_LATE: Final = 5_000
_TRIES: Final = 2  # some texts may be what the scorer dies of


class _Late(NamedTuple):
    past: bool  # nobody was told of it
    tries: int = 1


class Pipeline:
    """Takes what connectors bring (`deliver`) and hands on only what is new or changed.

    Args:
        excluded: posts that are never taken in (a room's excluded words).
        admit: a post as it may come in; None keeps it away (its author was forgotten).
        is_away: addresses of which not even a tombstone is kept.
        keys: counter keys of a post.
        heard: called with the new or changed posts, oldest first, after they are stored.
        corrected: posts as somebody corrected their tones and stances.
        topics: names of the topics of a post.
        noise: posts with how often they are repeated; known ones that are repeated more often now come behind them.
        said: called before that with those of them that are new or read otherwise now, and the uris of the latter.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        cache: CacheStore,
        scorer: Scorer,
        clock: Clock,
        keys: Callable[[Post], Iterable[str]],
        emit: Callable[[Event], None],
        heard: Callable[[Sequence[Post]], None],
        excluded: Callable[[Post], bool],
        admit: Callable[[Post], Post | None] = lambda post: post,
        is_away: Callable[[str], bool] = lambda _uri: False,
        said: Callable[[Sequence[Post], Collection[str]], None] = lambda _posts, _edited: None,
        corrected: Callable[[Sequence[Post]], list[Post]] = list,
        topics: Callable[[Post], tuple[str, ...]] = lambda _post: (),
        noise: Callable[[Sequence[Post]], list[Post]] = list,
    ) -> None:
        self._topics, self._noise = topics, noise
        self._corrected = corrected
        self._admit, self._is_away, self._said = admit, is_away, said
        self._cache, self._scorer, self._clock = cache, scorer, clock
        self._keys, self._emit, self._heard, self._excluded = keys, emit, heard, excluded
        self._unscored: dict[str, _Late] = {}  # by uri, the oldest first

    async def deliver(self, source: str, network: str, batch: Batch, *, past: bool = False) -> list[Post]:
        """Takes a batch in and returns what of it was new or changed. When it returns, the store has committed.

        `past`: it was written before the room listened: it is stored and counted, and nobody is told.
        """
        posts = self._corrected(await self._scored(self._admitted(batch.posts)))
        # Before the cursor moves: what was withdrawn is never told twice.
        gone = self._withdraw(network, batch)
        # Once more: somebody may have been forgotten while this was scored.
        posts = self._noise([self._sorted(p) for p in self._admitted(posts) if p.uri not in gone])
        fresh: list[Post] = []
        before = self._cache.known(p.uri for p in posts)
        if posts or batch.cursor is not None:
            fresh = self._cache.upsert(source, posts, batch.cursor, self._keys)
        if not past:
            self._say(fresh, before)
        self._unscored.update({p.uri: _Late(past) for p in fresh if _is_missed(p)})
        while len(self._unscored) > _MOST_LATE:
            del self._unscored[next(iter(self._unscored))]
        if self._unscored and any(p.tone is not None and not p.tone.missing for p in fresh):
            await self._score_late()
        return fresh

    def _admitted(self, posts: Iterable[Post]) -> list[Post]:
        return [now for p in posts if not self._excluded(p) and (now := self._admit(p)) is not None]

    def _sorted(self, post: Post) -> Post:
        topics = self._topics(post)
        if topics == post.topics:
            return post
        sorted_in: Post = post.changed(topics=topics)
        return sorted_in

    def _say(self, fresh: Sequence[Post], before: Mapping[str, str]) -> None:
        """`before`: the revisions of those that were known."""
        if fresh:
            self._emit(Heard(posts=tuple(fresh), feeds=((),) * len(fresh)))
            self._said([p for p in fresh if before.get(p.uri) != p.revision], before.keys())
            self._heard(fresh)

    async def _score_late(self) -> None:
        """Scores some of what came while the scorer was away, now that it answers: many a post is read only once."""
        late = {uri: self._unscored.pop(uri) for uri in list(self._unscored)[:_LATE_AT_ONCE]}
        waiting = [p for uri in late if (p := self._cache.get(uri)) is not None and _is_missed(p)]
        for scored in await self._scorer.score(waiting) if waiting else ():
            post, of = self._cache.get(scored.uri), late[scored.uri]
            if post is None or post.text != scored.text:  # withdrawn or edited meanwhile
                continue
            if _is_missed(scored):
                if of.tries < _TRIES:
                    self._unscored[post.uri] = _Late(of.past, of.tries + 1)
                continue
            now = [self._sorted(p) for p in self._corrected([scored_as(post, scored)])]
            fresh = self._cache.upsert(post.source, now, None, self._keys)
            if not of.past:
                self._say(fresh, {p.uri: p.revision for p in fresh})

    async def _scored(self, posts: Sequence[Post]) -> list[Post]:
        """Posts in order, each with language and tone; a text that was scored before is not scored again.

        While the scorer was lost or too slow nothing was scored: such a post is, when it is read again.
        """
        known = self._cache.known(p.uri for p in posts)
        result: list[Post] = []
        to_score: list[int] = []
        for post in posts:
            stored = self._cache.get(post.uri) if post.uri in known else None
            tone = stored.tone if stored is not None and stored.text == post.text else None
            if stored is not None and tone is not None and not tone.missing:
                result.append(scored_as(post, stored))
            else:
                to_score.append(len(result))
                result.append(post)
        if to_score:
            scored = await self._scorer.score([result[i] for i in to_score])
            for place, post in zip(to_score, scored, strict=True):
                result[place] = post
        return result

    def _withdraw(self, network: str, batch: Batch) -> set[str]:
        gone = list(batch.withdrawn)
        for author_id in batch.withdrawn_authors:
            gone += self._cache.by_author(network, author_id)
            gone += [p.uri for p in batch.posts if p.author and p.author.id == author_id]
        gone = [uri for uri in gone if not self._is_away(uri)]
        if gone:
            removed = self._cache.withdraw(gone, self._clock.now(), "deleted on the network")
            if removed:
                self._emit(Withdrawn(uris=tuple(removed)))
        return set(gone)


def scored_as(post: Post, other: Post) -> Post:
    """A post with what enrichers said of the other one, which has the same text."""
    scored: Post = post.changed(
        language=other.language, tone=other.tone, stance=other.stance, stance_why=other.stance_why
    )
    return scored


def _is_missed(post: Post) -> bool:
    return post.tone is not None and post.tone.missing
