"""Rings when somebody on a list writes: press, institutions, people whose word carries far. No statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import msgspec

from socialroom.alerts._lately import shown
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding
from socialroom.domain.ports import Window
from socialroom.domain.post import Post, PostKind
from socialroom.domain.specs import RuleSpec
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_, _

_COOL_DOWN: Final = 300.0  # seconds: a thread of ten posts rings once
_TO_US: Final = frozenset({PostKind.MENTION, PostKind.REPLY, PostKind.COMMENT, PostKind.MESSAGE, PostKind.REVIEW})
# (to us, with a known number of followers)
_ONE: Final = {
    (True, True): N_("{author} wrote to us at {written_at} · {followers} followers"),
    (True, False): N_("{author} wrote to us at {written_at}"),
    (False, True): N_("{author} wrote at {written_at} · {followers} followers"),
    (False, False): N_("{author} wrote at {written_at}"),
}
_MANY: Final = {
    True: N_("{author} wrote to us · {count} posts in an hour, the last at {written_at}"),
    False: N_("{author} wrote · {count} posts in an hour, the last at {written_at}"),
}


class WatchedAuthorSettings(RuleSettings, frozen=True, kw_only=True):
    """`rule = "watched_author"`: people whose every post rings.

    Attributes:
        authors: handles, with or without @ and without regard to case. With a host only that account rings, without
            one the name rings on every host: name the host of those who matter, since anybody may take a name.
        within: hours; what is older when it is heard does not ring.
        red: followers that make it red; 0 is never.
    """

    authors: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    within: Annotated[float, msgspec.Meta(gt=0, le=24)] = 24.0
    red: Annotated[int, msgspec.Meta(ge=0)] = 0

    def __post_init__(self) -> None:
        """Refuses what is nobody's name."""
        if not all(_folded(author) for author in self.authors):
            raise ValueError(_("an author needs a handle"))


class WatchedAuthor:
    """Looks who wrote what was just heard."""

    kind = "watched_author"

    def __init__(self, settings: WatchedAuthorSettings) -> None:
        self._settings = settings
        self._watched = {_folded(a): clean_line(a.strip(), 120) for a in settings.authors}

    def look(self, window: Window) -> list[Finding]:
        """One finding an author who wrote something that is heard now for the first time."""
        since = window.now - timedelta(hours=self._settings.within)
        fresh = [(p, who) for p in window.fresh if p.created_at >= since and (who := self._watched_of(p))]
        authors = dict.fromkeys(who for _, who in fresh)
        return [self._found(who, [p for p, w in fresh if w == who], window) for who in authors]

    def _watched_of(self, post: Post) -> str:
        """The entry of the list that the post's author is, or an empty string."""
        if post.author is None:
            return ""
        handle = _folded(post.author.handle)
        if handle in self._watched:
            return handle
        name = handle.split("@")[0]
        return name if "@" in handle and name in self._watched else ""

    def _found(self, who: str, fresh: list[Post], window: Window) -> Finding:
        before = {p.uri for p in fresh}
        lately = [p for p in window.recent if p.uri not in before and self._watched_of(p) == who]
        posts = sorted([*lately, *fresh], key=lambda p: (p.created_at, p.uri))
        last = posts[-1]
        to_us = any(p.kind in _TO_US for p in fresh)
        followers = last.author.followers if last.author else None
        values: dict[str, str | int | float] = {
            "author": self._watched[who],
            "written_at": last.created_at.timestamp(),
        }
        if len(posts) > 1:
            template = _MANY[to_us]
            values["count"] = len(posts)
        else:
            template = _ONE[to_us, followers is not None]
            if followers is not None:
                values["followers"] = followers
        red = self._settings.red
        return Finding(
            key=f"author:{who}",
            headline=Message(template=template, values=values),
            severity=3 if red and (followers or 0) >= red else 2,
            figures={"count": float(len(posts))},
            posts=shown(posts),
            authors=1,
            since=posts[0].created_at,
            event=True,
            cool_down=_COOL_DOWN,
            again_after=self._settings.again_after,
        )


def _folded(handle: str) -> str:
    return handle.strip().lstrip("@").casefold()


RULE = RuleSpec(title="Watched author", settings=WatchedAuthorSettings, build=WatchedAuthor)
