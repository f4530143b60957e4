"""Saved replies and our own texts in a whole room."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.errors import ConfigError, OutboxError, from_problem
from socialroom.domain.operator import Role
from socialroom.domain.tone import Language
from socialroom.engine.playbook import LOOKS_EVERY
from socialroom.engine.scoring import ScoringChild


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock(), playbook=str(tmp_path), public_numbers=("0969390000",)) as found:
        await settle()
        found.source.say(found.post(1), found.post(2, visibility="direct"))
        await settle()
        yield found


async def replies(room: TestRoom) -> r.SavedReplies:
    answer = await room.seat(Role.GUEST).view(r.Playbook())
    assert isinstance(answer, r.SavedReplies)
    return answer


async def test_saved_replies_are_read_at_the_start_and_when_their_files_change(room: TestRoom, tmp_path: Path) -> None:
    assert (await replies(room)).replies == ()
    (tmp_path / "merci.md").write_text("---\n---\nMerci {name}", "utf-8")
    (tmp_path / "wrong.md").write_text("---\nnom: x\n---\nMerci", "utf-8")
    assert isinstance(room.clock, HeldClock)
    for _ in range(200):  # a thread reads
        await room.clock.advance(LOOKS_EVERY)
        if (await replies(room)).replies:
            break
    found = await replies(room)
    assert [(x.name, x.text) for x in found.replies] == [("merci", "Merci {name}")]
    (problem,) = found.problems
    error = from_problem(problem)
    assert isinstance(error, ConfigError)
    assert (Path(error.file).name, error.line) == ("wrong.md", 2)


@pytest.mark.parametrize("text", ["Bonjour {name}", "Appelez le 06 12 34 56 78", "FR7630006000011234567890189"])
@pytest.mark.parametrize("kind", [r.QueueSend, r.ProposeSend])
async def test_the_room_refuses_what_must_not_go(
    room: TestRoom, text: str, kind: type[r.QueueSend | r.ProposeSend]
) -> None:
    with pytest.raises(OutboxError):
        await room.seat().act(kind(draft=room.draft(text)))
    assert room.room.ledger.items == {}


async def test_the_room_never_lets_an_answer_be_seen_by_more_people(room: TestRoom) -> None:
    draft = room.draft(in_reply_to="small:2", conversation="small:2", visibility="public")
    with pytest.raises(OutboxError, match="more people"):
        await room.seat().act(r.QueueSend(draft=draft))
    room.network.visibilities = ("public", "direct")
    done = await room.seat().act(r.QueueSend(draft=draft.changed(visibility="direct", text="Au 06 12 34 56 78")))
    assert done.item is not None


async def test_our_own_numbers_may_stand_in_public(room: TestRoom) -> None:
    done = await room.seat().act(r.QueueSend(draft=room.draft("Appelez le 09 69 39 00 00")))
    assert done.item is not None


async def test_a_refusal_does_not_write_the_number_down(room: TestRoom, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(OutboxError) as caught:
        await room.seat().act(r.QueueSend(draft=room.draft("Appelez le 06 12 34 56 78")))
    assert "12 34" not in str(caught.value) + caplog.text


async def test_an_empty_text_has_no_language_and_nobody_is_asked(room: TestRoom) -> None:
    answer = await room.seat().view(r.TextLanguage(text="  \n"))
    assert answer == r.LanguageTold(language=Language())


async def test_the_language_of_a_text_is_told_as_that_of_posts() -> None:
    # Its own clock: the child answers when it can.
    async with running(scorer=ScoringChild(("fr", "en"))) as room:
        for text, code in (("Bonjour, nous regardons cela tout de suite.", "fr"), ("We are looking into it", "en")):
            answer = await room.seat().view(r.TextLanguage(text=text))
            assert isinstance(answer, r.LanguageTold)
            assert answer.language.code == code
