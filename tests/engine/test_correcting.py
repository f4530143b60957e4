"""Corrected tones and stances: seen at once by all, undone, kept, given out, and gone with their author."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.correction import BY_HAND
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.operator import Role
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel
from socialroom.stores.memory import MemoryCache, MemoryDesk

PRAISE = "Bravo, encore une coupure"


def ironic(room: TestRoom, number: int = 1, **fields: object) -> Post:
    values: dict[str, object] = {
        "text": SafeText(PRAISE),
        "title": SafeText(""),
        "author": Author(id="claire", handle=SafeText("claire@small.example")),
        "tone": Tone(label=ToneLabel.POSITIVE, score=0.6, engine="pack fr 1"),
        "stance": "love",
        "stance_why": SafeText("Bravo"),
        "language": Language(code="fr", confidence=1.0),
    }
    return room.post(number, **(values | fields))


async def stored(room: TestRoom, uri: str = "small:1") -> Post:
    page = await room.seat().view(r.ThreadView(uri=uri))
    assert isinstance(page, r.Page)
    return next(p for p in page.posts if p.uri == uri)


async def kept(room: TestRoom) -> r.CorrectionsFound:
    found = await room.seat().view(r.CorrectionsKept())
    assert isinstance(found, r.CorrectionsFound)
    return found


@pytest.fixture
async def room() -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock()) as found:
        found.source.say(ironic(found), ironic(found, 2, kind=PostKind.MESSAGE, visibility="direct"))
        await settle()
        yield found


async def test_a_correction_is_seen_at_once_and_undone_step_by_step(room: TestRoom) -> None:
    seat = room.seat(Role.ANALYST)
    await seat.act(r.CorrectPost(uri="small:1", tone="negative"))
    done = await seat.act(r.CorrectPost(uri="small:1", stance="criticism"))
    post = await stored(room)
    assert (post.tone, post.stance, post.stance_why) == (
        Tone(label=ToneLabel.NEGATIVE, engine=BY_HAND), "criticism", "",
    )  # fmt: skip
    await seat.act(r.UndoStep(step=done.step))
    post = await stored(room)
    assert (post.tone, post.stance, post.stance_why) == (
        Tone(label=ToneLabel.NEGATIVE, engine=BY_HAND),
        "love",
        "Bravo",
    )
    await seat.act(r.UndoStep())
    assert await stored(room) == ironic(room)
    assert (await kept(room)).corrections == ()


async def test_what_is_said_twice_or_is_nothing_changes_nothing(room: TestRoom) -> None:
    seat = room.seat()
    assert (await seat.act(r.CorrectPost(uri="small:1"))).step == ""
    assert (await seat.act(r.CorrectPost(uri="small:1", tone="", stance=""))).step == ""
    await seat.act(r.CorrectPost(uri="small:1", stance="none"))
    assert (await seat.act(r.CorrectPost(uri="small:1", stance="none"))).step == ""
    assert (await stored(room)).stance == ""
    for command in (
        r.CorrectPost(uri="small:1", tone="angry"),
        r.CorrectPost(uri="small:1", stance="rage"),
        r.CorrectPost(uri="small:9", tone="negative"),
    ):
        with pytest.raises(Missing):
            await seat.act(command)
    await seat.act(r.CorrectPost(uri="small:1", tone="", stance=""))
    assert await stored(room) == ironic(room)


async def test_corrections_are_given_out_with_their_texts_but_never_those_of_private_messages(room: TestRoom) -> None:
    seat = room.seat()
    await seat.act(r.CorrectPost(uri="small:1", tone="negative", stance="criticism"))
    await seat.act(r.CorrectPost(uri="small:2", tone="negative"))
    assert (await stored(room, "small:2")).tone == Tone(label=ToneLabel.NEGATIVE, engine=BY_HAND)
    (one,) = (await kept(room)).corrections
    assert (one.text, one.language, one.tone, one.stance) == (PRAISE, "fr", "negative", "criticism")
    with pytest.raises(NotAllowed):
        await room.seat(Role.COMMUNITY).view(r.CorrectionsKept())
    with pytest.raises(NotAllowed):
        await room.seat(Role.ANALYST).act(r.CorrectPost(uri="small:2", tone="neutral"))


async def test_a_correction_outlives_the_cache_and_ends_with_the_text_it_is_about() -> None:
    desk = MemoryDesk()
    async with running(clock=HeldClock(), desk=desk) as first:
        first.source.say(ironic(first))
        await settle()
        await first.seat().act(r.CorrectPost(uri="small:1", stance="criticism"))
    async with running(clock=HeldClock(), desk=desk, cache=MemoryCache()) as second:
        second.source.say(ironic(second))
        await settle()
        assert (await stored(second)).stance == "criticism"
        second.source.say(ironic(second, text=SafeText("Bravo, tout marche"), revision="2"))
        await settle()
        assert (await stored(second)).stance == "love"


async def test_what_an_author_deletes_or_wants_forgotten_is_not_kept(room: TestRoom) -> None:
    seat = room.seat()
    room.source.say(
        ironic(room, 3), ironic(room, 4, author=Author(id="other"), text=SafeText("as @claire@small.example said"))
    )
    await settle()
    for number in (1, 3, 4):
        await seat.act(r.CorrectPost(uri=f"small:{number}", stance="criticism"))
    room.source.say(withdrawn=("small:3",))
    await settle()
    assert {c.id for c in (await kept(room)).corrections} == {"small:1", "small:4"}
    await seat.act(r.ForgetPerson(person="small:claire"))
    assert "claire" not in repr((await kept(room)).corrections)
    assert "small:1" not in {c.id for c in (await kept(room)).corrections}
