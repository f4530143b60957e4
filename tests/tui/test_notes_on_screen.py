"""Notes where operators meet them: between the posts of a thread, at the start of a shift, and when one calls."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.hostile import NAMES, TEXTS
from support.keyed_app import screen_lines
from support.panes_host import PanesHost
from support.posts import NOON
from support.rooms import SpokenRoom
from textual.pilot import Pilot
from tui.test_app import calm, console, mention

from socialroom.domain.events import Attending, NoteChanged, NoteGone, Presence
from socialroom.domain.note import SHIFT, Note
from socialroom.domain.operator import Operator, Role
from socialroom.domain.requests import Attend, ForgetPerson, Page, ReadNotes, WriteNote
from socialroom.domain.text import SafeText, is_clean
from socialroom.engine.seat import Seat
from socialroom.tui import typed_text
from socialroom.tui.app import RoomApp
from socialroom.tui.panes.thread import PANE, ThreadPane
from socialroom.tui.screens.choice import ChoiceScreen

pytestmark = pytest.mark.long

LEA, MARC = Operator(name=SafeText("Léa")), Operator(name=SafeText("Marc"), role=Role.COMMUNITY)


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock(NOON + timedelta(hours=1))


def team(clock: HeldClock) -> SpokenRoom:
    return SpokenRoom(clock, operators=(LEA, MARC))


def marc(room: SpokenRoom) -> Seat:
    return room.room.seat(MARC)


def text(app: RoomApp) -> str:
    return "\n".join(screen_lines(app))


async def at_mentions(app: RoomApp, pilot: Pilot[int]) -> None:
    """In front of a feed, as who arranged one."""
    await app.room_screen._go("feed:Mentions")
    await calm(pilot)


def note(app: PanesHost, id_: str, words: str, minutes: int, **fields: object) -> Note:
    at = NOON + timedelta(minutes=minutes)
    return Note(**({"id": id_, "subject": "t", "author": "Marc", "text": words, "at": at} | fields))  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_notes_stand_between_the_posts_by_time_and_are_called_notes(size: tuple[int, int]) -> None:
    app = PanesHost(PANE)
    app.load(notes=(note(app, "a", "before them all", -5), note(app, "b", "in between", 5, read_by=("Léa",))))
    posts = tuple(
        mention(n, f"post {n}", root="t").changed(created_at=NOON + timedelta(minutes=10 * n)) for n in range(2)
    )
    app.page = Page(posts=posts)
    async with app.run_test(size=size) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.pane.show(posts[0].uri, posts[0])
        await pilot.pause()
        lines = "\n".join(screen_lines(app))
        places = [lines.index(piece) for piece in ("post 0", "before them all", "in between", "post 1")]
        assert places == sorted(places)
        assert lines.count("note, for colleagues only") == 2
        assert lines.count("unread") == 1
        later = note(app, "c", "written\njust now", 60, author="Léa", read_by=("Léa",))
        await app.happens(pilot, NoteChanged(note=later), NoteGone(note="b"))
        await pilot.pause()
        lines = "\n".join(screen_lines(app))
        assert "just now" in lines
        assert "in between" not in lines


async def test_what_stood_before_the_reader_is_read_and_stays_marked_until_another_thread() -> None:
    app = PanesHost(PANE)
    app.load(notes=(note(app, "a", "look", 1),))
    post = mention(1, "post", root="t")
    app.page = Page(posts=(post,))
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.screen.set_focus(None)
        app.pane.show(post.uri, post)
        await app.passes(pilot, 2)
        reads = [c for c in app.done if isinstance(c, ReadNotes)]
        assert reads == []  # it has not the focus
        app.pane.content.focus()
        await app.passes(pilot, 2)
        assert [c for c in app.done if isinstance(c, ReadNotes)] == [ReadNotes(notes=("a",))]
        assert "unread" in "\n".join(screen_lines(app))


async def test_a_note_moves_nothing_under_the_eye_and_the_cursor_goes_from_post_to_post() -> None:
    app = PanesHost(PANE)
    app.load()
    posts = tuple(mention(n, f"post {n}", root="t").changed(created_at=NOON + timedelta(minutes=n)) for n in range(30))
    app.page = Page(posts=posts)
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.pane.show(posts[20].uri, posts[20])
        await pilot.pause()
        app.pane.content.focus()
        await pilot.pause()
        before = next(n for n, line in enumerate(screen_lines(app)) if "post 20" in line)
        await app.happens(pilot, NoteChanged(note=note(app, "a", "above", 2)))
        await pilot.pause()
        assert "post 20" in screen_lines(app)[before]
        await pilot.press("home", *["j"] * 3)
        assert app.pane.view.current == posts[3]


async def test_the_border_says_who_else_reads_and_who_types() -> None:
    app = PanesHost(PANE)
    app.load()
    post = mention(1, "post", root="t")
    app.page = Page(posts=(post,))
    async with app.run_test(size=(80, 24)) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.pane.show(post.uri, post)
        await app.happens(pilot, Attending(operator="Marc", conversation="t", typing=True))
        await app.happens(
            pilot, Attending(operator="Ana", conversation="t"), Attending(operator="Léa", conversation="t")
        )
        assert app.pane.called == "Thread · Marc types · Ana reads"
        await app.happens(pilot, Attending(operator="Marc", conversation="elsewhere"), Presence(operators=("Marc",)))
        assert app.pane.called == "Thread"


@pytest.mark.parametrize("size", [(80, 24), (20, 4)])
async def test_hostile_notes_are_shown_as_text(size: tuple[int, int]) -> None:
    app = PanesHost(PANE)
    app.load(notes=tuple(note(app, str(n), t, n, author=NAMES[n % len(NAMES)]) for n, t in enumerate(TEXTS)))
    post = mention(1, "post", root="t")
    app.page = Page(posts=(post,))
    async with app.run_test(size=size) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.pane.show(post.uri, post)
        await pilot.pause()
        for strip in app.screen._compositor.render_strips(app.size):
            assert all(is_clean(s.text) and "\n" not in s.text for s in strip)


async def test_a_note_is_written_from_the_thread_and_reaches_whom_it_calls(clock: HeldClock) -> None:
    async with team(clock) as room:
        room.say(mention(1, "bonjour"))
        async with console(room, role="head") as (app, pilot):
            await at_mentions(app, pilot)
            await pilot.press("enter")
            await calm(pilot)
            await pilot.press("n", *"vu", "space", "at", "m", "a", "tab", "enter")
            await calm(pilot)
            (kept,) = room.room.ledger.notes.values()
            assert (kept.text, kept.mentions) == ("vu @Marc", ("Marc",))
            assert "note, for colleagues only" in text(app)
            app.room_screen.front("feed:Mentions")
            await calm(pilot)
            await marc(room).act(WriteNote(subject=kept.subject, text="@léa tu prends ?"))
            await marc(room).act(Attend(conversation=kept.subject, typing=True))
            await calm(pilot)
            assert "Marc calls you in a note: @léa tu prends ?" in text(app)
            assert "1 note for you" in screen_lines(app)[0]
            assert "Marc types" in text(app)
            app.room_screen.front("thread")
            await calm(pilot)
            app._tick()
            await calm(pilot)
            assert "for you" not in screen_lines(app)[0]
            assert all("Léa" in n.read_by for n in room.room.ledger.notes.values())


async def test_the_shift_note_greets_whoever_attaches_until_they_say_they_read_it(clock: HeldClock) -> None:
    async with team(clock) as room:
        await marc(room).act(WriteNote(subject=SHIFT, text="Nantes est en panne depuis 9 h."))
        async with console(room) as (app, pilot):
            assert isinstance(app.screen, ChoiceScreen)
            assert "Nantes est en panne" in text(app)
            assert "Shift note of Marc" in text(app)
            await pilot.press("escape")
            await calm(pilot)
            assert not isinstance(app.screen, ChoiceScreen)
        async with console(room) as (app, pilot):
            await pilot.press("enter")
            await calm(pilot)
            assert "Léa" in next(iter(room.room.ledger.notes.values())).read_by
        async with console(room) as (app, _pilot):
            assert not isinstance(app.screen, ChoiceScreen)


async def test_a_wall_is_greeted_by_nobody(clock: HeldClock) -> None:
    async with team(clock) as room:
        await marc(room).act(WriteNote(subject=SHIFT, text="x"))
        async with console(room, read_only=True) as (app, _pilot):
            assert not isinstance(app.screen, ChoiceScreen)


async def test_a_shift_note_is_written_by_two_keys(clock: HeldClock) -> None:
    async with team(clock) as room, console(room) as (app, pilot):
        await pilot.press("g", "N", *"salut", "enter")
        await calm(pilot)
        (kept,) = room.room.ledger.notes.values()
        assert (kept.subject, kept.text) == (SHIFT, "salut")
        assert "Kept for whoever comes next" in text(app)


async def test_the_person_of_a_post_opens_beside_and_a_contact_logged_there_is_undone(clock: HeldClock) -> None:
    async with team(clock) as room:
        room.say(mention(1, "bonjour"))
        async with console(room, role="head") as (app, pilot):
            await at_mentions(app, pilot)
            await pilot.press("i")
            await calm(pilot)
            assert (app.room_screen.tiles.focused).startswith("person:mastodon:")
            assert "bonjour" in text(app)
            await pilot.press("C", "enter")
            await calm(pilot)
            await pilot.press("enter")
            await calm(pilot)
            await pilot.press(*"rappel", "enter")
            await calm(pilot)
            (person,) = room.room.ledger.people.values()
            assert [c.text for c in person.contacts] == ["rappel"]
            assert "rappel" in text(app)
            await pilot.press("u")
            await calm(pilot)
            await pilot.press("u")
            await calm(pilot)
            assert not room.room.ledger.people


async def test_a_conversation_that_stays_open_is_told_anew_each_minute(clock: HeldClock) -> None:
    async with team(clock) as room:
        room.say(mention(1, "bonjour"))
        async with console(room, role="head") as (app, pilot):
            await at_mentions(app, pilot)
            await pilot.press("enter")
            await calm(pilot)
            for _half_minute in range(8):
                app._tick()
                await calm(pilot)
                await clock.advance(30)
            assert [a.operator for a in room.room.attendance.attending(LEA)] == ["Léa"]


async def test_what_is_withdrawn_leaves_this_machines_last_view_at_once_also_under_the_cursor(
    clock: HeldClock, tmp_path: Path
) -> None:
    async with team(clock) as room:
        room.say(mention(1, "CANARY"), mention(2, "stays"))
        async with console(room, role="head", state_folder=str(tmp_path)) as (app, pilot):
            await at_mentions(app, pilot)
            await app._save_view()
            (file,) = tmp_path.glob("last-view*")
            assert "CANARY" in file.read_text()
            await pilot.press("end")
            room.withdraw(mention(1).uri)
            await calm(pilot)
            for worker in [w for w in app.workers if w.group == "last view"]:
                await worker.wait()
            assert "CANARY" not in file.read_text()
            assert "stays" in file.read_text()


async def test_notes_that_call_one_are_listed_and_lead_to_what_they_are_about(clock: HeldClock) -> None:
    async with team(clock) as room:
        post = mention(1, "bonjour")
        room.say(post)
        async with console(room, role="head") as (app, pilot):
            await pilot.press("g", "c")
            await calm(pilot)
            assert "No unread note calls you." in text(app)
            await marc(room).act(WriteNote(subject=post.conversation, text="@Léa first"))
            await clock.advance(60)
            key = f"mastodon:{post.author.id}" if post.author else ""
            await marc(room).act(WriteNote(subject=f"person:{key}", text="@Léa second"))
            await calm(pilot)
            assert "2 notes for you" in screen_lines(app)[0]
            await pilot.press("g", "c")
            await calm(pilot)
            listed = text(app)
            assert listed.index("@Léa second") < listed.index("@Léa first")
            await pilot.press("enter")
            await calm(pilot)
            assert app.room_screen.tiles.focused.startswith("person:")
            await pilot.press("g", "c", "enter")
            await calm(pilot)
            assert app.room_screen.tiles.focused == "thread"
            assert all("Léa" in n.read_by for n in room.room.ledger.notes.values())


async def test_what_is_typed_to_somebody_who_was_forgotten_stays_nowhere_on_this_machine(
    clock: HeldClock, tmp_path: Path
) -> None:
    state = tmp_path / "state"
    state.mkdir()
    head = Operator(name=SafeText("Marc"), role=Role.HEAD)
    async with SpokenRoom(clock, operators=(LEA, head)) as room:
        post = mention(1, "bonjour")
        room.say(post)
        async with console(room, role="head", state_folder=str(state)) as (app, pilot):
            await at_mentions(app, pilot)
            await pilot.press("r")
            await calm(pilot)
            await pilot.press(*"Bonjour")
            await calm(pilot)
            assert post.author is not None
            await room.room.seat(head).act(ForgetPerson(person=f"mastodon:{post.author.id}"))
            await calm(pilot)
            await pilot.press(*" oui")
            await calm(pilot, 20)
            assert typed_text.opened(str(state)).wait()
            left = [f for f in state.rglob("*.json") if post.uri in f.read_text()]
            assert left == []
            assert not room.room.ledger.drafts
