"""A person is forgotten: in memory, in every file, for good, and also where the room is killed while it forgets."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from engine.test_notes import hearing, write
from engine.test_people import author, hear
from support.clock import HeldClock, settle
from support.local_room import TestRoom, running

from socialroom.domain import requests as r
from socialroom.domain.draft import OutboxItem, OutboxState
from socialroom.domain.errors import Missing, NotAllowed
from socialroom.domain.events import Resync, Withdrawn
from socialroom.domain.operator import Role
from socialroom.domain.person import Author, Forgotten
from socialroom.domain.post import Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.engine.forgetting import GONE, Marks, _beginnings, _profile_in
from socialroom.stores.tinydb import TinyCache, TinyDesk
from socialroom.tui import copies, last_view
from socialroom.tui.settings import TerminalSettings

WORDS, NAME = "cafebabecanary", "canarybird"
WHO = f"small:{NAME}"
HOME = f"https://small.example/users/{NAME}"


def theirs(room: TestRoom, number: int, **fields: Any) -> Post:
    """A post of theirs, whose address holds their handle, as on networks it does."""
    uri = f"{HOME}/statuses/{number}"
    return room.post(number, **({"uri": uri, "author": author(NAME), "text": SafeText(f"{WORDS} {number}")} | fields))


@contextlib.asynccontextmanager
async def on_disk(folder: Path, **options: Any) -> AsyncIterator[TestRoom]:
    clock = HeldClock()
    folder.mkdir(exist_ok=True)
    cache, desk = TinyCache(str(folder), clock), TinyDesk(str(folder), clock)
    async with running(
        clock=clock, cache=cache, desk=desk, copies=functools.partial(copies.remove, str(folder)), **options
    ) as room:
        await settle()
        yield room


async def filled(room: TestRoom, folder: Path) -> None:
    """A person who is everywhere: heard, answered, noted, drafted to, described, and in a terminal's copies."""
    seat = room.seat()
    talk = theirs(room, 1).uri
    await hear(room, theirs(room, 1), theirs(room, 2, reply_to=talk, root=talk))
    other = room.post(50, author=author("other"), text=SafeText(f"@{NAME} moi aussi"), reply_to=talk, root=talk)
    await hear(room, other, room.post(60, author=author("stranger"), text=SafeText("bonjour")))
    await seat.act(
        r.QueueSend(draft=room.draft(f"@{NAME}@small.example Voila.", in_reply_to=talk, conversation=talk), delay=0)
    )
    await room.clock.advance(10)
    second = theirs(room, 2).uri
    await seat.act(r.SaveDraft(draft=room.draft(f"cher {WORDS}", id="d2", in_reply_to=second, conversation=talk)))
    await seat.act(
        r.QueueSend(draft=room.draft("later", id="d3", in_reply_to=second, conversation=talk), delay=250, anyway=True)
    )
    await write(room, f"{WORDS} appeler", talk)
    await write(room, f"{WORDS} aime la fibre", f"person:{WHO}")
    await seat.act(r.DescribePerson(person=WHO, add_tags=(f"{WORDS}",)))
    await seat.act(r.TagCase(conversation=talk, add=("panne",)))
    await seat.act(r.CloseCase(conversation="small:60"))
    last_view.save(
        TerminalSettings(operator="Head", version="1", room="r", state_folder=str(folder)),
        {"feed:A": [theirs(room, 1)]},
    )
    typed = folder / "typed" / "abc"
    typed.mkdir(parents=True)
    (typed / "x.json").write_text(f'{{"in_reply_to":"{talk}","text":"…"}}')
    await asyncio.to_thread(room.room._cache.flush)


def holding(folder: Path, *words: str) -> set[str]:
    """Files in which one of these words stands."""
    return {
        f.name
        for f in folder.rglob("*")
        if f.is_file() and any(w.lower() in f.read_bytes().decode("utf-8", "replace").lower() for w in words)
    }


def forgotten(room: TestRoom) -> Forgotten:
    (found,) = room.room.ledger.all(Forgotten).values()
    return found


async def assert_away(room: TestRoom, folder: Path) -> None:
    """Nothing of them is anywhere, and nothing of them comes in."""
    assert forgotten(room).done
    assert holding(folder, WORDS, NAME) == set()
    with pytest.raises(Missing):
        await room.seat().view(r.PersonView(person=WHO))
    await hear(room, theirs(room, 9), theirs(room, 1))
    room.source.say(withdrawn=(theirs(room, 77).uri,))
    reply = room.post(70, author=author("other"), text=SafeText(f"@{NAME} et @other ?"), reply_to=theirs(room, 1).uri)
    await hear(room, reply)
    cache = room.room._cache
    assert cache.by_author("small", NAME) == []
    kept = cache.get("small:70")
    assert kept is not None
    assert kept.text == "@… et @other ?"
    assert (kept.reply_to or "").startswith(GONE)
    await asyncio.to_thread(cache.flush)
    assert holding(folder, WORDS, NAME) == set()


