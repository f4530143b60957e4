"""A desk and its outbox over a store that can be killed, on a clock that the test holds."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta

from support.clock import HeldClock, settle
from support.posts import post
from support.small_network import SmallAccount, SmallNetwork

from socialroom.domain.draft import Draft, OutboxItem, OutboxState
from socialroom.domain.errors import StoreError
from socialroom.domain.events import Event, OutboxChanged
from socialroom.domain.log import LogEntry
from socialroom.domain.ports import DeskStore, Sent
from socialroom.domain.post import Post, PostKind
from socialroom.domain.roles import RIGHTS
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import SafeText
from socialroom.domain.value import Value
from socialroom.engine.cases import Cases
from socialroom.engine.drafts import Drafts
from socialroom.engine.ledger import Ledger
from socialroom.engine.outbox import Outbox
from socialroom.engine.roles import Roles
from socialroom.stores.memory import MemoryDesk

ASKED = "small:question"
TALK = "small:root"


class Killed(BaseException):
    """The process is gone: nothing after this happens."""


class Machine:
    """Dies at the `strike`-th time that the named step is reached; a dead one does nothing any more."""

    def __init__(self, step: str = "", strike: int = 1) -> None:
        self.at, self.strike = step, strike
        self.alive = True
        self.steps: list[str] = []

    def step(self, name: str) -> None:
        self.check()
        self.steps.append(name)
        if name == self.at:
            self.strike -= 1
            if not self.strike:
                self.alive = False
        self.check()

    def check(self) -> None:
        if not self.alive:
            raise Killed


class KilledStore:
    """The disk: what was committed stays; `full` refuses; the machine may die before or after any commit."""

    def __init__(self, inner: DeskStore, machine: Machine) -> None:
        self._inner, self._machine = inner, machine
        self.full = False

    def load(self, kind: type) -> dict:
        return self._inner.load(kind)

    def commit(
        self,
        put: Sequence[tuple[str, Value]] = (),
        drop: Sequence[tuple[str, type[Value]]] = (),
        log: LogEntry | None = None,
    ) -> LogEntry | None:
        act = log.act if log else "?"
        self._machine.step(f"before commit: {act}")
        if self.full:
            raise StoreError("the disk is full")
        entry = self._inner.commit(put, drop, log)
        self._machine.step(f"after commit: {act}")
        return entry

    def log(self, after: int = 0, limit: int = 1000) -> list[LogEntry]:
        return self._inner.log(after, limit)

    def notices(self) -> list:
        return []

    def close(self) -> None:
        pass


class DeskRoom:
    """One life of a room's desk. `again()` is the next life over the same disk."""

    def __init__(
        self,
        clock: HeldClock,
        network: SmallNetwork,
        *,
        disk: DeskStore | None = None,
        machine: Machine | None = None,
        parent: Post | None = None,
        claims: Capabilities | None = None,
        account: bool = True,
    ) -> None:
        self.clock, self.network = clock, network
        self.disk = disk or MemoryDesk()
        self.machine = machine or Machine()
        self.store = KilledStore(self.disk, self.machine)
        self.parent = parent or question(clock)
        self.posts = {self.parent.uri: self.parent}
        self.events: list[Event] = []
        with contextlib.suppress(RuntimeError):  # a test without a loop kills nobody
            asyncio.get_running_loop().set_exception_handler(_but_killed)
        self.sent: list[tuple[OutboxItem, Sent]] = []
        self.claims = claims
        network.step = self.machine.step
        publisher = SmallAccount(network, claims=claims)
        ledger = Ledger(self.store, clock, self._emit)
        self.cases = Cases(ledger=ledger, clock=clock, roles=Roles(RIGHTS, lambda: ledger.items), posts=self._posts)
        self.drafts = Drafts(ledger=ledger, cases=self.cases, clock=clock)
        self.outbox = Outbox(
            ledger=ledger,
            publishers={"small": publisher} if account else {},
            capabilities=_Asked(publisher) if account else {},
            networks={"small": "small"} if account else {},
            find_post=self.posts.get,
            clock=clock,
            countdown=5.0,
            on_sent=lambda item, sent: self.sent.append((item, sent)),
        )

    def _posts(self, conversation: str) -> list[Post]:
        return [p for p in self.posts.values() if p.conversation == conversation]

    def _emit(self, event: Event) -> None:
        if self.machine.alive:
            self.events.append(event)
            if isinstance(event, OutboxChanged):
                assert_true(event.item, self.network)

    async def again(self, *, machine: Machine | None = None, account: bool = True) -> DeskRoom:
        """Ends this life without a word, as SIGKILL does, and starts the next one."""
        self.machine.alive = False
        here = asyncio.current_task()
        others = [t for t in asyncio.all_tasks() if t is not here]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)
        following = DeskRoom(
            self.clock,
            self.network,
            disk=self.disk,
            machine=machine,
            parent=self.parent,
            claims=self.claims,
            account=account,
        )
        await following.outbox.start()
        await settle()
        return following

    def item(self, item_id: str = "") -> OutboxItem:
        """One send; without an id the latest, before those that were taken back."""
        items = self.outbox.items()
        if item_id:
            return next(i for i in items if i.id == item_id)
        return min(items, key=lambda i: i.state is OutboxState.CANCELLED)

    def states(self) -> list[str]:
        """The states that were said, without repetitions."""
        said = [e.item.state.value for e in self.events if isinstance(e, OutboxChanged)]
        return [s for n, s in enumerate(said) if n == 0 or said[n - 1] != s]

    def draft(self, text: str = "Nous regardons.", **fields: object) -> Draft:
        values = {
            "id": "d1",
            "operator": "Léa",
            "account": "small",
            "text": text,
            "updated_at": self.clock.now(),
            "in_reply_to": ASKED,
            "conversation": TALK,
        }
        return Draft(**(values | fields))  # type: ignore[arg-type]

    async def queue(self, text: str = "Nous regardons.", *, delay: float | None = None, **fields: object) -> OutboxItem:
        item = await self.outbox.queue(self.draft(text, **fields), "Léa", delay)  # type: ignore[arg-type]
        await settle()
        return item


