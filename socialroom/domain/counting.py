"""How each network counts a text."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Final

from socialroom.domain._addresses import FAR_MENTION, LINK, X_OPENING, x_links
from socialroom.domain._patterns import Pattern
from socialroom.domain.errors import RoomError
from socialroom.domain.value import Value
from socialroom.locale import N_


class CountRule(Value, frozen=True):
    """Which counter, and the limits it is held against."""

    counter: str = "graphemes"  # graphemes, mastodon, bluesky, x weighted, code points, utf-16, bytes
    limit: int = 500
    byte_limit: int | None = None
    url_cost: int | None = None  # what one http(s) URL counts, where the network says so
    opening_free: bool = False  # the mentions that begin an answer are not counted


class Count(Value, frozen=True):
    """A text measured: `used` of `limit`, in the counter's unit; `over` when the network would refuse it."""

    used: int
    limit: int
    over: bool
    unit: str = "graphemes"


_GRAPHEME: Final = Pattern(r"\X")
# A letter that is drawn as one picture: by itself, by a selector, a flag, a keycap.
_EMOJI: Final = Pattern(r"\p{Emoji_Presentation}|\p{RI}{2}|\p{Extended_Pictographic}(?!\uFE0E)|[0-9#*]\uFE0F?\u20E3")
_X_URL: Final = 23


def measure(text: str, rule: CountRule) -> Count:
    """Counts a text as the rule's network does.

    Raises:
        RoomError: the rule names a counter that does not exist.
    """
    size = _COUNTERS.get(rule.counter)
    if size is None:
        raise RoomError(
            N_("there is no way of counting called {counter}"),
            counter=rule.counter,
            remedy=N_("The connector must name one of: {known}."),
            known=", ".join(_COUNTERS),
        )
    unit, used_by = size
    used, limit = used_by(text, rule), rule.limit
    if rule.byte_limit is not None:
        length = _bytes(text, rule)
        if length > rule.byte_limit and used <= limit:  # the bytes are what the network will refuse it for
            return Count(used=length, limit=rule.byte_limit, over=True, unit="bytes")
    return Count(used=used, limit=limit, over=used > limit, unit=unit)


def _graphemes(text: str, _rule: CountRule) -> int:
    if text.isascii():
        return len(text) - text.count("\r\n")
    return sum(1 for _ in _GRAPHEME.finditer(text))


def _mastodon(text: str, rule: CountRule) -> int:
    """A URL counts what the server says (23), whatever its length; of @user@host the network counts @user."""
    text = FAR_MENTION.sub(r"\1", text)
    if rule.url_cost is not None:
        text = LINK.sub("x" * rule.url_cost, text)
    return _graphemes(text, rule)


def _x_weighted(text: str, rule: CountRule) -> int:
    """By twitter-text 3: letters of most alphabets are light, others and whole emoji weigh two, a link is a link."""
    text = unicodedata.normalize("NFC", text)
    if rule.opening_free and (opening := X_OPENING.match(text)):
        text = text[opening.end() :]
    cost, at, used = rule.url_cost or _X_URL, 0, 0
    for start, end in x_links(text):
        used += _x_weight(text[at:start]) + cost
        at = end
    return used + _x_weight(text[at:])


def _x_weight(text: str) -> int:
    if text.isascii():
        return len(text)
    used = 0
    for found in _GRAPHEME.finditer(text):
        sign = found[0]
        used += 2 if _EMOJI.match(sign) else sum(1 if _is_light(ord(c)) else 2 for c in sign)
    return used


def _is_light(code: int) -> bool:
    return code <= 4351 or 8192 <= code <= 8205 or 8208 <= code <= 8223 or 8242 <= code <= 8247


def _code_points(text: str, _rule: CountRule) -> int:
    return len(text)


def _utf16(text: str, _rule: CountRule) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _bytes(text: str, _rule: CountRule) -> int:
    return len(text.encode("utf-8", "surrogatepass"))


_COUNTERS: Final[dict[str, tuple[str, Callable[[str, CountRule], int]]]] = {
    "graphemes": ("graphemes", _graphemes),
    "mastodon": ("graphemes", _mastodon),
    "bluesky": ("graphemes", _graphemes),
    "x weighted": ("weighted characters", _x_weighted),
    "code points": ("code points", _code_points),
    "utf-16": ("UTF-16 units", _utf16),
    "bytes": ("bytes", _bytes),
}
