"""A source's life on a clock that the test holds."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
from support.clock import HeldClock, settle

from socialroom.domain.errors import BadReply, Gone, LoginNeeded, RateLimited, Refused, StoreError, Unreachable
from socialroom.domain.ports import Batch
from socialroom.domain.post import Post, PostKind
from socialroom.domain.source import SourceState, SourceStatus
from socialroom.domain.text import clean
from socialroom.engine.poller import Poller

AT = datetime(2026, 9, 1, 9, tzinfo=UTC)


def posts(*numbers: int) -> tuple[Post, ...]:
    return tuple(
        Post(
            uri=f"test:{n}", id=str(n), network="test", source="s", kind=PostKind.POST, text=clean(f"post {n}"),
            created_at=AT, first_seen_at=AT,
        )
        for n in numbers
    )  # fmt: skip


class Network:
    """A network as the poller sees it: what the next fetches bring, and a stream that the test feeds."""

    def __init__(self, *, streams: bool = False) -> None:
        self.streams = streams
        self.fetches: list[str | None] = []
        self.opened: list[str | None] = []
        self.answers: list[Batch | Exception] = []
        self.usual: Batch | Exception = Batch()
        self.stream_answers: list[Exception] = []
        self.line: asyncio.Queue[Batch | Exception] = asyncio.Queue()
        self.closed = 0

    async def fetch(self, cursor: str | None) -> Batch:
        self.fetches.append(cursor)
        answer = self.answers.pop(0) if self.answers else self.usual
        if isinstance(answer, Exception):
            raise answer
        return answer

    def stream(self, cursor: str | None) -> AsyncIterator[Batch] | None:
        return self._stream(cursor) if self.streams else None

    async def _stream(self, cursor: str | None) -> AsyncIterator[Batch]:
        self.opened.append(cursor)
        if self.stream_answers:
            raise self.stream_answers.pop(0)
        try:
            while True:
                batch = await self.line.get()
                if isinstance(batch, Exception):
                    raise batch
                yield batch
        finally:
            self.closed += 1

    async def thread(self, post: Post) -> list[Post]:
        return [post]

    async def aclose(self) -> None:
        pass


class Bench:
    def __init__(self, network: Network, clock: HeldClock, cursor: str | None = None) -> None:
        self.network, self.clock = network, clock
        self.delivered: list[Batch] = []
        self.states: list[SourceState] = []
        self.refuse: Exception | None = None
        self.poller = Poller(
            name="s", network="test", title="Test", connector=network, every=60, cursor=cursor, clock=clock,
            deliver=self.deliver, report=self.states.append, draw=random.Random(7),
        )  # fmt: skip

    async def deliver(self, batch: Batch) -> None:
        if self.refuse:
            error, self.refuse = self.refuse, None
            raise error
        self.delivered.append(batch)

    @property
    def state(self) -> SourceState:
        return self.poller.state

    async def step(self) -> None:
        """To the moment of the next try (and a thousandth more: a datetime is coarser than a float)."""
        await self.clock.advance(self.wait() + 0.001)

    def wait(self) -> float:
        assert self.state.next_try_at
        return (self.state.next_try_at - self.clock.now()).total_seconds()


@asynccontextmanager
async def running(network: Network, cursor: str | None = None) -> AsyncIterator[Bench]:
    bench = Bench(network, HeldClock(), cursor)
    task = asyncio.create_task(bench.poller.run())
    await settle()
    try:
        yield bench
    finally:
        assert not task.done(), "a poller never ends by itself"
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert bench.clock.sleepers == 0, "nothing is left waiting"


async def test_polls_at_its_interval_with_jitter_and_hands_the_cursor_on() -> None:
    network = Network()
    network.answers = [Batch(posts=posts(1), cursor="a"), Batch(posts=posts(2), cursor="b")]
    async with running(network) as bench:
        assert bench.state.status is SourceStatus.POLLING
        assert (bench.state.heard, bench.state.interval) == (1, 60)
        assert 54 <= bench.wait() <= 66
        await bench.step()
        assert network.fetches == [None, "a"]
        assert bench.state.heard == 2
        assert bench.states[0].status is SourceStatus.STARTING
        assert bench.state.last_good_at is not None


async def test_the_server_may_ask_for_a_longer_interval_but_not_a_shorter() -> None:
    network = Network()
    network.answers = [Batch(next_in=600), Batch(next_in=1)]
    async with running(network) as bench:
        assert 540 <= bench.wait() <= 660
        await bench.step()
        assert 54 <= bench.wait() <= 66


async def test_pages_that_say_more_are_read_at_once() -> None:
    network = Network()
    network.answers = [Batch(posts=posts(n), cursor=str(n), more=n < 3) for n in (1, 2, 3)]
    async with running(network) as bench:
        assert network.fetches == [None, "1", "2"]
        assert bench.state.heard == 3


async def test_more_without_a_step_forward_is_no_loop() -> None:
    network = Network()
    network.usual = Batch(cursor="same", more=True)
    async with running(network):
        assert network.fetches == [None, "same"]


async def test_the_cursor_stays_until_the_store_has_committed() -> None:
    network = Network()
    network.answers = [Batch(posts=posts(1), cursor="b")]
    network.usual = Batch(posts=posts(2), cursor="c")
    async with running(network, cursor="a") as bench:
        bench.refuse = StoreError("disk full")
        await bench.step()
        assert bench.state.status is SourceStatus.WAITING
        assert bench.state.problem is not None
        assert bench.state.problem.code == "store"
        await bench.step()
        assert network.fetches == ["a", "b", "b"]
        assert bench.state.status is SourceStatus.POLLING


async def test_failures_back_off_visibly_and_end_with_the_next_good_poll() -> None:
    network = Network()
    network.usual = Unreachable("{host} refused the connection", host="h")
    async with running(network) as bench:
        waits = []
        for _ in range(40):
            assert bench.state.status is SourceStatus.WAITING
            waits.append(bench.wait())
            await bench.step()
        assert all(0.99 <= w <= 900 for w in waits)
        assert waits[0] <= 2
        assert max(waits) > 300
        network.usual = Batch(posts=posts(1), cursor="a")
        await bench.step()
        assert bench.state.status is SourceStatus.POLLING
        assert bench.state.problem is None


async def test_what_comes_after_a_failure_is_counted_as_back_fill() -> None:
    network = Network()
    network.answers = [
        Batch(posts=posts(1), cursor="a"),
        Unreachable("gone"),
        Batch(posts=posts(2, 3), cursor="b", more=True),
        Batch(posts=posts(4), cursor="c", gap=2),
        Batch(posts=posts(5), cursor="d"),
    ]
    async with running(network) as bench:
        assert bench.state.note is None
        await bench.step()
        await bench.step()
        assert str(bench.state.note) == "back-filled 3, lost 2"
        assert (bench.state.back_filled, bench.state.lost, bench.state.heard) == (3, 2, 4)
        await bench.step()
        assert (bench.state.back_filled, bench.state.heard) == (3, 5)


async def test_a_rate_limit_waits_for_the_servers_own_time() -> None:
    network = Network()
    clock_start = HeldClock().now()
    network.answers = [RateLimited("slow down", retry_at=clock_start + timedelta(seconds=200))]
    async with running(network) as bench:
        assert bench.wait() == 200
        assert bench.state.problem is not None
        await bench.clock.advance(199)
        assert len(network.fetches) == 1
        await bench.clock.advance(1)
        assert len(network.fetches) == 2


@pytest.mark.parametrize("error", [LoginNeeded("no"), Refused("no"), Gone("no")])
async def test_what_a_person_must_mend_stops_the_source_until_it_is_woken(error: Exception) -> None:
    network = Network()
    network.answers = [error]
    async with running(network) as bench:
        assert bench.state.status is SourceStatus.STOPPED
        assert bench.state.next_try_at is None
        await bench.clock.advance(100_000)
        assert len(network.fetches) == 1
        bench.poller.wake()
        await settle()
        assert bench.state.status is SourceStatus.POLLING


async def test_waking_polls_now() -> None:
    network = Network()
    async with running(network) as bench:
        bench.poller.wake()
        await settle()
        assert len(network.fetches) == 2


@pytest.mark.parametrize("error", [ValueError("bug"), RuntimeError("x"), KeyError("y")])
async def test_a_fault_of_ours_is_a_state_too(error: Exception) -> None:
    network = Network()
    network.answers = [error]
    async with running(network) as bench:
        assert bench.state.status is SourceStatus.WAITING
        assert type(error).__name__ in str(bench.state.problem)


async def test_a_report_that_fails_stops_nothing() -> None:
    network = Network()
    bench = Bench(network, HeldClock())

    def fails(_state: SourceState) -> None:
        raise RuntimeError

    bench.poller._report = fails
    task = asyncio.create_task(bench.poller.run())
    await settle()
    assert network.fetches == [None]
    assert not task.done()
    task.cancel()


# --- streams ----------------------------------------------------------------------------------------------------------


async def test_a_stream_is_live_from_its_first_batch_and_nothing_is_polled() -> None:
    network = Network(streams=True)
    async with running(network, cursor="a") as bench:
        assert bench.state.status is SourceStatus.STARTING
        network.line.put_nowait(Batch())
        await settle()
        assert bench.state.status is SourceStatus.LIVE
        assert bench.state.interval is None
        network.line.put_nowait(Batch(posts=posts(1), cursor="b"))
        await bench.clock.advance(10_000)
        assert bench.delivered == [Batch(posts=posts(1), cursor="b")]
        assert network.fetches == []
        assert network.opened == ["a"]


async def test_a_cut_is_polled_over_then_back_filled_and_said() -> None:
    network = Network(streams=True)
    async with running(network) as bench:
        network.line.put_nowait(Batch(posts=posts(1), cursor="a"))
        await settle()
        network.usual = Unreachable("{host} refused the connection", host="h")
        network.stream_answers = [Unreachable("no")]
        network.line.put_nowait(Unreachable("cut"))
        await settle()
        assert network.closed == 1
        assert network.fetches == ["a"]
        assert bench.state.status is SourceStatus.WAITING
        assert bench.state.last_good_at is not None
        await bench.step()
        assert bench.state.status is SourceStatus.WAITING
        for batch in (
            Batch(),
            Batch(posts=posts(2, 3), cursor="b", back_filled=True),
            Batch(posts=posts(4), cursor="c", back_filled=True, gap=0),
            Batch(posts=posts(5), cursor="d"),
        ):
            network.line.put_nowait(batch)
        await bench.step()
        assert bench.state.status is SourceStatus.LIVE
        assert bench.state.problem is None
        assert str(bench.state.note) == "back-filled 3, lost 0"
        assert (bench.state.heard, bench.state.back_filled, bench.state.lost) == (5, 3, 0)
        assert network.opened == [None, "a", "a"]


async def test_while_the_stream_is_down_polling_goes_on_and_the_reason_shows() -> None:
    network = Network(streams=True)
    network.stream_answers = [BadReply("no stream today")] * 100
    async with running(network) as bench:
        assert bench.state.status is SourceStatus.POLLING
        assert "no stream today" in str(bench.state.problem)
        await bench.clock.advance(3600)
        assert len(network.opened) > 5
        assert 50 <= len(network.fetches) <= 70
        network.stream_answers = []
        network.line.put_nowait(Batch())
        await bench.clock.advance(900)
        assert bench.state.status is SourceStatus.LIVE
        assert bench.state.problem is None


async def test_a_stream_that_is_closed_to_us_leaves_polling() -> None:
    network = Network(streams=True)
    network.stream_answers = [LoginNeeded("streams need a login")]
    async with running(network) as bench:
        await bench.clock.advance(10_000)
        assert bench.state.status is SourceStatus.POLLING
        assert len(network.opened) == 1
        bench.poller.wake()
        await settle()
        assert len(network.opened) == 2


async def test_a_stream_that_opens_and_breaks_at_once_backs_off() -> None:
    network = Network(streams=True)

    async def flapping(cursor: str | None) -> AsyncIterator[Batch]:
        network.opened.append(cursor)
        yield Batch()
        raise Unreachable("cut")

    network._stream = flapping  # type: ignore[method-assign]
    async with running(network) as bench:
        await bench.clock.advance(3600)
        assert len(network.opened) < 60


async def test_a_stream_that_the_store_refuses_is_taken_up_again_from_the_old_cursor() -> None:
    network = Network(streams=True)
    async with running(network, cursor="a") as bench:
        network.line.put_nowait(Batch())
        await settle()
        bench.refuse = StoreError("disk full")
        network.line.put_nowait(Batch(posts=posts(1), cursor="b"))
        await settle()
        await bench.clock.advance(10)
        assert set(network.opened + network.fetches) == {"a"}
        assert network.closed == 1


async def test_sources_that_fall_due_within_a_second_are_asked_together() -> None:
    network = Network()
    async with running(network) as bench:
        for _ in range(3):
            due = bench.clock.monotonic() + bench.wait()
            assert abs(due - round(due)) < 0.01
            await bench.step()
    assert len(network.fetches) == 4
