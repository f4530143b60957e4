"""One suite for every network that acts: whatever kind of send it declares, it freezes, sends and finds it over a real
socket, a repeat does no more than the first, and every broken answer is one of the room's own errors. A network joins by
declaring acts; it needs a stage here.
"""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from support import small_pds
from support.connecting import connecting
from support.small_pds import ANN, ME, SmallPds

from socialroom import discovery
from socialroom.clock import SystemClock
from socialroom.connectors.bluesky import BlueskySettings
from socialroom.connectors.mastodon import MastodonSettings
from socialroom.domain.draft import WRITES, Attachment, SendKind, address_of
from socialroom.domain.errors import (
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    RoomError,
    SourceError,
    Unreachable,
)
from socialroom.domain.ports import Frozen, Outgoing, Publisher, Sent
from socialroom.domain.post import Post
from socialroom.domain.specs import Capabilities, ConnectorSpec
from socialroom.domain.text import is_clean
from socialroom.rehearsal import scenario as scenarios
from socialroom.rehearsal.faults import Fault, Faults, Match
from socialroom.rehearsal.network import Network
from socialroom.rehearsal.server import Rehearsal

NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
TOKEN = "t0k3n"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x03\0\0\0\x02\x08\x02\0\0\0" + b"\0" * 40
OPPOSITES = {
    SendKind.UNLIKE: SendKind.LIKE, SendKind.UNREPOST: SendKind.REPOST, SendKind.UNFOLLOW: SendKind.FOLLOW,
    SendKind.UNHIDE: SendKind.HIDE, SendKind.UNMUTE: SendKind.MUTE, SendKind.UNBLOCK: SendKind.BLOCK,
}  # fmt: skip
SAID = (Rejected, Unreachable, RateLimited, LoginNeeded, OutcomeUnknown)  # what `send` may say


@dataclass
class Stage:
    """A connector and its server: `theirs` by somebody else, `below` an answer of theirs to us, `ours` by the account."""

    publisher: Any
    faults: Faults
    state: Callable[[], Any]
    ours: Post
    below: Post
    theirs: Post


@contextlib.asynccontextmanager
async def mastodon() -> AsyncIterator[Stage]:
    empty = msgspec.structs.replace(scenarios.load("first_minute"), past=scenarios.Past(days=0, posts=0))
    rehearsal = Rehearsal(empty, token=TOKEN, clock=SystemClock())
    network = rehearsal.network
    async with rehearsal.serving(play=False) as url, connecting(url, secrets={"token": TOKEN}) as context:
        ann = network.person("ann.leroy", "Ann", "far.example")
        ours = network.write(network.brand, "Good morning everybody")
        below = network.write(ann, "@aurelia nonsense", parent=ours.id)
        theirs = network.write(ann, "@aurelia my line is down")
        spec = discovery.load("socialroom.connectors", "mastodon", ConnectorSpec)
        connector: Any = spec.build(MastodonSettings(url=url, streaming=False), context)
        heard = {p.id: p for p in (await connector.fetch(None)).posts}
        yield Stage(
            connector, rehearsal.faults, lambda: shown(network), heard[str(ours.id)], heard[str(below.id)],
            heard[str(theirs.id)],
        )  # fmt: skip


def shown(network: Network) -> Any:
    """All that others could see."""
    posts = [
        (p.id, p.author.acct, p.text, p.parent, p.visibility, p.likes, p.boosts, [m.alt for m in p.pictures])
        for p in network.posts.values()
        if p.author is network.brand or "aurelia" in p.text
    ]
    people = [sorted(ids) for ids in (network.following, network.muting, network.blocking)]
    return copy.deepcopy((posts, people, sorted(network.favourited), sorted(network.boosted)))


@contextlib.asynccontextmanager
async def bluesky() -> AsyncIterator[Stage]:
    pds = SmallPds()
    ours = pds.say(ME, "3kaaaaaaaaa2a", "Good morning everybody")
    below = pds.say(ANN, "3kaaaaaaaaa2b", "nonsense", {"root": pds.strong(ours), "parent": pds.strong(ours)})
    theirs = pds.say(ANN, "3kaaaaaaaaa2c", "my line is down")
    async with pds.serving() as url, connecting(url, secrets={"password": "p"}) as context:
        spec = discovery.load("socialroom.connectors", "bluesky", ConnectorSpec)
        connector: Any = spec.build(BlueskySettings(url=url, account="brand.test"), context)
        views = await connector._by_uri([ours, below, theirs])
        posts = {p.uri: p for p in connector._posts(list(views.values()), ME)}
        yield Stage(connector, pds.faults, pds.state, posts[ours], posts[below], posts[theirs])


