"""The person pane: what passed in one list, and its acts asked of the room."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from support.hostile import NAMES
from support.panes_host import PanesHost
from support.posts import post
from textual.pilot import Pilot
from textual.widgets import Input

from socialroom.domain.case import Case
from socialroom.domain.events import NoteChanged, PersonChanged
from socialroom.domain.note import Note
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Author, Contact, Person, PersonAccount
from socialroom.domain.post import Post
from socialroom.domain.requests import (
    DescribePerson,
    Done,
    ForgetPerson,
    LinkAccount,
    LogContact,
    Page,
    PersonCard,
    PersonView,
    ReadNotes,
    RoomOverview,
    SearchCache,
    UnlinkAccount,
    WriteNote,
)
from socialroom.domain.text import SafeText, is_clean
from socialroom.tui.panes.person import PANE

SIZES = [(80, 24), (120, 40), (200, 60)]
CLAIRE = Author(id="7", handle=SafeText("claire@small.example"), name=SafeText("Claire Roux"), followers=1843)


def said(app: PanesHost, number: int, text: str, minutes: int, **fields: Any) -> Post:
    at = app.clock.now() - timedelta(minutes=minutes)
    plain = {"author": CLAIRE, "network": "mastodon", "title": SafeText(""), "warning": SafeText(""), "media": ()}
    return post(number, at=at, text=SafeText(text), **(plain | fields))


def card(app: PanesHost, **fields: Any) -> PersonCard:
    now = app.clock.now()
    person = Person(
        id="p1",
        accounts=(
            PersonAccount(network="mastodon", author="7", handle=CLAIRE.handle),
            PersonAccount(network="bluesky", author="did:x", handle=SafeText("claire.example"), linked_by="Marc"),
        ),
        audience="journalist",
        tags=("vip",),
        contacts=(Contact(id="c1", kind="call", at=now - timedelta(minutes=30), by="Marc", text="called back"),),
    )
    values: dict[str, Any] = {
        "person": person,
        "posts": (said(app, 1, "newest words", 10), said(app, 2, "our answer", 20, by_us=True)),
        "cases": (Case(id="a", country="BE"), Case(id="b", done_at=now)),
        "notes": (
            Note(
                id="n1", subject="person:p1", author="Marc", text="writes for a paper", at=now - timedelta(minutes=15)
            ),
        ),
        "declared": ("https://claire.example",),
    }
    return PersonCard(**(values | fields))


@contextlib.asynccontextmanager
async def shown(
    size: tuple[int, int] = (80, 24), role: Role = Role.HEAD, **fields: Any
) -> AsyncIterator[tuple[PanesHost, Pilot[None]]]:
    app = PanesHost(PANE, "mastodon:7")
    app.load(operators=(Operator(name=SafeText("Léa")), Operator(name=SafeText("Jean Dupont"))))
    assert isinstance(app.state.overview, RoomOverview)
    app.state.overview = app.state.overview.changed(operator=Operator(name=SafeText("Léa"), role=role))
    app.page = card(app, **fields)  # type: ignore[assignment]
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.pane.content.focus()
        await pilot.pause()
        yield app, pilot


async def type_line(pilot: Pilot[None], text: str) -> None:
    pilot.app.screen.query_one(Input).value = text
    await pilot.pause()
    await pilot.press("enter")
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
async def test_who_it_is_and_all_that_passed_newest_first(size: tuple[int, int]) -> None:
    async with shown(size) as (app, _pilot):
        assert app.asked == [PersonView(person="mastodon:7")]
        text = app.text()
        order = [
            "Claire Roux", "@claire@small.example (Mastodon)", "linked by Marc", "journalist (by hand)",
            "BE (from lists or rules)", "1,843 followers", "#vip", "2 cases", "1 open", "https://claire.example",
            "newest words", "note for colleagues", "unread", "writes for a paper", "we answered", "our answer", "call",
            "called back",
        ]  # fmt: skip
        places = [text.index(piece) for piece in order]
        assert places == sorted(places)


async def test_a_post_is_what_verbs_act_on_and_enter_opens_its_conversation() -> None:
    async with shown() as (app, pilot):
        selected = app.pane.selected()
        assert selected is not None
        assert selected.text == "newest words"
        await pilot.press("enter")
        assert app.opened == [selected]
        await pilot.press("j")
        assert app.pane.selected() is None
        await pilot.press("enter")
        assert app.done == [ReadNotes(notes=("n1",))]


async def test_a_note_about_them_completes_names() -> None:
    async with shown() as (app, pilot):
        await pilot.press("n")
        await pilot.press(*"hello ", "at", "j", "e", "tab", "v", "u", "enter")
        await pilot.pause()
        assert app.done == [WriteNote(subject="person:p1", text="hello @Jean Dupont vu")]


async def test_audience_country_and_contact_are_asked_and_done() -> None:
    async with shown() as (app, pilot):
        await pilot.press("a", "j", "enter")
        await pilot.pause()
        await pilot.press("H")
        await type_line(pilot, "be")
        await pilot.press("C", "enter")
        await pilot.pause()
        await type_line(pilot, "3 h ago")
        await type_line(pilot, "asked for a router")
        assert app.done == [
            DescribePerson(person="p1", audience="institution"),
            DescribePerson(person="p1", country="be"),
            LogContact(person="p1", kind="call", at=app.clock.now() - timedelta(hours=3), text="asked for a router"),
        ]


async def test_a_contact_now_and_without_words_is_three_keys() -> None:
    async with shown() as (app, pilot):
        await pilot.press("C", "enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
        assert app.done == [LogContact(person="p1", kind="call", at=app.clock.now())]


async def test_a_contact_to_come_is_not_taken() -> None:
    async with shown() as (app, pilot):
        await pilot.press("C", "enter")
        await pilot.pause()
        await type_line(pilot, "tomorrow")
        assert app.screen.query(Input)
        assert app.done == []


async def test_another_account_is_found_by_name_and_linked_and_one_is_let_go() -> None:
    async with shown() as (app, pilot):
        other = said(app, 9, "me", 1, author=Author(id="9", handle=SafeText("clara"), name=SafeText("Clara")))
        app.page = Page(posts=(other, other.changed(uri="x"), said(app, 10, "mine", 1)))
        await pilot.press("L")
        await type_line(pilot, '@cl"ara')
        assert app.asked[-1] == SearchCache(query='from:"clara"')
        await pilot.press("enter")
        await pilot.pause()
        assert app.done == [LinkAccount(person="p1", account="mastodon:9")]
        await pilot.press("U", "j", "enter")
        await pilot.pause()
        assert app.done[1:] == [UnlinkAccount(person="p1", account="bluesky:did:x")]


async def test_forgetting_says_what_goes_and_wants_the_handle_typed() -> None:
    async with shown() as (app, pilot):
        app.answer = Done(text="Forgotten: 2 posts.")
        await pilot.press("F")
        await pilot.pause()
        await type_line(pilot, "claire")
        assert app.done == []
        assert app.screen.query(Input)
        await type_line(pilot, "Claire@small.example")
        assert app.done == [ForgetPerson(person="p1")]
        assert "newest words" not in app.text()
        assert "Forgotten: 2 posts." in app.text()


@pytest.mark.parametrize(("role", "keys"), [(Role.MANAGER, "F"), (Role.GUEST, "aHtLUC"), (Role.CREATIVE, "aC")])
async def test_who_may_not_is_told_who_may(role: Role, keys: str) -> None:
    async with shown(role=role) as (app, pilot):
        for key in keys:
            await pilot.press(key)
        await pilot.pause()
        assert len(app.screen_stack) == 1
        assert len(app.said) == len(keys)
        assert app.done == []


async def test_what_happens_to_them_is_asked_for_within_a_second() -> None:
    async with shown() as (app, pilot):
        note = Note(id="n2", subject="person:p1", author="Marc", text="x", at=app.clock.now())
        for event in (PersonChanged(person="p1"), NoteChanged(note=note)):
            before = len(app.asked)
            await app.happens(pilot, event, event)
            await app.passes(pilot, 1)
            assert len(app.asked) == before + 1


@pytest.mark.parametrize("size", [(80, 24), (20, 3)])
async def test_hostile_names_are_shown_as_text(size: tuple[int, int]) -> None:
    for name in NAMES:
        accounts: Sequence[PersonAccount] = [
            PersonAccount(network=name, author=name, handle=SafeText(name), linked_by=name)
        ]
        person = Person(id=name, accounts=tuple(accounts), tags=(name,), audience=name, country=name)
        async with shown(size, person=person, declared=(name,)) as (app, pilot):
            await pilot.press("end", "U", "F")
            await pilot.pause()
            for strip in app.screen._compositor.render_strips(app.size):
                assert all(is_clean(s.text) for s in strip)
