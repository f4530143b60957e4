"""A whole shift by keyboard, in real terminals, on a real room and a network over real sockets: no mouse, nothing lost."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.hub_process import command, until
from support.pty import Terminal

from socialroom.config.paths import place
from socialroom.config.secrets import SecretFolder
from socialroom.hub import door

pytestmark = pytest.mark.long

ROOM = """
[room]
countdown = 1
languages = ["fr", "en"]

[brand]
name = "Aurelia"
words = ["aurelia"]

[[operator]]
name = "Léa"
role = "community"

[[operator]]
name = "Inès"
role = "head"

[[operator]]
name = "Marc"
role = "manager"

[[approval]]
words = "remboursement"

[[deadline]]
first = "30m"

[[feed]]
name = "Mentions"
query = "network:mastodon"

[[source]]
network = "mastodon"
url = "{url}"
account = "aurelia"
timeline = "public"

# The volume of twenty complaints at once rings, and what is tested here is no bell.
[[alert]]
rule = "silent_source"
"""
# What AZERTY hands type: letters with accents, and signs that need AltGr. Each is answered under another name.
ANSWERS = {
    "client15": "Bonjour, nous vérifions : à très bientôt, ça ira ! œ é è à ç ù",
    "client16": "Écrivez à [aide] {svp} | ~ ^ \\ @ # € — merci",
    "client17": "Нам жаль… ¡Perdón! Ñandú 🙏",
    "client18": "ligne 1 & ligne 2 ; « oui » 100 %",
}


class Network:
    """The rehearsal network, in a process of its own."""

    def __init__(self, url: str, token: str) -> None:
        self.url = url
        self._line = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, trust_env=False)

    def says(self, author: str, text: str) -> str:
        reply = self._line.post("/rehearsal/posts", json={"author": author, "text": text, "language": "fr"})
        return str(reply.raise_for_status().json()["id"])

    def received(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._line.get("/rehearsal/report").raise_for_status().json()["replies"]
        return found

    def close(self) -> None:
        self._line.close()


@pytest.fixture
def network() -> Iterator[Network]:
    with subprocess.Popen(
        [sys.executable, "-m", "socialroom.rehearsal.server", "--still", "--with-parent", str(os.getpid())],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        found = Network(told["url"], told["token"])
        SecretFolder(place(None).secrets, keyring=False).put("mastodon.token", told["token"])
        try:
            yield found
        finally:
            found.close()
            process.terminate()


class Operator:
    """One operator at a real terminal."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal

    def does(self, *keys: str, until: str) -> str:
        """Presses keys, one when the one before was taken, and waits for what it leads to."""
        for key in keys:
            self.terminal.press(key)
        return self.terminal.wait_for(until, 30)

    def finds(self, words: str) -> None:
        """Searches what was heard for one post, and stands on it."""
        self.does("/", until="Search")
        self.does(*f'"{words}"', "enter", until="1 post found")

    def answers(self, text: str, *send: str, until: str) -> None:
        """Types an answer, sign by sign, into the composer that `r` opens."""
        self.does("r", until="nothing typed yet")
        for sign in text:
            self.terminal.press(sign)
        self.terminal.wait_for("draft saved", 30)
        self.does(*send, until=until)


@contextlib.contextmanager
def seated(file: Path, name: str) -> Iterator[Operator]:
    words = [sys.executable, "-m", "socialroom", "--config", str(file), "--as", name, "--language", "en"]
    with Terminal(words, columns=120, rows=40) as terminal:
        yield Operator(terminal)


def cases(file: Path, view: str = "all") -> dict[str, dict[str, Any]]:
    """What the room says of every case, by whose it is."""
    done = command("list", "--config", str(file), "--as", "Inès", "--view", view, "--json")
    assert done.returncode == 0, done.stderr
    return {str(c["title"]).lstrip("@").partition("@")[0]: c for c in json.loads(done.stdout)}


