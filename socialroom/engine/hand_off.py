"""Hands cases to customer care: once, with the intent on disk before anybody is called, and said only when it is so."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.errors import (
    Conflict,
    Missing,
    OutboxError,
    OutcomeUnknown,
    Problem,
    RoomError,
    from_problem,
)
from socialroom.domain.hand_off import CareRequest, CareWay, Handed
from socialroom.domain.operator import Operator
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.roles import Right, sees
from socialroom.domain.text import clean, clean_line
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import Ledger
from socialroom.engine.roles import Roles
from socialroom.locale import N_

_log = logging.getLogger("socialroom.hand_off")
_DAY: Final = "%Y%m%d"


class HandOffs:
    """The ways to customer care of a room.

    Args:
        ledger: keeps what was handed off with its case.
        roles: private messages are handed off only by those who may read them.
        ways: by name.
        find_post: a post of the cache.
        clock: for the days in our own ticket numbers.
        brand: whose case it is.
    """

    def __init__(
        self,
        *,
        ledger: Ledger,
        roles: Roles,
        ways: Mapping[str, CareWay],
        find_post: Callable[[str], Post | None],
        clock: Clock,
        brand: str,
    ) -> None:
        self._ledger, self._roles, self._ways = ledger, roles, ways
        self._find_post, self._clock, self._brand = find_post, clock, brand
        self._calling: set[str] = set()  # conversations that are being handed off at this moment
        self._numbers: dict[str, int] = {}  # the last of our own tickets, by day

    @property
    def names(self) -> tuple[str, ...]:
        """The ways there are."""
        return tuple(self._ways)

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {r.HandOff: self._hand_off}

    async def _hand_off(self, command: r.HandOff, operator: Operator) -> r.Done:
        """Raises Missing, Conflict, NotAllowed, and what the way raises, with its name."""
        via = self._way(command.via)
        case = self._ledger.case(command.conversation)
        post = self._asks(case)
        if post is None and case.id not in self._ledger.cases:
            raise Missing(
                N_("this conversation is not in the room"),
                remedy=N_("It was deleted, is older than what is kept, or was never heard."),
            )
        if case.private or (post is not None and not sees(operator, post, self._roles.rights)):
            self._roles.need(operator, Right.PRIVATE)
        if command.ticket:
            return self._is_there(case, command.ticket, operator)
        before = case.handed
        if before is not None and not command.again:
            if before.known and before.via == via:
                return r.Done(case=case, text=case.ticket)  # the same again: no second ticket
            if not before.known and case.id not in self._calling:
                raise Conflict(
                    N_("nobody knows whether {via} has it: {who} handed it over at {since_at} and the line was cut"),
                    via=before.via,
                    who=before.by,
                    since_at=before.at.timestamp(),
                    remedy=N_("Look there first. Then give its ticket, or hand it over again."),
                )
        if case.id in self._calling:
            raise Conflict(
                N_("{who} is handing it over at this moment"),
                who=before.by if before else "",
                remedy=N_("Wait for it."),
            )
        self._calling.add(case.id)
        try:
            return await self._call(via, case, post, command, operator)
        finally:
            self._calling.discard(case.id)

    async def _call(self, via: str, case: Case, post: Post | None, command: r.HandOff, operator: Operator) -> r.Done:
        before = case.handed
        # A repeat of what nobody knows carries the same key: who knows such keys makes no second ticket of it.
        same = before is not None and not before.known and before.via == via
        key = before.key if before is not None and same else uuid.uuid4().hex
        reference = before.reference if before is not None and same else self._reference()
        handed = Handed(key=key, via=via, by=operator.name, at=self._clock.now(), reference=reference)
        fields = {"via": via, "key": key}
        self._ledger.commit("hand-off begun", operator.name, case.id, put=[case.changed(handed=handed)], fields=fields)
        author = post.author if post is not None else None
        request = CareRequest(
            key=key,
            reference=reference,
            case=case.id,
            network=clean_line(post.network if post is not None else case.network, 40),
            handle=f"@{clean_line(author.handle, 100).lstrip('@')}" if author and author.handle else str(case.title),
            text=clean(post.text or post.title) if post is not None else "",
            link=clean_line(post.url, 2000) if post is not None else "",
            note=clean(command.note, 4000),
            by=clean_line(operator.name, 60),
            brand=clean_line(self._brand, 60),
        )
        try:
            ticket = clean_line(await self._ways[via].hand_off(request), 80).strip()
        except OutcomeUnknown as error:
            self._ledger.commit("hand-off unknown", operator.name, case.id, fields=fields)
            raise _unknown(str(error), via) from error
        except RoomError as error:
            # What was there before this try is there again; another act may have changed the rest meanwhile.
            now = self._ledger.case(case.id)
            back = now.changed(handed=None if same else before)
            self._ledger.commit("hand-off failed", operator.name, case.id, put=[back], fields=fields)
            raise _not_handed(error, via) from error
        except Exception as error:  # a fault of the way itself: what it did before that nobody knows
            _log.exception("the hand-off by %s failed", via)
            raise _unknown(type(error).__name__, via) from error
        return self._known(self._ledger.case(case.id), handed, ticket, operator)

    def _known(self, case: Case, handed: Handed, ticket: str, operator: Operator) -> r.Done:
        now: Case = case.changed(handed=handed.changed(known=True), ticket=ticket or case.ticket)
        fields = {"via": handed.via, "ticket": ticket}
        self._ledger.commit("handed off", operator.name, case.id, put=[now], fields=fields)
        return r.Done(case=now, text=ticket)

    def _is_there(self, case: Case, ticket: str, operator: Operator) -> r.Done:
        """A person has seen it there."""
        if case.handed is None or case.handed.known:
            raise Conflict(N_("it was not handed over, or it has its ticket already"))
        if not (said := clean_line(ticket, 80).strip()):
            raise OutboxError(N_("this is not a ticket: {ticket}"), ticket=ticket)
        return self._known(case, case.handed, said, operator)

    def _way(self, name: str) -> str:
        if not self._ways:
            raise Missing(
                N_("this room declares no way to customer care"), remedy=N_("Add a [[hand_off]] to room.toml.")
            )
        if not name and len(self._ways) == 1:
            return next(iter(self._ways))
        if name not in self._ways:
            raise Missing(
                N_("there is no way to customer care called {name}"),
                name=name or "–",
                remedy=N_("Known here: {known}."),
                known=", ".join(self._ways),
            )
        return name

    def _asks(self, case: Case) -> Post | None:
        """The customer's latest message, else what began it."""
        return (self._find_post(case.asked_in) if case.asked_in else None) or self._find_post(case.id)

    def _reference(self) -> str:
        """The next ticket number of our own: SR, the day (UTC), and the how-manieth of that day."""
        day = self._clock.now().strftime(_DAY)
        taken = [case.ticket for case in self._ledger.cases.values() if case.ticket.startswith(f"SR-{day}-")]
        known = [int(end) for ticket in taken if (end := ticket.rpartition("-")[2]).isascii() and end.isdigit()]
        self._numbers = {day: max(self._numbers.get(day, 0), *known, 0) + 1}
        return f"SR-{day}-{self._numbers[day]:03d}"


def _unknown(reason: str, via: str) -> OutcomeUnknown:
    return OutcomeUnknown(
        N_("nobody knows whether {via} has it: {reason}"),
        via=via,
        reason=reason,
        remedy=N_("Look there first. Then give its ticket, or hand it over again."),
    )


def _not_handed(error: RoomError, via: str) -> RoomError:
    """The same kind of error, naming the place."""
    values = {"via": via, "reason": clean_line(str(error), 300)}
    what = Message(template=N_("NOT handed over, {via} does not have it: {reason}"), values=dict(values))
    problem: Problem = error.problem().changed(what=what, remedy=None)
    return from_problem(problem)
