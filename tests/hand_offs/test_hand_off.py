"""Hand-offs from the command to a real socket and back: what is told there, what is kept, and what is never said."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec
import pytest
from support import servers
from support.clock import HeldClock
from support.connecting import connecting
from support.mail_server import mailing
from support.posts import post
from support.servers import Answer, serving

from socialroom.domain import requests as r
from socialroom.domain.case import Case
from socialroom.domain.errors import (
    ConfigError,
    Conflict,
    LoginNeeded,
    Missing,
    NotAllowed,
    OutcomeUnknown,
    RateLimited,
    Refused,
    RoomError,
    StoreError,
    Unreachable,
)
from socialroom.domain.hand_off import CareWay
from socialroom.domain.operator import Operator, Role
from socialroom.domain.person import Author
from socialroom.domain.post import Post, PostKind
from socialroom.domain.roles import RIGHTS
from socialroom.domain.specs import MailSettings
from socialroom.domain.text import SafeText
from socialroom.engine.hand_off import HandOffs
from socialroom.engine.ledger import Ledger
from socialroom.engine.roles import Roles
from socialroom.hand_offs.mail import HAND_OFF as MAIL
from socialroom.hand_offs.mail import MailHandOffSettings
from socialroom.hand_offs.webhook import HAND_OFF as WEBHOOK
from socialroom.hand_offs.webhook import WebhookSettings
from socialroom.stores.memory import MemoryDesk

LEA = Operator(name=SafeText("Léa"), role=Role.COMMUNITY)
MARC = Operator(name=SafeText("Marc"), role=Role.HEAD)
TALK = "small:root"
SECRET_WORDS = "Ma box est morte, rappelez-moi."


class Room:
    """A desk with one case, and the ways it is given."""

    def __init__(
        self, ways: Mapping[str, CareWay], *, asked: Post | None = None, disk: MemoryDesk | None = None
    ) -> None:
        self.clock = HeldClock()
        self.asked = asked or post(
            1,
            uri=TALK,
            network="mastodon",
            text=SafeText(SECRET_WORDS),
            kind=PostKind.MENTION,
            url="https://social.example/@claire/1",
            author=Author(id="9", handle=SafeText("claire@social.example")),
        )
        self.disk = disk or MemoryDesk()
        self.events: list[object] = []
        self.ledger = Ledger(self.disk, self.clock, self.events.append)
        roles = Roles(RIGHTS, lambda: self.ledger.items)
        self.care = HandOffs(
            ledger=self.ledger,
            roles=roles,
            ways=ways,
            find_post={self.asked.uri: self.asked}.get,
            clock=self.clock,
            brand="Aurelia",
        )

    async def hand_off(self, operator: Operator = LEA, **fields: Any) -> r.Done:
        command = r.HandOff(**({"conversation": TALK, "via": "care", "note": "Rappel ce soir"} | fields))
        done = self.care.commands()[r.HandOff](command, operator)
        assert not isinstance(done, r.Done)
        return await done

    @property
    def case(self) -> Case:
        return self.ledger.case(TALK)

    def acts(self) -> list[str]:
        return [entry.act for entry in self.disk.log()]


@contextlib.asynccontextmanager
async def by_webhook(
    answer: Answer, *, token: str = "", path: str = "/care", disk: MemoryDesk | None = None, **settings: Any
) -> AsyncIterator[tuple[Room, servers.Server]]:
    async with (
        serving(answer) as server,
        connecting(server.url, source="care", secrets={"token": token} if token else {}) as context,
    ):
        yield (
            Room({"care": WEBHOOK.build(WebhookSettings(url=server.url + path, **settings), context)}, disk=disk),
            server,
        )


@contextlib.asynccontextmanager
async def by_mail(password: str = "", **how: Any) -> AsyncIterator[tuple[Room, Any]]:
    async with mailing(**how) as server, connecting(source="care") as context:
        if password:
            context.secrets.put("mail.password", password)
        mail = MailSettings(
            host="127.0.0.1",
            port=server.port,
            tls="none",
            login="room" if password else "",
            sender="room@aurelia.example",
        )
        way = MAIL.build(MailHandOffSettings(to="care@aurelia.example"), _with(context, mail))
        yield Room(MappingProxyType({"care": way})), server


def _with(context: Any, mail: MailSettings) -> Any:
    return msgspec.structs.replace(context, mail=mail)


async def test_care_is_told_who_asks_what_where_and_answers_with_a_ticket() -> None:
    async with by_webhook(servers.reply({"ticket": "CC-4711"})) as (room, server):
        done = await room.hand_off()
        assert done.text == "CC-4711"
        (asked,) = server.asked
        told = json.loads(asked.body)
        assert told.pop("key") == asked.headers["idempotency-key"]
        assert told == {
            "case": TALK,
            "network": "mastodon",
            "handle": "@claire@social.example",
            "text": SECRET_WORDS,
            "link": "https://social.example/@claire/1",
            "note": "Rappel ce soir",
            "by": "Léa",
            "brand": "Aurelia",
        }
        assert room.case.ticket == "CC-4711"
        assert room.case.handed is not None
        assert room.case.handed.known
        assert room.acts() == ["hand-off begun", "handed off"]


async def test_the_log_has_way_and_ticket_and_nobody_s_words() -> None:
    async with by_webhook(servers.reply({"ticket": "CC-1"}), token="sesame") as (room, server):
        await room.hand_off()
        last = room.disk.log()[-1]
        assert last.fields == {"via": "care", "ticket": "CC-1"}
        said = repr(room.disk.log())
        assert SECRET_WORDS not in said
        assert "Rappel" not in said
        assert "sesame" not in said
        assert server.asked[0].headers["authorization"] == "Bearer sesame"


async def test_the_intent_is_on_disk_before_anybody_is_called() -> None:
    disk = MemoryDesk()
    seen: list[Case] = []

    async def look(asked: servers.Asked, writer: asyncio.StreamWriter) -> None:
        seen.append(disk.load(Case)[TALK])
        await servers.reply({"ticket": "1"})(asked, writer)

    async with by_webhook(look, disk=disk) as (room, server):
        await room.hand_off()
        (before,) = seen
        assert before.handed is not None
        assert not before.handed.known
        assert before.handed.key == server.asked[0].headers["idempotency-key"]


async def test_a_disk_that_refuses_calls_nobody() -> None:
    class Full(MemoryDesk):
        def commit(self, *_a: Any, **_k: Any) -> Any:
            raise StoreError("the disk is full")

    async with by_webhook(servers.reply({"ticket": "1"}), disk=Full()) as (room, server):
        with pytest.raises(StoreError):
            await room.hand_off()
        assert server.asked == []


@pytest.mark.parametrize(
    ("answer", "field", "ticket"),
    [
        ({"data": {"id": 42}}, "data.id", "42"),
        ({"number": "A\x1b]0;owned\x07-7\u202e"}, "number", "A␛]0;owned␇-7"),
        ({"ticket": True}, "ticket", ""),
        ({"ticket": ["1"]}, "ticket", ""),
        ({}, "ticket", ""),
        ([1, 2], "ticket", ""),
        ("x" * 500, "ticket", ""),
    ],
)
async def test_whatever_comes_back_is_a_clean_ticket_or_none(answer: Any, field: str, ticket: str) -> None:
    async with by_webhook(servers.reply(answer), ticket=field) as (room, _server):
        assert (await room.hand_off()).text == ticket
        assert room.case.ticket == ticket


async def test_the_same_again_makes_no_second_ticket_and_again_on_purpose_has_a_key_of_its_own() -> None:
    answer = servers.in_turn(servers.reply({"ticket": "1"}), servers.reply({"ticket": "2"}))
    async with by_webhook(answer) as (room, server):
        await room.hand_off()
        assert (await room.hand_off()).text == "1"
        assert len(server.asked) == 1
        assert (await room.hand_off(again=True)).text == "2"
        first, second = (a.headers["idempotency-key"] for a in server.asked)
        assert first != second
        assert room.case.ticket == "2"


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (servers.reply("no", 404), Refused),
        (servers.reply("no", 422), Refused),
        (servers.reply("", 401), LoginNeeded),
        (servers.reply("", 429, retry_after="7"), RateLimited),
    ],
)
async def test_what_certainly_failed_names_the_place_and_leaves_nothing(answer: Answer, kind: type[RoomError]) -> None:
    async with by_webhook(answer, token="T-CANARY") as (room, server):
        with pytest.raises(kind, match=r"NOT handed over, care does not have it") as caught:
            await room.hand_off()
        assert "CANARY" not in str(caught.value)
        assert room.case.handed is None
        assert room.case.ticket == ""
        assert room.acts() == ["hand-off begun", "hand-off failed"]
        server.answer = servers.reply({"ticket": "9"})
        if kind is not RateLimited:  # which is waited for
            assert (await room.hand_off()).text == "9"


async def test_nobody_there_is_said() -> None:
    url = f"http://127.0.0.1:{await servers.free_port()}"
    async with connecting(url, source="care") as context:
        room = Room({"care": WEBHOOK.build(WebhookSettings(url=url), context)})
        with pytest.raises(Unreachable, match="NOT handed over, care"):
            await room.hand_off()
        assert room.case.handed is None


@pytest.mark.parametrize("answer", [servers.silent(), servers.truncated(), servers.reply("", 500), servers.html()])
async def test_an_unknown_outcome_is_asked_about_and_never_repeated_by_itself(answer: Answer) -> None:
    async with by_webhook(answer) as (room, server):
        with pytest.raises(OutcomeUnknown, match="nobody knows whether care has it"):
            await room.hand_off()
        calls = len(server.asked)
        server.answer = servers.reply({"ticket": "5"})
        with pytest.raises(Conflict, match="nobody knows whether care has it"):
            await room.hand_off()
        assert len(server.asked) == calls
        await room.hand_off(
            again=True
        )  # a person says so: the same key, so that a service that knows it makes no second
        assert server.asked[-1].headers["idempotency-key"] == server.asked[0].headers["idempotency-key"]
        assert room.case.ticket == "5"


async def test_after_a_crash_in_the_middle_nobody_knows_either_and_a_person_may_have_seen_the_ticket() -> None:
    disk = MemoryDesk()
    async with by_webhook(servers.hanging(), disk=disk) as (room, server):
        call = asyncio.create_task(room.hand_off())
        while not server.asked:
            await asyncio.sleep(0)
        with pytest.raises(Conflict, match="Léa is handing it over at this moment"):
            await room.hand_off(MARC)
        call.cancel()
        await asyncio.gather(call, return_exceptions=True)
    async with by_webhook(servers.reply({"ticket": "6"}), disk=disk) as (room, server):
        with pytest.raises(Conflict, match="nobody knows"):
            await room.hand_off()
        done = await room.hand_off(ticket=" CC-8\n")
        assert done.text == room.case.ticket == "CC-8"
        assert server.asked == []
        with pytest.raises(Conflict):
            await room.hand_off(ticket="CC-9")


async def test_private_messages_are_handed_off_only_by_those_who_may_read_them() -> None:
    asked = post(1, uri=TALK, kind=PostKind.MESSAGE, visibility="direct", text=SafeText("secret"))
    analyst = Operator(name=SafeText("Ana"), role=Role.ANALYST)
    async with by_webhook(servers.reply({"ticket": "1"})) as (public, server):
        room = Room(public.care._ways, asked=asked)
        with pytest.raises(NotAllowed):
            await room.hand_off(analyst)
        assert server.asked == []
        assert (await room.hand_off(LEA)).text == "1"


async def test_a_way_that_is_not_declared_is_named() -> None:
    with pytest.raises(Missing, match="no way to customer care"):
        await Room({}).hand_off()
    async with by_webhook(servers.reply({"ticket": "1"})) as (room, _server):
        with pytest.raises(Missing, match=r"called phone.*care"):
            await room.hand_off(via="phone")
        assert (await room.hand_off(via="")).text == "1"  # the only one


async def test_a_fault_of_the_way_itself_is_an_unknown_outcome() -> None:
    class Faulty:
        async def hand_off(self, _request: object) -> str:
            raise ZeroDivisionError

    room = Room({"care": Faulty()})
    with pytest.raises(OutcomeUnknown, match="ZeroDivisionError"):
        await room.hand_off()
    with pytest.raises(Conflict):
        await room.hand_off()


async def test_a_mail_goes_out_with_a_ticket_of_our_own_in_its_subject() -> None:
    async with by_mail() as (room, server):
        done = await room.hand_off()
        assert done.text == room.case.ticket == "SR-20260901-001"
        mail = email.message_from_string(server.mails[0], policy=email.policy.default)
        assert mail["subject"] == "[SR-20260901-001] Aurelia: @claire@social.example (Mastodon)"
        assert mail["from"] == "room@aurelia.example"
        assert mail["to"] == "care@aurelia.example"
        assert room.case.handed is not None
        assert mail["message-id"] == f"<{room.case.handed.key}@aurelia.example>"
        text = mail.get_content()  # type: ignore[attr-defined]
        assert f"> {SECRET_WORDS}" in text
        assert "https://social.example/@claire/1" in text
        assert "Rappel ce soir" in text
        assert "MAIL FROM:<room@aurelia.example>" in " ".join(server.said).replace("mail FROM", "MAIL FROM")
        assert (await room.hand_off(again=True)).text == "SR-20260901-002"
        await room.clock.advance(timedelta(days=1).total_seconds())
        assert (await room.hand_off(again=True)).text == "SR-20260902-001"


async def test_hostile_words_add_no_header_and_end_no_mail() -> None:
    evil = "x\r\nBcc: everybody@evil.example\r\n.\r\nMAIL FROM:<evil@evil.example>\r\n\ud800\x1b[2J"
    asked = post(1, uri=TALK, text=SafeText(evil), author=Author(id="1", handle=SafeText("a\r\nBcc: x@evil.example")))
    async with by_mail() as (plain, server):
        room = Room(plain.care._ways, asked=asked)
        await room.hand_off(note=evil)
        (mail,) = server.mails
        head = mail.partition("\r\n\r\n")[0]
        assert not [line for line in head.split("\r\n") if line.lower().startswith("bcc")]
        assert not [line for line in server.said if "evil" in line]
        assert "\x1b" not in mail


@pytest.mark.parametrize(
    ("how", "kind"),
    [
        ({"refuse": {"RCPT": "550 nobody of that name"}}, Refused),
        ({"refuse": {"MAIL": "451 not now"}}, Refused),
        ({"refuse": {"DATA": "554 no"}}, Refused),
        ({"refuse": {".": "552 too much"}}, Refused),
        ({"cut": "RCPT"}, Unreachable),
        ({"cut": "DATA"}, OutcomeUnknown),  # whether the words left nobody can say for sure: it is asked about
        ({"cut": "."}, OutcomeUnknown),
    ],
)
async def test_a_mail_that_fails_is_said_as_what_it_is(how: dict[str, Any], kind: type[RoomError]) -> None:
    async with by_mail(**how) as (room, server):
        with pytest.raises(kind, match="care"):
            await room.hand_off()
        assert server.mails == []
        assert room.case.ticket == ""
        assert (room.case.handed is None) == (kind is not OutcomeUnknown)


async def test_the_password_is_a_secret_and_a_wrong_one_is_said_without_it() -> None:
    async with by_mail(password="open-CANARY") as (room, server):
        await room.hand_off()
        assert server.logins == ["\0room\0open-CANARY"]
    async with by_mail(password="open-CANARY", refuse={"AUTH": "535 no"}) as (room, server):
        with pytest.raises(LoginNeeded, match=r"refuses the login of room") as caught:
            await room.hand_off()
        assert "CANARY" not in str(caught.value)
        assert server.mails == []


async def test_a_server_without_the_encryption_that_is_asked_for_gets_nothing() -> None:
    async with mailing() as server, connecting(source="care") as context:
        mail = MailSettings(host="127.0.0.1", port=server.port, sender="room@aurelia.example")
        way = MAIL.build(MailHandOffSettings(to="care@aurelia.example"), _with(context, mail))
        with pytest.raises(Refused, match="STARTTLS"):
            await Room({"care": way}).hand_off()
        assert server.mails == []


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A certificate for 127.0.0.1 that signs itself, made by the openssl command."""
    folder = tmp_path_factory.mktemp("tls")
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "3650",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem"],
        cwd=folder, capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip("the openssl command is not there")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context, folder / "cert.pem"


