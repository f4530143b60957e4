"""Who belongs to which audience, as lists and numbers of followers say it. Pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from socialroom.domain.person import Audience, Author
from socialroom.domain.value import Value


class AudienceList(Value, frozen=True):
    """One audience: people by (network, handle as `handle_key` makes it) with their country, or whoever many follow.

    An empty network is any, an empty country is not said.
    """

    audience: Audience
    people: Mapping[tuple[str, str], str] = {}
    followers: int | None = None  # at least


def handle_key(handle: str) -> str:
    """A handle as lists are looked up: "@Claire@Presse.example" and "claire@presse.example" are one."""
    handle = handle.strip()
    if not handle.isascii():
        handle = unicodedata.normalize("NFKC", handle)
    return handle.casefold().lstrip("@")


def handle_keys(author: Author) -> tuple[str, ...]:
    """What an author may be called in a list. Somebody of our own server has no host in the handle, but in the address."""
    key = handle_key(author.handle)
    if not key:
        return ()
    _, slashes, rest = author.url.partition("://")
    host = rest.partition("/")[0].casefold()
    return (key, f"{key}@{host}") if slashes and host and "@" not in key else (key,)
