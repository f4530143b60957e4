"""What a room listens for: which posts belong to which feed, and which counters they move."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from socialroom.domain.case import Case
from socialroom.domain.draft import Draft, OutboxItem
from socialroom.domain.events import DraftChanged, Event, Heard, OutboxChanged
from socialroom.domain.operator import Operator
from socialroom.domain.post import Post, PostKind
from socialroom.domain.query import FactsOf, Matcher, parse, unknown
from socialroom.domain.requests import Feed
from socialroom.domain.roles import sees
from socialroom.domain.tone import ToneLabel

_TONED = ("brand", "entity:", "topic:")  # counters whose share of negative posts is known
ASKS = frozenset({PostKind.MENTION, PostKind.REPLY, PostKind.COMMENT, PostKind.MESSAGE, PostKind.REVIEW})


def quoted(words: Iterable[str]) -> str:
    """Words and phrases as a query that any of them satisfies; what holds no letter or digit is left out."""
    return " OR ".join('"' + w.replace('"', " ").strip() + '"' for w in words if any(c.isalnum() for c in w))


def waits(post: Post, cases: Mapping[str, Case]) -> bool:
    """Whether a post still waits for an answer of ours."""
    if post.by_us or post.deleted_at or post.kind not in ASKS:
        return False
    case = cases.get(post.conversation)
    if case is None:
        return True
    if case.done_at is not None:
        return False
    # What was edited after it was answered asks anew.
    edited = post.edited_at is not None and case.answered_at is not None and post.edited_at > case.answered_at
    return edited or post.uri not in case.answered


class Counters:
    """Names the counter keys that a post moves: all, source, network, language, stance, brand, entity, feed, word.

    Of brand, entities and topics also how many were scored, and how many of these are negative ("negative:brand").
    """

    def __init__(self, named: Mapping[str, str], facts: FactsOf = unknown) -> None:
        """Takes counter key → query ("brand" → '"aurelia"', "word:panne" → '"panne"'), and who knows of authors."""
        self._facts = facts
        self._matcher = Matcher({key: parse(query) for key, query in named.items() if query})

    def keys(self, post: Post) -> Iterable[str]:
        """The keys of one post."""
        yield "all"
        yield f"source:{post.source}"
        yield f"network:{post.network}"
        if post.language:
            yield f"language:{post.language.code}"
        if post.stance and not post.by_us:
            yield f"stance:{post.stance}"
        if not post.by_us:  # what is said about the brand, not what it says
            for key in self._matcher.match(post, self._facts):
                yield key
                if post.tone is not None and post.tone.label is not None and key.startswith(_TONED):
                    yield f"scored:{key}"
                    if post.tone.label is ToneLabel.NEGATIVE:
                        yield f"negative:{key}"


class FeedFilter:
    """Lets through what a terminal's feeds show and its seat may see.

    Args:
        feeds: raises ConfigError when a query cannot be read.
        cases: what the team did about conversations.
        excluded: posts that no feed shows.
        operator: whose seat it is.
        may_know: whether that seat may know of an answer of ours.
        hears: any other event as that seat may hear it, or None.
        may_see: whether that seat may see a post.
        facts: what the room knows of a post's author.
        first_of: the post that another one repeats: where it is shown, the other is not.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        feeds: Sequence[Feed],
        cases: Callable[[], Mapping[str, Case]],
        excluded: Callable[[Post], bool],
        operator: Operator,
        may_know: Callable[[Operator, Draft | OutboxItem], bool] = lambda _operator, _answer: True,
        hears: Callable[[Operator, Event], Event | None] = lambda _operator, event: event,
        may_see: Callable[[Operator, Post], bool] = sees,
        *,
        facts: FactsOf = unknown,
        first_of: Callable[[Post], Post | None] = lambda _post: None,
    ) -> None:
        self._first_of = first_of
        self._unanswered = {f.name for f in feeds if f.unanswered}
        self._private = {f.name for f in feeds if f.private}
        self._matcher, self._facts = Matcher({f.name: parse(f.query) for f in feeds}), facts
        self._cases, self._excluded = cases, excluded
        self._operator, self._may_know, self._hears, self._may_see = operator, may_know, hears, may_see

    def feeds_of(self, post: Post) -> tuple[str, ...]:
        """The names of the feeds that show this post."""
        names = self._asking_for(post)
        if names and (first := self._first_of(post)) is not None:
            shown = self._asking_for(first)
            names = tuple(n for n in names if n not in shown)
        return names

    def _asking_for(self, post: Post) -> tuple[str, ...]:
        if self._excluded(post) or not self._may_see(self._operator, post):
            return ()
        names = self._matcher.match(post, self._facts)
        if self._unanswered and names and not waits(post, self._cases()):
            names = tuple(n for n in names if n not in self._unanswered)
        if self._private and not post.private:
            names = tuple(n for n in names if n not in self._private)
        return names

    def __call__(self, event: Event) -> Event | None:
        """The event as these feeds hear it, or None."""
        match event:
            case DraftChanged(draft=answer) | OutboxChanged(item=answer):
                return event if self._may_know(self._operator, answer) else None
            case Heard():
                return self._heard(event)
            case _:
                return self._hears(self._operator, event)

    def _heard(self, event: Heard) -> Heard | None:
        kept = [(p, names) for p in event.posts if (names := self.feeds_of(p))]
        if not kept:
            return None
        return Heard(posts=tuple(p for p, _ in kept), feeds=tuple(n for _, n in kept))
