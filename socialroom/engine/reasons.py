"""Why a send is where it is: the sentences of the outbox."""

from __future__ import annotations

from datetime import datetime

from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, OutboxError, OutcomeUnknown
from socialroom.domain.events import PublishingFrozen
from socialroom.domain.ports import Sent
from socialroom.locale import N_


def missed() -> OutboxError:
    """Why something whose moment passed unseen is held."""
    return OutboxError(
        N_("its moment passed while the room was away, so it was not sent"),
        remedy=N_("Send it now, or take it back."),
    )


def wrote_again(who: str, uri: str) -> Conflict:
    """Why a reply is held whose reader has said something new."""
    return Conflict(
        N_("{who} wrote again while this reply waited"),
        who=who or "?",
        post=uri,
        remedy=N_("Nothing was sent. Read it, then send now or take it back."),
    )


def too_late(item: OutboxItem) -> Conflict:
    """Why a send cannot be taken back."""
    if item.state in (OutboxState.ARMED, OutboxState.SENDING):
        return Conflict(N_("too late: it is on its way to the network"))
    if item.state is OutboxState.SENT:
        return Conflict(N_("too late: it was sent ({url})"), url=item.sent_url or item.sent_uri)
    if item.state is OutboxState.UNKNOWN:
        return Conflict(
            N_("too late: nobody knows whether it was posted"),
            remedy=N_("Decide: it is there, send it again, or let it go."),
        )
    return Conflict(N_("this send was taken back before"))


def interrupted() -> OutcomeUnknown:
    """Why a send is unknown after a restart."""
    return OutcomeUnknown(
        N_("the room ended while this was being sent, so nobody knows whether it was posted"),
        remedy=N_("The room looks for it on the network."),
    )


def not_searchable() -> OutcomeUnknown:
    """Why only a person can find out."""
    return OutcomeUnknown(
        N_("nobody knows whether it was posted, and the room cannot look there"),
        remedy=N_("Look yourself, then decide: it is there, or let it go and write it again."),
    )


def our_fault(reason: str) -> OutboxError:
    """Why a send stopped where nothing should stop it."""
    return OutboxError(N_("the room failed on this send: {reason} (see the log)"), reason=reason)


def anothers(sent: Sent) -> OutcomeUnknown:
    """What was found may be another send."""
    return OutcomeUnknown(
        N_("the same words are there from another send ({url}), so the room cannot tell whether this one is"),
        url=sent.url or sent.uri,
        remedy=N_("Look yourself, then decide: it is there, or let it go."),
    )


def absent(looked: int, looks: int, now: datetime) -> OutcomeUnknown:
    """What was seen when it was not there."""
    if looked < looks:
        return OutcomeUnknown(
            N_("looked for it on the network, {n} of {all} times, last at {looked_at}: not there so far"),
            n=looked,
            all=looks,
            looked_at=now.timestamp(),
            remedy=N_("The room looks again."),
        )
    return OutcomeUnknown(
        N_("looked for it on the network {n} times, last at {looked_at}: it is not there"),
        n=looked,
        looked_at=now.timestamp(),
        remedy=N_("Decide: send it again, say that it is there, or let it go."),
    )


def part_before(item: OutboxItem) -> Conflict:
    """Why a later part of a thread is held."""
    return Conflict(
        N_("part {n} of this thread did not get there ({state_word}), so this one waits"),
        n=item.part,
        state_word=item.state.value,
        remedy=N_("Decide about that part first; then send this one, or take it back."),
    )


def not_approved(item: OutboxItem) -> Conflict:
    """Why something that needs approval has none, or not enough."""
    return Conflict(
        N_("this needs approval by others ({n}), and exactly this text has not got it"),
        n=item.approvals_needed,
        remedy=N_("Nothing was sent. Take it back, and send it again."),
    )


def frozen(stopped: PublishingFrozen) -> Conflict:
    """Why nothing is published."""
    return Conflict(
        N_("{who} has stopped all publishing: {why}") if stopped.reason else N_("{who} has stopped all publishing"),
        who=stopped.by,
        why=stopped.reason,
        remedy=N_("Nothing was sent. When publishing goes on, send it or take it back."),
    )


def another_has_it(who: str) -> Conflict:
    """Why a reply is held whose conversation somebody else answers now."""
    return Conflict(
        N_("{who} is answering this conversation now"),
        who=who,
        remedy=N_("Nothing was sent. Send it now, or take it back."),
    )


def schedule_passed() -> OutboxError:
    """Why something scheduled is held that was approved too late."""
    return OutboxError(
        N_("its moment passed before it was approved, so it was not sent"),
        remedy=N_("Send it now, choose another moment, or take it back."),
    )


def turned_down(who: str, why: str) -> Conflict:
    """Why a candidate was not sent."""
    return Conflict(
        N_("{who} did not approve it: {why}"),
        who=who,
        why=why,
        remedy=N_("Nothing was sent; the text is a draft again."),
    )


def replaced(who: str) -> Conflict:
    """Why a version is not the one that waits any more."""
    return Conflict(N_("{who} put another text in its place"), who=who)


def another_chosen(who: str) -> Conflict:
    """Why a candidate was not sent."""
    return Conflict(
        N_("{who} chose another reply to this post"), who=who, remedy=N_("Nothing was sent; the text is a draft again.")
    )
