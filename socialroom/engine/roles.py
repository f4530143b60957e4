"""Who may do what: the room's table of roles, checked here for every command, whatever a client shows."""

from __future__ import annotations

from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Operator, Role
from socialroom.locale import N_

_EVERYBODY: Final = frozenset(Role)
_ANSWER: Final = frozenset({Role.HEAD, Role.MANAGER, Role.COMMUNITY})
_WATCH: Final = frozenset({Role.HEAD, Role.MANAGER, Role.ANALYST, Role.COMMUNITY})
_TUNE: Final = frozenset({Role.HEAD, Role.MANAGER, Role.ANALYST})

ALLOWED: Final[dict[type[object], tuple[str, frozenset[Role]]]] = {
    r.SaveDraft: (N_("draft"), _EVERYBODY),
    r.DiscardDraft: (N_("draft"), _EVERYBODY),
    r.QueueSend: (N_("send a reply"), _ANSWER),
    r.CancelSend: (N_("take back a send"), _ANSWER),
    r.ReleaseHeld: (N_("send a reply"), _ANSWER),
    r.ResolveUnknown: (N_("decide about a send"), _ANSWER),
    r.ClaimCase: (N_("claim"), _ANSWER),
    r.ReleaseCase: (N_("claim"), _ANSWER),
    r.CloseCase: (N_("close a case"), _ANSWER),
    r.ReopenCase: (N_("close a case"), _ANSWER),
    r.AcknowledgeAlert: (N_("acknowledge alerts"), _WATCH),
    r.MuteAlert: (N_("mute alerts"), _TUNE),
    r.PollNow: (N_("wake a source"), _EVERYBODY),
    r.ExcludeWord: (N_("edit queries"), _TUNE),
    r.SaveRoom: (N_("save the room"), _TUNE),
    r.StopRoom: (N_("stop the room"), _EVERYBODY),
}


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
