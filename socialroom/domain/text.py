"""Cleans hostile text; the only maker of SafeText.

A text from a network may hold terminal commands, bidi controls that reorder what an operator reads, invisible letters
and ten thousand accents on one base. Each rule here answers one of those (CWE-150, CVE-2021-42574, CVE-2021-26937).
"""

from __future__ import annotations

import re
import unicodedata
from typing import NewType

from socialroom.domain._patterns import Pattern

SafeText = NewType("SafeText", str)

MARKS_PER_BASE = 8  # no living script needs more; screens and terminals have died of more
_EMOJI_IN_A_CHAIN = 10
_TAB = "    "
_CUT = "…"
_REMOVED = "␦"  # stands in our own drafts where something would go
_LOST = "�"

# Scripts whose spelling needs the joiner and the non-joiner.
_JOINING = "".join(
    rf"\p{{Script={name}}}"
    for name in [
        "Arabic",
        "Syriac",
        "Mongolian",
        "Nko",
        "Devanagari",
        "Bengali",
        "Gurmukhi",
        "Gujarati",
        "Oriya",
        "Tamil",
        "Telugu",
        "Kannada",
        "Malayalam",
        "Sinhala",
        "Khmer",
        "Myanmar",
        "Tibetan",
    ]
)
_PICTURE = r"\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]?"
# Format characters that are drawn: Arabic and Syriac number signs and their kin.
_DRAWN = r"\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\U000110BD\U000110CD"
# Characters that are right in one place and a trick in all others.
_SITUATED = r"\u200C\u200D\uFE00-\uFE02\uFE0E\uFE0F\U000E0020-\U000E007F\U000E0100-\U000E01EF"

# One look decides for nearly every text: nothing of category Other but LF, no selector, no tower of marks.
_SUSPICIOUS = Pattern(
    rf"[^\P{{C}}\n]|[\u2028\u2029\uFE00-\uFE0F\U000E0000-\U000E0FFF]|\p{{M}}{{{MARKS_PER_BASE + 1}}}",
)
_NEW_LINES = Pattern("\r\n?|[\u2028\u2029]")
_FORBIDDEN = Pattern(rf"(?V1)[[\p{{C}}\uFE03-\uFE0D\U000E0000-\U000E001F]--[\n{_DRAWN}{_SITUATED}]]")
_LOOSE = Pattern(
    "("
    r"\U0001F3F4[\U000E0030-\U000E0039\U000E0061-\U000E007A]{3,6}\U000E007F"  # flags of regions
    r"|(?<=\p{Emoji})[\uFE0E\uFE0F]"
    r"|(?<=\p{Han})[\uFE00-\uFE02\U000E0100-\U000E01EF]"
    r"|(?<=\p{Extended_Pictographic}[\uFE0F\U0001F3FB-\U0001F3FF]?)\u200D(?=\p{Extended_Pictographic})"
    # Between two letters only: at a word's end it would join what a screen puts after it.
    rf"|(?<=[{_JOINING}])[\u200C\u200D](?=[{_JOINING}])(?!\p{{M}})"
    rf")|[{_SITUATED}]",
)
_SITUATED_SIGN = Pattern(f"[{_SITUATED}]")
_TOWER = Pattern(rf"(\p{{M}}{{{MARKS_PER_BASE}}})(\p{{M}}+)")
_CHAIN = Pattern(rf"((?:{_PICTURE}\u200D){{{_EMOJI_IN_A_CHAIN - 1}}}{_PICTURE})(\u200D)")
_BEYOND_LATIN = re.compile("[^\x00-\u02ff\u2010-\u20cf]")
_INSIDE = Pattern(r"[\p{M}\u200C\u200D\U0001F3FB-\U0001F3FF\U000E0020-\U000E007F]")


def clean(text: str, limit: int = 20_000, lines: int = 500) -> SafeText:
    """Cleans several lines. The result holds no control but LF; cleaning it again changes nothing.

    Args:
        text: decoded text of any origin; HTML must have become text before.
        limit: most code points of the result; a longer text ends in "…".
        lines: most lines of the result; a longer text ends in a line "…".
    """
    cut = len(text) > limit * 8 + 64  # hostile size: what is beyond can hardly matter, and costs time
    if cut:
        text = text[: limit * 8 + 64]
    if not _plain(text) and _SUSPICIOUS.search(text) is not None:
        text = _purified(text, "")
    if text.count("\n") >= lines:
        text = "\n".join([*text.split("\n", lines)[: max(lines - 1, 0)], _CUT])
    if len(text) > limit or (cut and not text.endswith(_CUT)):
        text = _shortened(text, limit)
    return SafeText(text)


