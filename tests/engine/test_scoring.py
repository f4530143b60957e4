from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from support.posts import post

from socialroom.domain.ports import Enrichment, Utterance
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.engine.scoring import ScoringChild
from socialroom.engine.scoring_child import Enriching


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
    assert [t.label for t in tones] == [ToneLabel.POSITIVE, ToneLabel.NEGATIVE, ToneLabel.NEGATIVE, None]
    assert [t.reason for t in tones] == ["", "", "", "no language"]
    assert tones[0].engine == "learned 1"
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


PLUGIN = """
import sys
from socialroom.domain.ports import Enrichment
from socialroom.domain.specs import EnricherSpec

def nothing(batch):
    return [Enrichment() for _ in batch]

class Faulty:
    def enrich(self, batch):
        print("\\x1b[31mlooks at", len(batch))
        return {fault}

def build(languages):
    return {built}

ENRICHER = EnricherSpec(title="Faulty", order={order}, build=build)
"""
FAULTS = {
    "raises": {"fault": "nothing(batch)[1000]"},
    "raises half-way": {"fault": "(1 / 0 for _ in batch)"},
    "gives fewer": {"fault": "nothing(batch)[1:]"},
    "gives rubbish": {"fault": "[Enrichment(tone='good') for _ in batch]"},
    "cannot be built": {"fault": "nothing(batch)", "built": "1 / 0"},
}


@pytest.mark.parametrize("order", [0, 1000], ids=["first", "last"])
@pytest.mark.parametrize("faulty", FAULTS.values(), ids=FAULTS)
async def test_a_faulty_enricher_fails_alone_and_the_log_says_so(
    faulty: dict[str, str],
    order: int,
    child: ScoringChild,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A plug-in as any distribution brings one."""
    (tmp_path / "brought_faulty.py").write_text(PLUGIN.format(**({"built": "Faulty()"} | faulty), order=order))
    brought = tmp_path / "brought-1.dist-info"
    brought.mkdir()
    (brought / "METADATA").write_text("Metadata-Version: 2.1\nName: brought\nVersion: 1\n")
    (brought / "entry_points.txt").write_text("[socialroom.enrichers]\nfaulty = brought_faulty\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    scored = await child.score([said("I really love this great network, thank you so much!")])
    first = child.pid
    scored += await child.score([said("Encore une panne ce matin, service client injoignable, je résilie")])
    assert [p.tone.label for p in scored if p.tone] == [ToneLabel.POSITIVE, ToneLabel.NEGATIVE]
    assert child.pid == first, "it is the same child"
    await child.aclose()
    told = [r.getMessage() for r in caplog.records]
    assert len([t for t in told if "the enricher faulty failed" in t]) == 1, "however often it fails"
    assert not [t for t in told if "\x1b" in t]
    assert faulty is FAULTS["cannot be built"] or any("looks at 1" in t for t in told)


async def test_a_text_is_lost_not_without_language_where_the_enricher_failed_that_would_say_it() -> None:
    class Failing:
        def enrich(self, batch: Sequence[Utterance]) -> list[Enrichment]:
            raise MemoryError(len(batch))

    enriched = Enriching({"language": Failing()})
    assert [e.tone for e in enriched([Utterance(text="a good day"), Utterance(text=" ")])] == [
        Tone(reason="engine lost"),
        Tone(reason="empty"),
    ]
