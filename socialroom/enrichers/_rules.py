"""The rule engine of language packs: word scores, negation, boosters, but-words, emoji, emphasis."""

from __future__ import annotations

import math
import re
import tomllib
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files

_TOKEN = re.compile(r"\w+(?:-\w+)*")
_REACH = 3  # words back that negate or boost
_NEGATED = -0.74  # these four as in VADER: a negation turns and weakens, a step of degree, capitals, exclamation marks
_DEGREE = 0.293
_CAPITALS = 0.733
_EXCLAMATION = 0.292


@cache
def available() -> tuple[str, ...]:
    """Codes of the languages that have rules; not each has a lexicon."""
    folder = files("socialroom.enrichers") / "_packs"
    return tuple(sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml")))


@lru_cache(20_000)
def _plain(word: str) -> str:
    decomposed = unicodedata.normalize("NFKD", word)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))


def _scores(name: str) -> dict[str, float]:
    """Reads `score<TAB>word word …` lines; lines that open with "# " are notes."""
    found: dict[str, float] = {}
    text = (files("socialroom.enrichers") / "_packs" / name).read_text("utf-8")
    for line in text.splitlines():
        score, _, words = line.partition("\t")
        if words and not line.startswith("# "):
            found.update(dict.fromkeys(words.split(" "), float(score)))
    return found


def emoji() -> dict[str, float]:
    """What each emoji says."""
    return {k: v for k, v in _scores("emoji.tsv").items() if not k.isalnum()}


class Pack:
    """A language's pack, loaded from its data files.

    Args:
        language: ISO 639-1, one of `available()`.
        words: whether the lexicons, emoji and emoticons count.
        overlay: whether the words and phrases of the trade count, which no lexicon holds.
    """

    def __init__(self, language: str, *, words: bool = True, overlay: bool = True) -> None:
        rules = tomllib.loads((files("socialroom.enrichers") / "_packs" / f"{language}.toml").read_text("utf-8"))
        self.engine = f"pack {language} {rules['version']}"
        self.lexicons: tuple[str, ...] = tuple(rules["lexicons"])
        self.by_people = any(not name.startswith("carried-") for name in self.lexicons)
        self._words: dict[str, float] = {}
        for name in self.lexicons if words else ():
            self._words |= _scores(f"{name}.tsv")
        self._emoji = emoji() if words else {}
        self._emoticons = {k: v for k, v in self._words.items() if not any(ch.isalpha() for ch in k)}
        self._phrases: dict[str, list[tuple[list[str], float]]] = {}
        for phrase, score in rules["overlay"].items() if overlay else ():
            parts = _TOKEN.findall(phrase.replace("'", " "))
            if len(parts) == 1:
                self._words[parts[0]] = score
            else:
                self._phrases.setdefault(parts[0], []).append((parts, score))
        for group in (self._words, self._phrases):
            for word in list(group):  # many write without accents
                group.setdefault(_plain(word), group[word])  # type: ignore[arg-type]
        self._negations = frozenset(rules["negations"])
        self._after = frozenset(rules["negations_after"])
        self._halves = rules["half_negations"]  # negate only behind one of these
        self._degrees = dict.fromkeys(rules["boosters"], _DEGREE) | dict.fromkeys(rules["dampeners"], -_DEGREE)
        self._buts = frozenset(rules["buts"])
        self._pictures = frozenset(self._emoji)

    def score(self, text: str) -> float:
        """The tone of a text in [-1, 1]; 0 when nothing in it carries any."""
        words, found = self._found(text)
        total = self._summed(words, found) + self._drawn(text)
        if total:
            total += math.copysign(min(text.count("!"), 4) * _EXCLAMATION, total)
        return round(total / math.sqrt(total * total + 15), 4)

    def explain(self, text: str) -> list[tuple[str, float]]:
        """The words, phrases and signs that carry tone, each with what it adds before all of it is squeezed to [-1, 1]."""
        words, found = self._found(text)
        but = self._but(words) if found else None
        said = [(" ".join(words[i : i + length]), value * self._share(i, but)) for i, length, value in found]
        drawn = [(p, self._emoji[p] * min(text.count(p), 3)) for p in sorted(self._pictures.intersection(text))]
        drawn += [(w, self._emoticons[w]) for w in text.split() if w in self._emoticons and not w[0].isalpha()]
        total = sum(value for _, value in (*said, *drawn))
        if total and "!" in text:
            drawn.append(("!", math.copysign(min(text.count("!"), 4) * _EXCLAMATION, total)))
        return said + drawn

    def _found(self, text: str) -> tuple[list[str], list[tuple[int, int, float]]]:
        """All words, lower-case, and what carries tone: place, number of words, value."""
        written = _TOKEN.findall(text)
        words = [w.lower() for w in written]
        shouted = not text.isupper()
        found: list[tuple[int, int, float]] = []
        skip = 0
        for i, word in enumerate(words):
            if i < skip:
                continue
            if word in self._phrases and (whole := self._phrase(words, i)) is not None:
                found.append((i, *whole))
                skip = i + whole[0]
            elif word in self._words and word not in self._degrees and word not in self._negations:
                value = self._words[word]
                if shouted and len(word) > 2 and written[i].isupper():
                    value += math.copysign(_CAPITALS, value)
                found.append((i, 1, self._modified(words, i, value)))
        return words, found

    def _phrase(self, words: list[str], i: int) -> tuple[int, float] | None:
        """Length and score of the longest phrase that opens here."""
        fits = [(len(p), score) for p, score in self._phrases[words[i]] if self._same(words[i : i + len(p)], p)]
        return max(fits, default=None)

    @staticmethod
    def _same(words: list[str], phrase: list[str]) -> bool:
        return words == phrase or list(map(_plain, words)) == list(map(_plain, phrase))

    def _modified(self, words: list[str], i: int, value: float) -> float:
        """A word's score after the words around it."""
        start = max(0, i - _REACH)
        for distance, word in enumerate(reversed(words[start:i])):
            if word in self._buts:
                break
            degree = self._degrees.get(word)
            if degree is not None:
                value += math.copysign(degree, value * degree) * (1 - 0.05 * distance)
            elif word in self._negations and self._negates(words, i - distance - 1):
                return value * _NEGATED
        for place in range(i + 1, min(i + 3, len(words))):
            if words[place] in self._buts:
                break
            if words[place] in self._after and self._negates(words, place):
                return value * _NEGATED
        return value

    def _negates(self, words: list[str], place: int) -> bool:
        needed = self._halves.get(words[place])
        return needed is None or any(w in needed for w in words[max(0, place - 4) : place])

    def _summed(self, words: list[str], found: list[tuple[int, int, float]]) -> float:
        but = self._but(words) if found else None
        return sum(value * self._share(i, but) for i, _, value in found)

    def _but(self, words: list[str]) -> int | None:
        return next((i for i, w in enumerate(words) if w in self._buts and i > 0), None)

    @staticmethod
    def _share(place: int, but: int | None) -> float:
        if but is None:
            return 1.0
        return 0.5 if place < but else 1.5

    def _drawn(self, text: str) -> float:
        """What emoji and emoticons say; the same one again counts at most three times."""
        if text.isalnum():
            return 0.0
        total = 0.0
        if not text.isascii():
            total = sum(self._emoji[p] * min(text.count(p), 3) for p in sorted(self._pictures.intersection(text)))
        return total + sum(self._emoticons.get(w, 0.0) for w in text.split() if not w[0].isalpha())
