"""Who may do what: the room's table of roles. The room checks it for every command; terminals show what it says."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import Post
from socialroom.locale import N_


class Right(StrEnum):
    """What a role may do; under [rights] room.toml names each as here, in small letters (assign_own)."""

    PRIVATE = "private messages"
    DRAFT = "draft"
    HANDLE = "claim, snooze, done"
    TAG = "tag"
    NOTE = "note"
    ASSIGN = "assign to others"
    ASSIGN_OWN = "assign own cases"
    REPLY = "send a reply"
    PUBLISH = "publish a new post"
    PUBLISH_APPROVED = "publish where approved"
    APPROVE = "approve"
    ACKNOWLEDGE = "acknowledge alerts"
    TUNE = "mute alerts, edit rules"
    FREEZE = "freeze publishing"
    ADMINISTER = "forget a person"
    AUDIT = "audit export"
    ATTEND = "be in the room"


_EVERYBODY: Final = tuple(Role)
_ANSWER: Final = (Role.HEAD, Role.MANAGER, Role.COMMUNITY)
_LEAD: Final = (Role.HEAD, Role.MANAGER)

Rights = Mapping[Right, tuple[Role, ...]]
"""The table: which roles have a right."""

RIGHTS: Final[Rights] = MappingProxyType({
    Right.PRIVATE: _ANSWER,
    Right.DRAFT: _EVERYBODY,
    Right.HANDLE: _ANSWER,
    Right.TAG: (*_ANSWER, Role.ANALYST),
    Right.NOTE: _EVERYBODY,
    Right.ASSIGN: _LEAD,
    Right.ASSIGN_OWN: _ANSWER,
    Right.REPLY: _ANSWER,
    Right.PUBLISH: _LEAD,
    Right.PUBLISH_APPROVED: (*_ANSWER, Role.CREATIVE),
    Right.APPROVE: _LEAD,
    Right.ACKNOWLEDGE: (*_ANSWER, Role.ANALYST),
    Right.TUNE: (*_LEAD, Role.ANALYST),
    Right.FREEZE: _ANSWER,
    Right.ADMINISTER: (Role.HEAD,),
    Right.AUDIT: (*_LEAD, Role.ANALYST),
    Right.ATTEND: _EVERYBODY,
})  # fmt: skip
"""The table that holds where room.toml says nothing else."""

TITLES: Final[Mapping[Right, str]] = {
    Right.PRIVATE: N_("private messages"),
    Right.DRAFT: N_("draft"),
    Right.HANDLE: N_("claim, snooze, done"),
    Right.TAG: N_("tag"),
    Right.NOTE: N_("note"),
    Right.ASSIGN: N_("assign to others, hand over"),
    Right.ASSIGN_OWN: N_("assign one's own cases"),
    Right.REPLY: N_("send a reply"),
    Right.PUBLISH: N_("publish a new post"),
    Right.PUBLISH_APPROVED: N_("publish where it is approved"),
    Right.APPROVE: N_("approve"),
    Right.ACKNOWLEDGE: N_("acknowledge alerts"),
    Right.TUNE: N_("mute alerts, edit rules and queries"),
    Right.FREEZE: N_("freeze all publishing"),
    Right.ADMINISTER: N_("forget a person"),
    Right.AUDIT: N_("audit export"),
    Right.ATTEND: N_("be in the room"),
}
"""What each right is called where people read it."""

NEEDS: Final[Mapping[type[object], Right]] = {
    r.SaveDraft: Right.DRAFT,
    r.DiscardDraft: Right.DRAFT,
    r.QueueSend: Right.REPLY,
    r.ProposeSend: Right.DRAFT,
    r.ApproveSend: Right.APPROVE,
    r.RejectSend: Right.APPROVE,
    r.ReviseSend: Right.DRAFT,
    r.RescheduleSend: Right.REPLY,
    r.CancelSend: Right.DRAFT,
    r.ReleaseHeld: Right.REPLY,
    r.ResolveUnknown: Right.REPLY,
    r.React: Right.REPLY,
    r.DeleteSent: Right.REPLY,
    r.FreezePublishing: Right.FREEZE,
    r.ClaimCase: Right.HANDLE,
    r.ReleaseCase: Right.HANDLE,
    r.CloseCase: Right.HANDLE,
    r.ReopenCase: Right.HANDLE,
    r.AssignCase: Right.ASSIGN_OWN,
    r.SnoozeCase: Right.HANDLE,
    r.EscalateCase: Right.HANDLE,
    r.HandOverCase: Right.ASSIGN_OWN,
    r.DismissCase: Right.HANDLE,
    r.TagCase: Right.TAG,
    r.PrioritizeCase: Right.HANDLE,
    r.MoveToPrivate: Right.HANDLE,
    r.HandOff: Right.HANDLE,
    r.WriteNote: Right.NOTE,
    r.DeleteNote: Right.NOTE,
    r.ReadNotes: Right.ATTEND,
    r.Attend: Right.ATTEND,
    r.LinkAccount: Right.TAG,
    r.UnlinkAccount: Right.TAG,
    r.DescribePerson: Right.TAG,
    r.LogContact: Right.HANDLE,
    r.CorrectPost: Right.TAG,
    r.ForgetPerson: Right.ADMINISTER,
    r.UndoStep: Right.ATTEND,  # each act that it takes back was allowed
    r.Together: Right.ATTEND,  # each of its commands is checked
    r.AcknowledgeAlert: Right.ACKNOWLEDGE,
    r.JudgeAlert: Right.ACKNOWLEDGE,
    r.MuteAlert: Right.TUNE,
    r.PollNow: Right.ATTEND,
    r.ExcludeWord: Right.TUNE,
    r.SaveRoom: Right.TUNE,
    r.StopRoom: Right.ATTEND,  # whoever opens the socket can end the process as well
}
"""Which right a command needs, as far as its kind tells; what else it needs is checked where it is done."""


def may(role: Role, act: type[r.Command] | Right, rights: Rights = RIGHTS) -> bool:
    """Whether a seat of this role may do this."""
    right = act if isinstance(act, Right) else NEEDS[act]
    return role in rights.get(right, ())


def may_read_private(role: Role, rights: Rights = RIGHTS) -> bool:
    """Whether a seat of this role sees private messages."""
    return may(role, Right.PRIVATE, rights)


def sees(operator: Operator, post: Post, rights: Rights = RIGHTS, country: str = "") -> bool:
    """Whether this seat may see this post: for privacy, and a guest for the post's `country` as the room knows it."""
    return is_country_of(operator, country) and (may_read_private(operator.role, rights) or not post.private)


def only_country(operator: Operator) -> str:
    """The one country that this seat sees; empty where it sees all."""
    return operator.country if operator.role is Role.GUEST else ""


def is_country_of(operator: Operator, *countries: str) -> bool:
    """Whether this seat may see what is of one of these countries; what is of none is not a guest's with a country."""
    only = only_country(operator)
    return not only or only in countries


def on_the_wire(rights: Rights) -> dict[str, tuple[str, ...]]:
    """The table as `RoomOverview.rights` carries it."""
    return {right.value: tuple(role.value for role in roles) for right, roles in rights.items()}


def from_the_wire(table: Mapping[str, tuple[str, ...]]) -> Rights:
    """The table a room told; rights of another version are left out, and an empty table is the usual one."""
    known = {right.value: right for right in Right}
    roles = {role.value: role for role in Role}
    return {
        known[name]: tuple(roles[x] for x in given if x in roles) for name, given in table.items() if name in known
    } or RIGHTS
