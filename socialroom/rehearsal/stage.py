"""Plays a scenario: by the clock until somebody acts, then steps that need a cue wait for it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from socialroom.rehearsal.network import Network
from socialroom.rehearsal.scenario import Scenario, Step
from socialroom.rehearsal.writing import Writer

_BEAT = 0.05  # seconds between looks at the script


class Stage:
    """One performance. `cut` makes the network refuse connections for so many seconds (of the wall)."""

    def __init__(
        self, network: Network, scenario: Scenario, writer: Writer, *, speed: float, cut: Callable[[float], None]
    ) -> None:
        self._network, self._scenario, self._writer = network, scenario, writer
        self._speed, self._cut = speed, cut
        self._waiting = list(scenario.steps)
        self._rate = scenario.base.rate
        self._next_post = 0.0
        self._started = network.clock.monotonic()
        self.cues: list[dict[str, Any]] = []
        self._heard: dict[str, float] = {}
        self._said: dict[str, int] = {}  # posts by the name of their step

    @property
    def second(self) -> float:
        """Of the scenario."""
        return (self._network.clock.monotonic() - self._started) * self._speed

    def cue(self, name: str) -> None:
        """Somebody did something that the script names; the first time counts.

        Raises:
            KeyError: the scenario has no such cue.
        """
        if name not in self._scenario.head.cues:
            raise KeyError(name)
        if name not in self._heard:
            self._heard[name] = self.second
            self._note("cue", name)

    def _note(self, kind: str, name: str) -> None:
        at: datetime = self._network.clock.now()
        self.cues.append({"kind": kind, "name": name, "second": round(self.second, 2), "at": at.isoformat()})

    def _due(self, step: Step) -> float | None:
        """The second at which a step comes; None while it waits for its cue."""
        if not step.needs or not self._heard:
            return step.at
        heard = self._heard.get(step.needs)
        return None if heard is None else heard + step.delay

    async def run(self) -> None:
        """Until it is cancelled."""
        self._started = self._network.clock.monotonic()
        while True:
            self.beat()
            await self._network.clock.sleep(min(_BEAT, _BEAT * 4 / self._speed))

    def beat(self) -> None:
        """What is due now."""
        now = self.second
        for step in list(self._waiting):
            due = self._due(step)
            if due is not None and due <= now:
                self._waiting.remove(step)
                self._play(step)
        if now - self._next_post > 5:
            self._next_post = now  # the machine slept: no flood afterwards
        while self._rate and self._next_post <= now:
            self._writer.write()
            self._writer.changes_its_mind()
            self._next_post += self._writer.interval(self._rate)

    def _play(self, step: Step) -> None:
        self._note("step", step.name)
        if step.rate is not None:
            self._rate, self._next_post = step.rate, self.second
        if step.topic:
            self._writer.topic = step.topic
        if step.topic == "base":
            self._writer.languages = self._scenario.base.languages
        if step.languages:
            self._writer.languages = step.languages
        if step.text:
            author = self._network.person(step.author)
            post = self._network.write(
                author,
                step.text,
                language=step.language,
                visibility=step.visibility,
                parent=self._said.get(step.answers),
            )
            self._said[step.name] = post.id
        if step.cut:
            self._cut(step.cut / self._speed)
