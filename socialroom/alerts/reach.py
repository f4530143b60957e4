"""Rings at once when somebody writes about us whom many hear: press, institutions, many followers. No statistics."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final

import msgspec

from socialroom.alerts._lately import shown
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding
from socialroom.domain.person import Audience
from socialroom.domain.ports import Window
from socialroom.domain.post import Post, PostKind
from socialroom.domain.specs import RuleSpec
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.locale import N_, _

_COOL_DOWN: Final = 300.0  # seconds: a thread of ten posts rings once
_TO_US: Final = frozenset({PostKind.MENTION, PostKind.REPLY, PostKind.COMMENT, PostKind.MESSAGE, PostKind.REVIEW})
# (an audience is known, followers are known)
_HEADLINES: Final = {
    (True, True): N_("{audience_word} {author} wrote about us at {written_at} · {followers} followers"),
    (True, False): N_("{audience_word} {author} wrote about us at {written_at}"),
    (False, True): N_("{author} wrote about us at {written_at} · {followers} followers"),
}


class ReachSettings(RuleSettings, frozen=True):
    """`rule = "reach"`: whoever carries far.

    Attributes:
        followers: so many ring; 0 is never.
        audiences: whoever belongs to one of these rings, however few follow them.
        of: counters that a post must belong to when it is not said to us; "all" lets every post ring.
        within: hours; what is older when it is heard does not ring.
        red: followers that make it red; 0 is never.
    """

    followers: Annotated[int, msgspec.Meta(ge=0)] = 50_000
    audiences: tuple[str, ...] = (Audience.JOURNALIST.value, Audience.INSTITUTION.value)
    of: tuple[str, ...] = ("brand",)
    within: Annotated[float, msgspec.Meta(gt=0, le=24)] = 24.0
    red: Annotated[int, msgspec.Meta(ge=0)] = 500_000

    def __post_init__(self) -> None:
        """Refuses a rule that can never ring, and audiences that do not exist."""
        if not self.followers and not self.audiences:
            raise ValueError(_("followers or audiences must say who rings"))
        known = {a.value for a in Audience}
        for name in self.audiences:
            if name not in known:
                raise ValueError(_("there is no audience called {name}").format(name=clean_line(name, 60)))


class Reach:
    """Looks who wrote what was just heard."""

    kind = "reach"

    def __init__(self, settings: ReachSettings) -> None:
        self._settings = settings

    def look(self, window: Window) -> list[Finding]:
        """One finding an author who wrote about us something that is heard now for the first time."""
        since = window.now - timedelta(hours=self._settings.within)
        by_author: dict[tuple[str, str], list[Post]] = {}
        for post in window.fresh:
            if post.author is not None and post.created_at >= since and self._rings(post, window):
                by_author.setdefault((post.network, post.author.id), []).append(post)
        return [self._found(posts, window) for posts in by_author.values()]

    def _rings(self, post: Post, window: Window) -> bool:
        own, author = self._settings, post.author
        assert author is not None
        carries = bool(own.followers) and (author.followers or 0) >= own.followers
        if not carries and window.audiences.get(post.uri, "") not in own.audiences:
            return False
        return post.kind in _TO_US or bool({*own.of}.intersection(window.keys_of.get(post.uri, ())))

    def _found(self, posts: list[Post], window: Window) -> Finding:
        last, author = posts[-1], posts[-1].author
        assert author is not None
        audience, followers = window.audiences.get(last.uri, ""), author.followers
        if audience not in self._settings.audiences:
            audience = ""
        who = clean_line(author.handle or author.name or author.id, 120)
        values: dict[str, str | int | float] = {"author": who, "written_at": last.created_at.timestamp()}
        if audience:
            values["audience_word"] = audience
        if followers is not None:
            values["followers"] = followers
        red = self._settings.red
        return Finding(
            key=f"reach:{last.network}:{clean_line(author.id, 160)}",
            headline=Message(template=_HEADLINES[bool(audience), followers is not None], values=values),
            severity=3 if red and (followers or 0) >= red else 2,
            figures={"count": float(len(posts)), "followers": float(followers or 0)},
            posts=shown(posts),
            authors=1,
            since=posts[0].created_at,
            event=True,
            cool_down=_COOL_DOWN,
            again_after=self._settings.again_after,
        )


RULE = RuleSpec(title="Reach", settings=ReachSettings, build=Reach)
