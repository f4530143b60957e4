"""People who write: texts from templates, seeded, and the seven days before the start."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from datetime import datetime, timedelta

from socialroom.rehearsal.network import Network, Person, Picture, Written
from socialroom.rehearsal.scenario import Scenario

CROWD = 400  # people who write about the brand


class Writer:
    """Writes as the crowd does. The same seed writes the same texts in the same order."""

    def __init__(self, network: Network, scenario: Scenario, seed: int) -> None:
        self._network, self._scenario, self._words = network, scenario, scenario.words
        self._random = random.Random(seed)  # noqa: S311 - a rehearsal must be the same twice
        self.languages: Mapping[str, float] = scenario.base.languages
        self.topic = "base"
        for role in scenario.people:
            network.person(role.handle, role.name, role.host, role.followers)
        self._crowd = [self._somebody(i) for i in range(CROWD)]

    def _somebody(self, number: int) -> Person:
        draw, bank = self._random, self._words.people
        first, last = draw.choice(bank["first"]), draw.choice(bank["last"])
        plain = "".join(c for c in f"{first}{last}".lower() if c.isascii() and c.isalnum()) or "amis"
        name = f"{first} {last}".strip() + draw.choice(bank["signs"])
        return self._network.person(
            f"{plain}{number}", name, draw.choice(bank["hosts"]), int(draw.lognormvariate(5, 1.6))
        )

    def pick(self, weights: Mapping[str, float]) -> str:
        """One name, by weight."""
        return self._random.choices(list(weights), list(weights.values()))[0]

    def interval(self, rate: float) -> float:
        """Seconds to the next post: even, with a little unrest."""
        return (0.7 + 0.6 * self._random.random()) / rate

    def write(self, at: datetime | None = None) -> Written:
        """One post of somebody."""
        draw, words = self._random, self._words
        language = self.pick(self.languages)
        topic = self.pick(self._scenario.base.topics) if self.topic == "base" else self.topic
        text = draw.choice(words.texts[language][topic])
        for slot, bank in words.banks[language].items():
            text = text.replace("{%s}" % slot, draw.choice(bank))  # noqa: UP031 - braces would need doubling twice
        claimed: str | None = language
        if draw.random() < 0.004:
            text, claimed = draw.choice(words.rare["texts"]), None
        pictures: tuple[Picture, ...] = ()
        if draw.random() < 0.08:
            alt = draw.choice(words.rare["alts"]) if draw.random() < 0.7 else None
            picture = Picture(id=str(len(self._network.pictures) + 1), alt=alt)
            self._network.pictures[picture.id] = picture
            pictures = (picture,)
        return self._network.write(
            draw.choice(self._crowd),
            text[:1].upper() + text[1:] if topic != "outage" else text,
            at=at,
            language=claimed,
            pictures=pictures,
            warning=draw.choice(words.rare["warnings"]) if draw.random() < 0.02 else "",
            likes=int(draw.expovariate(0.4)),
            boosts=int(draw.expovariate(1.2)),
        )

    def changes_its_mind(self) -> None:
        """Now and then a recent post is corrected or taken back."""
        chance, network = self._random.random(), self._network
        if chance >= 0.03 or len(network.order) < 50:
            return
        post = network.posts[network.order[-self._random.randint(3, 40)]]
        if post.author is network.brand or post.author not in self._crowd or post.replies:
            return
        if chance < 0.01:
            network.delete(post)
        elif post.edited_at is None:
            network.edit(post, f"{post.text} (edit)")

    def past(self) -> None:
        """Seven days, say, with nights and evenings; some of what was asked was answered by the brand."""
        past, network, draw = self._scenario.past, self._network, self._random
        end = network.clock.now() - timedelta(seconds=2)
        start = end - timedelta(days=past.days)
        hours = [start + timedelta(hours=h) for h in range(past.days * 24)]
        weights = [1.15 + math.sin((h.hour - 9) / 24 * 2 * math.pi) for h in hours]  # low at 3, high at 15 UTC
        times = sorted(
            h + timedelta(seconds=draw.random() * 3600)
            for h in (draw.choices(hours, weights, k=past.posts) if hours else [])
        )
        for at in times:
            post = self.write(at)
            answers = self._words.rare.get(f"replies_{post.language}")
            if network.mentions_brand(post) and answers and draw.random() < 0.5 and at < end - timedelta(hours=1):
                network.write(
                    network.brand,
                    f"@{post.author.acct} {draw.choice(answers)}",
                    at=at + timedelta(seconds=1),
                    language=post.language,
                    parent=post.id,
                )
