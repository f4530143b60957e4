"""How a room sorts cases in: by lists, rules and promises; what rings; and what a guest of a country sees."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clock import HeldClock, settle
from support.local_room import EVERYTHING, TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.alert import Alert, AlertState
from socialroom.domain.audience import AudienceList
from socialroom.domain.case import Case, CaseState, Priority
from socialroom.domain.deadline import Deadline
from socialroom.domain.duty import Duties, Duty, week
from socialroom.domain.errors import ConfigError, NotAllowed
from socialroom.domain.events import CaseChanged, Envelope, Heard, Notice
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Audience, Author
from socialroom.domain.ports import Room
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language

OFFICE = week(("mon-fri 08:00-20:00",))
assert not isinstance(OFFICE, int)
PARIS = Duty(zone="Europe/Paris", week=OFFICE)
PRESS = AudienceList(
    audience=Audience.JOURNALIST,
    people={("small", "claire@presse.example"): "BE", ("", "amina"): "", ("elsewhere", "louis"): ""},
)
MANY = AudienceList(audience=Audience.INFLUENCER, followers=50_000)
RULES = """
[[rule]]
name = "press"
when = { audience = "journalist" }
then = { tag = ["press"], assign = "Léa", priority = "high", alert = "a journalist writes" }

[[rule]]
name = "thanks"
when = { words = "merci" }
then = { done = "thanks" }

