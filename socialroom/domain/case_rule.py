"""Rules that sort cases in: conditions and what then happens; the first that matches wins. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from socialroom.domain.case import Case, Priority
from socialroom.domain.duty import Hours, parts, zone_of
from socialroom.domain.post import Post
from socialroom.domain.query import UNSCORED, Facts, Matcher, parse
from socialroom.domain.stance import NO_STANCE
from socialroom.domain.value import Message, Value
from socialroom.locale import N_

PRIORITIES: Final = {"normal": Priority.NORMAL, "high": Priority.HIGH, "urgent": Priority.URGENT}


class When(Value, frozen=True):
    """Conditions, all of which must hold; an empty one holds always, and of several values one is enough."""

    network: tuple[str, ...] = ()
    words: str = ""  # a query of `domain.query`
    tone: tuple[str, ...] = ()
    stance: tuple[str, ...] = ()  # "none" is a post without one
    audience: tuple[str, ...] = ()
    country: tuple[str, ...] = ()
    followers: int | None = None  # at least; an author whose followers nobody knows has not so many
    language: tuple[str, ...] = ()
    hours: Hours | None = None  # of the wall clock at which it was written
    days: tuple[int, ...] = ()  # Monday is 0; what is after midnight belongs to the day before where hours go over it


class Then(Value, frozen=True):
    """What happens to the case."""

    tags: tuple[str, ...] = ()
    assign: str = ""  # an operator
    priority: int | None = None
    rings: bool = False
    alert: str = ""  # what the alert says, as typed; empty: that the rule matched
    done: str = ""  # closed without an answer, and why


class CaseRule(Value, frozen=True):
    """One rule."""

    name: str
    when: When
    then: Then


class CaseRules:
    """Rules in their order, compiled once.

    Args:
        rules: raises ConfigError when the words of one cannot be read.
        zone: in which hours and days are meant (an IANA name; empty is this machine's).
    """

    def __init__(self, rules: Sequence[CaseRule] = (), zone: str = "") -> None:
        self._rules, self._zone = {rule.name: rule for rule in rules}, zone
        self._matcher = Matcher({rule.name: parse(rule.when.words) for rule in rules})

    def __len__(self) -> int:
        return len(self._rules)

    def first(self, post: Post, facts: Facts) -> CaseRule | None:
        """The first rule whose conditions this message meets."""
        if not self._rules:
            return None
        wall: datetime | None = None
        for name in self._matcher.match(post, lambda _post: facts):
            rule = self._rules[name]
            when = rule.when
            if not _meets(when, post, facts):
                continue
            if when.hours is not None or when.days:
                wall = wall or post.created_at.astimezone(zone_of(self._zone))
                if not _is_in(when, wall):
                    continue
            return rule
        return None


def applied(case: Case, rule: CaseRule, now: datetime, *, room: str, new: bool) -> Case:
    """The case as a rule leaves it.

    Args:
        case: what is sorted.
        rule: the one that matched.
        now: UTC.
        room: the actor of what nobody did by hand.
        new: it opens; a case that is open already is not taken from anybody, and not closed under anybody's hands.
    """
    then = rule.then
    changes: dict[str, object] = {"rule": rule.name, "tags": tuple(dict.fromkeys((*case.tags, *then.tags)))}
    if then.priority is not None:
        changes["priority"] = then.priority if new else max(case.priority, then.priority)
    if then.assign and not case.assigned_to:
        changes |= {"assigned_to": then.assign, "assigned_by": room}
    if then.done and new:
        changes |= {"done_at": now, "done_by": room, "no_answer_why": then.done}
    sorted_in: Case = case.changed(**changes)
    return sorted_in


def told(then: Then) -> tuple[Message, ...]:
    """What a rule does, a sentence for each thing."""
    found: list[Message] = []
    if then.tags:
        found.append(Message(template=N_("tags it {tags}"), values={"tags": ", ".join(then.tags)}))
    if then.assign:
        found.append(Message(template=N_("assigns it to {who}"), values={"who": then.assign}))
    if then.priority is not None:
        word = next(word for word, value in PRIORITIES.items() if value == then.priority)
        found.append(Message(template=N_("priority: {priority_word}"), values={"priority_word": word}))
    if then.rings:
        found.append(Message(template=N_("rings")))
    if then.done:
        found.append(Message(template=N_("closes it without an answer: {why}"), values={"why": then.done}))
    return tuple(found)


def _meets(when: When, post: Post, facts: Facts) -> bool:
    author = post.author
    if when.followers is not None and (author is None or author.followers is None or author.followers < when.followers):
        return False
    return (
        (not when.network or post.network in when.network)
        and (not when.tone or _tone(post) in when.tone)
        and (not when.stance or (post.stance or NO_STANCE) in when.stance)
        and (not when.audience or facts.audience in when.audience)
        and (not when.country or facts.country in when.country)
        and (not when.language or language_of(post) in when.language)
    )


def language_of(post: Post) -> str:
    """The code of the language of a post ("fr"), as the room found or its author said; empty where nobody knows."""
    code = post.language.code if post.language else post.claimed_language or ""
    return "" if code == "und" else code.lower().split("-")[0]


def _tone(post: Post) -> str:
    return post.tone.label.value if post.tone and post.tone.label else UNSCORED


def _is_in(when: When, wall: datetime) -> bool:
    """Whether a moment of the wall clock is within the rule's hours and days."""
    minute, day = wall.hour * 60 + wall.minute, wall.weekday()
    if when.hours is None:
        return day in when.days
    return any(
        begin <= minute < end and (not when.days or (wall - timedelta(days=shift)).weekday() in when.days)
        for shift, (begin, end) in parts(when.hours)
    )