def _but_killed(loop: asyncio.AbstractEventLoop, context: dict) -> None:
    if not isinstance(context.get("exception"), Killed):
        loop.default_exception_handler(context)


class _Asked(dict[str, Capabilities]):
    """What the account claims now: another thing once the network was asked."""

    def __init__(self, publisher: SmallAccount) -> None:
        super().__init__(small=publisher.capabilities)
        self._publisher = publisher

    def __getitem__(self, name: str) -> Capabilities:
        return {"small": self._publisher.capabilities}[name]

    def get(self, name: str, default: Capabilities | None = None) -> Capabilities | None:  # type: ignore[override]
        return self[name] if name == "small" else default


def question(clock: HeldClock, **fields: object) -> Post:
    """What a customer asks."""
    made = {
        "uri": ASKED,
        "id": "7",
        "network": "small",
        "source": "small",
        "kind": PostKind.MENTION,
        "text": SafeText("Que se passe-t-il ?"),
        "root": TALK,
        "at": clock.now() - timedelta(minutes=3),
    }
    return post(1, **(made | fields))  # type: ignore[arg-type]


def ours(item: OutboxItem, network: SmallNetwork) -> list:
    """The posts that this send made."""
    return [p for p in network.posts if p.handle.partition("/")[0] == item.id]


NOTHING_POSTED = frozenset(
    {
        OutboxState.COUNTDOWN,
        OutboxState.SCHEDULED,
        OutboxState.HELD,
        OutboxState.AWAITING_APPROVAL,
        OutboxState.REJECTED,
    }
)


def assert_true(item: OutboxItem, network: SmallNetwork) -> None:
    """Never two, and never a wrong word about which."""
    there = ours(item, network)
    assert len(there) <= 1, f"{len(there)} posts of one send"
    if item.state is OutboxState.SENT and item.sent_id:
        assert [p.id for p in there] == [item.sent_id], "it is said to be sent and is not there"
    taken_back = item.state is OutboxState.CANCELLED and not item.let_go
    if item.state in NOTHING_POSTED or taken_back:
        assert not there, f"it is said to be {item.state.value} and was posted"