STAGES: dict[str, Callable[[], contextlib.AbstractAsyncContextManager[Stage]]] = {
    "mastodon": mastodon,
    "bluesky": bluesky,
}


def acts() -> list[tuple[str, SendKind]]:
    found: list[tuple[str, SendKind]] = []
    for name in discovery.names("socialroom.connectors"):
        spec = discovery.load("socialroom.connectors", name, ConnectorSpec)
        if spec.capabilities.publishes:
            assert name in STAGES, f"give {name} a stage in this file"
            found += [(name, kind) for kind in spec.capabilities.acts]
    return found


ACTS = acts()
each_act = pytest.mark.parametrize(("name", "kind"), ACTS, ids=str)


def outgoing(stage: Stage, kind: SendKind, tmp_path: Path, number: int = 1) -> Outgoing:
    """An act as the room gives it: what it is about is an address without words."""
    one = Outgoing(id=f"item-{number}", text="", kind=kind, created_at=NOW)
    if kind is SendKind.POST:
        picture = tmp_path / "picture.png"
        picture.write_bytes(PNG)
        media = (Attachment(file=str(picture), mime="image/png", size=len(PNG), digest="d", alt="a cat, é"),)
        return one.changed(text=f"@ann.leroy we look, é à ç {number}", parent=address_of(stage.theirs), media=media)
    if kind is SendKind.MESSAGE:
        return one.changed(text=f"@ann.leroy@far.example for you alone {number}", parent=address_of(stage.theirs))
    if kind is SendKind.EDIT:
        return one.changed(text=f"Good evening everybody {number}", target=address_of(stage.ours))
    if kind is SendKind.DELETE:
        return one.changed(target=address_of(stage.ours))
    people = {SendKind.FOLLOW, SendKind.UNFOLLOW, SendKind.MUTE, SendKind.UNMUTE, SendKind.BLOCK, SendKind.UNBLOCK}
    about = stage.below if kind in (SendKind.HIDE, SendKind.UNHIDE) else stage.theirs
    target = address_of(about)
    return one.changed(target=target.changed(author=about.author) if kind in people else target)


async def prepared(stage: Stage, kind: SendKind, tmp_path: Path) -> None:
    """Does what an undo will undo."""
    if (first := OPPOSITES.get(kind)) is not None:
        await stage.publisher.send(await stage.publisher.freeze(outgoing(stage, first, tmp_path, 7)))


@each_act
async def test_it_is_not_there_then_sent_then_found_and_a_repeat_does_no_more(
    name: str, kind: SendKind, tmp_path: Path
) -> None:
    async with STAGES[name]() as stage:
        await prepared(stage, kind, tmp_path)
        before, armed = stage.state(), datetime.now(UTC)
        frozen = await stage.publisher.freeze(outgoing(stage, kind, tmp_path))
        assert frozen.handle
        assert stage.state() == before, "freezing makes nothing that others see"
        assert await stage.publisher.find(frozen, armed) is None
        sent = await stage.publisher.send(frozen)
        after = stage.state()
        assert after != before
        assert sent.id
        assert sent.uri
        assert (sent.post is not None) == (kind in WRITES)
        again = await stage.publisher.send(frozen)
        assert (again.id, again.uri) == (sent.id, sent.uri)
        assert stage.state() == after
        found = await stage.publisher.find(frozen, armed)
        assert found is not None
        assert (found.id, found.uri) == (sent.id, sent.uri)


@each_act
async def test_the_same_act_as_another_item_changes_nothing_where_it_is_so_already(
    name: str, kind: SendKind, tmp_path: Path
) -> None:
    if kind in (SendKind.POST, SendKind.MESSAGE, SendKind.EDIT):
        return  # a second text is a second text
    async with STAGES[name]() as stage:
        await prepared(stage, kind, tmp_path)
        await stage.publisher.send(await stage.publisher.freeze(outgoing(stage, kind, tmp_path)))
        after = stage.state()
        other = await stage.publisher.freeze(outgoing(stage, kind, tmp_path, 2))
        assert await stage.publisher.find(other, NOW) is not None
        await stage.publisher.send(other)
        assert stage.state() == after


