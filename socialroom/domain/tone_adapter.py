"""What a room learned from its own corrections: tones as engines tell them, told again with words of its own. Pure.

A softmax regression over what the engine said and, from 50 labels on, hashed words: no word can be read out of it. People
correct what is wrong, so as many posts that nobody corrected are mixed in, as right as they were told. It is believed only
where it is better than the engines on labels that it has not seen.
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Final, NamedTuple

import regex

from socialroom.domain.country import fold
from socialroom.domain.tone import Tone, ToneLabel
from socialroom.domain.value import Value

RECALIBRATES_FROM: Final = 30  # labels
ADAPTS_FROM: Final = 50
MOST: Final = 4_000  # labels that are learned from
_LABELS: Final = tuple(label.value for label in ToneLabel)
_FOLDS: Final = 5
_ROUNDS: Final = 40
_STEP: Final = 0.3
_DECAY: Final = 1e-3
_LONGEST: Final = 1_000  # characters
_WORD: Final = regex.compile(r"[\p{L}\p{M}\p{N}]+|\p{Extended_Pictographic}")


class Example(NamedTuple):
    """A text, what an engine told, and what somebody says it is."""

    text: str
    language: str
    told: Tone
    label: str


class Adapter(Value, frozen=True):
    """Weights for negative, neutral and positive by feature; macro-F1 in percent on folds it had not seen."""

    weights: dict[str, tuple[float, float, float]]
    words: bool
    labels: int
    before: float
    after: float
    at: datetime | None = None

    def told(self, text: str, language: str, tone: Tone) -> Tone:
        """The tone told again; the same where no engine told one."""
        if tone.label is None:
            return tone
        shares = _shares(self.weights, features(text, language, tone, words=self.words))
        best = max(range(3), key=shares.__getitem__)
        now: Tone = tone.changed(
            label=ToneLabel(_LABELS[best]), score=round(shares[2] - shares[0], 4), engine=f"{tone.engine} + room"
        )
        return now


def features(text: str, language: str, tone: Tone, *, words: bool) -> dict[str, float]:
    """What is learned from."""
    label = tone.label.value if tone.label is not None else ""
    score = tone.score or 0.0
    found = {"bias": 1.0, f"told:{label}": 1.0, f"told:{language}:{label}": 1.0, "score": score}
    if words:
        hashed = set(_hashed(text))
        found |= dict.fromkeys(hashed, 1.5 / math.sqrt(len(hashed))) if hashed else {}
    return found


def _hashed(text: str) -> Iterator[str]:
    said = [fold(word) for word in _WORD.findall(text[:_LONGEST])]
    for word in (*said, *(" ".join(pair) for pair in itertools.pairwise(said))):
        yield blake2b(word.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def fit(examples: Sequence[Example], *, words: bool) -> dict[str, tuple[float, float, float]]:
    """Weights that tell these; the same examples give the same weights. Every label weighs the same in all."""
    rows = [(features(e.text, e.language, e.told, words=words), _LABELS.index(e.label)) for e in examples]
    counts = [sum(label == k for _row, label in rows) for k in range(3)]
    weights: dict[str, list[float]] = {}
    for k, name in enumerate(_LABELS):  # it begins as the engine tells it
        weights[f"told:{name}"] = [1.5 if j == k else 0.0 for j in range(3)]
    dice = random.Random(7)  # noqa: S311 - only an order
    order = list(range(len(rows)))
    for turn in range(_ROUNDS):
        dice.shuffle(order)
        step = _STEP / (1 + turn / 10)
        for i in order:
            row, label = rows[i]
            shares = _shares(weights, row)
            heavy = len(rows) / (3 * counts[label])
            for name, value in row.items():
                held = weights.setdefault(name, [0.0] * 3)
                for k in range(3):
                    held[k] -= step * (min(heavy, 3.0) * (shares[k] - (k == label)) * value + _DECAY * held[k])
    return {name: (held[0], held[1], held[2]) for name, held in weights.items()}


def _shares(weights: Mapping[str, Sequence[float]], row: Mapping[str, float]) -> list[float]:
    """How likely each label is."""
    sums = [0.0, 0.0, 0.0]
    for name, value in row.items():
        held = weights.get(name)
        if held is not None:
            for k in range(3):
                sums[k] += held[k] * value
    most = max(sums)
    raised = [math.exp(s - most) for s in sums]
    total = sum(raised)
    return [r / total for r in raised]


def learned(examples: Sequence[Example], *, labels: int, at: datetime) -> Adapter:
    """An adapter of all examples, with what it and the engines reach on folds that it has not seen."""
    words = labels >= ADAPTS_FROM
    order = list(range(len(examples)))
    random.Random(11).shuffle(order)  # noqa: S311 - only an order
    told_again = [""] * len(examples)
    for fold_number in range(_FOLDS):
        held_out = order[fold_number::_FOLDS]
        out = set(held_out)
        weights = fit([e for i, e in enumerate(examples) if i not in out], words=words)
        for i in held_out:
            e = examples[i]
            shares = _shares(weights, features(e.text, e.language, e.told, words=words))
            told_again[i] = _LABELS[max(range(3), key=shares.__getitem__)]
    truth = [e.label for e in examples]
    return Adapter(
        weights=fit(examples, words=words),
        words=words,
        labels=labels,
        before=macro_f1(truth, [e.told.label.value if e.told.label else "" for e in examples]),
        after=macro_f1(truth, told_again),
        at=at,
    )


def macro_f1(truth: Sequence[str], found: Sequence[str]) -> float:
    """Mean of the F1 of the labels that are there, in percent."""
    shares = []
    for label in sorted(set(truth)):
        right = sum(t == f == label for t, f in zip(truth, found, strict=True))
        shares.append(200 * right / (truth.count(label) + found.count(label)))
    return sum(shares) / len(shares) if shares else 0.0
