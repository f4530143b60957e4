"""Our own texts on their way: what keeps one from going, and which language it is in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from socialroom.domain import requests as r
from socialroom.domain.draft import Draft, SendKind
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock, Scorer
from socialroom.domain.post import Post, PostKind
from socialroom.domain.sendable import obstacle
from socialroom.domain.text import SafeText, clean
from socialroom.domain.tone import Language
from socialroom.engine.answering import Answerer
from socialroom.engine.ledger import Ledger
from socialroom.engine.queueing import first_of


class Texts:
    """Looks through texts of ours.

    Args:
        ledger: of the room.
        find_post: what a text answers.
        scorer: tells languages, in its own process.
        clock: of the room.
        public_numbers: phone numbers that may stand in public.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        find_post: Callable[[str], Post | None],
        scorer: Scorer,
        clock: Clock,
        public_numbers: Sequence[str],
    ) -> None:
        self._ledger, self._find_post = ledger, find_post
        self._scorer, self._clock = scorer, clock
        self._public = tuple(public_numbers)

    def views(self) -> Mapping[type[object], Answerer]:
        """What this part answers."""
        return {r.TextLanguage: self._language}

    def check(self, _operator: Operator, command: r.Command) -> None:
        """Before a text is frozen into the outbox. Raises OutboxError, and then nothing was done."""
        draft = self._frozen_by(command)
        if draft is None:
            return
        if draft.kind is SendKind.EDIT:
            draft = self._as_public_as_it_is(draft)
        parent = self._find_post(draft.in_reply_to) if draft.in_reply_to else None
        error = obstacle(draft, parent, self._public)
        if error is not None:
            raise error

    def _as_public_as_it_is(self, edit: Draft) -> Draft:
        """A correction reaches whoever sees what it corrects, whatever it says of itself."""
        sent = first_of(self._ledger, edit.corrects)
        seen_by = "" if sent is None else "direct" if sent.kind is SendKind.MESSAGE else sent.visibility
        told: Draft = edit.changed(in_reply_to=sent.in_reply_to if sent else None, visibility=seen_by)
        return told

    def _frozen_by(self, command: r.Command) -> Draft | None:
        match command:
            case r.QueueSend(draft=draft) | r.ProposeSend(draft=draft):
                return draft
            case r.ReviseSend(item=item_id, draft=draft):  # what is not of the new version stays as it was
                item = self._ledger.items.get(item_id)
                if item is None:
                    return None
                told: Draft = draft.changed(
                    in_reply_to=item.in_reply_to, visibility=item.visibility, kind=item.kind, account=item.account,
                    corrects=item.corrects,
                )  # fmt: skip
                return told
            case _:
                return None

    async def _language(self, view: r.TextLanguage, _operator: Operator) -> r.LanguageTold:
        now = self._clock.now()
        text = clean(view.text, 2_000)
        if not text.strip():
            return r.LanguageTold(language=Language())
        mine = Post(
            uri="", id="", network="", source="", kind=PostKind.POST, author=None, created_at=now, first_seen_at=now,
            text=SafeText(text),
        )  # fmt: skip
        (told,) = await self._scorer.score([mine])
        return r.LanguageTold(language=told.language or Language())
