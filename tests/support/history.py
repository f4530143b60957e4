"""A served room that several operators use at once while it is killed, its lines are cut and its clock is wrong.

Every act that a seat asks for is written down with what was answered. Afterwards, when all is quiet, the operations are
held against the room's log, its sends and the network: nothing twice, nothing approved lost, one holder of a case at a
time, nobody's own approval, what was approved is what was sent, and a log whose chain is whole.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from support.kill_stage import APPROVED, APPROVER, Ended, KillStage, overview, until

from socialroom.domain import requests as r
from socialroom.domain.case import LEASE
from socialroom.domain.chain import broken_at
from socialroom.domain.draft import Draft, OutboxItem, OutboxState, text_hash
from socialroom.domain.errors import RoomError, RoomUnreachable
from socialroom.domain.log import LogEntry, in_log
from socialroom.domain.post import Post
from socialroom.hub.client import RemoteRoom
from socialroom.rehearsal.room import SOURCE

SEATS = ("Léa", "Amadou", APPROVER, "Omar", "Chloé")
APPROVERS = (APPROVER, "Omar")
WRITERS = ("Léa", "Amadou")
VERBS = {
    "approver": ("decide", "decide", "decide", "decide", "propose", "queue", "claim", "take", "held", "cancel"),
    "writer": ("claim", "claim", "take", "release", "queue", "queue", "queue", "propose", "cancel", "held", "decide"),
    "creative": ("propose", "propose", "propose", "cancel", "decide", "claim"),
}
_WAITING = frozenset({OutboxState.COUNTDOWN, OutboxState.SCHEDULED})
_OPEN = _WAITING | {OutboxState.ARMED, OutboxState.SENDING}
_MAY_BE_THERE = frozenset({OutboxState.ARMED, OutboxState.SENDING, OutboxState.SENT, OutboxState.UNKNOWN})
_SOON = timedelta(seconds=10)
_POSTS = 8
_ENDED = frozenset({"released", "done", "closed", "no answer needed", "handed over"})


class Wrong(AssertionError):
    """What must never happen."""


@dataclass
class Operation:
    """One act of one seat, and what came of it: "done", the error's code, or "no answer"."""

    number: int
    seat: str
    act: str
    subject: str
    answer: str = ""
    item: OutboxItem | None = None


class Line:
    """What lies between terminals and the room: a socket of its own, whose connections can be cut."""

    def __init__(self, here: Path, there: Path) -> None:
        self._here, self._there = here, there
        self._open: set[asyncio.StreamWriter] = set()
        self._server: asyncio.AbstractServer | None = None
        self.down = False

    async def start(self) -> None:
        """Begins to pass bytes on."""
        self._server = await asyncio.start_unix_server(self._connected, self._here)

    def cut(self) -> None:
        """Ends every connection, at whatever byte."""
        for writer in list(self._open):
            writer.transport.abort()

    async def aclose(self) -> None:
        """Ends."""
        self.cut()
        if self._server:
            self._server.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.down:
                raise ConnectionRefusedError
            far_reader, far_writer = await asyncio.open_unix_connection(self._there)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, far_writer}
        try:
            await asyncio.gather(_pass_on(reader, far_writer), _pass_on(far_reader, writer))
        finally:
            self._open -= {writer, far_writer}
            for end in (writer, far_writer):
                end.transport.abort()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.close()