@pytest.mark.parametrize(("name", "kind"), [(n, k) for n, k in ACTS if k in OPPOSITES], ids=str)
async def test_an_undo_leaves_nothing_behind(name: str, kind: SendKind, tmp_path: Path) -> None:
    async with STAGES[name]() as stage:
        before = stage.state()
        await prepared(stage, kind, tmp_path)
        assert stage.state() != before
        await stage.publisher.send(await stage.publisher.freeze(outgoing(stage, kind, tmp_path)))
        after = stage.state()
        if kind is SendKind.UNHIDE and name == "bluesky":  # the list stays, empty
            [gate] = [u for u in after[0] if small_pds.GATE in u]
            assert after[0].pop(gate)["hiddenReplies"] == []
        assert after == before


FAULTS = [
    Fault(effect="html"),
    Fault(effect="malformed"),
    Fault(effect="close"),
    Fault(effect="half"),
    Fault(effect="commit_then_500"),
    Fault(effect="commit_then_close"),
    *(Fault(effect="status", status=status) for status in (400, 401, 403, 404, 410, 422, 429, 500, 503)),
]


def fault(given: Fault, methods: tuple[str, ...]) -> Fault:
    return msgspec.structs.replace(given, match=Match(methods=methods), count=1)


def called(fault: Fault) -> str:
    return f"{fault.status}" if fault.effect == "status" else fault.effect


@pytest.mark.parametrize("how", FAULTS, ids=called)
@each_act
async def test_a_broken_answer_to_a_write_is_said_truly_and_the_same_handle_does_it_once(
    name: str, kind: SendKind, how: Fault, tmp_path: Path
) -> None:
    async with STAGES[name]() as stage:
        await prepared(stage, kind, tmp_path)
        armed, before = datetime.now(UTC), stage.state()
        frozen = await stage.publisher.freeze(outgoing(stage, kind, tmp_path))
        stage.faults.planned.append(fault(how, ("POST", "PUT", "DELETE")))
        error = await outcome(stage.publisher, frozen)
        stage.faults.planned.clear()
        if isinstance(error, (Rejected, Unreachable, RateLimited, LoginNeeded)):
            assert stage.state() == before, f"{error!r} says that nothing was done"
        async with again(stage, name) as publisher:  # a room that was started anew has a budget of its own
            await publisher.send(frozen)
            after = stage.state()
            await publisher.send(frozen)
            assert stage.state() == after
            assert after != before
            assert await publisher.find(frozen, armed) is not None


async def outcome(publisher: Publisher, frozen: Frozen) -> RoomError | Sent:
    """What a send says; everything but the room's own words is a fault of the connector."""
    try:
        return await publisher.send(frozen)
    except SAID as error:
        said = error
    assert is_clean(str(said))
    assert TOKEN not in str(said)
    return said


@contextlib.asynccontextmanager
async def again(stage: Stage, name: str) -> AsyncIterator[Any]:
    """The same account in another room."""
    old = stage.publisher
    url = old._base if name == "mastodon" else f"http://{old._signed_in.host}"
    secrets = {"token": TOKEN} if name == "mastodon" else {"password": "p"}
    settings: Any = MastodonSettings(url=url) if name == "mastodon" else BlueskySettings(url=url, account="brand.test")
    async with connecting(url, secrets=secrets) as context:
        yield discovery.load("socialroom.connectors", name, ConnectorSpec).build(settings, context)


@pytest.mark.parametrize("how", [f for f in FAULTS if f.effect != "status" or f.status in (400, 404, 503)], ids=called)
@each_act
async def test_whatever_is_answered_while_it_is_frozen_or_looked_for_is_an_error_of_the_room(
    name: str, kind: SendKind, how: Fault, tmp_path: Path
) -> None:
    async with STAGES[name]() as stage:
        await prepared(stage, kind, tmp_path)
        before = stage.state()
        one = outgoing(stage, kind, tmp_path)
        stage.faults.planned.append(fault(how, ("GET", "POST")))
        try:
            await stage.publisher.freeze(one)
        except (Rejected, SourceError) as error:
            assert is_clean(str(error))  # noqa: PT017 - either is right
        stage.faults.planned.clear()
        assert stage.state() == before
        async with again(stage, name) as publisher:
            frozen = await publisher.freeze(one)
            stage.faults.planned.append(fault(how, ("GET",)))
            try:
                await publisher.find(frozen, NOW)
            except SourceError as error:
                assert is_clean(str(error))  # noqa: PT017 - either is right


