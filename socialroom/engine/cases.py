"""Cases: opened by what is heard, and what operators do about them.

A claim is a lease of ten minutes, renewed while its operator types. A case opens when a message that speaks to us is
heard, and again when its customer writes after it was closed. Every act can be undone.
"""

from __future__ import annotations

import heapq
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from socialroom.domain import requests as r
from socialroom.domain.case import LEASE, Case, Priority
from socialroom.domain.case_filter import asleep
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Conflict, Missing, NotAllowed, StoreError
from socialroom.domain.log import in_log
from socialroom.domain.operator import Operator, Role
from socialroom.domain.ports import Clock
from socialroom.domain.post import Post
from socialroom.domain.roles import Right
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message
from socialroom.engine.acting import Handler
from socialroom.engine.ledger import ROOM, Kept, Ledger
from socialroom.engine.opening import asked, asks, begun, is_private
from socialroom.engine.roles import Roles
from socialroom.locale import N_

_log = logging.getLogger("socialroom.cases")
_RENEW_BELOW: Final = LEASE - timedelta(minutes=1)  # typing renews at most once a minute: each renewal tells everybody
_STILL: Final = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED})
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_CLOSED_SHOWN: Final = 200
_LONGEST_NAP: Final = timedelta(days=366)
LOGGED: Final = ("opened", "reopened", "went on", "cases")  # fields of the log that name several conversations
_LOOK_EVERY: Final = 5.0  # seconds between two looks at who wakes: a clock that was set, a machine that slept
_TAG_MOST: Final = 40  # signs
_TAGS_MOST: Final = 50
_WHY_MOST: Final = 500  # signs of a reason
_UNREAD_MOST: Final = 20_000  # messages that wait for a disk that refuses

Sort = Callable[[Case, Post, bool], Case]
"""Sorts a case in by its customer's message; the flag says that it opens, for the first time or again."""


def _unsorted(case: Case, _post: Post, _new: bool) -> Case:
    return case


