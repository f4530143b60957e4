"""Hundreds of queries held against posts at once, against each by itself; and repeats found on the way."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence

from benchmark.goals import Goal, Run, ratio
from support.posts import post

from socialroom.domain.post import Post
from socialroom.domain.query import Matcher, Query, parse
from socialroom.domain.text import SafeText
from socialroom.engine.noise import Noise
from socialroom.stores.memory import MemoryCache

QUERIES = 500
WORDS = [f"mot{n}" for n in range(4000)] + "aurelia panne réseau plus de facture boutique box client".split() * 40  # noqa: SIM905


def measure(run: Run) -> Iterator[Goal]:
    """Posts a second of one core; new posts each round, so that no word is remembered."""
    dice = random.Random(3)
    queries = {str(n): parse(text) for n, text in enumerate(_queries(dice))}
    matcher = Matcher(queries)
    together, alone, folded = 0.0, 0.0, 0.0
    many, few = run.rounds(10_000, 2_000), run.rounds(600, 200)
    rounds = run.rounds(4, 2)
    for _ in range(rounds):
        together += _cost(matcher.match, _posts(dice, many)) / many
        alone += _cost(lambda p: _one_by_one(queries, p), _posts(dice, few)) / few
        noise = Noise(MemoryCache())
        folded += _cost(lambda p, noise=noise: noise.mark([p]), _posts(dice, many)) / many
    yield Goal(
        f"{QUERIES} queries at once ÷ one by one, posts a second",
        ratio(alone, together), 8, aim=12, at_least=True, seen=f"{rounds / together:,.0f}/s ÷ {rounds / alone:,.0f}/s",
    )  # fmt: skip
    yield Goal(
        "looking for repeats ÷ 500 queries one by one, CPU a post",
        ratio(folded, alone), 0.5, seen=f"{rounds / folded:,.0f}/s",
    )  # fmt: skip


def _queries(dice: random.Random) -> Iterator[str]:
    """What a room of many countries asks: products, phrases, the brand with a word, starts of words, fields."""
    for n in range(QUERIES):
        a, b = dice.choice(WORDS), dice.choice(WORDS)
        yield (
            f"mot{n}", f'"{a} {b}"', f"aurelia AND mot{n}", f"(mot{n} OR {a}) NOT {b}", f"mot{n}* lang:fr", f"mot{n} NEAR/5 {a}",
        )[n % 6]  # fmt: skip


def _posts(dice: random.Random, count: int) -> list[Post]:
    return [post(n, text=SafeText(" ".join(dice.choices(WORDS, k=25)))) for n in range(count)]


def _one_by_one(queries: dict[str, Query], one: Post) -> list[str]:
    return [name for name, query in queries.items() if query.matches(one)]


def _cost(act: Callable[[Post], object], posts: Sequence[Post]) -> float:
    """CPU seconds."""
    began = time.process_time()
    for one in posts:
        act(one)
    return time.process_time() - began