def clean_line(text: str, limit: int = 300) -> SafeText:
    """Cleans to one line: names, handles, titles, tags, file names, header values, error texts."""
    if _plain(text):
        return clean(text, limit)
    if _SUSPICIOUS.search(text) is not None:
        text = _NEW_LINES.sub(" ", text[: limit * 8 + 64] + (_CUT if len(text) > limit * 8 + 64 else ""))
    return clean(text.replace("\n", " "), limit)


def is_clean(text: str) -> bool:
    """Whether a painter may show it: cleaning would change nothing but its length."""
    return _plain(text) or _without_marks(text) or _SUSPICIOUS.search(text) is None or _purified(text, "") == text


def _without_marks(text: str) -> bool:
    """A short text of any script without marks and selectors (both are of category M) is clean too.

    For a painter: the first screen of a console then needs no pattern at all.
    """
    if len(text) > 1_000 or not text.replace("\n", "").isprintable():
        return False
    return not any(unicodedata.category(sign)[0] == "M" for sign in set(text))


def _plain(text: str) -> bool:
    """One line of Latin letters and signs is clean as it is: names, addresses, and most rows that a painter asks about.

    What is printable holds nothing of category Other; below U+0300 and among the signs of U+2010 to U+20CF there are no
    marks and no selectors either.
    """
    return text.isprintable() and (text.isascii() or _BEYOND_LATIN.search(text) is None)


def visible(text: str) -> SafeText:
    """Our own draft as it may be painted: nothing goes silently, what `clean` would remove stands there as "␦"."""
    return SafeText(text if _SUSPICIOUS.search(text) is None else _purified(text, _REMOVED))


def removed(text: str) -> list[str]:
    """What `clean` would remove or replace, each once, in order: "U+202E RIGHT-TO-LEFT OVERRIDE"."""
    if _SUSPICIOUS.search(text) is None:
        return []
    plain = _NEW_LINES.sub("\n", text).expandtabs(1)
    places = [(m.start(), m.group()) for m in _FORBIDDEN.finditer(plain)]
    places += [(m.start(), m.group()) for m in _LOOSE.finditer(plain) if m.group(1) is None]
    for pattern in (_TOWER, _CHAIN):
        places += [(m.start(2), ch) for m in pattern.finditer(plain) for ch in m.group(2)]
    return list(dict.fromkeys(f"U+{ord(ch):04X} {unicodedata.name(ch, '')}".rstrip() for _, ch in sorted(places)))


def _purified(text: str, mark: str) -> str:
    """Applies every rule but the caps; `mark` is put where something goes."""
    text = _NEW_LINES.sub("\n", text).replace("\t", _TAB)
    text = _FORBIDDEN.sub(lambda found: _instead(found.group(), mark), text)
    for _round in range(4):  # a removal brings neighbours together, which the other rules must see again
        before = text
        text = _LOOSE.sub(lambda found: found.group(1) or mark, text)
        text = _TOWER.sub(rf"\1{mark}", text)
        text = _CHAIN.sub(rf"\1{mark}", text)
        if text == before:
            return text
    # Built to keep us busy: then nothing situated stays at all, which ends it.
    return str(_TOWER.sub(rf"\1{mark}", _SITUATED_SIGN.sub(mark, text)))


def _instead(character: str, mark: str) -> str:
    """What stands for a forbidden character."""
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0xA0 or unicodedata.category(character) in {"Cs", "Co", "Cn"}:
        # New assignments that this Python does not know yet are forbidden only when `regex` does not know them either.
        return mark if 0xE0000 <= code < 0xE1000 else _LOST
    return mark


def _shortened(text: str, limit: int) -> str:
    """Cut to `limit` code points with "…", never inside a letter with its marks or an emoji."""
    if limit <= 0:
        return ""
    end = min(limit - 1, len(text))
    lowest = max(end - 2 * MARKS_PER_BASE - 8, 0)
    while lowest < end < len(text) and (_INSIDE.match(text[end]) or text[end - 1] == "\u200d"):
        end -= 1
    text = text[:end] + _CUT
    return text if _SUSPICIOUS.search(text) is None else _purified(text, "")
