"""Posts as they lie in memory by the hundred thousand: what many share is held once."""

from __future__ import annotations

from sys import intern

from msgspec.structs import force_setattr

from socialroom.domain.post import Post
from socialroom.stores._forms import ValueForm


class PostForm(ValueForm[Post]):
    """Posts, without twins of the few words that most of them share."""

    def __init__(self) -> None:
        super().__init__(Post)

    def load(self, text: bytes) -> Post:
        """One post from the journal."""
        return lean(super().load(text))


def lean(post: Post) -> Post:
    """The same post; its network and source are the very strings that other posts hold. Only for a post of our own."""
    force_setattr(post, "network", intern(post.network))
    force_setattr(post, "source", intern(post.source))
    return post
