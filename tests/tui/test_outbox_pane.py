"""The outbox pane: what goes out and when, what became of it, and what only a person can decide."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from support.clock import HeldClock
from support.panes_host import PanesHost
from support.posts import post
from textual.widgets import Static

from socialroom.domain.counting import CountRule
from socialroom.domain.draft import Approval, Draft, OutboxItem, OutboxState, SendKind, text_hash
from socialroom.domain.errors import OutcomeUnknown, Rejected, Unreachable
from socialroom.domain.events import DraftChanged, DraftGone, OutboxChanged
from socialroom.domain.person import Author
from socialroom.domain.requests import (
    CancelSend,
    DeleteSent,
    DiscardDraft,
    Done,
    ReleaseHeld,
    RescheduleSend,
    ResolveUnknown,
)
from socialroom.domain.source import Account
from socialroom.domain.text import SafeText
from socialroom.tui.panes.outbox import PANE
from socialroom.tui.screens.unknown import UnknownScreen

NOW = HeldClock().now()
ACCOUNTS = (Account(name="mentions", network="mastodon", handle=SafeText("brand@social.example"), count=CountRule()),)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def item(name: str, state: OutboxState, **fields: object) -> OutboxItem:
    values: dict[str, object] = {
        "id": name,
        "draft": f"draft-{name}",
        "operator": "Léa",
        "account": "mentions",
        "network": "mastodon",
        "text": f"Text of {name}",
        "text_hash": "",
        "state": state,
        "updated_at": at(-60),
        "in_reply_to": "https://x/question",
    }
    return OutboxItem(**(values | fields))  # type: ignore[arg-type]


def draft(name: str, **fields: object) -> Draft:
    values: dict[str, object] = {
        "id": name,
        "operator": "Léa",
        "account": "mentions",
        "text": f"Draft {name}",
        "updated_at": at(-20),
    }
    return Draft(**(values | fields))  # type: ignore[arg-type]


def unknown(**fields: object) -> OutboxItem:
    reason = OutcomeUnknown("the connection to {host} was lost while sending", host="social.example").problem()
    return item("u", OutboxState.UNKNOWN, attempts=1, armed_at=at(-125), reason=reason, **fields)


def host(*outbox: OutboxItem, drafts: tuple[Draft, ...] = ()) -> PanesHost:
    return PanesHost(PANE, outbox=outbox, drafts=drafts, accounts=ACCOUNTS)


async def test_nothing_goes_out() -> None:
    app = host(item("gone", OutboxState.CANCELLED))
    async with app.run_test(size=(80, 24)) as pilot:
        assert app.text() == "Nothing is on its way out, and there are no drafts."
        await pilot.press("enter", "s", "t", "a", "p", "d", "j")
        assert app.done == []
        assert app.pane.border_title == "Outbox"


async def test_a_countdown_counts_and_says_as_whom() -> None:
    app = host(item("one", OutboxState.COUNTDOWN, due_at=at(4.5)))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "sends in 5 s Text of one" in app.text()
        assert "as @brand@social.example · by Léa · reply · u do not send · Enter edit" in app.text()
        await app.passes(pilot, 3)
        assert "sends in 2 s" in app.text()
        await app.passes(pilot, 9)
        assert "sends in 0 s" in app.text()
        assert app.pane.border_title == "Outbox · 1 going out"


async def test_u_stops_a_send_and_enter_takes_it_back_into_the_composer() -> None:
    app = host(item("one", OutboxState.COUNTDOWN, due_at=at(5)))
    again = draft("draft-one", text="Text of one")
    app.answer = Done(draft=again)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("u")
        assert app.done == [CancelSend(item="one")]
        assert app.said == ["Not sent; its text is a draft again."]
        assert app.composed == []
        await pilot.press("enter")
        assert app.done == [CancelSend(item="one")] * 2
        assert app.composed == [(None, "mentions", again)]


async def test_u_where_nothing_can_be_stopped_undoes_the_last_act_as_everywhere() -> None:
    app = host(item("gone", OutboxState.SENT, sent_id="7"))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("u")
        assert app.done == []
        assert app.undone == 1


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (OutboxState.AWAITING_APPROVAL, "waits for approval"),
        (OutboxState.HELD, "held, not sent"),
        (OutboxState.ARMED, "about to leave"),
        (OutboxState.SENDING, "sending"),
        (OutboxState.SENT, "sent"),
        (OutboxState.REJECTED, "refused, not sent"),
        (OutboxState.UNKNOWN, "unknown: perhaps sent, perhaps not"),
    ],
)
async def test_every_state_is_said_in_words(state: OutboxState, words: str) -> None:
    app = host(item("one", state))
    async with app.run_test(size=(100, 24)):
        assert f"{words} Text of one" in app.text()


async def test_a_schedule_names_its_day_where_it_is_not_today() -> None:
    app = host(
        item("today", OutboxState.SCHEDULED, due_at=at(3600)), item("later", OutboxState.SCHEDULED, due_at=at(90_000))
    )
    async with app.run_test(size=(100, 24)):
        assert "goes at 11:00 Text of today" in app.text()
        assert "goes at 2026-09-02 11:00 Text of later" in app.text()


async def test_schedules_stand_by_their_day_with_time_and_zone() -> None:
    app = host(
        item("third", OutboxState.SCHEDULED, due_at=at(3 * 86_400), zone="CET"),
        item("today", OutboxState.SCHEDULED, due_at=at(3600)),
        item("first", OutboxState.SCHEDULED, due_at=at(80_000)),
        item("second", OutboxState.SCHEDULED, due_at=at(90_000)),
    )
    async with app.run_test(size=(100, 40)):
        said = (
            "Scheduled for today",
            "Text of today",
            "Scheduled for tomorrow, 2026-09-02",
            "Text of first",
            "Text of second",
            "Scheduled for 2026-09-04",
            "goes at 2026-09-04 10:00 CET Text of third",
        )
        places = [app.text().index(words) for words in said]
        assert places == sorted(places)
        assert app.pane.border_title == "Outbox · 4 scheduled"


async def test_what_waits_for_approval_says_how_many_said_yes_and_enter_writes_another_version() -> None:
    mine = text_hash("Text of one")
    yes = (Approval(by="Zoé", at=NOW, text_hash=mine), Approval(by="Léa", at=NOW, text_hash=mine))
    app = host(
        item("one", OutboxState.AWAITING_APPROVAL, text_hash=mine, approvals_needed=2, approvals=yes),
        item("old", OutboxState.AWAITING_APPROVAL, approvals=(Approval(by="Zoé", at=NOW, text_hash="other"),)),
    )
    async with app.run_test(size=(100, 24)) as pilot:
        assert "1 of 2 yeses: Zoé" in app.text()  # its writer's own does not count
        assert "0 of 1 yes" in app.text()  # nor one to another text
        assert app.pane.border_title == "Outbox · 2 to approve"
        app.view.choose("item:one")
        await pilot.press("enter")
        assert app.done == []
        (_parent, _account, new) = app.composed[0]
        assert new is not None
        assert (new.revises, new.text) == ("one", "Text of one")
        await pilot.press("u")
        assert app.done == [CancelSend(item="one")]


async def test_another_time_is_shown_as_it_is_understood_before_it_counts() -> None:
    app = host(item("one", OutboxState.SCHEDULED, due_at=at(3600)), item("sent", OutboxState.SENT))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("S", *"nonsense", "enter")
        assert app.done == []
        assert len(app.screen_stack) == 2  # it stays there
        await pilot.press("escape", "S", *"in 3d", "enter")
        zone = at(0).astimezone().tzname() or ""
        assert app.done == [RescheduleSend(item="one", at=at(3 * 86_400), zone=zone)]
        await pilot.press("j", "S")
        assert len(app.done) == 1
        assert app.said[-1] == "Only a text that waits or is held can go at another time."


def able(*acts: SendKind) -> tuple[Account, ...]:
    return (ACCOUNTS[0].changed(acts=(SendKind.POST, *acts)),)


async def test_what_was_sent_is_deleted_after_a_question_that_says_what_goes_and_what_stays() -> None:
    app = PanesHost(PANE, outbox=(item("one", OutboxState.SENT),), accounts=able(SendKind.DELETE))
    async with app.run_test(size=(100, 24)) as pilot:
        assert "X delete there" in app.text()
        assert "correct" not in app.text()
        await pilot.press("X")
        assert "our log keeps that it was there" in str(app.screen.query_one(Static).content)
        await pilot.press("enter")  # leave it there
        assert app.done == []
        await pilot.press("X", "j", "enter")
        assert app.done == [DeleteSent(item="one")]
        await app.happens(pilot, OutboxChanged(item=item("one", OutboxState.SENT, gone_at=NOW)))
        assert "was sent, is deleted there" in app.text()
        await pilot.press("X")
        assert app.said[-1] == "It is not there any more: it was deleted."


async def test_what_was_sent_is_corrected_where_the_network_allows_it_and_else_that_is_said() -> None:
    app = PanesHost(PANE, outbox=(item("one", OutboxState.SENT),), accounts=able(SendKind.EDIT))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("C")
        (_parent, _account, new) = app.composed[0]
        assert new is not None
        assert (new.kind, new.corrects, new.text) == (SendKind.EDIT, "one", "Text of one")
        await pilot.press("X")
        assert app.said == ["Mastodon lets nobody delete from here what was sent: do it there."]
        assert app.done == []


async def test_a_reaction_on_its_way_says_what_it_does_and_one_that_went_well_takes_no_line() -> None:
    about = post(1, uri="https://x/q", url="https://x/q", author=Author(id="9", handle=SafeText("claire")))
    app = host(
        item(
            "like", OutboxState.COUNTDOWN, kind=SendKind.LIKE, text="", target=about.changed(author=None), due_at=at(5)
        ),
        item("mute", OutboxState.REJECTED, kind=SendKind.MUTE, text="", target=about),
        item("old", OutboxState.SENT, kind=SendKind.LIKE, text="", target=about, sent_id="7"),
    )
    async with app.run_test(size=(100, 24)) as pilot:
        assert "like · https://x/q" in app.text()
        assert "mute · @claire" in app.text()
        assert "id 7" not in app.text()
        await pilot.press("u")
        assert app.done == [CancelSend(item="like")]
        assert app.said == ["Taken back: nothing was done."]
        assert app.composed == []


async def test_what_a_person_must_decide_comes_first_then_what_leaves_first_then_what_is_settled() -> None:
    app = host(
        item("sent", OutboxState.SENT),
        item("later", OutboxState.COUNTDOWN, due_at=at(15)),
        item("sooner", OutboxState.COUNTDOWN, due_at=at(5)),
        item("refused", OutboxState.REJECTED, updated_at=at(-3)),
        item("held", OutboxState.HELD),
        unknown(),
        drafts=(draft("mine"), draft("theirs", operator="Marc", updated_at=at(-1))),
    )
    async with app.run_test(size=(100, 50)):
        said = (
            "Needs a decision",
            "Text of u",
            "Text of held",
            "On its way",
            "Text of sooner",
            "Text of later",
            "Sent and refused",
            "Text of refused",
            "Text of sent",
            "Drafts",
            "Draft mine",
            "Draft theirs",
        )
        places = [app.text().index(words) for words in said]
        assert places == sorted(places)
        assert app.pane.border_title == "Outbox · 2 to decide · 2 going out"


async def test_what_was_sent_names_its_id_and_link_and_opens_the_conversation() -> None:
    app = host(item("one", OutboxState.SENT, sent_id="113", sent_uri="https://x/113", sent_url="https://x/@brand/113"))
    async with app.run_test(size=(100, 24)) as pilot:
        assert "09:59, 1 min ago id 113 · https://x/@brand/113" in app.text()
        await pilot.press("enter")
        assert app.opened == ["https://x/question"]


async def test_a_new_post_that_was_sent_opens_itself() -> None:
    app = host(item("one", OutboxState.SENT, in_reply_to=None, sent_id="113", sent_uri="https://x/113"))
    async with app.run_test(size=(100, 24)) as pilot:
        assert "new post" in app.text()
        await pilot.press("enter")
        assert app.opened == ["https://x/113"]


async def test_a_refusal_says_why_and_what_to_do_and_its_text_can_be_written_again() -> None:
    reason = Rejected("{host} refused it: too long", remedy="Make it shorter.", host="social.example").problem()
    app = host(item("one", OutboxState.REJECTED, reason=reason, visibility="unlisted"))
    async with app.run_test(size=(80, 24)) as pilot:
        assert "social.example refused it: too long → Make it shorter." in app.text()
        assert "unlisted" in app.text()
        await pilot.press("enter")
        (parent, account, again) = app.composed[0]
        assert (parent, account) == (None, "mentions")
        assert again is not None
        assert (again.text, again.in_reply_to, again.visibility) == ("Text of one", "https://x/question", "unlisted")
        assert again.id != "draft-one"
        await app.happens(pilot, DraftChanged(draft=draft("draft-one")))
        await pilot.press("enter")
        assert app.composed[1][2] == draft("draft-one")  # where the draft lives again, it and no copy


async def test_held_is_released_by_a_person_and_nothing_else_is() -> None:
    app = host(item("held", OutboxState.HELD), item("going", OutboxState.COUNTDOWN, due_at=at(5)))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("s")
        assert app.done == [ReleaseHeld(item="held")]
        await pilot.press("j", "s")
        assert len(app.done) == 1
        assert app.said == ["Only a send that is held can be released."]


async def test_an_unknown_outcome_says_what_was_tried_what_was_seen_and_what_can_be_decided() -> None:
    app = host(unknown())
    async with app.run_test(size=(100, 24)) as pilot:
        assert "tried once, 2 min ago" in app.text()
        assert "not looked for on the network yet" in app.text()
        assert "the connection to social.example was lost while sending" in app.text()
        assert "Enter look and decide · p let the room look again" in app.text()
        unreachable = Unreachable("{host} does not answer", host="social.example").problem()
        await app.happens(pilot, OutboxChanged(item=unknown(looked=2).changed(attempts=3, reason=unreachable)))
        assert "tried 3 times, first 2 min ago" in app.text()
        assert "looked for 2 times: not there" in app.text()
        assert "social.example does not answer" in app.text()


async def test_the_room_looks_again_by_one_key_and_everything_else_is_decided_where_it_is_shown() -> None:
    app = host(unknown(), item("held", OutboxState.HELD))
    async with app.run_test(size=(100, 24)) as pilot:
        await pilot.press("p")
        assert app.done == [ResolveUnknown(item="u", verdict="look")]
        for key in ("enter", "d"):
            await pilot.press(key)
            assert isinstance(app.screen, UnknownScreen)
            await pilot.press("escape")
        assert len(app.done) == 1
        await pilot.press("j", "p")
        assert len(app.done) == 1
        assert app.said[-1] == "Only a send whose outcome is unknown needs this decision."


async def test_what_is_on_the_wire_can_only_be_waited_for() -> None:
    reason = Unreachable("{host} does not answer", host="social.example").problem()
    app = host(item("one", OutboxState.SENDING, due_at=at(3.5), reason=reason))
    async with app.run_test(size=(100, 24)) as pilot:
        assert "sending, next try 4 s" in app.text()
        await pilot.press("enter", "u")
        assert app.done == []
        assert app.said == ["It is being sent: wait for what the network says."]


async def test_drafts_of_everybody_are_listed_with_their_author_and_taken_up_where_they_were_left() -> None:
    app = host(
        drafts=(
            draft("mine", text="\n\nBonjour,\nnous arrivons", in_reply_to="https://x/question"),
            draft("empty", text=" \n", updated_at=at(-30)),
            draft("theirs", operator="Marc"),
        )
    )
    async with app.run_test(size=(80, 24)) as pilot:
        assert "Bonjour, … yours · reply · as @brand@social.example · 20 s ago" in app.text()
        assert "nothing written yet yours · new post" in app.text()
        assert "by Marc · new post" in app.text()
        await pilot.press("enter")
        assert app.composed[0][2] is app.state.drafts["mine"]
        await app.happens(pilot, DraftGone(draft="mine"))
        assert "Bonjour" not in app.text()


async def test_a_draft_is_thrown_away_without_a_question_since_it_can_be_brought_back() -> None:
    app = host(drafts=(draft("one"),))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("d")
        assert app.done == [DiscardDraft(draft="one")]


async def test_what_cleaning_would_take_away_from_our_own_text_is_marked() -> None:
    app = host(drafts=(draft("one", text="left\u202eright\x1b[31m [@click=app.quit]x[/]"),))
    async with app.run_test(size=(80, 24)):
        assert "left␦right␛[31m [@click=app.quit]x[/]" in app.text()


async def test_keys_are_shown_as_they_are_bound_and_only_where_they_work() -> None:
    app = host(unknown())
    app.set_keymap({"outbox.look_again": "f9"})
    async with app.run_test(size=(100, 24)) as pilot:
        assert "F9 let the room look again" in app.text()
        app.view.blur()
        await pilot.pause()
        assert "let the room look again" not in app.text()


async def test_the_cursor_stays_on_its_send_while_it_goes_through_its_states() -> None:
    app = host(item("one", OutboxState.COUNTDOWN, due_at=at(5)), drafts=(draft("mine"),))
    async with app.run_test(size=(80, 24)) as pilot:
        for state in (OutboxState.ARMED, OutboxState.SENDING, OutboxState.UNKNOWN, OutboxState.SENT):
            await app.happens(pilot, OutboxChanged(item=item("one", state)), OutboxChanged(item=unknown()))
            assert app.view.current == "item:one"


async def test_a_title_that_changed_while_the_pane_was_hidden_stands_in_its_border() -> None:
    app = host()
    async with app.run_test(size=(60, 12)) as pilot:
        await pilot.pause()

        def border() -> str:
            return "".join(s.text for s in app.screen._compositor.render_strips()[app.pane.region.y])

        assert "Outbox" in border()
        app.pane.display = False
        await pilot.pause()
        app.pane.entitle("Outbox · 1 going out")
        app.pane.display = True
        await pilot.pause()
        assert "Outbox · 1 going out" in border()
