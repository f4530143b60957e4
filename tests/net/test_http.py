"""The door to the networks, against servers on loopback that answer well and badly."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from support import servers
from support.clock import HeldClock, settle
from support.servers import Answer, Server, serving

from socialroom.domain.errors import (
    BadReply,
    ConfigError,
    Gone,
    LoginNeeded,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Rejected,
    RoomError,
    Unreachable,
)
from socialroom.net.http import Http, NetSettings, ServerSentEvent


async def read_on(stream: AsyncIterator[ServerSentEvent], heard: list[ServerSentEvent]) -> None:
    async for event in stream:
        heard.append(event)


@asynccontextmanager
async def door(answer: Answer, **options: object) -> AsyncIterator[tuple[Http, Server, HeldClock]]:
    clock = HeldClock()
    async with serving(answer) as server:
        http = Http(clock=clock, trusted=[server.url], **options)  # type: ignore[arg-type]
        try:
            yield http, server, clock
        finally:
            await http.aclose()


@pytest.mark.parametrize(("method", "status"), [("GET", 304), ("GET", 204), ("HEAD", 200)])
async def test_an_answer_without_a_body_keeps_its_connection_for_the_next_request(method: str, status: int) -> None:
    async def answer(_asked: servers.Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(servers.head(status, {"etag": '"x"'}))

    async with door(answer) as (http, server, _):
        for _ in range(3):
            assert (await http.request(method, server.url, accept=(304,))).status == status
        assert server.connections == 1


async def test_sends_what_was_asked_and_gives_the_answer_back() -> None:
    async with door(servers.reply({"id": 7}, etag='"x"')) as (http, server, _):
        reply = await http.request(
            "POST", f"{server.url}/a?x=1", params={"y": ["2", "3"]}, headers={"X-Key": "k"}, json={"text": "é"}
        )
        asked = server.asked[0]
        assert reply.json(dict[str, int]) == {"id": 7}
        assert reply.headers["etag"] == '"x"'
        assert asked.params == {"x": ["1"], "y": ["2", "3"]}
        assert asked.headers["x-key"] == "k"
        assert asked.headers["accept-encoding"] == "gzip"
        assert asked.headers["user-agent"].startswith("socialroom/")
        assert json.loads(asked.body) == {"text": "é"}


async def test_one_connection_serves_many_requests() -> None:
    async with door(servers.reply({})) as (http, server, _):
        for _n in range(5):
            await http.request("GET", server.url)
        assert server.connections == 1


async def test_a_connection_the_server_dropped_meanwhile_is_replaced() -> None:
    async with door(servers.reply({})) as (http, server, _):
        await http.request("GET", server.url)
        await server.hang_up()
        assert (await http.request("GET", server.url)).status == 200


async def test_gzip_is_read_and_another_encoding_refused() -> None:
    packed = servers.reply(gzip.compress(b'{"a": 1}') + gzip.compress(b"  "), content_encoding="gzip")
    async with door(servers.in_turn(packed, servers.reply(b"x", content_encoding="br"))) as (http, server, _):
        assert (await http.request("GET", server.url)).json(dict[str, int]) == {"a": 1}
        with pytest.raises(BadReply, match="encoding br"):
            await http.request("GET", server.url)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (servers.endless(), "more than this program reads"),
        (servers.endless("10000000000"), "more than this program reads"),
        (servers.bomb(), "bomb"),
        (servers.truncated(), "half an answer"),
        (servers.reply(gzip.compress(os.urandom(999))[:-20], content_encoding="gzip"), "half an answer"),
        (servers.reply(b"not gzip", content_encoding="gzip"), "damaged"),
        (servers.reply("oops", 500), "fault"),
        (servers.reply("oops", 304), "fault"),
    ],
)
async def test_a_bad_answer_is_named_and_the_next_good_one_works(answer: Answer, said: str) -> None:
    async with door(servers.in_turn(answer, servers.reply({}))) as (http, server, _):
        with pytest.raises(BadReply, match=said):
            await http.request("GET", server.url)
        assert (await http.request("GET", server.url)).status == 200


async def test_a_drip_is_cut_by_the_deadline_of_the_whole_exchange() -> None:
    async with door(servers.drip(), patience=0.3) as (http, server, _):
        with pytest.raises(BadReply, match="too slowly"):
            await http.request("GET", server.url)


async def test_no_answer_in_time_is_unreachable() -> None:
    async with door(servers.hanging(), patience=0.2) as (http, server, _):
        with pytest.raises(Unreachable, match="in time"):
            await http.request("GET", server.url)


async def test_nothing_there_is_unreachable() -> None:
    http = Http(clock=HeldClock(), trusted=[url := f"http://127.0.0.1:{await servers.free_port()}"])
    with pytest.raises(Unreachable, match="refused the connection"):
        await http.request("GET", url)
    http.trust("http://no-such-host.invalid")
    with pytest.raises(Unreachable, match=r"no host called no-such-host\.invalid"):
        await http.request("GET", "http://no-such-host.invalid/")
    await http.aclose()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, LoginNeeded),
        (403, Refused),
        (404, Gone),
        (410, Gone),
        (422, Refused),
        (429, RateLimited),
        (500, BadReply),
        (503, BadReply),
        (408, BadReply),
    ],
)
async def test_statuses_of_reads(status: int, kind: type[RoomError]) -> None:
    async with door(servers.reply({"error": "no \x1b[31mway"}, status)) as (http, server, _):
        with pytest.raises(kind) as caught:
            await http.request("GET", server.url)
        assert type(caught.value) is kind
        assert "\x1b" not in str(caught.value)
        assert (await http.request("GET", server.url, accept=[status])).status == status if status != 429 else True


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.reply({}, 401), LoginNeeded),
        (servers.reply({}, 403), Rejected),
        (servers.reply({}, 404), Rejected),
        (servers.reply({"error": "too long"}, 422), Rejected),
        (servers.reply({}, 429), RateLimited),
        (servers.reply({}, 500), OutcomeUnknown),
        (servers.reply({}, 503, retry_after="5"), OutcomeUnknown),
        (servers.redirect("/elsewhere", 308), Rejected),
        (servers.redirect("/elsewhere", 302), OutcomeUnknown),
        (servers.html(), OutcomeUnknown),
        (servers.truncated(), OutcomeUnknown),
        (servers.silent(), OutcomeUnknown),
        (servers.hanging(), OutcomeUnknown),
        (servers.drip(), OutcomeUnknown),
    ],
)
async def test_a_write_never_claims_more_than_is_known(answer: Answer, kind: type[RoomError]) -> None:
    async with door(answer, patience=0.4) as (http, server, _):
        with pytest.raises(kind) as caught:
            await http.request("POST", server.url, json={}, write=True)
        assert type(caught.value) is kind
        assert len(server.asked) == 1


async def test_a_write_that_could_not_leave_is_unreachable() -> None:
    http = Http(clock=HeldClock(), trusted=[url := f"http://127.0.0.1:{await servers.free_port()}"])
    with pytest.raises(Unreachable):
        await http.request("POST", url, json={}, write=True)
    await http.aclose()


# --- politeness -------------------------------------------------------------------------------------------------------


async def test_retry_after_is_kept_without_asking_again() -> None:
    limited = servers.reply({}, 429, retry_after="90")
    async with door(servers.in_turn(limited, servers.reply({}))) as (http, server, clock):
        with pytest.raises(RateLimited) as caught:
            await http.request("GET", server.url)
        assert caught.value.retry_at == clock.now() + timedelta(seconds=90)
        with pytest.raises(RateLimited):
            await http.request("GET", server.url)
        assert len(server.asked) == 1
        await clock.advance(91)
        assert (await http.request("GET", server.url)).status == 200


async def test_a_spent_rate_header_holds_that_budget_only() -> None:
    spent = servers.reply({}, x_ratelimit_remaining="0", x_ratelimit_reset="2026-09-01T10:05:00.000Z")
    async with door(servers.in_turn(spent, servers.reply({}))) as (http, server, clock):
        await http.request("GET", server.url, budget="a")
        with pytest.raises(RateLimited) as caught:
            await http.request("GET", server.url, budget="a")
        assert caught.value.retry_at == clock.now() + timedelta(minutes=5)
        await http.request("GET", server.url, budget="b")
        await http.request("POST", server.url, budget="a", json={}, write=True)


async def test_what_a_server_may_ask_for_is_capped() -> None:
    async with door(servers.reply({}, 429, retry_after="864000")) as (http, server, clock):
        with pytest.raises(RateLimited) as caught:
            await http.request("GET", server.url)
        assert caught.value.retry_at == clock.now() + timedelta(hours=1)


# --- redirects and addresses that nobody declared ---------------------------------------------------------------------


async def test_redirects_are_followed_and_said() -> None:
    steps = servers.in_turn(servers.redirect("/b", 301), servers.redirect("/c", 308), servers.reply({}))
    async with door(steps) as (http, server, _):
        reply = await http.request("GET", f"{server.url}/a", headers={"authorization": "Bearer abc"})
        assert reply.url == reply.moved == f"{server.url}/c"
        assert [a.headers.get("authorization") for a in server.asked] == ["Bearer abc"] * 3


async def test_a_passing_redirect_is_no_move() -> None:
    async with door(servers.in_turn(servers.redirect("/b", 302), servers.reply({}))) as (http, server, _):
        assert (await http.request("GET", f"{server.url}/a")).moved == ""


async def test_a_circle_of_redirects_ends() -> None:
    async with door(servers.redirect("/a")) as (http, server, _):
        with pytest.raises(BadReply, match="circle"):
            await http.request("GET", server.url)
        assert len(server.asked) == 6


async def test_credentials_stay_with_their_host() -> None:
    async with serving(servers.reply({})) as other, door(servers.redirect(other.url)) as (http, server, _):
        http.trust(other.url)
        await http.request(
            "GET", server.url, headers={"Authorization": "Bearer abc", "Cookie": "a=b", "X-Api-Key": "k"}
        )
        assert not {"authorization", "cookie", "x-api-key"} & set(other.asked[0].headers)


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://127.0.0.1/", "http://[::1]/", "http://169.254.169.254/",
     "http://10.0.0.1/", "http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://100.64.0.1/", "http://2130706433/",
     "http://0x7f.1/", "http://①②⑦.0.0.1/", "file:///etc/passwd", "ftp://example.com/", "gopher://example.com/",
     "http://metadata.google.internal/", "http://0.0.0.0/"],
)  # fmt: skip
async def test_a_redirect_to_an_inner_address_is_refused(target: str) -> None:
    async with (
        serving(servers.reply({})) as inner,
        door(servers.redirect(target.format(port=inner.port))) as (http, server, _),
    ):
        with pytest.raises((Refused, BadReply, Unreachable)):
            await http.request("GET", server.url)
        assert not inner.asked


async def test_https_never_falls_back_to_http(tmp_path: Path) -> None:
    context, ca = authority(tmp_path)
    clock = HeldClock()
    async with serving(servers.reply({})) as plain, serving(servers.redirect(plain.url), tls=context) as server:
        http = Http(clock=clock, settings=NetSettings(ca_file=str(ca)), trusted=[server.url, plain.url])
        with pytest.raises(Refused, match="plain http"):
            await http.request("GET", server.url)
        assert not plain.asked
        await http.aclose()


async def test_an_unknown_authority_is_refused_and_an_own_one_honoured(tmp_path: Path) -> None:
    context, ca = authority(tmp_path)
    async with serving(servers.reply({}), tls=context) as server:
        strict = Http(clock=HeldClock(), trusted=[server.url])
        with pytest.raises(Unreachable, match="certificate") as caught:
            await strict.request("POST", server.url, json={}, write=True)
        assert "ca_file" in str(caught.value)
        await strict.aclose()
        own = Http(clock=HeldClock(), settings=NetSettings(ca_file=str(ca)), trusted=[server.url])
        assert (await own.request("GET", server.url)).status == 200
        await own.aclose()


def test_a_wrong_ca_file_or_proxy_is_a_mistake_in_the_settings(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no")
    for settings in (
        NetSettings(ca_file=str(tmp_path / "ca.pem")),
        NetSettings(ca_file=str(tmp_path / "none.pem")),
        NetSettings(proxy="socks5://127.0.0.1:1"),
    ):
        with pytest.raises(ConfigError):
            Http(clock=HeldClock(), settings=settings)


def authority(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 that signs itself, made by the openssl command."""
    key, certificate = folder / "key.pem", folder / "ca.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
         "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("the openssl command is not there")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context, certificate


