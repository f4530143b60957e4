"""`socialroom measure stance`: precision and recall of every stance on labelled posts, with the rows that keep one honest.

A file has tab-separated columns named by its first line: language, stance (love, thanks, criticism, abuse, question,
none) and text. A column called half keeps what rules were written by apart: rows that say "dev" are not graded, and
where others say more than one thing, each has its own rows in the table.
"""

from __future__ import annotations

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from socialroom.commands.room import say, say_json, table
from socialroom.domain.errors import ConfigError
from socialroom.domain.ports import Utterance
from socialroom.domain.stance import NO_STANCE, STANCES, StanceLabel
from socialroom.domain.tone import Language
from socialroom.engine.scoring_child import build
from socialroom.locale import N_, _, number

_DEV: Final = "dev"
_LABELS: Final = (*(label.value for label in StanceLabel), NO_STANCE)
_MOST: Final = 1_000_000  # characters of a field


class Labelled(NamedTuple):
    """One post and what people say it is."""

    language: str
    stance: str
    text: str
    half: str = ""


class Figures(msgspec.Struct, frozen=True):
    """One stance: shares in percent, None where nothing was found or nothing was there."""

    n: int
    precision: float | None
    recall: float | None
    f1: float | None


class Row(msgspec.Struct, frozen=True):
    """All posts of one language, or of all, and how well they were told."""

    n: int
    accuracy: float
    macro_f1: float  # of the five stances
    stances: dict[str, Figures]


Tell = Callable[[Sequence[Labelled]], Sequence[str]]
"""Posts in, a stance each out ("none" where there is none)."""


def teller() -> Tell:
    """The engines as a room runs them, with each post's language as the file says it; each post speaks to the brand."""
    enrich = build((), known=True)

    def tell(posts: Sequence[Labelled]) -> list[str]:
        said = [Utterance(text=p.text, language=Language(code=p.language, confidence=1.0), to_us=True) for p in posts]
        return [e.stance.label or NO_STANCE if e.stance is not None else NO_STANCE for e in enrich(said)]

    return tell


def measure(posts: Sequence[Labelled], tell: Tell) -> dict[str, Row]:
    """A row for all, by language, and by half where there are several."""
    told = tell(posts)
    halves = {post.half for post in posts}
    groups: dict[str, list[tuple[str, str]]] = {"all": []}
    for post, found in zip(posts, told, strict=True):
        for name in ("all", post.language, *((f"half {post.half}",) if len(halves) > 1 else ())):
            groups.setdefault(name, []).append((post.stance, found))
    return {name: _row(pairs) for name, pairs in groups.items() if pairs}


def _row(pairs: Sequence[tuple[str, str]]) -> Row:
    right = Counter(truth for truth, found in pairs if truth == found)
    truths, founds = Counter(truth for truth, _found in pairs), Counter(found for _truth, found in pairs)
    stances = {label: _figures(right[label], truths[label], founds[label]) for label in _LABELS}
    five = [figures.f1 or 0.0 for label, figures in stances.items() if label != NO_STANCE and figures.n]
    return Row(
        n=len(pairs),
        accuracy=100 * right.total() / len(pairs),
        macro_f1=sum(five) / len(five) if five else 0.0,
        stances=stances,
    )


def _figures(right: int, true: int, found: int) -> Figures:
    return Figures(
        n=true,
        precision=100 * right / found if found else None,
        recall=100 * right / true if true else None,
        f1=200 * right / (true + found) if true + found else None,
    )


def read(path: Path) -> list[Labelled]:
    """The posts that are graded, of a file or of every .tsv file of a folder.

    Raises:
        ConfigError: with file and line, where something cannot be read.
    """
    files = sorted(path.glob("*.tsv")) if path.is_dir() else [path]
    return [post for file in files for post in _posts(file) if post.half != _DEV]


def _posts(file: Path) -> Iterator[Labelled]:
    csv.field_size_limit(_MOST)
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows = csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
            for fields in rows:
                language, stance, text = (fields.get(name) for name in ("language", "stance", "text"))
                if not language or text is None or stance not in _LABELS:
                    raise ConfigError(
                        N_("this is no labelled post"),
                        file=str(file),
                        line=rows.line_num,
                        remedy=N_("Write the columns language, stance and text; a stance is one of: {known}."),
                        known=", ".join(_LABELS),
                    )
                yield Labelled(language.strip(), stance, text, fields.get("half") or "")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ConfigError(N_("it cannot be read: {reason}"), file=str(file), reason=reason) from None


def report(options: argparse.Namespace) -> int:
    """Prints the table. Raises ConfigError."""
    posts = read(Path(options.path))
    rows = measure(posts, teller())
    most = Counter(p.stance for p in posts).most_common(1)
    control = measure(posts, lambda all_posts: [most[0][0]] * len(all_posts)) if most else {}
    if options.json:
        say_json({
            "languages": {name: msgspec.to_builtins(row) for name, row in rows.items()},
            "control": {name: msgspec.to_builtins(row) for name, row in control.items()},
        })  # fmt: skip
    else:
        say(*_lines(rows, control))
    return 0


def _lines(rows: Mapping[str, Row], control: Mapping[str, Row]) -> Iterator[str]:
    head = (_("language"), _("stance"), _("posts"), _("precision"), _("recall"), "F1")
    cells = [head]
    for name, row in rows.items():
        who = _("all") if name == "all" else name
        for label, one in row.stances.items():
            word = _("none of them") if label == NO_STANCE else _(STANCES[label])
            cells.append((who, word, number(one.n), _share(one.precision), _share(one.recall), _share(one.f1)))
        mean = _("mean of the five; {share} % are right").format(share=number(row.accuracy, 1))
        cells.append((who, mean, number(row.n), "", "", _share(row.macro_f1)))
    for name, row in control.items():
        if name == "all":
            mean = _("control: always the most common; {share} % are right").format(share=number(row.accuracy, 1))
            cells.append((_("all"), mean, number(row.n), "", "", _share(row.macro_f1)))
    yield from table(cells)


def _share(share: float | None) -> str:
    return "–" if share is None else number(share, 1)
