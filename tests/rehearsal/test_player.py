"""The player: keys reach a program in a pty, and a cue counts only when the network and the room say so."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx

from socialroom.clock import SystemClock
from socialroom.domain.events import Pulse
from socialroom.domain.operator import Operator, Role
from socialroom.domain.requests import RoomOverview
from socialroom.locale import _
from socialroom.rehearsal import scenario
from socialroom.rehearsal.demo import Demo, Stage
from socialroom.rehearsal.play import Player, Seen, line
from socialroom.rehearsal.script import FIRST_MINUTE, Cue, Sight
from socialroom.rehearsal.terminal import PlayedTerminal

# A very small console: it collects letters in a raw terminal and posts them at Ctrl+s.
CONSOLE = """
import json, os, sys, tty, urllib.request
tty.setraw(0)
os.write(1, b"ready")
text = b""
while byte := os.read(0, 1):
    if byte == b"\\x13":
        body = json.dumps({"status": text.decode()}).encode()
        head = {"Authorization": "Bearer " + os.environ["TOKEN"], "Content-Type": "application/json"}
        urllib.request.urlopen(urllib.request.Request(sys.argv[1] + "/api/v1/statuses", body, head)).close()
    else:
        text += byte
        os.write(1, byte)
"""


def looking(stage: Stage, client: httpx.AsyncClient) -> Callable[[], Awaitable[Sight | None]]:
    async def look() -> Sight:
        report = (await client.get("/rehearsal/report")).json()
        room = RoomOverview(
            version="",
            room="Aurelia",
            brand="Aurelia",
            operator=Operator(name="Léa", role=Role.COMMUNITY),
            seq=0,
            pulse=Pulse(rate=(), posts=report["statuses"]),
        )
        return Sight(room, report)

    return look


async def played(tmp_path: Path, cues: tuple[Cue, ...], patience: float) -> tuple[list[Seen], bytes, list[str]]:
    with Demo() as demo:
        stage = demo.start(tmp_path)
        headers = {"Authorization": f"Bearer {stage.token}"}
        async with httpx.AsyncClient(base_url=stage.url, headers=headers, trust_env=False) as client:

            async def tell(cue: str) -> None:
                (await client.post("/rehearsal/step", json={"cue": cue})).raise_for_status()

            command = [sys.executable, "-c", CONSOLE, stage.url]
            async with PlayedTerminal(command, environment={"TOKEN": stage.token}) as terminal:
                player = Player(
                    terminal, look=looking(stage, client), tell=tell, clock=SystemClock(), patience=patience
                )
                while b"ready" not in terminal.painted:
                    await SystemClock().sleep(0.01)
                seen = [one async for one in player.play(cues)]
                painted = bytes(terminal.painted)
            report = (await client.get("/rehearsal/report")).json()
    return seen, painted, [c["name"] for c in report["cues"]]


async def test_keys_reach_the_program_and_its_reply_the_network(tmp_path: Path) -> None:
    cues = (
        Cue("type", 0, "", text="Déjà à Lyon, ça revient", tells="composed"),
        Cue("send", 0, "", ("ctrl+s",), sees=lambda s: s.replies == 1, tells="sent"),
    )
    seen, painted, told = await played(tmp_path, cues, 20)
    assert [s.came for s in seen] == [True, True]
    assert "Déjà à Lyon, ça revient" in painted.decode()
    assert {"composed", "sent"} <= set(told)
    assert seen[-1].sight is not None
    assert seen[-1].sight.report["replies"][0]["text"] == "Déjà à Lyon, ça revient"


async def test_what_was_not_seen_is_said_and_ends_the_play(tmp_path: Path) -> None:
    cues = (Cue("never", 0, "", ("x",), sees=lambda s: s.replies == 1), Cue("after", 0, "", ("ctrl+s",)))
    seen, *_rest = await played(tmp_path, cues, 0.5)
    assert [(s.cue.name, s.came) for s in seen] == [("never", False)]
    assert _("NOT SEEN") in line(seen[0])


def test_the_script_tells_only_what_the_scenario_knows_and_runs_forward() -> None:
    cues = scenario.load("first_minute").head.cues
    assert {c.tells for c in FIRST_MINUTE if c.tells} <= set(cues)
    seconds = [c.second for c in FIRST_MINUTE]
    assert seconds == sorted(seconds)
    assert len({c.name for c in FIRST_MINUTE}) == len(FIRST_MINUTE)


def test_a_hint_names_its_keys() -> None:
    reading = next(c for c in FIRST_MINUTE if c.name == "read")
    assert "j j j" in reading.hinted()
