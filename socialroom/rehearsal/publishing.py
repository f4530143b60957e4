"""Feeds of the rehearsal network: RSS, Atom and JSON Feed, with validators."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from socialroom.rehearsal.network import Network


class Item(msgspec.Struct, frozen=True):
    """One article."""

    at: datetime
    title: str
    text: str


# Title, text, and how many hours before the start.
_PRESS = (
    ("Aurelia ouvre trois boutiques à Lyon", "Les travaux commencent au printemps.", 2),
    ("Aurelia to bring fibre to Leeds", "The work begins in spring, the company says.", 9),
    ("Aurelia llevará la fibra a Vigo", "Las obras empiezan en primavera.", 26),
    ("Aurelia chega a Faro", "A rede abre em abril.", 50),
    ("أوريليا توسّع شبكتها في عمّان", "تبدأ الأعمال في الربيع.", 75),
)
_BLOG = (
    ("Bien placer sa box Aurelia", "Au centre du logement, loin du four.", 20),
    ("Behind the scenes: a night with the Aurelia network team", "What happens at 3 a.m.", 70),
)
_APP = (
    ("★☆☆☆☆ Plante au démarrage", "Depuis la mise à jour, l'appli Aurelia se ferme toute seule.", 5),
    ("★★★★★ Simple", "Everything in one place. Thanks Aurelia.", 30),
)


class Feeds:
    """Three feeds, of one process's life; `add` puts an article into the press feed."""

    def __init__(self, network: Network, base: Callable[[], str]) -> None:
        start = network.clock.now().replace(microsecond=0)
        self._clock, self._base = network.clock, base
        self._items = {
            name: [Item(start - timedelta(hours=hours), title, text) for title, text, hours in articles]
            for name, articles in (("press.xml", _PRESS), ("blog.atom", _BLOG), ("app.json", _APP))
        }

    def add(self, title: str, text: str) -> None:
        """A new article."""
        self._items["press.xml"].insert(0, Item(self._clock.now().replace(microsecond=0), title, text))

    def routes(self) -> list[Route]:
        """/feeds/press.xml, /feeds/blog.atom, /feeds/app.json."""
        return [Route("/feeds/{name}", self.feed, methods=["GET"])]

    async def feed(self, request: Request) -> Response:
        """One feed, or 304."""
        name = request.path_params["name"]
        if name not in self._items:
            return Response("", 404)
        items = self._items[name]
        body, kind = {"press.xml": self._rss, "blog.atom": self._atom, "app.json": self._json}[name](items)
        tag = f'"{hashlib.blake2b(body, digest_size=8).hexdigest()}"'
        headers = {"ETag": tag, "Last-Modified": format_datetime(items[0].at.astimezone(UTC), usegmt=True)}
        asked = request.headers
        same = asked.get("if-none-match") == tag
        if "if-none-match" not in asked:
            same = asked.get("if-modified-since") == headers["Last-Modified"]
        return Response(b"", 304, headers) if same else Response(body, 200, headers, media_type=kind)

    def _url(self, item: Item) -> str:
        return f"{self._base()}/articles/{int(item.at.timestamp())}"

    def _rss(self, items: list[Item]) -> tuple[bytes, str]:
        entries = "".join(
            f"<item><title>{html.escape(i.title)}</title><link>{self._url(i)}</link><guid>{self._url(i)}</guid>"
            f"<pubDate>{format_datetime(i.at)}</pubDate><description>{html.escape(i.text)}</description></item>"
            for i in items
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><title>La Dépêche du Réseau</title>'
            f"<link>{self._base()}</link><description>Télécoms</description>{entries}</channel></rss>"
        )
        return text.encode(), "application/rss+xml"

    def _atom(self, items: list[Item]) -> tuple[bytes, str]:
        entries = "".join(
            f"<entry><id>{self._url(i)}</id><title>{html.escape(i.title)}</title><updated>{i.at.isoformat()}</updated>"
            f'<published>{i.at.isoformat()}</published><link href="{self._url(i)}"/>'
            f"<summary>{html.escape(i.text)}</summary></entry>"
            for i in items
        )
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>Blog Aurelia</title>'
            f"<id>{self._base()}/blog</id><updated>{items[0].at.isoformat()}</updated>"
            f"<author><name>Aurelia</name></author>{entries}</feed>"
        )
        return text.encode(), "application/atom+xml"

    def _json(self, items: list[Item]) -> tuple[bytes, str]:
        entries = [
            {
                "id": self._url(i),
                "url": self._url(i),
                "title": i.title,
                "content_text": i.text,
                "date_published": i.at.isoformat(),
            }
            for i in items
        ]
        feed = {"version": "https://jsonfeed.org/version/1.1", "title": "Avis sur l'appli", "items": entries}
        return msgspec.json.encode(feed), "application/feed+json"
