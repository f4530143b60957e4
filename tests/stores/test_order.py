"""Posts stay in order of time whatever comes and goes, and a shelf forgets nothing of what went."""

from __future__ import annotations

import random
from bisect import insort
from datetime import timedelta

from support.posts import NOON, post

from socialroom.stores._order import TimeOrder, moment


def test_any_posts_that_come_and_go_leave_the_others_in_order() -> None:
    dice = random.Random(7)
    posts = [post(n, words=1, at=NOON + timedelta(seconds=dice.randint(0, 2000))) for n in range(6000)]
    order, expected = TimeOrder(posts[:1300]), sorted(posts[:1300], key=moment)
    for round_ in range(4):
        for new in posts[1300 + round_ * 1000 : 2300 + round_ * 1000]:
            order.add(new)
            insort(expected, new, key=moment)
        for _ in range(1200 if round_ == 3 else 500):
            order.remove(expected.pop(dice.randrange(len(expected))))
        assert list(order.oldest_first()) == expected
        assert list(order.newest_first()) == expected[::-1]
        assert len(order) == len(expected)
        for place in (0, 1, 499, 500, 501, len(expected) // 2, len(expected) - 1):
            assert list(order.newest_first(moment(expected[place]))) == expected[place::-1]
    for one in list(expected):
        order.remove(one)
    assert list(order.newest_first()) == list(order.newest_first(moment(posts[0]))) == []
    order.add(posts[0])
    assert list(order.oldest_first()) == [posts[0]]


def test_the_newest_posts_one_after_the_other_are_in_order() -> None:
    order = TimeOrder()
    posts = [post(n, words=1, at=NOON + timedelta(seconds=n)) for n in range(2500)]
    for one in posts:
        order.add(one)
    assert list(order.oldest_first()) == posts
    assert next(order.newest_first(moment(posts[1234]))) == posts[1234]
