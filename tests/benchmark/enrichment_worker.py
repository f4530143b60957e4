"""CPU of a post's whole way in, measured in a process: hears {"way": "ours" | "obvious", "posts": n}, answers figures.

The way in begins with the bytes of a Mastodon page and ends with language, tone and counted words. "ours" is the
room's: its decoder, its cleaner, its scoring child (a real one, over pipes), its counters. "obvious" is what one writes
first: json, html.parser, vaderSentiment and py3langid as their own pages show them, one regular expression.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from html.parser import HTMLParser
from typing import Any

import msgspec
from benchmark.processes import cpu_seconds, lines_of_input, say

from socialroom.clock import SystemClock
from socialroom.connectors.mastodon import wire
from socialroom.engine.listening import Counters, quoted
from socialroom.engine.scoring import ScoringChild
from socialroom.rehearsal import rendering, scenario
from socialroom.rehearsal.network import Network
from socialroom.rehearsal.writing import Writer

PAGE = 40
BATCH = 200  # what a stream of thousands a second brings at once
LANGUAGES = ("fr", "en", "es", "pt", "ar")
KINDS = {
    "outage": ("panne", "coupure", "outage", "avería", "corte", "avaria", "انقطاع"),
    "bill": ("facture", "remboursement", "invoice", "refund", "factura", "fatura", "فاتورة"),
    "leave": ("résilier", "quitter", "cancel", "leaving", "cancelar", "darse de baja", "إلغاء"),
    "praise": ("merci", "bravo", "thanks", "love", "gracias", "obrigado", "شكرا"),
}
THINGS = {
    "home": ("fibre", "box", "réseau", "internet", "wifi", "mobile"),
    "air": ("5g", "4g", "roaming", "forfait", "boutique", "antenne"),
    "house": ("aurelia", "boreal", "zenith", "conseiller", "application", "ligne"),
}
COUNTERS = {"brand": ("aurelia", "#aurelia", "@aurelia")} | {  # 500 watched phrases, as a room of 29 countries has them
    f"{kind} {home}": tuple(f"{word} {thing}" for word in words for thing in things)
    for kind, words in KINDS.items()
    for home, things in THINGS.items()
}


def pages(posts: int) -> list[bytes]:
    """So many posts as a server of the rehearsal's kind writes them: 20 to 50 words each, no two the same."""
    read = scenario.load("first_minute")
    network = Network(SystemClock(), read.head.account, read.head.display)
    Writer(network, read, read.head.seed).past()
    texts: dict[str, list[str]] = {}
    for post in network.posts.values():
        if post.author is not network.brand and post.language:
            texts.setdefault(post.language, []).append(post.text)
    dice = random.Random(1)
    languages, weights = list(texts), [len(found) for found in texts.values()]
    people = [person for person in network.people.values() if person is not network.brand]
    statuses = []
    for number in range(posts):
        language = dice.choices(languages, weights)[0]
        words: list[str] = []
        while len(words) < 20:
            words += dice.choice(texts[language]).split(" ")
        text = f"{' '.join(words[:50])} ({number})"
        written = network.write(dice.choice(people), text, language=language)
        statuses.append(rendering.status("http://127.0.0.1:1", network, written))
    return [msgspec.json.encode(statuses[start : start + PAGE]) for start in range(0, posts, PAGE)]


async def ours(received: list[bytes], child: ScoringChild) -> float:
    """CPU seconds, the child's included."""
    count = Counters({key: quoted(words) for key, words in COUNTERS.items()}).keys
    clock = SystemClock()
    assert child.pid is not None
    before = time.process_time() + cpu_seconds(child.pid)
    waiting = []
    for number, page in enumerate(received, 1):
        statuses = wire.all_decoded(msgspec.json.decode(page, type=list[msgspec.Raw]), wire.Status, "127.0.0.1")
        now = clock.now()
        waiting += [p for s in statuses if (p := wire.post_of(s, source="s", host="127.0.0.1", me=None, now=now))]
        if len(waiting) >= BATCH or number == len(received):
            for post in await child.score(waiting):
                assert post.language is not None
                list(count(post))
            waiting = []
    return time.process_time() + cpu_seconds(child.pid) - before


class Text(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.parts: list[str] = []
        self.feed(html)
        self.close()

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


class Obvious:
    def __init__(self) -> None:
        import py3langid
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self.language = py3langid.classify
        self.analyzer = SentimentIntensityAnalyzer()
        terms = {word for words in COUNTERS.values() for word in words}
        self.terms = re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, terms)) + r")(?!\w)", re.IGNORECASE)
        self.language("warm")

    def cost(self, received: list[bytes]) -> float:
        before = time.process_time()
        for page in received:
            for status in json.loads(page):
                text = "".join(Text(status["content"]).parts)
                self.analyzer.polarity_scores(text)
                self.language(text)
                set(self.terms.findall(text))
        return time.process_time() - before


async def main() -> None:
    import gc

    made: dict[int, list[bytes]] = {}
    child = ScoringChild(LANGUAGES)
    await child.warm()
    obvious = Obvious()
    loop = asyncio.get_running_loop()
    with lines_of_input() as lines:
        while line := await loop.run_in_executor(None, next, lines, None):
            asked: dict[str, Any] = json.loads(line)
            received = made.setdefault(asked["posts"], pages(asked["posts"]))
            gc.collect()
            say(obvious.cost(received) if asked["way"] == "obvious" else await ours(received, child))
    await child.aclose()


asyncio.run(main())
