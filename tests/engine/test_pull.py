"""Paging a server to its end, and posts as plain records."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

from socialroom.domain.person import Author
from socialroom.domain.ports import Batch
from socialroom.domain.post import Counts, Media, Post, PostKind
from socialroom.domain.text import clean, clean_line
from socialroom.engine.pull import normalised, pull

AT = datetime(2026, 9, 1, 9, tzinfo=UTC)


def post(number: int) -> Post:
    return Post(
        uri=f"test:{number}", id=str(number), network="test", source="pull", kind=PostKind.POST, text=clean("hi"),
        created_at=AT + timedelta(minutes=number), first_seen_at=AT,
    )  # fmt: skip


class Pages:
    """Gives page after page by fetch."""

    def __init__(self, *pages: Batch) -> None:
        self.pages = list(pages)

    async def fetch(self, cursor: str | None) -> Batch:
        return self.pages.pop(0)

    def stream(self, cursor: str | None) -> None:
        return None

    async def thread(self, post: Post) -> list[Post]:
        return [post]

    async def aclose(self) -> None:
        pass


class WithHistory(Pages):
    async def history(self, since: datetime | None = None) -> AsyncIterator[Batch]:
        for page in self.pages:
            yield page


async def test_a_history_is_paged_newest_first_to_its_end() -> None:
    pages = WithHistory(
        Batch(posts=(post(4), post(5))), Batch(posts=(post(2), post(3), post(4))), Batch(posts=(post(1),))
    )
    assert [p.id async for p in pull(pages)] == ["5", "4", "3", "2", "1"]


async def test_a_limit_ends_it() -> None:
    pages = WithHistory(Batch(posts=(post(4), post(5))), Batch(posts=(post(2), post(3))))
    assert [p.id async for p in pull(pages, limit=3)] == ["5", "4", "3"]
    assert [p.id async for p in pull(pages, limit=0)] == []


async def test_without_a_history_pages_are_fetched_while_there_are_more() -> None:
    pages = Pages(
        Batch(posts=(post(2),), cursor="a", more=True), Batch(posts=(post(3),), cursor="a", more=True), Batch()
    )
    assert [p.id async for p in pull(pages)] == ["2", "3"]


def test_a_record_has_the_agreed_names_and_is_plain_json() -> None:
    whole = post(1).changed(
        author=Author(id="a", handle=clean_line("ann@x"), followers=0),
        counts=Counts(likes=0),
        media=(Media(kind="image", url="https://x/i.png", alt=clean_line("a cat")),),
        edited_at=AT,
    )
    record = json.loads(json.dumps(normalised(whole)))
    assert {
        "network", "account_id", "id", "uri", "version", "kind", "author", "text_plain", "text_raw", "text_format", "lang",
        "created_at", "first_seen_at", "edited_at", "url", "reply_to_id", "root_id", "media", "counts", "visibility",
        "can_reply", "deleted_at",
    } <= set(record)  # fmt: skip
    assert record["author"]["followers"] == 0
    assert record["author"]["verified"] is None
    assert record["counts"] == {"reply": None, "share": None, "like": 0, "quote": None, "score": None}
    assert record["created_at"] == "2026-09-01T09:01:00+00:00"
    assert normalised(post(1))["author"] is None
