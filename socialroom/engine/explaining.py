"""Why an alert rang: the posts of its time, who wrote them, and which words they use that were not used before."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.alert import Alert, AlertState, LoudAuthor, NewTerm
from socialroom.domain.errors import Missing
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText, clean_line
from socialroom.engine.answering import Answerer
from socialroom.engine.terms import terms
from socialroom.locale import N_

_PAGE: Final = 200  # posts that are looked at before the room's other work has its turn
_MOST: Final = 4_000  # posts of the incident
_BEFORE: Final = 2_000  # posts of the time before it
_DAY: Final = timedelta(days=1)
_EARLIER: Final = timedelta(minutes=1)  # clocks of networks are not ours
_SHOWN: Final = 30  # posts: the first, and the newest
_AUTHORS: Final = 5
_TERMS: Final = 8


class Explaining:
    """Answers `ExplainAlert` from the cache.

    Args:
        find: the alert as a seat may know of it, or None.
        cache: what was heard.
        keys: counter keys of a post.
        may_see: whether a seat may see a post.
    """

    def __init__(
        self,
        *,
        find: Callable[[str, Operator], Alert | None],
        cache: CacheStore,
        keys: Callable[[Post], Iterable[str]],
        may_see: Callable[[Operator, Post], bool],
    ) -> None:
        self._find, self._cache, self._keys, self._may_see = find, cache, keys, may_see

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.ExplainAlert: self._explain}

    async def _explain(self, view: r.ExplainAlert, operator: Operator) -> r.AlertExplained:
        """Raises Missing."""
        alert = self._find(view.alert, operator)
        if alert is None:
            raise Missing(N_("there is no such alert any more"), remedy=N_("It is over, and was dropped after a week."))
        until = alert.updated_at if alert.state is AlertState.OVER else None
        pointed = [p for uri in alert.posts if (p := self._cache.get(uri)) is not None and self._may_see(operator, p)]
        posts, before, partial = pointed, list[Post](), False
        if alert.counter:
            posts, before, partial = await self._read(alert, until, operator)
            there = {p.uri for p in posts}
            posts = sorted([*posts, *(p for p in pointed if p.uri not in there)], key=_when)
        authors = Counter(f"{p.network}\n{p.author.id}" for p in posts if p.author is not None)
        return r.AlertExplained(
            alert=alert,
            posts=tuple(posts if len(posts) <= _SHOWN else (posts[0], *posts[1 - _SHOWN :])),
            count=len(posts),
            authors=len(authors),
            loudest=_loudest(posts, authors),
            terms=new_terms(posts, before),
            partial=partial,
        )

    async def _read(
        self, alert: Alert, until: datetime | None, operator: Operator
    ) -> tuple[list[Post], list[Post], bool]:
        """The posts of the alert's counter since it began and in the day before it, and whether there are more."""
        since = alert.first_at - _EARLIER
        posts: list[Post] = []
        before: list[Post] = []
        page_end: str | None = None
        looked = 0
        while looked < 4 * _MOST:
            page = self._cache.newest(_PAGE, before=page_end)
            looked += len(page)
            for post in page:
                if (until is not None and post.created_at > until) or post.by_us or post.deleted_at is not None:
                    continue
                if post.created_at < since - _DAY:
                    return posts, before, False
                if alert.counter not in self._keys(post) or not self._may_see(operator, post):
                    continue
                (posts if post.created_at >= since else before).append(post)
            if len(page) < _PAGE or len(before) >= _BEFORE:
                return posts, before, False
            if len(posts) >= _MOST:
                return posts, before, True
            page_end = page[-1].uri
            await asyncio.sleep(0)
        return posts, before, True


def _when(post: Post) -> tuple[datetime, str]:
    return (post.created_at, post.uri)


def _loudest(posts: Sequence[Post], authors: Counter[str]) -> tuple[LoudAuthor, ...]:
    latest = {f"{p.network}\n{p.author.id}": p for p in posts if p.author is not None}
    found: list[LoudAuthor] = []
    for key, count in sorted(authors.items(), key=lambda x: (-x[1], x[0]))[:_AUTHORS]:
        post = latest[key]
        assert post.author is not None
        who = clean_line(post.author.handle or post.author.name or post.author.id, 80)
        found.append(
            LoudAuthor(
                handle=SafeText(who), network=post.network, posts=count, followers=post.author.followers
            )
        )  # fmt: skip
    return tuple(found)


def new_terms(posts: Sequence[Post], before: Sequence[Post]) -> tuple[NewTerm, ...]:
    """Words that are said in a larger share of these posts than of those before, the most telling first.

    A word tells as much as it is frequent, times the logarithm of how many times more frequent it became. A word that
    was in every tenth post before is not new, however often it is said now.
    """
    now, then = Counter[str](), Counter[str]()
    for post in posts:
        now.update(terms(post))
    for post in before:
        then.update(terms(post))
    least = 2 if len(posts) < 20 else 3
    told: list[tuple[float, str]] = []
    for term, count in now.items():
        share_before = (then[term] + 0.5) / (len(before) + 1)
        ratio = count / len(posts) / share_before
        if count >= least and ratio >= 2 and (not before or share_before < 0.1):
            told.append((count * math.log(ratio) * (1.1 if " " in term else 1.0), term))
    shown: list[NewTerm] = []
    for _, term in sorted(told, key=lambda x: (-x[0], x[1])):
        if any(set(term.split()) & set(other.term.split()) for other in shown):
            continue
        was = round(then[term] * len(posts) / len(before)) if before else 0
        shown.append(NewTerm(term=SafeText(clean_line(term, 80)), count=now[term], before=was))
        if len(shown) == _TERMS:
            break
    return tuple(shown)