@pytest.mark.parametrize("tls", ["starttls", "implicit"])
async def test_a_mail_and_its_password_go_encrypted_to_a_server_that_proves_who_it_is(
    authority: tuple[ssl.SSLContext, Path], tls: Any
) -> None:
    served, certificate = authority
    async with mailing(tls=served, implicit=tls == "implicit") as server, connecting(source="care") as context:
        context.secrets.put("mail.password", "sesame")
        mail = MailSettings(
            host="127.0.0.1", port=server.port, tls=tls, login="room", sender="room@aurelia.example",
            ca_file=str(certificate),
        )  # fmt: skip
        settings = MailHandOffSettings(to="care@aurelia.example")
        room = Room({"care": MAIL.build(settings, _with(context, mail))})
        assert (await room.hand_off()).text == "SR-20260901-001"
        assert server.logins == ["\0room\0sesame"]
        assert len(server.mails) == 1
        unknown = _with(context, msgspec.structs.replace(mail, ca_file=""))  # signed by nobody that this machine trusts
        with pytest.raises(Unreachable, match=r"NOT handed over, care.*certificate"):
            await Room({"care": MAIL.build(settings, unknown)}).hand_off()
        assert len(server.mails) == len(server.logins) == 1


@pytest.mark.parametrize("address", ["", "nobody", "a b@c", "a@b\r\nBcc: c@d", "é@b.example", "@b.example", "a@"])
async def test_an_address_that_is_none_is_refused_before_anything_starts(address: str) -> None:
    async with connecting(source="care") as context:
        mail = MailSettings(host="127.0.0.1", sender="room@aurelia.example")
        with pytest.raises(ConfigError, match="not a mail address"):
            MAIL.build(MailHandOffSettings(to=address), _with(context, mail))
