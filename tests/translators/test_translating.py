"""Translation, from the question to a real socket that speaks LibreTranslate's interface, and back to the screen."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clock import HeldClock, settle
from support.connecting import connecting
from support.keyed_app import screen_lines
from support.local_room import TestRoom, running
from support.panes_host import PanesHost
from support.seats import calm, console, hear, seated, shown
from support.servers import Asked, Server, serving

from socialroom import discovery
from socialroom.bootstrap import build_room
from socialroom.config.paths import place
from socialroom.config.settings import load
from socialroom.domain import requests as r
from socialroom.domain.errors import ConfigError, Missing, NotAllowed, RoomError, SourceError
from socialroom.domain.operator import Operator, Role
from socialroom.domain.post import PostKind
from socialroom.domain.specs import TranslatorSpec
from socialroom.domain.text import SafeText, is_clean
from socialroom.domain.tone import Language
from socialroom.domain.translation import Translation, Translator
from socialroom.translators.libretranslate import LIBRETRANSLATE, LibreTranslateSettings
from socialroom.tui.panes.thread import PANE, ThreadPane

LANGUAGES = [
    {"code": "fr", "name": "French", "targets": ["en", "fr"]},
    {"code": "en", "name": "English", "targets": ["en", "fr"]},
]
KEY = "s3cret-key"
Said = Callable[[Asked], tuple[int, Any]]


def translates(asked: Asked) -> tuple[int, Any]:
    """What a server of that kind answers."""
    if asked.path == "/languages":
        return 200, LANGUAGES
    body = json.loads(asked.body)
    said: dict[str, Any] = {"translatedText": f"[{body['target']}] {body['q']}"}
    if body["source"] == "auto":
        said["detectedLanguage"] = {"confidence": 90, "language": "fr"}
    return 200, said


@contextlib.asynccontextmanager
async def service(said: Said = translates, key: str = "") -> AsyncIterator[tuple[Translator, Server]]:
    async def answer(asked: Asked, writer: asyncio.StreamWriter) -> None:
        status, body = said(asked)
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        head = f"HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n\r\n"
        writer.write(head.encode() + raw)

    async with (
        serving(answer) as server,
        connecting(server.url, source="libretranslate", secrets={"key": key} if key else {}) as context,
    ):
        yield LIBRETRANSLATE.build(LibreTranslateSettings(url=server.url + "/"), context), server


# --- the contract of every service --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", discovery.names("socialroom.translators"))
def test_every_service_says_what_it_is(name: str) -> None:
    spec = discovery.load("socialroom.translators", name, TranslatorSpec)
    assert spec.title
    assert spec.settings.__struct_config__.forbid_unknown_fields


async def test_a_text_is_sent_with_its_language_and_comes_back_in_another() -> None:
    async with service() as (translator, server):
        assert await translator.translate("bonjour", "fr", "en") == Translation(
            text=SafeText("[en] bonjour"), source="fr"
        )
        assert await translator.translate("bonjour", "", "en") == Translation(
            text=SafeText("[en] bonjour"), source="fr"
        )
        assert await translator.translate("czesc", "pl", "en") == Translation(text=SafeText("[en] czesc"), source="fr")
        assert [a.path for a in server.asked] == ["/languages", *["/translate"] * 3]
        assert [json.loads(a.body)["source"] for a in server.asked[1:]] == ["fr", "auto", "auto"]
        assert json.loads(server.asked[1].body) == {"q": "bonjour", "source": "fr", "target": "en", "format": "text"}


async def test_a_language_that_it_does_not_know_is_named_and_nothing_is_sent() -> None:
    async with service() as (translator, server):
        with pytest.raises(Missing, match=r"hy.*en, fr"):
            await translator.translate("bonjour", "fr", "hy")
        assert [a.path for a in server.asked] == ["/languages"]


async def test_a_key_travels_in_the_body_and_is_said_to_nobody() -> None:
    def refuses(asked: Asked) -> tuple[int, Any]:
        return (200, LANGUAGES) if asked.path == "/languages" else (403, {"error": f"invalid key {KEY}"})

    async with service(refuses, key=KEY) as (translator, server):
        with pytest.raises(SourceError) as caught:
            await translator.translate("bonjour", "fr", "en")
        assert json.loads(server.asked[1].body)["api_key"] == KEY
        assert KEY not in str(caught.value)
        assert "socialroom login libretranslate" in str(caught.value)


@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"[]", b"{}", b'{"translatedText": 7}', b"<html>", b"\xff\xfe", b'{"translatedText": null}'],
)
@pytest.mark.parametrize("path", ["/languages", "/translate"])
async def test_a_broken_answer_is_an_error_of_the_service(path: str, body: bytes) -> None:
    async with service(lambda a: (200, body) if a.path == path else translates(a)) as (translator, _server):
        with pytest.raises(RoomError):
            await translator.translate("bonjour", "fr", "en")


async def test_it_recovers_once_the_server_does() -> None:
    down = True
    async with service(lambda a: (500, {"error": "down"}) if down else translates(a)) as (translator, _server):
        with pytest.raises(SourceError):
            await translator.translate("bonjour", "fr", "en")
        down = False
        assert (await translator.translate("bonjour", "fr", "en")).text == "[en] bonjour"


@settings(max_examples=20, deadline=None)
@given(st.text(max_size=60), st.text(max_size=20))
def test_whatever_it_says_is_cleaned(said: str, detected: str) -> None:
    def answers(asked: Asked) -> tuple[int, Any]:
        if asked.path == "/languages":
            return 200, LANGUAGES
        return 200, {"translatedText": said, "detectedLanguage": {"language": detected}}

    async def ask() -> Translation:
        async with service(answers) as (translator, _server):
            return await translator.translate("bonjour", "", "en")

    found = asyncio.run(ask())
    assert is_clean(found.text)
    assert is_clean(found.source)


# --- the room -----------------------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def room(**plan: Any) -> AsyncIterator[tuple[TestRoom, Server]]:
    async with service() as (translator, server), running(clock=HeldClock(), translator=translator, **plan) as found:
        found.source.say(
            found.post(1, "plus de réseau", language=Language(code="fr", confidence=1.0), title=SafeText("")),
            found.post(2, "en privé", kind=PostKind.MESSAGE, visibility="direct", title=SafeText("")),
            found.post(3, "", title=SafeText("")),
        )
        await settle()
        yield found, server


async def test_a_post_is_translated_and_nothing_of_it_is_kept() -> None:
    async with room() as (found, _server):
        said = await found.seat().view(r.TranslatePost(uri="small:1", to="en"))
        assert said == r.Translated(uri="small:1", text=SafeText("[en] plus de réseau"), source="fr", to="en")
        page = await found.seat().view(r.SearchCache(query="réseau"))
        assert isinstance(page, r.Page)
        assert [p.text for p in page.posts] == ["plus de réseau"]


async def test_private_messages_are_translated_only_where_the_room_says_so() -> None:
    async with room() as (found, server):
        with pytest.raises(NotAllowed, match="private = true"):
            await found.seat().view(r.TranslatePost(uri="small:2", to="en"))
        with pytest.raises(NotAllowed):
            await found.seat(Role.ANALYST).view(r.TranslatePost(uri="small:2", to="en"))
        assert server.asked == []
    async with room(translates_private=True) as (found, _server):
        said = await found.seat().view(r.TranslatePost(uri="small:2", to="en"))
        assert isinstance(said, r.Translated)
        assert said.text == "[en] en privé"
        with pytest.raises(NotAllowed):
            await found.seat(Role.ANALYST).view(r.TranslatePost(uri="small:2", to="en"))


async def test_without_a_service_no_text_leaves_and_the_key_says_what_to_write() -> None:
    async with running(clock=HeldClock()) as found:
        found.source.say(found.post(1))
        await settle()
        with pytest.raises(Missing, match=r"\[translate\].*libretranslate"):
            await found.seat().view(r.TranslatePost(uri="small:1", to="en"))


async def test_what_is_not_there_or_says_nothing_is_not_asked_about() -> None:
    async with room() as (found, server):
        for uri in ("small:3", "small:99"):
            with pytest.raises(Missing):
                await found.seat().view(r.TranslatePost(uri=uri, to="en"))
        guest = found.room.seat(Operator(name=SafeText("Zoé"), role=Role.GUEST, country="BE"))
        with pytest.raises(NotAllowed):
            await guest.view(r.TranslatePost(uri="small:1", to="en"))
        assert server.asked == []


# --- room.toml ----------------------------------------------------------------------------------------------------

ROOM = """[room]
name = "Aurelia"
store = "memory"
[[source]]
network = "hackernews"
query = "aurelia"
"""


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[translate]\nurl = "https://t.example"\n', 7, "via is missing"),
        ('[translate]\nvia = "pigeon"\nurl = "https://t.example"\n', 8, "called pigeon.*libretranslate"),
        ('[translate]\nvia = "libretranslate"\n', 7, "url"),
        ('[translate]\nvia = "libretranslate"\nurl = "t.example"\n', 9, "is not an address"),
        ('[translate]\nvia = "libretranslate"\nurl = "https://t.example"\nprivate = "yes"\n', 10, "private"),
        ('[translate]\nvia = "libretranslate"\nurl = "https://t.example"\ncolour = "blue"\n', 10, "colour"),
        ("[[translate]]\n", 7, "not written as a table"),
    ],
)
async def test_a_mistake_is_named_with_its_line(tmp_path: Path, text: str, line: int, said: str) -> None:
    file = tmp_path / "room.toml"
    file.write_text(ROOM + text, encoding="utf-8")
    with pytest.raises(ConfigError, match=said) as caught:
        build_room(load(file), place(file, root=tmp_path))
    assert line in (0, caught.value.line), str(caught.value)


async def test_a_room_with_a_service_is_built(tmp_path: Path) -> None:
    file = tmp_path / "room.toml"
    table = '[translate]\nvia = "libretranslate"\nurl = "http://127.0.0.1:1"\nprivate = true\n'
    file.write_text(ROOM + table, encoding="utf-8")
    await build_room(load(file), place(file, root=tmp_path)).aclose()


# --- the screen ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_thread_shows_it_under_the_post_as_long_as_it_is_open(size: tuple[int, int]) -> None:
    app = PanesHost(PANE)
    app.load()
    first, second = (
        TestRoom(clock=HeldClock()).post(n, text, root="t", title=SafeText(""))
        for n, text in ((1, "plus de réseau"), (2, "ici aussi"))
    )
    app.page = r.Page(posts=(first, second))
    async with app.run_test(size=size) as pilot:
        assert isinstance(app.pane, ThreadPane)
        app.pane.show(first.uri, first)
        await pilot.pause()
        app.page = r.Translated(uri=first.uri, text=SafeText("no signal any more"), source="fr", to="en")  # type: ignore[assignment]
        app.pane.translate(first)
        await pilot.pause()
        assert app.asked[-1] == r.TranslatePost(uri=first.uri, to="en")
        lines = "\n".join(screen_lines(app))
        places = [
            lines.index(p)
            for p in ("plus de réseau", "translated by a machine, fr → en", "no signal any more", "ici aussi")
        ]
        assert places == sorted(places)
        app.pane.show(second.uri, second)
        await pilot.pause()
        assert "no signal any more" not in "\n".join(screen_lines(app))
        app.failure = Missing("nothing translates here")
        app.pane.translate(first)
        assert app.said[-1].startswith("nothing translates here")


async def test_two_keys_translate_the_post_in_front() -> None:
    async with service() as (translator, _server), seated(translator=translator) as found:
        await hear(found, None, found.post(1, "Aurelia, plus de réseau", title=SafeText("")))
        async with console(found, "Léa", layout="feeds") as (app, pilot):
            await pilot.press("1", "g", "v")
            await calm(pilot)
            for _ in range(50):  # a real socket answers
                if "[en] Aurelia, plus de réseau" in shown(app):
                    break
                await asyncio.sleep(0.02)
                await calm(pilot, 1)
            assert "[en] Aurelia, plus de réseau" in shown(app)
