"""The bell through apprise, over a real socket; and what is said where it cannot ring."""

from __future__ import annotations

import json
import sys

import pytest
from support import servers
from support.connecting import connecting
from support.servers import serving

from socialroom.domain.alert import Finding
from socialroom.domain.errors import BadReply, LoginNeeded, Refused, RoomError
from socialroom.domain.value import Message
from socialroom.notifiers.apprise import NOTIFIER, AppriseSettings

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what apprise loads

FOUND = Finding(key="keyword:panne", headline=Message(template="panne"), severity=3)
LINE = "Aurelia: panne · 84 in 15 min"
TOKEN = "sesame-CANARY"


async def ring(address: str, url: str, **secrets: str) -> None:
    async with connecting(url, source="chat", secrets=secrets) as context:
        await NOTIFIER.build(AppriseSettings(to=address), context).notify(FOUND, LINE)


async def test_a_ring_is_one_post_of_the_line() -> None:
    pytest.importorskip("apprise")
    async with serving(servers.reply({"ok": True})) as server:
        await ring(server.url.replace("http://", "json://") + "/{token}", server.url, token=TOKEN)
        (asked,) = server.asked
    assert TOKEN in asked.path
    body = json.loads(asked.body)
    assert (body["message"], body["type"]) == (LINE, "failure")


async def test_a_service_that_refuses_leaves_nobody_sure_and_no_secret_is_said() -> None:
    pytest.importorskip("apprise")
    async with serving(servers.reply(status=500)) as server:
        with pytest.raises(BadReply) as error:
            await ring("", server.url, to=server.url.replace("http://", "json://") + f"/{TOKEN}")
    assert TOKEN not in str(error.value)


async def test_an_address_that_it_does_not_know_is_refused_without_being_said() -> None:
    pytest.importorskip("apprise")
    with pytest.raises(Refused) as error:
        await ring("", "http://localhost", to=f"nothing-such://{TOKEN}")
    assert TOKEN not in str(error.value)


@pytest.mark.parametrize(("to", "secret"), [("", "chat.to"), ("json://localhost/{token}", "chat.token")])
async def test_a_missing_secret_is_named(to: str, secret: str) -> None:
    with pytest.raises(LoginNeeded, match=secret):
        await ring(to, "http://localhost")


async def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(RoomError, match=r"socialroom\[apprise\]"):
        await ring("json://localhost", "http://localhost")
