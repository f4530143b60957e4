"""Drafts that are made of what was said before: another version of a text that waits, a correction of one that was sent."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

from socialroom.domain.draft import Draft, OutboxItem, SendKind


def again(item: OutboxItem, operator: str, now: datetime) -> Draft:
    """The text of a send as a new draft."""
    return Draft(
        id=uuid4().hex,
        operator=operator,
        account=item.account,
        text=item.typed,
        updated_at=now,
        in_reply_to=item.in_reply_to,
        conversation=item.conversation,
        visibility=item.visibility,
        kind=item.kind,
        corrects=item.corrects,
        media=item.media,
        language=item.language,
        split=item.parts > 1,
        seen=item.seen,
        afterwards=item.afterwards,
    )


def revision(item: OutboxItem, operator: str, now: datetime) -> Draft:
    """Another version of a text that waits for approval."""
    new: Draft = again(item, operator, now).changed(revises=item.id)
    return new


def correction(item: OutboxItem, operator: str, now: datetime) -> Draft:
    """A correction of what was sent."""
    new: Draft = again(item, operator, now).changed(
        kind=SendKind.EDIT, corrects=item.id, split=False, afterwards=None, seen=None
    )
    return new