# --- the proxy --------------------------------------------------------------------------------------------------------


async def test_a_proxy_carries_what_is_not_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(servers.reply({"by": "proxy"})) as proxy:
        explicit = Http(clock=HeldClock(), settings=NetSettings(proxy=proxy.url))
        assert (await explicit.request("GET", "http://social.example/x")).json(dict[str, str]) == {"by": "proxy"}
        assert proxy.asked[0].target == "http://social.example/x"
        await explicit.aclose()

        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("NO_PROXY", "intranet.example")
        asked = len(proxy.asked)
        follows = Http(clock=HeldClock(), settings=NetSettings(proxy="environment"))
        await follows.request("GET", "http://social.example/y")
        assert len(proxy.asked) == asked + 1
        ignores = Http(clock=HeldClock())
        for http, host in ((follows, "intranet.example.invalid"), (ignores, "social.example.invalid")):
            monkeypatch.setenv("NO_PROXY", "intranet.example.invalid")
            with pytest.raises(Unreachable, match="no host"):
                await http.request("GET", f"http://{host}/")
            await http.aclose()
        assert len(proxy.asked) == asked + 1


async def test_loopback_never_goes_by_the_proxy() -> None:
    async with serving(servers.reply({})) as proxy, serving(servers.reply({"by": "itself"})) as server:
        http = Http(clock=HeldClock(), settings=NetSettings(proxy=proxy.url), trusted=[server.url])
        assert (await http.request("GET", server.url)).json(dict[str, str]) == {"by": "itself"}
        await http.aclose()