class Cases:
    """Cases of one room. Every act is on disk before it returns, or StoreError and nothing done.

    Args:
        ledger: keeps them.
        clock: for every time and wait.
        roles: what operators may do, beyond what a command's kind tells.
        posts: what is known of a conversation, oldest first.
        may_see: whether a seat may know of a conversation.
        operators: who may sit in the room; none are declared where everybody is the system's user.
        countries: those that the room declares; without any, any name is one.
        since: from when on the room listens to a source.
        sort: called in the act that opens a case or goes on with it.
    """

    def __init__(  # noqa: PLR0913 - each is named
        self,
        *,
        ledger: Ledger,
        clock: Clock,
        roles: Roles,
        posts: Callable[[str], Sequence[Post]],
        may_see: Callable[[Operator, str], bool] = lambda _operator, _conversation: True,
        operators: Sequence[Operator] = (),
        countries: Sequence[str] = (),
        since: Callable[[str], datetime] = lambda _source: _NEVER,
        sort: Sort = _unsorted,
    ) -> None:
        self._ledger, self._clock, self._roles = ledger, clock, roles
        self._posts, self._may_see, self._since, self._sort = posts, may_see, since, sort
        self._operators, self._countries = tuple(operators), tuple(countries)
        ledger.begin = self._begun
        self._unread: list[tuple[Post, bool]] = []  # messages that no case has taken in yet, and whether they are edits
        self._refused = False  # the disk's trouble was told

    def all(self) -> Mapping[str, Case]:
        """Every case there is, by conversation."""
        return self._ledger.cases

    def latest(self) -> list[Case]:
        """What a terminal is given at first: those that are open, and the latest of those that are closed."""
        found = [c for c in self._ledger.cases.values() if c.is_open]
        closed_ones = [c for c in self._ledger.cases.values() if not c.is_open]
        return found + heapq.nlargest(_CLOSED_SHOWN, closed_ones, key=lambda c: c.done_at or _NEVER)

    def commands(self) -> Mapping[type[object], Handler]:
        """What this part does."""
        return {
            r.ClaimCase: self._claim,
            r.ReleaseCase: self._release,
            r.CloseCase: self._close,
            r.ReopenCase: self._reopen,
            r.AssignCase: self._assign,
            r.SnoozeCase: self._snooze,
            r.EscalateCase: self._escalate,
            r.HandOverCase: self._hand_over,
            r.DismissCase: self._dismiss,
            r.TagCase: self._tag,
            r.PrioritizeCase: self._prioritize,
            r.MoveToPrivate: self._move,
        }

    # --- what is heard ------------------------------------------------------------------------------------------

    def heard(self, posts: Sequence[Post], edited: Collection[str] = ()) -> None:
        """Messages that are new or read otherwise than before (`edited`: their uris); all of them are one record.

        What the disk refuses is taken in when it takes something again; listening goes on meanwhile.
        """
        self._unread += [(p, p.uri in edited) for p in posts if asks(p)]
        if len(self._unread) > _UNREAD_MOST:
            _log.error("%d messages wait for the disk; the oldest open no case", len(self._unread))
            del self._unread[:-_UNREAD_MOST]
        self._take_in()

    def _take_in(self) -> None:
        if not self._unread:
            return
        now = self._clock.now()
        cases: dict[str, Case] = {}
        acts: dict[str, list[str]] = {}
        for post, edited in self._unread:
            before = cases.get(post.conversation) or self._ledger.cases.get(post.conversation)
            # What a source held before the room listened to it is past: whoever asked then was answered elsewhere, or
            # waits for nobody any more, and nothing of it rings. An operator who begins to answer makes a case of it.
            past = post.created_at < self._since(post.source)
            if past and (before is None or (not edited and post.created_at <= _known_to(before))):
                continue  # and what a case took in already is heard again where the cache was lost
            after, new = asked(before, post, now, edited=edited)
            if after is None or after == before:
                continue
            cases[post.conversation] = self._sorted(after, post, new=new)
            act = "went on" if not new else "opened" if before is None else "reopened"
            acts.setdefault(act, []).append(in_log(post.conversation))
        if cases:
            try:
                self._keep_heard(cases, acts)
            except StoreError as error:
                if not self._refused:
                    _log.error("what was heard opens its cases when the disk takes them: %s", error)
                self._refused = True
                return
        self._refused = False
        self._unread.clear()

    def _keep_heard(self, cases: Mapping[str, Case], acts: Mapping[str, Sequence[str]]) -> None:
        act = next(a for a in LOGGED if a in acts)
        fields = {a: " ".join(dict.fromkeys(talks)) for a, talks in acts.items()}
        first = next(iter(cases.values()))
        if len(cases) == 1:
            fields = {"post": first.asked_in}
        self._ledger.commit(act, ROOM, first.id, put=list(cases.values()), fields=fields)

    def _sorted(self, case: Case, post: Post, *, new: bool) -> Case:
        try:
            return self._sort(case, post, new)
        except Exception:  # noqa: BLE001 - a rule that fails must not keep a customer from being seen
            _log.exception("the case %s could not be sorted in", in_log(case.id))
            return case

    # --- time passing -------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Wakes what is snoozed, at its time, and takes in what the disk refused; until it is cancelled."""
        while True:
            self._take_in()
            self._wake()
            now = self._clock.now()
            naps = [c.snoozed_until for c in self._ledger.cases.values() if asleep(c, now)]
            next_one = min((n for n in naps if n is not None), default=now + timedelta(seconds=_LOOK_EVERY))
            await self._clock.sleep(max(0.05, min(_LOOK_EVERY, (next_one - now).total_seconds())))

    def _wake(self) -> None:
        now = self._clock.now()
        woken: list[Case] = [
            case.changed(snoozed_until=None, snoozed_by="")
            for case in self._ledger.cases.values()
            if case.snoozed_until is not None and case.is_open and case.snoozed_until <= now
        ]
        if not woken:
            return
        try:
            fields = {"cases": " ".join(in_log(c.id) for c in woken)} if len(woken) > 1 else {}
            self._ledger.commit("woken", ROOM, woken[0].id, put=woken, fields=fields)
        except StoreError as error:
            _log.error("what was snoozed until now could not be woken yet: %s", error)

    # --- who answers ----------------------------------------------------------------------------------------------

    def typing(self, conversation: str | None, name: str) -> Case | None:
        """The case with the claim that typing makes or renews; None when nothing changes."""
        if not conversation:
            return None
        case, now = self._there(conversation), self._clock.now()
        holder = case.claimed_at(now)
        if holder and holder != name:
            return None
        if holder and case.claimed_until and case.claimed_until - now > _RENEW_BELOW:
            return None
        return self._sorted_in(claimed(case, name, now))

    def claim(self, conversation: str, name: str, *, take: bool = False) -> r.Done:
        """Says "I answer". `take` takes it from somebody, and stops what they were about to send there.

        Raises:
            Conflict: somebody else answers (the error names who, and since when), and `take` was not said.
            StoreError: nothing changed.
        """
        case, now = self._there(conversation), self._clock.now()
        holder = case.claimed_at(now)
        if holder == name and case.claimed_until and case.claimed_until - now > _RENEW_BELOW:
            return r.Done(case=case)
        stopped: list[OutboxItem] = []
        said = _said(N_("claimed: {title}"), case)
        if holder and holder != name:
            if not take:
                raise _held(case, now)
            reason = Conflict(
                N_("{who} took this conversation over while this reply waited"),
                who=name,
                remedy=N_("Nothing was sent. Send it now, or take it back."),
            ).problem()
            stopped = [
                i.changed(state=OutboxState.HELD, updated_at=now, due_at=None, reason=reason)
                for i in self._ledger.open_items.values()
                if i.conversation == conversation and i.state in _STILL and i.operator != name
            ]
            said = _said(N_("taken over from {who}: {title}"), case, who=holder)
        mine = claimed(case, name, now)
        # What was about to be sent is held even when the claim is given back: a person looks at it first.
        return self._done(
            "claimed", name, mine, said, also=stopped, fields={"from": holder} if holder and holder != name else {}
        )

    def release(self, conversation: str, name: str) -> r.Done:
        """Says "I do not". Raises Conflict when somebody else has it, StoreError."""
        case, now = self._there(conversation), self._clock.now()
        holder = case.claimed_at(now)
        if not holder:
            return r.Done(case=self._kept(case))
        if holder != name:
            raise _held(case, now, N_("It is theirs to give back."))
        said = _said(N_("given back: {title}"), case)
        return self._done("released", name, _free(case), said)

    # --- done -----------------------------------------------------------------------------------------------------

    def close(self, conversation: str, name: str) -> r.Done:
        """Done with it; one's own claim ends. Raises Conflict when somebody else is answering, StoreError."""
        case, now = self._there(conversation), self._clock.now()
        self._check_free(case, name, now)
        if case.done_at is not None and not case.no_answer_why:
            return r.Done(case=case)
        said = _said(N_("done: {title}"), case)
        return self._done("done", name, closed(case, name, now), said)

    def reopen(self, conversation: str, name: str) -> r.Done:
        """Not done with it after all; its promises run as before. Raises StoreError."""
        case = self._there(conversation)
        if case.done_at is None:
            return r.Done(case=self._kept(case))
        opened: Case = case.changed(done_by="", done_at=None, no_answer_why="")
        return self._done("reopened", name, opened, _said(N_("reopened: {title}"), case))

    # --- commands -------------------------------------------------------------------------------------------------

    def _claim(self, command: r.ClaimCase, operator: Operator) -> r.Done:
        self.known(command.conversation, operator)
        return self.claim(command.conversation, operator.name, take=command.take)

    def _release(self, command: r.ReleaseCase, operator: Operator) -> r.Done:
        self.known(command.conversation, operator)
        return self.release(command.conversation, operator.name)

    def _close(self, command: r.CloseCase, operator: Operator) -> r.Done:
        self.known(command.conversation, operator)
        return self.close(command.conversation, operator.name)

    def _reopen(self, command: r.ReopenCase, operator: Operator) -> r.Done:
        self.known(command.conversation, operator)
        return self.reopen(command.conversation, operator.name)

    def _dismiss(self, command: r.DismissCase, operator: Operator) -> r.Done:
        case, now, name = self.known(command.conversation, operator), self._clock.now(), operator.name
        why = command.why.strip()[:_WHY_MOST]
        if not why:
            raise Conflict(N_("say why no answer is needed"), remedy=N_("Nothing was changed."))
        self._check_free(case, name, now)
        if case.done_at is not None and case.no_answer_why == why:
            return r.Done(case=case)
        said = _said(N_("no answer needed: {title}"), case)
        return self._done("no answer needed", name, closed(case, name, now, why=why), said)

    def _assign(self, command: r.AssignCase, operator: Operator) -> r.Done:
        case, now, name = self.known(command.conversation, operator), self._clock.now(), operator.name
        to = self._answerer(command.to, case, operator) if command.to.strip() else ""
        self._check_own(case, operator, now)
        if to == case.assigned_to:
            return r.Done(case=self._kept(case))
        given: Case = case.changed(assigned_to=to, assigned_by=name if to else "")
        if case.claimed_at(now) == name != to and to:
            given = _free(given)
        said = _said(N_("assigned to {who}: {title}"), case, who=to)
        if not to:
            said = _said(N_("assigned to nobody: {title}"), case)
        return self._done("assigned", name, given, said, fields={"to": to, "from": case.assigned_to})

    def _snooze(self, command: r.SnoozeCase, operator: Operator) -> r.Done:
        case, now, name = self.known(command.conversation, operator), self._clock.now(), operator.name
        until = command.until if command.until.tzinfo else command.until.replace(tzinfo=UTC)
        if until <= now:
            if case.snoozed_until is None:
                return r.Done(case=self._kept(case))
            awake: Case = case.changed(snoozed_until=None, snoozed_by="")
            return self._done("woken", name, awake, _said(N_("woken: {title}"), case))
        if until - now > _LONGEST_NAP:
            raise Conflict(N_("nothing is snoozed for more than a year"), remedy=N_("Nothing was changed."))
        self._check_open(case)
        self._check_free(case, name, now)
        if case.snoozed_until == until:
            return r.Done(case=case)
        away: Case = _free(case).changed(snoozed_until=until.astimezone(UTC), snoozed_by=name)
        said = _said(N_("snoozed: {title}"), case)
        return self._done("snoozed", name, away, said, fields={"until": away.snoozed_until.isoformat()})  # type: ignore[union-attr]

    def _escalate(self, command: r.EscalateCase, operator: Operator) -> r.Done:
        case, now, name = self.known(command.conversation, operator), self._clock.now(), operator.name
        if not command.on:
            if case.escalated_at is None:
                return r.Done(case=self._kept(case))
            calm: Case = case.changed(escalated_to="", escalated_by="", escalated_at=None, escalated_why="")
            said = _said(N_("not escalated any more: {title}"), case)
            return self._done("escalation ended", name, calm, said)
        self._check_open(case)
        to, why = self._above(command.to, case), command.why.strip()[:_WHY_MOST]
        if case.escalated_at is not None and (case.escalated_to, case.escalated_why) == (to, why):
            return r.Done(case=case)
        raised: Case = case.changed(escalated_to=to, escalated_by=name, escalated_at=now, escalated_why=why)
        said = _said(N_("escalated: {title}"), case)
        return self._done("escalated", name, raised, said, fields={"to": to})

    def _hand_over(self, command: r.HandOverCase, operator: Operator) -> r.Done:
        case, now, name = self.known(command.conversation, operator), self._clock.now(), operator.name
        self._check_own(case, operator, now)
        country = self._country(command.country)
        if country == case.handed_to:
            return r.Done(case=self._kept(case))
        if not country:
            back: Case = case.changed(handed_to="", handed_by="", handed_at=None)
            said = _said(N_("brought back from {country}: {title}"), case, country=case.handed_to)
            return self._done("brought back", name, back, said, fields={"from": case.handed_to})
        self._check_open(case)
        self._check_free(case, name, now)
        # Whoever it was assigned to sits here, and does not see what is theirs there.
        there: Case = _free(case).changed(
            handed_to=country, handed_by=name, handed_at=now, assigned_to="", assigned_by=""
        )
        said = _said(N_("handed over to {country}: {title}"), case, country=country)
        return self._done("handed over", name, there, said, fields={"to": country})

    def _tag(self, command: r.TagCase, operator: Operator) -> r.Done:
        case = self.known(command.conversation, operator)
        away = set(tags(command.remove))
        now = tuple(t for t in dict.fromkeys((*case.tags, *tags(command.add))) if t not in away)
        if len(now) > _TAGS_MOST:
            raise Conflict(N_("a case has {most} tags at most"), most=_TAGS_MOST, remedy=N_("Nothing was changed."))
        if now == case.tags:
            return r.Done(case=self._kept(case))
        said = _said(N_("tags changed: {title}"), case)
        return self._done("tagged", operator.name, case.changed(tags=now), said)

    def _prioritize(self, command: r.PrioritizeCase, operator: Operator) -> r.Done:
        case = self.known(command.conversation, operator)
        if command.priority not in (Priority.NORMAL, Priority.HIGH, Priority.URGENT):
            raise Conflict(N_("a priority is 0, 1 or 2"), remedy=N_("Nothing was changed."))
        if command.priority == case.priority:
            return r.Done(case=self._kept(case))
        said = _said(N_("priority changed: {title}"), case)
        fields = {"priority": str(command.priority)}
        return self._done("priority", operator.name, case.changed(priority=command.priority), said, fields=fields)

    def _move(self, command: r.MoveToPrivate, operator: Operator) -> r.Done:
        case = self.known(command.conversation, operator)
        if command.on == case.private:
            return r.Done(case=self._kept(case))
        posts = self._posts(case.id)
        if not command.on and (not posts or any(map(is_private, posts))):
            raise Conflict(
                N_("this conversation is private messages"), remedy=N_("It cannot go on where others would read it.")
            )
        said = _said(N_("goes on in private messages: {title}"), case)
        if not command.on:
            said = _said(N_("goes on in public: {title}"), case)
        return self._done(
            "moved to private" if command.on else "moved to public", operator.name,
            case.changed(private=command.on), said,
        )  # fmt: skip

    # --- conditions -----------------------------------------------------------------------------------------------

    def known(self, conversation: str, operator: Operator) -> Case:
        """The case, or the one that this conversation would be.

        Raises:
            Missing: nothing of it is in the room.
            NotAllowed: this seat may not know of it.
        """
        if conversation not in self._ledger.cases and not self._posts(conversation):
            raise Missing(
                N_("this conversation is not in the room"),
                remedy=N_("It was deleted, is older than what is kept, or was never heard."),
            )
        if not self._may_see(operator, conversation):
            raise NotAllowed(
                N_("{name} sits here as {role_word} and may not: {act_word}"),
                name=operator.name,
                role_word=operator.role.value,
                act_word=N_("see this conversation"),
            )
        return self._there(conversation)

    def _there(self, conversation: str) -> Case:
        """The case; where there is none, the one that an operator begins."""
        return self._ledger.cases.get(conversation) or self._begun(conversation)

    def _begun(self, conversation: str) -> Case:
        return begun(conversation, self._posts(conversation), self._clock.now())[0]

    def _sorted_in(self, case: Case) -> Case:
        """A case that an act begins is sorted in by that act; what the operator did stays, and no rule closes it."""
        if case.id in self._ledger.cases:
            return case
        fresh, about = begun(case.id, self._posts(case.id), self._clock.now())
        if about is None:
            return case
        first = self._sorted(fresh, about, new=True).changed(done_at=None, done_by="", no_answer_why="")
        own = {n: getattr(case, n) for n in case.__struct_fields__ if getattr(case, n) != getattr(fresh, n)}
        kept: Case = first.changed(**own | {"tags": tuple(dict.fromkeys((*first.tags, *case.tags)))})
        return kept

    def _kept(self, case: Case) -> Case | None:
        """The case as it is on disk: a command that changes nothing begins none."""
        return self._ledger.cases.get(case.id)

    def _check_free(self, case: Case, name: str, now: datetime) -> None:
        holder = case.claimed_at(now)
        if holder and holder != name:
            raise _held(case, now)

    def _check_open(self, case: Case) -> None:
        if case.done_at is not None:
            raise Conflict(N_("this conversation is closed"), remedy=N_("Reopen it first."))

    def _check_own(self, case: Case, operator: Operator, now: datetime) -> None:
        """Cases of others are for those who assign. Raises NotAllowed, naming their roles."""
        if operator.name not in (case.assigned_to, case.claimed_at(now)):
            self._roles.need(operator, Right.ASSIGN)

    def _answerer(self, to: str, case: Case, operator: Operator) -> str:
        """The declared name of somebody who may answer this. Raises Missing, naming those who can."""
        seats = self._seats() or (operator,)
        needed = (Right.HANDLE, Right.PRIVATE) if case.private else (Right.HANDLE,)
        able = {o.name.casefold(): o.name for o in seats if all(self._roles.has(o, right) for right in needed)}
        found = able.get(to.strip().casefold())
        if found is None:
            raise Missing(
                N_("{who} cannot answer this"),
                who=to,
                remedy=N_("Assign it to one of: {names}."),
                names=", ".join(able.values()) or "–",
            )
        return found

    def _seats(self) -> list[Operator]:
        """Who may sit here today."""
        today = self._clock.now().astimezone().date()
        return [o for o in self._operators if not o.is_closed(today)]

    def _above(self, to: str, case: Case) -> str:
        """A role or a declared operator to look at it. Raises Missing, naming those who are."""
        wanted = to.strip().casefold()
        seats = [o for o in self._seats() if not case.private or self._roles.has(o, Right.PRIVATE)]
        found = {o.name.casefold(): o.name for o in seats} | {role.value: role.value for role in Role}
        if wanted not in found:
            raise Missing(
                N_("{who} is neither a role nor somebody who sits here"),
                who=to,
                remedy=N_("Escalate it to one of: {names}."),
                names=", ".join(found.values()),
            )
        return found[wanted]

    def _country(self, given: str) -> str:
        """A country as the room writes it; empty stays empty. Raises Missing, naming those it has."""
        wanted = clean_line(given, 60).strip()
        if not wanted or not self._countries:
            return wanted
        found = {c.casefold(): c for c in self._countries}.get(wanted.casefold())
        if found is None:
            raise Missing(
                N_("{country} is not a country of this room"),
                country=wanted,
                remedy=N_("Hand it over to one of: {names}."),
                names=", ".join(self._countries),
            )
        return found

    # --- doing ----------------------------------------------------------------------------------------------------

    def _done(
        self,
        act: str,
        name: str,
        case: Case,
        said: Message,
        *,
        also: Sequence[Kept] = (),
        fields: Mapping[str, str] | None = None,
    ) -> r.Done:
        case = self._sorted_in(case)
        step = self._ledger.commit(
            act, name, case.id, put=[case, *also], fields=fields, undo=said, undoes=[case] if also else None
        )
        return r.Done(case=case, step=step)


