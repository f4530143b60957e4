"""Who an author is to the room: which audience, which country."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from socialroom.domain.audience import AudienceList, handle_keys
from socialroom.domain.case import Case
from socialroom.domain.person import Author, account_key
from socialroom.domain.post import Post


class Directory:
    """Answers from person cards first, then from the lists in their order, then from what the source says.

    Args:
        lists: the room's audiences.
        sources: country by source.
        described: audience and country as somebody said of an account by hand, each empty where nobody did.
        cases: what the team knows of conversations.
    """

    def __init__(
        self,
        lists: Sequence[AudienceList],
        sources: Mapping[str, str],
        described: Callable[[str], tuple[str, str]],
        cases: Callable[[], Mapping[str, Case]],
    ) -> None:
        self._lists, self._sources, self._described, self._cases = tuple(lists), dict(sources), described, cases

    def audience(self, author: Author | None, network: str) -> str:
        """Which audience an author belongs to; empty where nothing says so."""
        if author is None:
            return ""
        by_hand, _ = self._described(account_key(network, author.id))
        if by_hand:
            return by_hand
        keys = handle_keys(author)
        for one in self._lists:
            if any((n, key) in one.people for key in keys for n in (network, "")) or (
                one.followers is not None and author.followers is not None and author.followers >= one.followers
            ):
                return one.audience.value
        return ""

    def country_of_author(self, author: Author | None, network: str) -> str:
        """Which country a card or a list says an author is of; empty where none does."""
        if author is None:
            return ""
        _, by_hand = self._described(account_key(network, author.id))
        if by_hand:
            return by_hand
        keys = handle_keys(author)
        found = (one.people.get((n, key), "") for one in self._lists for key in keys for n in (network, ""))
        return next((country for country in found if country), "")

    def country(self, post: Post) -> str:
        """Which country a post is of: its author's, else its source's. What we answered is of the case's."""
        if not post.by_us:
            return self.country_of_author(post.author, post.network) or self._sources.get(post.source, "")
        case = self._cases().get(post.conversation)
        return (case.country if case is not None else "") or self._sources.get(post.source, "")
