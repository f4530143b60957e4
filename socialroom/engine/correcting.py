"""Tones and stances that somebody corrected: shown at once, kept on the desk, and given out to train engines with.

Counts of the past stay as they were: they say what the room heard at the time.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

import msgspec

from socialroom.domain import requests as r
from socialroom.domain.case_rule import language_of
from socialroom.domain.correction import CORRECT_STANCES, TONES, Correction, text_hash
from socialroom.domain.errors import Missing, StoreError
from socialroom.domain.events import Event, Heard
from socialroom.domain.operator import Operator
from socialroom.domain.ports import CacheStore, Clock
from socialroom.domain.post import Post
from socialroom.domain.roles import Right
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.answering import Answerer
from socialroom.engine.ledger import ROOM, Ledger
from socialroom.engine.roles import Roles
from socialroom.engine.sight import key_of
from socialroom.locale import N_

_log = logging.getLogger("socialroom.correcting")
_LONGEST: Final = 2_000  # characters of a text that are kept
_MOST: Final = 20_000  # corrections of one answer


class Correcting:
    """What people say of tones and stances.

    Args:
        ledger: keeps it.
        cache: holds the posts.
        roles: who may.
        clock: dates it.
        emit: tells terminals.
        post: a post that a seat may see; raises Missing, NotAllowed.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        cache: CacheStore,
        roles: Roles,
        clock: Clock,
        emit: Callable[[Event], None],
        post: Callable[[str, Operator], Post],
    ) -> None:
        self._ledger, self._cache, self._roles, self._clock = ledger, cache, roles, clock
        self._emit, self._post = emit, post

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.CorrectPost: self._correct}

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.CorrectionsKept: self._kept}

    def corrected(self, posts: Sequence[Post]) -> list[Post]:
        """Posts as they come in, those that somebody corrected as they were corrected."""
        known = self._ledger.all(Correction)
        return [known[p.uri].applied(p) if p.uri in known else p for p in posts]

    def withdrawn(self, uris: Collection[str]) -> None:
        """Drops what was said of posts whose authors deleted them: their texts are not ours to keep."""
        gone = [c for uri in uris if (c := self._ledger.all(Correction).get(uri)) is not None]
        try:
            if gone:
                self._ledger.commit(None, ROOM, gone[0].id, drop=gone)
        except StoreError as error:
            _log.error("what was said of deleted posts could not be dropped: %s", error)

    def _correct(self, command: r.CorrectPost, operator: Operator) -> r.Done:
        post = self._post(command.uri, operator)
        for said, known in ((command.tone, TONES), (command.stance, CORRECT_STANCES)):
            if said and said not in known:
                raise Missing(
                    N_("{found} is not possible here"), found=said,
                    remedy=N_("Choose one of: {known}."), known=", ".join(known),
                )  # fmt: skip
        before = self._ledger.all(Correction).get(post.uri)
        if before is not None and before.hash != text_hash(post):
            before = None
        tone, stance = before.tone if before else "", before.stance if before else ""
        now = Correction(
            id=post.uri,
            hash=text_hash(post),
            by=operator.name,
            at=self._clock.now(),
            person=key_of(post),
            language=language_of(post),
            text="" if post.private else f"{post.title}\n{post.text}".strip()[:_LONGEST],
            tone=tone if command.tone is None else command.tone,
            stance=stance if command.stance is None else command.stance,
            told_tone=before.told_tone if before else post.tone,
            told_stance=before.told_stance if before else post.stance,
            told_why=before.told_why if before else post.stance_why,
        )
        if (now.tone, now.stance) == (tone, stance):
            return r.Done()
        plain = now.taken_back(post)
        fields = {"tone": now.tone, "stance": now.stance}
        if now.tone or now.stance:
            self._ledger.commit("post corrected", operator.name, post.uri, put=[now], fields=fields)
        elif before is not None:
            self._ledger.commit("post corrected", operator.name, post.uri, drop=[before], fields=fields)
        shown = now.applied(plain)
        self._cache.erase((), [shown], lambda _address: False)
        self._emit(Heard(posts=(shown,), feeds=((),)))
        back = r.CorrectPost(uri=post.uri, tone=tone, stance=stance)
        what = Message(template=N_("corrected a post of {who}"), values={"who": _who(post)})
        return r.Done(step=self._ledger.offer_undo(operator.name, what, json.dumps([msgspec.to_builtins(back)])))

    def _kept(self, view: r.CorrectionsKept, operator: Operator) -> r.CorrectionsFound:
        """Those of texts that are kept, the latest first. Raises NotAllowed."""
        self._roles.need(operator, Right.TUNE)
        found = [c for c in self._ledger.all(Correction).values() if c.text]
        found.sort(key=lambda c: (c.at, c.id), reverse=True)
        return r.CorrectionsFound(corrections=tuple(found[: max(0, min(view.limit, _MOST))]), total=len(found))


def _who(post: Post) -> SafeText:
    handle = post.author.handle if post.author is not None else ""
    return SafeText(f"@{handle}") if handle else SafeText("?")
