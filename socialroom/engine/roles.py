"""The table of roles enforced: here, in the room, for every command, whatever a client shows."""

from __future__ import annotations

from socialroom.domain import requests as r
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Operator
from socialroom.domain.roles import ALLOWED
from socialroom.locale import N_


def may(operator: Operator, command: type[object]) -> bool:
    """Whether the operator's role allows this kind of command."""
    return operator.role in ALLOWED[command][1]


def check(operator: Operator, command: r.Command) -> None:
    """Raises NotAllowed when the operator's role may not do this."""
    act, roles = ALLOWED[type(command)]
    if operator.role not in roles:
        raise NotAllowed(
            N_("{name} sits here as {role} and may not: {act}"),
            name=operator.name,
            role=operator.role.value,
            act=act,
            remedy=N_("Ask one of: {roles}."),
            roles=", ".join(sorted(x.value for x in roles)),
        )
