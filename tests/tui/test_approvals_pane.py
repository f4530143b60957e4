"""The approvals pane alone: everything that a yes rests on is said, whatever it holds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from support.clock import HeldClock
from support.keyed_app import screen_lines
from support.panes_host import PanesHost
from support.posts import post

from socialroom.domain.counting import CountRule
from socialroom.domain.draft import Afterwards, Attachment, OutboxItem, OutboxState, SendKind, text_hash
from socialroom.domain.events import OutboxChanged, Withdrawn
from socialroom.domain.requests import ApproveSend, Page, RejectSend, SavedReplies, Together
from socialroom.domain.saved_reply import SavedReply
from socialroom.domain.source import Account
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.tui.panes.approvals import PANE

NOW = HeldClock().now()
ACCOUNTS = (Account(name="mentions", network="mastodon", handle=SafeText("brand"), count=CountRule()),)
ASKED = post(1, uri="https://x/q", at=NOW - timedelta(minutes=40), text=SafeText("Ma box est morte"))


def item(name: str, text: str = "Nous regardons.", **fields: Any) -> OutboxItem:
    values: dict[str, Any] = {
        "id": name, "draft": f"d-{name}", "operator": "Marc", "account": "mentions", "network": "mastodon", "text": text,
        "text_hash": text_hash(text, fields.get("media", ())), "state": OutboxState.AWAITING_APPROVAL,
        "updated_at": NOW - timedelta(minutes=12), "in_reply_to": "https://x/q", "approvals_needed": 1,
    }  # fmt: skip
    return OutboxItem(**(values | fields))


def host(*outbox: OutboxItem) -> PanesHost:
    app = PanesHost(PANE, outbox=outbox, accounts=ACCOUNTS)
    app.page = Page(posts=(ASKED,))
    return app


def said(app: PanesHost) -> str:
    frames = dict.fromkeys(map(ord, "│┃▌╭╮╰╯─"), " ")
    return " ".join(" ".join(screen_lines(app)).translate(frames).split())


async def test_nothing_waits() -> None:
    app = host(item("gone", state=OutboxState.CANCELLED))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Nothing waits for a yes." in said(app)
        await pilot.press("y", "n", "e", "enter", "j", "pagedown")
        assert app.done == []
        assert app.composed == []


async def test_media_with_what_they_show_and_what_happens_afterwards_are_said() -> None:
    media = (
        Attachment(file="/somewhere/outage-map.png", alt="La carte\nde la panne", digest="1"),
        Attachment(file="C:\\pictures\\b.png", digest="2"),
    )
    then = Afterwards(tags=("fibre", "lyon"), assign="Zoé", done=True)
    app = host(item("a", media=media, afterwards=then, visibility="unlisted"))
    async with app.run_test(size=(100, 40)):
        text = said(app)
        for words in (
            "image 1: outage-map.png La carte de la panne",
            "image 2: b.png ▲ nothing says what it shows to those who do not see it",
            "Once it is there, the case is: tagged fibre, lyon, assigned to Zoé, done",
            "unlisted",
            "Ma box est morte",
        ):
            assert words in text


async def test_its_schedule_its_kind_and_why_it_waits_are_said() -> None:
    why = Message(template="the rule “{name}” asks for approval", values={"name": "press"})
    app = host(
        item("a", in_reply_to=None, due_at=NOW + timedelta(days=1), zone="CET", why_approval=why),
        item("b", kind=SendKind.MESSAGE, updated_at=NOW),
        item("c", kind=SendKind.EDIT, updated_at=NOW, in_reply_to="https://x/other"),
    )
    async with app.run_test(size=(100, 50)) as pilot:
        assert "new post written by Marc · 12 min ago · goes at 2026-09-02 10:00 CET" in said(app)
        assert "the rule “press” asks for approval · 0 of 1 yes" in said(app)
        await pilot.press("j")
        assert "private message" in said(app)
        await pilot.press("j")
        assert "correction of what was sent" in said(app)


async def test_what_changed_from_the_saved_reply_it_was_made_of_is_shown() -> None:
    app = host(item("a", "Bonjour Claire, nous regardons votre ligne ce soir."))
    replies = (
        SavedReply(name="panne", text="Bonjour {name}, nous regardons votre ligne demain."),
        SavedReply(name="merci", text="Merci beaucoup !"),
    )
    app.page = SavedReplies(replies=replies)  # type: ignore[assignment]
    async with app.run_test(size=(100, 40)):
        text = said(app)
        assert "WHAT CHANGED FROM THE SAVED REPLY panne" in text
        assert "− {name}, + Claire," in text
        assert "− demain. + ce soir." in text
        assert "merci" not in text


async def test_a_thread_is_read_whole_and_one_yes_is_a_yes_to_every_part() -> None:
    app = host(
        item("p1", "Premier.", parts=3, part=1, whole="Premier. Deuxième. Troisième."),
        item("p2", "Deuxième.", parts=3, part=2, after="p1", in_reply_to=None),
        item("p3", "Troisième.", parts=3, part=3, after="p2", in_reply_to=None),
    )
    async with app.run_test(size=(100, 40)) as pilot:
        assert app.pane.called == "Approvals · 1 waits · 1 for you"
        assert "part 1 of 3 Premier. part 2 of 3 Deuxième. part 3 of 3 Troisième." in said(app)
        await pilot.press("y")
        yeses = [ApproveSend(item=n, text_hash=text_hash(t)) for n, t in
                 (("p1", "Premier."), ("p2", "Deuxième."), ("p3", "Troisième."))]  # fmt: skip
        assert app.done == [Together(commands=tuple(yeses))]


async def test_a_text_that_is_not_the_one_that_was_frozen_is_never_approved() -> None:
    app = host(item("a", text_hash="something else"))
    async with app.run_test(size=(100, 40)) as pilot:
        assert "Its text is not the one that was frozen" in said(app)
        await pilot.press("y")
        assert app.done == []


async def test_a_post_that_is_withdrawn_leaves_the_screen_at_once() -> None:
    app = host(item("a"))
    async with app.run_test(size=(100, 40)) as pilot:
        assert "Ma box est morte" in said(app)
        await app.happens(pilot, Withdrawn(uris=("https://x/q",)))
        assert "Ma box est morte" not in said(app)
        assert "the post that this answers was deleted" in said(app)


async def test_the_cursor_stays_on_its_text_while_others_come_and_the_reader_stays_where_it_was() -> None:
    app = host(item("a", "\n".join(f"a {n}" for n in range(40))))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("pagedown")
        before = said(app).partition("by Marc")[2]
        assert "THIS IS SENT" not in before
        await app.happens(pilot, OutboxChanged(item=item("b", updated_at=NOW - timedelta(hours=1), in_reply_to=None)))
        assert app.view.current == "item:a"
        assert "THIS IS SENT" not in said(app)
        await pilot.press("k")  # another text begins at its beginning
        assert "THIS IS SENT" in said(app)


async def test_a_reason_is_asked_for_and_escape_turns_nothing_down() -> None:
    app = host(item("a"))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("n", "escape")
        assert app.done == []
        await pilot.press("n", *"non", "enter")
        assert app.done == [RejectSend(item="a", reason="non")]


@pytest.mark.parametrize("key", ["enter", "o"])
async def test_enter_opens_the_conversation(key: str) -> None:
    app = host(item("a"), item("b", in_reply_to=None, updated_at=NOW))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press(key)
        assert app.opened == ["https://x/q"]
        await pilot.press("j", key)
        assert app.said == ["It answers nobody: it is a new post."]
