"""Budgets, and what servers say of them."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import HeldClock, settle

from socialroom.domain.errors import RateLimited
from socialroom.net._backoff import Backoff
from socialroom.net._politeness import BURST, PATIENCE, RATE, Politeness, asked_for, when

NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "at"),
    [
        ("120", NOW + timedelta(seconds=120)),
        ("0.5", NOW + timedelta(seconds=0.5)),
        (str(int(NOW.timestamp()) + 60), NOW + timedelta(seconds=60)),
        ("Tue, 01 Sep 2026 10:02:00 GMT", NOW + timedelta(minutes=2)),
        ("2026-09-01T10:03:00.000Z", NOW + timedelta(minutes=3)),
        ("-5", None),
        ("nan", None),
        ("inf", None),
        ("soon", None),
        ("", None),
    ],
)
def test_reads_every_spelling_of_a_moment(value: str, at: datetime | None) -> None:
    assert when(value, NOW) == at


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_header_breaks_it(one: str, two: str) -> None:
    headers = {"retry-after": one, "x-ratelimit-remaining": "0", "x-ratelimit-reset": two}
    at = asked_for(headers, NOW)
    assert at is None or NOW < at <= NOW + timedelta(hours=1)


async def test_a_burst_goes_at_once_and_the_rest_waits_its_turn() -> None:
    clock = HeldClock()
    politeness = Politeness(clock)
    done: list[int] = []

    async def ask(number: int) -> None:
        await politeness.take("h", "", ours=False)
        done.append(number)

    tasks = [asyncio.create_task(ask(n)) for n in range(int(BURST) + 5)]
    await settle()
    assert done == list(range(int(BURST)))
    await clock.advance(5 / RATE + 0.01)
    assert done == list(range(int(BURST) + 5))
    await asyncio.gather(*tasks)


async def test_a_line_that_is_too_long_says_when_to_come_back() -> None:
    clock = HeldClock()
    politeness = Politeness(clock)
    tasks = []
    for _ in range(int(BURST + PATIENCE * RATE) + 1):
        tasks.append(asyncio.create_task(politeness.take("h", "", ours=False)))
    await settle()
    with pytest.raises(RateLimited) as caught:
        await politeness.take("h", "", ours=False)
    assert caught.value.retry_at is not None
    assert caught.value.retry_at > clock.now() + timedelta(seconds=PATIENCE)
    await politeness.take("another host", "", ours=False)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def test_back_off_grows_to_its_cap_and_starts_again() -> None:
    back_off = Backoff(draw=random.Random(1))
    waits = [back_off.failed() for _ in range(200)]
    assert all(1 <= w <= 900 for w in waits)
    assert max(waits[:3]) <= 8
    assert max(waits) > 800
    assert len(set(waits[20:])) > 100
    back_off.succeeded()
    assert back_off.failed() <= 2
