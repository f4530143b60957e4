"""A written scenario: what happens on the rehearsal network, and when. Mistakes in one name their line."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from socialroom.config.reading import Document
from socialroom.domain.specs import Settings
from socialroom.locale import N_

FOLDER = Path(__file__).with_name("scenarios")
LANGUAGES = ("fr", "en", "es", "pt", "ar")
TOPICS = ("love", "thanks", "criticism", "question", "press", "outage")

Seconds = Annotated[float, msgspec.Meta(ge=0, le=3600)]
Rate = Annotated[float, msgspec.Meta(ge=0, le=200)]
Weights = dict[str, Annotated[float, msgspec.Meta(ge=0)]]


class Head(Settings, frozen=True):
    """The table [scenario]."""

    name: str
    seed: int
    words: str
    account: str
    display: str
    cues: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


class Past(Settings, frozen=True):
    """The table [history]: seeded days before the start."""

    days: Annotated[int, msgspec.Meta(ge=0, le=90)] = 7
    posts: Annotated[int, msgspec.Meta(ge=0, le=100_000)] = 3000


class Base(Settings, frozen=True, kw_only=True):
    """The table [base]: what goes on when nothing special does. `rate` is posts a second; the rest are weights."""

    rate: Rate = 1.0
    topics: Weights
    languages: Weights


class Role(Settings, frozen=True):
    """The table [[person]]: somebody whom a step names."""

    handle: str
    name: str
    host: str = ""
    followers: int = 120


class Step(Settings, frozen=True):
    """The table [[step]].

    Attributes:
        name: in the report.
        at: seconds after the start, by the clock.
        needs: cue that it waits for instead, once somebody has acted.
        delay: seconds after that cue.
        author: who writes `text`, in `language`.
        visibility: of that text; "direct" is a private message to the brand.
        answers: name of an earlier step whose text this one answers.
        rate: posts a second from here on; None leaves it.
        topic: what they are about from here on ("base": the usual).
        languages: weights from here on.
        cut: the network refuses connections for so many seconds.
    """

    name: str
    at: Seconds
    needs: str = ""
    delay: Seconds = 0.0
    author: str = ""
    language: str = "en"
    text: str = ""
    visibility: Literal["public", "unlisted", "private", "direct"] = "public"
    answers: str = ""
    rate: Rate | None = None
    topic: str = ""
    languages: Weights = {}
    cut: Seconds = 0.0


class Words(msgspec.Struct, frozen=True):
    """Templates and banks: texts[language][topic], banks[language][slot], and rarities."""

    banks: dict[str, dict[str, list[str]]]
    texts: dict[str, dict[str, list[str]]]
    rare: dict[str, list[str]]
    people: dict[str, list[str]]


class Scenario(msgspec.Struct, frozen=True):
    """A whole scenario, checked."""

    head: Head
    past: Past
    base: Base
    people: tuple[Role, ...]
    steps: tuple[Step, ...]
    words: Words


def names() -> list[str]:
    """The scenarios that are shipped."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load(name_or_path: str) -> Scenario:
    """Reads a scenario by name or by path.

    Raises:
        ConfigError: with file, line, key and the fix.
    """
    known = FOLDER / f"{name_or_path}.toml"
    document = Document.read(known if known.is_file() else Path(name_or_path))
    tables = document.tables
    for name in tables:
        if name not in ("scenario", "history", "base", "person", "step"):
            raise document.error(N_("there is no such table"), (name,))
    for name in ("scenario", "base"):
        if not isinstance(tables.get(name), dict):
            raise document.error(N_("the table {name} is missing"), (), name=name, remedy=N_("Add the line: [{name}]"))
    head = document.convert(tables["scenario"], Head, ("scenario",))
    if not (FOLDER / "words" / f"{head.words}.toml").is_file():
        raise document.error(N_("there are no words called {name}"), ("scenario", "words"), name=head.words)
    scenario = Scenario(
        head=head,
        past=document.convert(tables.get("history", {}), Past, ("history",)),
        base=document.convert(tables["base"], Base, ("base",)),
        people=tuple(document.convert(t, Role, ("person", i)) for i, t in enumerate(_list(document, "person"))),
        steps=tuple(document.convert(t, Step, ("step", i)) for i, t in enumerate(_list(document, "step"))),
        words=words(head.words),
    )
    _check(document, scenario)
    return scenario


@cache
def words(name: str) -> Words:
    """The words of a brand (shipped ones only: a scenario names them, it does not bring them)."""
    return msgspec.toml.decode((FOLDER / "words" / f"{name}.toml").read_bytes(), type=Words)


def _list(document: Document, name: str) -> list[Any]:
    found = document.tables.get(name, [])
    if not isinstance(found, list):
        raise document.error(
            N_("{name} is not written as a table"), (name,), name=name, remedy=N_("Write [[{name}]] above each entry.")
        )
    return found


def _check(document: Document, scenario: Scenario) -> None:
    _weights(document, scenario.base.languages, LANGUAGES, ("base", "languages"))
    _weights(document, scenario.base.topics, TOPICS, ("base", "topics"))
    before = 0.0
    seen: set[str] = set()
    for i, step in enumerate(scenario.steps):
        where = ("step", i)
        if step.name in seen:
            raise document.error(N_("two steps are called {name}"), (*where, "name"), name=step.name)
        if step.answers and step.answers not in seen:
            raise document.error(N_("no earlier step is called {name}"), (*where, "answers"), name=step.answers)
        seen.add(step.name)
        if step.at < before:
            raise document.error(
                N_("the step comes earlier than the one above it"), (*where, "at"), remedy=N_("Write steps in order.")
            )
        before = step.at
        if step.needs and step.needs not in scenario.head.cues:
            raise document.error(
                N_("there is no cue called {name}"),
                (*where, "needs"),
                name=step.needs,
                known=", ".join(scenario.head.cues),
                remedy=N_("Known here: {known}."),
            )
        if step.topic not in ("", "base", *TOPICS):
            raise document.error(N_("there is no topic called {name}"), (*where, "topic"), name=step.topic)
        if step.text and not step.author:
            raise document.error(
                N_("a text without an author"), (*where, "text"), remedy=N_("Add the line: author = …")
            )
        if step.languages:
            _weights(document, step.languages, LANGUAGES, (*where, "languages"))


def _weights(document: Document, given: Weights, known: tuple[str, ...], where: tuple[str | int, ...]) -> None:
    for name in given:
        if name not in known:
            raise document.error(
                N_("{name} is not known here"), (*where, name), name=name, known=", ".join(known),
                remedy=N_("Known here: {known}."),
            )  # fmt: skip
    if not sum(given.values()):
        raise document.error(N_("at least one weight must be more than nothing"), where)
