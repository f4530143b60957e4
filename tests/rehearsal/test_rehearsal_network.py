"""The rehearsal network over a real socket: what it holds, what it refuses, how it fails on demand."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.connecting import connecting

from socialroom.clock import SystemClock
from socialroom.connectors.mastodon.connector import MastodonConnector, MastodonSettings
from socialroom.domain.errors import ConfigError, OutcomeUnknown, Unreachable
from socialroom.domain.ports import Batch, Outgoing
from socialroom.rehearsal import scenario as scenarios
from socialroom.rehearsal.server import Rehearsal

TOKEN = "t0k3n"
STATUSES = "/api/v1/statuses"


@contextlib.asynccontextmanager
async def network(*, play: bool = False, speed: float = 1.0) -> AsyncIterator[tuple[Rehearsal, httpx.AsyncClient]]:
    rehearsal = Rehearsal(scenarios.load("first_minute"), token=TOKEN, clock=SystemClock(), speed=speed)
    async with rehearsal.serving(play=play) as url:
        headers = {"Authorization": f"Bearer {TOKEN}"}
        async with httpx.AsyncClient(base_url=url, headers=headers, trust_env=False, timeout=20) as client:
            yield rehearsal, client


async def plan(client: httpx.AsyncClient, effect: str, **more: Any) -> None:
    body = {"match": {"methods": ["POST"], "path": STATUSES}, "effect": effect, **more}
    assert (await client.post("/rehearsal/faults", json=body)).status_code == 200


async def report(client: httpx.AsyncClient) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.get("/rehearsal/report")).json()
    return answer


async def test_seven_days_in_five_languages_are_there_at_the_start() -> None:
    async with network() as (_, client):
        held = await report(client)
        assert held["statuses"] >= 3000
        assert {"fr", "en", "es", "pt", "ar"} <= set(held["languages"])
        page = (await client.get("/api/v1/timelines/public", params={"limit": 40})).json()
        assert len(page) == 40
        assert [int(p["id"]) for p in page] == sorted((int(p["id"]) for p in page), reverse=True)


async def test_min_id_walks_forward_without_gaps_and_since_id_gives_the_newest() -> None:
    async with network() as (rehearsal, client):
        ids = [str(i) for i in rehearsal.network.order]
        path = "/api/v1/timelines/tag/aurelia"
        page = (await client.get(path, params={"min_id": ids[0], "limit": 10})).json()
        assert [p["id"] for p in page][::-1] == [
            i for i in ids[1:] if "#aurelia" in rehearsal.network.posts[int(i)].text
        ][:10]
        reply = await client.get("/api/v1/timelines/public", params={"since_id": ids[0], "limit": 5})
        assert [p["id"] for p in reply.json()] == ids[-5:][::-1]
        assert f"min_id={ids[-1]}" in reply.headers["link"]
        assert f"max_id={ids[-5]}" in reply.headers["link"]


async def test_the_token_is_asked_for() -> None:
    async with network() as (_, client):
        for headers in ({"Authorization": ""}, {"Authorization": "Bearer wrong"}):
            reply = await client.get("/api/v1/notifications", headers=headers)
            assert reply.status_code == 401
            assert "error" in reply.json()


async def test_one_key_is_one_post() -> None:
    async with network() as (_, client):
        headers = {"Idempotency-Key": "k"}
        first, second = [
            (await client.post(STATUSES, json={"status": "Bonjour é"}, headers=headers)).json() for _ in "ab"
        ]
        assert first["id"] == second["id"]
        assert [r["text"] for r in (await report(client))["replies"]] == ["Bonjour é"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"status": "x" * 501}, 422),
        ({"status": " "}, 422),
        ({"status": "x", "in_reply_to_id": "12"}, 404),
        ({"status": "x" * 470 + " https://example.org/" + "y" * 200}, 200),
    ],
)
async def test_what_is_refused(body: dict[str, str], status: int) -> None:
    async with network() as (_, client):
        assert (await client.post(STATUSES, json=body)).status_code == status


async def test_edits_and_deletes_reach_the_stream() -> None:
    async with network() as (rehearsal, client):
        async with client.stream("GET", "/api/v1/streaming/public") as stream:
            lines = stream.aiter_lines()
            assert await anext(lines) == ":)"
            post = (await client.post(STATUSES, json={"status": "un"})).json()
            await client.put(f"{STATUSES}/{post['id']}", json={"status": "deux"})
            await client.delete(f"{STATUSES}/{post['id']}")
            heard = []
            while len(heard) < 3:
                if (line := await anext(lines)).startswith("event: "):
                    heard.append((line[7:], (await anext(lines))[6:]))
        assert [name for name, _ in heard] == ["update", "status.update", "delete"]
        assert json.loads(heard[1][1])["content"] == "<p>deux</p>"
        assert heard[2][1] == post["id"]
        assert (await client.get(f"{STATUSES}/{post['id']}")).status_code == 404
        assert rehearsal.network.deleted


async def test_media_with_its_description() -> None:
    async with network() as (_, client):
        reply = await client.post("/api/v2/media", files={"file": ("a.png", b"\x89PNG\r\n", "image/png")},
                                  data={"description": "une boîte"})  # fmt: skip
        assert reply.json()["description"] == "une boîte"
        post = (await client.post(STATUSES, json={"status": "x", "media_ids": [reply.json()["id"]]})).json()
        assert (await client.get(post["media_attachments"][0]["url"])).content == b"\x89PNG\r\n"


async def test_a_film_is_processed_for_a_while_and_cannot_be_posted_before() -> None:
    async with network() as (_, client):
        reply = await client.post("/api/v2/media", files={"file": ("a.mp4", b"film", "video/mp4")})
        assert (reply.status_code, reply.json()["url"]) == (202, None)
        new = {"status": "x", "media_ids": [reply.json()["id"]]}
        assert (await client.post(STATUSES, json=new)).status_code == 422
        where = f"/api/v1/media/{reply.json()['id']}"
        assert [(await client.get(where)).status_code for _ in range(2)] == [206, 200]
        post = (await client.post(STATUSES, json=new)).json()
        assert post["media_attachments"][0]["type"] == "video"
        kept = (await client.put(f"{STATUSES}/{post['id']}", json={**new, "status": "y"})).json()
        assert len(kept["media_attachments"]) == 1
        bare = (await client.put(f"{STATUSES}/{post['id']}", json={"status": "z"})).json()
        assert bare["media_attachments"] == []  # as Mastodon: what is not said again is taken away
        for files in ({"file": ("a.txt", b"text", "text/plain")}, {"other": ("a.png", b"x", "image/png")}):
            assert (await client.post("/api/v2/media", files=files)).status_code == 422
        assert (await client.post(STATUSES, json={"status": "x", "media_ids": ["999"]})).status_code == 422


async def test_what_is_done_to_posts_and_people_is_kept_once_and_can_be_undone() -> None:
    async with network() as (rehearsal, client):
        post = rehearsal.network.write(rehearsal.network.person("lea", host="far.example"), "hello #x")
        for deed, field in (("favourite", "favourited"), ("reblog", "reblogged")):
            for said, on in ((deed, True), (deed, True), (f"un{deed}", False), (f"un{deed}", False)):
                answer = (await client.post(f"{STATUSES}/{post.id}/{said}")).json()
                assert answer[field] is on
            assert (answer["favourites_count"], answer["reblogs_count"]) == (0, 0)
        for deed, field in (("follow", "following"), ("mute", "muting"), ("block", "blocking")):
            for said, on in ((deed, True), (deed, True), (f"un{deed}", False)):
                answer = (await client.post(f"/api/v1/accounts/{post.author.id}/{said}")).json()
                assert answer[field] is on
                asked = await client.get("/api/v1/accounts/relationships", params={"id[]": [str(post.author.id), "7"]})
                assert asked.json() == [answer]
        for where in (f"{STATUSES}/1/favourite", f"{STATUSES}/{post.id}/wave", "/api/v1/accounts/1/follow"):
            assert (await client.post(where)).status_code == 404
        assert (await client.post(f"/api/v1/accounts/{rehearsal.network.brand.id}/follow")).status_code == 403


async def test_private_posts_are_told_to_the_brand_and_shown_to_nobody_else() -> None:
    async with network() as (rehearsal, client):
        new = {"text": "@aurelia my number is 4711 #aurelia", "author": "lea", "visibility": "direct"}
        key = (await client.post("/rehearsal/posts", json=new)).json()["id"]
        told = (await client.get("/api/v1/notifications", params={"types[]": "mention", "limit": 1})).json()
        assert (told[0]["status"]["id"], told[0]["status"]["visibility"]) == (key, "direct")
        answer = {"status": "@lea thank you", "visibility": "direct", "in_reply_to_id": key}
        ours = (await client.post(STATUSES, json=answer)).json()
        [thread] = (await client.get("/api/v1/conversations")).json()
        assert (thread["last_status"]["id"], thread["unread"]) == (ours["id"], False)
        assert [a["acct"] for a in thread["accounts"]] == ["lea"]
        me = f"/api/v1/accounts/{rehearsal.network.brand.id}/statuses"
        assert ours["id"] in [p["id"] for p in (await client.get(me)).json()]
        del client.headers["Authorization"]
        assert ours["id"] not in [p["id"] for p in (await client.get(me)).json()]
        assert (await client.get(f"{STATUSES}/{key}")).status_code == 404
        for path in ("/api/v1/timelines/public", "/api/v1/timelines/tag/aurelia"):
            assert key not in [p["id"] for p in (await client.get(path)).json()]
        client.headers["Authorization"] = f"Bearer {TOKEN}"
        assert (await client.post(f"{STATUSES}/{key}/reblog")).status_code == 403


def test_the_first_minute_has_a_customer_who_goes_on_in_private() -> None:
    steps = {s.name: s for s in scenarios.load("first_minute").steps}
    private = next(s for s in steps.values() if s.visibility == "direct")
    assert steps[private.answers].author == private.author
    assert steps[private.answers].visibility == "public"


@pytest.mark.parametrize(("effect", "kept"), [("commit_then_500", 1), ("commit_then_close", 1), ("close", 0), ("html", 0),
                                              ("malformed", 0), ("half", 1)])  # fmt: skip
async def test_a_send_that_fails_is_unknown_and_the_same_handle_again_is_one_post(effect: str, kept: int) -> None:
    async with (
        network() as (_, client),
        connecting(str(client.base_url), source="m", secrets={"token": TOKEN}) as context,
    ):
        connector = MastodonConnector(MastodonSettings(url=str(client.base_url)), context)
        await connector.account()
        frozen = await connector.freeze(Outgoing(id="1", text="Bonjour", language="fr"))
        await plan(client, effect)
        with pytest.raises(OutcomeUnknown):
            await connector.send(frozen)
        assert len((await report(client))["replies"]) == kept
        await connector.send(frozen)
        assert len((await report(client))["replies"]) == 1


async def test_a_cut_refuses_connections_and_what_was_written_meanwhile_is_found() -> None:
    async with network() as (rehearsal, client):
        url = str(client.base_url).rstrip("/")
        rehearsal.listener.cut(3600)
        with pytest.raises(httpx.ConnectError):
            await client.get("/api/v2/instance")
        missed = rehearsal.network.write(rehearsal.network.person("zoé"), "pendant la coupure #aurelia", language="fr")
        rehearsal.listener.cut(0)
        for _ in range(100):
            with contextlib.suppress(httpx.ConnectError):
                page = (await client.get("/api/v1/timelines/public")).json()
                break
            await asyncio.sleep(0.01)
        assert page[0]["id"] == str(missed.id)
        assert rehearsal.listener.url == url


async def test_our_connector_streams_is_cut_and_fills_the_gap() -> None:
    async with network() as (rehearsal, client):
        write = rehearsal.network.write
        zoe = rehearsal.network.person("zoe")
        async with connecting(str(client.base_url), source="m", secrets={"token": TOKEN}) as context:
            settings = MastodonSettings(url=str(client.base_url), timeline="public")
            connector = MastodonConnector(settings, context)
            await connector.account()
            seen: list[Batch] = []

            async def follow(cursor: str | None, until: str) -> str | None:
                stream = connector.stream(cursor)
                assert stream is not None
                async for batch in stream:
                    seen.append(batch)
                    if rehearsal.network.listeners and not any("direct" in p.text for b in seen for p in b.posts):
                        write(zoe, "@aurelia en direct", language="fr")
                    if any(until in p.text for p in batch.posts):
                        await stream.aclose()  # type: ignore[attr-defined]
                        return batch.cursor
                return None

            cursor = await follow(None, "en direct")
            assert cursor
            rehearsal.listener.cut(3600)
            with pytest.raises(Unreachable):
                await connector.fetch(cursor)
            write(zoe, "#aurelia écrit pendant la coupure", language="fr")
            rehearsal.listener.cut(0)
            await asyncio.sleep(0)
            for _ in range(100):
                try:
                    found = await connector.fetch(cursor)
                    break
                except Unreachable:
                    await asyncio.sleep(0.05)
            assert [p.text for p in found.posts if p.author.handle.startswith("zoe")] == [
                "#aurelia écrit pendant la coupure"
            ]


async def test_the_scenario_plays_by_the_clock_and_its_cut_comes_back() -> None:
    async with network(play=True, speed=60) as (rehearsal, _):
        while not {"outage", "journalist", "cut", "end"} <= {c["name"] for c in rehearsal.stage.cues}:
            await asyncio.sleep(0.02)
        held = rehearsal.network.report(["panne fibre"])
        assert held["keywords"]["panne fibre"]["count"] > 30
        assert held["keywords"]["panne fibre"]["authors"] > 10
        assert any("Que se passe-t-il" in p.text for p in rehearsal.network.posts.values())


async def test_steps_that_need_a_cue_wait_once_somebody_acted() -> None:
    async with network() as (rehearsal, client):
        assert (await client.post("/rehearsal/step", json={"cue": "nonsense"})).status_code == 404
        assert (await client.post("/rehearsal/step", json={"cue": "read"})).status_code == 200
        stage = rehearsal.stage
        stage._speed = 1e6  # the whole script is over by the clock
        stage.beat()
        assert "outage" in {c["name"] for c in stage.cues}
        assert "cut" not in {c["name"] for c in stage.cues}
        await client.post(STATUSES, json={"status": "Bonjour"})
        stage.beat()
        assert "sent" in {c["name"] for c in stage.cues}


async def test_feeds_answer_304_until_something_is_new() -> None:
    async with network() as (_, client):
        for name in ("press.xml", "blog.atom", "app.json"):
            first = await client.get(f"/feeds/{name}")
            again = await client.get(f"/feeds/{name}", headers={"If-None-Match": first.headers["etag"]})
            assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        tag = (await client.get("/feeds/press.xml")).headers["etag"]
        await client.post("/rehearsal/articles", json={"title": "Panne à Lyon"})
        news = await client.get("/feeds/press.xml", headers={"If-None-Match": tag})
        assert news.status_code == 200
        assert "Panne à Lyon" in news.text


def test_the_same_seed_writes_the_same_texts() -> None:
    one, other = (
        [
            p.text
            for p in Rehearsal(
                scenarios.load("first_minute"), token=TOKEN, clock=SystemClock(), seed=4
            ).network.posts.values()
        ]
        for _ in "ab"
    )
    assert len(one) > 3000
    assert one[:50] == other[:50]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("at = 24.0", "at = 2.0"),
        ('needs = "sent"\ndelay = 3.0', 'needs = "snet"\ndelay = 3.0'),
        ("cut = 6.0", 'cut = "six"'),
        ('topic = "outage"', 'topic = "outrage"'),
        ('answers = "bill"', 'answers = "bull"'),
        ('visibility = "direct"', 'visibility = "secret"'),
    ],
)
def test_a_mistake_in_a_scenario_names_its_line(tmp_path: Path, old: str, new: str) -> None:
    text = (scenarios.FOLDER / "first_minute.toml").read_text(encoding="utf-8")
    assert old in text
    wanted = text[: text.index(old)].count("\n") + 1
    file = tmp_path / "broken.toml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        scenarios.load(str(file))
    assert caught.value.line == wanted  # type: ignore[attr-defined]
