"""vaderSentiment 3.3.2 with the same results, in time linear in the length of the text."""

from __future__ import annotations

import heapq
from typing import NamedTuple

from vaderSentiment import vaderSentiment as upstream  # noqa: N813 - the package and its module share a name

_NEGATIONS = frozenset(upstream.NEGATE)
_REMEMBERED = 50_000  # tokens


class _Around(NamedTuple):
    """The words around one hit, in the shape that upstream's rules read."""

    words_and_emoticons: list[str]
    is_cap_diff: bool


class LinearVader(upstream.SentimentIntensityAnalyzer):  # type: ignore[misc]
    """Upstream's rules look at most three words back and two ahead: they are given just those."""

    def __init__(self) -> None:
        super().__init__()
        self._tokens: dict[str, tuple[str, str]] = {}
        self._pictures = frozenset(self.emojis)

    def polarity_scores(self, text: str) -> dict[str, float]:
        """Upstream's four figures: neg, neu, pos in [0, 1], compound in [-1, 1]."""
        text, _words, scores = self._weighed(text)
        found: dict[str, float] = self.score_valence(scores, text)
        return found

    def explain(self, text: str) -> list[tuple[str, float]]:
        """The words that carry tone, each with what it adds before all of it is squeezed to [-1, 1]."""
        _text, words, scores = self._weighed(text)
        return [(word, score) for word, score in zip(words, scores, strict=True) if score]

    def _weighed(self, text: str) -> tuple[str, list[str], list[float]]:
        """The text with its emoji described, its words, and the score of each."""
        text = self._described(text).strip()
        words: list[str] = []
        lowered: list[str] = []
        for token in text.split():
            word, lower = self._tokens.get(token) or self._remember(token)
            words.append(word)
            lowered.append(lower)
        scores: list[float] = [0] * len(words)
        hits = [i for i, lower in enumerate(lowered) if lower in self.lexicon and lower not in upstream.BOOSTER_DICT]
        if hits:
            shouted = upstream.allcap_differential(words)
            for i in hits:
                if lowered[i] == "kind" and lowered[i + 1 : i + 2] == ["of"]:
                    continue
                around = _Around(words[max(0, i - 3) : i + 3], shouted)
                scores[i] = self.sentiment_valence(0, around, words[i], min(i, 3), [])[0]
            if "but" in lowered:
                _weigh_but(lowered.index("but"), scores)
        return text, words, scores

    def _remember(self, token: str) -> tuple[str, str]:
        if len(self._tokens) >= _REMEMBERED:
            self._tokens.clear()
        word = upstream.SentiText._strip_punc_if_word(token)  # noqa: SLF001 - upstream's own rule, kept as it is
        self._tokens[token] = word, word.lower()
        return self._tokens[token]

    def _described(self, text: str) -> str:
        """Emoji replaced by their descriptions, by upstream's rule of spaces."""
        if text.isascii() or self._pictures.isdisjoint(text):
            return text
        pieces: list[str] = []
        after_space = True
        for character in text:
            description = self.emojis.get(character)
            if description is None:
                pieces.append(character)
                after_space = character == " "
            else:
                if not after_space:
                    pieces.append(" ")
                pieces.append(description)
                after_space = False
        return "".join(pieces)

    @staticmethod
    def _negation_check(valence: float, words_and_emoticons: list[str], start_i: int, i: int) -> float:
        """Upstream's rule for the word `start_i + 1` places before."""
        before = [w.lower() for w in words_and_emoticons[i - start_i - 1 : i]][::-1]  # nearest first
        farthest = before[-1]
        if start_i == 1 and farthest == "never" and before[0] in {"so", "this"}:
            return valence * 1.25
        if start_i == 2 and ((farthest == "never" and before[1] in {"so", "this"}) or before[0] in {"so", "this"}):
            return valence * 1.25
        if start_i > 0 and farthest == "without" and "doubt" in before[:-1]:
            return valence
        if farthest in _NEGATIONS or "n't" in farthest:
            return valence * float(upstream.N_SCALAR)
        return valence


def _weigh_but(but: int, scores: list[float]) -> None:
    """Halves what stands before "but" and raises what stands behind.

    Upstream finds each score again by its value, and so weighs the first of equals several times. Results are promised
    identical, so this does the same; heaps of places by value keep it from searching the whole list each time.
    """
    places: dict[float, list[int]] = {}
    for i, score in enumerate(scores):
        if score:
            places.setdefault(score, []).append(i)
    for i in range(len(scores)):
        score = scores[i]
        if not score:
            continue
        heap = places[score]
        while scores[heap[0]] != score:
            heapq.heappop(heap)
        first = heap[0]
        if first != but:
            scores[first] = score * (0.5 if first < but else 1.5)
            heapq.heappush(places.setdefault(scores[first], []), first)