async def test_a_proxy_that_is_not_there_is_said() -> None:
    port = await servers.free_port()
    http = Http(clock=HeldClock(), settings=NetSettings(proxy=f"http://127.0.0.1:{port}"))
    for url in ("http://social.example/", "https://social.example/"):
        with pytest.raises(Unreachable):
            await http.request("POST", url, json={}, write=True)
    await http.aclose()


async def test_a_proxy_that_refuses_the_tunnel_means_not_sent() -> None:
    async with serving(servers.reply({}, 403)) as proxy:
        http = Http(clock=HeldClock(), settings=NetSettings(proxy=proxy.url))
        with pytest.raises(Unreachable, match="proxy"):
            await http.request("POST", "https://social.example/", json={}, write=True)
        await http.aclose()


# --- JSON, hostile heads, secrets -------------------------------------------------------------------------------------


class Shape(msgspec.Struct):
    id: str
    count: int


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        (b'{"id": "1"}', "application/json", r"count"),
        (b'{"id": "1", "count": "x"}', "application/json", r"\$\.count"),
        (b'{"id"', "application/json", "broken JSON"),
        (b"<html>", "text/html", "web page"),
        (b"[" * 100_000, "application/json", "JSON"),
        (b'{"id": "\xff", "count": 1}', "application/json", "JSON"),
    ],
)
async def test_json_of_another_shape_names_host_and_field(body: bytes, kind: str, said: str) -> None:
    async with door(servers.reply(body, content_type=kind)) as (http, server, _):
        reply = await http.request("GET", server.url)
        with pytest.raises(BadReply, match=said) as caught:
            reply.json(Shape)
        assert f"127.0.0.1:{server.port}" in str(caught.value)


