from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import pytest_asyncio
from support.posts import post

from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.engine.scoring import ScoringChild


@pytest_asyncio.fixture(loop_scope="function")
async def child() -> AsyncIterator[ScoringChild]:
    scoring = ScoringChild(["fr", "en", "de"], budget=30.0)
    yield scoring
    await scoring.aclose()


def said(text: str, number: int = 1) -> Post:
    return post(number, text=SafeText(text), title=SafeText(""), tone=None, language=None)


async def test_language_and_tone_come_from_the_child_in_order(child: ScoringChild) -> None:
    assert child.pid is None
    scored = await child.score(
        [
            said("I really love this great network, thank you so much!"),
            said("Encore une panne ce matin, service client injoignable, je résilie"),
            said("Das Netz ist heute wieder sehr langsam und niemand antwortet"),
            said("!!!"),
        ]
    )
    assert [p.language.code for p in scored if p.language] == ["en", "fr", "de", "und"]
    tones = [p.tone for p in scored if p.tone]
    assert [t.label for t in tones] == [ToneLabel.POSITIVE, ToneLabel.NEGATIVE, None, None]
    assert [t.reason for t in tones] == ["", "", "no engine", "no language"]
    assert tones[0].engine == "vader 3.3.2"
    assert tones[1].engine.startswith("pack fr")


async def test_more_than_a_batch_and_what_is_scored_already(child: ScoringChild) -> None:
    kept = said("I love it").changed(tone=Tone(label=ToneLabel.NEGATIVE, engine="a person"))
    posts = [kept, *(said("this is a good day for all of us", n) for n in range(650))]
    scored = await child.score(posts)
    assert scored[0] == kept
    assert [p.id for p in scored] == [p.id for p in posts]
    assert all(p.tone and p.tone.label is ToneLabel.POSITIVE for p in scored[1:])


async def test_a_killed_child_costs_a_batch_and_comes_back(child: ScoringChild) -> None:
    await child.warm()
    first = child.pid
    assert first is not None
    asking = asyncio.create_task(child.score([said("good morning to everybody here", n) for n in range(300)]))
    os.kill(first, signal.SIGKILL)
    scored = await asking
    assert len(scored) == 300
    assert {p.tone.reason for p in scored if p.tone} <= {"engine lost", ""}
    async with asyncio.timeout(60):
        while not child.pid or child.pid == first:
            scored = await child.score(scored[:1])
            await asyncio.sleep(0.05)
        scored = await child.score(scored[:1])
    assert scored[0].tone
    assert scored[0].tone.label is ToneLabel.POSITIVE


async def test_over_budget_posts_come_back_unscored_and_the_child_is_replaced() -> None:
    scoring = ScoringChild(["en"], budget=30.0)
    try:
        await scoring.warm()
        first = scoring.pid
        assert first is not None
        os.kill(first, signal.SIGSTOP)  # as a model that never ends
        scoring._budget = 0.1
        scored = await scoring.score([said("a good day")])
        assert scored[0].tone == Tone(reason="over budget")
        scoring._budget = 30.0
        again = await scoring.score(scored)
        assert scoring.pid != first
        assert again[0].tone
        assert again[0].tone.label is ToneLabel.POSITIVE
    finally:
        await scoring.aclose()
    assert scoring.pid is None
