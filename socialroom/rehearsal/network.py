"""What the rehearsal network holds: people, posts, notifications, and who listens. No HTTP here."""

from __future__ import annotations

import asyncio
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from socialroom.domain.ports import Clock

KEY_LIFE = timedelta(hours=1)  # how long Mastodon remembers an idempotency key


class Person(msgspec.Struct, eq=False):
    """An account; `host` is empty for one of this server."""

    id: int
    handle: str
    name: str
    host: str = ""
    followers: int = 100

    @property
    def acct(self) -> str:
        """As this server writes it."""
        return f"{self.handle}@{self.host}" if self.host else self.handle


class Picture(msgspec.Struct):
    """A medium and what is said of it."""

    id: str
    kind: str = "image"
    alt: str | None = None
    data: bytes = b""
    type: str = "image/png"
    looks: int = 0  # how often one must ask before it is processed


class Written(msgspec.Struct, eq=False):
    """A post."""

    id: int
    at: datetime
    author: Person
    text: str
    language: str | None = None
    parent: int | None = None
    visibility: str = "public"
    warning: str = ""
    pictures: tuple[Picture, ...] = ()
    edited_at: datetime | None = None
    likes: int = 0
    boosts: int = 0
    replies: int = 0
    key: str = ""


class Told(msgspec.Struct):
    """A notification to the brand."""

    id: int
    type: str
    post: int
    at: datetime


class Happening(msgspec.Struct):
    """What streams carry: update, delete, status.update, notification."""

    event: str
    post: Written
    told: Told | None = None


class Listener(msgspec.Struct, eq=False):
    """One open stream; None in its queue ends it."""

    wants: Callable[[Happening], bool]
    queue: asyncio.Queue[Happening | None] = msgspec.field(default_factory=asyncio.Queue)


