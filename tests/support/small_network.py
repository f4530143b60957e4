"""A network in one object, with a real account on it: it commits and then fails, stalls, closes, and counts its posts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from support.clock import HeldClock

from socialroom.domain.counting import CountRule
from socialroom.domain.draft import OPPOSITES, SendKind
from socialroom.domain.errors import (
    BadReply,
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unreachable,
)
from socialroom.domain.ports import AccountFacts, Frozen, Outgoing, SendClass, Sent
from socialroom.domain.source import MediaRule
from socialroom.domain.specs import Capabilities
from socialroom.domain.text import SafeText

# What a network may do with a request. The first word says whether the post is there afterwards.
POSTED = (
    "posted",
    "posted, slowly",
    "posted, then lost",
    "posted, then half an answer",
    "posted, then silence",
    "posted, then a fault",
    "posted, then html",
)
ABSENT = ("lost", "silence", "fault", "html", "refused", "limited", "login", "rejected")
PICTURES = MediaRule(count=2, mimes=("image/png", "image/jpeg"), size=1000, alt_limit=20)
UNDOING = {k: OPPOSITES[k] for k in OPPOSITES if k.value.startswith("un")}
PATIENCE = 30.0  # seconds after which the account gives up waiting for an answer


@dataclass
class Written:
    id: str
    handle: str
    text: str
    parent: str | None
    at: datetime
    media: list[str] = field(default_factory=list)  # digests


@dataclass
class SmallNetwork:
    """`remembers` is how long it knows a handle (None: for good, 0: not at all); `lag` hides new posts from searches."""

    clock: HeldClock
    send_class: SendClass = SendClass.IDEMPOTENT
    remembers: float | None = 3300.0
    lag: float = 0.0
    plan: list[str] = field(default_factory=list)  # what happens to the next requests; then "posted"
    posts: list[Written] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    unreachable: bool = False
    searchable: bool = True
    names_whom: bool = False
    visibilities: tuple[str, ...] = ("public",)
    refuses_twins: bool = False  # the same words under the same post are said to be there already
    acts: tuple[SendKind, ...] = tuple(SendKind)
    media: MediaRule | None = PICTURES
    reactions: set[tuple[str, str]] = field(default_factory=set)  # (kind, id of the post)
    faults: dict[str, int] = field(default_factory=dict)  # how often the connector's own "account", "capabilities" fail
    made: int = 0  # how many posts there ever were
    step: Callable[[str], None] = lambda _name: None  # the test's hand inside

    def fail(self, what: str) -> None:
        """A fault of the connector's own, as often as the test wants it."""
        if self.faults.get(what, 0) > 0:
            self.faults[what] -= 1
            raise KeyError(what)

    @property
    def capabilities(self) -> Capabilities:
        self.fail("capabilities")
        return Capabilities(
            publishes=True,
            send_class=self.send_class,
            idempotent_for=self.remembers if self.send_class is SendClass.IDEMPOTENT else None,
            count=CountRule(limit=100),
            acts=self.acts,
            names_whom=self.names_whom,
            visibilities=self.visibilities,
            media=self.media,
        )

    def now(self) -> datetime:
        """The network's own time: corrections of the room's clock do not move it."""
        return datetime(2026, 9, 1, 10, 0, tzinfo=UTC) + timedelta(seconds=self.clock.monotonic() - 1000)

    def take(self, handle: str, payload: str) -> Written:
        """Commits a post, or knows the handle."""
        now = self.now()
        known = next((p for p in self.posts if p.handle == handle), None)
        fresh = known is not None and (self.remembers is None or (now - known.at).total_seconds() < self.remembers)
        if known is not None and fresh and self.send_class is SendClass.IDEMPOTENT:
            return known
        said = json.loads(payload)
        kind, target = said["kind"], said["target"]
        if kind in (SendKind.POST, SendKind.MESSAGE):
            self.made += 1
            post = Written(str(self.made), handle, said["text"], said["parent"], now, said["media"])
            self.posts.append(post)
            return post
        if kind == SendKind.EDIT:
            edited = next(p for p in self.posts if p.id == target)
            edited.text = said["text"]
            return edited
        if kind == SendKind.DELETE:
            self.posts = [p for p in self.posts if p.id != target]
        elif kind in UNDOING:
            self.reactions.discard((UNDOING[SendKind(kind)], target))
        else:
            self.reactions.add((kind, target))
        return Written(target, handle, "", None, now)

    def there(self, payload: str) -> Written | None:
        """What an edit, a deletion or a reaction asks for, if it is so."""
        said = json.loads(payload)
        kind, target = said["kind"], said["target"]
        post = next((p for p in self.posts if p.id == target), None)
        if kind == SendKind.EDIT:
            return post if post is not None and post.text == said["text"] else None
        if kind == SendKind.DELETE:
            so = post is None
        elif kind in UNDOING:
            so = (UNDOING[SendKind(kind)], target) not in self.reactions
        else:
            so = (kind, target) in self.reactions
        return Written(target, "", "", None, self.now()) if so else None


