"""Who may do what: the room's table of roles. The room checks it for every command; terminals show what it says."""

from __future__ import annotations

from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import Post, PostKind
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
    r.StopRoom: (N_("stop the room"), _EVERYBODY),  # whoever opens the socket can end the process as well
}
PUBLISH: Final = (N_("publish a new post"), frozenset({Role.HEAD, Role.MANAGER}))  # others once somebody approves
PRIVATE: Final = frozenset({Role.HEAD, Role.MANAGER, Role.COMMUNITY})


def may(role: Role, act: type[r.Command]) -> bool:
    """Whether a seat of this role may do this."""
    return role in ALLOWED[act][1]


def may_read_private(role: Role) -> bool:
    """Whether a seat of this role sees private messages."""
    return role in PRIVATE


def sees(operator: Operator, post: Post) -> bool:
    """Whether this seat may see this post."""
    return operator.role in PRIVATE or (post.kind is not PostKind.MESSAGE and post.visibility != "direct")
