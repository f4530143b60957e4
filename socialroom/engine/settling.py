"""What follows when a send is there: all of it in the same act."""

from __future__ import annotations

from datetime import datetime, timedelta

from socialroom.domain.case import Case
from socialroom.domain.draft import ANSWERS, OutboxItem, OutboxState, SendKind
from socialroom.domain.ports import Clock, Sent
from socialroom.engine import chains
from socialroom.engine.cases import answered, closed
from socialroom.engine.ledger import Kept, Ledger


def found_there(ledger: Ledger, item_id: str, sent: Sent, clock: Clock) -> list[Kept]:
    """The item as sent, its case as answered, what it corrects or takes back, and the next part of its thread."""
    item, now = ledger.items[item_id], clock.now()
    done: OutboxItem = item.changed(
        state=OutboxState.SENT, updated_at=now, due_at=None, sent_id=sent.id, sent_uri=sent.uri, sent_url=sent.url,
        reason=None,
    )  # fmt: skip
    put: list[Kept] = [done, *chains.let_go_on(ledger, done, sent, now)]
    case = _case(ledger, done, now)
    corrected = ledger.items.get(item.corrects) if item.corrects else None
    if corrected is not None and item.kind is SendKind.EDIT:
        put.append(corrected.changed(corrected_by=item.id, updated_at=now))
    if corrected is not None and item.kind is SendKind.DELETE:
        put.append(corrected.changed(gone_at=now, updated_at=now))
        case = _unanswered(ledger, corrected)
    return [*put, case] if case is not None else put


def _case(ledger: Ledger, item: OutboxItem, now: datetime) -> Case | None:
    conversation = item.conversation or item.in_reply_to
    if item.kind not in ANSWERS or not conversation:
        return None
    case = ledger.case(conversation)
    if item.in_reply_to:
        case = answered(case, item, now)
    if item.afterwards is not None and item.part == item.parts:
        case = _afterwards(case, item, now)
    return case if case != ledger.case(conversation) else None


def _afterwards(case: Case, item: OutboxItem, now: datetime) -> Case:
    """What the writer said should happen then; nothing is closed or put away that has news its writer did not see."""
    then = item.afterwards
    assert then is not None
    changed: Case = case.changed(tags=tuple(dict.fromkeys((*case.tags, *then.tags))))
    if then.assign:
        changed = changed.changed(assigned_to=then.assign, assigned_by=item.operator)
    if item.seen is not None and case.version > item.seen:
        return changed
    if then.done and case.done_at is None:
        changed = closed(changed, item.operator, now)
    if then.snooze > 0:
        changed = changed.changed(snoozed_until=now + timedelta(seconds=then.snooze), snoozed_by=item.operator)
    return changed


def _unanswered(ledger: Ledger, gone: OutboxItem) -> Case | None:
    """The case of a reply that was taken back from its network: the post has no answer any more, unless another is there."""
    if not gone.in_reply_to:
        return None
    case = ledger.case(gone.conversation or gone.in_reply_to)
    others = (
        i.in_reply_to == gone.in_reply_to and i.id != gone.id and i.state is OutboxState.SENT and i.gone_at is None
        for i in ledger.items.values()
        if i.kind in ANSWERS
    )
    if gone.in_reply_to not in case.answered or any(others):
        return None
    left: Case = case.changed(answered=tuple(u for u in case.answered if u != gone.in_reply_to))
    return left
