"""What a network will read in a text of ours: links, mentions and tags, by characters and by UTF-8 bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import Final

from socialroom.domain import _addresses as patterns
from socialroom.domain.counting import CountRule
from socialroom.domain.value import Value

_SHOWN_OF_A_LINK: Final = 30  # characters that Mastodon, and about as many that X, shows after "https://"


class EntityKind(StrEnum):
    """What a network makes of a stretch of text."""

    LINK = "link"
    MENTION = "mention"
    TAG = "tag"


class Entity(Value, frozen=True):
    """A stretch of a text that a network treats in its own way; the end is the place after its last sign.

    A mention is what has the form of one: whether such an account exists, only the network knows.
    """

    kind: EntityKind
    start: int  # in code points
    end: int
    byte_start: int  # in UTF-8
    byte_end: int
    shown: str  # as readers will see it
    target: str  # a link's address, a mention's handle without "@", a tag without "#"


_Found = tuple[int, int, EntityKind, str, str]  # start, end, kind, shown, target


def entities(text: str, rule: CountRule) -> list[Entity]:
    """The entities of a text in order, none inside another, as the network with that way of counting reads them."""
    if not any(sign in text for sign in ("@", "#", "://", ".")):
        return []
    made: list[Entity] = []
    at = before = 0  # a place in code points, and the same in bytes
    for start, end, kind, shown, target in sorted(
        _READERS.get(rule.counter, _plain)(text), key=lambda f: (f[0], -f[1])
    ):
        if start < at:  # inside the one before
            continue
        byte_start = before + len(text[at:start].encode("utf-8", "surrogatepass"))
        at, before = end, byte_start + len(text[start:end].encode("utf-8", "surrogatepass"))
        made.append(
            Entity(kind=kind, start=start, end=end, byte_start=byte_start, byte_end=before, shown=shown, target=target)
        )
    return made


def _bluesky(text: str) -> Iterator[_Found]:
    for found in patterns.ATPROTO_LINK.finditer(text):
        link = _balanced(found[0].rstrip(".,;:!?…'’*_"))
        if not link.endswith("//"):
            yield found.start(), found.start() + len(link), EntityKind.LINK, link, link
    for found in patterns.ATPROTO_MENTION.finditer(text):
        yield found.start(), found.end(), EntityKind.MENTION, found[0], found[1]
    for found in patterns.ATPROTO_TAG.finditer(text):
        yield found.start(), found.end(), EntityKind.TAG, found[0], found[1]


def _fediverse(text: str) -> Iterator[_Found]:
    for found in patterns.LINK.finditer(text):
        yield found.start(), found.end(), EntityKind.LINK, _shortened(found[0]), found[0]
    for found in patterns.FEDIVERSE_MENTION.finditer(text):
        handle = f"{found[1]}@{found[2]}" if found[2] else found[1]
        yield found.start(), found.end(), EntityKind.MENTION, f"@{found[1]}", handle
    for found in patterns.FEDIVERSE_TAG.finditer(text):
        yield found.start(), found.end(), EntityKind.TAG, found[0], found[1]


def _x(text: str) -> Iterator[_Found]:
    for start, end in patterns.x_links(text):
        link = text[start:end]
        address = link if "://" in link else f"http://{link}"
        yield start, end, EntityKind.LINK, _shortened(address), address
    for found in patterns.X_MENTION.finditer(text):
        yield found.start(), found.end(), EntityKind.MENTION, found[0], found[1]
    for found in patterns.X_TAG.finditer(text):
        yield found.start(), found.end(), EntityKind.TAG, found[0], found[1]


def _plain(text: str) -> Iterator[_Found]:
    """A network that shows everything as it was typed."""
    for start, end, kind, _shown, target in _fediverse(text):
        yield start, end, kind, text[start:end], target


def _shortened(link: str) -> str:
    """Without its scheme and "www.", and only its beginning."""
    bare = link.partition("://")[2]
    bare = bare[4:] if bare.lower().startswith("www.") else bare
    return bare if len(bare) <= _SHOWN_OF_A_LINK else f"{bare[:_SHOWN_OF_A_LINK]}…"


def _balanced(link: str) -> str:
    """Without a closing bracket that belongs to the sentence around it."""
    while link.endswith(")") and link.count(")") > link.count("("):
        link = link[:-1].rstrip(".,;:!?")
    return link


_READERS: Final[dict[str, Callable[[str], Iterator[_Found]]]] = {
    "bluesky": _bluesky,
    "mastodon": _fediverse,
    "graphemes": _fediverse,
    "x weighted": _x,
}
