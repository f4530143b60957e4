"""The room whole, on a clock that the test holds: what comes in, what is shown to whom, what is said, and its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from support.clock import HeldClock, settle
from support.local_room import EVERYTHING, MENTIONS, SEATS, TestRoom, running
from support.posts import post as invented

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import Conflict, LoginNeeded, Missing, NotAllowed, StoreError, Unreachable
from socialroom.domain.events import (
    AccountChanged,
    DraftChanged,
    Envelope,
    Event,
    Heard,
    Notice,
    OutboxChanged,
    Pulse,
    Resync,
    Withdrawn,
)
from socialroom.domain.operator import Role
from socialroom.domain.ports import AccountFacts, Room
from socialroom.domain.post import PostKind
from socialroom.domain.source import SourceStatus
from socialroom.domain.text import SafeText
from socialroom.stores.memory import MemoryCache, MemoryDesk


@pytest.fixture
async def room() -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock()) as found:
        await settle()
        yield found


async def page(seat: Room, feed: r.Feed = EVERYTHING, **more: Any) -> list[str]:
    answer = await seat.view(r.FeedPage(feed=feed, **more))
    assert isinstance(answer, r.Page)
    return [p.id for p in answer.posts]


async def overview(seat: Room) -> r.RoomOverview:
    answer = await seat.view(r.Overview())
    assert isinstance(answer, r.RoomOverview)
    return answer


class Ear:
    """Collects what a seat hears."""

    def __init__(self, room: TestRoom, role: Role = Role.HEAD, *feeds: r.Feed) -> None:
        self.envelopes: list[Envelope] = []
        self._task = asyncio.ensure_future(self._listen(room.seat(role).events(feeds, room.room._bus.seq)))

    async def _listen(self, listening: AsyncIterator[list[Envelope]]) -> None:
        try:
            async for batch in listening:
                self.envelopes += batch
        finally:
            await listening.aclose()  # type: ignore[attr-defined]

    def of(self, kind: type[Event]) -> list[Any]:
        return [e.event for e in self.envelopes if isinstance(e.event, kind)]

    async def aclose(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def hear(room: TestRoom, *posts: Any, **more: Any) -> None:
    room.source.say(*posts, **more)
    await room.clock.advance(0.2)  # type: ignore[attr-defined]


async def test_posts_come_in_and_are_read_by_feed_newest_first(room: TestRoom) -> None:
    await hear(room, room.post(1), room.post(2, "something else"))
    await room.clock.advance(60)  # type: ignore[attr-defined]
    await hear(room, room.post(3))
    seat = room.seat()
    assert await page(seat, MENTIONS) == ["3", "1"]
    assert await page(seat) == ["3", "2", "1"]
    assert await page(seat, limit=1) == ["3"]
    assert await page(seat, before="small:2") == ["1"]
    assert await page(seat, limit=-5) == ["3"]


async def test_a_rare_word_is_found_far_back(room: TestRoom) -> None:
    now = room.clock.now()
    old = room.post(1, "the rare word zyzzyva").changed(created_at=now - timedelta(days=3))
    await hear(room, old, *(room.post(n) for n in range(2, 1500)))
    answer = await room.seat().view(r.SearchCache(query="zyzzyva"))
    assert isinstance(answer, r.Page)
    assert [p.id for p in answer.posts] == ["1"]
    answer = await room.seat().view(r.SearchCache(query="aurelia", limit=5000))
    assert isinstance(answer, r.Page)
    assert len(answer.posts) == 1000
    assert answer.more


async def test_a_listener_hears_its_feeds_and_what_was_withdrawn(room: TestRoom) -> None:
    ear = Ear(room, Role.HEAD, MENTIONS)
    await settle()
    await hear(room, room.post(1), room.post(2, "something else"))
    await hear(room, withdrawn=("small:1",))
    assert [p.id for e in ear.of(Heard) for p in e.posts] == ["1"]
    assert ear.of(Withdrawn) == [Withdrawn(uris=("small:1",))]
    assert await page(room.seat()) == ["2"]
    await ear.aclose()


async def test_private_messages_are_shown_to_those_who_answer_and_to_nobody_else(room: TestRoom) -> None:
    analyst, head = Ear(room, Role.ANALYST, EVERYTHING), Ear(room, Role.HEAD, EVERYTHING)
    await settle()
    secret = room.post(1, "Aurelia, my number is 4711", kind=PostKind.MESSAGE, visibility="direct")
    await hear(room, secret, room.post(2))
    draft = room.draft("Merci pour le 4711")
    await room.seat(Role.COMMUNITY).act(r.SaveDraft(draft=draft))
    await room.seat(Role.COMMUNITY).act(r.QueueSend(draft=draft))
    await room.clock.advance(0.2)  # type: ignore[attr-defined]
    assert [p.id for e in analyst.of(Heard) for p in e.posts] == ["2"]
    assert [p.id for e in head.of(Heard) for p in e.posts] == ["1", "2"]
    assert not analyst.of(DraftChanged)
    assert not analyst.of(OutboxChanged)
    assert head.of(DraftChanged)
    assert head.of(OutboxChanged)
    for role in (Role.ANALYST, Role.CREATIVE, Role.GUEST):
        seat = room.seat(role)
        assert await page(seat) == ["2"]
        found = await seat.view(r.SearchCache(query="4711"))
        assert isinstance(found, r.Page)
        assert found.posts == ()
        with pytest.raises(NotAllowed, match="read private messages"):
            await seat.view(r.ThreadView(uri="small:1"))
        assert "4711" not in repr(await overview(seat))
    assert "4711" in repr(await overview(room.seat(Role.MANAGER)))
    await hear(room, withdrawn=("small:1",))  # from here on nobody can look up what the answer answers
    await room.seat(Role.COMMUNITY).act(r.SaveDraft(draft=room.draft("Votre 4711 est note", id="d2")))
    await room.clock.advance(0.2)  # type: ignore[attr-defined]
    for role in (Role.ANALYST, Role.CREATIVE, Role.GUEST):
        assert "4711" not in repr(await overview(room.seat(role)))
    assert "4711" not in repr(analyst.envelopes)
    await analyst.aclose()
    await head.aclose()


async def test_a_thread_is_read_from_the_network_when_asked(room: TestRoom) -> None:
    now = room.clock.now()
    asked = room.post(1)
    answer = room.post(2, "a reply", reply_to="small:1", root="small:1").changed(created_at=now + timedelta(seconds=1))
    room.source.threads["small:1"] = [asked, answer]
    await hear(room, asked)
    seat = room.seat()

    async def thread(**more: Any) -> list[str]:
        found = await seat.view(r.ThreadView(uri="small:1", **more))
        assert isinstance(found, r.Page)
        return [p.id for p in found.posts]

    assert await thread() == ["1"]
    assert await thread(refresh=True) == ["1", "2"]
    assert await thread() == ["1", "2"]
    with pytest.raises(Missing, match="not in the room any more"):
        await seat.view(r.ThreadView(uri="small:99"))


async def test_a_reply_goes_out_once_and_comes_back_from_the_network(room: TestRoom) -> None:
    asked = room.post(1)
    await hear(room, asked)
    ours = room.post(50, "Nous regardons.", by_us=True, uri="small:r1", reply_to="small:1", root="small:1")
    ear = Ear(room, Role.HEAD, EVERYTHING)
    await settle()
    seat = room.seat(Role.COMMUNITY)
    await seat.act(r.SaveDraft(draft=room.draft()))
    done = await seat.act(r.QueueSend(draft=room.draft()))
    assert done.item is not None
    assert done.item.state is OutboxState.COUNTDOWN
    room.source.threads["small:1"] = [asked, ours]
    await room.clock.advance(10)  # type: ignore[attr-defined]
    assert [p.text for p in room.network.posts] == ["Nous regardons."]
    found = await overview(seat)
    assert [i.state for i in found.outbox] == [OutboxState.SENT]
    assert found.drafts == ()
    assert found.pulse is not None
    assert found.pulse.sent == 1
    assert ear.of(OutboxChanged)[-1].item.sent_url == "https://small.example/1"
    case = room.case()
    assert case is not None
    assert case.answered == ("small:1",)
    await ear.aclose()


async def test_an_undone_send_is_a_draft_again_and_nothing_left(room: TestRoom) -> None:
    await hear(room, room.post(1))
    seat = room.seat(Role.COMMUNITY)
    done = await seat.act(r.QueueSend(draft=room.draft("Ne partez pas")))
    assert done.item is not None
    back = await seat.act(r.CancelSend(item=done.item.id))
    assert back.draft is not None
    assert back.draft.text == "Ne partez pas"
    await room.clock.advance(60)  # type: ignore[attr-defined]
    assert room.network.posts == []


async def test_unanswered_keeps_only_what_waits_for_us(room: TestRoom) -> None:
    unanswered = r.Feed(name="Unanswered", query="aurelia", unanswered=True)
    await hear(room, room.post(1), room.post(2), room.post(3, by_us=True), room.post(4, kind=PostKind.NEWS))
    seat = room.seat()
    assert sorted(await page(seat, unanswered)) == ["1", "2"]
    await seat.act(r.CloseCase(conversation="small:1"))
    assert await page(seat, unanswered) == ["2"]
    await seat.act(r.ReopenCase(conversation="small:1"))
    assert sorted(await page(seat, unanswered)) == ["1", "2"]


async def test_a_feed_of_private_messages_holds_nothing_else_and_is_empty_for_who_may_not_read_them(
    room: TestRoom,
) -> None:
    private = r.Feed(name="Private messages", query="", private=True)
    ears = {role: Ear(room, role, private, EVERYTHING) for role in (Role.COMMUNITY, Role.GUEST)}
    await settle()
    await hear(
        room,
        room.post(1),
        room.post(2, kind=PostKind.MESSAGE, visibility="direct"),
        room.post(3, visibility="direct", by_us=True),
    )
    assert sorted(await page(room.seat(Role.COMMUNITY), private)) == ["2", "3"]
    assert await page(room.seat(Role.GUEST), private) == []
    told = {
        role: {p.id: names for e in ear.of(Heard) for p, names in zip(e.posts, e.feeds, strict=True)}
        for role, ear in ears.items()
    }
    both = (private.name, EVERYTHING.name)
    assert told[Role.COMMUNITY] == {"1": (EVERYTHING.name,), "2": both, "3": both}
    assert told[Role.GUEST] == {"1": (EVERYTHING.name,)}
    for ear in ears.values():
        await ear.aclose()


async def test_a_claim_is_seen_by_everybody_and_taken_only_on_purpose(room: TestRoom) -> None:
    await hear(room, room.post(1))
    await room.seat(Role.COMMUNITY).act(r.ClaimCase(conversation="small:1"))
    with pytest.raises(Conflict, match="Community"):
        await room.seat(Role.MANAGER).act(r.ClaimCase(conversation="small:1"))
    done = await room.seat(Role.MANAGER).act(r.ClaimCase(conversation="small:1", take=True))
    assert done.case is not None
    assert done.case.claimed_by == "Manager"


async def test_an_excluded_word_leaves_every_feed_and_never_comes_in_again(room: TestRoom) -> None:
    ear = Ear(room, Role.HEAD, EVERYTHING)
    await settle()
    await hear(room, room.post(1, "an opera by Aurelia"), room.post(2))
    await room.seat().act(r.ExcludeWord(word="  opera "))
    await hear(room, room.post(3, "opera again"), room.post(4))
    assert sorted(await page(room.seat())) == ["2", "4"]
    assert [e.reason for e in ear.of(Resync)] == ["excluded word"]
    assert [p.id for e in ear.of(Heard) for p in e.posts] == ["1", "2", "4"]
    with pytest.raises(Missing, match="a letter or a digit"):
        await room.seat().act(r.ExcludeWord(word="!!"))
    await room.seat().act(r.ExcludeWord(word="nothing"))  # one that is none has broken nothing
    await ear.aclose()


async def test_what_a_room_was_told_to_leave_out_is_remembered_and_saved() -> None:
    kept: list[str] = []
    plan = {"excluded": ("rose",), "remember_excluded": kept.append, "save_as": lambda path: f"{path} saved"}
    async with running(clock=HeldClock(), quick=True, **plan) as room:
        await settle()
        await hear(room, room.post(1, "a rose"), room.post(2))
        assert await page(room.seat()) == ["2"]
        await room.seat().act(r.ExcludeWord(word="opera"))
        assert kept == ["opera"]
        assert (await room.seat().act(r.SaveRoom(path="/x"))).text == "/x saved"
        assert (await overview(room.seat())).quick


async def test_a_room_with_a_file_of_its_own_is_not_saved_over(room: TestRoom) -> None:
    with pytest.raises(Missing, match="already has its file"):
        await room.seat().act(r.SaveRoom(path="/x"))


async def test_the_overview_says_who_sits_there_and_what_is_heard(room: TestRoom) -> None:
    await hear(room, room.post(1, language=None), room.post(2))
    found = await overview(room.seat(Role.ANALYST))
    assert found.operator == SEATS["analyst"]
    assert [(s.name, s.status, s.heard) for s in found.sources] == [("small", SourceStatus.LIVE, 2)]
    assert [(a.name, a.handle, a.ready) for a in found.accounts] == [("small", "brand", True)]
    assert found.pulse is not None
    assert found.pulse.posts == 2
    assert sum(found.pulse.rate) == 2
    assert found.feeds == (MENTIONS, EVERYTHING)
    assert found.countdown == 5.0


async def test_the_pulse_beats_only_when_something_changed(room: TestRoom) -> None:
    ear = Ear(room)
    await settle()
    await room.clock.advance(4)  # type: ignore[attr-defined]
    quiet = len(ear.of(Pulse))
    await hear(room, room.post(1), room.post(2))
    await room.clock.advance(1.5)  # type: ignore[attr-defined]
    assert len(ear.of(Pulse)) == quiet + 1
    assert ear.of(Pulse)[-1].posts == 2
    await ear.aclose()


async def test_an_account_whose_login_fails_says_so_and_is_tried_again_later() -> None:
    room = TestRoom(HeldClock())
    answers: list[AccountFacts | Exception] = [
        LoginNeeded("the token is dead", remedy="log in"),
        AccountFacts(id="1", handle=SafeText("brand")),
    ]

    async def account() -> AccountFacts:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    room.source.account = account  # type: ignore[method-assign]
    await room.room.start()
    ear = Ear(room)
    await room.clock.advance(1)  # type: ignore[attr-defined]
    (shown,) = (await overview(room.seat())).accounts
    assert not shown.ready
    assert shown.problem is not None
    assert str(shown.problem.what) == "the token is dead"
    await room.clock.advance(599)  # type: ignore[attr-defined]
    assert [e.account.ready for e in ear.of(AccountChanged)] == [False, True]
    await ear.aclose()
    await room.room.aclose()


async def test_a_source_is_woken_by_name(room: TestRoom) -> None:
    await room.seat(Role.GUEST).act(r.PollNow(source="small"))
    await room.seat(Role.GUEST).act(r.PollNow())
    with pytest.raises(Missing, match="no source called"):
        await room.seat(Role.GUEST).act(r.PollNow(source="other"))


async def test_to_stop_is_said_to_everybody_and_done(room: TestRoom) -> None:
    ear = Ear(room)
    await settle()
    await room.seat(Role.ANALYST).act(r.StopRoom())
    await room.clock.advance(0.1)  # type: ignore[attr-defined]
    assert [str(n.message) for n in ear.of(Notice)] == ["Analyst stopped the room"]
    assert room.room.stopping.is_set()
    await ear.aclose()


async def test_the_end_lets_go_of_everything_and_the_next_room_takes_up_what_waits() -> None:
    desk = MemoryDesk()
    clock = HeldClock()
    first = TestRoom(clock, desk=desk)
    await first.room.start()
    await settle()
    await hear(first, first.post(1))
    await first.seat(Role.COMMUNITY).act(r.QueueSend(draft=first.draft(), delay=3000))
    await first.seat(Role.COMMUNITY).act(r.SaveDraft(draft=first.draft("another", id="d2")))
    await first.room.aclose()
    assert first.source.closed
    assert first.closed == ["closed"]
    assert first.network.posts == []
    second = TestRoom(clock, desk=desk)
    await second.room.start()
    await settle()
    found = await overview(second.seat())
    assert [i.state for i in found.outbox] == [OutboxState.SCHEDULED]
    assert [d.text for d in found.drafts] == ["another"]
    await second.room.aclose()


async def test_a_started_again_room_never_continues_the_events_of_the_one_before(room: TestRoom) -> None:
    before = room.room._bus.seq
    await room.clock.advance(1)  # type: ignore[attr-defined]
    again = TestRoom(room.clock)
    for _ in range(50):
        again.room._emit(Withdrawn(uris=("small:1",)))
    line = again.seat().events([], before)
    batch = await anext(line)
    assert [type(e.event) for e in batch] == [Resync]
    await line.aclose()  # type: ignore[attr-defined]
    await again.room.aclose()


def days_ago(clock: HeldClock, number: int, days: float) -> Any:
    at = clock.now() - timedelta(days=days)
    return invented(
        number, at=at, source="small", network="small", uri=f"small:{number}", text=SafeText("Aurelia avant"),
        language=None, kind=PostKind.MENTION,
    )  # fmt: skip


async def test_a_source_that_is_read_for_the_first_time_fills_the_room_with_its_past_and_rings_nothing() -> None:
    clock = HeldClock()
    past = [[days_ago(clock, n, d) for n in (3 * d, 3 * d + 1)] for d in range(1, 12)]
    async with running(clock=clock, past=past) as room:
        ear = Ear(room, Role.HEAD, EVERYTHING)
        await clock.advance(1)
        shown = await page(room.seat())
        assert shown[0] in ("3", "4")
        assert len(shown) == 16  # seven days, and the page in which they end
        assert sum(room.room.pulse().rate) == 0
        assert not ear.of(Heard)
        assert [e.reason for e in ear.of(Resync)] == ["history"]
        counted = room.room._cache.counts("brand", clock.now() - timedelta(days=30))
        assert sum(counted.values()) == 16
        await ear.aclose()


async def test_a_source_that_was_read_before_is_not_read_back_again() -> None:
    clock = HeldClock()
    cache = MemoryCache()
    async with running(clock=clock, cache=cache) as first:
        await settle()
        await hear(first, cursor="1")
    async with running(clock=clock, cache=cache, past=[[days_ago(clock, 1, 1)]]) as second:
        await clock.advance(1)
        assert await page(second.seat()) == []


async def test_counts_of_the_past_are_there_after_a_start() -> None:
    clock = HeldClock()
    first = TestRoom(clock)
    await first.room.start()
    await settle()
    french = invented(1, at=clock.now(), source="small", network="small")
    await hear(first, french)
    assert first.room.pulse().languages
    cache = first.room._cache
    again = TestRoom(clock, cache=cache)
    await first.room.aclose()
    await again.room.start()
    assert again.room.pulse().languages == first.room.pulse().languages
    await again.room.aclose()


class FullDisk(MemoryCache):
    """A cache whose disk takes nothing while it is full."""

    full = False
    flushed = 0

    def flush(self) -> None:
        self.flushed += 1
        if self.full:
            raise StoreError("the disk is full")


async def test_a_full_disk_is_said_once_and_so_is_its_end() -> None:
    disk = FullDisk()

    async def seconds(room: TestRoom, count: int) -> None:
        async with asyncio.timeout(30):
            until = disk.flushed + count
            while disk.flushed < until:
                await room.clock.advance(1.0)  # type: ignore[attr-defined]
                await asyncio.sleep(0.001)  # the flush is a thread's

    async with running(clock=HeldClock(), cache=disk) as room:
        ear = Ear(room)
        await settle()
        disk.full = True
        await seconds(room, 5)
        disk.full = False
        await seconds(room, 3)
        said = [str(n.message) for n in ear.of(Notice)]
        assert sum("full" in s for s in said) == 1
        assert sum("takes what is heard again" in s for s in said) == 1
        await ear.aclose()


async def test_a_network_that_fails_while_its_past_is_read_is_asked_again_also_after_a_restart() -> None:
    clock, cache = HeldClock(), MemoryCache()
    past = [[days_ago(clock, 1, 1)]]
    room = TestRoom(clock, cache=cache, past=past)
    asked: list[int] = []
    read = room.source.history

    async def refuses(since: datetime | None = None) -> AsyncIterator[Any]:
        asked.append(1)
        raise Unreachable("refused")
        yield

    room.source.history = refuses  # type: ignore[method-assign]
    await room.room.start()
    await clock.advance(20)
    assert len(asked) == 3
    assert await page(room.seat()) == []
    await room.room.aclose()
    second = TestRoom(clock, cache=cache, past=past)
    assert read is not None
    await second.room.start()
    await clock.advance(1)
    assert await page(second.seat()) == ["1"]
    await second.room.aclose()


async def test_a_connectors_own_fault_is_a_state_of_its_account_and_is_not_hammered() -> None:
    room = TestRoom(HeldClock())
    asked: list[int] = []

    async def account() -> AccountFacts:
        asked.append(1)
        raise KeyError("configuration")

    room.source.account = account  # type: ignore[method-assign]
    await room.room.start()
    ear = Ear(room)
    await room.clock.advance(60)  # type: ignore[attr-defined]
    assert len(asked) <= 5
    (shown,) = (await overview(room.seat())).accounts
    assert shown.problem is not None
    assert "KeyError" in str(shown.problem.what)
    assert not ear.of(Notice)
    await ear.aclose()
    await room.room.aclose()


async def test_a_part_that_cannot_be_closed_does_not_keep_the_stores_open() -> None:
    closed: list[str] = []

    class Told(MemoryCache):
        def close(self) -> None:
            closed.append("cache")

    class ToldDesk(MemoryDesk):
        def close(self) -> None:
            closed.append("desk")

    room = TestRoom(HeldClock(), cache=Told(), desk=ToldDesk())

    async def fails() -> None:
        raise RuntimeError("stuck")

    room.source.aclose = fails  # type: ignore[method-assign]
    await room.room.start()
    await room.room.aclose()
    assert closed == ["cache", "desk"]


async def test_a_draft_that_was_thrown_away_is_brought_back_whole() -> None:
    async with running(clock=HeldClock()) as test_room:
        seat = test_room.seat(Role.COMMUNITY)
        kept = (await seat.act(r.SaveDraft(draft=test_room.draft("À garder \ud800")))).draft
        assert kept is not None
        done = await seat.act(r.DiscardDraft(draft=kept.id))
        assert test_room.room.drafts.all() == []
        await seat.act(r.UndoStep(step=done.step))
        assert test_room.room.drafts.all() == [kept]
        blank = test_room.draft("  ", id="d2")
        await seat.act(r.SaveDraft(draft=blank))
        assert (await seat.act(r.DiscardDraft(draft="d2"))).step == ""