@dataclass
class History:
    """One run: so many acts by the dice that were answered; then quiet, and the checks."""

    stage: KillStage
    dice: random.Random
    acts: int
    kills: int
    totals: Counter[str] = field(default_factory=Counter)
    operations: list[Operation] = field(default_factory=list)
    posts: list[Post] = field(default_factory=list)
    patience: float = 240.0  # seconds that what is on the wire is waited for; to be on its way is a true word, too
    over: bool = False

    async def live(self) -> None:
        """Raises Wrong."""
        room = await self.stage.start()
        asked = [self.stage.ask() for _ in range(_POSTS)]
        self.posts = [await self.stage.hears(room, one) for one in asked]
        await room.aclose()
        here = self.stage.root / "line.sock"
        self.line = Line(here, self.stage.root / "room.sock")
        await self.line.start()
        try:
            acting = [asyncio.create_task(self._sits(name, RemoteRoom(here, name))) for name in SEATS]
            await self._nemesis()
            self.over = True
            self.line.cut()  # nobody waits for an answer any more
            await asyncio.gather(*acting)
        finally:
            await self.line.aclose()
        await self._quiet()

    # --- who sits there -------------------------------------------------------------------------------------------------

    async def _sits(self, name: str, room: RemoteRoom) -> None:
        dice = random.Random(self.dice.random())
        try:
            while not self.over:
                with contextlib.suppress(RoomError):
                    await self._acts(name, room, dice)
                await asyncio.sleep(dice.uniform(0, 0.05))
        finally:
            await room.aclose()

    async def _acts(self, name: str, room: RemoteRoom, dice: random.Random) -> None:
        post = dice.choice(self.posts)
        verb = dice.choice(VERBS["approver" if name in APPROVERS else "writer" if name in WRITERS else "creative"])
        command: r.Command | None = None
        subject = post.conversation
        match verb:
            case "claim" | "take":
                command = r.ClaimCase(conversation=post.conversation, take=verb == "take")
            case "release":
                command = r.ReleaseCase(conversation=post.conversation)
            case "queue" | "propose":
                draft = self._draft(name, post, dice)
                subject = draft.text
                command = (
                    r.QueueSend(draft=draft, delay=dice.choice([0, 0, 0.2, 1]), anyway=dice.random() < 0.7)
                    if verb == "queue"
                    else r.ProposeSend(draft=draft)
                )
            case _:
                item = await self._some_item(room, verb, dice)
                if item is not None:
                    subject = item.id
                    command = self._about(item, verb, dice)
        if command is not None:
            await self._asks(name, room, subject, command)

    def _about(self, item: OutboxItem, verb: str, dice: random.Random) -> r.Command:
        if verb == "cancel":
            return r.CancelSend(item=item.id)
        if verb == "held":
            return r.ReleaseHeld(item=item.id)
        if dice.random() < 0.2:
            return r.RejectSend(item=item.id, reason="Non")
        wrong = dice.random() < 0.1
        return r.ApproveSend(item=item.id, text_hash="0" * 64 if wrong else item.text_hash)

    async def _some_item(self, room: RemoteRoom, verb: str, dice: random.Random) -> OutboxItem | None:
        wanted = {
            "decide": {OutboxState.AWAITING_APPROVAL},
            "held": {OutboxState.HELD},
            "cancel": {OutboxState.COUNTDOWN, OutboxState.HELD, OutboxState.AWAITING_APPROVAL},
        }[verb]
        items = [i for i in (await overview(room)).outbox if i.state in wanted]
        return dice.choice(items) if items else None

    def _draft(self, name: str, post: Post, dice: random.Random) -> Draft:
        number = len(self.operations)
        word = f"{APPROVED} " if dice.random() < 0.4 else ""
        return Draft(
            id=f"{name} {number}", operator=name, account=SOURCE, text=f"{name} {word}op-{number}.",
            updated_at=post.created_at, in_reply_to=post.uri, conversation=post.conversation,
        )  # fmt: skip

    async def _asks(self, name: str, room: RemoteRoom, subject: str, command: r.Command) -> None:
        operation = Operation(len(self.operations), name, type(command).__name__, subject)
        self.operations.append(operation)
        try:
            done = await room.act(command)
        except RoomUnreachable:
            operation.answer = "no answer"
        except RoomError as error:
            operation.answer = error.code
        else:
            operation.answer, operation.item = "done", done.item

    # --- what goes wrong ------------------------------------------------------------------------------------------------

    async def _nemesis(self) -> None:
        """Kills, cuts and wrong clocks, spread over the time."""
        deeds: list[Callable[[], Awaitable[None]]] = [self._kill] * self.kills
        deeds += [self._cut, self._cut, self._skew, self._slow] * max(1, self.kills)
        self.dice.shuffle(deeds)
        for number, deed in enumerate(deeds):
            await self._after((number + self.dice.random()) * self.acts / len(deeds))
            await deed()
        await self._after(self.acts)

    async def _after(self, acts: float) -> None:
        """Waits until so many acts were answered."""

        def so_many() -> bool:
            return sum(o.answer not in ("", "no answer") for o in self.operations) >= acts

        await until(so_many, "the room answers", patience=240)

    async def _kill(self) -> None:
        self.totals["kills"] += 1
        self.stage.kill()
        while True:
            with contextlib.suppress(Ended):
                await (await self.stage.start()).aclose()
                return

    async def _cut(self) -> None:
        self.totals["cuts"] += 1
        self.line.cut()

    async def _skew(self) -> None:
        self.totals["skews"] += 1
        (self.stage.killed / "skew").write_text(str(self.dice.choice([-900, -70, -5, 0, 5, 70, 900])), encoding="utf-8")

    async def _slow(self) -> None:
        """The network posts and then fails, or stalls, for the next send."""
        self.stage.plan(self.dice.choice(["commit_then_500", "commit_then_close", "close", "half"]))

    # --- afterwards -----------------------------------------------------------------------------------------------------

    async def _quiet(self) -> None:
        room = await self.stage.start() if self.stage.process is None or self.stage.process.poll() is not None else None
        room = room or self.stage.seat(APPROVER)
        head = self.stage.seat(APPROVER)
        try:
            items: list[OutboxItem] = []
            began = asyncio.get_running_loop().time()

            async def rests() -> bool:
                items[:] = (await overview(head)).outbox
                late = asyncio.get_running_loop().time() - began > self.patience
                for item in items:  # a clock that was, or is, wrong can put it a quarter of an hour away
                    far = item.due_at is not None and item.due_at > datetime.now(UTC) + _SOON
                    if item.state in _WAITING and (far or late):
                        with contextlib.suppress(RoomError):
                            await self._asks(APPROVER, head, item.id, r.CancelSend(item=item.id))
                return not any(i.state in (_WAITING if late else _OPEN) for i in items)

            await until(rests, "every send rests", patience=240)
            log = await _log(head)
            drafts = [d.text for d in (await overview(head)).drafts]
        finally:
            await head.aclose()
            await room.aclose()
        self._check(items, drafts, log)

    def _check(self, items: list[OutboxItem], drafts: list[str], log: list[LogEntry]) -> None:
        self.totals["acts"] += len(self.operations)
        self.totals["answered"] += sum(o.answer == "done" for o in self.operations)
        self.totals["sent"] += sum(i.state is OutboxState.SENT for i in items)
        there = Counter(one["text"] for one in self.stage.report()["replies"])
        twice = [text for text, n in there.items() if n > 1]
        self.totals["duplicates"] += len(twice)
        if twice:
            raise Wrong(f"sent twice: {twice}")
        by_id = {i.id: i for i in items}
        for item in items:
            self._check_item(item, there)
        for operation in self.operations:
            if operation.answer == "done":
                self._check_kept(operation, by_id, drafts)
        _check_holders(items, log)
        _check_approvals(by_id, log)
        if broken := broken_at(log):
            raise Wrong(f"the log's chain is broken at {broken}")

    def _check_item(self, item: OutboxItem, there: Counter[str]) -> None:
        is_there = there[item.text] == 1
        if item.state is OutboxState.SENT and not is_there:
            raise Wrong(f"said to be sent and not there: {item.text}")
        if is_there and item.state not in _MAY_BE_THERE and not item.let_go:
            raise Wrong(f"said to be {item.state.value} and posted: {item.text}")
        if is_there and not item.approved:
            raise Wrong(f"sent without its approvals: {item.text}")
        if is_there and item.text_hash != text_hash(item.text):
            raise Wrong(f"what was sent is not what was hashed: {item.text}")
        if APPROVED in item.text and not item.approvals_needed:
            raise Wrong(f"the rule was not asked: {item.text}")

    def _check_kept(self, operation: Operation, items: dict[str, OutboxItem], drafts: list[str]) -> None:
        """What a seat was told is done is so: a queued text is there, a yes still counts, a no was not sent."""
        item = items.get(operation.item.id) if operation.item else None
        if operation.item is not None and item is None:
            self.totals["losses"] += 1
            raise Wrong(f"lost: {operation}")
        if operation.act == "ApproveSend" and item is not None and operation.seat not in {a.by for a in item.approvals}:
            self.totals["losses"] += 1
            raise Wrong(f"a yes is lost: {operation}")
        if item is not None and item.state is OutboxState.CANCELLED and not item.let_go:
            asked = [o for o in self.operations if o.act in ("CancelSend", "RejectSend", "ApproveSend")]
            if not any(o.subject == item.id for o in asked) and not item.rejected_by:
                self.totals["losses"] += 1
                raise Wrong(f"nobody took it back: {item}")
            queued_again = any(i.text == item.text and i.id != item.id for i in items.values())
            if item.text not in drafts and not queued_again:
                self.totals["losses"] += 1
                raise Wrong(f"its draft is gone: {item.text}")