class SmallAccount:
    """An account on it (a `domain.ports.Publisher`)."""

    def __init__(self, network: SmallNetwork, *, claims: Capabilities | None = None) -> None:
        """`claims`: what the room believes of the network until it has asked it."""
        self.network, self._claims = network, claims
        self._freezes = 0

    @property
    def capabilities(self) -> Capabilities:
        return self._claims or self.network.capabilities

    def _called(self, verb: str) -> None:
        self.network.calls.append(verb)
        if self.network.unreachable:
            raise Unreachable("the network refused the connection")

    async def account(self) -> AccountFacts:
        self._called("account")
        self.network.fail("account")
        self._claims = None
        return AccountFacts(id="1", handle=SafeText("brand"))

    async def freeze(self, outgoing: Outgoing) -> Frozen:
        self._called("freeze")
        self.network.step("before freeze")
        self._freezes += 1
        parent = outgoing.parent.id if outgoing.parent else None
        said = {
            "text": outgoing.text,
            "parent": parent,
            "kind": outgoing.kind.value,
            "target": outgoing.target.id if outgoing.target else None,
            "media": [m.digest for m in outgoing.media],
        }
        payload = json.dumps(said)
        frozen = Frozen(handle=f"{outgoing.id}/{self._freezes}", payload=payload)
        await self.network.clock.sleep(0)
        self.network.step("after freeze")
        return frozen

    async def send(self, frozen: Frozen) -> Sent:
        network = self.network
        self._called(f"send {frozen.handle}")
        network.step("before the request")
        await network.clock.sleep(0)
        happens = network.plan.pop(0) if network.plan else "posted"
        match happens:
            case "refused":
                raise Unreachable("the network refused the connection")
            case "limited":
                raise RateLimited("patience", retry_at=network.clock.now() + timedelta(seconds=90))
            case "login":
                raise LoginNeeded("the network wants a login")
            case "rejected":
                raise Rejected("the network refused it: {reason}", reason="not this")
        network.step("the request has arrived")
        said = json.loads(frozen.payload)
        if network.refuses_twins and any((p.text, p.parent) == (said["text"], said["parent"]) for p in network.posts):
            raise OutcomeUnknown("the network says that these words are there already")
        written = None
        if happens.startswith("posted"):
            written = network.take(frozen.handle, frozen.payload)
            network.step("the network has it")
        if happens.endswith("silence"):
            await network.clock.sleep(PATIENCE)
        if happens.endswith("slowly"):
            await network.clock.sleep(3)
        elif happens.endswith("fault"):
            raise ZeroDivisionError("a fault of the connector")
        elif happens.endswith("html"):
            raise BadReply("the network answered with a page")
        elif written is None or happens != "posted":
            raise OutcomeUnknown("the connection was lost while sending")
        network.step("the answer is here")
        return self._sent(written)

    async def find(self, frozen: Frozen, armed_at: datetime) -> Sent | None:
        self._called("find")
        if not self.network.searchable:
            raise Unreachable("the network cannot be searched now")
        said = json.loads(frozen.payload)
        now = self.network.now()
        if said["kind"] not in (SendKind.POST, SendKind.MESSAGE):
            so = self.network.there(frozen.payload)
            return self._sent(so) if so is not None else None
        for post in self.network.posts:
            seen = (now - post.at).total_seconds() >= self.network.lag
            same = (post.text, post.parent) == (said["text"], said["parent"])
            if seen and same and post.at >= armed_at - timedelta(minutes=1):
                return self._sent(post)
        return None

    async def delete(self, sent_id: str) -> None:
        self._called("delete")
        self.network.posts = [p for p in self.network.posts if p.id != sent_id]

    def _sent(self, post: Written) -> Sent:
        return Sent(id=post.id, uri=f"small:{post.id}", url=f"https://small.example/{post.id}")
