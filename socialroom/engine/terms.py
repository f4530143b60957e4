"""The words and pairs of words of a post, as they are counted. Pure."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

from socialroom.domain.post import Post

_LONGEST: Final = 2_000  # characters of a post that are read
_NOT_WORDS: Final = re.compile(r"https?://\S+|@[\w.@-]+")
_WORD: Final = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_SHORTEST: Final = 3  # letters of a word that stands alone
_MOST: Final = 60  # words of a post


def terms(post: Post) -> set[str]:
    """Each once: words of three letters at least, and pairs of neighbours. Addresses, handles and numbers are no words."""
    text = _NOT_WORDS.sub(" ", f"{post.title} . {post.text}"[:_LONGEST])
    words = [word.casefold() for word in _WORD.findall(text)[:_MOST]]
    found = {word for word in words if len(word) >= _SHORTEST and not word.isdecimal()}
    found |= {f"{a} {b}" for a, b in pairwise(words) if a in found and b in found}
    return {term for term in found if len(term) <= 80}
