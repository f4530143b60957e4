"""A real room process over its real store and a real network on loopback, to be killed and started again."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx

from socialroom.config.secrets import SecretFolder
from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import RoomError
from socialroom.domain.post import Post
from socialroom.domain.requests import Feed, FeedPage, Overview, RoomOverview
from socialroom.hub.client import RemoteRoom
from socialroom.rehearsal.room import LEADS, OPERATORS, SOURCE, demo_files, demo_room

TESTS = Path(__file__).parent.parent
OPERATOR = OPERATORS[0]
APPROVER = LEADS[0][0]
APPROVED = "remboursement"  # a text with this word waits for her
DESK = f"""
[[operator]]
name = "Omar"
role = "manager"

[[operator]]
name = "Chloé"
role = "creative"

[[approval]]
name = "promises"
words = "{APPROVED}"
"""
RESTING = frozenset(
    {OutboxState.AWAITING_APPROVAL, OutboxState.HELD, OutboxState.SENT, OutboxState.UNKNOWN, OutboxState.REJECTED}
)
NOT_POSTED = frozenset(
    {
        OutboxState.AWAITING_APPROVAL,
        OutboxState.COUNTDOWN,
        OutboxState.SCHEDULED,
        OutboxState.HELD,
        OutboxState.REJECTED,
    }
)


class Ended(Exception):
    """The room's process ended before it answered."""


