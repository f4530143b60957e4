"""Whatever is done about cases, and by whomever, is taken back as it was, or stays and is said to stay."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.case_room import CLAIRE, LEA, case_room
from support.clock import HeldClock
from support.posts import post

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.errors import Conflict, Missing, NotAllowed, StoreError
from socialroom.domain.log import LogEntry
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import Post, PostKind
from socialroom.domain.roles import RIGHTS
from socialroom.domain.text import SafeText
from socialroom.domain.value import Value
from socialroom.engine.acting import Acting
from socialroom.engine.cases import Cases
from socialroom.engine.ledger import Ledger
from socialroom.engine.roles import Roles
from socialroom.engine.undoing import Undoing
from socialroom.stores.memory import MemoryDesk

HEAD, MANAGER = (Operator(name=SafeText(n), role=Role(n)) for n in ("head", "manager"))
NOW = HeldClock().now()
TALKS = st.sampled_from(["c1", "c2"])


def act_on(talk: str) -> st.SearchStrategy[r.Command]:
    flag, names = st.booleans(), st.sampled_from(["", "head", "manager", "nobody"])
    tags = st.lists(st.sampled_from(["a", "b", "#C"]), max_size=2).map(tuple)
    return st.one_of(
        st.builds(r.ClaimCase, conversation=st.just(talk), take=flag),
        st.builds(r.ReleaseCase, conversation=st.just(talk)),
        st.builds(r.CloseCase, conversation=st.just(talk)),
        st.builds(r.ReopenCase, conversation=st.just(talk)),
        st.builds(r.AssignCase, conversation=st.just(talk), to=names),
        st.builds(
            r.SnoozeCase,
            conversation=st.just(talk),
            until=st.integers(-2, 5).map(lambda hours: NOW + timedelta(hours=hours)),
        ),
        st.builds(r.EscalateCase, conversation=st.just(talk), to=names, on=flag),
        st.builds(r.HandOverCase, conversation=st.just(talk), country=st.sampled_from(["", "FR", "XX"])),
        st.builds(r.DismissCase, conversation=st.just(talk), why=st.sampled_from(["", "spam"])),
        st.builds(r.TagCase, conversation=st.just(talk), add=tags, remove=tags),
        st.builds(r.PrioritizeCase, conversation=st.just(talk), priority=st.integers(-1, 3)),
        st.builds(r.MoveToPrivate, conversation=st.just(talk), on=flag),
    )


COMMANDS = TALKS.flatmap(act_on)
TOGETHER = st.lists(COMMANDS, min_size=2, max_size=4).map(lambda c: r.Together(commands=tuple(c)))
ACTS = st.lists(st.one_of(COMMANDS, TOGETHER), max_size=10)


class SmallDesk:
    """Cases and their undoing over a store, and nothing else of a room."""

    def __init__(self) -> None:
        self.store, self.clock = MemoryDesk(), HeldClock()
        self.posts = {
            uri: post(n, uri=uri, kind=kind, author=CLAIRE, source="s", network="n", visibility="public", root=None)
            for n, (uri, kind) in enumerate([("c1", PostKind.MENTION), ("c2", PostKind.POST)])
        }
        self.ledger = Ledger(self.store, self.clock, lambda _event: None)
        roles = Roles(RIGHTS, lambda: self.ledger.items)
        self.acting = Acting(roles.check)
        self.cases = Cases(
            ledger=self.ledger, clock=self.clock, roles=roles, posts=self.of, operators=(HEAD, MANAGER),
            countries=("FR",),
        )  # fmt: skip
        self.undoing = Undoing(self.ledger, self._no_sends, self.acting.act)
        self.acting.add(self.cases.commands())
        self.acting.add(self.undoing.commands())
        self.cases.heard([self.posts["c1"]])

    def of(self, conversation: str) -> Sequence[Post]:
        return [p for p in self.posts.values() if p.conversation == conversation]

    async def _no_sends(self, _item: str, _name: str) -> object:
        raise AssertionError

    async def act(self, command: r.Command, operator: Operator) -> bool:
        """Whether it was done; what is refused is refused by name."""
        try:
            if isinstance(command, r.Together):
                with self.ledger.together():
                    for one in command.commands:
                        await self.act(one, operator)
            else:
                await self.acting.act(command, operator)
        except (Conflict, Missing, NotAllowed):
            return False
        return True

    async def undo_all(self, operator: Operator) -> None:
        while (offers := self.undoing.offers(operator, 100).offers) and await self.act(
            r.UndoStep(step=offers[0].step), operator
        ):
            pass

    def asked(self, talk: str, number: int) -> None:
        now = self.clock.now()
        said: Post = self.posts[talk].changed(
            uri=f"more{number}", root=talk, kind=PostKind.REPLY, created_at=now, first_seen_at=now
        )
        self.posts[said.uri] = said
        self.cases.heard([said])


@settings(max_examples=40, deadline=None)
@given(ACTS)
def test_all_that_one_operator_did_is_taken_back_to_where_it_began(acts: list[r.Command]) -> None:
    async def life() -> None:
        desk = SmallDesk()
        before = dict(desk.cases.all())
        for act in acts:
            desk.clock.jump(1)
            await desk.act(act, HEAD)
        await desk.undo_all(HEAD)
        assert dict(desk.cases.all()) == before
        assert desk.store.load(Case) == before

    asyncio.run(life())


SAID = st.tuples(st.just("asks"), TALKS)
DONE = st.tuples(st.sampled_from([HEAD, MANAGER]), st.one_of(COMMANDS, st.just(r.UndoStep())))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.one_of(SAID, DONE), max_size=15))
def test_no_undo_takes_what_a_customer_said_or_what_somebody_else_did(acts: list[Any]) -> None:
    async def life() -> None:
        desk = SmallDesk()
        said = {"c1": 1, "c2": 0}
        for number, (who, what) in enumerate(acts):
            desk.clock.jump(1)
            before = dict(desk.cases.all())
            if who == "asks":
                desk.asked(what, number)
                said[what] += 1
            else:
                await desk.act(what, who)
            after = desk.cases.all()
            if isinstance(what, r.UndoStep):
                for talk, case in before.items():
                    now = after.get(talk)
                    assert now is None or (now.version, now.asked_in) == (case.version, case.asked_in)
            assert desk.store.load(Case) == dict(after)
        for talk, times in said.items():
            if times:
                assert desk.cases.all()[talk].version >= times

    asyncio.run(life())


# --- a disk that refuses ---------------------------------------------------------------------------------------------


class FullDesk(MemoryDesk):
    full: Callable[[], bool] = staticmethod(lambda: False)

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        if self.full():
            raise StoreError("the disk is full")
        return super().commit(put, drop, log)


async def test_an_undo_that_the_disk_refuses_is_not_done_and_can_be_tried_again() -> None:
    desk = FullDesk()
    async with case_room(desk=desk) as room:
        await room.ask()
        await room.ask(2)
        closing = tuple(r.CloseCase(conversation=f"small:{n}") for n in (1, 2))
        await room.as_(LEA).act(r.Together(commands=closing))
        desk.full = lambda: True
        with pytest.raises(StoreError):
            await room.as_(LEA).act(r.UndoStep())
        assert room.of().done_by == "Léa"
        desk.full = lambda: False
        await room.as_(LEA).act(r.UndoStep())
        assert not room.of().done_by
        assert not room.of("small:2").done_by


async def test_a_bulk_with_sends_that_stopped_half_way_goes_on_where_it_stopped() -> None:
    desk = FullDesk()
    async with case_room(desk=desk) as room:
        for number in (1, 2):
            await room.ask(number)
        drafts = [room.draft(id=f"d{n}", in_reply_to=f"small:{n}", conversation=f"small:{n}") for n in (1, 2)]
        sends = tuple(r.QueueSend(draft=d) for d in drafts)
        await room.as_(LEA).act(r.Together(commands=(*sends, r.TagCase(conversation="small:1", add=("a",)))))
        commits = iter(range(1, 100))
        desk.full = lambda: next(commits) >= 2  # the first send is taken back, and then the disk is full
        with pytest.raises(StoreError):
            await room.as_(LEA).act(r.UndoStep())
        desk.full = lambda: False
        await room.as_(LEA).act(r.UndoStep())
        assert {d.id for d in room.room.drafts.all()} == {"d1", "d2"}
        assert room.of().tags == ()
        await room.later(minutes=2)
        assert room.network.posts == []


async def test_a_group_says_to_whom_the_same_was_done() -> None:
    async with case_room() as room:
        await room.hear(*(room.said(n) for n in range(1, 6)))
        closing = tuple(r.CloseCase(conversation=f"small:{n}") for n in range(1, 6))
        await room.as_(LEA).act(r.Together(commands=closing))
        offers = await room.as_(LEA).view(r.UndoList())
        assert isinstance(offers, r.UndoOffers)
        claire = "@claire@small.example"
        assert str(offers.offers[0].what) == f"done: {claire}, {claire}, {claire} … (5)"
