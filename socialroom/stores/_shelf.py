"""The posts of a cache, and the ways to find them without looking at all of them."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterable, Mapping
from datetime import datetime
from itertools import islice
from typing import Final, TypeVar

from socialroom.domain.ports import Retention
from socialroom.domain.post import Post
from socialroom.stores._lean import lean
from socialroom.stores._order import Moment, TimeOrder, moment

K = TypeVar("K", bound=Hashable)
_REMEMBERED: Final = 4_096  # places of posts that went, so that who was reading there can go on


class Groups(dict[K, Post | dict[str, Post]]):
    """Posts by something they share. Most are alone, and those cost no container of their own."""

    def add(self, key: K, post: Post) -> None:
        """One more."""
        there = self.get(key)
        if there is None:
            self[key] = post
        elif isinstance(there, dict):
            there[post.uri] = post
        else:
            self[key] = {there.uri: there, post.uri: post}

    def remove(self, key: K, post: Post) -> None:
        """One less."""
        there = self.get(key)
        if isinstance(there, dict) and len(there) > 1:
            there.pop(post.uri, None)
        else:
            self.pop(key, None)

    def one(self, key: K) -> Post | None:
        """One of those that share it."""
        there = self.get(key)
        return next(iter(there.values())) if isinstance(there, dict) else there

    def posts(self, key: K) -> list[Post]:
        """Those that share it."""
        there = self.get(key)
        if there is None:
            return []
        return list(there.values()) if isinstance(there, dict) else [there]


class Shelf:
    """Posts by uri, time, network, conversation and author."""

    def __init__(self, posts: Iterable[Post] = ()) -> None:
        self._by_uri = {p.uri: p for p in posts}
        self._order = TimeOrder(self._by_uri.values())
        self._conversations: Groups[str] = Groups()
        self._authors: Groups[tuple[str, str]] = Groups()
        self._left: OrderedDict[str, Moment] = OrderedDict()
        self._networks = Counter(p.network for p in self._by_uri.values())
        for post in self._by_uri.values():
            self._group(post)

    def __len__(self) -> int:
        return len(self._by_uri)

    def get(self, uri: str) -> Post | None:
        """One post."""
        return self._by_uri.get(uri)

    def put(self, post: Post) -> None:
        """Takes a post in, in the place of what had its uri."""
        if post.uri in self._by_uri:
            self._take_out(post.uri)
        self._by_uri[post.uri] = post
        self._order.add(post)
        self._networks[post.network] += 1
        self._group(post)

    def _group(self, post: Post) -> None:
        self._conversations.add(post.conversation, post)
        if post.author is None:
            lean(post, None)
        else:
            key = (post.network, post.author.id)
            lean(post, self._authors.one(key))
            self._authors.add(key, post)

    def drop(self, uri: str) -> None:
        """Takes a post out; no error when it is not there."""
        if uri in self._by_uri:
            self._left[uri] = moment(self._by_uri[uri])
            if len(self._left) > _REMEMBERED:
                self._left.popitem(last=False)
            self._take_out(uri)

    def _take_out(self, uri: str) -> None:
        post = self._by_uri.pop(uri)
        self._order.remove(post)
        self._networks[post.network] -= 1
        self._conversations.remove(post.conversation, post)
        if post.author is not None:
            self._authors.remove((post.network, post.author.id), post)

    def newest(self, limit: int, before: str | None, accept: Callable[[Post], bool] | None) -> list[Post]:
        """Newest first. A `before` that nobody remembers is older than everything: nothing follows it."""
        at: Moment | None = None
        if before is not None:
            post = self._by_uri.get(before)
            at = moment(post) if post is not None else self._left.get(before)
            if at is None:
                return []
        found = (p for p in self._order.newest_first(at) if p.uri != before)
        return list(islice(found if accept is None else filter(accept, found), max(0, limit)))

    def conversation(self, conversation: str) -> list[Post]:
        """Its posts, oldest first."""
        return sorted(self._conversations.posts(conversation), key=moment)

    def by_author(self, network: str, author_id: str) -> list[str]:
        """Uris of an author's posts."""
        return [p.uri for p in self._authors.posts((network, author_id))]

    def outdated(self, now: datetime, policy: Mapping[str, Retention], default: Retention) -> list[Post]:
        """What may not stay: too long in the room (`first_seen_at`, not what its author claims), or too many."""
        kept = {network: policy.get(network, default) for network in self._networks}
        excess = {network: self._networks[network] - of.count for network, of in kept.items()}
        oldest = {network: now - of.age for network, of in kept.items()}
        # Nothing is seen before it is written: whoever was written later than this is young enough everywhere.
        young = max(oldest.values(), default=now)
        too_many = {network for network, count in excess.items() if count > 0}
        found: list[Post] = []
        for post in self._order.oldest_first():
            if not too_many and post.created_at >= young:
                break
            network = post.network
            if network in too_many or post.first_seen_at < oldest[network]:
                found.append(post)
                excess[network] -= 1
                if excess[network] <= 0:
                    too_many.discard(network)
        return found