async def _log(room: RemoteRoom) -> list[LogEntry]:
    found: list[LogEntry] = []
    while True:
        page = await room.view(r.LogPage(after=found[-1].seq if found else 0))
        assert isinstance(page, r.Log)
        found += page.entries
        if not page.more:
            return found


def _check_approvals(items: dict[str, OutboxItem], log: list[LogEntry]) -> None:
    """Nobody said yes to their own text, and every yes was to the text that is there."""
    for entry in log:
        item = items.get(entry.subject)
        if entry.act != "approved" or item is None:
            continue
        if entry.actor in {item.operator, *item.authors} or entry.actor not in APPROVERS:
            raise Wrong(f"{entry.actor} approved {item.text}")
        if entry.fields["text"] != item.text_hash:
            raise Wrong(f"{entry.actor} approved another text than {item.text}")
    for item in items.values():
        if any(a.text_hash != item.text_hash or a.by in item.authors for a in item.approvals):
            raise Wrong(f"a yes that is none: {item}")


def _check_holders(items: list[OutboxItem], log: list[LogEntry]) -> None:
    """From the log alone: whoever gets a case that somebody has takes it from exactly that one, by name."""
    talks = {i.id: in_log(i.conversation or "") for i in items}
    holders: dict[str, tuple[str, datetime]] = {}
    for entry in log:
        subject = talks.get(entry.subject, entry.subject)
        holder, until_ = holders.get(subject, ("", entry.at))
        now = holder if holder and entry.at < until_ else ""
        if entry.act == "claimed":
            if now not in ("", entry.actor) and entry.fields.get("from") != now:
                raise Wrong(f"{entry.actor} claimed what {now} had: {entry}")
            holders[subject] = entry.actor, entry.at + LEASE
        elif entry.act == "send queued" and now in ("", entry.actor):
            holders[subject] = entry.actor, entry.at + LEASE
        elif entry.act == "released":
            if now not in ("", entry.actor):
                raise Wrong(f"{entry.actor} released what {now} had: {entry}")
            holders.pop(subject, None)
        elif entry.act in ("sent", "found", "said to be there"):
            writer = next((i.operator for i in items if i.id == entry.subject), "")
            if holder == writer:
                holders.pop(subject, None)
        elif entry.act in _ENDED:
            holders.pop(subject, None)


async def run(folder: Path, seed: str, *, acts: int, kills: int, totals: Counter[str], patience: float = 240.0) -> None:
    """One history from its start to its checks. Raises Wrong."""
    with KillStage(folder) as stage:
        history = History(stage, random.Random(seed), acts, kills, totals, patience=patience)
        try:
            await history.live()
        except (Wrong, TimeoutError):
            for operation in history.operations[-60:]:
                print(operation)
            raise
