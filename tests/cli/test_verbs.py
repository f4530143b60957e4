"""The verbs of the desk as commands: each does what the console's act does, says so, and speaks JSON to scripts."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, get_args

import pytest
from support.hub_process import command
from support.local_room import SEATS, TestRoom, served

from socialroom import cli
from socialroom.domain import requests as r
from socialroom.domain.chain import broken_at
from socialroom.domain.draft import OutboxState
from socialroom.domain.errors import OutcomeUnknown
from socialroom.domain.hand_off import CareRequest
from socialroom.domain.person import Author
from socialroom.domain.reference import reference
from socialroom.domain.text import SafeText

VERBS: dict[type[object], str] = {
    r.DiscardDraft: "discard",
    r.QueueSend: "reply",
    r.ProposeSend: "reply",
    r.ApproveSend: "approve",
    r.RejectSend: "reject",
    r.ReviseSend: "revise",
    r.RescheduleSend: "schedule",
    r.CancelSend: "cancel",
    r.ReleaseHeld: "send-now",
    r.ResolveUnknown: "decide",
    r.React: "react",
    r.DeleteSent: "delete",
    r.FreezePublishing: "freeze",
    r.ClaimCase: "claim",
    r.ReleaseCase: "release",
    r.CloseCase: "done",
    r.ReopenCase: "reopen",
    r.AssignCase: "assign",
    r.SnoozeCase: "snooze",
    r.EscalateCase: "escalate",
    r.HandOverCase: "handover",
    r.DismissCase: "dismiss",
    r.TagCase: "tag",
    r.PrioritizeCase: "priority",
    r.MoveToPrivate: "private",
    r.HandOff: "handoff",
    r.WriteNote: "note",
    r.DeleteNote: "unnote",
    r.ReadNotes: "notes",
    r.LinkAccount: "link",
    r.UnlinkAccount: "link",
    r.DescribePerson: "describe",
    r.LogContact: "contact",
    r.CorrectPost: "correct-tone",
    r.ForgetPerson: "forget",
    r.UndoStep: "undo",
    r.AcknowledgeAlert: "acknowledge",
    r.JudgeAlert: "judge",
    r.MuteAlert: "mute",
    r.PollNow: "poll",
    r.ExcludeWord: "exclude",
    r.SaveRoom: "save",
    r.StopRoom: "stop",
}
# What only a terminal does: texts while they are typed, who looks where; and several acts at once, which every verb on
# several cases is already.
OF_TERMINALS = {r.SaveDraft, r.Attend, r.Together}


def test_every_act_of_the_room_has_a_verb_and_the_help_names_it() -> None:
    assert set(get_args(r.Command)) == set(VERBS) | OF_TERMINALS
    help_text = command("--help").stdout
    named = set(re.findall(r"^    ([a-z-]+)", help_text, re.MULTILINE))
    assert {*VERBS.values(), "list", "show", "outbox", "person", "audit", "alerts", "drafts", "post"} <= named


class Line:
    """A command line on a room that this process serves."""

    def __init__(self, room: TestRoom, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.room, self.root, self._capsys = room, root, capsys

    async def run(self, *words: str, by: str = "head", code: int = 0) -> str:
        """Runs it to its end, off this loop; what it printed."""
        self._capsys.readouterr()
        given = [words[0], "--root", str(self.root), "--language", "en", "--as", by, *words[1:]]
        found = await asyncio.to_thread(cli.main, given)
        said, wrong = self._capsys.readouterr()
        assert found == code, (words, said, wrong)
        return said or wrong

    async def json(self, *words: str, by: str = "head", code: int = 0) -> Any:
        return json.loads(await self.run(*words, "--json", by=by, code=code))

    async def hears(self, *numbers: int, **fields: Any) -> list[str]:
        """Posts are heard; the references of their cases."""
        posts = [self.room.post(n, **fields) for n in numbers]
        self.room.source.say(*posts)
        while any(p.conversation not in self.room.room.ledger.cases for p in posts):
            await asyncio.sleep(0)
        return [reference(p.conversation) for p in posts]


@pytest.fixture
async def line(capsys: pytest.CaptureFixture[str]) -> AsyncIterator[Line]:
    async with served(operators=tuple(SEATS.values())) as (room, path):
        yield Line(room, path.parent, capsys)


async def test_a_case_goes_its_way_by_commands_alone(line: Line) -> None:
    (case,) = await line.hears(1)
    assert case in await line.run("list", "--unanswered")
    assert "claimed" in await line.run("claim", case)
    found = await line.json("show", case)
    assert found["case"]["claimed_by"] == "Head"
    said = await line.run("claim", case, by="community", code=1)
    assert "Head is answering this" in said
    assert "tagged" in await line.run("tag", case, "--add", "facture", "--add", "vip")
    assert (await line.json("list", "--tag", "facture"))[0]["reference"] == case
    await line.run("priority", case, "--level", "urgent")
    assert "snoozed until" in await line.run("snooze", case, "--until", "in 3d")
    assert (await line.json("list", "--view", "snoozed"))[0]["reference"] == case
    await line.run("snooze", case, "--wake")
    await line.run("escalate", case, "--why", "presse")
    await line.run("escalate", case, "--off")
    await line.run("done", case)
    assert await line.json("list") == []
    await line.run("reopen", case)
    await line.run("dismiss", case, "--why", "merci")
    assert (await line.json("show", case))["case"]["no_answer_why"] == "merci"
    assert "Undone" in await line.run("undo")
    assert [c["reference"] for c in await line.json("list")] == [case]


class Care:
    """Customer care: cut off the first time, then it has a ticket."""

    def __init__(self) -> None:
        self.keys: list[str] = []

    async def hand_off(self, asked: CareRequest) -> str:
        self.keys.append(asked.key)
        if len(self.keys) == 1:
            raise OutcomeUnknown("the line was cut")
        return f"CC-{len(self.keys)}"


async def test_a_case_is_handed_to_customer_care_and_what_nobody_knows_is_not_repeated_by_itself(
    capsys: pytest.CaptureFixture[str],
) -> None:
    care = Care()
    async with served(operators=tuple(SEATS.values()), hand_offs={"care": care}) as (room, path):
        line = Line(room, path.parent, capsys)
        (case,) = await line.hears(1)
        assert "nobody knows whether care has it" in await line.run("handoff", case, code=1)
        assert "nobody knows whether care has it" in await line.run("handoff", case, code=1)
        assert len(care.keys) == 1
        assert "CC-2" in await line.run("handoff", case, "--again", "--note", "rappel")
        assert len(set(care.keys)) == 1
        assert "CC-2" in await line.run("handoff", case)  # the same again: no second ticket
        assert len(care.keys) == 2


async def test_several_cases_are_one_act_and_one_undo(line: Line) -> None:
    names = await line.hears(1, 2, 3)
    said = await line.run("done", *names)
    assert [row.split()[0] for row in said.splitlines()] == names
    assert await line.json("list") == []
    await line.run("undo")
    assert {c["reference"] for c in await line.json("list")} == set(names)


async def test_a_reply_waits_for_its_end_and_says_which_it_was(line: Line) -> None:
    (case,) = await line.hears(1)
    sent = await line.json("reply", case, "Nous regardons.", "--delay", "0", "--wait")
    assert sent["state"] == OutboxState.SENT
    assert [p.text for p in line.room.network.posts] == ["Nous regardons."]
    assert "sent" in await line.run("outbox", "--all")
    assert (await line.json("list", "--unanswered")) == []
    await line.run("release", case)
    assert "answered by Head" in await line.run("list")


async def test_a_reply_is_taken_back_or_put_off(line: Line) -> None:
    (case,) = await line.hears(1)
    item = await line.json("reply", case, "Plus tard.", "--at", "in 3d")
    assert item["state"] == OutboxState.SCHEDULED
    again = await line.json("schedule", item["id"][:8], "--at", "in 5d")
    assert again["item"]["due_at"] > item["due_at"]
    await line.run("cancel", item["id"][:8])
    (draft,) = await line.json("drafts")
    assert draft["text"] == "Plus tard."
    await line.run("discard", draft["id"])
    assert await line.json("drafts") == []
    assert line.room.network.posts == []


async def test_what_one_proposes_another_approves(line: Line) -> None:
    case, second = await line.hears(1, 2)
    item = await line.json("reply", case, "Proposé.", "--propose", by="analyst")
    assert item["state"] == OutboxState.AWAITING_APPROVAL
    await line.run("approve", item["id"], by="community", code=1)
    await line.run("approve", item["id"], "--hash", "another", code=1)
    done = await line.json("approve", item["id"])
    assert done["item"]["approvals"][0]["by"] == "Head"
    other = await line.json("reply", second, "Autre.", "--propose", by="creative")
    revised = await line.json("revise", other["id"], "Autre, mieux.")
    assert revised["version"] == 2
    await line.run("reject", revised["id"], "--why", "trop long", by="manager")


async def test_nothing_named_is_an_error_that_says_what_to_do(line: Line) -> None:
    await line.hears(1)
    assert "socialroom list" in await line.run("show", "zzzzzz", code=2)
    assert "socialroom outbox" in await line.run("cancel", "zz", code=2)
    assert "no alert" in await line.run("acknowledge", "zz", code=2)
    assert "no alert" in await line.run("judge", "zz", "noise", code=2)
    await line.run("snooze", "zz", "--until", "whenever", code=2)


async def test_notes_and_the_shift_are_written_and_read(line: Line) -> None:
    (case,) = await line.hears(1)
    await line.run("note", case, "Voir avec @Manager")
    await line.run("note", "--shift", "Panne à Lille, suivie par Amadou")
    unread = await line.json("notes", "--read", by="manager")
    assert {n["text"] for n in unread} == {"Voir avec @Manager", "Panne à Lille, suivie par Amadou"}
    assert [n["text"] for n in (await line.json("show", case))["notes"]] == ["Voir avec @Manager"]
    own = (await line.json("show", case))["notes"][0]["id"]
    await line.run("unnote", own)
    assert (await line.json("show", case)).get("notes", []) == []


async def test_a_person_is_described_contacted_and_forgotten(line: Line) -> None:
    (case,) = await line.hears(1)
    person = (await line.json("show", case))["case"]["person"]
    await line.run("describe", person, "--add", "vip", "--audience", "journalist", "--country", "FR")
    await line.run("contact", person, "call", "Rappel demandé")
    card = await line.json("person", person)
    assert card["person"]["audience"] == "journalist"
    assert card["person"]["contacts"][0]["text"] == "Rappel demandé"
    assert len(card["posts"]) == 1
    await line.hears(2, author=Author(id="other", handle=SafeText("jose")))
    await line.run("link", person, "small:other")
    assert len((await line.json("person", person))["person"]["accounts"]) == 2
    await line.run("link", person, "small:other", "--off")
    await line.run("forget", person, code=2)
    await line.run("forget", person, "--yes", by="community", code=1)
    await line.run("forget", person, "--yes")
    left = {c.get("person") for c in await line.json("list", "--view", "all")}
    assert left == {None, "small:other"}  # what we did stays, whose it was does not


async def test_the_trail_is_verified_and_exported(line: Line, tmp_path: Path) -> None:
    (case,) = await line.hears(1)
    await line.run("claim", case)
    await line.run("reply", case, "=Bonjour", "--delay", "0", "--wait")
    whole = await line.json("audit", "verify")
    assert whole["broken_at"] is None
    assert whole["entries"] > 3
    file = tmp_path / "trail.jsonl"
    await line.run("audit", "export", "--out", str(file))
    assert file.stat().st_mode & 0o077 == 0
    assert (await line.json("audit", "verify", str(file)))["head"] == whole["head"]
    lines = file.read_bytes().splitlines(keepends=True)
    for broken in (lines[1:], [*lines[:2], *lines[3:]], [lines[0].replace(b'"actor":"', b'"actor":"x'), *lines[1:]]):
        file.write_bytes(b"".join(broken))
        assert "BROKEN" in await line.run("audit", "verify", str(file), code=1)
    file.write_bytes(b"".join(lines[:-1]))
    assert "BROKEN" in await line.run("audit", "verify", str(file), "--head", whole["head"], code=1)
    file.write_bytes(b"not json\n")
    assert f"{file}:1" in await line.run("audit", "verify", str(file), code=2)
    rows = (await line.run("audit", "export", "--format", "csv")).splitlines()
    assert rows[0].startswith("conversation,network,state")
    assert len(rows) == 2
    assert "Head" in rows[1]
    assert broken_at([]) is None
    await line.run("audit", "export", by="community", code=1)
    await line.run("audit", "export", "--out", str(tmp_path / "no" / "where"), code=1)


async def test_publishing_is_frozen_and_sources_are_woken(line: Line) -> None:
    await line.hears(1)
    await line.run("freeze", "--why", "crise", by="community")
    async with asyncio.timeout(10):
        overview = await line.room.seat().view(r.Overview())
    assert isinstance(overview, r.RoomOverview)
    assert overview.publishing is not None
    assert overview.publishing.by == "Community"
    await line.run("freeze", "--off")
    await line.run("poll")
    await line.run("alerts")
    await line.run("mute", "spike:brand", "--until", "in 2h")
    assert "source" in await line.run("poll", "nowhere", code=2)
