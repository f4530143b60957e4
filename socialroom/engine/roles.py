"""The table of roles enforced: here, in the room, for every command, whatever a client shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxItem, SendKind
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.roles import NEEDS, TITLES, Right, Rights
from socialroom.locale import N_, _


class Roles:
    """Checks what an operator may do.

    Args:
        rights: the room's table.
        items: the room's sends by id.
    """

    def __init__(self, rights: Rights, items: Callable[[], Mapping[str, OutboxItem]]) -> None:
        self.rights, self._items = rights, items

    def has(self, operator: Operator, right: Right) -> bool:
        """Whether the operator's role has the right."""
        return operator.role in self.rights.get(right, ())

    def need(self, operator: Operator, right: Right) -> None:
        """Raises NotAllowed, naming who may."""
        if self.has(operator, right):
            return
        raise NotAllowed(
            N_("{name} sits here as {role_word} and may not: {act_word}"),
            name=operator.name,
            role_word=operator.role.value,
            act_word=TITLES[right],
            remedy=N_("Ask one of: {roles}."),
            roles=", ".join(sorted(_(x.value) for x in self.rights.get(right, ()))) or "–",
        )

    def check(self, operator: Operator, command: r.Command) -> None:
        """Raises NotAllowed when the operator's role may not do this."""
        right = NEEDS[type(command)]
        if right is Right.REPLY and self._is_new_post(command):
            right = Right.PUBLISH_APPROVED if self._is_approved(command) else Right.PUBLISH
        self.need(operator, right)

    def _is_approved(self, command: r.Command) -> bool:
        """Whether a new post needed others' yes, and has it, before it goes now; what is queued is asked for later."""
        item = self._items().get(getattr(command, "item", ""))
        return item is None or item.approvals_needed > 0

    def _is_new_post(self, command: r.Command) -> bool:
        """Whether a command is about a post that answers nobody: another right than answering."""
        match command:
            case r.QueueSend(draft=draft):
                return draft.in_reply_to is None and draft.kind is SendKind.POST
            case (
                r.ReleaseHeld(item=item_id)
                | r.ResolveUnknown(item=item_id, verdict="absent")
                | r.RescheduleSend(item=item_id)
            ):
                item = self._items().get(item_id)
                return item is not None and item.in_reply_to is None and item.kind is SendKind.POST
            case _:
                return False
