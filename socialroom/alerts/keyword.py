"""Rings when a word or phrase is heard more often than it should be.

One post does not ring, unless `least = 1` asks for that: then each one does.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec

from socialroom.alerts._detectors import first_unlikely
from socialroom.alerts._lately import Lately, headline, lately, summed, usual
from socialroom.alerts._settings import RuleSettings
from socialroom.domain.alert import Finding
from socialroom.domain.errors import ConfigError
from socialroom.domain.ports import Window
from socialroom.domain.query import Query, parse
from socialroom.domain.specs import RuleSpec
from socialroom.domain.text import clean_line
from socialroom.locale import _

_RARE: Final = 0.001  # how unlikely a count must be, where the word is usual
_MANY: Final = 8  # people that make it red: one of them shouting is not a crisis
_EACH: Final = 300.0  # seconds between two rings where each post rings


class KeywordSettings(RuleSettings, frozen=True, kw_only=True):
    """`rule = "keyword"`: words and phrases that must not be said often.

    Attributes:
        words: each is counted by itself, without regard to case and accents.
        least: posts within `minutes` that ring; where the word is usual, as many more as make it unlikely. With 1 each
            post rings, at most every five minutes.
        red: posts within `minutes`, by at least eight people, that make it red.
        minutes: how long a post counts.
    """

    words: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
    least: Annotated[int, msgspec.Meta(ge=1)] = 3
    red: Annotated[int, msgspec.Meta(ge=1)] = 10
    minutes: Annotated[int, msgspec.Meta(ge=5, le=60)] = 15

    def __post_init__(self) -> None:
        """Refuses what can never be heard."""
        for word in self.words:
            try:
                _query(word)
            except ConfigError:
                raise ValueError(_("{word} has no letter or digit to listen for").format(word=word)) from None


class Keyword:
    """Counts what was written lately with each word."""

    kind = "keyword"

    def __init__(self, settings: KeywordSettings) -> None:
        self._settings = settings
        self._words = {word: _query(word) for word in settings.words}

    def look(self, window: Window) -> list[Finding]:
        """One finding a word that was heard within the time."""
        found = [self._look(word, window) for word in self._words]
        return [f for f in found if f is not None]

    def _look(self, word: str, window: Window) -> Finding | None:
        own, key = self._settings, f"word:{word}"
        heard = lately(window, key, own.minutes)
        each = own.least == 1
        # Where each post counts, one that came late counts too.
        fresh = [p for p in window.fresh if self._words[word].matches(p)] if each else []
        if not heard.count and fresh:
            heard = summed(fresh)
        if not heard.count:
            return None
        often = usual(window, key, own.minutes)
        least = own.least if each else max(own.least, first_unlikely(often or 0.0, _RARE))
        since = heard.first_at or window.now
        return Finding(
            key=f"keyword:{clean_line(word, 80)}",
            headline=headline(clean_line(word, 80), heard, own.minutes, often, since),
            severity=3 if heard.count >= max(own.red, 2 * least) and heard.of_many(_MANY) else 2,
            figures=_figures(heard, often),
            posts=heard.posts,
            authors=heard.authors,
            since=since,
            rings=bool(fresh) if each else heard.count >= least,
            event=each,
            cool_down=_EACH if each else max(1800.0, own.minutes * 120.0),
            again_after=own.again_after,
            counter=key,
        )


def _query(word: str) -> Query:
    return parse('"' + word.replace('"', " ") + '"')


def _figures(heard: Lately, often: float | None) -> dict[str, float]:
    figures = {"count": float(heard.count)}
    return figures if often is None else figures | {"usual": often}


RULE = RuleSpec(title="Keyword", settings=KeywordSettings, build=Keyword)
