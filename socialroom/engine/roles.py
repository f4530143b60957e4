"""The table of roles enforced: here, in the room, for every command, whatever a client shows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxItem
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.roles import ALLOWED, PUBLISH
from socialroom.locale import N_, _


def may(operator: Operator, command: type[object]) -> bool:
    """Whether the operator's role allows this kind of command."""
    return operator.role in ALLOWED[command][1]


def check(operator: Operator, command: r.Command, items: Callable[[], Iterable[OutboxItem]] = tuple) -> None:
    """Raises NotAllowed when the operator's role may not do this; `items` are the room's sends."""
    act, roles = ALLOWED[type(command)]
    if operator.role in roles and _makes_new_post(command, items):
        act, roles = PUBLISH
    if operator.role not in roles:
        raise NotAllowed(
            N_("{name} sits here as {role_word} and may not: {act_word}"),
            name=operator.name,
            role_word=operator.role.value,
            act_word=act,
            remedy=N_("Ask one of: {roles}."),
            roles=", ".join(sorted(_(x.value) for x in roles)),
        )


def _makes_new_post(command: r.Command, items: Callable[[], Iterable[OutboxItem]]) -> bool:
    """Whether a command puts a post on a network that answers nobody: another right than answering."""
    match command:
        case r.QueueSend(draft=draft):
            return draft.in_reply_to is None
        case r.ReleaseHeld(item=item_id) | r.ResolveUnknown(item=item_id, verdict="absent"):
            return any(i.id == item_id and i.in_reply_to is None for i in items())
        case _:
            return False
