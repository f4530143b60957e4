"""The webhook over a real socket: what is sent, what is said when it fails, and where the token never goes."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from support import servers
from support.connecting import connecting
from support.servers import Answer, serving

from socialroom.domain.alert import Finding
from socialroom.domain.errors import BadReply, LoginNeeded, RateLimited, Refused, RoomError, SourceError, Unreachable
from socialroom.domain.value import Message
from socialroom.notifiers.webhook import NOTIFIER, WebhookSettings

TOKEN = "T00CANARY/B11CANARY/sesame"
FOUND = Finding(
    key="keyword:panne",
    headline=Message(template="panne"),
    severity=3,
    figures={"count": 84.0, "usual": 3.0},
    posts=("https://x/1", "https://x/2"),
    authors=31,
    since=datetime(2026, 9, 1, 14, 31, tzinfo=UTC),
)
LINE = "Aurelia: panne · 84 in 15 min"


async def ring(answer: Answer, *, token: str = "", path: str = "/hook", **settings: object) -> servers.Asked:
    async with (
        serving(answer) as server,
        connecting(server.url, source="chat", secrets={"token": token} if token else {}) as context,
    ):
        webhook = NOTIFIER.build(WebhookSettings(url=server.url + path, **settings), context)  # type: ignore[arg-type]
        await webhook.notify(FOUND, LINE)
        (asked,) = server.asked
        return asked


async def test_one_ring_is_one_post_with_the_line_and_the_figures() -> None:
    asked = await ring(servers.reply({"ok": True}))
    assert (asked.method, asked.path) == ("POST", "/hook")
    assert asked.headers["content-type"] == "application/json"
    assert "authorization" not in asked.headers
    assert json.loads(asked.body) == {
        "text": LINE,
        "key": "keyword:panne",
        "severity": 3,
        "figures": {"count": 84.0, "usual": 3.0},
        "authors": 31,
        "since": "2026-09-01T14:31:00+00:00",
        "posts": ["https://x/1", "https://x/2"],
    }


async def test_a_service_that_wants_one_field_of_another_name_gets_that() -> None:
    asked = await ring(servers.reply(status=204), text_as="content", only_text=True)
    assert json.loads(asked.body) == {"content": LINE}


async def test_the_secret_goes_into_the_header_or_where_the_address_wants_it() -> None:
    asked = await ring(servers.reply(), token=TOKEN)
    assert asked.headers["authorization"] == f"Bearer {TOKEN}"
    asked = await ring(servers.reply(), token=TOKEN, path="/services/{token}")
    assert asked.path == f"/services/{TOKEN}"
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("body", ["ok", "", "accepted"])
async def test_a_plain_word_that_is_called_html_is_an_answer(body: str) -> None:
    await ring(servers.reply(body, content_type="text/html"))


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.reply("no_service", 404), Refused),
        (servers.reply("invalid_payload", 400), Refused),
        (servers.reply("", 401), LoginNeeded),
        (servers.reply("", 429, retry_after="7"), RateLimited),
        (servers.reply("", 500), BadReply),
        (servers.redirect("http://127.0.0.1:1/elsewhere", 307), Refused),
        (servers.html(), BadReply),
        (servers.silent(), BadReply),
        (servers.truncated(), BadReply),
    ],
)
async def test_what_fails_is_one_of_our_errors_and_is_sent_once(answer: Answer, kind: type[RoomError]) -> None:
    async with serving(answer) as server, connecting(server.url, source="chat") as context:
        webhook = NOTIFIER.build(WebhookSettings(url=f"{server.url}/hook"), context)
        with pytest.raises(kind) as caught:
            await webhook.notify(FOUND, LINE)
        assert isinstance(caught.value, SourceError)
        assert len(server.asked) == 1


async def test_nobody_there_is_unreachable_so_that_it_may_be_tried_again() -> None:
    url = f"http://127.0.0.1:{await servers.free_port()}"
    async with connecting(url, source="chat") as context:
        with pytest.raises(Unreachable):
            await NOTIFIER.build(WebhookSettings(url=url), context).notify(FOUND, LINE)


async def test_an_address_that_waits_for_its_token_says_which_secret_is_missing() -> None:
    with pytest.raises(LoginNeeded, match=r"chat\.token"):
        await ring(servers.reply(), path="/services/{token}")


@pytest.mark.parametrize("status", [400, 404, 429, 500])
async def test_a_server_that_repeats_the_address_gives_the_token_away_to_nobody(status: int) -> None:
    with pytest.raises(SourceError) as caught:
        await ring(
            servers.reply(f"Cannot POST /services/{TOKEN}\x1b[31m", status), token=TOKEN, path="/services/{token}"
        )
    said = f"{caught.value} {caught.value.problem()}"
    assert "CANARY" not in said
    assert "\x1b" not in said
