"""Who wrote a post."""

from __future__ import annotations

from socialroom.domain.text import SafeText
from socialroom.domain.value import Value


class Author(Value, frozen=True):
    """A person or organisation on a network. Null is not zero: an unknown figure stays None."""

    id: str
    handle: SafeText = SafeText("")  # without a leading @, with its host where the network has hosts
    name: SafeText = SafeText("")
    url: str = ""
    followers: int | None = None
    verified: bool | None = None
    bot: bool | None = None
