"""Feeds: formats, keys, dates, and conditional GET over a real socket."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from support import servers
from support.clock import HeldClock
from support.servers import Answer, Asked, Server, serving

from socialroom.connectors.feeds import CONNECTOR, Feeds, FeedSettings, parse, posts_of
from socialroom.domain.errors import BadReply, Gone
from socialroom.domain.post import Post
from socialroom.domain.specs import Context
from socialroom.engine.pull import pull
from socialroom.net.http import Http

NOW = datetime(2026, 9, 1, 10, tzinfo=UTC)
URL = "https://news.example/feeds/all"

RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel>
<title>News &amp; more</title><link>https://news.example/</link><language>fr-FR</language><ttl>30</ttl>
<item><title>Second</title><link>/b</link><guid isPermaLink="false">b-2</guid>
<pubDate>Tue, 01 Sep 2026 09:00:00 +0200</pubDate>
<description>&lt;p&gt;Body &lt;b&gt;two&lt;/b&gt;&lt;/p&gt;&lt;p&gt;More&lt;/p&gt;</description>
<author>ann@example.com (Ann)</author><enclosure url="https://news.example/i.png" type="image/png" length="1"/></item>
<item><title>First &lt;b&gt;bold&lt;/b&gt; &amp;amp; so</title><link>https://news.example/a</link>
<pubDate>Mon, 31 Aug 2026 09:00:00 GMT</pubDate></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:base="https://blog.example/x/" xml:lang="en">
<title>Blog</title><id>tag:blog.example,2026:/</id>
<entry><id>tag:blog.example,2026:1</id><title type="html">Tags &lt;i&gt;in&lt;/i&gt; titles</title><link href="one"/>
<published>2026-08-30T10:00:00Z</published><updated>2026-08-31T10:00:00Z</updated><author><name>Bo</name></author>
<content type="html">&lt;p&gt;Hello &amp;amp;#27; you&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</content></entry>
</feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "J",
    "language": "en-GB",
    "items": [
        {"id": 7, "url": "/seven", "title": "Seven", "content_html": "<p>seven</p>",
         "date_published": "2026-08-31T10:00:00+02:00",
         "authors": [{"name": "Cy", "url": "https://cy.example"}],
         "attachments": [{"url": "https://x/a.mp3", "mime_type": "audio/mpeg"}]},
        {"id": None, "title": ["not", "a", "title"]},
        {"content_text": "only text <b>stays</b>", "external_url": "https://other.example/z"},
    ],
}  # fmt: skip


def read(body: str | bytes, kind: str = "application/xml", url: str = URL) -> list[Post]:
    raw = body.encode() if isinstance(body, str) else body
    return posts_of(parse(raw, kind, url), source="news", url=url, now=NOW)


def test_rss() -> None:
    first, second = read(RSS)
    assert (first.title, second.title) == ("First bold & so", "Second")
    assert second.text == "Body two\n\nMore"
    assert second.url == "https://news.example/b"
    assert second.created_at == datetime(2026, 9, 1, 7, tzinfo=UTC)
    assert second.claimed_language == "fr"
    assert second.author is not None
    assert second.author.name == "Ann"
    assert [m.kind for m in second.media] == ["image"]
    assert not second.can_reply
    assert first.author is not None
    assert first.author.name == "News & more"
    assert parse(RSS.encode(), "", URL).wait == 1800


def test_atom() -> None:
    (post,) = read(ATOM)
    assert post.uri == "feed:tag:blog.example,2026:1"
    assert post.title == "Tags in titles"
    assert post.text == "Hello &#27; you"
    assert post.url == "https://blog.example/x/one"
    assert post.edited_at == datetime(2026, 8, 31, 10, tzinfo=UTC)


def test_json_feed() -> None:
    posts = read(msgspec.json.encode(JSON_FEED), "application/feed+json")
    seven, plain = posts
    assert (seven.id, seven.title, seven.text) == ("7", "Seven", "seven")
    assert seven.url == "https://news.example/seven"
    assert seven.created_at == datetime(2026, 8, 31, 8, tzinfo=UTC)
    assert seven.author is not None
    assert seven.author.name == "Cy"
    assert plain.text == "only text <b>stays</b>"
    assert plain.url == "https://other.example/z"


def test_an_item_without_an_id_keeps_its_identity_and_one_with_a_new_text_is_another_revision() -> None:
    once, again = read(RSS), read(RSS)
    assert [p.uri for p in once] == [p.uri for p in again]
    assert len({p.uri for p in once}) == 2
    edited = read(RSS.replace("two", "deux"))
    assert edited[1].uri == once[1].uri
    assert edited[1].revision != once[1].revision
    assert edited[0].revision == once[0].revision


def test_a_short_guid_is_bound_to_its_host_and_never_takes_another_networks_place() -> None:
    theirs = "https://mastodon.example/users/ann/statuses/1"
    posts = read(RSS.replace("b-2", theirs))
    assert theirs not in {p.uri for p in posts}
    assert read(RSS, url="https://other.example/feed")[1].uri != read(RSS)[1].uri


@pytest.mark.parametrize(
    "date", ["", "yesterday", "Fri, 99 Foo 2026", "9999-12-31T00:00:00Z", "Tue, 01 Sep 2036 09:00:00 GMT"]
)
def test_dates_that_are_missing_wrong_or_in_the_future_become_the_moment_it_was_seen(date: str) -> None:
    posts = read(RSS.replace("Tue, 01 Sep 2026 09:00:00 +0200", date))
    assert posts[-1].created_at == NOW


@pytest.mark.parametrize(
    ("declared", "encoding", "kind"),
    [("UTF-8", "utf-8", "text/xml"), ("ISO-8859-1", "iso-8859-1", "text/xml"), ("UTF-8", "utf-8", "text/xml; charset=us-ascii"),
     ("UTF-8", "utf-8-sig", "application/xml")],
)  # fmt: skip
def test_charsets(declared: str, encoding: str, kind: str) -> None:
    body = RSS.replace("UTF-8", declared).replace("Second", "Où ça, déjà ?").encode(encoding)
    assert "Où ça, déjà ?" in [p.title for p in read(body, kind)]


@pytest.mark.parametrize(
    ("body", "kind", "said"),
    [
        ("<!doctype html><html><title>Welcome</title></html>", "text/html", "text/html “Welcome”"),
        ("%PDF-1.4 ...", "application/pdf", "application/pdf"),
        ("", "text/plain", "text/plain, 0 B"),
        ('{"error": 1}', "application/json", "application/json"),
        ('{"items": [', "application/json", "broken JSON"),
        ("just words", "text/plain", "text/plain"),
        ("/etc/passwd", "text/plain", "text/plain"),
        ("http://127.0.0.1/feed", "text/plain", "text/plain"),
    ],
)
def test_what_is_no_feed_is_named(body: str, kind: str, said: str) -> None:
    with pytest.raises(BadReply, match=said.replace(".", r"\.")):
        read(body, kind)


def test_an_xml_bomb_and_an_outside_entity_bring_nothing_in() -> None:
    bomb = '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + i)} "{("&" + chr(97 + i) + ";") * 10}">' for i in range(9)
    )
    outside = RSS.replace("<rss", '<!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]><rss').replace(
        "Second", "&x;"
    )
    for body in (bomb + f"]><rss version='2.0'><channel><title>&{chr(106)};</title></channel></rss>", outside):
        try:
            posts = read(body)
        except BadReply:
            posts = []
        assert "root:" not in str(posts)


# --- over a socket ----------------------------------------------------------------------------------------------------


class NoSecrets:
    def get(self, name: str) -> None:
        return None

    def put(self, name: str, value: str) -> None:
        pass

    def forget(self, name: str) -> None:
        pass


@asynccontextmanager
async def feed(answer: Answer, query: str = "") -> AsyncIterator[tuple[Feeds, Server, HeldClock]]:
    clock = HeldClock(NOW)
    async with serving(answer) as server:
        http = Http(clock=clock, trusted=[server.url], patience=5)
        context = Context(source="news", http=http, secrets=NoSecrets(), clock=clock)
        connector = CONNECTOR.build(FeedSettings(url=f"{server.url}/feed", query=query), context)
        assert isinstance(connector, Feeds)
        try:
            yield connector, server, clock
        finally:
            await http.aclose()


async def test_conditional_get_sends_the_validators_as_they_came_and_304_brings_nothing() -> None:
    async def answer(asked: Asked, writer: object) -> None:
        known = (
            asked.headers.get("if-none-match") == 'W/"v1"' and asked.headers.get("if-modified-since") == "Mon, 31 Aug"
        )
        made = (
            servers.reply(b"", 304)
            if known
            else servers.reply(RSS, etag='W/"v1"', last_modified="Mon, 31 Aug", cache_control="public, max-age=2400")
        )
        await made(asked, writer)  # type: ignore[arg-type]

    async with feed(answer) as (connector, server, _):
        first = await connector.fetch(None)
        assert len(first.posts) == 2
        assert first.next_in == 2400
        second = await connector.fetch(first.cursor)
        assert second.posts == ()
        assert second.cursor == first.cursor
        assert len(server.asked) == 2


async def test_only_what_is_new_or_changed_is_given_on() -> None:
    longer = RSS.replace("<item>", "<item><title>Third</title><link>https://news.example/c</link></item><item>", 1)
    edited = longer.replace("Body", "Corps")
    async with feed(servers.in_turn(*(servers.reply(b) for b in (RSS, RSS, longer, edited)))) as (connector, _, _clock):
        cursor, heard = None, []
        for _ in range(4):
            batch = await connector.fetch(cursor)
            cursor = batch.cursor
            heard.append([p.title for p in batch.posts])
        assert heard == [["First bold & so", "Second"], [], ["Third"], ["Second"]]


async def test_a_permanent_move_is_believed_after_three_times_and_doubted_when_it_fails() -> None:
    here = {"gone": False}

    async def answer(asked: Asked, writer: object) -> None:
        if asked.path == "/feed" and not here["gone"]:
            made = servers.redirect("/new", 301)
        elif asked.path == "/new" and here["gone"]:
            made = servers.reply("", 410)
        else:
            made = servers.reply(RSS)
        await made(asked, writer)  # type: ignore[arg-type]

    async with feed(answer) as (connector, server, _):
        cursor = None
        for _ in range(4):
            cursor = (await connector.fetch(cursor)).cursor
        assert [a.path for a in server.asked] == ["/feed", "/new"] * 3 + ["/new"]
        here["gone"] = True
        server.asked.clear()
        cursor = (await connector.fetch(cursor)).cursor
        await connector.fetch(cursor)
        assert [a.path for a in server.asked] == ["/new", "/feed", "/feed"]


async def test_410_ends_a_feed_and_404_does_not() -> None:
    async with feed(servers.in_turn(servers.reply("", 404), servers.reply("", 410))) as (connector, _, _clock):
        with pytest.raises(BadReply, match="404"):
            await connector.fetch(None)
        with pytest.raises(Gone):
            await connector.fetch(None)


async def test_a_cursor_of_nonsense_starts_afresh() -> None:
    async with feed(servers.reply(RSS)) as (connector, _, _clock):
        for cursor in ("", "nonsense", "[]", '{"etag": 1}'):
            assert len((await connector.fetch(cursor)).posts) == 2


async def test_history_follows_next_url_on_its_own_host_only_and_never_in_a_circle() -> None:
    async with serving(servers.reply(JSON_FEED)) as elsewhere:

        async def answer(asked: Asked, writer: object) -> None:
            follow = {"/feed": "/2", "/2": "/3", "/3": "/feed" if "circle" in asked.target else f"{elsewhere.url}/x"}
            items = [{"id": asked.path, "title": asked.path, "date_published": "2026-08-01T00:00:00Z"}]
            page = {"version": "https://jsonfeed.org/version/1.1", "items": items, "next_url": follow[asked.path]}
            await servers.reply(page)(asked, writer)  # type: ignore[arg-type]

        async with feed(answer) as (connector, server, _):
            assert [p.title async for p in pull(connector)] == ["/feed", "/2", "/3"]
            assert len(server.asked) == 3
        assert not elsewhere.asked


async def test_what_a_feed_asks_for_between_polls_is_capped() -> None:
    async with feed(servers.reply(RSS.replace("<ttl>30<", "<ttl>100000<"))) as (connector, _, _clock):
        assert (await connector.fetch(None)).next_in == timedelta(hours=6).total_seconds()