async def test_escape_sequences_in_a_head_go_nowhere() -> None:
    async def answer(_asked: servers.Asked, writer: object) -> None:
        writer.write(  # type: ignore[attr-defined]
            b"HTTP/1.1 500 \x1b]0;pwn\x07\r\nX-A: a\x1b[31m\r\nContent-Type: text/plain\r\nContent-Length: 9\r\n\r\n\x1b[2J oops"
        )

    async with door(answer) as (http, server, _):
        with pytest.raises(BadReply) as caught:
            await http.request("GET", server.url)
        assert "\x1b" not in str(caught.value)
        assert "\x07" not in str(caught.value)
        assert "\x1b" not in (await http.request("GET", server.url, accept=[500])).headers["x-a"]


async def test_no_error_holds_a_credential(caplog: pytest.LogCaptureFixture) -> None:
    secret = "canary-4f9d2c7a81"

    async def echo(asked: servers.Asked, writer: object) -> None:
        await servers.reply(f"bad token {asked.headers['authorization']} at {asked.target}", 403)(asked, writer)  # type: ignore[arg-type]

    caplog.set_level("DEBUG")
    async with door(echo) as (http, server, _):
        for url in (f"{server.url}/?access_token={secret}", f"http://bad host/{secret}?token={secret}"):
            with pytest.raises((Refused, Unreachable)) as caught:
                await http.request("GET", url, headers={"authorization": f"Bearer {secret}"})
            assert secret not in str(caught.value)
    assert secret not in caplog.text


