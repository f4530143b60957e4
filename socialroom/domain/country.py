"""Which country a post is of, guessed from what it says and who says it. Pure.

What somebody declared (a person card, a list, a source) is no guess and is asked elsewhere, first. A guess never decides
what a guest may see.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import regex

from socialroom.domain.person import Author
from socialroom.domain.post import Post
from socialroom.domain.text import clean_line
from socialroom.domain.value import Message, Value
from socialroom.locale import N_

LONGEST: Final = 1_000  # characters; of a longer post the head is looked at
_FLOOR: Final = 0.45  # of confidence: below it nobody knows
_RIVAL: Final = 0.75  # of the best: another country that is as likely leaves it open
_HOST, _NAME_PLACE, _TEXT_PLACE, _NAME_FLAG, _TEXT_FLAG, _PHONE, _ONLY_LANGUAGE = 0.6, 0.7, 0.5, 0.7, 0.25, 0.6, 0.5
_SURE_LANGUAGE: Final = 0.7  # of confidence in it
_VANITY: Final = frozenset({"am", "ml", "md", "cd", "cf", "gw"})  # top levels that are given to anybody, for their look
_TOP_LEVELS: Final[Mapping[str, str]] = {"uk": "GB"}
_FLAG: Final = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_TOKEN: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+")
_NUMBER: Final = re.compile(r"(?:\+|\b00)[1-9][\d .\-()/\u00a0]{6,20}\d")
_MOST_WORDS: Final = 5  # of one place


class Located(Value, frozen=True):
    """A country and who says so. `code` is empty where nobody knows; `declared` is what somebody said of it, no guess."""

    code: str = ""
    confidence: float = 0.0
    why: tuple[Message, ...] = ()
    declared: bool = False


class Country(Value, frozen=True):
    """What tells one country."""

    code: str
    languages: tuple[str, ...] = ()
    prefixes: tuple[str, ...] = ()  # "+33"
    words: tuple[str, ...] = ()


class Gazetteer:
    """Words, prefixes and languages of countries, compiled once.

    Args:
        countries: all that are known.
        only: those that the room works in; empty: all.
    """

    def __init__(self, countries: Collection[Country], only: Collection[str] = ()) -> None:
        self.codes = frozenset(only) or frozenset(c.code for c in countries)
        known = [c for c in countries if c.code in self.codes]
        self._places: dict[str, dict[tuple[str, ...], str]] = {}
        for country in known:
            for word in country.words:
                parts = tuple(_words(word))
                if parts:
                    self._places.setdefault(parts[0], {})[parts] = country.code
        self._prefixes = {p.lstrip("+"): c.code for c in known for p in c.prefixes}
        speakers: dict[str, set[str]] = {}
        for country in known:
            for language in country.languages:
                speakers.setdefault(language, set()).add(country.code)
        self._only = {language: codes.pop() for language, codes in speakers.items() if len(codes) == 1}
        self._limited = bool(only)

    def guess(self, post: Post) -> Located:
        """The country that most speaks for, where it is likely enough and no other one nearly as likely."""
        found: dict[str, list[tuple[float, Message]]] = {}
        for code, confidence, why in self._signs(post):
            if code in self.codes and why.template not in [w.template for _c, w in found.get(code, ())]:
                found.setdefault(code, []).append((confidence, why))
        if not found:
            return Located()
        likely = sorted(((_either(signs), code) for code, signs in found.items()), reverse=True)
        best, code = likely[0]
        if best < _FLOOR or (len(likely) > 1 and likely[1][0] >= best * _RIVAL):
            return Located()
        return Located(code=code, confidence=best, why=tuple(why for _confidence, why in found[code]))

    def _signs(self, post: Post) -> Iterator[tuple[str, float, Message]]:
        author = post.author
        if author is not None:
            yield from self._of_hosts(author)
            yield from self._of_text(author.name, _NAME_PLACE, _NAME_FLAG, N_("{found} in their name"))
        text = f"{post.title}\n{post.text}"[:LONGEST]
        yield from self._of_text(text, _TEXT_PLACE, _TEXT_FLAG, N_("{found} in the text"))
        for number in _NUMBER.findall(text):
            digits = re.sub(r"\D", "", number).removeprefix("00")
            prefix = next((p for size in (4, 3, 2, 1) if (p := digits[:size]) in self._prefixes), "")
            if prefix:
                yield self._prefixes[prefix], _PHONE, _why(N_("a number that begins with {found}"), f"+{prefix}")
        if post.language is not None and post.language.confidence >= _SURE_LANGUAGE and self._limited:
            code = self._only.get(post.language.code, "")
            if code:
                why = N_("no other country of the room speaks {found}")
                yield code, _ONLY_LANGUAGE, _why(why, post.language.code)

    def _of_hosts(self, author: Author) -> Iterator[tuple[str, float, Message]]:
        for host in hosts(author):
            top = host.rpartition(".")[2]
            code = _TOP_LEVELS.get(top, top.upper())
            if top not in _VANITY and "." in host:
                yield code, _HOST, _why(N_("{found}, where their profile is"), host)

    def _of_text(self, text: str, place: float, flag: float, why: str) -> Iterator[tuple[str, float, Message]]:
        for pair in _FLAG.findall(text):
            yield "".join(chr(ord(ch) - 0x1F1E6 + ord("A")) for ch in pair), flag, _why(why, pair)
        words = _words(text)
        for i, word in enumerate(words):
            places = self._places.get(word)
            if places is None:
                continue
            for size in range(_MOST_WORDS, 0, -1):
                code = places.get(tuple(words[i : i + size]))
                if code is not None:
                    yield code, place, _why(why, " ".join(words[i : i + size]))
                    break


def hosts(author: Author) -> tuple[str, ...]:
    """Hosts where an account lives: of its handle ("name@host", or a handle that is a domain)."""
    name, at, host = author.handle.strip().lstrip("@").partition("@")
    found = [host if at else name if "." in name else ""]
    with contextlib.suppress(ValueError):
        found.append(urlsplit(author.url).hostname or "")
    return tuple(dict.fromkeys(h.casefold().rstrip(".") for h in found if h))


def _either(signs: list[tuple[float, Message]]) -> float:
    """How likely it is if each sign is right as often as it says, whatever the others do."""
    wrong = 1.0
    for confidence, _why_it_is in signs:
        wrong *= 1 - confidence
    return 1 - wrong


def _why(template: str, found: str) -> Message:
    return Message(template=template, values={"found": clean_line(found, 60)})


def _words(text: str) -> list[str]:
    return [fold(word) for word in _TOKEN.findall(text.replace("’", "'"))]


def fold(word: str) -> str:
    """A word without accents, in small letters."""
    if word.isascii():
        return word.lower()
    decomposed = unicodedata.normalize("NFKD", word.casefold())
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch))
