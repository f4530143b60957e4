"""Makes the weights and carried lexicons that are shipped, from labels with clean licences.

    python -m socialroom.enrichers._training DATA [--memory FILE]

DATA holds tone/{vader-icwsm-tweets,vader-icwsm-amazon,afrisenti-*-train,kinit-sk-reviews}.tsv (`lang<TAB>label<TAB>text`) and
tatoeba/LANG.tsv (`English<TAB>other`), each with a head; the model card says where they come from. Needs the extra
`[accurate]`. About five minutes on one core; `--memory` keeps the encoder's vectors for the next run.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "2")  # before numpy is loaded

import numpy as np

import socialroom.enrichers as shipped
from socialroom.enrichers._accurate import WEIGHTS as HEAD
from socialroom.enrichers._accurate import Head
from socialroom.enrichers._student import (
    BITS,
    LEXICON,
    WEIGHTS,
    Lexicons,
    lexicon_row,
    places,
    tokens,
)
from socialroom.enrichers._training.encoding import Encoder
from socialroom.enrichers._training.fitting import Floats, Sparse, logistic
from socialroom.enrichers._training.lexicons import Carrier, carry

PAIRS = ("ar", "de", "es", "fr", "it", "nl", "pl", "pt", "ro", "sk")
UNKNOWN = ("ro", "sk")  # to the encoder: only the English side speaks for a pair
LABELS = ("negative", "neutral", "positive")
BIAS = (-0.2, 0.0, -0.6)
Text = tuple[str, str]  # language, text


def labelled(file: Path) -> tuple[list[Text], np.ndarray]:
    """Texts with language, and their labels as 0, 1, 2."""
    rows = [line.rstrip("\r").split("\t", 2) for line in file.read_text("utf-8").split("\n")[1:] if line.strip()]
    return [(code, text) for code, _, text in rows], np.array([LABELS.index(label) for _, label, _ in rows])


def pairs(file: Path) -> list[tuple[str, str]]:
    """English and the other language."""
    return [
        (line.rstrip("\r").split("\t")[0], line.rstrip("\r").split("\t")[1])
        for line in file.read_text("utf-8").split("\n")[1:]
        if "\t" in line
    ]


class Teacher:
    """The encoder's head, and where there is one a lexicon by people."""

    def __init__(self, encoder: Encoder, texts: Sequence[Text], labels: np.ndarray) -> None:
        vectors = encoder.encode([text for _, text in texts])
        head = Head(vectors.mean(axis=0), vectors.std(axis=0) + np.float32(1e-6), np.zeros((513, 3), np.float32))
        head.weights = logistic(head.scaled(vectors), labels, c=0.3)
        self.head, self._encoder, self._lexicons = head, encoder, Lexicons()

    def logits(self, texts: Sequence[Text]) -> Floats:
        """A row a text."""
        found = self.head.log_shares(self._encoder.encode([text for _, text in texts]))
        found = found + np.array((0.6, 0.0, 0.2), np.float32)
        said = [
            self._lexicons.words(text, code) if code in {"en", "fr", "pt"} else self._lexicons.pictures(text)
            for code, text in texts
        ]
        result: Floats = found + 1.5 * np.outer(said, (-1, 0, 1)).astype(np.float32)
        return result


def taught(data: Path, teacher: Teacher) -> tuple[list[Text], Floats, Floats]:
    """All texts that the learned engine learns from, with what it should say of each and how much each counts."""
    texts: list[Text] = []
    wanted: list[Floats] = []
    weights: list[Floats] = []

    def add(some: Sequence[Text], logits: Floats, weight: float = 1.0) -> None:
        texts.extend(some)
        wanted.append(logits)
        weights.append(np.full(len(some), weight, np.float32))

    for name, gold, weight in (
        ("vader-icwsm-tweets", 0.5, 1.0), ("vader-icwsm-amazon", 0.5, 1.0), ("afrisenti-ary-train", 0.3, 1.0),
        ("afrisenti-arq-train", 0.3, 1.0), ("afrisenti-por-train", 0.3, 1.0), ("kinit-sk-reviews", 0.8, 2.0),
    ):  # fmt: skip
        some, labels = labelled(data / "tone" / f"{name}.tsv")
        said = np.where(np.eye(3)[labels] > 0, 1.5, -1.5).astype(np.float32)
        add(some, gold * said + (1 - gold) * teacher.logits(some), weight)
    for code in PAIRS:
        both = pairs(data / "tatoeba" / f"{code}.tsv")
        english = teacher.logits([("en", one) for one, _ in both])
        others = [(code, other) for _, other in both]
        add(others, english if code in UNKNOWN else 0.6 * english + 0.4 * teacher.logits(others))
        add([("en", one) for one, _ in both], english)
    logits = np.concatenate(wanted)
    logits = np.clip(logits - logits.mean(axis=1, keepdims=True), -2.5, 2.5)
    return texts, logits, np.concatenate(weights)


def fitted(texts: Sequence[Text], wanted: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Weights of the hashed pieces and of the lexicons' figures."""
    lexicons = Lexicons()
    numbers: dict[str, int] = {}
    split = [[numbers.setdefault(t, len(numbers)) for t in tokens(text)] for _, text in texts]
    dense = np.array(
        [lexicon_row(lexicons.words(text, code), lexicons.pictures(text), code) for code, text in texts], np.float32
    )
    matrix = Sparse(split, [places(token) for token in numbers], dense, weights, 1 << BITS)
    hashed = np.zeros((1 << BITS, 3), np.float32)
    lexicon = np.zeros((LEXICON, 3), np.float32)
    for column in range(3):
        w = matrix.ridge((wanted[:, column] * np.sqrt(weights)).astype(np.float64), 1.0, 120)
        hashed[matrix.used, column] = w[: len(matrix.used)]
        lexicon[:, column] = w[len(matrix.used) :]
    return hashed, lexicon


def main() -> None:
    """Runs all steps and says what each made."""
    options = argparse.ArgumentParser(prog="python -m socialroom.enrichers._training", description=__doc__)
    options.add_argument("data", type=Path)
    options.add_argument("--memory", type=Path)
    given = options.parse_args()
    data: Path = given.data
    folder = Path(shipped.__file__).parent
    encoder = Encoder(given.memory)
    tweets, tweet_labels = labelled(data / "tone" / "vader-icwsm-tweets.tsv")
    reviews, review_labels = labelled(data / "tone" / "vader-icwsm-amazon.tsv")
    sentences = {code: pairs(data / "tatoeba" / f"{code}.tsv") for code in PAIRS}
    english = [text for _, text in (*tweets, *reviews)] + [one for both in sentences.values() for one, _ in both]
    carrier = Carrier(encoder, english)
    others = {code: [other for _, other in both] for code, both in sentences.items()}
    print("carried lexicons:", carry(carrier, encoder, others, folder / "_packs"))
    teacher = Teacher(encoder, [*tweets, *reviews], np.concatenate([tweet_labels, review_labels]))
    np.savez_compressed(
        folder / HEAD, mean=teacher.head.mean, spread=teacher.head.spread, weights=teacher.head.weights
    )  # fmt: skip
    texts, wanted, weights = taught(data, teacher)
    print("texts:", len(texts))
    hashed, lexicon = fitted(texts, wanted, weights)
    np.savez_compressed(
        folder / WEIGHTS,
        hashed=hashed.astype(np.float16),
        lexicon=lexicon,
        bias=np.array(BIAS, np.float32),
    )
    for name in (WEIGHTS, HEAD):
        print(name, (folder / name).stat().st_size, "bytes")


if __name__ == "__main__":
    main()
