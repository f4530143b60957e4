"""A case handed to customer care by keys, with the real room: what is asked, and what is said when."""

from __future__ import annotations

import pytest
from support.seats import calm, console, hear, seated, shown
from textual.widgets import Input

from socialroom.domain.errors import OutcomeUnknown, Refused
from socialroom.domain.hand_off import CareRequest

pytestmark = pytest.mark.long


class Care:
    """Customer care in one object."""

    def __init__(self, *answers: str | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[CareRequest] = []

    async def hand_off(self, request: CareRequest) -> str:
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


async def test_g_k_asks_for_a_note_and_says_the_ticket_once_care_has_it() -> None:
    care = Care("CC-1", "CC-2")
    async with seated(hand_offs={"care": care}) as room:
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "k")
            await calm(pilot)
            assert isinstance(app.screen.focused, Input)
            await pilot.press(*"rappel", "enter")
            await calm(pilot)
            (asked,) = care.asked
            assert (asked.note, asked.text, asked.by) == ("rappel", "Aurelia, ma box est morte", "Léa")
            said = app.room_screen.status.text
            assert "Handed to care: ticket CC-1" in said
            assert len(said) <= 78  # with longer names than these it is the end that is cut, not the ticket
            assert room.room.ledger.case("small:1").ticket == "CC-1"
            await pilot.press("g", "k")
            await calm(pilot)
            assert "It has the ticket CC-1 already" in shown(app)
            await pilot.press("enter")  # leave it
            await calm(pilot)
            assert len(care.asked) == 1
            await pilot.press("g", "k", "j", "enter", "enter")  # again, without a note
            await calm(pilot)
            assert [a.note for a in care.asked] == ["rappel", ""]
            assert room.room.ledger.case("small:1").ticket == "CC-2"


async def test_a_failure_says_that_nothing_was_handed_over() -> None:
    care = Care(Refused("care.example said 404"), "CC-1")
    async with seated(hand_offs={"care": care}) as room:
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "k", "enter")
            await calm(pilot)
            assert "NOT handed over, care does not have it" in app.room_screen.status.text
            assert len(app.screen_stack) == 1
            assert room.room.ledger.case("small:1").handed is None


async def test_an_unknown_outcome_asks_a_person_and_repeats_nothing_by_itself() -> None:
    care = Care(OutcomeUnknown("the line was cut"))
    async with seated(hand_offs={"care": care}) as room:
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "k", "enter")
            await calm(pilot)
            assert "Has customer care got it?" in shown(app)
            await pilot.press("enter")  # leave it for now
            await calm(pilot)
            await pilot.press("g", "k", "enter")
            await calm(pilot)
            assert len(care.asked) == 1
            await pilot.press("j", "enter", *"CC-7", "enter")
            await calm(pilot)
            assert room.room.ledger.case("small:1").ticket == "CC-7"
            assert len(care.asked) == 1


async def test_a_room_without_a_way_says_so() -> None:
    async with seated() as room:
        await hear(room, None, room.post(1, "Aurelia, ma box est morte"))
        async with console(room, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "k")
            await calm(pilot)
            assert "declares no way to customer care" in app.room_screen.status.text
