"""Invented posts for tests of the screen and for the benchmark, always the same for the same number."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from socialroom.domain.person import Author
from socialroom.domain.post import Counts, Media, Post, PostKind
from socialroom.domain.text import SafeText
from socialroom.domain.tone import Language, Tone, ToneLabel

NOON = datetime(2026, 9, 1, 10, 0, tzinfo=UTC)
_WORDS = """
réseau fibre panne depuis ce matin box Aurelia support service client merci attente facture débit outage again thanks
great speed router support waiting invoice coverage tower roaming plan switch price señal gracias cobertura lenta 🎉 👍🏽
日本語のテキスト 通信障害 مرحبا الشبكة بطيئة https://example.test/path/to/something?with=query &c <b>not [b]nor [/b]
""".split()  # noqa: SIM905 - forty words in quotes of their own would not be read by anybody
_PEOPLE = [
    ("Camille Roux", "camille@mastodon.example", True),
    ("José García 🌻", "jose.garcia.example", False),
    ("محمد", "mohamed@toot.example", None),
    ("Press Desk of the Daily Example with a very long name indeed", "press@news.example", True),
    ("田中さくら", "sakura.example", None),
    ("", "only_handle@mastodon.example", None),
]
_NETWORKS = ("mastodon", "bluesky", "feeds", "hackernews")


def post(number: int, *, at: datetime | None = None, words: int | None = None, **fields: object) -> Post:
    """Post `number`; any field can be given."""
    dice = random.Random(number)
    name, handle, verified = dice.choice(_PEOPLE)
    network = dice.choice(_NETWORKS)
    label = dice.choice([*ToneLabel, None])
    count = words if words is not None else dice.randint(4, 45)
    when = at or NOON - timedelta(seconds=dice.randint(1, 90_000))
    values: dict[str, object] = {
        "uri": f"https://{network}.example/{number}",
        "id": str(number),
        "network": network,
        "source": network,
        "kind": PostKind.NEWS if network == "feeds" else dice.choice([PostKind.MENTION, PostKind.POST, PostKind.REPLY]),
        "text": SafeText(" ".join(dice.choice(_WORDS) for _ in range(count))),
        "created_at": when,
        "first_seen_at": when,
        "author": Author(id=handle, handle=SafeText(handle), name=SafeText(name), verified=verified),
        "title": SafeText("Aurelia: a headline about the fibre outage" if network == "feeds" else ""),
        "counts": Counts(
            replies=dice.choice([None, 0, 3]), reposts=dice.choice([0, 12]), likes=dice.choice([0, 1, 1234])
        ),
        "tone": Tone(label=label, engine="test"),
        "language": Language(code=dice.choice(["fr", "en", "es", "ar", "und"]), confidence=0.9),
        "revision": "1",
    }
    if dice.random() < 0.15:
        values["media"] = (
            Media(kind="image", alt=SafeText("A modem with a red light") if dice.random() < 0.5 else None),
        )
    if dice.random() < 0.05:
        values["warning"] = SafeText("politics")
    return Post(**(values | fields))  # type: ignore[arg-type]
