"""The rules file: what sorts cases in. A mistake names its line, and then nothing of the file is taken."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from typing import Annotated, Final, Literal

import msgspec

from socialroom.config.reading import Document
from socialroom.domain import duty
from socialroom.domain.case_rule import PRIORITIES, CaseRule, Then, When
from socialroom.domain.errors import ConfigError
from socialroom.domain.person import Audience
from socialroom.domain.query import UNSCORED, parse
from socialroom.domain.specs import Settings
from socialroom.domain.stance import NO_STANCE, StanceLabel
from socialroom.domain.text import clean_line
from socialroom.domain.tone import ToneLabel
from socialroom.locale import N_

MOST: Final = 5_000  # rules
_COUNTRY: Final = re.compile("[A-Z]{2}")
_STANCES: Final = (*(label.value for label in StanceLabel), NO_STANCE)
_TONES: Final = (*(label.value for label in ToneLabel), UNSCORED)

Texts = str | tuple[str, ...]


class _When(Settings, frozen=True):
    """The table [rule.when]."""

    network: Texts = ()
    words: str = ""
    tone: Texts = ()
    stance: Texts = ()
    audience: Texts = ()
    country: Texts = ()
    followers: Annotated[int, msgspec.Meta(ge=0)] | None = None
    language: Texts = ()
    hours: str = ""
    days: Texts = ()


class _Then(Settings, frozen=True):
    """The table [rule.then]."""

    tag: Texts = ()
    assign: str = ""
    priority: Literal["normal", "high", "urgent"] | None = None
    alert: bool | str = False
    done: str = ""


class _Rule(Settings, frozen=True):
    """The table [[rule]]."""

    name: str
    when: dict[str, object] = {}
    then: dict[str, object] = {}


def read_rules(
    document: Document, operators: Collection[str] = (), networks: Collection[str] = ()
) -> tuple[CaseRule, ...]:
    """The rules of a document, in their order.

    Args:
        document: the file.
        operators: to whom a case can be assigned; empty: anybody.
        networks: those that exist; empty: any.

    Raises:
        ConfigError: with file, line, key and the fix.
    """
    for name, value in document.tables.items():
        if name != "rule":
            raise document.error(
                N_("there is no such table"), (name,), remedy=N_("Known here: {known}."), known="[[rule]]"
            )
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise document.error(
                N_("{name} is not written as a table"),
                (name,),
                name=name,
                remedy=N_("Write [[{name}]] above each entry."),
            )
    tables = document.tables.get("rule", [])
    if len(tables) > MOST:
        raise document.error(
            N_("there are more than {most} rules"), ("rule", MOST), most=MOST, remedy=N_("Write fewer.")
        )
    found: dict[str, CaseRule] = {}
    for i, table in enumerate(tables):
        read = document.convert(table, _Rule, ("rule", i))
        name = clean_line(read.name, 60).strip()
        if not name:
            raise document.error(
                N_("the name is empty"), ("rule", i, "name"), remedy=N_('Write it in quotes: name = "…"')
            )
        if name in found:
            raise document.error(
                N_("two rules are called {name}"),
                ("rule", i, "name"),
                name=name,
                remedy=N_("Give each its own name."),
            )
        reading = _Reading(document, i)
        found[name] = CaseRule(
            name=name, when=reading.when(read.when, networks), then=reading.then(read.then, operators)
        )
    return tuple(found.values())


class _Reading:
    """Reads one rule of a document."""

    def __init__(self, document: Document, number: int) -> None:
        self._document, self._rule = document, ("rule", number)

    def when(self, table: dict[str, object], networks: Collection[str]) -> When:
        """Its conditions."""
        read = self._document.convert(table, _When, (*self._rule, "when"))
        self._check_words(read.words)
        hours = duty.hours(read.hours) if read.hours else None
        if read.hours and hours is None:
            raise self._wrong("hours", read.hours, N_("Write it like this: 22:00-07:00"))
        days: list[int] = []
        for text in _texts(read.days):
            some = duty.days(text)
            if some is None:
                raise self._wrong("days", text, N_("Write days like these: mon, sat-sun"))
            days += some
        return When(
            network=self._choices("network", read.network, tuple(networks)) if networks else _texts(read.network),
            words=read.words,
            tone=self._choices("tone", read.tone, _TONES),
            stance=self._choices("stance", read.stance, _STANCES),
            audience=self._choices("audience", read.audience, tuple(a.value for a in Audience)),
            country=self._countries(read.country),
            followers=read.followers,
            language=tuple(code.lower() for code in _texts(read.language)),
            hours=hours,
            days=tuple(sorted(set(days))),
        )

    def then(self, table: dict[str, object], operators: Collection[str]) -> Then:
        """What it does."""
        path = (*self._rule, "then")
        read = self._document.convert(table, _Then, path)
        assign = clean_line(read.assign, 60).strip()
        whom = next((o for o in operators if o.casefold() == assign.casefold()), "")
        if assign and operators and not whom:
            raise self._document.error(
                N_("{name} is not an operator of this room"),
                (*path, "assign"),
                name=assign,
                remedy=N_("Known here: {known}."),
                known=", ".join(operators),
            )
        then = Then(
            tags=tuple(t for text in _texts(read.tag) if (t := clean_line(text, 60).strip())),
            assign=whom or assign,
            priority=None if read.priority is None else PRIORITIES[read.priority],
            rings=bool(read.alert),
            alert=clean_line(read.alert, 200).strip() if isinstance(read.alert, str) else "",
            done=clean_line(read.done, 200).strip(),
        )
        if then == Then():
            raise self._document.error(
                N_("this rule does nothing"),
                path,
                remedy=N_("Write under [rule.then] one of: {known}."),
                known=", ".join(_Then.__struct_fields__),
            )
        return then

    def _check_words(self, words: str) -> None:
        try:
            parse(words)
        except ConfigError as error:
            raise self._document.error(
                N_("the words of a rule cannot be read: {reason}"),
                (*self._rule, "when", "words"),
                reason=str(error),
                remedy=N_("socialroom query explain says what a query means."),
            ) from None

    def _choices(self, key: str, given: Texts, known: tuple[str, ...]) -> tuple[str, ...]:
        for text in _texts(given):
            if text not in known:
                near = difflib.get_close_matches(text, known, 1)
                raise self._wrong(
                    key, text, N_("Did you mean {near}?") if near else N_("Choose one of: {known}."),
                    near=near[0] if near else "", known=", ".join(known),
                )  # fmt: skip
        return _texts(given)

    def _countries(self, given: Texts) -> tuple[str, ...]:
        found = tuple(text.upper() for text in _texts(given))
        for code in found:
            if _COUNTRY.fullmatch(code) is None:
                raise self._wrong("country", code, N_("Write two letters, as FR."))
        return found

    def _wrong(self, key: str, found: str, remedy: str, **values: str) -> ConfigError:
        return self._document.error(
            N_("{found} is not possible here"), (*self._rule, "when", key), found=found, remedy=remedy, **values
        )


def _texts(given: Texts) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else given
