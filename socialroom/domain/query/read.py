"""A post as queries look at it: its words, read once however many queries ask."""

from __future__ import annotations

from typing import Final

from socialroom.domain.post import Post
from socialroom.domain.query.folding import WORD, composed, fold

_REMEMBERED: Final = 512


class Read:
    """The words of one post.

    Attributes:
        post: whose they are.
        words: all of them, folded, each between spaces; a line for each part (text, title, …), so that no phrase runs
            from one part into the next.
    """

    __slots__ = ("_exact", "_parts", "post", "words")

    def __init__(self, post: Post) -> None:
        self.post = post
        parts: list[str] = [post.text, post.title, post.warning]
        for media in post.media:
            parts += [media.alt or "", media.title or ""]
        self._parts = [part for part in parts if part]
        self.words = "\n".join([f" {' '.join(WORD.findall(fold(part)))} " for part in self._parts])
        self._exact: str | None = None

    @property
    def exact(self) -> str:
        """The same with case and accents; few queries ask."""
        if self._exact is None:
            self._exact = "\n".join([f" {' '.join(WORD.findall(composed(part)))} " for part in self._parts])
        return self._exact


def read(post: Post) -> Read:
    """The words of a post. The room's counters, its rules and each kind of terminal ask about the same one."""
    known = _read.get(id(post))
    if known is not None and known.post is post:
        return known
    found = Read(post)
    if len(_read) >= _REMEMBERED:
        _read.clear()
    _read[id(post)] = found
    return found


_read: Final[dict[int, Read]] = {}