class KillStage:
    """The demo's network and its room's folder; the room's process comes and goes. Use it as a context manager.

    `plays`: the demo's first minute happens meanwhile, its flood of posts and its cut line too.
    """

    def __init__(self, root: Path, *, plays: bool = False) -> None:
        self._plays = plays
        self.root = root / "room"
        self.root.mkdir(mode=0o700)
        self.killed = root / "killed"
        self.killed.mkdir()
        self._network: subprocess.Popen[bytes] | None = None
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""
        self._http = httpx.Client(trust_env=False, timeout=20)
        self._asked = 0

    def __enter__(self) -> Self:
        words = ["--with-parent", str(os.getpid()), *(() if self._plays else ("--still",))]
        self._network = subprocess.Popen(
            [sys.executable, "-m", "socialroom.rehearsal.server", *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert self._network.stdout
        ready = json.loads(self._network.stdout.readline())
        self.url = ready["url"]
        self._http.headers["Authorization"] = f"Bearer {ready['token']}"
        self.file = self.root / "room.toml"
        self.file.write_text(demo_room(self.url) + DESK, encoding="utf-8")
        for name, text in demo_files().items():
            self.file.with_name(name).write_text(text, encoding="utf-8")
        SecretFolder(self.root / "secrets", keyring=False).put(f"{SOURCE}.token", ready["token"])
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        self._http.close()
        if self._network:
            self._network.terminate()
            self._network.wait(10)
            if self._network.stdout:
                self._network.stdout.close()

    # --- the network ------------------------------------------------------------------------------------------------

    def ask(self, text: str = "Que se passe-t-il ?") -> str:
        """Somebody writes to the brand; gives the id."""
        self._asked += 1
        new = {"text": f"@aurelia {text} ({self._asked})", "author": f"customer{self._asked}"}
        return str(self._posted("posts", new)["id"])

    def plan(self, effect: str, **fields: Any) -> None:
        """What happens to the next request that posts."""
        match = {"methods": ["POST"], "path": "/api/v1/statuses"}
        self._posted("faults", {"effect": effect, "match": match} | fields)

    def _posted(self, what: str, body: dict[str, Any]) -> Any:
        return self._exchanged("POST", what, body)

    def report(self) -> dict[str, Any]:
        """The network's truth."""
        found: dict[str, Any] = self._exchanged("GET", "report", None)
        return found

    def _exchanged(self, method: str, what: str, body: dict[str, Any] | None) -> Any:
        end = time.monotonic() + 30
        while True:
            try:
                reply = self._http.request(method, f"{self.url}/rehearsal/{what}", json=body)
            except httpx.TransportError:  # the scenario cuts the line for some seconds
                if time.monotonic() > end:
                    raise
                threading.Event().wait(0.1)
            else:
                reply.raise_for_status()
                return reply.json()

    def replies(self, asked: str) -> list[str]:
        """Texts of the replies that the network has to a post."""
        return [r["text"] for r in self.report()["replies"] if r["in_reply_to"] == asked]

    # --- the room -----------------------------------------------------------------------------------------------------

    async def start(self) -> RemoteRoom:
        """Starts the room's process and attaches."""
        words = ["hub", "--config", str(self.file), "--root", str(self.root)]
        with (self.root / "said.log").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, str(TESTS / "support" / "killed_hub.py"), str(self.killed), *words],
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,
            )
        room = RemoteRoom(self.root / "room.sock", OPERATOR)

        async def answers() -> bool:
            assert self.process
            if (code := self.process.poll()) is not None:
                said = (self.root / "said.log").read_text(encoding="utf-8")[-2000:]
                raise Ended(f"the room ended with {code} while it started: {said}")
            try:
                await room.view(Overview())
            except RoomError:
                return False
            return True

        await until(answers, "the room answers")
        return room

    def seat(self, operator: str) -> RemoteRoom:
        """Another terminal of the same room."""
        return RemoteRoom(self.root / "room.sock", operator)

    async def ended(self) -> int:
        """Waits until the room's process is gone; its exit code (negative: the signal)."""
        process = self.process
        assert process
        await until(lambda: process.poll() is not None, "the room is killed")
        assert process.returncode is not None
        return process.returncode

    def kill(self) -> None:
        """SIGKILL, now, to the room and what it started."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait(10)

    async def hears(self, room: RemoteRoom, asked: str) -> Post:
        """Waits until the room has heard a post."""
        found: list[Post] = []

        async def heard() -> bool:
            page = await room.view(FeedPage(feed=Feed(name="all"), limit=1000))
            found[:] = [p for p in page.posts if p.id == asked]
            return bool(found)

        await until(heard, "the post is heard")
        return found[0]


def draft_for(post: Post, text: str) -> Draft:
    """An answer to a post."""
    return Draft(
        id=f"draft of {post.id}",
        operator=OPERATOR,
        account=SOURCE,
        text=text,
        updated_at=post.created_at,
        in_reply_to=post.uri,
        conversation=post.conversation,
    )


async def overview(room: RemoteRoom) -> RoomOverview:
    answer = await room.view(Overview())
    assert isinstance(answer, RoomOverview)
    return answer


async def item_of(room: RemoteRoom, text: str) -> OutboxItem | None:
    """The send of a text, if there is one."""
    return next((i for i in (await overview(room)).outbox if i.text == text), None)


async def settled(stage: KillStage, room: RemoteRoom, text: str, asked: str) -> OutboxItem | None:
    """The send once the room waits for nobody but a person, or None; every word on the way is held against the truth."""
    found: list[OutboxItem | None] = []

    async def rests() -> bool:
        # The word is asked for between two looks at the network: both must agree before it can be called wrong.
        before = stage.replies(asked)
        item = await item_of(room, text)
        after = stage.replies(asked)
        assert len(after) <= 1, f"{len(after)} replies to one post"
        if item is not None and item.state is OutboxState.SENT:
            assert after == [text], "said to be sent and not there"
        if item is None or item.state in NOT_POSTED:
            assert before == [], f"said to be {item.state.value if item else 'a draft'} and posted"
        found[:] = [item]
        return item is None or item.state in RESTING

    await until(rests, "the send rests")
    return found[0]


async def until(true: Callable[[], Any], what: str, *, patience: float = 60.0) -> None:
    """Looks until it is so."""
    loop = asyncio.get_running_loop()
    end = loop.time() + patience
    while True:
        answer = true()
        if asyncio.iscoroutine(answer):
            answer = await answer
        if answer:
            return
        if loop.time() > end:
            raise TimeoutError(f"never happened: {what}")
        await asyncio.sleep(0.03)
