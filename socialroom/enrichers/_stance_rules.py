"""The rule engine of stance: one data file per language, read as words that speak for a stance and what turns them."""

from __future__ import annotations

import itertools
import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

import regex

from socialroom.domain.stance import StanceLabel

_WORD: Final = regex.compile(
    r"[\p{L}\p{M}\p{N}]+(?:[*@#$]+[\p{L}\p{M}]*|[-/][\p{L}\p{M}\p{N}]+)*|\p{Extended_Pictographic}|[?!…]"
)
_MASK: Final = re.compile(r"[*@#$]+")
_DRAWN_OUT: Final = re.compile(r"(.)\1{2,}")
_LETTERS: Final = 5  # letters that stand apart and are one word, at least
_REACH: Final = 3  # words back that negate
_GAP: Final = 3  # words that "~" may stand for
_STRENGTHS: Final[Mapping[str, int]] = {"strong": 3, "plain": 2, "weak": 1}
_LOVE, _THANKS, _CRITICISM = StanceLabel.LOVE.value, StanceLabel.THANKS.value, StanceLabel.CRITICISM.value
_ABUSE, _QUESTION = StanceLabel.ABUSE.value, StanceLabel.QUESTION.value
_REPAIRED, _UNREPAIRED, _NEUTRAL, _SURE = "repaired", "unrepaired", "neutral", "sure"
_CERTAIN: Final = 0.6  # of a tone
_MOST_REASONS: Final = 4
_NEEDED: Final = 2  # of weight for a stance
_CLEAR: Final = 3  # of weight: a question with that much complaint in it is a complaint


class Said(NamedTuple):
    """Some words that speak for something."""

    kind: str
    weight: int
    words: str


class _Phrase(NamedTuple):
    parts: tuple[str, ...]  # "escroc*" is a beginning, "~" a gap
    kind: str
    weight: int


@cache
def available() -> tuple[str, ...]:
    """Codes of the languages that have rules."""
    folder = files("socialroom.enrichers") / "_stances"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@lru_cache(50_000)
def _folded(word: str) -> str:
    """A word without accents, in small letters; what hides letters ("f***") is one sign."""
    decomposed = unicodedata.normalize("NFKD", word)
    plain = "".join(ch for ch in decomposed if not unicodedata.combining(ch)).casefold().replace("œ", "oe")
    return _MASK.sub("•", plain)


