"""Every act of the room has a key or a place in the palette, and the help and the cheat sheet name it."""

from __future__ import annotations

from typing import get_args

import pytest

from socialroom import locale
from socialroom.domain import requests as r
from socialroom.locale import _
from socialroom.tui.bindings import CONTEXTS, by_id
from socialroom.tui.keymap import cheat_sheet

ACTS: dict[type[object], str] = {
    r.DiscardDraft: "outbox.drop",
    r.QueueSend: "composer.send",
    r.ProposeSend: "composer.propose",
    r.ApproveSend: "approvals.approve",
    r.RejectSend: "approvals.reject",
    r.ReviseSend: "approvals.edit",
    r.RescheduleSend: "outbox.reschedule",
    r.CancelSend: "outbox.cancel",
    r.ReleaseHeld: "outbox.release",
    r.ResolveUnknown: "unknown.there",
    r.React: "room.react",
    r.DeleteSent: "outbox.delete_sent",
    r.FreezePublishing: "go.freeze",
    r.ClaimCase: "room.claim",
    r.ReleaseCase: "room.claim",
    r.CloseCase: "room.done",
    r.ReopenCase: "go.reopen",
    r.AssignCase: "room.assign",
    r.SnoozeCase: "room.snooze",
    r.EscalateCase: "room.escalate",
    r.HandOverCase: "room.hand_over",
    r.DismissCase: "go.no_answer",
    r.TagCase: "room.tag",
    r.PrioritizeCase: "room.prioritize",
    r.MoveToPrivate: "room.private",
    r.HandOff: "go.hand_off",
    r.WriteNote: "room.note",
    r.DeleteNote: "room.undo",
    r.ReadNotes: "thread.look",
    r.LinkAccount: "person.link",
    r.UnlinkAccount: "person.unlink",
    r.DescribePerson: "person.tag",
    r.LogContact: "person.contact",
    r.CorrectPost: "room.correct_post",
    r.ForgetPerson: "person.forget",
    r.UndoStep: "room.undo",
    r.AcknowledgeAlert: "room.acknowledge",
    r.JudgeAlert: "alerts.real",
    r.MuteAlert: "room.mute_alert",
    r.PollNow: "go.poll_now",
    r.ExcludeWord: "go.exclude_word",
    r.SaveRoom: "go.save_room",
}
# What happens by itself while somebody reads and types, several acts at once, and the end of the room for everybody,
# which is a command (`socialroom stop`) and no key.
NO_KEY = {r.SaveDraft, r.Attend, r.Together, r.StopRoom}


def test_every_act_of_the_room_has_a_key() -> None:
    assert set(get_args(r.Command)) == set(ACTS) | NO_KEY
    assert set(ACTS.values()) <= set(by_id())


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_cheat_sheet_names_every_act_in_every_layout(language: str) -> None:
    locale.use(language)
    for layout in ("qwerty", "azerty", "qwertz"):
        for scheme in ("room", "gmail", "vim"):
            sheet = " ".join(cheat_sheet(layout, scheme).split())
            for context in CONTEXTS.values():
                assert _(context.title) in sheet
                for binding in context.bindings:
                    assert " ".join(_(binding.tooltip).split()) in sheet, (layout, scheme, binding.id)
