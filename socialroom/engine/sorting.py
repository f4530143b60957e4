"""Sorts cases in: who asks, from where, which rule matches, and by when an answer is promised."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.alert import Finding
from socialroom.domain.case import Case
from socialroom.domain.case_rule import CaseRule, applied, language_of, told
from socialroom.domain.country import Located
from socialroom.domain.deadline import Deadline, promised
from socialroom.domain.duty import Duties
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore, Clock
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText, clean_line
from socialroom.domain.value import Message
from socialroom.engine.answering import Answerer
from socialroom.engine.directory import Directory
from socialroom.engine.ledger import ROOM
from socialroom.engine.listening import ASKS
from socialroom.engine.rulebook import Rulebook
from socialroom.engine.sight import Sight, key_of
from socialroom.locale import N_

KIND: Final = "rule"  # of an alert that a rule rings
_AGAIN: Final = 300.0  # seconds before the same rule may ring anew
_SLICE: Final = 100  # posts that rules look at before the room's other work has its turn
_MOST: Final = 20_000  # posts that rules are tried on
_LINE: Final = 200  # characters of a post that was matched


class Sorting:
    """The one place where what room.toml and its files say meets a case.

    Args:
        directory: who an author is.
        rulebook: the rules in force.
        duties: when somebody is there.
        deadlines: what is promised.
        cache: what was heard: rules can be tried on it.
        sight: what a seat may see.
        clock: for the moment at which a rule closes.
        ring: makes an alert of a finding, by the rule's name and kind.
    """

    def __init__(
        self,
        *,
        directory: Directory,
        rulebook: Rulebook,
        duties: Duties,
        deadlines: Sequence[Deadline],
        cache: CacheStore,
        sight: Sight,
        clock: Clock,
        ring: Callable[..., None],
    ) -> None:
        self._directory, self._rulebook = directory, rulebook
        self._duties, self._deadlines = duties, tuple(deadlines)
        self._cache, self._sight, self._clock, self._ring = cache, sight, clock, ring

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.TryRules: self._try}

    def sort(self, case: Case, post: Post, new: bool) -> Case:
        """The case as it is sorted in, with the message that opens it (`new`) or goes on with it.

        A message of somebody else than its customer may meet a rule, and makes the case no other audience's. What is
        promised runs from the opening and stays what it was while the case is open.
        """
        facts = self._directory.facts(post)
        sorted_in: Case = case
        if case.person in {"", key_of(post)}:
            sorted_in = case.changed(
                audience=facts.audience or case.audience,
                **_located(case, self._directory.located(post)),
                language=language_of(post) or case.language,
                topics=tuple(dict.fromkeys((*(() if new else case.topics), *post.topics))),
            )
        if new:
            sorted_in = sorted_in.changed(rule="", late_since=None)
        rule = self._rulebook.rules.first(post, facts)
        if rule is not None:
            sorted_in = applied(sorted_in, rule, self._clock.now(), room=ROOM, new=new)
            if rule.then.rings:
                self._ring(_finding(rule, post), name=rule.name, kind=KIND)
        if new:
            since = sorted_in.opened_at or self._clock.now()
            sorted_in = promised(sorted_in, self._deadlines, self._duties, since)
        return sorted_in

    async def _try(self, view: r.TryRules, operator: Operator) -> r.RulesTried:
        """What rules would have done to the newest messages that this seat sees. Raises ConfigError."""
        rules = await asyncio.to_thread(self._rulebook.read, view.text, clean_line(view.file, 200))
        limit = max(0, min(view.limit, _MOST))
        hits: list[r.RuleHit] = []
        counts: Counter[str] = Counter()
        shown = 0
        before: str | None = None
        while shown < limit:
            piece = self._cache.newest(_SLICE, before=before)
            for post in piece:
                if post.by_us or post.deleted_at or post.kind not in ASKS or not self._sight.post(operator, post):
                    continue
                shown += 1
                rule = rules.first(post, self._directory.facts(post))
                if rule is not None:
                    counts[rule.name] += 1
                    hits.append(_hit(rule, post))
                if shown == limit:
                    break
            if len(piece) < _SLICE:
                break
            before = piece[-1].uri
            await asyncio.sleep(0)
        return r.RulesTried(posts=shown, hits=tuple(hits), counts=dict(counts))


def _located(case: Case, found: Located) -> dict[str, object]:
    """The country of a case after this message: what is declared stands over guesses, a guess over none."""
    if found.declared or (found.code and not case.declared_country):
        return {"country": found.code, "country_guessed": not found.declared}
    return {}


def _hit(rule: CaseRule, post: Post) -> r.RuleHit:
    return r.RuleHit(
        rule=rule.name,
        uri=post.uri,
        did=told(rule.then),
        who=_who(post),
        line=clean_line(post.title or post.text, _LINE),
    )


def _finding(rule: CaseRule, post: Post) -> Finding:
    if rule.then.alert:
        headline = Message(template=N_("{said} ({who})"), values={"said": rule.then.alert, "who": _who(post)})
    else:
        headline = Message(template=N_("rule {name}: {who}"), values={"name": rule.name, "who": _who(post)})
    return Finding(
        key=f"rule:{rule.name}", headline=headline, severity=2, posts=(post.uri,), event=True, cool_down=_AGAIN
    )


def _who(post: Post) -> SafeText:
    handle = post.author.handle if post.author else ""
    return SafeText(f"@{clean_line(handle, 80)}" if handle else "?")