class StanceRules:
    """The rules of a language, loaded from its file."""

    def __init__(self, language: str) -> None:
        data = tomllib.loads((files("socialroom.enrichers") / "_stances" / f"{language}.toml").read_text("utf-8"))
        experimental = " (experimental)" if data.get("experimental") else ""
        self.engine = f"stance {language} {data['version']}{experimental}"
        self._negations = frozenset(map(_folded, data["negations"]))
        self._halves = {k: frozenset(v) for k, v in data.get("halves", {}).items()}
        self._after = frozenset(map(_folded, data["negations_after"]))
        self._you = frozenset(map(_folded, data["you"]))
        self._greetings = frozenset(map(_folded, data["greetings"]))
        self._openers: dict[str, list[tuple[str, ...]]] = {}
        for parts in sorted(map(_parts, data["openers"]), key=len, reverse=True):
            self._openers.setdefault(parts[0], []).append(parts)
        self._exact: dict[str, list[_Phrase]] = {}
        self._beginnings: dict[str, list[_Phrase]] = {}
        for phrase in _phrases(data):
            first = phrase.parts[0]
            group = self._beginnings if first.endswith("*") else self._exact
            group.setdefault(first.rstrip("*"), []).append(phrase)
        self._sizes = sorted({len(beginning) for beginning in self._beginnings})
        self._opening = lru_cache(20_000)(self._that_open_with)

    def stance(self, text: str, *, tone: float | None, to_us: bool) -> tuple[str, tuple[str, ...]]:
        """The stance of a text (empty: none of them) and the words that say so.

        Args:
            text: of any length; the caller cuts it.
            tone: what a tone engine gave it, in [-1, 1].
            to_us: whether it speaks to the brand or names it.
        """
        written = list(_together(_WORD.findall(text.replace("’", "'"))))
        words = [_folded(w) for w in written]
        if not words:
            return "", ()
        said = list(self._said(words, written))
        told = to_us or any(w in self._you for w in words)
        weights = self._weights(said, told=told)
        asks, asked = self._asks(words, written)
        weights[_QUESTION] += asks
        if asked:
            said.append(Said(_QUESTION, asks, asked))
        label = _decided(weights, mark="?" in words)
        if label:
            return label, _reasons(said, label)
        return self._by_tone(tone, told=to_us)

    @staticmethod
    def _by_tone(tone: float | None, *, told: bool) -> tuple[str, tuple[str, ...]]:
        """No word speaks for a stance: a tone that leaves no doubt, said to us, does."""
        if tone is None or not told or abs(tone) < _CERTAIN:
            return "", ()
        return (_LOVE if tone > 0 else _CRITICISM), (f"{tone:+.2f}",)

    # --- words ----------------------------------------------------------------------------------------------------

    def _that_open_with(self, word: str) -> tuple[_Phrase, ...]:
        found: list[_Phrase] = []
        for spelling in dict.fromkeys((word, _DRAWN_OUT.sub(r"\1", word), _DRAWN_OUT.sub(r"\1\1", word))):
            found += self._exact.get(spelling, ())
            for size in self._sizes:
                if size > len(spelling):
                    break
                found += self._beginnings.get(spelling[:size], ())
            if found:
                break
        return tuple(found)

    def _said(self, words: Sequence[str], written: Sequence[str]) -> Iterator[Said]:
        """What speaks for something, each word at most once, longer phrases first."""
        skip = 0
        for i, word in enumerate(words):
            if i < skip:
                continue
            best: tuple[int, int, _Phrase] | None = None
            for phrase in self._opening(word):
                # Its first word fits: that is how it was found.
                end = i + 1 if len(phrase.parts) == 1 else _end(phrase.parts[1:], words, i + 1)
                if end and (best is None or (end, phrase.weight) > best[:2]):
                    best = (end, phrase.weight, phrase)
            if best is not None:
                end, _weight, phrase = best
                skip = end
                yield self._turned(phrase, words, i, end)._replace(words=" ".join(written[i:end]))

    def _turned(self, phrase: _Phrase, words: Sequence[str], start: int, end: int) -> Said:
        """A phrase after the negations around it: what is not good is bad, what is never bad is good."""
        kind, weight = phrase.kind, phrase.weight
        picture = not any(ch.isalnum() for ch in phrase.parts[0])  # what somebody pulls a face at is said, not turned
        if kind in (_LOVE, _CRITICISM) and not picture and self._negated(words, start, end):
            kind = _CRITICISM if kind == _LOVE else _LOVE
            weight = min(weight + (kind == _LOVE), 2)
        return Said(kind, weight, "")

    def _negated(self, words: Sequence[str], start: int, end: int) -> bool:
        for place in range(start - 1, max(-1, start - 1 - _REACH), -1):
            word = words[place]
            if word in ("?", "!", "…"):
                break
            if word in self._negations:
                needed = self._halves.get(word)
                if needed is None or (place + 1 < len(words) and words[place + 1] in needed):
                    return True
        return any(w in self._after for w in words[end : end + 1])

    def _weights(self, said: Iterable[Said], *, told: bool) -> dict[str, int]:
        weights = dict.fromkeys((_LOVE, _THANKS, _CRITICISM, _ABUSE, _QUESTION, _REPAIRED, _UNREPAIRED, _NEUTRAL), 0)
        found = tuple(said)
        for one in found:
            weight = one.weight
            if one.kind == _ABUSE and not told and weight < _CLEAR:
                weight = 1  # of somebody else, as far as anybody knows
            weights[one.kind] += weight
        weights[_SURE] = max((one.weight for one in found if one.kind == _LOVE), default=0)
        if weights[_REPAIRED] and not weights[_UNREPAIRED]:
            weights[_CRITICISM] = 0
        return weights

    # --- questions ------------------------------------------------------------------------------------------------

    def _asks(self, words: Sequence[str], written: Sequence[str]) -> tuple[int, str]:
        """How much a text asks by its form, and by which words: a sentence's beginning, a question mark."""
        begin = 0
        while begin < len(words) and words[begin] in self._greetings:
            begin += 1
        for parts in self._openers.get(words[begin], ()) if begin < len(words) else ():
            end = _end(parts, words, begin)
            if end:
                return (3 if "?" in words else 1 + (end - begin > 1)), " ".join(written[begin:end])
        return (_NEEDED, "?") if "?" in words else (0, "")