class Network:
    """Everything the server holds, in memory, in order of id."""

    def __init__(self, clock: Clock, handle: str, display: str) -> None:
        self.clock = clock
        self.posts: dict[int, Written] = {}
        self.order: list[int] = []
        self.told: list[Told] = []
        self.people: dict[str, Person] = {}
        self.pictures: dict[str, Picture] = {}
        self.deleted: list[tuple[int, datetime]] = []
        # What the brand did: posts by id, people by id.
        self.favourited: set[int] = set()
        self.boosted: set[int] = set()
        self.following: set[int] = set()
        self.muting: set[int] = set()
        self.blocking: set[int] = set()
        self.edits = 0
        self.listeners: set[Listener] = set()
        self.received: list[Written] = []  # written through the API by the brand, deleted ones too
        self._keys: dict[str, tuple[int, datetime]] = {}
        self._last_id = 0
        self.brand = self.person(handle, display, followers=91_000)

    def person(self, handle: str, name: str = "", host: str = "", followers: int = 100) -> Person:
        """The account of that handle, made when it is new."""
        found = self.people.get(handle)
        if found is None:
            found = Person(109_000_000_000_000_000 + 7919 * len(self.people), handle, name or handle, host, followers)
            self.people[handle] = found
        return found

    def next_id(self, at: datetime) -> int:
        """Milliseconds and a counter, as Mastodon makes them; never smaller than the one before."""
        self._last_id = max((int(at.timestamp() * 1000) << 16) + 1, self._last_id + 1)
        return self._last_id

    def mentions_brand(self, post: Written) -> bool:
        """Whether the post speaks to the brand."""
        return post.author is not self.brand and f"@{self.brand.handle}" in post.text

    def write(self, author: Person, text: str, *, at: datetime | None = None, **more: Any) -> Written:
        """Adds a post, notifies and tells the streams. `at` in the past is for seeding, oldest first."""
        when = at or self.clock.now()
        post = Written(id=self.next_id(when), at=when, author=author, text=text, **more)
        self.posts[post.id] = post
        self.order.append(post.id)
        if post.parent in self.posts:
            self.posts[post.parent].replies += 1
        told = None
        if self.mentions_brand(post):
            told = Told(1000 + len(self.told), "mention", post.id, when)
            self.told.append(told)
        self._tell(Happening("update", post))
        if told:
            self._tell(Happening("notification", post, told))
        return post

    def receive(self, text: str, *, key: str = "", **more: Any) -> Written:
        """A post of the brand through the API; the same key within the hour gives the first one back."""
        now = self.clock.now()
        known = self._keys.get(key) if key else None
        if known and now - known[1] < KEY_LIFE and known[0] in self.posts:
            return self.posts[known[0]]
        post = self.write(self.brand, text, key=key, **more)
        if key:
            self._keys[key] = (post.id, now)
        self.received.append(post)
        return post

    def edit(
        self, post: Written, text: str, *, warning: str | None = None, pictures: tuple[Picture, ...] | None = None
    ) -> None:
        """Changes what is said."""
        post.text, post.edited_at = text, self.clock.now()
        post.warning = post.warning if warning is None else warning
        post.pictures = post.pictures if pictures is None else pictures
        self.edits += 1
        self._tell(Happening("status.update", post))

    def delete(self, post: Written) -> None:
        """Takes a post away, for good."""
        del self.posts[post.id]
        self.order.pop(bisect_left(self.order, post.id))
        self.told = [t for t in self.told if t.post != post.id]
        if post.parent in self.posts:
            self.posts[post.parent].replies -= 1
        self.favourited.discard(post.id)
        self.boosted.discard(post.id)
        self.deleted.append((post.id, self.clock.now()))
        self._tell(Happening("delete", post))

    def _tell(self, happening: Happening) -> None:
        for listener in self.listeners:
            if listener.wants(happening):
                listener.queue.put_nowait(happening)

    def above(self, post: Written) -> list[Written]:
        """What it answers, first to last."""
        found: list[Written] = []
        parent = self.posts.get(post.parent or 0)
        while parent:
            found.insert(0, parent)
            parent = self.posts.get(parent.parent or 0)
        return found

    def below(self, post: Written) -> list[Written]:
        """What answers it, and what answers that, in order of time."""
        inside = {post.id}
        found: list[Written] = []
        for key in self.order[bisect_right(self.order, post.id) :]:
            one = self.posts[key]
            if one.parent in inside:
                inside.add(key)
                found.append(one)
        return found

    def report(self, keywords: Sequence[str]) -> dict[str, Any]:
        """The truth that the console's figures are compared with."""
        now = self.clock.now()
        recent = [p for p in self.posts.values() if now - p.at <= timedelta(minutes=15)]
        heard = {
            word: [p for p in recent if word.casefold() in p.text.casefold() and p.author is not self.brand]
            for word in keywords
        }
        return {
            "statuses": len(self.posts),
            "languages": dict(Counter(p.language or "" for p in self.posts.values())),
            "mentions": len(self.told),
            "replies": [
                {
                    "id": str(p.id),
                    "text": p.text,
                    "key": p.key,
                    "visibility": p.visibility,
                    "media": [m.alt for m in p.pictures],
                    "in_reply_to": str(p.parent) if p.parent else None,
                    "deleted": p.id not in self.posts,
                }
                for p in self.received
            ],
            "keywords": {
                word: {
                    "count": len(found),
                    "authors": len({p.author.id for p in found}),
                    "first_at": found[0].at.isoformat() if found else None,
                }
                for word, found in heard.items()
            },
            "deletes": [{"id": str(i), "at": at.isoformat()} for i, at in self.deleted],
            "edits": self.edits,
            "favourites": [str(i) for i in sorted(self.favourited)],
            "boosts": [str(i) for i in sorted(self.boosted)],
            "people": {
                name: sorted(p.acct for p in self.people.values() if p.id in ids)
                for name, ids in (("following", self.following), ("muting", self.muting), ("blocking", self.blocking))
            },
            "listeners": len(self.listeners),
        }