async def test_a_token_that_is_no_header_is_refused_before_anything_leaves() -> None:
    async with door(servers.reply({})) as (http, server, _):
        with pytest.raises(Refused):
            await http.request("GET", server.url, headers={"authorization": "Bearer a\r\nX: y"})
        assert not server.asked


async def test_user_and_password_in_an_address_become_basic_authorization() -> None:
    async with door(servers.reply({})) as (http, server, _):
        await http.request("GET", server.url.replace("//", "//me:p%40ss@"))
        assert server.asked[0].headers["authorization"] == "Basic bWU6cEBzcw=="
        assert "@" not in server.asked[0].target


# --- streams ----------------------------------------------------------------------------------------------------------


async def test_server_sent_events() -> None:
    parts = [
        b':thump\r\n\r\nevent: update\r\ndata: {"a":',
        b" 1}\r\ndata: two\r\nid: 9\r",
        b"\n\r\ndata:\xc3",
        b"\xa9\n\n",
    ]

    async def answer(_asked: servers.Asked, writer: object) -> None:
        writer.write(servers.head(200, {"content-type": "text/event-stream"}))  # type: ignore[attr-defined]
        for part in parts:
            writer.write(part)  # type: ignore[attr-defined]
            await writer.drain()  # type: ignore[attr-defined]
            await settle()
        writer.close()  # type: ignore[attr-defined]

    async with door(answer) as (http, server, _):
        heard: list[ServerSentEvent] = []
        with pytest.raises(Unreachable, match="ended"):
            await read_on(
                http.events(server.url, params={"stream": "user"}, headers={"authorization": "Bearer x"}), heard
            )
        assert [(e.event, e.data, e.id) for e in heard] == [
            ("open", "", ""),
            ("update", '{"a": 1}\ntwo', "9"),
            ("message", "é", "9"),
        ]
        assert server.asked[0].headers["accept"] == "text/event-stream"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.html(), BadReply),
        (servers.reply({}, 401), LoginNeeded),
        (servers.reply({}, 404), Gone),
        (servers.reply({}, 503), BadReply),
        (servers.redirect("http://10.0.0.1/"), Refused),
        (servers.silent(), Unreachable),
        (servers.hanging(), Unreachable),
    ],
)
async def test_a_stream_that_does_not_begin(answer: Answer, kind: type[RoomError]) -> None:
    async with door(answer, patience=0.4) as (http, server, _):
        with pytest.raises(kind):
            await read_on(http.events(server.url), [])


async def test_a_stream_without_a_line_end_or_without_life_is_left() -> None:
    def starting(then: bytes) -> Answer:
        async def answer(_asked: servers.Asked, writer: object) -> None:
            writer.write(servers.head(200, {"content-type": "text/event-stream"}))  # type: ignore[attr-defined]
            while then:
                writer.write(then)  # type: ignore[attr-defined]
                await writer.drain()  # type: ignore[attr-defined]
            await servers.hanging()(_asked, writer)  # type: ignore[arg-type]

        return answer

    for sent, kind in ((b"data: " + b"x" * 60_000, BadReply), (b"", Unreachable)):
        async with door(starting(sent)) as (http, server, _):
            with pytest.raises(kind):
                await read_on(http.events(server.url, idle=0.3), [])
