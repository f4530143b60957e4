"""Person cards: everything said and answered, who is who, and what the team knows."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from engine.test_notes import write
from hypothesis import given
from hypothesis import strategies as st
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.errors import Conflict, Missing, NotAllowed
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Author, account_key
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.engine.people import _address

CLAIRE, CLARA, OTHER = "small:claire", "small:clara", "small:other"


def author(name: str, *links: str) -> Author:
    url = f"https://small.example/@{name}"
    return Author(id=name, handle=SafeText(f"{name}@small.example"), url=url, links=links)


def said(room: TestRoom, number: int, who: str = "claire", **fields: Any) -> Post:
    return room.post(number, **({"author": author(who), "text": SafeText(f"said {number}")} | fields))


async def hear(room: TestRoom, *posts: Post) -> None:
    for post in posts:
        room.source.say(post)
        await room.clock.advance(2)


@contextlib.asynccontextmanager
async def room(**options: Any) -> AsyncIterator[TestRoom]:
    async with running(clock=HeldClock(), **options) as test_room:
        await hear(test_room, said(test_room, 1), said(test_room, 2, "clara"), said(test_room, 3, "other"))
        yield test_room


async def card(test_room: TestRoom, who: str = CLAIRE, role: Role = Role.HEAD, limit: int = 200) -> r.PersonCard:
    found = await test_room.seat(role).view(r.PersonView(person=who, limit=limit))
    assert isinstance(found, r.PersonCard)
    return found


def keys(found: r.PersonCard) -> set[str]:
    return {account_key(a.network, a.author) for a in found.person.accounts}


async def test_somebody_without_a_card_is_their_account() -> None:
    async with room() as test_room:
        found = await card(test_room)
        assert found.person.id == CLAIRE
        assert found.person.accounts[0].handle == "claire@small.example"
        assert [p.text for p in found.posts] == ["said 1"]
        assert not test_room.room.ledger.people
        with pytest.raises(Missing):
            await card(test_room, "small:nobody")


async def test_what_was_said_and_answered_is_newest_first_and_no_more_than_asked_for() -> None:
    async with room() as test_room:
        reply = said(test_room, 10, "brand", by_us=True, kind=PostKind.REPLY, reply_to="small:1", root="small:1")
        elsewhere = said(test_room, 11, "brand", by_us=True, kind=PostKind.REPLY, reply_to="small:3", root="small:3")
        await hear(test_room, reply, elsewhere, said(test_room, 12, root="small:3", reply_to="small:3"))
        assert [p.uri for p in (await card(test_room)).posts] == ["small:12", "small:10", "small:1"]
        assert [p.uri for p in (await card(test_room, limit=2)).posts] == ["small:12", "small:10"]


async def test_a_reply_that_was_sent_is_there_before_the_network_shows_it() -> None:
    async with room() as test_room:
        await test_room.seat().act(r.QueueSend(draft=test_room.draft("Nous regardons."), delay=0))
        await test_room.clock.advance(10)
        posts = (await card(test_room)).posts
        assert [(p.text, p.by_us) for p in posts] == [("Nous regardons.", True), ("said 1", False)]


async def test_what_a_seat_may_not_see_is_not_on_the_card() -> None:
    async with room() as test_room:
        secret = {"kind": PostKind.MESSAGE, "visibility": "direct", "text": SafeText("SECRET")}
        await hear(test_room, said(test_room, 5, **secret), said(test_room, 6, "quiet", **secret))
        await write(test_room, "SECRET", "small:5")
        assert "SECRET" in str(await card(test_room, role=Role.COMMUNITY))
        seen = await card(test_room, role=Role.ANALYST)
        assert "SECRET" not in str(seen)
        assert {c.id for c in seen.cases} == {"small:1"}
        with pytest.raises(Missing):
            await card(test_room, "small:quiet", Role.ANALYST)
        with pytest.raises(Missing):
            await test_room.seat(Role.ANALYST).act(r.DescribePerson(person="small:quiet", add_tags=("x",)))


async def test_linking_makes_one_person_and_undo_makes_two_again() -> None:
    async with room() as test_room:
        seat = test_room.seat()
        done = await seat.act(r.LinkAccount(person=CLAIRE, account=CLARA))
        found = await card(test_room, CLARA)
        assert keys(found) == {CLAIRE, CLARA}
        assert [a.linked_by for a in found.person.accounts] == ["", "Head"]
        assert {p.uri for p in found.posts} == {"small:1", "small:2"}
        assert (await seat.act(r.LinkAccount(person=CLARA, account=CLAIRE))).step == ""
        await seat.act(r.UndoStep(step=done.step))
        assert keys(await card(test_room, CLARA)) == {CLARA}
        assert not test_room.room.ledger.people


async def test_two_cards_that_are_one_person_keep_what_both_know() -> None:
    async with room() as test_room:
        seat = test_room.seat()
        now = test_room.clock.now()
        for who, tag, country in ((CLAIRE, "vip", ""), (CLARA, "press", "be")):
            await seat.act(r.DescribePerson(person=who, add_tags=(tag,), country=country))
            await seat.act(r.LogContact(person=who, kind="call", at=now, text=tag))
            await write(test_room, tag, f"person:{who}")
        before = dict(test_room.room.ledger.people), dict(test_room.room.ledger.notes)
        done = await seat.act(r.LinkAccount(person=CLAIRE, account=CLARA))
        found = await card(test_room)
        assert found.person.tags == ("vip", "press")
        assert found.person.country == "BE"
        assert [c.text for c in found.person.contacts] == ["vip", "press"]
        assert {n.text for n in found.notes} == {"vip", "press"}
        assert len(test_room.room.ledger.people) == 1
        await seat.act(r.UndoStep(step=done.step))
        assert (dict(test_room.room.ledger.people), dict(test_room.room.ledger.notes)) == before


async def test_a_note_about_an_account_stays_when_it_gets_a_card() -> None:
    async with room() as test_room:
        await write(test_room, "kind", f"person:{CLAIRE}")
        await test_room.seat().act(r.DescribePerson(person=CLAIRE, add_tags=("vip",)))
        found = await card(test_room)
        assert [n.text for n in found.notes] == ["kind"]
        assert found.person.id != CLAIRE


async def test_unlinking_parts_them_for_good() -> None:
    async with room() as test_room:
        seat = test_room.seat()
        await seat.act(r.LinkAccount(person=CLAIRE, account=CLARA))
        done = await seat.act(r.UnlinkAccount(person=CLAIRE, account=CLARA))
        assert keys(await card(test_room)) == {CLAIRE}
        assert keys(await card(test_room, CLARA)) == {CLARA}
        with pytest.raises(Missing):
            await seat.act(r.UnlinkAccount(person=CLAIRE, account=CLARA))
        with pytest.raises(Missing):
            await seat.act(r.UnlinkAccount(person=CLAIRE, account=CLAIRE))
        await seat.act(r.UndoStep(step=done.step))
        assert keys(await card(test_room)) == {CLAIRE, CLARA}


async def test_profiles_that_name_each_other_are_linked_and_one_that_only_claims_is_shown() -> None:
    async with room() as test_room:
        one = said(test_room, 20, author=author("ann", "https://Small.example/@bob/", "https://small.example/@claire"))
        await hear(test_room, one)
        found = await card(test_room, "small:ann")
        assert keys(found) == {"small:ann"}
        assert found.declared == ("https://Small.example/@bob/", "https://small.example/@claire")
        await hear(test_room, said(test_room, 21, author=author("bob", "small.example/@ann")))
        found = await card(test_room, "small:bob")
        assert keys(found) == {"small:ann", "small:bob"}
        assert {a.linked_by for a in found.person.accounts} == {"", "profile"}
        assert found.declared == ("https://small.example/@claire",)
        assert keys(await card(test_room)) == {CLAIRE}


async def test_whom_somebody_parted_no_profile_links_again_nor_after_a_restart() -> None:
    async with room() as test_room:
        both = [
            said(test_room, 20, author=author("ann", "https://small.example/@bob")),
            said(test_room, 21, author=author("bob", "https://small.example/@ann")),
        ]
        await hear(test_room, *both)
        await test_room.seat().act(r.UnlinkAccount(person="small:ann", account="small:bob"))
        await hear(test_room, *(p.changed(uri=p.uri + "0") for p in both))
        assert keys(await card(test_room, "small:ann")) == {"small:ann"}
        desk, cache = test_room.room._desk_store, test_room.room._cache
    async with running(clock=HeldClock(), desk=desk, cache=cache) as again:
        await settle()
        assert keys(await card(again, "small:ann")) == {"small:ann"}
        await again.seat().act(r.LinkAccount(person="small:ann", account="small:bob"))
        assert keys(await card(again, "small:ann")) == {"small:ann", "small:bob"}


async def test_what_is_described_by_hand_is_what_lists_are_asked_after() -> None:
    async with room() as test_room:
        seat = test_room.seat()
        assert test_room.room.people.described(CLAIRE) == ("", "")
        done = await seat.act(
            r.DescribePerson(person=CLAIRE, add_tags=("#VIP", "vip", " "), audience="journalist", country="fr")
        )
        assert done.person is not None
        assert done.person.tags == ("vip",)
        assert test_room.room.people.described(CLAIRE) == ("journalist", "FR")
        await seat.act(r.DescribePerson(person=CLAIRE, remove_tags=("vip",), audience=""))
        assert test_room.room.people.described(CLAIRE) == ("", "FR")
        for country in ("France", "1é", "F"):
            with pytest.raises(Missing):
                await seat.act(r.DescribePerson(person=CLAIRE, country=country))
        await seat.act(r.UndoStep())
        await seat.act(r.UndoStep(step=done.step))
        assert not test_room.room.ledger.people


async def test_a_contact_is_past_and_of_a_kind() -> None:
    async with room() as test_room:
        seat, now = test_room.seat(), test_room.clock.now()
        await seat.act(
            r.LogContact(person=CLAIRE, kind="shop", at=now - timedelta(days=2), text=" asked for a router ")
        )
        await seat.act(r.LogContact(person=CLAIRE, kind="call", at=now))
        contacts = (await card(test_room)).person.contacts
        assert [(c.kind, c.text, c.by) for c in contacts] == [
            ("shop", "asked for a router", "Head"),
            ("call", "", "Head"),
        ]
        with pytest.raises(Conflict):
            await seat.act(r.LogContact(person=CLAIRE, kind="call", at=now + timedelta(hours=1)))
        with pytest.raises(Missing):
            await seat.act(r.LogContact(person=CLAIRE, kind="seance", at=now))
        with pytest.raises(NotAllowed):
            await test_room.seat(Role.GUEST).act(r.LogContact(person=CLAIRE, kind="call", at=now))
        await seat.act(r.UndoStep())
        assert len((await card(test_room)).person.contacts) == 1


async def test_a_guest_of_another_country_sees_nobody() -> None:
    async with room() as test_room:
        await test_room.seat().act(r.DescribePerson(person=CLAIRE, country="FR"))
        guest = test_room.room.seat(Operator(name=SafeText("Visitor"), role=Role.GUEST, country="BE"))
        with pytest.raises(Missing):
            await guest.view(r.PersonView(person=CLAIRE))
        own = test_room.room.seat(Operator(name=SafeText("Visiteur"), role=Role.GUEST, country="FR"))
        assert await own.view(r.PersonView(person=CLAIRE))


@given(st.text())
def test_any_declared_address_is_read_or_left(link: str) -> None:
    found = _address(link)
    assert found == "" or _address(f"https://www.{found.removeprefix('www.')}/") in (
        found,
        found.removeprefix("www."),
        "",
    )


@pytest.mark.parametrize(
    "link", ["", "javascript:alert(1)", "https://", "mailto:a@b.c", "http://[", "x" * 10_000, "localhost"]
)
def test_what_is_no_address_links_nobody(link: str) -> None:
    assert _address(link) == ""


async def test_their_open_cases_follow_what_is_said_by_hand_and_the_undo_of_it() -> None:
    async with room() as test_room:
        before = test_room.case()
        assert before is not None
        assert before.is_open
        await test_room.seat().act(r.DescribePerson(person=CLAIRE, audience="journalist", country="BE"))
        case, other = test_room.case(), test_room.case("small:2")
        assert case is not None
        assert other is not None
        assert (case.audience, case.country) == ("journalist", "BE")
        assert (other.audience, other.country) == ("customer", "")
        await test_room.seat().act(r.UndoStep())
        assert test_room.case() == before