async def test_everything_of_a_person_leaves_memory_and_files_and_stays_away_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "state"
    async with on_disk(folder) as room:
        await filled(room, folder)
        assert {"cache.journal", "desk.journal", "last-view-head.json"} <= holding(folder, WORDS)
        assert {"cache.journal", "desk.journal", "last-view-head.json", "x.json"} <= holding(folder, NAME)
        heard, listening = hearing(room, Role.COMMUNITY)
        await settle()
        done = await room.seat().act(r.ForgetPerson(person=WHO))
        await room.clock.advance(1)
        assert "2 posts" in done.text
        assert [e for e in heard if isinstance(e, Withdrawn)]
        assert [e for e in heard if isinstance(e, Resync)]
        await assert_away(room, folder)
        listening.cancel()
    assert holding(folder, WORDS, NAME) == set()
    async with on_disk(folder) as again:
        await assert_away(again, folder)


async def test_what_we_sent_stays_as_ours_and_names_nobody(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await filled(room, tmp_path / "state")
        await room.seat().act(r.ForgetPerson(person=WHO))
        (item,) = room.room.ledger.items.values()
        assert (item.text, item.state, item.operator) == ("@… Voila.", OutboxState.SENT, "Head")
        assert item.sent_id
        assert (item.conversation or "").startswith(GONE)
        assert room.network.posts[0].text == f"@{NAME}@small.example Voila."


async def test_their_case_stays_as_figures_and_closes_and_the_others_case_is_as_it_was(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await filled(room, tmp_path / "state")
        talk = theirs(room, 1).uri
        before, other = room.room.ledger.cases[talk], room.room.ledger.cases["small:60"]
        await room.seat().act(r.ForgetPerson(person=WHO))
        assert talk not in room.room.ledger.cases
        (case,) = [c for c in room.room.ledger.cases.values() if c.id.startswith(GONE)]
        assert (case.person, case.title, case.asked_in) == ("", "", "")
        assert (case.opened_at, case.answered_by, case.tags) == (before.opened_at, "Head", ("panne",))
        assert not case.is_open
        assert room.room.ledger.cases["small:60"] == other
        assert room.room._cache.get("small:60") is not None


async def test_no_undo_brings_any_of_it_back(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await filled(room, tmp_path / "state")
        steps = list(room.room.ledger.steps)
        await room.seat().act(r.ForgetPerson(person=WHO))
        for step in steps:
            with contextlib.suppress(Missing):
                await room.seat().act(r.UndoStep(step=step))
        assert holding(tmp_path / "state", WORDS, NAME) == set()
        assert not room.room.ledger.people


async def test_nothing_is_written_to_them_any_more(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await filled(room, tmp_path / "state")
        talk = theirs(room, 1).uri
        await room.seat().act(r.ForgetPerson(person=WHO))
        for draft in (
            room.draft(id="d9", in_reply_to=talk, conversation=talk),
            room.draft(id="d9", in_reply_to=HOME + "/x"),
        ):
            with pytest.raises(Missing):
                await room.seat().act(r.SaveDraft(draft=draft))
            with pytest.raises(Missing):
                await room.seat().act(r.QueueSend(draft=draft))


async def test_only_the_head_forgets() -> None:
    async with running(clock=HeldClock()) as room:
        await hear(room, theirs(room, 1))
        for role in set(Role) - {Role.HEAD}:
            with pytest.raises(NotAllowed):
                await room.seat(role).act(r.ForgetPerson(person=WHO))
        with pytest.raises(Missing):
            await room.seat().act(r.ForgetPerson(person="small:nobody"))
        assert not room.room.ledger.all(Forgotten)


async def test_all_linked_accounts_go(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await filled(room, tmp_path / "state")
        await hear(room, room.post(80, author=author("secondself"), text=SafeText("encore")))
        await room.seat().act(r.LinkAccount(person=WHO, account="small:secondself"))
        await room.seat().act(r.ForgetPerson(person="small:secondself"))
        assert holding(tmp_path / "state", WORDS, NAME, "secondself") == set()


async def test_a_send_on_the_wire_is_waited_for_and_the_rest_goes_when_it_is_decided(tmp_path: Path) -> None:
    async with on_disk(tmp_path / "state") as room:
        await hear(room, theirs(room, 1))
        talk = theirs(room, 1).uri
        room.network.plan = ["posted, then lost"]
        room.network.searchable = False
        room.network.remembers = 0
        await room.seat().act(r.QueueSend(draft=room.draft("Voila", in_reply_to=talk, conversation=talk), delay=0))
        await room.clock.advance(10)
        (item,) = room.room.ledger.items.values()
        if item.state is OutboxState.SENT:
            pytest.skip("this network cannot be left in doubt")
        done = await room.seat().act(r.ForgetPerson(person=WHO))
        assert not forgotten(room).done
        assert done.text.count("1 reply") == 1
        assert room.room._cache.by_author("small", NAME) == []
        await room.seat().act(r.ResolveUnknown(item=item.id, verdict="there", url=""))
        await room.clock.advance(31)
        async with room.room.forgetting._one_at_a_time:
            pass
        assert forgotten(room).done
        assert holding(tmp_path / "state", NAME) == set()


@pytest.mark.parametrize("step", range(12))
async def test_a_room_killed_while_it_forgets_finishes_it_when_it_starts(tmp_path: Path, step: int) -> None:
    """What lies on the disk before the n-th write is what a killed room leaves."""
    folder, left = tmp_path / "state", tmp_path / "left"
    async with on_disk(folder) as room:
        await filled(room, folder)
        count = 0

        def counted(write: Callable[..., Any]) -> Callable[..., Any]:
            def before(*args: Any, **named: Any) -> Any:
                nonlocal count
                if forgetting and count == step:
                    shutil.copytree(folder, left)
                count += forgetting
                return write(*args, **named)

            return before

        forgetting = False
        for store, names in ((room.room._cache, ("erase", "wipe")), (room.room._desk_store, ("commit", "wipe"))):
            for name in names:
                setattr(store, name, counted(getattr(store, name)))
        forgetting = True
        await room.seat().act(r.ForgetPerson(person=WHO))
        forgetting = False
        if count <= step:
            assert step > 5, "it has as many steps as that"
            return
    async with on_disk(left) as again:
        if not again.room.ledger.all(Forgotten):
            assert step == 0, "nothing is erased before it is said that all will be"
            return
        async with again.room.forgetting._one_at_a_time:  # it has gone on with it since the start
            pass
        await assert_away(again, left)


def test_a_handle_is_blotted_where_it_is_meant_and_nowhere_else() -> None:
    marks = Marks("00" * 16)
    marks.add(
        [marks.mark("@claire@a.example"), marks.mark("small @claire"), marks.mark("https://a.example/users/claire/")]
    )
    blotted = functools.partial(marks.blotted, network="small")
    assert blotted("bonjour @Claire, et @claire@a.example.") == "bonjour @…, et @…."
    assert blotted("@claire@b.example @clairette claire@a.example") == "@claire@b.example @clairette claire@a.example"
    assert marks.blotted("@claire", "elsewhere") == "@claire"
    assert marks.names("https://a.example/users/claire/statuses/1")
    assert not marks.names("https://a.example/users/clairette/statuses/1")
    assert not marks.names("")
    assert list(_beginnings("at://did/x/1")) == ["at://did/x/1", "at://did/", "at://did/x/"]


async def test_an_operator_or_a_word_with_the_same_name_is_not_taken_for_them() -> None:
    async with running(clock=HeldClock()) as room:
        head = author("head")
        await hear(room, room.post(1, author=head), room.post(2, author=author("other"), kind=PostKind.MENTION))
        await room.seat().act(
            r.SaveDraft(draft=room.draft("head first", id="d5", in_reply_to="small:2", conversation="small:2"))
        )
        await write(room, "head : à voir", "small:2")
        await room.seat().act(r.ForgetPerson(person="small:head"))
        assert set(room.room.ledger.drafts) == {"d5"}
        assert len(room.room.ledger.notes) == 1
        assert OutboxItem not in {type(v) for v in room.room.ledger.items.values()}


@pytest.mark.parametrize(
    ("address", "name", "profile"),
    [
        ("https://a.example/users/claire/statuses/1", "claire@a.example", "https://a.example/users/claire"),
        ("https://a.example/@Claire", "@claire", "https://a.example/@Claire"),
        ("https://bsky.app/profile/claire.example", "claire.example", "https://bsky.app/profile/claire.example"),
        ("at://did:plc:abc/app.bsky.feed.post/1", "did:plc:abc", "at://did:plc:abc"),
        ("https://a.example/users/users/statuses/1", "users", "https://a.example/users/users"),
        ("https://a.example/post/1", "post", ""),
        ("https://claire/1", "claire", ""),
        ("https://news.example", "https://news.example", ""),
        ("hn:1", "claire", ""),
        ("", "", ""),
    ],
)
def test_an_address_is_theirs_only_where_it_says_so(address: str, name: str, profile: str) -> None:
    assert _profile_in(address, name) == profile


@pytest.mark.parametrize("handle", ["post", "users", "small.example", "authors", "at", "e"])
async def test_whoever_is_called_as_a_part_of_every_address_takes_nobody_along(handle: str) -> None:
    async with running(clock=HeldClock()) as room:
        site = Author(id="https://small.example", handle=SafeText(handle), url="https://small.example")
        others = Author(
            id="https://small.example/authors/bob", handle=SafeText("bob"), url="https://small.example/authors"
        )
        await hear(
            room,
            room.post(1, uri="https://small.example/post", author=site),
            room.post(2, uri="https://small.example/post/2", author=others, text=SafeText("e post users @bob")),
            room.post(
                3,
                uri="https://small.example/users/ann/3",
                author=author("ann"),
                reply_to="https://small.example/post/2",
            ),
        )
        before = [room.room._cache.get(f"https://small.example/{x}") for x in ("post/2", "users/ann/3")]
        await room.seat().act(r.ForgetPerson(person="small:https://small.example"))
        assert room.room._cache.get("https://small.example/post") is None
        assert [room.room._cache.get(f"https://small.example/{x}") for x in ("post/2", "users/ann/3")] == before
