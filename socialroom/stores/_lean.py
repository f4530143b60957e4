"""Posts as they lie in memory by the hundred thousand: what many share is held once."""

from __future__ import annotations

from sys import intern

from msgspec.structs import force_setattr

from socialroom.domain.post import Post


def lean(post: Post, other: Post | None) -> None:
    """Lets a post hold the very words that others hold; `other` is one by the same author, if there is one.

    Nothing changes for whoever looks at the post: what is put in is equal to what was there.
    """
    force_setattr(post, "network", intern(post.network))
    force_setattr(post, "source", intern(post.source))
    if post.language is not None:
        force_setattr(post.language, "code", intern(post.language.code))
    if post.tone is not None:
        force_setattr(post.tone, "engine", intern(post.tone.engine))
    if other is not None and other.author == post.author:
        force_setattr(post, "author", other.author)
