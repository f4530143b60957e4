"""What others decided about a text of ours, or want decided by us, in one sentence as it happens."""

from __future__ import annotations

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.requests import ApproveSend
from socialroom.domain.roles import may
from socialroom.domain.text import clean_line
from socialroom.locale import _
from socialroom.tui.pane import Host

_GOES: frozenset[OutboxState] = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED, OutboxState.HELD})


def tell(host: Host, before: OutboxItem | None, item: OutboxItem) -> None:
    """Says what became of a send that waits, or waited, for approval; nothing of what this operator did.

    Args:
        host: the terminal.
        before: the send as it was known here.
        item: as it is now.
    """
    me, state = host.settings.operator, host.state
    mine = me in (item.operator, *item.authors)
    waited = before is not None and before.state is OutboxState.AWAITING_APPROVAL
    if item.part > 1:  # of a thread the first part speaks
        return
    if item.state is OutboxState.AWAITING_APPROVAL and before is None and not mine:
        overview = state.overview
        if overview is not None and may(overview.operator.role, ApproveSend, state.rights):
            said = _("{name} asks for a yes: {key} shows the text.")
            host.say(said.format(name=clean_line(item.operator, 60), key=host.key_of("go.approvals")))
    elif mine and waited and item.state is OutboxState.CANCELLED and item.rejected_by not in ("", me):
        said = _("{name} turned your text down: {reason}. It is a draft again ({key}).")
        reason = clean_line(item.turned_down, 200).rstrip(".")
        key = host.key_of("go.drafts")
        host.say(said.format(name=clean_line(item.rejected_by, 60), reason=reason, key=key), 2)
    elif mine and waited and item.state in _GOES:
        who = ", ".join(dict.fromkeys(clean_line(a.by, 60) for a in item.approvals))
        if item.state is OutboxState.HELD:
            said = _("Approved by {names}, but its time has passed: it is held ({key}).")
        else:
            said = _("Approved by {names}: your text is on its way ({key}).")
        host.say(said.format(names=who, key=host.key_of("go.outbox")), 2 if item.state is OutboxState.HELD else 1)