def test_a_whole_shift_by_keyboard_alone(network: Network, tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    file.write_text(ROOM.format(url=network.url), encoding="utf-8")
    try:
        with seated(file, "Léa") as lea:
            _shift(network, file, lea)
    finally:
        command("stop", "--config", str(file), "--as", "Inès")
        until(lambda: not door.answers(place(file).socket))


def _shift(network: Network, file: Path, lea: Operator) -> None:
    lea.terminal.wait_for("unassigned 0", 60)
    asked = {f"client{n}": network.says(f"client{n}", f"@aurelia question numéro {n} ?") for n in range(1, 21)}
    lea.terminal.wait_for("unassigned 20", 60)

    # Three are dealt with at once, and brought back at once.
    lea.does("x", until="1 marked")
    lea.does("j", "x", until="2 marked")
    lea.does("j", "x", until="3 marked")
    lea.does("e", until="Done: 3 cases")
    lea.terminal.wait_for("unassigned 17")
    lea.does("u", until="Undone")
    lea.terminal.wait_for("unassigned 20")
    assert len(cases(file, "open")) == 20

    # The rest of the triage: eight ways for a case to leave the list.
    lea.does("g", "h", until="unassigned 20")
    first = ["e", "e"]
    for place_, key in enumerate(first, start=1):
        lea.does(key, until=f"unassigned {20 - place_}")
        lea.does("j", until="unassigned")
    lea.does("g", "n", until="No answer needed")
    lea.does("2", until="unassigned 17")
    lea.does("j", "s", until="Snooze until")
    lea.does("3", until="unassigned 16")
    lea.does("j", "m", until="unassigned 15")  # a community manager gives away only what is theirs
    lea.does("a", until="Assign to")
    lea.does("3", until="Marc")
    lea.does("j", "!", until="Escalate to")
    lea.does(*"menace de presse", "enter", until="Escalated")
    lea.does("j", "t", until="Tags:")
    lea.does(*"facture", "enter", until="facture")
    lea.does("j", "n", until="Note")
    lea.does(*"Voir avec @Marc", "enter", until="1 note")
    found = cases(file)
    states = {name: _state(case) for name, case in found.items()}
    assert sorted(states.values()).count("done") == 2
    assert {"no answer", "snoozed", "assigned", "escalated", "tagged"} <= set(states.values())

    # Four answers, each typed whole; every sign arrives as it was typed.
    for name, text in ANSWERS.items():
        lea.finds(f"numéro {name.removeprefix('client')}")
        lea.answers(text, "ctrl+s", until="SENT")
        lea.does("escape", "escape", until="unassigned")

    # One needs a second pair of eyes, at another terminal.
    lea.finds("numéro 19")
    lea.answers("Votre remboursement part demain.", "ctrl+s", until="waits for approval")
    with seated(file, "Inès") as ines:
        ines.terminal.wait_for("Aurelia", 60)
        ines.does("g", "q", until="remboursement part demain")
        ines.does("y", until="Approved")
        lea.terminal.wait_for("SENT", 30)
    lea.does("escape", "escape", until="unassigned")

    # One is put off until tomorrow, one is taken back in time.
    lea.finds("numéro 20")
    lea.answers("Demain matin, promis.", "ctrl+l", until="Send it when?")
    lea.does(*"tomorrow 9", "enter", until="goes at")
    lea.does("escape", "escape", until="unassigned")

    sent = {r["in_reply_to"]: r["text"] for r in network.received()}
    for name, text in ANSWERS.items():
        assert sent.pop(asked[name]) == f"@{name} {text}"
    assert sent.pop(asked["client19"]) == "@client19 Votre remboursement part demain."
    assert sent == {}
    scheduled = json.loads(command("outbox", "--config", str(file), "--as", "Inès", "--json").stdout)
    assert [(i["state"], i["text"]) for i in scheduled] == [("scheduled", "@client20 Demain matin, promis.")]
    verified = command("audit", "verify", "--config", str(file), "--as", "Inès", "--json")
    assert json.loads(verified.stdout)["broken_at"] is None
    lea.terminal.press("ctrl+q")
    assert lea.terminal.wait_for_end(30).code == 0


def _state(case: dict[str, Any]) -> str:
    if case.get("no_answer_why"):
        return "no answer"
    for field, word in (
        ("done_at", "done"), ("snoozed_until", "snoozed"), ("escalated_at", "escalated"), ("assigned_to", "assigned"),
        ("tags", "tagged"),
    ):  # fmt: skip
        if case.get(field):
            return word
    return "new"
