"""`socialroom measure tone`: how often tone and language are right on labelled posts, with the rows that keep one honest.

A file holds a head and a post a line: `lang<TAB>label<TAB>text`, UTF-8; lang is ISO 639-1, label negative, neutral or
positive, and everything behind the second tab is the text. A folder is all its *.tsv files together.

Macro-F1 is the mean of the F1 of the three labels, in %. A post that no engine scored is wrong, whatever its label.
"""

from __future__ import annotations

import argparse
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from socialroom.commands.room import say, say_json, table
from socialroom.config.sample import sample
from socialroom.domain.errors import ConfigError
from socialroom.domain.ports import Enrichment, Utterance
from socialroom.domain.tone import Language, ToneLabel
from socialroom.engine.scoring_child import ACCURATE, build, can_be_accurate
from socialroom.locale import N_, _, number

SEVEN: Final = ("fr", "en", "es", "de", "it", "pt", "ar")
"""The languages of the mean that figures are compared by."""

_HEAD: Final = "lang\tlabel\ttext"
_BATCH: Final = 300  # posts, as in the room


class Labelled(msgspec.Struct, frozen=True):
    """A post whose tone a person said."""

    language: str
    label: ToneLabel
    text: str


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One way to score and what it reaches, in % by language.

    `speed` is posts per CPU-second, of all enrichers with their memory warm; 0 where not measured.
    """

    name: str
    languages: dict[str, float]
    mean: float | None
    speed: float = 0.0


Labels = Sequence[ToneLabel | None]


def macro_f1(truth: Sequence[ToneLabel], said: Labels) -> float:
    """In %. None is wrong and is no label of its own."""
    total = 0.0
    for label in ToneLabel:
        hit = sum(t is label and s is label for t, s in zip(truth, said, strict=True))
        of = sum(t is label for t in truth) + sum(s is label for s in said)
        total += 2 * hit / of if of else 0.0
    return 100 * total / len(ToneLabel)


# --- the data ------------------------------------------------------------------------------------------------------


def read(path: Path) -> list[Labelled]:
    """All posts of a file, or of the *.tsv files of a folder.

    Raises:
        ConfigError: with file and line, where something cannot be read.
    """
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    posts = [post for file in files for post in _posts(file)]
    if not posts:
        raise ConfigError(N_("there is no post in it"), file=str(path), remedy=N_("Write {example}."), example=_HEAD)
    return posts


def _posts(file: Path) -> Iterator[Labelled]:
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(N_("it cannot be read: {reason}"), file=str(file), reason=reason) from None
    if lines[0].rstrip("\r") != _HEAD:
        raise ConfigError(
            N_("the head is missing"), file=str(file), line=1, remedy=N_("Write {example}."), example=_HEAD
        )
    for n, line in enumerate(lines[1:], start=2):
        if not line.strip():
            continue
        fields = line.rstrip("\r").split("\t", 2)
        try:
            language, label, text = fields
            yield Labelled(language.strip().lower().split("-")[0], ToneLabel(label.strip()), text)
        except ValueError:
            raise ConfigError(
                N_("this is no labelled post"),
                file=str(file),
                line=n,
                remedy=N_("Write {example}."),
                example="fr\tnegative\t…",
            ) from None


# --- the rows ------------------------------------------------------------------------------------------------------


def languages_of_the_sample() -> tuple[str, ...]:
    """The languages that the room of `socialroom init` works in: those that may be detected."""
    return tuple(tomllib.loads(sample())["room"]["languages"])


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """All that was measured; the first row is the one that is graded, the second the same with the detected language."""

    tone: str  # "base" or "accurate": what the graded rows used
    counts: dict[str, int]
    rows: list[Row]
    right_language: dict[str, float]  # % by language
    engines: dict[str, str]  # the one that scored most posts of each language; "" where none did


def measure(posts: Sequence[Labelled], tones: Sequence[str]) -> Measured:
    """A row each way; `tones` are what a room may ask for ("base", "accurate"), the graded one first."""
    allowed = languages_of_the_sample()
    rows: list[Row] = []
    engines: dict[str, str] = {}
    right: dict[str, float] = {}
    for tone in tones:
        known, unknown = build(allowed, tone, known=True), build(allowed, tone)
        given, _spent = _run(known, posts, told=True)
        found, spent = _run(unknown, posts, told=False)
        if tone != ACCURATE:  # words seen before cost less, as in a room that has run for a while
            spent = min(spent, _run(unknown, posts, told=False)[1])
        said = [e.tone.label if e.tone else None for e in given]
        rows.append(_row(_KNOWN[tone], posts, said))
        detected = _row(_FOUND[tone], posts, [e.tone.label if e.tone else None for e in found])
        rows.append(msgspec.structs.replace(detected, speed=len(posts) / spent if spent else 0.0))
        if not engines:
            engines = _engines(posts, given)
            right = _right(posts, found)
    rows.append(_row(N_("control: always neutral"), posts, [ToneLabel.NEUTRAL] * len(posts)))
    rows.append(_row(N_("control: VADER as it is, on every language"), posts, _vader(posts)))
    counts = Counter(post.language for post in posts)
    return Measured(
        tone=tones[0], counts={code: counts[code] for code in _sorted(counts)}, rows=rows, right_language=right,
        engines=engines,
    )  # fmt: skip


_KNOWN: Final = {"base": N_("base, language as in the file"), ACCURATE: N_("accurate, language as in the file")}
_FOUND: Final = {"base": N_("base, language detected"), ACCURATE: N_("accurate, language detected")}


def _run(
    enrich: Callable[[Sequence[Utterance]], list[Enrichment]], posts: Sequence[Labelled], *, told: bool
) -> tuple[list[Enrichment], float]:
    """What is said of each post, and the CPU-seconds it took once the models were loaded."""
    enrich([Utterance(text="Hello, bonjour, hola!", language=Language(code="en", confidence=1.0))])
    given = [
        Utterance(text=post.text, language=Language(code=post.language, confidence=1.0) if told else None)
        for post in posts
    ]
    began = time.process_time()
    found = [e for start in range(0, len(given), _BATCH) for e in enrich(given[start : start + _BATCH])]
    return found, time.process_time() - began


def _row(name: str, posts: Sequence[Labelled], said: Labels) -> Row:
    by_language: dict[str, tuple[list[ToneLabel], list[ToneLabel | None]]] = {}
    for post, label in zip(posts, said, strict=True):
        truth, labels = by_language.setdefault(post.language, ([], []))
        truth.append(post.label)
        labels.append(label)
    reached = {code: macro_f1(*by_language[code]) for code in _sorted(by_language)}
    return Row(name=name, languages=reached, mean=_mean(reached))


def _mean(by_language: Mapping[str, float]) -> float | None:
    """Over those of the seven that there are."""
    figures = [by_language[code] for code in SEVEN if code in by_language]
    return sum(figures) / len(figures) if figures else None


def _sorted(codes: Mapping[str, object]) -> list[str]:
    return [*(code for code in SEVEN if code in codes), *sorted(code for code in codes if code not in SEVEN)]


def _right(posts: Sequence[Labelled], found: Sequence[Enrichment]) -> dict[str, float]:
    hits: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    for post, enrichment in zip(posts, found, strict=True):
        counts[post.language] += 1
        hits[post.language] += enrichment.language is not None and enrichment.language.code == post.language
    return {code: 100 * hits[code] / counts[code] for code in _sorted(counts)}


def _engines(posts: Sequence[Labelled], given: Sequence[Enrichment]) -> dict[str, str]:
    names: dict[str, Counter[str]] = {}
    for post, enrichment in zip(posts, given, strict=True):
        engine = f"{enrichment.tone.engine} {enrichment.tone.standing}".strip() if enrichment.tone else ""
        names.setdefault(post.language, Counter())[engine] += 1
    return {code: names[code].most_common(1)[0][0] for code in _sorted(names)}


def _vader(posts: Sequence[Labelled]) -> Labels:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    upstream = SentimentIntensityAnalyzer()
    said = []
    for post in posts:
        compound = upstream.polarity_scores(post.text[:2000])["compound"]
        toned = ToneLabel.POSITIVE if compound > 0 else ToneLabel.NEGATIVE
        said.append(toned if abs(compound) >= 0.05 else ToneLabel.NEUTRAL)
    return said


# --- the command ---------------------------------------------------------------------------------------------------


def report(options: argparse.Namespace) -> int:
    """Prints the table. Raises ConfigError."""
    posts = read(Path(options.path))
    measured = measure(posts, [ACCURATE, "base"] if can_be_accurate() else ["base"])
    if options.json:
        say_json(_as_json(measured))
    else:
        say(*_lines(measured))
    return 0


def _as_json(measured: Measured) -> dict[str, object]:
    known, detected = measured.rows[0], measured.rows[1]
    return {
        "tone": measured.tone,
        "languages": {
            code: {
                "n": n,
                "macro_f1": known.languages[code],
                "macro_f1_detected": detected.languages[code],
                "language_accuracy": measured.right_language[code],
                "engine": measured.engines[code],
            }
            for code, n in measured.counts.items()
        },
        "mean": known.mean,
        "mean_detected": detected.mean,
        "mean_language_accuracy": _mean(measured.right_language),
        "rows": [msgspec.structs.asdict(row) for row in measured.rows],
    }


def _lines(measured: Measured) -> Iterator[str]:
    codes = list(measured.counts)
    head = ("", *codes, _("mean of {n}").format(n=number(sum(code in SEVEN for code in codes))), _("posts/CPU-s"))
    right = measured.right_language
    yield from table([
        head,
        (_("posts"), *(number(n) for n in measured.counts.values()), "", ""),
        *((_(row.name), *(_figure(row.languages[code]) for code in codes), _figure(row.mean), _speed(row.speed))
          for row in measured.rows),
        (_("language is right"), *(_figure(right[code]) for code in codes), _figure(_mean(right)), ""),
    ])  # fmt: skip
    yield ""
    for code, engine in measured.engines.items():
        yield _("{language}: {engine}").format(language=code, engine=engine or _("unscored"))
    yield ""
    yield _("Macro-F1 of negative, neutral and positive in %. Unscored counts as wrong. The first row is graded.")
    yield _("The mean is that of {languages}, so far as they are there.").format(languages=" ".join(SEVEN))


def _figure(value: float | None) -> str:
    return "–" if value is None else number(value, 1)


def _speed(value: float) -> str:
    return number(round(value, -2)) if value else ""
