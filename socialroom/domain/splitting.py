"""Splits a text that is too long for one post into the parts of a thread."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import Final

from socialroom.domain._patterns import Pattern
from socialroom.domain.counting import CountRule, measure
from socialroom.domain.entities import entities

_GRAPHEME: Final = Pattern(r"\X")
# White space at which a line may break: the no-break spaces of French typography hold their neighbours together.
_SPACE: Final = r"[^\S\u00a0\u202f\u2007]"
_PARAGRAPH: Final = Pattern(rf"(?<=\S){_SPACE}*\n{_SPACE}*\n\s*")
_SENTENCE: Final = Pattern(
    rf"(?<=[.!?…][\"'’”»)\]]{{0,2}}){_SPACE}+|(?<=\S){_SPACE}*\n\s*|(?<=[。！？｡][」』”）]{{0,2}})(?=[^\s。！？｡」』”）])"
)
_WORD: Final = Pattern(rf"(?<=\S){_SPACE}+")
_FULL_ENOUGH: Final = 3  # a part ends early, at the end of a paragraph, once it holds a third of what would fit


def split(text: str, rule: CountRule, *, numbered: bool = True, opening: str = "") -> list[str]:
    """The texts of a thread, in order, each of which `rule`'s network takes; a text that fits is one part, unnumbered.

    Breaks are at ends of paragraphs, else of sentences, else of words; never inside a link, a mention or a letter with
    its marks, unless that alone is longer than a whole part. Without numbers, openings and white space the parts are
    the text again.

    Args:
        text: as typed.
        rule: how the network counts.
        numbered: each part ends in " 1/3", which is counted.
        opening: what every part begins with ("@person "), counted too; the first may have it already.

    Raises:
        RoomError: the rule names a counter that does not exist.
    """
    first = "" if _begins(text, opening) else opening
    if not measure(first + text, rule).over:
        return [first + text]
    text = text.strip()
    if not text:
        return [first.strip()]
    ends = _Ends(text, rule)
    digits = 1
    while True:
        parts = _parts(ends, rule, first, opening, digits if numbered else 0)
        if not numbered or len(parts) < 10**digits:
            break
        digits += 1
    return [f"{part} {n}/{len(parts)}" if numbered else part for n, part in enumerate(parts, 1)]


def _begins(text: str, opening: str) -> bool:
    wanted = opening.strip().casefold()
    given = text.lstrip().casefold()
    return given.startswith(wanted) and not given[len(wanted) : len(wanted) + 1].isalnum()


def _parts(ends: _Ends, rule: CountRule, first: str, opening: str, digits: int) -> list[str]:
    """The parts without their numbers; `digits` are kept free for how many parts there are."""
    parts: list[str] = []
    at, text = 0, ends.text
    while at < len(text):
        before = opening if parts else first
        after = f" {len(parts) + 1}/{'9' * digits}" if digits else ""

        def fits(end: int, at: int = at, before: str = before, after: str = after) -> bool:
            return not measure(f"{before}{text[at:end].rstrip()}{after}", rule).over

        end = ends.choose(at, fits)
        parts.append(before + text[at:end].rstrip())
        at = end
        while at < len(text) and text[at].isspace():
            at += 1
    return parts


class _Ends:
    """Where a text may break, the best places first."""

    def __init__(self, text: str, rule: CountRule) -> None:
        self.text = text
        whole = [(e.start, e.end) for e in entities(text, rule)]
        graphemes = [m.end() for m in _GRAPHEME.finditer(text)]
        known = frozenset(graphemes)
        outside = known - {i for start, end in whole for i in range(start + 1, end)}
        paragraphs, sentences, words = (
            sorted({m.start() for m in pattern.finditer(text) if m.start() in outside} | {len(text)})
            for pattern in (_PARAGRAPH, _SENTENCE, _WORD)
        )
        self._pretty = (paragraphs, sentences)
        # What is tried where not even a word fits: letters outside links, letters, code points.
        everywhere = sorted({*words, *sentences})  # some scripts end sentences without white space
        self._plain = (everywhere, sorted(outside | {len(text)}), graphemes, range(1, len(text) + 1))

    def choose(self, at: int, fits: Callable[[int], bool]) -> int:
        """The end of the part that begins at `at`; always beyond it."""
        for places in self._plain:
            end = _furthest(places, at, fits)
            if end is not None:
                break
        else:
            return at + 1  # not even one sign fits, and the text must end some day
        if end == len(self.text) or places is not self._plain[0]:
            return end
        least = at + (end - at) // _FULL_ENOUGH
        for pretty in self._pretty:
            place = bisect_right(pretty, end) - 1
            if place >= 0 and pretty[place] > least and fits(pretty[place]):
                return pretty[place]
        return end


def _furthest(places: list[int] | range, at: int, fits: Callable[[int], bool]) -> int | None:
    """A far place beyond `at` up to which everything fits; None when not even the next one does.

    What a network counts does not grow quite evenly (a link costs the same whatever its length), so what is found fits
    for sure and is nearly always the furthest.
    """
    low = bisect_right(places, at)
    if low == len(places) or not fits(places[low]):
        return None
    step = 1
    while low + step < len(places) and fits(places[low + step]):
        low, step = low + step, step * 2
    high = min(low + step, len(places))  # does not fit, or is not there
    while high - low > 1:
        middle = (low + high) // 2
        if fits(places[middle]):
            low = middle
        else:
            high = middle
    return places[low]
