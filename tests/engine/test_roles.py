"""The table of roles of the product, act by act, as the room enforces it whatever a terminal shows."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

import pytest
from support.local_room import SEATS
from support.posts import post

from socialroom.domain import requests as r
from socialroom.domain.alert import Verdict
from socialroom.domain.draft import Draft, OutboxItem, OutboxState, SendKind
from socialroom.domain.errors import NotAllowed
from socialroom.domain.operator import Role
from socialroom.domain.post import PostKind
from socialroom.domain.roles import NEEDS, RIGHTS, sees
from socialroom.engine.roles import Roles

AT = datetime(2026, 9, 1, tzinfo=UTC)
H, M, A, C, D, G = Role.HEAD, Role.MANAGER, Role.ANALYST, Role.COMMUNITY, Role.CREATIVE, Role.GUEST
EVERYBODY = {H, M, A, C, D, G}
REPLY = Draft(id="d", operator="", account="a", text="t", updated_at=AT, in_reply_to="small:1")
NEW_POST = Draft(id="d", operator="", account="a", text="t", updated_at=AT)


def item(name: str, parent: str | None) -> OutboxItem:
    return OutboxItem(
        id=name, draft="d", operator="", account="a", network="n", text="t", text_hash="", state=OutboxState.HELD,
        updated_at=AT, in_reply_to=parent,
    )  # fmt: skip


ITEMS = (
    item("reply", "small:1"),
    item("new post", None),
    item("approved post", None).changed(approvals_needed=1),
)

TABLE: list[tuple[r.Command, set[Role]]] = [
    (r.SaveDraft(draft=REPLY), EVERYBODY),
    (r.DiscardDraft(draft="d"), EVERYBODY),
    (r.QueueSend(draft=REPLY), {H, M, C}),
    (r.QueueSend(draft=NEW_POST), {H, M, C, D}),  # community and creative: it waits until somebody approves
    (r.CancelSend(item="reply"), EVERYBODY),  # one's own; another's needs more, where it is done
    (r.ReleaseHeld(item="reply"), {H, M, C}),
    (r.ReleaseHeld(item="new post"), {H, M}),  # nobody approved it
    (r.ReleaseHeld(item="approved post"), {H, M, C, D}),
    (r.ResolveUnknown(item="reply", verdict="absent"), {H, M, C}),
    (r.ResolveUnknown(item="new post", verdict="absent"), {H, M}),  # it is sent again
    (r.ResolveUnknown(item="approved post", verdict="absent"), {H, M, C, D}),
    (r.ResolveUnknown(item="new post", verdict="there"), {H, M, C}),
    (r.ClaimCase(conversation="c"), {H, M, C}),
    (r.ReleaseCase(conversation="c"), {H, M, C}),
    (r.CloseCase(conversation="c"), {H, M, C}),
    (r.ReopenCase(conversation="c"), {H, M, C}),
    (r.AssignCase(conversation="c", to="Léa"), {H, M, C}),  # community: their own cases, where it is done
    (r.SnoozeCase(conversation="c", until=AT), {H, M, C}),
    (r.EscalateCase(conversation="c"), {H, M, C}),
    (r.HandOverCase(conversation="c", country="FR"), {H, M, C}),
    (r.DismissCase(conversation="c", why="spam"), {H, M, C}),
    (r.TagCase(conversation="c", add=("vip",)), {H, M, A, C}),
    (r.PrioritizeCase(conversation="c", priority=1), {H, M, C}),
    (r.MoveToPrivate(conversation="c"), {H, M, C}),
    (r.HandOff(conversation="c"), {H, M, C}),
    (r.WriteNote(subject="c", text="n"), EVERYBODY),
    (r.DeleteNote(note="n"), EVERYBODY),
    (r.ReadNotes(notes=("n",)), EVERYBODY),
    (r.Attend(conversation="c"), EVERYBODY),
    (r.LinkAccount(person="p", account="n:1"), {H, M, A, C}),
    (r.UnlinkAccount(person="p", account="n:1"), {H, M, A, C}),
    (r.DescribePerson(person="p", audience="journalist"), {H, M, A, C}),
    (r.LogContact(person="p", kind="call", at=AT), {H, M, C}),
    (r.CorrectPost(uri="u", tone="negative"), {H, M, A, C}),
    (r.ForgetPerson(person="p"), {H}),
    (r.UndoStep(), EVERYBODY),
    (r.Together(commands=()), EVERYBODY),
    (r.ProposeSend(draft=REPLY), EVERYBODY),
    (r.ApproveSend(item="reply", text_hash=""), {H, M}),
    (r.RejectSend(item="reply", reason="tone"), {H, M}),
    (r.ReviseSend(item="reply", draft=REPLY), EVERYBODY),
    (r.RescheduleSend(item="reply", at=AT), {H, M, C}),
    (r.React(kind=SendKind.LIKE, uri="small:1", account="a"), {H, M, C}),
    (r.DeleteSent(item="reply"), {H, M, C}),
    (r.FreezePublishing(on=True), {H, M, C}),
    (r.AcknowledgeAlert(alert="a"), {H, M, A, C}),
    (r.JudgeAlert(alert="a", verdict=Verdict.NOISE), {H, M, A, C}),
    (r.MuteAlert(key="k", until=AT), {H, M, A}),
    (r.PollNow(), EVERYBODY),
    (r.ExcludeWord(word="w"), {H, M, A}),
    (r.SaveRoom(path="/x"), {H, M, A}),
    (r.StopRoom(), EVERYBODY),  # whoever can open the socket can end the process as well
]


def refusal(role: Role, command: r.Command) -> NotAllowed | None:
    try:
        Roles(RIGHTS, lambda: {i.id: i for i in ITEMS}).check(SEATS[role.value], command)
    except NotAllowed as error:
        return error
    return None


@pytest.mark.parametrize(("command", "roles"), TABLE, ids=lambda v: type(v).__name__)
def test_a_seat_may_do_what_its_role_may_and_nothing_else(command: r.Command, roles: set[Role]) -> None:
    refusals = {role: refusal(role, command) for role in Role}
    assert {role for role, refused in refusals.items() if refused is None} == roles
    assert all(r"may not: " in str(e) and e.remedy for e in refusals.values() if e is not None)


def test_every_command_stands_in_the_table() -> None:
    assert set(get_args(r.Command)) == {type(c) for c, _ in TABLE} == set(NEEDS)


@pytest.mark.parametrize(
    ("fields", "roles"),
    [
        ({"kind": PostKind.MENTION}, EVERYBODY),
        ({"kind": PostKind.MESSAGE}, {H, M, C}),
        ({"kind": PostKind.MENTION, "visibility": "direct"}, {H, M, C}),
    ],
)
def test_private_messages_are_for_those_who_answer(fields: dict[str, object], roles: set[Role]) -> None:
    assert {role for role in Role if sees(SEATS[role.value], post(1, **fields))} == roles