def _known_to(case: Case) -> datetime:
    """Up to when what was written is known to whoever has the case."""
    return max(t for t in (case.asked_at, case.done_at, _NEVER) if t is not None)


def claimed(case: Case, name: str, now: datetime) -> Case:
    """The case with the claim of somebody: made, taken over, or renewed."""
    since = case.claimed_since if case.claimed_at(now) == name else now
    made: Case = case.changed(claimed_by=name, claimed_until=now + LEASE, claimed_since=since)
    return made


def _free(case: Case) -> Case:
    freed: Case = case.changed(claimed_by="", claimed_until=None, claimed_since=None)
    return freed


def closed(case: Case, name: str, now: datetime, *, why: str = "") -> Case:
    """The case as done, or (`why`) as needing no answer: nobody has to look at it or wake it any more."""
    done: Case = _free(case).changed(
        done_by=name, done_at=now, no_answer_why=why, snoozed_until=None, snoozed_by="", escalated_to="",
        escalated_by="", escalated_at=None, escalated_why="", handed_to="", handed_by="", handed_at=None,
    )  # fmt: skip
    return done


def answered(case: Case, item: OutboxItem, now: datetime) -> Case:
    """The case once this send is there: the post has its reply, and its operator's claim ends.

    What its customer wrote last is answered too where the writer had seen it.
    """
    assert item.in_reply_to
    seen = case.asked_in if case.asked_in and item.seen is not None and item.seen >= case.version else item.in_reply_to
    uris = tuple(dict.fromkeys((*case.answered, item.in_reply_to, seen)))
    changed: Case = case.changed(
        answered=uris, answered_by=item.operator, answered_at=now, responded_at=case.responded_at or now
    )
    return _free(changed) if changed.claimed_by == item.operator else changed


def tags(given: Sequence[str]) -> tuple[str, ...]:
    """Tags as they are kept: cleaned, in small letters, without "#", each once.

    Raises:
        Conflict: one is longer than a tag can be.
    """
    found: dict[str, None] = {}
    for tag in given:
        kept = " ".join(clean_line(tag, 10 * _TAG_MOST).casefold().strip().removeprefix("#").split())
        if len(kept) > _TAG_MOST:
            raise Conflict(N_("a tag has {most} signs at most: {tag}"), most=_TAG_MOST, tag=kept)
        if kept:
            found[kept] = None
    return tuple(found)


def _held(case: Case, now: datetime, remedy: str = N_("Take it over, or leave it to them.")) -> Conflict:
    since = case.claimed_since or (case.claimed_until - LEASE if case.claimed_until else now)
    return Conflict(
        N_("{who} is answering this since {since_at}"),
        who=case.claimed_by,
        since_at=since.timestamp(),
        remedy=remedy,
    )


def _said(template: str, case: Case, **values: str) -> Message:
    """What was done, to whose case."""
    return Message(template=template, values={**values, "title": case.title or clean_line(case.id, 60)})
