"""The room on the wire, over a real Unix socket: two terminals, repeats, other ages, slow lines, and what is no request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from support.local_room import EVERYTHING, MENTIONS, served
from support.posts import NOON

from socialroom import __version__
from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.errors import (
    ConfigError,
    Conflict,
    Missing,
    NotAllowed,
    OtherVersion,
    RoomError,
    RoomUnreachable,
    StoreError,
)
from socialroom.domain.events import (
    CaseChanged,
    CaseGone,
    DraftChanged,
    Envelope,
    Event,
    Heard,
    Notice,
    Presence,
    Resync,
)
from socialroom.domain.operator import Role
from socialroom.domain.post import Post
from socialroom.domain.text import SafeText
from socialroom.domain.value import Message
from socialroom.hub import door, server, wire
from socialroom.hub.client import RemoteRoom


@contextlib.asynccontextmanager
async def seated(path: Path, name: str = "head") -> AsyncIterator[RemoteRoom]:
    room = RemoteRoom(path, name)
    try:
        yield room
    finally:
        await room.aclose()


@contextlib.asynccontextmanager
async def raw(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        transport=httpx.AsyncHTTPTransport(uds=str(path)), base_url="http://room", timeout=20
    ) as client:
        yield client


async def heard(listening: AsyncIterator[list[Envelope]], kind: type[Event]) -> Any:
    """The next event of that kind."""
    async with asyncio.timeout(20):
        async for batch in listening:
            for envelope in batch:
                if isinstance(envelope.event, kind):
                    return envelope.event
    raise AssertionError("the line ended")


async def overview(room: RemoteRoom) -> r.RoomOverview:
    answer = await room.view(r.Overview())
    assert isinstance(answer, r.RoomOverview)
    return answer


async def test_two_terminals_hear_the_same_posts() -> None:
    async with served() as (test_room, path), seated(path, "head") as one, seated(path, "community") as other:
        lines = [room.events([EVERYTHING], (await overview(room)).seq) for room in (one, other)]
        first = asyncio.gather(*(heard(line, Heard) for line in lines))
        while test_room.room._bus.listeners < 2:
            await asyncio.sleep(0)
        posts = [test_room.post(n) for n in range(3)]
        test_room.source.say(*posts)
        for event in await first:
            assert event.posts == tuple(posts)
            assert set(event.feeds) == {("Everything",)}
        page = await one.view(r.FeedPage(feed=MENTIONS))
        assert page == await other.view(r.FeedPage(feed=MENTIONS))
        assert isinstance(page, r.Page)
        assert {p.uri for p in page.posts} == {p.uri for p in posts}
        for line in lines:
            await line.aclose()


async def test_a_terminal_hears_only_its_feeds_and_who_else_is_there() -> None:
    async with served() as (test_room, path), seated(path) as one, seated(path, "analyst") as other:
        line = one.events([MENTIONS], (await overview(one)).seq)
        assert await heard(line, Presence) == Presence(operators=("Head",))
        second = other.events([], (await overview(other)).seq)
        await anext(second)
        assert await heard(line, Presence) == Presence(operators=("Head", "Analyst"))
        test_room.source.say(test_room.post(1, "something else"), test_room.post(2, "Aurelia !"))
        event = await heard(line, Heard)
        assert [p.id for p in event.posts] == ["2"]
        await second.aclose()
        assert await heard(line, Presence) == Presence(operators=("Head",))
        await line.aclose()


async def test_a_question_that_is_too_long_for_an_address_is_asked_all_the_same() -> None:
    async with served() as (test_room, path), seated(path) as room:
        seq = (await overview(room)).seq
        test_room.source.say(test_room.post(1))
        long = " OR ".join(["aurelia", *(f'"очень длинное слово {n}"' for n in range(400))])
        line = room.events([r.Feed(name="long", query=long)], seq)
        assert (await heard(line, Heard)).feeds == (("long",),)
        found = await room.view(r.SearchCache(query=long))
        assert isinstance(found, r.Page)
        assert [p.id for p in found.posts] == ["1"]
        await line.aclose()


async def test_a_draft_passes_whatever_letters_it_holds() -> None:
    async with served() as (test_room, path), seated(path) as room:
        line = room.events([], (await overview(room)).seq)
        text = "zero\x00 line\u2028 next\x85 \u202e rtl 🏴󠁧󠁢󠁷󠁬󠁳󠁿 tab\t end"
        done = await room.act(r.SaveDraft(draft=test_room.draft(text)))
        assert done.draft is not None
        assert done.draft.text == text
        assert (await heard(line, DraftChanged)).draft.text == text
        with pytest.raises(RoomError, match="no character"):
            await room.act(r.SaveDraft(draft=test_room.draft("lone \ud800")))
        await line.aclose()


async def test_the_same_id_twice_does_it_once() -> None:
    async with served() as (test_room, path), raw(path) as client:
        test_room.source.say(test_room.post(1))
        while not test_room.room._cache.size():
            await asyncio.sleep(0)
        command = r.QueueSend(draft=test_room.draft(), delay=100)
        body = wire.encode(r.Request(id="one", operator="head", command=command))
        first, second = await asyncio.gather(*(client.post("/v1/act", content=body) for _ in "ab"))
        assert first.status_code == 200, first.text
        assert first.content == second.content
        third = await client.post("/v1/act", content=body)
        assert third.content == first.content
        assert len(test_room.room.outbox.items()) == 1


async def test_a_refusal_is_repeated_too() -> None:
    async with served() as (test_room, path), raw(path) as client:
        body = wire.encode(r.Request(id="one", operator="guest", command=r.ExcludeWord(word="opera")))
        first, second = [await client.post("/v1/act", content=body) for _ in "ab"]
        assert (first.status_code, first.content) == (403, second.content)
        # Another operator's id is another id.
        other = wire.encode(r.Request(id="one", operator="analyst", command=r.ExcludeWord(word="opera")))
        assert (await client.post("/v1/act", content=other)).status_code == 200
        assert test_room.room._excluded_words == ["opera"]


async def test_who_may_not_send_cannot_whatever_is_put_on_the_wire() -> None:
    async with served() as (test_room, path), raw(path) as client, seated(path, "community") as community:
        test_room.source.say(test_room.post(1))
        while not test_room.room._cache.size():
            await asyncio.sleep(0)
        done = await community.act(r.QueueSend(draft=test_room.draft(), delay=3000))
        assert done.item is not None
        waiting = done.item.id
        commands: list[r.Command] = [
            r.QueueSend(draft=test_room.draft(id="d2"), anyway=True, delay=0),
            r.QueueSend(draft=test_room.draft(id="d3", operator="Head")),
            r.CancelSend(item=waiting),
            r.ReleaseHeld(item=waiting),
            r.ResolveUnknown(item=waiting, verdict="absent"),
            r.ClaimCase(conversation="small:1", take=True),
        ]
        for name in ("analyst", "creative", "guest"):
            for number, command in enumerate(commands):
                body = wire.encode(r.Request(id=f"{name}{number}", operator=name, command=command))
                reply = await client.post("/v1/act", content=body, headers={wire.OPERATOR: "head"})
                assert reply.status_code == 403, (name, command)
        assert [i.id for i in test_room.room.outbox.items()] == [waiting]
        assert test_room.network.posts == []
        assert not [c for c in test_room.network.calls if c.startswith("send")]


async def test_errors_come_back_as_what_they_were() -> None:
    async with (
        served() as (_, path),
        seated(path, "guest") as guest,
        seated(path) as head,
        seated(path, "zoé") as nobody,
    ):
        with pytest.raises(
            NotAllowed,
            match=r"Guest sits here as guest and may not: mute alerts, edit rules and queries\. Ask one of: analyst",
        ):
            await guest.act(r.ExcludeWord(word="x"))
        with pytest.raises(Missing, match="no source called nowhere"):
            await head.act(r.PollNow(source="nowhere"))
        with pytest.raises(ConfigError, match="character") as caught:
            await head.view(r.SearchCache(query="(aurelia"))
        assert caught.value.file
        with pytest.raises(Missing, match="zoé is not an operator"):
            await nobody.view(r.Overview())
        with pytest.raises(ConfigError):  # said before the stream begins, not as a line that breaks
            await anext(head.events([r.Feed(name="x", query="(")], 0))


async def test_a_room_that_stops_says_so_and_closes_the_line_at_once() -> None:
    async with served() as (test_room, path), seated(path) as room:
        line = room.events([], (await overview(room)).seq)
        await anext(line)
        await room.act(r.StopRoom())
        notice = await heard(line, Notice)
        assert str(notice.message) == "Head stopped the room"
        with pytest.raises(RoomUnreachable, match="was stopped"):
            await heard(line, Resync)
        assert test_room.room.stopping.is_set()


async def test_where_there_is_no_room_it_is_said(tmp_path: Path) -> None:
    async with seated(tmp_path / "room.sock") as room:
        for asking in (room.view(r.Overview()), room.act(r.StopRoom()), anext(room.events([], 0))):
            with pytest.raises(RoomUnreachable, match="does not answer"):
                await asking


async def test_a_slow_line_is_told_to_read_anew_and_holds_nobody_up() -> None:
    async with served() as (test_room, path), seated(path) as quick:
        line = quick.events([EVERYTHING], (await overview(quick)).seq)
        await anext(line)
        with socket.socket(socket.AF_UNIX) as slow:
            slow.connect(str(path))
            slow.settimeout(20)
            feeds = msgspec.json.encode([EVERYTHING]).decode()
            address = str(httpx.URL("http://room/v1/events", params={"feeds": feeds, "after": test_room.room._bus.seq}))
            slow.sendall(f"GET {address[11:]} HTTP/1.1\r\nHost: room\r\n\r\n".encode())
            while test_room.room._bus.listeners < 2:
                await asyncio.sleep(0)
            said = heard_by_quick = 0
            while said < 6000:  # far beyond what the socket's buffers and the room's queue hold
                for number in range(said, said + 500):
                    test_room.room._emit(Heard(posts=(test_room.post(number, "long " * 300),), feeds=((),)))
                said += 500
                while heard_by_quick < said:
                    async with asyncio.timeout(20):
                        heard_by_quick += sum(isinstance(e.event, Heard) for e in await anext(line))
            got = b""
            while b"Resync" not in got:
                got = got[-20:] + await asyncio.to_thread(slow.recv, 1 << 20)
        await line.aclose()


async def test_a_large_batch_travels_in_pieces_and_arrives_whole() -> None:
    async with served() as (test_room, path), seated(path) as room:
        seq = (await overview(room)).seq
        big = "x" * 19_000
        for number in range(300):
            test_room.room._emit(Heard(posts=(test_room.post(number, big),), feeds=((),)))
        got: list[Post] = []
        batches = 0
        line = room.events([EVERYTHING], seq)
        async with asyncio.timeout(20):
            while len(got) < 300:
                batch = await anext(line)
                got += [p for e in batch if isinstance(e.event, Heard) for p in e.event.posts]
                batches += 1
        assert [p.id for p in got] == [str(n) for n in range(300)]
        assert 2 <= batches < 20
        await line.aclose()


GARBAGE = [
    ("GET", "/v1/view", {}, b""),
    ("GET", "/v1/view", {"q": "no json"}, b""),
    ("GET", "/v1/view", {"q": '{"type":"Nothing"}'}, b""),
    ("GET", "/v1/view", {"q": '{"type":"FeedPage"}'}, b""),
    ("GET", "/v1/view", {"q": '{"type":"FeedPage","feed":{"name":3}}'}, b""),
    ("POST", "/v1/view", {}, b"[" * 50_000),
    ("POST", "/v1/events", {}, b'[{"name":1}]'),
    ("GET", "/v1/events", {"after": "later"}, b""),
    ("GET", "/v1/events", {"after": "9" * 5000}, b""),
    ("GET", "/v1/events", {"feeds": "{"}, b""),
    ("POST", "/v1/act", {}, b""),
    ("POST", "/v1/act", {}, b"\xff\xfe"),
    ("POST", "/v1/act", {}, b'{"id":"1","operator":"head","command":{"type":"LaunchRockets"}}'),
    ("POST", "/v1/act", {}, b'{"id":1,"operator":"head","command":{"type":"StopRoom"}}'),
    ("POST", "/v1/act", {}, b'{"id":"1","command":{"type":"StopRoom"}}'),
]


@pytest.mark.parametrize(("method", "path", "params", "body"), GARBAGE)
async def test_what_is_no_request_is_answered_with_a_sentence(
    method: str, path: str, params: dict[str, str], body: bytes
) -> None:
    async with served() as (test_room, uds), raw(uds) as client:
        reply = await client.request(method, path, params=params, content=body)
        assert reply.status_code == 400
        problem = wire.decode_problem(reply.content)
        assert "did not understand" in str(problem.what)
        assert reply.headers[wire.VERSION] == __version__
        assert not test_room.room.stopping.is_set()
        assert (await client.get("/v1/view", params={"q": '{"type":"Overview"}'})).status_code == 200


async def test_a_request_larger_than_the_limit_is_refused_and_the_room_goes_on() -> None:
    async with served() as (_, path), raw(path) as client:

        async def endless() -> AsyncIterator[bytes]:
            yield b'{"id":"'
            for _ in range(wire.MAX_FRAME // 100_000 + 1):
                yield b"x" * 100_000

        reply = await client.post("/v1/act", content=endless())
        assert reply.status_code == 413
        assert str(wire.MAX_FRAME) in json.dumps(reply.json()).replace(",", "")
        assert (await client.get("/nowhere")).status_code == 404


async def test_bytes_that_are_no_http_close_only_their_own_line() -> None:
    async with served() as (_, path), seated(path) as room:
        for rubbish in (b"\x00" * 100, b"GET / HTTP/9.9\r\n\r\n", b"GET /" + b"a" * 2_000_000):
            with socket.socket(socket.AF_UNIX) as line:
                line.connect(str(path))
                line.setblocking(False)
                with contextlib.suppress(OSError):
                    await asyncio.get_running_loop().sock_sendall(line, rubbish)
                answer = b""
                with contextlib.suppress(OSError):
                    answer = await asyncio.get_running_loop().sock_recv(line, 1000)
                assert not answer or b" 40" in answer.splitlines()[0]
        assert (await overview(room)).room == "Aurelia"


async def test_the_overview_says_the_version_so_that_a_newer_terminal_can_offer_to_restart() -> None:
    async with served(version="0.9.1") as (_, path), seated(path) as room:
        found = await overview(room)
        assert found.older_than("0.10")
        assert not found.older_than("0.9.1")
        assert not found.older_than("0.9.1.dev3")


class Elsewhen:
    """What answers at a socket and is of another age, or no room at all."""

    def __init__(self, head: bytes, body: bytes) -> None:
        self.answer = head + b"\r\ncontent-length: %d\r\n\r\n" % len(body) + body

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(self.answer)
            await writer.drain()
        writer.close()


OK = b"HTTP/1.1 200 OK\r\nconnection: close"
NEWER = b"\r\nx-socialroom-version: 9.9.9"
REFUSED = wire.encode(RoomError("the room did not understand the request: {reason}", reason="new words").problem())


@pytest.mark.parametrize(
    ("head", "body", "error", "sentence"),
    [
        (OK + NEWER, b'{"type":"Overview2"}', OtherVersion, r"runs version 9\.9\.9.*socialroom stop"),
        (b"HTTP/1.1 400 Bad" + NEWER, REFUSED, OtherVersion, r"runs version 9\.9\.9"),
        (b"HTTP/1.1 404 Not Found" + NEWER, b"Not Found", OtherVersion, r"runs version 9\.9\.9"),
        (OK, b"<html>", RoomUnreachable, "not a room"),
        (OK + b"\r\nx-socialroom-version: " + __version__.encode(), b"{}", RoomUnreachable, "could not be read"),
        (b"HTTP/1.1 500 Oops", b"oops", RoomUnreachable, "not a room"),
        (b"nonsense", b"", RoomUnreachable, "does not answer"),
    ],
)
async def test_what_is_of_another_age_or_no_room_is_said(
    tmp_path: Path, head: bytes, body: bytes, error: type[RoomError], sentence: str
) -> None:
    path = tmp_path / "r.sock"
    async with await asyncio.start_unix_server(Elsewhen(head, body), path), seated(path) as room:
        with pytest.raises(error, match=sentence):
            await room.view(r.Overview())
        if not head.startswith(OK):  # that something was done, a room of any age says alike
            with pytest.raises(error, match=sentence):
                await room.act(r.PollNow())
        with pytest.raises(RoomUnreachable):  # to a stream, an answer without events is a line that was closed
            await anext(room.events([], 0))


async def test_a_line_that_breaks_once_is_asked_again(tmp_path: Path) -> None:
    path = tmp_path / "r.sock"
    ids: list[str] = []

    async def breaks(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        size = int(next(x for x in head.splitlines() if x.lower().startswith(b"content-length")).split(b":")[1])
        ids.append(json.loads(await reader.readexactly(size))["id"])
        if len(ids) > 1:
            writer.write(OK + b"\r\ncontent-length: 2\r\n\r\n{}")
            await writer.drain()
        writer.close()

    async with await asyncio.start_unix_server(breaks, path), seated(path) as room:
        assert await room.act(r.PollNow()) == r.Done()
    assert len(ids) == 2
    assert ids[0] == ids[1]


# --- the door ----------------------------------------------------------------------------------------------------


def test_only_its_user_can_open_the_socket_and_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "run" / "room.sock"
    with door.held(path):
        listening = door.bind(path)
        try:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
            assert door.answers(path)
        finally:
            listening.close()
    assert not path.exists()


def test_a_second_room_is_refused_while_the_first_is_there(tmp_path: Path) -> None:
    path = tmp_path / "room.sock"
    with door.held(path):
        with door.bind(path), pytest.raises(Conflict, match="already running"), door.held(path):
            pytest.fail("two rooms at one door")
        with pytest.raises(Conflict), door.held(path, patience=0.1):  # it answers no more, and has not let go
            pytest.fail("two rooms at one door")
    with door.held(path):
        pass


def test_a_socket_that_a_killed_room_left_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / "room.sock"
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(path))
    left.close()
    assert not door.answers(path)
    with door.held(path), door.bind(path):
        assert door.answers(path)


def test_a_path_that_is_too_long_for_a_socket_is_said(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 100) / "room.sock"
    with door.held(path), pytest.raises(StoreError, match="XDG_RUNTIME_DIR"):
        door.bind(path)


def test_a_folder_that_others_can_write_into_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(StoreError, match="others can write"), door.held(tmp_path / "room.sock"):
        pytest.fail("held")
    tmp_path.chmod(0o700)


async def test_a_wall_sees_what_a_guest_may_and_does_nothing() -> None:
    async with served() as (_test_room, path):
        wall = RemoteRoom(path, wall=True)
        try:
            assert (await overview(wall)).operator.role is Role.GUEST
            with pytest.raises(NotAllowed, match="only shows"):
                await wall.act(r.StopRoom())
        finally:
            await wall.aclose()


def test_of_two_lines_that_begin_and_end_alike_neither_carries_the_others_middle() -> None:
    first, last = (Envelope(seq=n, at=NOON, event=Notice(message=Message(template="same"))) for n in (1, 3))
    middles = CaseChanged(case=Case(id="small:7", title=SafeText("@claire"), private=True)), CaseGone(case="small:7")
    encoded = server._Encoded()  # what two seats hear of one private case, between two things that both may hear
    head, analyst = (encoded.frames([first, Envelope(seq=2, at=NOON, event=event), last]) for event in middles)
    assert b"@claire" in b"".join(head)
    assert b"@claire" not in b"".join(analyst)