def _decided(weights: Mapping[str, int], *, mark: bool) -> str:
    """What weighs enough: an insult stands over all, a fault turns praise and thanks to scorn, a complaint may ask, too."""
    love, thanks, criticism, question = (weights[k] for k in (_LOVE, _THANKS, _CRITICISM, _QUESTION))
    if weights[_ABUSE] >= _NEEDED:
        return _ABUSE
    if question >= _NEEDED and criticism < _CLEAR and (mark or question > thanks) and question >= love:
        return _QUESTION
    if criticism >= _NEEDED and (criticism >= min(love, _CLEAR) or weights[_SURE] < _CLEAR):
        return _CRITICISM
    if thanks >= _NEEDED:
        return _THANKS
    if love >= _NEEDED and love > criticism:
        return _LOVE
    return _QUESTION if question >= _NEEDED else ""


def _reasons(said: Iterable[Said], label: str) -> tuple[str, ...]:
    kinds = {label} | ({_LOVE, _THANKS} if label == _CRITICISM else set())
    found = sorted((s for s in said if s.kind in kinds), key=lambda s: (s.kind != label, -s.weight))
    return tuple(dict.fromkeys(s.words for s in found))[:_MOST_REASONS]


def _together(written: Iterable[str]) -> Iterator[str]:
    """Words; single letters in a row ("i d i o t s") are one word, too, where they are many."""
    for apart, group in itertools.groupby(written, key=lambda w: len(w) == 1 and w.isalpha()):
        letters = list(group)
        if apart and len(letters) >= _LETTERS:
            yield "".join(letters)
        else:
            yield from letters


def _parts(text: str) -> tuple[str, ...]:
    words = text.replace("'", " ").split()
    return tuple(part if part == "~" else _folded(part.rstrip("*")) + "*" * part.endswith("*") for part in words)


def _phrases(data: Mapping[str, Any]) -> Iterator[_Phrase]:
    for label in StanceLabel:
        for strength, weight in _STRENGTHS.items():
            for text in data[label.value].get(strength, ()):
                yield _Phrase(_parts(text), label.value, weight)
    for kind in (_NEUTRAL, _REPAIRED, _UNREPAIRED):
        for text in data[kind]["phrases"]:
            yield _Phrase(_parts(text), kind, 4 if kind == _NEUTRAL else 2)


def _end(parts: Sequence[str], words: Sequence[str], start: int) -> int:
    """Where a phrase that opens at a place ends; 0 where it does not open there."""
    place = start
    for number, part in enumerate(parts):
        if part == "~":
            rest = parts[number + 1 :]
            return next((end for gap in range(_GAP + 1) if (end := _end(rest, words, place + gap))), 0)
        if place >= len(words) or not _fits(part, words[place]):
            return 0
        place += 1
    return place


def _fits(part: str, word: str) -> bool:
    if word == part:
        return True
    if part[-1] == "*":
        return word.startswith(part[:-1])
    return word[:1] == part[:1] and len(word) > len(part) and _DRAWN_OUT.sub(r"\1", word) == part
