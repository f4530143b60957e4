"""Two linear models, fitted with numpy alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def logistic(x: Floats, y: npt.NDArray[np.int64], *, c: float, rounds: int = 600) -> Floats:
    """Weights of a multinomial logistic regression, classes balanced; the last row is the bias, which costs nothing.

    Minimises the sum of the weighted losses plus |w|²/2c, by Nesterov's accelerated gradients.
    """
    classes = int(y.max()) + 1
    counts = np.bincount(y, minlength=classes)
    share = (len(y) / (classes * counts))[y].astype(np.float32)
    wide = np.concatenate([x, np.ones((len(x), 1), np.float32)], axis=1)
    truth = np.eye(classes, dtype=np.float32)[y]
    steep = 0.5 * float(np.linalg.norm((wide * np.sqrt(share)[:, None]), 2) ** 2) + 1 / c
    w: Floats = np.zeros((wide.shape[1], classes), np.float32)
    ahead: Floats = w
    momentum = 1.0
    for _ in range(rounds):
        slope = wide.T @ (share[:, None] * (shares(wide @ ahead) - truth))
        slope[:-1] += ahead[:-1] / c
        new: Floats = (ahead - slope / steep).astype(np.float32)
        following = (1 + (1 + 4 * momentum**2) ** 0.5) / 2
        ahead, w, momentum = new + (momentum - 1) / following * (new - w), new, following
    return w


def shares(logits: Floats) -> Floats:
    """Softmax by row."""
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    result: Floats = raised / raised.sum(axis=1, keepdims=True)
    return result


def ridge(x: Floats, y: Floats, alpha: float) -> Floats:
    """Weights of a dense least-squares fit with a penalty; the last row is the bias, which costs nothing."""
    mean, middle = x.mean(axis=0), y.mean(axis=0)
    centred = (x - mean).astype(np.float64)
    w = np.linalg.solve(centred.T @ centred + alpha * np.eye(x.shape[1]), centred.T @ (y - middle))
    result: Floats = np.concatenate([w, (middle - mean @ w)[None]]).astype(np.float32)
    return result


class Sparse:
    """Texts by tokens by hashed pieces, and dense columns beside them, as one matrix that is never written out."""

    def __init__(
        self, texts: Sequence[Sequence[int]], pieces: Sequence[Sequence[int]], dense: Floats, weight: Floats, size: int
    ) -> None:
        lengths = np.array([sum(len(pieces[t]) for t in text) for text in texts])
        self._text = np.repeat(np.arange(len(texts)), lengths)
        self._place = np.fromiter((p for text in texts for t in text for p in pieces[t]), np.int64, int(lengths.sum()))
        used, self._place = np.unique(self._place, return_inverse=True)
        self.used = used
        self._value = (np.sqrt(weight) / np.sqrt(np.maximum(lengths, 1)))[self._text].astype(np.float64)
        self._dense = dense * np.sqrt(weight)[:, None]
        self._texts, self._size = len(texts), size
        self.columns = len(used) + dense.shape[1]

    def times(self, w: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """This matrix times a column."""
        cut = len(self.used)
        return np.bincount(self._text, self._value * w[:cut][self._place], self._texts) + self._dense @ w[cut:]

    def back(self, r: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """Its transpose times a column."""
        hashed = np.bincount(self._place, self._value * r[self._text], len(self.used))
        return np.concatenate([hashed, self._dense.T @ r])

    def ridge(self, y: npt.NDArray[np.float64], alpha: float, rounds: int) -> npt.NDArray[np.float64]:
        """The column w that minimises |this·w - y|² + alpha |w|², by conjugate gradients."""
        w = np.zeros(self.columns)
        r = y.copy()
        s = self.back(r)
        p, size = s, float(s @ s)
        first = size
        for _ in range(rounds):
            q = self.times(p)
            step = size / float(q @ q + alpha * (p @ p))
            w += step * p
            r -= step * q
            s = self.back(r) - alpha * w
            now = float(s @ s)
            if now < 1e-8 * first:
                break
            p, size = s + now / size * p, now
        return w
