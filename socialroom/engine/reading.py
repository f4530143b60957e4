"""What a terminal reads of the cache: pages of feeds, searches and conversations, each as its seat may see them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore
from socialroom.domain.post import Post
from socialroom.domain.query import FactsOf, parse, unknown
from socialroom.domain.roles import only_country
from socialroom.engine.listening import FeedFilter
from socialroom.locale import N_

_PAGE: Final = 1_000  # posts of one answer
_SLICE: Final = 400  # posts looked at before the room's other work has its turn


class Reading:
    """Answers what is asked of the cache.

    Args:
        cache: where the posts are.
        cases: what the team did about conversations, by conversation.
        excluded: posts that no feed shows.
        may_see: whether a seat may see a post.
        facts: what the room knows of a post's author.
        first_of: the post that another one repeats, and that stands for it in feeds.
    """

    def __init__(
        self,
        cache: CacheStore,
        cases: Callable[[], Mapping[str, Case]],
        excluded: Callable[[Post], bool],
        may_see: Callable[[Operator, Post], bool],
        facts: FactsOf = unknown,
        first_of: Callable[[Post], Post | None] = lambda _post: None,
    ) -> None:
        self._cache, self._cases, self._excluded, self._may_see = cache, cases, excluded, may_see
        self._facts, self._first_of = facts, first_of

    async def feed(self, asked: r.FeedPage, operator: Operator) -> r.Page:
        """Posts of a feed, newest first. Raises ConfigError: its query cannot be read."""
        accept = FeedFilter(
            [asked.feed], self._cases, self._excluded, operator, may_see=self._may_see, facts=self._facts,
            first_of=self._first_of,
        )  # fmt: skip
        return await self._page(lambda p: bool(accept.feeds_of(p)), asked.limit, asked.before)

    async def search(self, asked: r.SearchCache, operator: Operator) -> r.Page:
        """What matches a query, newest first. Raises ConfigError: it cannot be read."""
        query = parse(asked.query)
        return await self._page(
            lambda p: self._may_see(operator, p) and query.matches(p, self._facts), asked.limit, None
        )

    async def _page(self, accept: Callable[[Post], bool], limit: int, before: str | None) -> r.Page:
        """Looks through the cache in slices, so that a rare word never holds the room."""
        limit = max(1, min(limit, _PAGE))
        found: list[Post] = []
        while len(found) <= limit:
            piece = self._cache.newest(_SLICE, before=before)
            found += [p for p in piece if accept(p)]
            if len(piece) < _SLICE:
                break
            before = piece[-1].uri
            await asyncio.sleep(0)
        return r.Page(posts=tuple(found[:limit]), more=len(found) > limit)

    def post(self, uri: str, operator: Operator) -> Post:
        """One post. Raises Missing, NotAllowed."""
        post = self._cache.get(uri)
        if post is None:
            raise Missing(
                N_("this post is not in the room any more"), remedy=N_("It was deleted, or is older than what is kept.")
            )
        if not self._may_see(operator, post):
            raise NotAllowed(
                N_("{name} sits here as {role_word} and may not: {act_word}"),
                name=operator.name,
                role_word=operator.role.value,
                act_word=N_("read what other countries hear")
                if only_country(operator)
                else N_("read private messages"),
            )
        return post

    def conversation(self, post: Post, operator: Operator) -> r.Page:
        """The conversation of a post, oldest first."""
        posts = [p for p in self._cache.conversation(post.conversation) if self._may_see(operator, p)]
        if all(p.uri != post.uri for p in posts):
            posts = sorted([*posts, post], key=lambda p: (p.created_at, p.uri))
        return r.Page(posts=tuple(posts))
