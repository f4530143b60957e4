"""Notes between operators, each as its seat may read it, and mentions as people type them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.clock import HeldClock, settle
from support.local_room import EVERYTHING, SEATS, TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.events import Envelope, Event, NoteChanged, NoteGone
from socialroom.domain.note import SHIFT, Note, folded, mentions_in
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import PostKind
from socialroom.domain.text import SafeText

TEAM = tuple(
    Operator(name=SafeText(n), role=Role.COMMUNITY) for n in ("Léa", "Jean Dupont", "Jean", "Guest", "Analyst")
)


@contextlib.asynccontextmanager
async def room(**plan: object) -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock(), operators=TEAM, **plan) as test_room:
        test_room.source.say(
            test_room.post(1), test_room.post(2, kind=PostKind.MESSAGE, visibility="direct", text=SafeText("secret"))
        )
        await test_room.clock.advance(1)
        yield test_room


def hearing(test_room: TestRoom, role: Role) -> tuple[list[Event], asyncio.Task[None]]:
    """What a terminal of this role hears from now on."""
    heard: list[Event] = []

    async def listen() -> None:
        seat = test_room.seat(role)
        batches: AsyncIterator[Sequence[Envelope]] = seat.events([EVERYTHING], test_room.room._bus.seq)
        async for batch in batches:
            heard.extend(e.event for e in batch)

    return heard, asyncio.create_task(listen())


async def overview(test_room: TestRoom, role: Role = Role.HEAD) -> r.RoomOverview:
    found = await test_room.seat(role).view(r.Overview())
    assert isinstance(found, r.RoomOverview)
    return found


async def write(test_room: TestRoom, text: str, subject: str = "small:1", role: Role = Role.HEAD) -> Note:
    done = await test_room.seat(role).act(r.WriteNote(subject=subject, text=text))
    assert done.note is not None
    return done.note


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("@Léa regarde", ["Léa"]),
        ("@lea, @LEA : vu ?", ["Léa"]),
        ("@le\u0301a", ["Léa"]),
        ("(@Jean Dupont)", ["Jean Dupont"]),
        ("@jean  dupont et @Léa.", ["Jean Dupont", "Léa"]),
        ("@Jean Dupontel", ["Jean"]),
        ("@Jeanne", []),
        ("ecrire a lea@lea", []),
        ("@", []),
        ("Léa", []),
        ("@@Léa", ["Léa"]),
        ("@Léa's", ["Léa"]),
    ],
)
def test_a_name_is_called_whatever_its_case_and_accents(text: str, called: list[str]) -> None:
    assert list(mentions_in(text, [o.name for o in TEAM])) == called


@given(st.text(), st.lists(st.text(min_size=1), max_size=5))
def test_mentions_are_names_that_are_there_each_once(text: str, names: list[str]) -> None:
    found = mentions_in(text, names)
    assert set(found) <= set(names)
    assert len(set(found)) == len(found)


@given(st.text(), st.text(st.characters(categories=("L", "N")), min_size=1), st.text())
def test_a_name_called_between_spaces_is_found(before: str, name: str, after: str) -> None:
    if folded(name):
        assert mentions_in(f"{before} @{name} {after}", [name])


async def test_a_note_is_kept_told_and_unread_by_whom_it_calls() -> None:
    async with room() as test_room:
        heard, listening = hearing(test_room, Role.COMMUNITY)
        await settle()
        note = await write(test_room, "  @Léa tu regardes ?  ")
        await test_room.clock.advance(1)
        assert note.text == "@Léa tu regardes ?"
        assert note.mentions == ("Léa",)
        assert note.read_by == ("Head",)
        assert NoteChanged(note=note) in heard
        listening.cancel()


async def test_the_overview_holds_what_calls_me_until_i_have_read_it_and_the_notes_of_open_cases() -> None:
    async with room() as test_room:
        await test_room.seat().act(r.CloseCase(conversation="small:1"))
        calls = await write(test_room, "@Analyst ?")
        await test_room.clock.advance(1)
        await write(test_room, "nobody")
        assert [n.id for n in (await overview(test_room, Role.ANALYST)).notes] == [calls.id]
        await test_room.seat(Role.ANALYST).act(r.ReadNotes(notes=(calls.id, calls.id, "no such note")))
        assert (await overview(test_room, Role.ANALYST)).notes == ()
        assert test_room.room.ledger.notes[calls.id].read_by == ("Head", "Analyst")
        await test_room.seat().act(r.ReopenCase(conversation="small:1"))
        assert len((await overview(test_room, Role.ANALYST)).notes) == 2


async def test_what_a_seat_may_not_see_it_does_not_read_in_notes_either() -> None:
    async with room() as test_room:
        heard, listening = hearing(test_room, Role.GUEST)
        await settle()
        await test_room.seat().act(r.ClaimCase(conversation="small:2"))
        note = await write(test_room, "@Guest un secret", "small:2")
        with pytest.raises(Missing):
            await write(test_room, "ici", "small:2", Role.GUEST)
        await test_room.seat(Role.GUEST).act(r.ReadNotes(notes=(note.id,)))
        await test_room.clock.advance(1)
        assert not [e for e in heard if isinstance(e, NoteChanged)]
        assert (await overview(test_room, Role.GUEST)).notes == ()
        assert "Guest" not in test_room.room.ledger.notes[note.id].read_by
        listening.cancel()


async def test_only_its_writer_takes_a_note_away_and_gets_it_back() -> None:
    async with room() as test_room:
        note = await write(test_room, "hier")
        with pytest.raises(NotAllowed):
            await test_room.seat(Role.MANAGER).act(r.DeleteNote(note=note.id))
        heard, listening = hearing(test_room, Role.MANAGER)
        await settle()
        done = await test_room.seat().act(r.DeleteNote(note=note.id))
        await test_room.clock.advance(1)
        assert NoteGone(note=note.id) in heard
        await test_room.seat().act(r.UndoStep(step=done.step))
        assert test_room.room.ledger.notes[note.id] == note
        await test_room.seat().act(r.UndoStep())
        assert note.id not in test_room.room.ledger.notes
        listening.cancel()


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 4_001])
async def test_a_note_without_words_or_with_too_many_is_refused(text: str) -> None:
    async with room() as test_room:
        with pytest.raises(Missing):
            await write(test_room, text)
        assert not test_room.room.ledger.notes


@pytest.mark.parametrize("subject", ["", "nowhere:1", "person:", "person:small:nobody", "Shift"])
async def test_a_note_is_about_something_that_is_there(subject: str) -> None:
    async with room() as test_room:
        with pytest.raises(Missing):
            await write(test_room, "a", subject)


async def test_the_latest_shift_note_greets_everybody_and_says_who_read_it() -> None:
    async with room() as test_room:
        await write(test_room, "first", SHIFT)
        await test_room.clock.advance(60)
        last = await write(test_room, "the fibre of Nantes is down", SHIFT, Role.GUEST)
        assert (await overview(test_room, Role.COMMUNITY)).shift == last
        await test_room.seat(Role.COMMUNITY).act(r.ReadNotes(notes=(last.id,)))
        shown = (await overview(test_room, Role.COMMUNITY)).shift
        assert shown is not None
        assert shown.read_by == (SEATS["guest"].name, SEATS["community"].name)


async def test_the_log_knows_that_a_note_was_written_and_not_what_it_says() -> None:
    async with room() as test_room:
        await write(test_room, "CANARY")
        entries = test_room.room._desk_store.log()
        assert "note written" in [e.act for e in entries]
        assert "CANARY" not in str(entries)
