"""`socialroom pull`: a server without a room, paged to its end or to a limit, as records for other programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from support.hub_process import TOKEN, command, in_thread, rehearsal

from socialroom.config import paths
from socialroom.rehearsal.faults import Fault

# "Normalised record" of the networks' documentation: what other programs rely on.
FIELDS = {
    "network", "account_id", "id", "uri", "version", "kind", "author", "text_plain", "text_raw", "text_format", "lang",
    "created_at", "first_seen_at", "edited_at", "url", "reply_to_id", "root_id", "media", "counts", "visibility",
    "can_reply", "deleted_at",
}  # fmt: skip
AUTHOR = {"id", "handle", "name", "followers", "verified", "bot", "url"}


@pytest.fixture
def token(tmp_path: Path) -> Path:
    file = tmp_path / "token"
    file.touch(0o600)
    file.write_text(f"{TOKEN}\n")
    return file


async def pulled(*words: str) -> list[dict[str, Any]]:
    done = await in_thread("pull", *words, "--json")
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_a_whole_server_is_read_to_its_end_each_post_once(token: Path) -> None:
    async with rehearsal() as (network, url):
        records = await pulled("mastodon", "--url", url, "--token-file", str(token))
        theirs = {str(i) for i, p in network.network.posts.items()}
        assert len(records) == len(theirs)
        assert {r["id"] for r in records} == theirs
        times = [r["created_at"] for r in records]
        assert times == sorted(times, reverse=True)
        assert not paths.state_folder().exists()  # without a room, nothing of one


async def test_each_record_has_the_agreed_fields_and_clean_text() -> None:
    async with rehearsal() as (network, url):
        evil = network.network.person("evil@plaza.example")
        network.network.write(evil, "Aurelia \x1b]52;c;x\x07 <script>alert(1)</script> \u202e abc", language="en")
        records = await pulled("mastodon", "--url", url, "--limit", "120")
        assert len(records) == 120
        for record in records:
            assert set(record) >= FIELDS
            assert record["network"] == "mastodon"
            assert record["text_format"] == "plain"
            assert record["author"] is None or set(record["author"]) >= AUTHOR
            assert not {"\x1b", "\x07", "\u202e"} & set(record["text_plain"])
        assert any("alert(1)" in r["text_plain"] for r in records)


async def test_a_limit_of_nothing_is_nothing() -> None:
    async with rehearsal() as (_, url):
        assert await pulled("mastodon", "--url", url, "--limit", "0") == []


async def test_words_are_searched_for(token: Path) -> None:
    async with rehearsal() as (network, url):
        network.network.write(network.network.person("a@b.example"), "a zyzzyva #zyzzyva near Lyon", language="en")
        records = await pulled("mastodon", "--url", url, "--query", "zyzzyva", "--token-file", str(token))
        assert [r["text_plain"] for r in records] == ["a zyzzyva #zyzzyva near Lyon"]


@pytest.mark.parametrize("name", ["press.xml", "blog.atom", "app.json"])
async def test_feeds_of_every_kind_are_read(name: str) -> None:
    async with rehearsal() as (_, url):
        records = await pulled("feeds", "--url", f"{url}/feeds/{name}")
        assert records
        assert {r["kind"] for r in records} <= {"news", "review"}
        assert all(r["title"] or r["text_plain"] for r in records)


async def test_lines_for_people_are_one_a_post() -> None:
    async with rehearsal() as (_, url):
        done = await in_thread("pull", "mastodon", "--url", url, "--limit", "5")
        assert len(done.stdout.splitlines()) == 5
        assert all("@" in line for line in done.stdout.splitlines())


async def test_what_was_read_before_a_failure_is_printed_and_the_failure_said() -> None:
    """The second page is not JSON: `max_id` stands only in addresses of further pages."""
    async with rehearsal() as (network, url):
        whole = network.faults

        async def spoils(scope: Any, receive: Any, send: Any) -> None:
            if b"max_id=" in scope.get("query_string", b""):
                whole.planned.append(Fault(effect="html"))
            await whole(scope, receive, send)

        network.listener._config.loaded_app = spoils
        done = await in_thread("pull", "mastodon", "--url", url, "--json")
        assert done.returncode == 1
        assert len(done.stdout.splitlines()) == 40
        assert done.stderr.count("\n") == 1
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (["mastodn", "--url", "http://127.0.0.1:1"], 2, "Known here: bluesky"),
        (["feeds", "--url", "http://127.0.0.1:1/x"], 1, "refused"),
        (["feeds", "--url", "no address"], 2, "https://"),
        (["feeds", "--url", "file:///etc/passwd"], 2, "https://"),
        (["hackernews", "--url", "http://127.0.0.1:1", "--query", "("], 2, "character"),
        (["feeds", "--url", "http://127.0.0.1:1", "--token-file", "/nowhere"], 2, "token file"),
    ],
)
def test_what_cannot_be_read_is_said(words: list[str], code: int, sentence: str) -> None:
    done = command("pull", *words, "--json")
    assert done.returncode == code
    assert sentence in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("mode", [0o644, 0o640])
def test_a_token_that_others_can_read_is_refused(token: Path, mode: int) -> None:
    token.chmod(mode)
    done = command("pull", "feeds", "--url", "http://127.0.0.1:1", "--token-file", str(token))
    assert done.returncode == 2
    assert f"chmod 600 {token}" in done.stderr
    assert TOKEN not in done.stderr
