"""What goes with a text in the composer, on the real room: saved replies, gaps, leaks, threads, files, private answers."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from support.clock import HeldClock
from support.desk_room import question
from support.host import ComposerHost, passes, quiet
from support.writing import reply, typed
from support.writing_room import BRAND, SKY, WritingRoom
from textual.pilot import Pilot
from textual.widgets import Input

from socialroom.domain import requests as r
from socialroom.domain.draft import Afterwards, OutboxState, SendKind
from socialroom.domain.operator import Role
from socialroom.domain.person import Author
from socialroom.domain.post import Post
from socialroom.domain.source import MediaRule
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language
from socialroom.tui.panes.composer import ComposerPane
from socialroom.tui.screens.saved_replies import SavedRepliesScreen

pytestmark = pytest.mark.long

WHOLE = BRAND.changed(acts=tuple(SendKind), media=MediaRule(count=2, size=100_000, mimes=("image/png",), alt_limit=50))
FACTURE = """---
name: facture
title: Facture en double
language: fr
after: {tags: [facture], done: true}
---
Bonjour {name}, votre dossier {ticket} est suivi. {agent}
"""
BILL = "---\nname: facture\nlanguage: en\n---\nHello {name}"
MERCI = "---\nname: mérci\nlanguage: fr\n---\nMerci !"


class Hearing:
    """Says what language every text of ours is in."""

    def __init__(self, code: str, confidence: float = 0.99) -> None:
        self.told, self.asked = Language(code=code, confidence=confidence), list[str]()

    async def score(self, posts: Sequence[Post]) -> list[Post]:
        self.asked += [p.text for p in posts]
        return [p.changed(language=self.told) for p in posts]

    async def aclose(self) -> None:
        pass


@pytest.fixture
def book(tmp_path: Path) -> Path:
    folder = tmp_path / "playbook"
    folder.mkdir()
    for name, text in (("facture", FACTURE), ("bill", BILL), ("merci", MERCI)):
        (folder / f"{name}.md").write_text(text, "utf-8")
    return folder


@pytest.fixture
def room(book: Path) -> WritingRoom:
    clock = HeldClock()
    asked = question(clock, network="mastodon", language=Language(code="fr", confidence=0.99))
    return WritingRoom(clock, WHOLE, parent=asked, playbook=str(book), public_numbers=("0969390000",))


async def opened(pilot: Pilot[None], text: str = "") -> ComposerPane:
    """The composer, with the saved replies read: a thread reads them."""
    pane = await reply(pilot)
    for _ in range(200):
        await quiet(pilot)
        if pane.replies.fitting():
            break
    await typed(pilot, text)
    return pane


def png(path: Path, size: int = 60) -> Path:
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + zlib.compress(b"x") + b"\0" * size)
    return path


# --- saved replies -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["space", "enter", "tab"])
async def test_a_name_after_two_colons_becomes_the_saved_reply_in_their_language(room: WritingRoom, key: str) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, "Voilà. ::fac")
        assert "::facture · Tab takes the first" in app.text()
        await typed(pilot, "ture")
        await pilot.press(key)
        await quiet(pilot)
        assert pane.area.text == "Voilà. Bonjour José García 🌻, votre dossier {ticket} est suivi. Léa"
        assert pane.area.selected_text == ""
        assert pane.area.text[pane.area.offset_of_cursor :].startswith("{ticket}")
        assert "then: done, #facture" in app.text()
        await pilot.press("ctrl+z")
        assert pane.area.text == "Voilà. ::facture", "one step of undo"


@pytest.mark.parametrize("name", ["MERCI", "mérci", "Merci"])
async def test_names_are_found_without_accents_and_in_any_case(room: WritingRoom, name: str) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, f"::{name}")
        await pilot.press("space")
        assert pane.area.text == "Merci !"


@pytest.mark.parametrize(
    "text", ["a::facture ", ":::facture ", "::nothing ", ":: ", "::fac ", "http://x ;:;: ", "std::x "]
)
async def test_what_is_no_name_of_a_saved_reply_stays_as_typed(room: WritingRoom, text: str) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, text)
        assert pane.area.text == text
        assert app.acts == []


async def test_tab_takes_the_first_of_several_and_elsewhere_goes_on(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, "::m")
        await pilot.press("tab")
        assert pane.area.text == "Merci !"
        await pilot.press("tab")
        assert app.acts == ["pane_next"], "where nothing is to complete, Tab is the room's"


async def test_the_list_is_searched_and_shows_what_each_says(room: WritingRoom, book: Path) -> None:
    (book / "wrong.md").write_text("---\nnom: x\n---\nx", "utf-8")
    app = ComposerHost(room.seat())
    async with app.run_test(size=(80, 24)) as pilot:
        pane = await opened(pilot, "avant  après")
        for _ in range(6):
            await pilot.press("left")
        await pilot.press("f8")
        await quiet(pilot)
        assert isinstance(app.screen, SavedRepliesScreen)
        shown = [str(o.prompt) for o in app.screen._list.options]
        assert shown == ["[fr] facture · Facture en double", "[fr] mérci · Merci !", "[en] facture · Hello {name}"]
        assert "votre dossier {ticket}" in str(app.screen._preview.content)
        problem = str(app.screen.query_one(".problem").render())
        assert "1 file is not used" in problem
        assert "wrong.md:2" in problem.replace("\n", "")
        await pilot.press(*"merci", "enter")
        await quiet(pilot)
        assert pane.area.text == "avant Merci ! après"


async def test_what_follows_can_be_taken_away(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await opened(pilot, "::facture ")
        await pilot.press("ctrl+t")
        await pilot.press("1")
        await quiet(pilot)
        assert pane.now is not None
        assert pane.now.draft.afterwards == Afterwards(tags=("facture",))
        await passes(pilot, 1)
        assert room.desk.drafts.all()[0].afterwards == Afterwards(tags=("facture",))


async def test_a_room_without_a_playbook_says_where_it_would_be(room: WritingRoom, book: Path) -> None:
    for file in book.iterdir():
        file.unlink()
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot)
        await pilot.press("f8")
        for _ in range(200):
            await quiet(pilot)
            if pane.said:
                break
        assert "put Markdown files into the folder playbook" in app.text()


# --- what stops it -----------------------------------------------------------------------------------------------------


async def test_a_place_to_fill_in_stops_the_send_and_a_key_goes_there(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot, "Bonjour {name}, {x} {ticket}")
        assert "▲ 2 places to fill in: {name}, {ticket} · Ctrl+n goes there" in app.text()
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert room.desk.outbox.items() == []
        await pilot.press("home", "ctrl+n")
        assert pane.area.selected_text == "{name}"
        await typed(pilot, "José")
        await pilot.press("ctrl+n")
        assert pane.area.selected_text == "{ticket}"
        await typed(pilot, "A-1")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "sends in 5" in app.text()
        assert room.desk.item().text == "Bonjour José, {x} A-1"


async def test_a_number_of_somebody_s_is_not_sent_in_public_and_one_key_goes_on_in_private(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot, "Bonjour,")
        await pilot.press("enter")
        await typed(pilot, "appelez le 06 12 34 56 78")
        assert "■ a phone number in line 2 must not be public: take it out, or F9 goes on in private" in app.text()
        assert any(mark.ink == "alert-red" and mark.loud for mark in pane.area.marks)
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert room.desk.outbox.items() == []
        await pilot.press("f9")
        await quiet(pilot)
        assert "must not be public" not in app.text()
        assert app.border() == "PRIVATE · as @aurelia · Mastodon · message"
        assert app.state.cases[app.question.conversation].private
        await pilot.press("ctrl+s")
        await quiet(pilot)
        item = room.desk.item()
        assert (item.kind, item.visibility) == (SendKind.MESSAGE, "direct")


async def test_the_same_key_brings_the_case_back_to_the_public(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Bonjour")
        await pilot.press("f9")
        await quiet(pilot)
        await pilot.press("f9")
        await quiet(pilot)
        assert app.border() == "as @aurelia · Mastodon · public"
        assert not app.state.cases[app.question.conversation].private


async def test_a_case_that_went_on_in_private_begins_so(room: WritingRoom) -> None:
    await room.seat().act(r.MoveToPrivate(conversation=room.desk.parent.conversation))
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot)
        assert app.border() == "PRIVATE · as @aurelia · Mastodon · message"


async def test_an_answer_to_a_private_message_stays_private(room: WritingRoom) -> None:
    room.desk.parent = room.desk.parent.changed(visibility="direct")
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "06 12 34 56 78")
        assert app.border().startswith("PRIVATE")
        await pilot.press("f9")
        await quiet(pilot)
        assert "the answer stays private" in app.text()
        assert app.border().startswith("PRIVATE")


async def test_a_network_without_private_answers_says_so(room: WritingRoom) -> None:
    room.accounts = (BRAND.changed(visibilities=("public",)),)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Bonjour")
        await pilot.press("f9")
        assert "The network offers no private answer here." in app.text()


async def test_our_own_numbers_and_prices_pass(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Au 09 69 39 00 00 : 1 299,99 €, ticket 0612345678")
        assert "must not be public" not in app.text()
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "sends in 5" in app.text()


# --- languages -----------------------------------------------------------------------------------------------------------


async def test_another_language_than_theirs_is_said_once_the_writer_pauses_and_stops_nothing(room: WritingRoom) -> None:
    hearing = Hearing("en")
    room.desk.room._answering._answerers[r.TextLanguage].__self__._scorer = hearing  # type: ignore[attr-defined]
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "We are looking into it")
        assert "you write" not in app.text()
        await passes(pilot, 3)
        assert "▲ you write in English, they wrote in French" in app.text()
        assert hearing.asked == ["We are looking into it"], "asked once, and not with every letter"
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert room.desk.item().language == "en"


@pytest.mark.parametrize(("code", "confidence"), [("fr", 0.99), ("und", 0.99), ("en", 0.3)])
async def test_the_same_language_or_an_unsure_one_is_not_spoken_of(
    room: WritingRoom, code: str, confidence: float
) -> None:
    hearing = Hearing(code, confidence)
    room.desk.room._answering._answerers[r.TextLanguage].__self__._scorer = hearing  # type: ignore[attr-defined]
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons cela")
        await passes(pilot, 3)
        assert hearing.asked
        assert "you write" not in app.text()


# --- threads ---------------------------------------------------------------------------------------------------------------


async def test_what_is_too_long_goes_as_a_thread_with_one_key_and_its_parts_are_shown(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot)
        pane.area.insert("Nous regardons cela tout de suite. " * 4)
        await quiet(pilot)
        assert "▲ F5 sends it as a thread of 2" in app.text()
        assert "▲ 40 too many" in app.text()
        await pilot.press("f5")
        await quiet(pilot)
        assert "goes as a thread of 2 · F5 undoes that" in app.text()
        assert "│ Nous regardons cela tout de suite. Nous regardons cela tout de suite. 1/2" in app.text()
        assert "too many" not in app.text()
        await pilot.press("ctrl+s")
        await quiet(pilot)
        await passes(pilot, 8)
        assert [p.text[-3:] for p in room.network.posts] == ["1/2", "2/2"]
        assert app.said.count("This text is a draft of its own now") == 0


async def test_a_thread_that_is_taken_back_is_one_text_again(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    text = "Nous regardons cela tout de suite. " * 4
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot)
        pane.area.insert(text)
        await pilot.press("f5", "ctrl+s")
        await quiet(pilot)
        await pilot.press("u")
        await quiet(pilot)
        assert pane.area.text == text
        assert room.network.posts == []
        assert "thread of 2" in app.text()


async def test_what_fits_is_no_thread(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Bonjour")
        await pilot.press("f5")
        assert "It fits into one post." in app.text()


# --- files -----------------------------------------------------------------------------------------------------------------


async def attached(pilot: Pilot[None], path: Path | str) -> None:
    """Presses the key, and writes a path."""
    await pilot.press("f12")
    await quiet(pilot)
    line = pilot.app.screen.query_one(Input)
    line.value = str(path)
    await pilot.press("enter")
    app = pilot.app
    assert isinstance(app, ComposerHost)
    for _ in range(200):  # a thread looks at the file
        await quiet(pilot)
        if len(app.screen_stack) > 1 or app.pane.said:
            break


async def test_a_file_is_named_described_and_sent(room: WritingRoom, tmp_path: Path) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Voyez")
        await attached(pilot, png(tmp_path / "carte été.png"))
        await typed(pilot, "La couverture à Lyon")
        await pilot.press("enter")
        await quiet(pilot)
        assert "▣ carte été.png · 77 B · La couverture à Lyon" in app.text()
        await passes(pilot, 1)
        assert [m.alt for m in room.desk.drafts.all()[0].media] == ["La couverture à Lyon"]


async def test_a_description_that_is_missing_is_asked_for_once_before_the_send(
    room: WritingRoom, tmp_path: Path
) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Voyez")
        await attached(pilot, png(tmp_path / "a.png"))
        await pilot.press("escape")
        await quiet(pilot)
        assert "▣ a.png · 77 B · no description" in app.text()
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "▲ 1 attachment has no description; F12 describes it." in app.text()
        await pilot.press("f12")
        await quiet(pilot)
        await typed(pilot, "Carte")
        await pilot.press("enter")
        await quiet(pilot)
        assert "▣ a.png · 77 B · Carte" in app.text()
        assert app.pane.area.has_focus


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("nowhere.png", None, "there is no file"),
        ("text.png", b"not a picture", "no picture, film or sound"),
        ("empty.png", b"", "is empty"),
        ("film.gif", b"GIF89a" + b"x" * 50, "image/gif, which the network does not take. It takes: image/png."),
        ("large.png", b"\x89PNG\r\n\x1a\n" + b"\0" * 200_000, "has 200 kB, the network takes 100 kB at most"),
    ],
)
async def test_a_file_that_cannot_go_says_why(
    room: WritingRoom, tmp_path: Path, name: str, content: bytes | None, said: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(160, 40)) as pilot:
        await reply(pilot, "Voyez")
        await attached(pilot, tmp_path / name)
        assert said in app.text()
        assert app.pane.now is not None
        assert app.pane.now.draft.media == ()


async def test_files_are_taken_out_and_no_more_are_taken_than_the_network_takes(
    room: WritingRoom, tmp_path: Path
) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Voyez")
        await attached(pilot, png(tmp_path / "a.png"))
        await pilot.press("escape")
        await pilot.press("f12")
        await quiet(pilot)
        await pilot.press("3")
        await quiet(pilot)
        assert "▣" not in app.text()
        room.accounts = (BRAND,)
        app.attach()
        await pilot.press("f12")
        assert "The network takes no attachment here." in app.text()


# --- what the network reads ------------------------------------------------------------------------------------------------


async def test_a_name_that_is_no_mention_there_is_said(room: WritingRoom) -> None:
    room.accounts = (SKY.changed(count=SKY.count.__class__(counter="bluesky", limit=300)),)
    room.desk.parent = room.desk.parent.changed(network="bluesky", source="sky")
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot, "@claire.bsky.social voyez https://aurelia.example #panne")
        assert "will be plain text" not in app.text()
        assert [pane.area.text[m.start : m.end] for m in pane.area.marks] == [
            "@claire.bsky.social", "https://aurelia.example", "#panne",
        ]  # fmt: skip
        await typed(pilot, " @claire")
        assert "▲ @claire will be plain text on Bluesky, no mention" in app.text()


# --- who, when, and others --------------------------------------------------------------------------------------------------


async def test_who_is_answered_stands_beside_the_text(room: WritingRoom) -> None:
    author = Author(id="a1", handle=SafeText("claire"), name=SafeText("Claire"), followers=1204)
    room.desk.parent = room.desk.parent.changed(author=author)
    conversation = room.desk.parent.conversation
    await room.seat().act(r.TagCase(conversation=conversation, add=("facture",)))
    await room.seat().act(
        r.LogContact(person="mastodon:a1", kind="call", at=room.clock.now() - timedelta(days=3), text="au téléphone")
    )
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot)
        assert "#facture · 1,204 followers · last contact 3d" in app.text()


async def test_drafts_of_others_are_named_read_and_copied(room: WritingRoom) -> None:
    marc = room.seat("Marc", Role.ANALYST)
    await marc.act(r.SaveDraft(draft=room.desk.draft("Texte de Marc", id="m", operator="Marc")))
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot)
        assert "1 draft beside this one: Marc " in app.text()
        await pilot.press("f10", "enter")
        await quiet(pilot)
        await pilot.press("down", "enter")
        await typed(pilot, " et de Léa")
        await passes(pilot, 1)
        assert pane.area.text == "Texte de Marc et de Léa"
        assert {(d.operator, d.text) for d in room.desk.drafts.all()} == {
            ("Marc", "Texte de Marc"),
            ("Léa", "Texte de Marc et de Léa"),
        }


async def test_several_drafts_of_ones_own_for_one_conversation(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        pane = await reply(pilot, "le premier")
        await pilot.press("f10", "enter")
        await typed(pilot, "le second")
        await passes(pilot, 1)
        assert set(room.drafts()) == {"le premier", "le second"}
        await pilot.press("f10", "enter")
        await quiet(pilot)
        assert pane.area.text == "le premier"


async def test_approval_is_asked_for_with_one_key(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        await pilot.press("f3")
        await quiet(pilot)
        assert "waits for approval" in app.text()
        assert room.desk.item().state is OutboxState.AWAITING_APPROVAL
        await passes(pilot, 10)
        assert room.network.posts == []


async def test_a_send_for_later_says_the_moment_with_its_zone(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        await pilot.press("ctrl+l")
        await quiet(pilot)
        await typed(pilot, "in 2h")
        assert "→ 20" in "".join(str(w.render()) for w in app.screen.query("#reads"))
        await pilot.press("enter")
        await quiet(pilot)
        item = room.desk.item()
        assert item.state is OutboxState.SCHEDULED
        assert item.due_at == room.clock.now() + timedelta(hours=2)
        assert item.zone
        assert "goes at " in app.text()
        assert f"({item.zone})" in app.text()


async def test_nonsense_is_no_moment_and_nothing_is_sent(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        await pilot.press("ctrl+l")
        await quiet(pilot)
        await typed(pilot, "banana")
        await pilot.press("enter")
        await quiet(pilot)
        assert room.desk.outbox.items() == []
        await pilot.press("escape")
        await quiet(pilot)
        assert app.pane.area.has_focus


async def test_an_account_that_always_asks_asks(room: WritingRoom) -> None:
    room.accounts = (WHOLE.changed(confirm=True),)
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "▲ This speaks as @aurelia." in app.text()
        assert room.desk.outbox.items() == []
        await pilot.press("y")
        await quiet(pilot)
        assert "sends in 5" in app.text()


async def test_a_correction_shows_what_was_and_what_will_be(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardns.")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        await passes(pilot, 6)
        sent = room.desk.item()
        assert sent.state is OutboxState.SENT
        await pilot.press("escape")
        edit = room.desk.draft(sent.text, id="e1", kind=SendKind.EDIT, corrects=sent.id)
        app.open_composer(parent=app.question, draft=edit)
        await quiet(pilot)
        assert app.border().startswith("CORRECTING · as @aurelia")
        await pilot.press("backspace", "backspace", "backspace")
        await typed(pilot, "ons.")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "- Nous regardns." in app.text()
        assert "+ Nous regardons." in app.text()
        await pilot.press("y")
        await quiet(pilot)
        await passes(pilot, 6)
        item = next(i for i in room.desk.outbox.items() if i.kind is SendKind.EDIT)
        assert (item.state, item.text, item.corrects) == (OutboxState.SENT, "Nous regardons.", sent.id)


@pytest.mark.parametrize("size", [(80, 24), (44, 12), (200, 60)])
async def test_it_stays_readable_however_much_there_is_to_say(
    room: WritingRoom, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=size) as pilot:
        pane = await opened(pilot, "::facture ")
        pane.area.insert("\n06 12 34 56 78 @x " + "Nous regardons cela. " * 9)
        await attached(pilot, png(tmp_path / "a.png"))
        await pilot.press("escape")
        await passes(pilot, 2)
        assert pane.area.size.height >= 2
        assert pane.shown_foot.region.bottom <= pane.region.bottom - 1
        assert "must not be public" in app.text().replace("\n", " ") or size == (44, 12)


# --- nothing is lost ---------------------------------------------------------------------------------------------------------


async def test_what_a_killed_terminal_had_attached_or_chosen_is_kept_too(room: WritingRoom, tmp_path: Path) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    first = ComposerHost(room.seat(), folder=str(folder))
    async with first.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Voyez")
        await passes(pilot, 1)
        first.lose()
        await attached(pilot, png(tmp_path / "a.png"))
        await pilot.press("escape")
        await pilot.press("f4")
        await quiet(pilot)
    room.cut = False
    second = ComposerHost(room.seat(), folder=str(folder))
    async with second.run_test(size=(120, 40)) as pilot:
        await quiet(pilot)
        kept = {(d.text, len(d.media), d.visibility) for d in room.desk.drafts.all()}
        assert kept == {("Voyez", 0, ""), ("Voyez", 1, "unlisted")}


async def test_a_message_that_no_feed_here_showed_stops_the_send_in_the_room(room: WritingRoom) -> None:
    hears = room.desk.room.cases.heard
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons.")
        await passes(pilot, 1)
        later = room.desk.parent.changed(
            uri="small:later", id="8", created_at=room.clock.now(), first_seen_at=room.clock.now(),
            text=SafeText("C'est revenu !"),
        )  # fmt: skip
        room.desk.posts[later.uri] = later
        hears([later])
        await quiet(pilot)
        await pilot.press("ctrl+s")
        await quiet(pilot)
        assert "y sends anyway" in app.text()
        assert room.desk.outbox.items() == []


async def test_a_text_that_is_revised_becomes_the_next_version(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardns.")
        await pilot.press("f3")
        await quiet(pilot)
        await pilot.press("escape")
        item = room.desk.item()
        app.open_composer(draft=room.desk.draft(item.text, id="rev", revises=item.id))
        await quiet(pilot)
        await typed(pilot, " Léa")
        await pilot.press("ctrl+s")
        await quiet(pilot)
        latest = room.desk.item()
        assert (latest.version, latest.text) == (2, "Nous regardns. Léa")
        assert "waits for approval" in app.text()


async def test_what_was_said_stands_while_the_language_is_told(room: WritingRoom) -> None:
    room.desk.room._answering._answerers[r.TextLanguage].__self__._scorer = Hearing("fr")  # type: ignore[attr-defined]
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "Nous regardons cela tout de suite")
        await pilot.press("f5")
        await passes(pilot, 3)
        assert app.pane.now is not None
        assert app.pane.now.draft.language == "fr"
        assert "It fits into one post." in app.text()


async def test_a_second_correction_shows_the_text_of_the_first(room: WritingRoom) -> None:
    app = ComposerHost(room.seat())
    async with app.run_test(size=(120, 40)) as pilot:
        await reply(pilot, "un")
        await pilot.press("ctrl+s")
        await passes(pilot, 6)
        sent = room.desk.item()
        for number, (before, after) in enumerate([("un", "deux"), ("deux", "trois")]):
            await pilot.press("escape")
            edit = room.desk.draft(before, id=f"e{number}", kind=SendKind.EDIT, corrects=sent.id)
            app.open_composer(parent=app.question, draft=edit)
            await quiet(pilot)
            await pilot.press("ctrl+u")
            await typed(pilot, after)
            await pilot.press("ctrl+s")
            await quiet(pilot)
            assert f"- {before}" in app.text()
            assert f"+ {after}" in app.text()
            await pilot.press("y")
            await passes(pilot, 6)
        assert len(room.network.posts) == 1