class Hostile:
    """Writes hostile text into every text of what a server answers, or something else into every field."""

    def __init__(self, app: ASGIApp, poison: Any) -> None:
        self.app, self.poison, self.on = app, poison, False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def changed(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [h for h in message["headers"] if h[0] != b"content-length"]
            elif self.on and message.get("body"):
                message["body"] = json.dumps(self._poisoned(json.loads(message["body"]))).encode()
            await send(message)

        await self.app(scope, receive, changed)

    def _poisoned(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {k: self._poisoned(v) for k, v in value.items()}
        if isinstance(value, list):
            return [self._poisoned(v) for v in value]
        return self.poison if isinstance(value, str) or not isinstance(self.poison, str) else value


@pytest.mark.parametrize(
    "poison",
    ["\x1b]0;x\x07\u202e [/]" + "a" + "\u0301" * 500, None, -1e300, []],
    ids=["hostile text", "nothing", "a number", "a list"],
)
@each_act
async def test_hostile_fields_in_an_answer_reach_nobody(name: str, kind: SendKind, poison: Any, tmp_path: Path) -> None:
    async with STAGES[name]() as stage:
        await prepared(stage, kind, tmp_path)
        frozen = await stage.publisher.freeze(outgoing(stage, kind, tmp_path))
        stage.faults._app = hostile = Hostile(stage.faults._app, poison)
        hostile.on = True
        outcomes: list[Any] = [await outcome(stage.publisher, frozen)]
        for asked in (
            lambda: stage.publisher.find(frozen, NOW),
            lambda: stage.publisher.freeze(outgoing(stage, kind, tmp_path, 2)),
        ):
            try:
                outcomes.append(await asked())
            except (Rejected, SourceError) as error:
                outcomes.append(error)
        for one in outcomes:
            if isinstance(one, RoomError):
                assert is_clean(str(one))
            elif isinstance(one, Sent):
                assert is_clean(one.id)
                assert is_clean(one.uri)
                assert is_clean(one.url)
                assert one.post is None or is_clean(one.post.text)


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_a_part_of_a_thread_answers_the_one_before_at_once(name: str, tmp_path: Path) -> None:
    async with STAGES[name]() as stage:
        first = await stage.publisher.send(await stage.publisher.freeze(outgoing(stage, SendKind.POST, tmp_path)))
        assert first.post is not None
        following = Outgoing(id="item-2", text="2/2", parent=address_of(first.post))
        second = await stage.publisher.send(await stage.publisher.freeze(following))
        assert second.post is not None
        assert (second.post.reply_to, second.post.conversation) == (first.uri, stage.theirs.conversation)


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_what_cannot_be_read_any_more_or_is_not_offered_is_rejected(name: str) -> None:
    async with STAGES[name]() as stage:
        offered: Capabilities = discovery.load("socialroom.connectors", name, ConnectorSpec).capabilities
        for kind in set(SendKind) - set(offered.acts):
            with pytest.raises(Rejected):
                await stage.publisher.freeze(Outgoing(id="1", text="x", kind=kind, target=address_of(stage.theirs)))
        for payload in ("", "{}", "[1]", '{"kind": "wave"}'):
            with pytest.raises(Rejected):
                await stage.publisher.send(Frozen(handle="h", payload=payload))
        gone = Attachment(file="/nowhere/picture.png", mime="image/png")
        with pytest.raises(Rejected):
            await stage.publisher.freeze(Outgoing(id="1", text="x", media=(gone,)))


@pytest.mark.parametrize("name", sorted(STAGES))
async def test_what_it_takes_beside_a_text_is_said_by_the_account(name: str) -> None:
    async with STAGES[name]() as stage:
        facts = await stage.publisher.account()
        assert facts.media is not None
        assert facts.media.count == 4
        assert "image/png" in facts.media.mimes
        assert facts.media.size > 1_000_000
        assert facts.media.alt_limit > 1_000