[[rule]]
name = "outage"
when = { words = "panne", language = "fr" }
then = { tag = "outage", alert = true }
"""
LEA = Operator(name=SafeText("Léa"), role=Role.COMMUNITY)
ZOE = Operator(name=SafeText("Zoé"), role=Role.GUEST, country="BE")


def author(handle: str, followers: int | None = None) -> Author:
    return Author(id=handle, handle=SafeText(handle), followers=followers)


def rules_file(folder: Path, text: str = RULES) -> str:
    file = folder / "rules.toml"
    file.write_text(text, encoding="utf-8")
    return str(file)


def sorted_in(room: TestRoom, post: Post, case: Case | None = None, *, new: bool = True) -> Case:
    opened = case or Case(id=post.conversation, network=post.network, opened_at=room.clock.now())
    return room.room.sorting.sort(opened, post, new)


async def rung(room: TestRoom) -> list[Alert]:
    clock = room.clock
    assert isinstance(clock, HeldClock)
    await clock.advance(6)
    return [a for a in room.room.alerting.alerts() if a.state is AlertState.RINGING]


@pytest.fixture
async def room(tmp_path: Path) -> AsyncIterator[TestRoom]:
    plan = {
        "audiences": (PRESS, MANY),
        "operators": (LEA, ZOE),
        "rules_file": rules_file(tmp_path),
        "duties": Duties(room=PARIS),
        "deadlines": (
            Deadline(audience="journalist", first=1800.0, resolution=8 * 3600.0),
            Deadline(network="small", resolution=24 * 3600.0),
        ),
    }
    async with running(clock=HeldClock(), **plan) as found:
        await settle()
        yield found


# --- who asks -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "audience", "country"),
    [
        (author("claire@presse.example"), "journalist", "BE"),
        (author("@Claire@Presse.example"), "journalist", "BE"),
        (author("amina", 60_000), "journalist", ""),  # the first list that knows them
        (author("louis", 60_000), "influencer", ""),  # a journalist of another network
        (author("louis", 49_999), "customer", ""),
        (author("louis"), "customer", ""),
        (author("anna.gouv.fr", 60_000), "institution", "FR"),
        (Author(id="1", handle=SafeText("claire"), url="https://presse.example/@claire"), "journalist", "BE"),
        (None, "", ""),
    ],
)
async def test_lists_say_who_asks(room: TestRoom, who: Author | None, audience: str, country: str) -> None:
    case = sorted_in(room, room.post(1, author=who))
    assert (case.audience, case.country) == (audience, country)


async def test_what_somebody_said_by_hand_wins_over_the_lists(room: TestRoom) -> None:
    room.source.say(room.post(1, author=author("claire@presse.example")))
    await settle()
    await room.seat().act(r.DescribePerson(person="small:claire@presse.example", audience="employee", country="FR"))
    case = sorted_in(room, room.post(2, author=author("claire@presse.example")))
    assert (case.audience, case.country) == ("employee", "FR")


async def test_the_language_of_a_message_is_its_cases(room: TestRoom) -> None:
    case = sorted_in(room, room.post(1, language=Language(code="fr", confidence=0.9)))
    assert case.language == "fr"
    later = sorted_in(room, room.post(2, language=Language(code="und", confidence=0.1)), case, new=False)
    assert later.language == "fr"


async def test_a_stranger_in_the_conversation_meets_rules_and_makes_it_nobody_elses(room: TestRoom) -> None:
    case = sorted_in(room, room.post(1, author=author("louis")), Case(id="small:1", person="small:louis"))
    joined = sorted_in(room, room.post(2, author=author("claire@presse.example")), case, new=False)
    assert (joined.audience, joined.country) == ("customer", "")
    assert joined.tags == ("press",)
    assert [a.key for a in await rung(room)] == ["rule:press"]


# --- rules --------------------------------------------------------------------------------------------------------


async def test_a_rule_sorts_a_case_in_and_rings_once(room: TestRoom) -> None:
    case = sorted_in(room, room.post(1, author=author("claire@presse.example")))
    assert (case.rule, case.tags, case.assigned_to, case.priority) == ("press", ("press",), "Léa", Priority.HIGH)
    (alert,) = await rung(room)
    assert (alert.key, str(alert.headline)) == ("rule:press", "a journalist writes (@claire@presse.example)")
    assert (alert.event, alert.posts, alert.name, alert.rule) == (True, ("small:1",), "press", "rule")


async def test_a_rule_that_only_says_that_it_rings_names_itself(room: TestRoom) -> None:
    sorted_in(room, room.post(1, text=SafeText("panne"), language=Language(code="fr", confidence=1.0)))
    (alert,) = await rung(room)
    assert str(alert.headline).startswith("rule outage: @")


async def test_two_messages_between_two_looks_are_one_alert(room: TestRoom) -> None:
    for number in (1, 2):
        sorted_in(room, room.post(number, author=author("amina")))
    (alert,) = await rung(room)
    assert alert.posts == ("small:1", "small:2")


async def test_of_a_flood_an_alert_shows_the_first_and_the_newest(room: TestRoom) -> None:
    for number in range(1, 101):
        sorted_in(room, room.post(number, author=author("amina")))
    (alert,) = await rung(room)
    assert len(alert.posts) == 20
    assert (alert.posts[0], alert.posts[-1]) == ("small:1", "small:100")


async def test_a_muted_rule_does_not_ring(room: TestRoom) -> None:
    await room.seat().act(r.MuteAlert(key="rule:press", until=room.clock.now() + timedelta(hours=1)))
    sorted_in(room, room.post(1, author=author("amina")))
    assert [a for a in await rung(room) if a.rang_at is not None] == []


async def test_a_rule_closes_what_opens_and_nothing_that_is_open(room: TestRoom) -> None:
    thanks = room.post(1, text=SafeText("merci !"))
    case = sorted_in(room, thanks)
    assert case.state_at(room.clock.now()) is CaseState.NO_ANSWER
    assert case.no_answer_why == "thanks"
    going_on = sorted_in(room, thanks, Case(id="small:0"), new=False)
    assert going_on.is_open


async def test_a_room_without_rules_sorts_by_lists_and_promises() -> None:
    async with running(clock=HeldClock(), deadlines=(Deadline(first=60.0),)) as found:
        case = sorted_in(found, found.post(1))
        assert case.rule == ""
        assert case.respond_by == found.clock.now() + timedelta(minutes=1)


async def test_a_file_that_is_changed_is_taken_in_while_the_room_runs(room: TestRoom, tmp_path: Path) -> None:
    book = room.room._rulebook
    file = rules_file(tmp_path, '[[rule]]\nname = "all"\n[rule.then]\ntag = "seen"\n')
    os.utime(file, ns=(1, 1))
    await book.look()
    assert sorted_in(room, room.post(1)).tags == ("seen",)
    rules_file(tmp_path, "[[rule]]\nname = 'broken'\n[rule.then]\ntags = 1\n")
    await book.look()
    assert sorted_in(room, room.post(1)).tags == ("seen",)
    assert book.problem is not None
    assert str(book.problem.what).startswith("the rules stay as they were: ")
    assert "rules.toml:4" in str(book.problem.what)
    Path(file).unlink()
    await book.look()
    assert sorted_in(room, room.post(1)).tags == ("seen",)
    rules_file(tmp_path, "")
    await book.look()
    assert book.problem is None
    assert sorted_in(room, room.post(1)).tags == ()


async def test_what_became_of_the_rules_file_is_said(room: TestRoom, tmp_path: Path) -> None:
    heard: list[Envelope] = []
    seat = room.seat()
    overview = await seat.view(r.Overview())
    assert isinstance(overview, r.RoomOverview)
    stream = seat.events([EVERYTHING], overview.seq)
    rules_file(tmp_path, "[[rule]")
    await room.room._rulebook.look()
    while not any(isinstance(e.event, Notice) for e in heard):
        heard += await anext(stream)
    said = next(e.event for e in heard if isinstance(e.event, Notice))
    assert str(said.message).startswith("the rules stay as they were: ")
    await stream.aclose()  # type: ignore[attr-defined]


async def test_a_broken_rules_file_fails_alone(tmp_path: Path) -> None:
    async with running(clock=HeldClock(), rules_file=rules_file(tmp_path, "[[rule]]\nnam = 1\n")) as found:
        overview = await found.seat().view(r.Overview())
        assert isinstance(overview, r.RoomOverview)
        (problem,) = overview.problems
        assert "rules.toml:2" in str(problem.what)
        assert sorted_in(found, found.post(1)).rule == ""


# --- promises -----------------------------------------------------------------------------------------------------


async def test_promises_run_in_duty_hours_from_the_opening(room: TestRoom) -> None:
    evening = datetime(2026, 9, 1, 17, 45, tzinfo=UTC)  # a Tuesday, 19:45 in Paris
    press = Case(id="small:1", network="small", opened_at=evening)
    case = sorted_in(room, room.post(1, author=author("amina")), press)
    assert case.respond_by == datetime(2026, 9, 2, 6, 15, tzinfo=UTC)
    assert case.resolve_by == datetime(2026, 9, 2, 13, 45, tzinfo=UTC)


async def test_the_first_deadline_that_is_for_a_case_wins_and_stays(room: TestRoom) -> None:
    case = sorted_in(room, room.post(1, author=author("louis")))
    assert case.respond_by is None
    assert case.resolve_by == datetime(2026, 9, 3, 10, 0, tzinfo=UTC)  # twelve hours a day
    later = sorted_in(room, room.post(2, author=author("amina")), case, new=False)
    assert later.audience == "journalist"
    assert (later.respond_by, later.resolve_by) == (case.respond_by, case.resolve_by)


# --- trying rules -------------------------------------------------------------------------------------------------


async def test_rules_are_tried_on_what_was_heard(room: TestRoom) -> None:
    room.source.say(
        room.post(1, author=author("amina")),
        room.post(2, text=SafeText("Aurelia, merci !")),
        room.post(3),
        room.post(4, by_us=True, text=SafeText("merci")),
    )
    await settle()
    tried = await room.seat().view(r.TryRules(text=RULES, file="mine.toml"))
    assert isinstance(tried, r.RulesTried)
    assert tried.posts == 3
    assert tried.counts == {"press": 1, "thanks": 1}
    by_rule = {hit.rule: hit for hit in tried.hits}
    assert (by_rule["press"].uri, by_rule["press"].who) == ("small:1", "@amina")
    assert [str(m) for m in by_rule["thanks"].did] == ["closes it without an answer: thanks"]
    assert by_rule["thanks"].line == "Aurelia, merci !"
    assert room.case("small:1") is None or room.case("small:1").tags != ("seen",)  # type: ignore[union-attr]


async def test_only_so_many_posts_are_looked_at(room: TestRoom) -> None:
    room.source.say(*(room.post(n) for n in range(1, 11)))
    await settle()
    tried = await room.seat().view(r.TryRules(text="", limit=4))
    assert isinstance(tried, r.RulesTried)
    assert (tried.posts, tried.hits) == (4, ())


async def test_a_file_that_cannot_be_read_says_its_line(room: TestRoom) -> None:
    with pytest.raises(ConfigError, match=r"mine\.toml:2"):
        await room.seat().view(r.TryRules(text="[[rule]]\nnam = 1\n", file="mine.toml"))


# --- a guest of a country -----------------------------------------------------------------------------------------


async def heard_by(seat: Room, room: TestRoom, posts: Sequence[Post]) -> list[str]:
    room.source.say(*posts)
    await settle()
    page = await seat.view(r.FeedPage(feed=EVERYTHING))
    assert isinstance(page, r.Page)
    return sorted(p.uri for p in page.posts)


async def test_a_guest_sees_the_posts_of_their_country_only(room: TestRoom) -> None:
    guest = room.room.seat(ZOE)
    posts = [room.post(1, author=author("claire@presse.example")), room.post(2), room.post(3, author=author("amina"))]
    assert await heard_by(guest, room, posts) == ["small:1"]
    assert await heard_by(room.seat(Role.GUEST), room, []) == ["small:1", "small:2", "small:3"]
    found = await guest.view(r.SearchCache(query=""))
    assert isinstance(found, r.Page)
    assert [p.uri for p in found.posts] == ["small:1"]
    with pytest.raises(NotAllowed, match="other countries"):
        await guest.view(r.ThreadView(uri="small:2"))
    tried = await guest.view(r.TryRules(text=RULES))
    assert isinstance(tried, r.RulesTried)
    assert tried.posts == 1


async def test_a_country_is_the_sources_where_nobody_says_another(tmp_path: Path) -> None:
    async with running(clock=HeldClock(), audiences=(PRESS,)) as found:
        found.room._sources["small"].country = "FR"
        seen: dict[str, Any] = {}
        for country in ("FR", "BE"):
            guest = Operator(name=SafeText(country), role=Role.GUEST, country=country)
            posts = [found.post(1, author=author("claire@presse.example")), found.post(2)]
            seen[country] = await heard_by(found.room.seat(guest), found, posts)
        assert seen["BE"] == ["small:1"]


async def test_a_guess_of_the_country_sorts_a_case_and_shows_a_guest_nothing(room: TestRoom) -> None:
    guest = room.room.seat(ZOE)
    post = room.post(1, text=SafeText("plus de réseau à Bruxelles"))
    assert await heard_by(guest, room, [post]) == []
    case = room.room.ledger.cases["small:1"]
    assert (case.country, case.country_guessed, case.declared_country) == ("BE", True, "")
    opened = await guest.view(r.Overview())
    assert isinstance(opened, r.RoomOverview)
    assert opened.cases == ()
    person = await room.seat().view(r.PersonView(person=case.person))
    assert isinstance(person, r.PersonCard)
    assert person.located is not None
    assert (person.located.code, str(person.located.why[0])) == ("BE", "bruxelles in the text")
    assert person.told is not None
    assert (person.told.audience, str(person.told.why)) == ("customer", "speaks to the brand")
    # Said by hand it is no guess any more.
    await room.seat().act(r.DescribePerson(person=case.person, country="BE"))
    assert room.room.ledger.cases["small:1"].declared_country == "BE"
    assert await heard_by(guest, room, []) == ["small:1"]


async def test_a_guest_hears_of_posts_and_cases_of_their_country_only(room: TestRoom) -> None:
    guest = room.room.seat(ZOE)
    opened = await guest.view(r.Overview())
    assert isinstance(opened, r.RoomOverview)
    heard: list[Envelope] = []

    async def listen() -> None:
        async for batch in guest.events([EVERYTHING], opened.seq):
            heard.extend(batch)

    listening = asyncio.create_task(listen())
    room.source.say(room.post(2))
    await settle()
    for conversation, country in (("small:2", ""), ("small:3", "FR"), ("small:1", "BE")):
        room.room.ledger.commit("opened", "room", conversation, put=[Case(id=conversation, country=country)])
    room.source.say(room.post(1, author=author("claire@presse.example")))
    assert isinstance(room.clock, HeldClock)
    await room.clock.advance(1)
    listening.cancel()
    assert {p.uri for e in heard if isinstance(e.event, Heard) for p in e.event.posts} == {"small:1"}
    assert {e.event.case.id for e in heard if isinstance(e.event, CaseChanged)} == {"small:1"}
    overview = await guest.view(r.Overview())
    assert isinstance(overview, r.RoomOverview)
    assert {c.id for c in overview.cases} == {"small:1"}


async def test_a_guest_is_rung_for_posts_of_their_country_only(room: TestRoom) -> None:
    posts = [room.post(1, author=author("claire@presse.example")), room.post(2, author=author("amina"))]
    room.source.say(*posts)
    assert [a.posts for a in await rung(room)] == [("small:1", "small:2")]
    opened = await room.room.seat(ZOE).view(r.Overview())
    assert isinstance(opened, r.RoomOverview)
    assert [a.posts for a in opened.alerts] == [("small:1",)]
    elsewhere = Operator(name=SafeText("Ana"), role=Role.GUEST, country="ES")
    opened = await room.room.seat(elsewhere).view(r.Overview())
    assert isinstance(opened, r.RoomOverview)
    assert opened.alerts == ()


async def test_a_case_that_is_handed_to_a_country_is_seen_there(room: TestRoom) -> None:
    room.room.ledger.commit("handed over", "Léa", "small:9", put=[Case(id="small:9", country="FR", handed_to="BE")])
    overview = await room.room.seat(ZOE).view(r.Overview())
    assert isinstance(overview, r.RoomOverview)
    assert [c.id for c in overview.cases] == ["small:9"]


async def test_a_guest_proposes_answers_to_their_country_only(room: TestRoom) -> None:
    room.source.say(room.post(1, author=author("claire@presse.example")), room.post(2))
    await settle()
    guest = room.room.seat(ZOE)
    done = await guest.act(r.ProposeSend(draft=room.draft(in_reply_to="small:1", conversation="small:1")))
    assert done.item is not None
    with pytest.raises(NotAllowed):
        await guest.act(r.ProposeSend(draft=room.draft(id="d2", in_reply_to="small:2", conversation="small:2")))
